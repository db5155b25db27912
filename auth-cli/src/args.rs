//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use encoding_rs::Encoding;

use crate::audit_args::AuditArgs;
use crate::client_args::ClientCommand;
use crate::help;
use crate::import::csv_text::{delimiter, encoding};
use crate::user_model::UserModelArgs;

/// Tables, accounts and sessions of an application, and the import of its users from elsewhere.
#[derive(Debug, Parser)]
#[command(name = "auth", version, after_help = help::EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Debug)]
pub(crate) struct StoreArgs {
    /// The application's database, such as `postgres://app@host/name`, `mysql://app@host/name` or `sqlite:app.db`; with `?mode=rwc` at
    /// its end a missing file is made. Without this option, DATABASE_URL in the environment names it
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// How the names of the application's tables begin
    #[arg(long, global = true, value_name = "PREFIX", default_value = "iam_")]
    pub(crate) table_prefix: String,
    /// The Redis in which the application's servers keep sessions, such as `redis://host:6379`, where they do. Without this option,
    /// REDIS_URL in the environment names it
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// How the servers' keys in Redis begin
    #[arg(long, global = true, value_name = "PREFIX", default_value = "iam:")]
    pub(crate) redis_prefix: String,
    /// No server keeps sessions in Redis any more: go without, and forget that some did
    #[arg(long, global = true, conflicts_with = "redis")]
    pub(crate) without_redis: bool,
    /// The database of a Django project whose users the application has (DjangoStore), `postgres://user@host/name`,
    /// `mysql://user@host/name` or `sqlite:db.sqlite3`. Without this option, AUTH_DJANGO_DATABASE in the environment names it, which is the
    /// place for one with a password
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) django: Option<String>,
    #[command(flatten)]
    pub(crate) user_model: UserModelArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the tables, or bring them up to date
    Migrate {
        /// Print the SQL instead, for a tool of your own: what this database lacks, and a note of each step in the table of migrations
        #[arg(long)]
        print: bool,
    },
    /// Look at everything that a deployment needs, and say what to change
    Doctor,
    /// Make, show, change, remove and list accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Make and list groups
    #[command(subcommand)]
    Group(GroupCommand),
    /// Register OAuth clients, list and disable them, and give them other secrets
    #[command(subcommand)]
    Client(ClientCommand),
    /// End sessions, and forget those that have ended
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Let in again who was locked out by failed logins
    #[command(subcommand)]
    Throttle(ThrottleCommand),
    /// Replace the keys that access tokens are signed with
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Go on from one application secret to the next
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// List what happened to accounts, and who was refused
    #[command(after_help = help::of_audit())]
    Audit(AuditArgs),
    /// Count the accounts by the format of their password hash
    Report,
    /// Bring users from elsewhere, with their password hashes
    #[command(subcommand)]
    Import(ImportCommand),
}

impl Command {
    /// Whether it changes what servers may keep in Redis too, or what they know of it.
    pub(crate) fn changes_accounts(&self) -> bool {
        match self {
            Self::Audit(_)
            | Self::Client(_)
            | Self::Doctor
            | Self::Keys(_)
            | Self::Migrate { .. }
            | Self::Report
            | Self::Secrets(_) => false,
            Self::User(command) => !matches!(command, UserCommand::List | UserCommand::Show { .. }),
            Self::Group(command) => !matches!(command, GroupCommand::List),
            Self::Import(command) => !command.is_dry_run(),
            Self::Sessions(_) | Self::Throttle(_) => true,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account (Django's createsuperuser, with --superuser)
    Create(CreateArgs),
    /// Set the password of an account, which ends its sessions and tokens, and lets it in again if it was locked
    SetPassword(SetPasswordArgs),
    /// Show an account: what it is called, what it may do, how it logs in
    Show {
        /// User name, e-mail address or id
        user: String,
    },
    /// Give an account every permission, and make it a member of the staff
    Promote {
        /// User name, e-mail address or id
        user: String,
        /// Make it a member of the staff only
        #[arg(long)]
        staff: bool,
    },
    /// Take away what `promote` gave
    Demote {
        /// User name, e-mail address or id
        user: String,
    },
    /// List the groups of an account, after changing them
    Groups(GroupsArgs),
    /// Invite somebody to make an account: a mail with a link is left for the application's servers to send. AUTH_SECRET in the
    /// environment is the application's
    Invite(InviteArgs),
    /// Close an account: it is switched off, its sessions and tokens end, and it is erased after a while. No mail is sent
    Close {
        /// User name, e-mail address or id
        user: String,
        /// After how many days it is erased
        #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
    },
    /// Open an account again that was closed
    Reopen {
        /// User name, e-mail address or id
        user: String,
    },
    /// Erase an account at once, with all that is kept about it. Other tables may go on naming its id: `close` and `disable` are safer
    #[command(visible_alias = "erase")]
    Delete {
        /// User name, e-mail address or id
        user: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Take the second factors from an account whose owner has lost them, and end its sessions and tokens. The owner is told by mail,
    /// which is left for the application's servers to send: AUTH_SECRET in the environment is the application's
    ResetFactors {
        /// User name, e-mail address or id
        user: String,
        /// Tell the owner, and do it when this is run again after so many hours, unless they say no
        #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=720))]
        after: Option<u32>,
        /// Tell nobody; AUTH_SECRET is not needed then
        #[arg(long, conflicts_with = "after")]
        without_mail: bool,
    },
    /// Switch an account off, and end its sessions and tokens
    Disable {
        /// User name, e-mail address or id
        user: String,
    },
    /// Switch an account on again
    Enable {
        /// User name, e-mail address or id
        user: String,
    },
    /// List the accounts, one line each, with tabs between the columns
    List,
}

#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    /// The user name
    pub(crate) username: String,
    /// The e-mail address
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Take the address for proven to be the user's
    #[arg(long, requires = "email")]
    pub(crate) email_verified: bool,
    /// Make it a member of the staff
    #[arg(long)]
    pub(crate) staff: bool,
    /// Give it every permission, and make it a member of the staff
    #[arg(long)]
    pub(crate) superuser: bool,
    /// Put it into this group, which has to be there; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    /// Give it this permission, such as `reports.view_report`; may be repeated
    #[arg(long = "permission", value_name = "PERMISSION", value_parser = permission)]
    pub(crate) permissions: Vec<String>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    /// Make it without a password: nobody can log in by one
    #[arg(long, conflicts_with = "password_stdin")]
    pub(crate) no_password: bool,
}

#[derive(Args, Debug)]
pub(crate) struct InviteArgs {
    /// The e-mail address
    pub(crate) address: String,
    /// The group that they join, which has to be there; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    /// After how many days the invitation expires
    #[arg(long = "expires", value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub(crate) days: u32,
    /// Take back the invitation that is open instead
    #[arg(long, conflicts_with_all = ["groups", "days"])]
    pub(crate) revoke: bool,
}

#[derive(Args, Debug)]
pub(crate) struct GroupsArgs {
    /// User name, e-mail address or id
    pub(crate) user: String,
    /// Put it into this group, which has to be there; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub(crate) add: Vec<String>,
    /// Take it out of this group; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub(crate) remove: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Make a group
    Create {
        /// Its name
        name: String,
        /// Let its members do this, such as `reports.view_report`; may be repeated
        #[arg(long = "permission", value_name = "PERMISSION", value_parser = permission)]
        permissions: Vec<String>,
    },
    /// List the groups, one line each: the name, a tab, and what its members may do
    List,
}

/// `app.verb_noun`, as guards ask for it: a permission of another form would never be asked for.
fn permission(text: &str) -> Result<String, String> {
    let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    match text.split_once('.') {
        Some((app, name)) if is_plain && !app.is_empty() && !name.is_empty() => Ok(text.to_owned()),
        _ => {
            Err("a permission is called like `reports.view_report`: an application, a dot, what may be done"
                .to_owned())
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct SetPasswordArgs {
    /// User name, e-mail address or id
    pub(crate) user: String,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
}

#[derive(Args, Debug)]
pub(crate) struct PasswordArgs {
    /// Read the password from the first line of the standard input instead of asking for it
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ThrottleCommand {
    /// Forget the failed logins of an account, or at a name that nobody has
    Clear {
        /// User name, e-mail address or id
        user: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Announce a new key, which signs from ten minutes later on; the one before it still verifies what it signed. Needs the
    /// application's secret, as it has it, in AUTH_SECRET
    Rotate,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Seal the signing keys anew with the newest secret of AUTH_SECRET, which has the older ones behind it: 2:…,1:…
    Reseal,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    /// Forget sessions, refresh tokens, marks, counters and signing keys that have ended (Django's clearsessions)
    ClearExpired {
        /// Forget also what was not used for so many days: at least as many as the application allows
        #[arg(long, value_name = "DAYS")]
        idle_days: Option<u32>,
        /// Forget also events older than so many days, 1 at least: as many as the application keeps, a year by default
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
        events_days: Option<u32>,
    },
    /// End every session and token of a user, or of all
    Revoke(RevokeArgs),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct RevokeArgs {
    /// User name, e-mail address or id
    pub(crate) user: Option<String>,
    /// Those of every user
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// From a CSV file
    #[command(after_help = help::of_csv())]
    Csv(CsvArgs),
    /// From the database of a Django project, SQLite, PostgreSQL or MySQL, which is only read
    #[command(after_help = help::of_django())]
    Django(DjangoArgs),
    /// From the database of an application with Flask-Security and SQLAlchemy, SQLite, PostgreSQL or MySQL, which is only read
    #[command(after_help = help::of_flask_security())]
    FlaskSecurity(FlaskSecurityArgs),
}

impl ImportCommand {
    fn is_dry_run(&self) -> bool {
        match self {
            Self::Csv(args) => args.import.dry_run,
            Self::Django(args) => args.import.dry_run,
            Self::FlaskSecurity(args) => args.import.dry_run,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    /// Print the report of what would be imported, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Put weak hashes (of one round, of crypt(3), of few iterations) into an Argon2id hash each: some 50 ms of work apiece
    #[arg(long)]
    pub(crate) wrap_weak: bool,
    /// Begin the ids of the imported users with this, where they would meet others
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub(crate) id_prefix: String,
    /// Name every row in the report, not only the first of a kind
    #[arg(long)]
    pub(crate) all_rows: bool,
}

#[derive(Args, Debug)]
pub(crate) struct SourceArgs {
    /// The database to import from: `sqlite:db.sqlite3`, `postgres://user@host/name` or `mysql://user@host/name`. One with a password in
    /// it belongs into AUTH_IMPORT_FROM in the environment
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CsvArgs {
    /// The file, its first line naming the columns
    pub(crate) file: PathBuf,
    /// What separates the fields, such as ';' or `tab`. Without this option the first line tells: a comma, a semicolon, a tab or a bar
    #[arg(long, value_name = "SIGN", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// How the text is encoded, such as `windows-1252`. Without this option it is UTF-8, or UTF-16 with a byte order mark
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub(crate) encoding: Option<&'static Encoding>,
    /// Leave out columns that mean nothing here instead of refusing the file
    #[arg(long)]
    pub(crate) ignore_unknown: bool,
    #[command(flatten)]
    pub(crate) import: ImportArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DjangoArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Leave authenticator apps and recovery codes behind. Without this option they come along, sealed with AUTH_SECRET, which is the
    /// application's
    #[arg(long)]
    pub(crate) without_second_factors: bool,
    #[command(flatten)]
    pub(crate) import: ImportArgs,
}

#[derive(Args, Debug)]
pub(crate) struct FlaskSecurityArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The application sets SECURITY_PASSWORD_SINGLE_HASH: passwords were hashed without its salt
    #[arg(long)]
    pub(crate) single_hash: bool,
    /// The table of users
    #[arg(long, value_name = "TABLE", default_value = "user")]
    pub(crate) user_table: String,
    /// The table of roles
    #[arg(long, value_name = "TABLE", default_value = "role")]
    pub(crate) role_table: String,
    /// The table of who has which role
    #[arg(long, value_name = "TABLE", default_value = "roles_users")]
    pub(crate) roles_users_table: String,
    #[command(flatten)]
    pub(crate) import: ImportArgs,
}
