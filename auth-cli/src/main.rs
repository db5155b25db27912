//! `auth`: the tables, the accounts and the sessions of an application from the command line, and the import of users from
//! Django, Flask-Security and CSV. `auth --help` and `auth import csv --help` say everything.
//!
//! Nothing secret is taken from the command line, where every user of the machine could read it, and none is printed but the secret that an
//! OAuth client has just got.

mod args;
mod audit;
mod audit_args;
mod client_args;
mod clients;
mod doctor;
mod factors;
mod failure;
mod groups;
mod help;
mod import;
mod keys;
mod out;
mod prompt;
mod report;
mod secrets;
mod sessions;
mod store;
mod terminal;
mod throttle;
mod user_model;
mod users;

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use self::args::{
    Cli, Command, GroupCommand, KeysCommand, SecretsCommand, SessionsCommand, ThrottleCommand, UserCommand,
};
use self::failure::Failure;
use self::out::Out;
use self::store::Store;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = BufWriter::new(io::stdout().lock());
    let done = run(cli, &mut out).await;
    match done.and_then(|code| Ok(out.flush().map(|()| code)?)) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn run(cli: Cli, out: Out<'_>) -> Result<ExitCode, Failure> {
    if let Command::Doctor = &cli.command {
        return doctor::run(&cli.store, out).await;
    }
    let store = Store::open(&cli.store).await?;
    if !matches!(cli.command, Command::Migrate { .. }) {
        store.check_tables().await?;
    }
    if !cli.command.changes_accounts() {
        return run_over(&store, cli, out).await;
    }
    store.check_redis(&cli.store).await?;
    let goes_without_redis = cli.store.without_redis;
    let done = run_over(&store, cli, out).await;
    store.announce_changes().await;
    if goes_without_redis && done.is_ok() {
        store.forget_redis().await?;
    }
    done
}

async fn run_over(store: &Store, cli: Cli, out: Out<'_>) -> Result<ExitCode, Failure> {
    match cli.command {
        // It was run above, over a database that may not even open.
        Command::Doctor => {}
        Command::Migrate { print: true } => store.print_migrations(out).await?,
        Command::Migrate { print: false } => store.migrate(&cli.store, out).await?,
        Command::User(command) => user(store, command, out).await?,
        Command::Group(GroupCommand::Create { name, permissions }) => {
            groups::create(store, &name, permissions, out).await?;
        }
        Command::Group(GroupCommand::List) => groups::list(store, out).await?,
        Command::Client(command) => clients::run(store, command, out).await?,
        Command::Sessions(SessionsCommand::ClearExpired { idle_days, events_days }) => {
            sessions::clear_expired(store, idle_days, events_days, out).await?;
        }
        Command::Sessions(SessionsCommand::Revoke(target)) => sessions::revoke(store, &target, out).await?,
        Command::Keys(KeysCommand::Rotate) => keys::rotate(store, out).await?,
        Command::Secrets(SecretsCommand::Reseal) => secrets::reseal(store, out).await?,
        Command::Throttle(ThrottleCommand::Clear { user }) => throttle::clear(store, &user, out).await?,
        Command::Audit(args) => audit::run(store, &args, out).await?,
        Command::Report => report::run(store, out).await?,
        Command::Import(command) => return import::run(store, &cli.store.user_model, command, out).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn user(store: &Store, command: UserCommand, out: Out<'_>) -> Result<(), Failure> {
    match command {
        UserCommand::Create(args) => users::create(store, args, out).await,
        UserCommand::SetPassword(args) => users::set_password(store, args, out).await,
        UserCommand::Disable { user } => users::switch(store, &user, false, out).await,
        UserCommand::Enable { user } => users::switch(store, &user, true, out).await,
        UserCommand::Show { user } => users::show(store, &user, out).await,
        UserCommand::Promote { user, staff } => users::promote(store, &user, !staff, out).await,
        UserCommand::Demote { user } => users::demote(store, &user, out).await,
        UserCommand::Groups(args) => groups::of_user(store, args, out).await,
        UserCommand::Invite(args) => users::invite(store, args, out).await,
        UserCommand::Close { user, days } => users::close(store, &user, days, out).await,
        UserCommand::Reopen { user } => users::reopen(store, &user, out).await,
        UserCommand::ResetFactors { user, after, without_mail } => {
            factors::reset(store, &user, after, without_mail, out).await
        }
        UserCommand::Delete { user, yes } => users::delete(store, &user, yes, out).await,
        UserCommand::List => users::list(store, out).await,
    }
}
