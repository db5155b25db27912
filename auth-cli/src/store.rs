//! The application's database.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use auth_core::account::Accounts;
use auth_core::clock::Clock;
use auth_core::event::recorded_users;
use auth_core::outbound::{Outbound, OutboundConfig, ReqwestClient};
use auth_core::password::{BreachCheck, NewHashFormat, PasswordConfig, PasswordHasher, PasswordPolicy};
use auth_core::random::OsRandom;
use auth_core::store::{Backend, StoreClock, Stores};
use auth_core::throttle::Lockouts;
use auth_core::user::{LoginName, UserAdmin, UserUpdate, Users};
use auth_core::{User, UserId};
use auth_store::{
    DjangoOptions, DjangoStore, MigrationScript, RedisMark, RedisStore, RedisStoreOptions, SqlStore,
    SqlStoreOptions,
};
use url::Url;

use crate::args::StoreArgs;
use crate::failure::Failure;
use crate::out::Out;

/// Accounts read at a time.
pub(crate) const PAGE: usize = 1000;

/// How a password is written that is set in a Django project's table: as Django 5.2 does, and as each of them reads it.
const LIKE_DJANGO: NewHashFormat = NewHashFormat::DjangoPbkdf2Sha256 { iterations: 1_000_000 };

const NAMED: &str = "Django's users, as --django, --user-model and the options beside it name them";

/// The database, perhaps a Django project's users and a Redis beside it, and their stores.
pub(crate) struct Store {
    sql: SqlStore,
    django: Option<DjangoStore>,
    redis: Option<RedisStore>,
    /// What lasts: all but Redis.
    lasting: Arc<dyn Backend>,
    backend: Arc<dyn Backend>,
    /// The database's, where it has one: what another server has not seen end is not cleared away here.
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stores: Stores,
    pub(crate) admin: Arc<dyn UserAdmin>,
}

impl Store {
    pub(crate) async fn open(args: &StoreArgs) -> Result<Self, Failure> {
        let (sql, django, redis) = (open_sql(args).await?, open_django(args).await?, open_redis(args).await?);
        let lasting: Arc<dyn Backend> = match &django {
            None => Arc::new(sql.clone()),
            Some(django) => Arc::new(django.beside(sql.clone())),
        };
        let backend: Arc<dyn Backend> = match (&django, &redis) {
            (_, None) => lasting.clone(),
            (None, Some(redis)) => Arc::new(redis.beside(sql.clone())),
            (Some(django), Some(redis)) => Arc::new(redis.beside(django.beside(sql.clone()))),
        };
        let (stores, clock) = (backend.stores(), StoreClock::start(&backend).await?);
        let admin =
            stores.user_admin.clone().ok_or_else(|| Failure::failed("this store makes no accounts"))?;
        let admin = recorded_users(admin, stores.audit.clone(), clock.clone(), Arc::new(OsRandom));
        Ok(Self { sql, django, redis, lasting, backend, clock, stores, admin })
    }

    /// Brings the tables up to date, and leaves word of the Redis beside them, where that is no other one than the servers have.
    pub(crate) async fn migrate(&self, args: &StoreArgs, out: Out<'_>) -> Result<(), Failure> {
        self.lasting.migrate().await?;
        writeln!(out, "The tables are up to date.")?;
        if self.redis.is_some() {
            self.check_redis(args).await?;
            self.backend.migrate().await?;
        }
        Ok(())
    }

    /// Tells servers that keep copies of what guards read. One that is not told sees the changes within seconds all the same.
    pub(crate) async fn announce_changes(&self) {
        let _ = self.stores.announce_changes().await;
    }

    /// What the tables lack, as SQL.
    pub(crate) async fn print_migrations(&self, out: Out<'_>) -> Result<(), Failure> {
        print_scripts(&self.sql.missing_migrations().await?, out)?;
        if let Some(django) = &self.django {
            writeln!(out, "-- In the Django database:\n")?;
            print_scripts(&django.missing_migrations().await?, out)?;
        }
        Ok(())
    }

    /// Whether users are those of a Django project.
    pub(crate) fn has_django(&self) -> bool {
        self.django.is_some()
    }

    /// Refuses to change accounts beside a Redis that is not known here, in which servers keep what belongs to them.
    pub(crate) async fn check_redis(&self, args: &StoreArgs) -> Result<(), Failure> {
        if args.without_redis {
            return Ok(());
        }
        let Some(mark) = RedisMark::read(&self.sql.stores()).await? else { return Ok(()) };
        match objection(&mark, self.redis.as_ref(), args).await? {
            Some(objection) => Err(Failure::usage(objection)),
            None => Ok(()),
        }
    }

    /// That servers kept something in Redis.
    pub(crate) async fn forget_redis(&self) -> Result<(), Failure> {
        Ok(RedisMark::forget(&self.sql.stores()).await?)
    }

    /// Refuses a database without tables, or with those of an older program. Only servers and `auth migrate` leave word of Redis, which
    /// the whole backend would do.
    pub(crate) async fn check_tables(&self) -> Result<(), Failure> {
        match self.lasting.is_migrated().await? {
            true => Ok(()),
            false => Err(Failure::failed("tables are missing or out of date: run `auth migrate` first")),
        }
    }

    pub(crate) fn hasher(&self) -> Result<PasswordHasher, Failure> {
        let rules = self.admin.hashing();
        Ok(PasswordHasher::with_rules(&PasswordConfig::default(), rules, Arc::new(OsRandom))?)
    }

    /// What the application asks of passwords, unless it was told otherwise.
    pub(crate) fn policy(&self) -> PasswordPolicy {
        PasswordPolicy::default()
    }

    /// Accounts, with the default policy for passwords.
    pub(crate) fn users(&self) -> Result<Users, Failure> {
        let (hasher, policy) = (self.hasher()?, self.policy());
        let users = Users::new(self.admin.clone(), hasher, policy, self.clock.clone(), Arc::new(OsRandom));
        let users = users.with_held_names(self.stores.short_lived.clone());
        match breach_check()? {
            Some(check) => {
                let outbound = Outbound::new(Arc::new(ReqwestClient::new()?), OutboundConfig::default());
                Ok(users.with_breach_check(check, &outbound)?)
            }
            None => Ok(users),
        }
    }

    /// What is done with accounts beside that.
    pub(crate) fn accounts(&self) -> Result<Accounts, Failure> {
        let short_lived = self.stores.short_lived.clone();
        let accounts = Accounts::new(self.users()?, self.lockouts(), short_lived, self.clock.clone());
        Ok(accounts.with_begun(self.stores.sessions.clone(), self.stores.refresh.clone()))
    }

    pub(crate) fn lockouts(&self) -> Lockouts {
        Lockouts::new(self.stores.users.clone(), self.stores.short_lived.clone())
    }

    /// Changes an account that was there a moment ago.
    pub(crate) async fn update(&self, id: &UserId, update: UserUpdate) -> Result<Arc<User>, Failure> {
        let user = self.admin.update(id, update).await?;
        user.ok_or_else(|| Failure::failed("the account has just been removed"))
    }

    /// The account with this user name, e-mail address or id. Where these are two, somebody may have taken the other's id for a name.
    pub(crate) async fn find(&self, text: &str) -> Result<Arc<User>, Failure> {
        let user = self.look_for(text).await?;
        user.ok_or_else(|| Failure::failed(format!("there is no account `{}`", text.escape_debug())))
    }

    /// As [`find`](Self::find), where it may be nobody.
    pub(crate) async fn look_for(&self, text: &str) -> Result<Option<Arc<User>>, Failure> {
        let by_name = self.admin.find(&LoginName::parse(text)).await?.map(|account| account.user);
        let by_id = self.admin.get(&UserId::new(text)).await?;
        match (by_name, by_id) {
            (Some(named), Some(user)) if named.id != user.id => Err(Failure::failed(format!(
                "`{}` is the name of one account and the id of another: name the first by its id, {}, or the other by its name, {}",
                text.escape_debug(),
                named.id,
                user.username
            ))),
            (user, other) => Ok(user.or(other)),
        }
    }
}

/// Whom the servers ask about breached passwords, and so this command does.
fn breach_check() -> Result<Option<BreachCheck>, Failure> {
    const VARIABLE: &str = "AUTH_BREACHED_PASSWORDS";
    let text = env::var(VARIABLE).unwrap_or_default();
    let check = if text.is_empty() { Ok(None) } else { BreachCheck::from_text(&text) };
    check.map_err(|error| Failure::from(error).while_trying(VARIABLE))
}

/// What keeps `auth` from what the servers keep in Redis, and what to do.
pub(crate) async fn objection(
    mark: &RedisMark,
    redis: Option<&RedisStore>,
    args: &StoreArgs,
) -> Result<Option<String>, Failure> {
    let RedisMark { server, key_prefix, .. } = mark;
    let Some(redis) = redis else {
        return Ok(Some(format!(
            "the application's servers keep sessions in Redis at {server}, where nothing of this would be seen: set REDIS_URL as they \
             have it; where none of them does so any more, say --without-redis"
        )));
    };
    if *key_prefix != args.redis_prefix {
        return Ok(Some(format!(
            "the servers' keys in Redis begin with `{key_prefix}`: say --redis-prefix {key_prefix}"
        )));
    }
    let is_other = !mark.is_of(redis).await?;
    Ok(is_other.then(|| {
        format!(
            "the application's servers keep sessions in Redis at {server}, and REDIS_URL names another one, where nothing of this would be \
             seen: set it as they have it. Where they are to have this one from now on, start one of them first, which leaves word of it"
        )
    }))
}

pub(crate) async fn open_sql(args: &StoreArgs) -> Result<SqlStore, Failure> {
    let url = database_url(args.database.as_deref(), "--database", "DATABASE_URL")?;
    let options = SqlStoreOptions::default().table_prefix(&args.table_prefix);
    SqlStore::connect_with(&url, &options).await.map_err(|error| explain(error, &url))
}

fn print_scripts(scripts: &[MigrationScript], out: Out<'_>) -> Result<(), Failure> {
    if scripts.is_empty() {
        writeln!(out, "-- The tables are up to date.")?;
    }
    for MigrationScript { name, sql, in_one_transaction, .. } in scripts {
        match in_one_transaction {
            true => writeln!(out, "-- {name}\n\nBEGIN;\n\n{sql}\nCOMMIT;\n")?,
            false => writeln!(
                out,
                "-- {name}\n-- Each statement is there to stay, and the table of migrations says how far this came. Should it break \
                 off,\n-- print what is left, or run `auth migrate`.\n\n{sql}"
            )?,
        }
    }
    Ok(())
}

/// The Django project's users, where the application has them.
pub(crate) async fn open_django(args: &StoreArgs) -> Result<Option<DjangoStore>, Failure> {
    let Some(url) = given_url(args.django.as_deref(), "--django", "AUTH_DJANGO_DATABASE")? else {
        return Ok(None);
    };
    let tables = args.user_model.model()?.tables;
    let options = DjangoOptions::side_by_side(LIKE_DJANGO).tables(tables).table_prefix(&args.table_prefix);
    let store = DjangoStore::connect(&url, options).await;
    store.map(Some).map_err(|error| Failure::from(error).while_trying(NAMED))
}

/// The Redis beside it, where there is one.
pub(crate) async fn open_redis(args: &StoreArgs) -> Result<Option<RedisStore>, Failure> {
    if args.without_redis {
        return Ok(None);
    }
    let Some(url) = given_url(args.redis.as_deref(), "--redis", "REDIS_URL")? else { return Ok(None) };
    let options = RedisStoreOptions::default().key_prefix(&args.redis_prefix);
    let redis = RedisStore::connect_with(&url, &options).await;
    redis.map(Some).map_err(|error| Failure::from(error).while_trying("REDIS_URL"))
}

fn explain(error: auth_core::Error, url: &str) -> Failure {
    let hint = "a database is made there with ?mode=rwc at the end of the URL, and `auth migrate`";
    match missing_file(url) {
        Some(path) if url.contains("mode=rwc") => {
            Failure::from(error).while_trying(&format!("the database {} cannot be made", path.display()))
        }
        Some(path) => Failure::failed(format!("there is no file {}: {hint}", path.display())),
        None => Failure::from(error),
    }
}

/// The file that a URL of SQLite names, where there is none.
pub(crate) fn missing_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path).split('?').next()?;
    Some(PathBuf::from(path)).filter(|file| !path.is_empty() && path != ":memory:" && !file.exists())
}

/// The URL from the command line or the environment.
pub(crate) fn database_url(given: Option<&str>, option: &str, variable: &str) -> Result<String, Failure> {
    let missing = || Failure::usage(format!("which database? Name it by {option} URL or {variable}"));
    given_url(given, option, variable)?.ok_or_else(missing)
}

/// The same, where there may be none. One with a password is taken from the environment alone: other users of the machine can read the
/// command lines of its programs.
pub(crate) fn given_url(
    given: Option<&str>,
    option: &str,
    variable: &str,
) -> Result<Option<String>, Failure> {
    if given.is_some_and(holds_password) {
        return Err(Failure::usage(format!(
            "{option}: the URL holds a password, and everybody on this machine can read the command line; put it into {variable} in \
             the environment, or the password into PGPASSWORD or ~/.pgpass"
        )));
    }
    let from_environment = || env::var(variable).ok().filter(|url| !url.is_empty());
    Ok(given.map(str::to_owned).or_else(from_environment))
}

fn holds_password(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return url.contains('@') };
    url.password().is_some() || url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case("password"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_with_a_password_is_refused_on_the_command_line() {
        for url in ["postgres://app:secret@localhost/shop", "postgres://localhost/shop?password=secret"] {
            let refused = database_url(Some(url), "--from", "AUTH_IMPORT_FROM").unwrap_err();
            let Failure::Usage(message) = refused else { panic!("another failure") };
            assert!(message.contains("AUTH_IMPORT_FROM") && !message.contains("secret"), "{message}");
        }
        for url in ["postgres://app@localhost/shop", "sqlite:app.db?mode=rwc", "sqlite:///tmp/a@b.db"] {
            assert_eq!(database_url(Some(url), "--from", "AUTH_IMPORT_FROM").unwrap(), url);
        }
    }
}
