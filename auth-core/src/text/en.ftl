# Every sentence that a person reads on a page or in an error reply. English.
#
# What stands after the sign `$` is put in; what it is, is said by the key's row in `key.rs`.

## Every page

page-language = en
page-home = Go to the start page

## The login page

login-title = Log in
login-username = User name or e-mail
login-password = Password
login-remember = Keep me logged in on this device
login-button = Log in
login-or = or
login-with = Log in with { $provider }

## The page that asks who somebody is once more

reauthenticate-title-password = Confirm your password
reauthenticate-title-provider = Confirm who you are
reauthenticate-lead = What you are about to open asks for a recent login. You stay logged in.
reauthenticate-username = Logged in as
reauthenticate-password = Password
reauthenticate-button = Confirm
reauthenticate-with = Confirm with { $provider }
reauthenticate-login-with = Log in again with { $provider }
reauthenticate-impossible = This account has neither a password nor a provider to confirm it with.

## The page with one provider's button

provider-title-link = Connect { $provider }
provider-title-login = Log in with { $provider }
provider-title-reauthenticate = Confirm with { $provider }
provider-lead = You are sent to { $provider }, and come back here afterwards.
provider-button = Continue

## The page of linked accounts

linked-accounts-title = Connected accounts
linked-accounts-lead = Ways to log in as { $username }.
linked-accounts-lead-password = Ways to log in as { $username } besides the password.
linked-accounts-none = No account is connected.
linked-accounts-unlink = Disconnect
# { $link } is the link that reads linked-accounts-confirm-link.
linked-accounts-confirm = { $link } to disconnect one.
linked-accounts-confirm-link = Confirm who you are
linked-accounts-link = Connect { $provider }

## The error page

error-status = Error { $status }
# What a visitor can do about a status that came without a sentence of its own.
advice-401 = Log in, then open this page again.
advice-403 = Try again from the start page, or ask the people who run this site for access.
advice-404 = The page may have moved, or the link may be mistyped.
advice-405 = Go back and use the links and buttons of the page instead.
advice-409 = Nothing was changed.
advice-413 = Go back and send less at once.
advice-415 = Go back and send it in another form.
advice-429 = Wait a while, then try again.
advice-503 = Wait a moment, then try again.
advice-request = Go back, check what was sent, and try again.
advice-server = The fault is on our side. Try again in a moment.

## Ways on from an error

way-to-linked-accounts = Go back to the connected accounts
way-to-link = Log in and connect
way-to-form = Go back to the form
way-to-go-back = Go back
way-to-log-in = Log in
way-to-login-page = Go to the login page
way-back-to-login-page = Go back to the login page
way-to-reauthenticate = Confirm who you are

## What each kind of error is called

title-already-exists = That is taken already
title-csrf-failed = The request came from another site
title-email-unverified = A verified e-mail address is needed
title-insufficient-scope = The access token lacks a scope
title-internal-error = Something went wrong here
title-invalid-client = The client could not be authenticated
title-invalid-credentials = The user name or the password is wrong
title-invalid-grant = The grant is not valid
title-invalid-request = The request is malformed
title-invalid-scope = The scope is not valid
title-invalid-token = The access token is not valid
title-last-login-method = This is the last way to log in to the account
title-link-required = An account with this address exists, log in to it first
title-method-not-allowed = This route does not take this method
title-mfa-required = A second factor is needed
title-not-found = There is nothing here
title-payload-too-large = The request body is too large
title-permission-denied = You may not do this
title-provider-denied = Cancelled at the login provider
title-provider-error = The login provider did not do its part
title-reauthentication-required = A more recent login is needed
title-request-timeout = The request took too long to arrive
title-sign-up-closed = No account belongs to this login
title-state-mismatch = This login was not begun here, or is over
title-too-many-attempts = Too many attempts, try again later
title-unauthenticated = A login is needed
title-unavailable = This cannot be answered now, try again soon
title-unsupported-grant-type = The grant type is not supported
title-unsupported-media-type = The request body has a type this route does not take
title-user-required = This needs a user, not only a client
title-weak-password = The password is too easy to guess

## What was sent

body-ended-early = the body ended early
body-malformed = what was sent is malformed, or holds a field twice
field-holds-nul = the field { $field } holds a NUL character
field-missing = the field { $field } is missing
field-twice = the field { $field } is there twice
field-wrong-type = the field { $field } has the wrong type
# The same of a field whose name is nothing to repeat.
some-field-holds-nul = a field holds a NUL character
some-field-twice = a field is there twice

## Names, addresses and passwords

email-invalid = that is not an e-mail address
login-name-too-long = the user name is too long
username-length = a user name has 1 to { $most } characters
username-signs = a user name has no '@' and no ':'
username-unseen = a user name has no control or invisible characters and no space at its ends
password-holds-nul = the password holds a NUL character
password-over-limit = the password is longer than { $most } bytes
password-common = The password comes down to common words, a keyboard pattern or a repetition, which are tried first.
password-context = The password contains your user name, your e-mail address or the name of this application.
password-too-long = The password may have at most { $most } bytes.
password-too-short = The password needs at least { $least } characters. Several words in a row are easy to keep in mind.

## Logins with providers

-not-your-fault = You did nothing wrong, and nothing was changed.

provider-down = { $provider } is not available at the moment. { -not-your-fault } Try again in a few minutes.
provider-down-for = { $provider } is not available at the moment. { -not-your-fault } Try again in { $seconds } seconds.
provider-down-said = { $provider } is not available at the moment. { -not-your-fault } Try again in a few minutes. { $provider } said: { $said }
provider-broken = Logging in with { $provider } does not work at the moment. { -not-your-fault } Try again in a few minutes.
provider-broken-for = Logging in with { $provider } does not work at the moment. { -not-your-fault } Try again in { $seconds } seconds.
provider-broken-said = Logging in with { $provider } does not work at the moment. { -not-your-fault } Try again in a few minutes. { $provider } said: { $said }
provider-cancelled = You cancelled at { $provider }, or it said no. Nothing was changed.
provider-cancelled-said = You cancelled at { $provider }, or it said no. Nothing was changed. It said: { $said }
provider-account-taken = That account at { $provider } is connected to another account here. Nothing was changed.
provider-account-unusable = This account cannot be used.
provider-already-logged-in = You are logged in already: this address was for one use, go on from the start page.
provider-answer-too-long = the provider's answer is too long
provider-begin-again = Begin again from the login page.
provider-cannot-confirm = { $provider } cannot be asked who you are once more: log in with it again.
provider-link-or-confirm = one can link or confirm, not both
provider-log-in-again = log in with the provider again
provider-login-over = This login ended before it was complete. Log in again.
provider-login-too-old = Your last login is too long ago to connect an account by it. Nothing was changed.
provider-other-account = That is another account than the one you are logged in with.
provider-password-confirms = This account has a password: confirm with that.

## What a handler passed on

device-code-ended = the code was not confirmed in time
session-values-too-large = a session keeps at most 4 KiB
