//! The longer texts of `--help`.

use auth_core::event::EventKind;

pub(crate) const EXIT_CODES: &str = "\
Environment:
  DATABASE_URL      the database, where --database is not given
  REDIS_URL         the Redis beside it, where --redis is not given: as the application's servers have it
  AUTH_SECRET       the application's secret, for `auth keys rotate`, `auth secrets reseal`, `auth user reset-factors`, and
                    where second factors are imported
  AUTH_BREACHED_PASSWORDS
                    `on`, or the URL of a mirror: whom the servers ask whether a new password is known from a breach, and this command does
  AUTH_IMPORT_FROM  the database to import from, where --from is not given: the place for a URL with a password
  AUTH_DJANGO_DATABASE
                    the database of the Django project whose users the application has, where --django is not given
  AUTH_…            the application's own settings, at which `auth doctor` looks: run it where the servers run, with what they have

Exit codes:
  0  done
  1  failed; the reason is on the standard error
  2  called in a wrong way
  3  imported, but some rows were skipped; the report says which and why
  4  imported, every row, but some people cannot log in as they did: a password hash or an old name was left out
  5  `auth doctor` found something that has to be changed
130  ended at a question by Ctrl-C, with nothing done";

const AUDIT: &str = "\
One line for each event, the newest last, with tabs between: when, what happened, the account's id, the client's address, the route, why
and how, the event's id. Whoever is refused gets that id, in the member `instance` of a reply or as the reference on a page.
Of a name that was typed in vain only a pseudonym is kept, the same for the same name: people type passwords there.

Kinds:
";

pub(crate) fn of_audit() -> String {
    let kinds: Vec<_> = EventKind::ALL.iter().map(|kind| format!("  {kind}")).collect();
    format!("{AUDIT}{}", kinds.join("\n"))
}

const EVERY_IMPORT: &str = "\
Every import:
  A row that makes no sense, or that cannot be told from an earlier one, is skipped and reported with its number, the rest goes on;
  the exit code is 3 then. A second run adds nothing twice: users are known again by their id. Groups that are there keep their
  permissions.
  A user name is changed that is none here: `@` becomes `_at_`, `:` becomes `_`; the report names both, in a dry run too. People go on
  logging in by the old name, whether or not it is an e-mail address, and by their address.
  An address that several accounts share is left out, unless one of them alone proved it, and so is one that an account here has.
  Hashes are carried over as they are, and replaced when their users log in. Without one that can be verified, an account
  has no password; the exit code is 4 then.";

const CSV: &str = "\
Columns, of which `username` or `email` has to be there, in any order and however they are capitalised:
  id              kept as it is; without it, one is made from the user name, so that names that differ in their case only are one
  username, email
  email_verified  whether the address was proven; by default it was not
  password_hash   of Django, Werkzeug, passlib, crypt(3), Flask-Security (after `flask-security$`), or a PHC string
  first_name, last_name
  is_active       by default true
  is_staff, is_superuser
  groups          names, separated by semicolons
  permissions     such as reports.view_report, separated by semicolons
  date_joined     by default now
  last_login
  attributes      the application's own data, a JSON object
Yes and no are true and false, t and f, yes and no, or 1 and 0. Times are RFC 3339; without an offset they are UTC.
Fields stand between commas, semicolons, tabs or bars, as the first line tells, or Excel's `sep=;` before it. The text is UTF-8, or
UTF-16 with a byte order mark; anything else is named by --encoding.";

const DJANGO: &str = "\
A user model of the project's own is described by --user-model and the options beside it, and what it does not have by --without: a
first try says what is missing, what the table has, and what to add. For instance, people who log in by their address:
  auth import django --from … --user-model accounts.Person --db-table people --username-column email --column id=uuid --without is_staff
Verified addresses are those of django-allauth (account_emailaddress), where it is in use.
Authenticator apps and recovery codes come along, sealed with AUTH_SECRET: those of django-allauth (mfa_authenticator), as far as the
project does not seal them itself, and those of django-otp (otp_totp_totpdevice, otp_static_statictoken). Of an app with another number of
digits than 6 to 8, with steps of more than 255 seconds or a start other than 1970, the report says that it stays behind; so do passkeys.
MFA_RECOVERY_CODE_COUNT and MFA_RECOVERY_CODE_DIGITS are taken for 10 and 8. To go on with Django's own table instead of importing it, use DjangoStore of auth-store.";

const FLASK_SECURITY: &str = "\
Roles become groups, what they permit the permissions of these. Addresses with a confirmed_at are verified. Hashes over an HMAC
of the password get the tag `flask-security$`: give SECURITY_PASSWORD_SALT to `PasswordConfig::with_flask_security_salt`. Second
factors are not carried over; the report counts them.";

pub(crate) fn of_csv() -> String {
    format!("{CSV}\n\n{EVERY_IMPORT}")
}

pub(crate) fn of_django() -> String {
    format!("{DJANGO}\n\n{EVERY_IMPORT}")
}

pub(crate) fn of_flask_security() -> String {
    format!("{FLASK_SECURITY}\n\n{EVERY_IMPORT}")
}
