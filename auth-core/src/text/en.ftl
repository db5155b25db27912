# Every sentence that a person reads on a page or in an error reply. English.
#
# What stands after the sign `$` is put in; what it is, is said by the key's row in `key.rs`.

## Every page

# The name of the language in the language itself, for whoever changes to it.
language-name = English
language-switch = Language
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
reauthenticate-by-email = What you are on the way to asks for a code that is mailed to you.
reauthenticate-by-passkey = What you are on the way to asks for your passkey.
reauthenticate-by-recovery = What you are on the way to asks for one of your recovery codes.
reauthenticate-by-totp = What you are on the way to asks for a code of your authenticator app.
reauthenticate-impossible = There is nothing here to confirm this account with. Log out, and log in again.

## The page that asks for the second factor

mfa-title = Confirm that it is you
mfa-lead-totp = Type the code that your authenticator app shows.
mfa-lead-email = Have a code mailed to you, and type it here.
mfa-lead-passkey = Use your passkey to go on.
mfa-lead-recovery = Type one of your recovery codes.
mfa-code = Code
mfa-button = Continue
mfa-trust = Do not ask in this browser for 30 days
mfa-email-button = Mail me a code
mfa-email-sent = A code is on its way to your e-mail address. Type it here: it counts for 10 minutes.
mfa-recovery-title = Use a recovery code
mfa-recovery-code = Recovery code
mfa-again = Log in anew
mfa-one-of-two = Send a code, or a recovery code

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

## Passkeys

passkey-use = Use a passkey
passkey-failed = That did not work. Try again, or go on in another way.
passkey-not-made = No passkey was created. Try again.
passkey-held = This device has a passkey for the account already.
passkey-unnamed = Passkey
passkey-codes-title = Your recovery codes
passkey-codes-lead = Write them down and keep them apart from your devices. Each lets you in once when the passkey is gone. They are not shown again.
passkey-codes-done = I have written them down
passkeys-title = Passkeys
passkeys-lead = With a passkey { $username } logs in by a finger, a face or the PIN of a device, without a password.
passkeys-none = You have no passkeys.
passkeys-made-on = Created on { $day }.
passkeys-used-on = Last used on { $day }.
passkeys-unused = Not used yet.
passkeys-second-factor-only = It does not check who uses it, so it works beside your password only.
passkeys-name = Name
passkeys-rename = Save the name
passkeys-remove = Remove
passkeys-make-title = Another passkey
passkeys-make = Create a passkey
passkeys-script = Creating one needs JavaScript, which is switched off in this browser.
passkeys-unproven = Confirm your e-mail address first: then you can create one.
# { $link } is the link that reads passkeys-confirm-link.
passkeys-confirm = To create or remove one, { $link } first.
passkeys-confirm-link = confirm that it is you

## The way from the login page to others

login-forgotten = Forgot your password?
login-by-mail = Log in by e-mail
login-register = Create an account

## The page of somebody's own account

account-title = Your account
account-unproven = (not confirmed)
account-no-email = none
# { $link } is the link that reads linked-accounts-confirm-link.
account-confirm = { $link } to change your e-mail address.
account-email-title = E-mail address
password-wrong = The password is wrong.
account-new-email = New address
account-email-button = Send a link to it
account-password-title = Password
account-current-password = Present password
account-sessions-title = Where you are logged in
account-unknown-device = Unknown device
account-this-session = this one
account-end-session = Log out there
account-end-others = Log out everywhere else
account-export = Download what is kept about you
account-profile-title = Your name
account-first-name = First name
account-last-name = Last name
account-profile-button = Save
account-close = Close the account
account-log-out = Log out

## The pages of second factors

factors-title = Two-step login
factors-lead = Beside your password, a login asks for something that only you have.
factors-unproven = Confirm your e-mail address first: then you can turn this on.
factors-due = Your account must have a second factor by { $day }. Add one below.
factors-passkeys = Passkeys: add or remove one
factor-not-held = your account has not set up the second factor that this asks for
factors-due-now = Your account must have a second factor. Add one below, and you can go on.
factors-last-demanded = Your account must have a second factor: add another one first, or replace this one
factors-totp = Authenticator app
factors-totp-on = On since { $day }
factors-totp-off = Off
factors-totp-add = Set up an authenticator app
factors-totp-replace = Use another app
factors-totp-remove = Turn it off
factors-email = At a login you can have a code mailed to you instead.
factors-recovery = Recovery codes
factors-recovery-left = { $count } are left
factors-recovery-renew = Make new ones
factors-devices = Browsers in which you are not asked
factors-device-end = Ask again
factors-confirm = { $link } to change any of this.
totp-title = Set up an authenticator app
totp-lead = Scan this with an authenticator app on your telephone.
totp-qr = QR code for the authenticator app
totp-secret = Or type this key into it:
totp-open = Open it in an app on this device
totp-code = The code that the app shows
totp-button = Turn it on
recovery-title = Your recovery codes
recovery-lead = Each of these lets you in once when you have no access to your other factors. Print this page, copy them or save them as a file, and keep them where nobody else looks: they are not shown again.
recovery-download = Save as a file
recovery-done = I have kept them

## The page on which somebody makes an account

register-title = Create an account
register-username = User name
register-email = E-mail address
register-password = Password
register-passkey = Create the account with a passkey
register-passkey-lead = Or without a password: your device confirms that it is you.
register-password-hint = Several words make a good one. Spaces are fine.
register-button = Create account
register-login = I have an account: log in
register-invited = You are invited with the address { $email }. It is confirmed by that.
invitation-has-account = An account has this address already: log in
register-name-taken = This user name is taken. Choose another one.
register-address-taken = An account has this address already. Log in, or set another password if you have forgotten it.
register-sent-title = Look into your mailbox
register-sent-lead = We have sent you a mail with a link. Open it to confirm your address. If nothing comes within a few minutes, look into the folder for spam.

## What shows that a person sends a form

human-check-missing = Confirm that you are a person, and send the form once more
human-check-failed = That did not confirm that you are a person. Try once more
human-check-twice = Send what confirms that you are a person in one field
human-check-script = This form wants to know that a person sends it. Allow scripts on this page to go on.

## The pages for logging in by mail

magic-link-title = Log in by e-mail
magic-link-lead = Tell us your e-mail address, and we send you a link to log in by. You need no password for that.
magic-link-code-lead = If an account has this address, a mail is on its way. Open its link on this device, or type the code that stands in it. Both work for 15 minutes.
magic-link-code = Code
magic-link-confirm-lead = One click, and you are logged in as { $username }. If that is not you, close this page.
magic-link-token-or-code = Send the token of the link, or the code
magic-link-wrong = This is not the code, or it has expired. After five wrong ones ask for another mail.

## The page that takes an address back

undo-title = Keep the old address
undo-lead = The account gets this address back. Everybody who is logged in to it is logged out, connected accounts are disconnected, and you choose a new password.
undo-button = Keep the old address

unlock-title = Let the account in again
unlock-lead = Too many wrong passwords were tried at it. After this it takes the right one again, in any browser.
unlock-button = Let the account in again

## The page that proves an address

verify-title = Confirm your e-mail address
verify-lead = One click, and the address is confirmed.
verify-password = Password
verify-password-hint = Type the password of the account to show that it is yours. Without it you get the account as its address is yours: with a new password, and without the logins of before.
verify-again-lead = Tell us the address that you signed up with, and we send you the link again.
verify-whose = Log in to the account first, or type its password
verify-button = Confirm

## The pages for a forgotten password

forgotten-title = Forgot your password?
forgotten-lead = Tell us your e-mail address, and we send you a link to choose a new one.
forgotten-button = Send the link
forgotten-again = Ask for another link
forgotten-sent-title = Look into your mailbox
forgotten-sent-lead = If an account has this address, a mail with a link is on its way. The link works for an hour. If nothing comes within a few minutes, look into the folder for spam.
reset-title = Choose a new password
reset-lead = Wherever you are logged in, you are logged out then.
reset-password = New password
reset-button = Set the password

## The pages that close an account and open it again

close-title = Close the account
close-lead = You are logged out everywhere at once, and nobody can log in to the account any more. On { $day } it is erased for good, with all that is kept about you. Until then, a link that we mail you opens it again.
close-button = Close the account
close-superuser = An account that may do everything is not closed by itself: somebody else has to take that from it first.
closed-title = The account is closed
closed-lead = You are logged out everywhere. After { $days } days the account is erased for good. Until then you can change your mind: the link in the mail that we have sent you opens it again.
reopen-title = Open the account again
reopen-lead = One click, and the account is open as it was. Then log in as before.
reopen-button = Open it again

## The page that locks everybody out

secure-title = Was that not you?
secure-lead = Everybody who is logged in to the account is logged out, connected accounts are disconnected, and the password goes. For a new one you ask by mail.
secure-button = Lock everybody out

## Mails

mail-verify-subject = { $app }: confirm your e-mail address
mail-verify-lead = You signed up for { $app }. Confirm that this is your address:
mail-verify-button = Confirm the address
mail-verify-note = The link works for three days, once. If you did not sign up, do nothing.
mail-has-account-subject = { $app }: you have an account
mail-has-account-lead = Somebody wanted to use this address at { $app }. It has an account already, under the name { $username }. If you have forgotten the password, choose a new one:
mail-has-account-button = Choose a new password
mail-has-account-note = If that was not you, do nothing: nobody has got into your account.
mail-reset-subject = { $app }: choose a new password
mail-reset-lead = You asked for a new password for { $username } at { $app }. Choose it here:
mail-reset-button = Choose a new password
mail-reset-note = The link works for an hour, once. If you did not ask for it, do nothing: your password stays as it is.
mail-log-in-subject = { $app }: log in
mail-log-in-lead = You asked to log in to { $app } as { $username }:
mail-log-in-button = Log in
mail-log-in-note = Or type this code where you asked: { $code }. Both work for 15 minutes, once. If you did not ask, do nothing, and give the code to nobody.
mail-new-address-subject = { $app }: confirm your new e-mail address
mail-new-address-lead = An account at { $app } is to have this address. If that is your account, confirm it:
mail-new-address-note = The link works for three days, once, and where you are logged in. If you did not ask for it, do nothing.
mail-address-leaving-subject = { $app }: your e-mail address is being changed
mail-address-leaving-lead = Somebody who is logged in as { $username } at { $app } asked for another e-mail address in the place of this one. If that was you, do nothing. If not, keep this one:
mail-address-leaving-button = Keep this address
mail-address-leaving-note = The link works for seven days. Everybody who is logged in to the account is logged out by it, and you choose a new password.
mail-address-leaving-later-note = This mail went to the address of the account.
mail-invitation-subject = { $app }: you are invited
mail-invitation-lead = You are invited to { $app }. Choose a user name and a password:
mail-invitation-button = Create an account
mail-invitation-note = The link works once, until it expires or another invitation comes. If you do not want an account, do nothing.
mail-closed-subject = { $app }: your account was closed
mail-closed-lead = The account with this address at { $app } was closed. On { $day } it is erased for good. If that was not you, or you have changed your mind, open it again:
mail-closed-button = Open it again
mail-closed-note = The link works until then, once. If you closed the account yourself, do nothing.
mail-locked-subject = { $app }: your account takes no password for now
mail-locked-lead = Somebody tried too many wrong passwords for { $username } at { $app }. Until you say so, it takes none any more, save in a browser in which you logged in before. If you want to log in by your password:
mail-locked-note = The link works for a day. It logs nobody in and changes no password. You are told of this once a day at most.
mail-codes-locked-subject = { $app }: your account takes no codes for now
mail-codes-locked-lead = Somebody who knows the password of { $username } at { $app } tried too many wrong codes of your second factor. For an hour it takes none. If that was you, you can try a few times more. If it was not, do not: set another password instead.
mail-password-changed-subject = { $app }: your password was changed
mail-password-changed-lead = The password of { $username } at { $app } was changed. If that was you, all is well. If not, lock everybody out and choose a new one at once:
mail-renamed-subject = { $app }: your user name was changed
mail-renamed-lead = Your account at { $app } has another user name: { $name }. You log in by that one, or by your address, from now on. If you did not change it, lock everybody out:
mail-linked-subject = { $app }: an account at { $provider } was connected
mail-linked-lead = An account at { $provider } was connected with yours at { $app }: whoever has it can log in by it. If you did not connect it, lock everybody out:
mail-unlinked-subject = { $app }: an account at { $provider } was disconnected
mail-unlinked-lead = An account at { $provider } was disconnected from yours at { $app }: nobody can log in by it any more. If you did not disconnect it, lock everybody out:
mail-code-subject = { $app }: your code to log in
mail-code-lead = This is your code to log in to { $app }: { $code }. Type it where you were asked for it:
mail-code-button = To the page that asks for it
mail-code-note = It counts for 10 minutes, once, and in the browser in which you log in. If you are not logging in, somebody knows your password: choose another one, and give the code to nobody.
mail-passkey-added-subject = { $app }: a passkey was added
mail-passkey-added-lead = A passkey was added to your account at { $app }: { $name }. If you did not add it, lock everybody out:
mail-passkey-removed-subject = { $app }: a passkey was removed
mail-passkey-removed-lead = A passkey was removed from your account at { $app }: { $name }. If you did not remove it, lock everybody out:
mail-recovery-code-used-subject = { $app }: a recovery code was used
mail-recovery-code-used-lead = Somebody logged in to your account at { $app } with one of your recovery codes. Left: { $left }. If that was not you, lock everybody out:
mail-recovery-codes-made-subject = { $app }: new recovery codes
mail-recovery-codes-made-lead = There are new recovery codes for { $username } at { $app }, and the old ones count no more. If you did not ask for them, lock everybody out:
mail-totp-added-subject = { $app }: an authenticator app was set up
mail-totp-added-lead = From now on a login as { $username } at { $app } asks for a code of an authenticator app. If you did not set it up, lock everybody out:
mail-totp-removed-subject = { $app }: the authenticator app was turned off
mail-totp-removed-lead = A login as { $username } at { $app } does not ask for a code of your authenticator app any more. If you did not turn it off, lock everybody out:
mail-factors-reset-subject = { $app }: your second factors were removed
mail-factors-reset-lead = Support removed the second factors of { $username } at { $app }: a login asks for the password alone now. If you did not ask for that, lock everybody out:
mail-factors-reset-asked-subject = { $app }: your second factors are to be removed
mail-factors-reset-asked-lead = Support at { $app } was asked to remove the second factors of your account. That can be done from { $day } on. If you did not ask for it, lock everybody out:
mail-notice-button = That was not me
mail-notice-note = The link works for seven days. This mail went to the address of the account.

## The error page

error-status = Error { $status }
# What support finds it by: letters and digits, as 01K5-7Q2M-0ZX4.
error-reference = Reference: { $reference }
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
advice-link = The newest link in your mailbox is the one that works. If there is none, ask for another.
advice-request = Go back, check what was sent, and try again.
advice-server = The fault is on our side. Try again in a moment.

## Ways on from an error

way-to-linked-accounts = Go back to the connected accounts
way-to-link = Log in and connect
way-to-form = Go back to the form
way-to-go-back = Go back
way-to-log-in = Log in
way-to-login-page = Go to the login page
way-to-mfa = Show your second factor
way-back-to-login-page = Go back to the login page
way-to-reauthenticate = Confirm who you are

## What each kind of error is called

title-access-denied = The owner of the account did not allow it
title-already-exists = That is taken already
title-authorization-expired = This request is over, or began in another browser. Go back to the application that sent you here, and begin anew
title-authorization-pending = Nobody has decided yet
title-csrf-failed = The request came from another site
title-email-unverified = A verified e-mail address is needed
title-expired-token = The time of this code is over
title-human-check-required = It has to be confirmed that a person sends this
title-insufficient-scope = The access token lacks a scope
title-internal-error = Something went wrong here
title-invalid-client = The client could not be authenticated
title-invalid-client-metadata = The client cannot be registered like this
title-invalid-code = The code is wrong, or was used already
title-invalid-credential = This passkey cannot be added
title-invalid-credentials = The user name or the password is wrong
title-invalid-dpop-proof = The proof of the key is not valid
title-invalid-field = This cannot be saved
title-invalid-grant = The grant is not valid
title-invalid-link = This link has been used, has expired, or was replaced by a newer one
title-invalid-redirect-uri = One of the redirect URIs cannot be registered
title-invalid-request = The request is malformed
title-invalid-scope = The scope is not valid
title-invalid-target = The resource is none that this client may ask for
title-invalid-token = The access token is not valid
title-invalid-user-code = This code is not known: it is mistyped, has ended, or was typed elsewhere
title-last-login-method = This is the last way to log in to the account
title-link-required = An account with this address exists, log in to it first
title-login-expired = This login is over, log in again
title-method-not-allowed = This route does not take this method
title-mfa-required = A second factor is needed
title-not-found = There is nothing here
title-payload-too-large = The request body is too large
title-permission-denied = You may not do this
title-provider-denied = Cancelled at the login provider
title-provider-error = The login provider did not do its part
title-reauthentication-required = A more recent login is needed
title-registration-closed = Nobody can sign up here
title-request-timeout = The request took too long to arrive
title-sign-up-closed = No account belongs to this login
title-slow-down = The device asks too often
title-state-mismatch = This login was not begun here, or is over
title-too-many-attempts = Too many attempts, try again later
title-unauthenticated = A login is needed
title-unauthorized-client = The client is not registered for this grant
title-unapproved-software-statement = Software statements are not trusted here
title-unavailable = This cannot be answered now, try again soon
title-unsupported-grant-type = The grant type is not supported
title-unsupported-media-type = The request body has a type this route does not take
title-use-dpop-nonce = The proof of the key needs the nonce that comes with this answer
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

## What is chosen

language-unknown = these pages are not there in that language

## Names, addresses and passwords

email-invalid = that is not an e-mail address
field-fixed = the field { $field } cannot be changed here
some-field-fixed = a field cannot be changed here
field-no-value = the field { $field } cannot have this value
person-name-invalid = a first or a last name has at most 150 characters, and no control characters
login-name-too-long = the user name is too long
passkey-name-invalid = a name has at most { $most } characters, and no control characters
passkey-too-many = an account has at most { $most } passkeys: remove one first
username-length = a user name has 1 to { $most } characters
username-signs = a user name has no '@' and no ':'
username-unseen = a user name has no control or invisible characters and no space at its ends
password-holds-nul = the password holds a NUL character
password-over-limit = the password is longer than { $most } bytes
password-common = The password comes down to common words, a keyboard pattern or a repetition, which are tried first.
password-context = The password contains your user name, your e-mail address or the name of this application.
password-too-long = The password may have at most { $most } bytes.
password-breached = This password is known from a breach of another site, and tried by whoever guesses. Choose one of its own.
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

## The pages on which somebody is asked whether another application may

consent-title = { $client } asks for access
consent-lead = You are logged in as { $username }. If you allow it, { $client } can:
consent-lead-nothing = You are logged in as { $username }. { $client } asks for nothing but that you go on.
consent-destination = You go on to { $place }.
consent-allow = Allow
consent-deny = Do not allow
consent-other-account = Use another account
consent-note = You can take this back at any time, on the page of your account.
hand-on-title = Back to { $client }
hand-on-lead = One more click, and you are back.
hand-on-button = Continue
grants-title = Applications with access
grants-lead = What you have allowed other applications, { $username }.
grants-none = You have not allowed anything.
grants-since = Since { $day }
grants-withdraw = Withdraw
end-session-title = Log out?
end-session-lead = You are asked to log out here.
end-session-lead-of = { $client } asks you to log out here too.
end-session-stay = Stay logged in

## Requests of other applications

authorize-too-long = the request is too long
authorize-unknown-client = the application that sent you here is not known. Go back to it, and tell the people who run it
authorize-unknown-place = { $client } wants to send you on to a place that is not registered for it. Go back, and tell the people who run it
logout-other-client = the ID token is of another client

## The page for the code of a device

device-title = Log in on a device
device-lead = Type the code that your device shows.
device-code = Code
device-button = Go on
device-ask-title = Let { $client } log in?
device-ask-lead = A device asks to use your account. If you allow it, { $client } on that device can:
device-note = Allow it only if the device is in front of you and shows this code. Whoever has sent you a code wants your account.
device-allowed-title = Your device is logged in
device-allowed = { $client } goes on there in a moment. You can close this page.
device-denied-title = Nothing was allowed
device-denied = { $client } has got no access. You can close this page.

## What other applications may do here

scope-email = See your e-mail address
scope-offline-access = Keep this access while you are away
scope-openid = Know you by an id
scope-profile = See your user name and your name

## What a handler passed on

device-code-ended = the code was not confirmed in time
session-values-too-large = a session keeps at most 4 KiB
