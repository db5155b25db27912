//! Users from the database of an application with Flask-Security, in the tables that its documentation and mixins make.

use std::collections::HashMap;

use auth_core::password::{HashFormat, PasswordHash};

use crate::args::FlaskSecurityArgs;
use crate::failure::Failure;

use super::batch::Group;
use super::person::Person;
use super::sql::{Column, Missing, Reader, SqlSource, Texts, quoted};
use super::values::{flag, list, time};

/// What is read of a user. `current_login_at` is the last login, `last_login_at` the one before it.
const COLUMNS: [&str; 11] = [
    "id",
    "email",
    "username",
    "password",
    "active",
    "confirmed_at",
    "create_datetime",
    "current_login_at",
    "tf_primary_method",
    "first_name",
    "last_name",
];

pub(super) async fn open(args: &FlaskSecurityArgs) -> Result<SqlSource, Failure> {
    let reader = Reader::open(&args.source).await?;
    let columns = reader.columns(&args.user_table).await?;
    let role_columns = reader.columns(&args.role_table).await?;
    let mut missing = Missing::default();
    missing.look(&args.user_table, &columns, &["id", "email", "password"]);
    missing.look(&args.role_table, &role_columns, &["id", "name"]);
    let joins = reader.columns(&args.roles_users_table).await?;
    missing.look(&args.roles_users_table, &joins, &["user_id", "role_id"]);
    missing.check("give other names by --user-table, --role-table and --roles-users-table")?;
    let roles = roles_of_users(&reader, args).await?;
    let groups = groups(&reader, args, &role_columns).await?;
    let is_doubled = !args.single_hash;
    let decode = move |texts: Texts| {
        let mut person = person(texts, is_doubled)?;
        if let Some(roles) = person.id.as_ref().and_then(|id| roles.get(id)) {
            person.groups = roles.clone();
        }
        Ok(person)
    };
    SqlSource::new(reader, &args.user_table, &columns, &COLUMNS, groups, decode).await
}

async fn roles_of_users(
    reader: &Reader,
    args: &FlaskSecurityArgs,
) -> Result<HashMap<String, Vec<String>>, Failure> {
    let sql = format!(
        "SELECT CAST(held.user_id AS TEXT), r.name FROM {} AS held JOIN {} AS r ON r.id = held.role_id",
        quoted(&args.roles_users_table),
        quoted(&args.role_table)
    );
    let mut roles: HashMap<_, Vec<_>> = HashMap::new();
    for (user, role) in reader.pairs(sql).await? {
        roles.entry(user).or_default().push(role);
    }
    Ok(roles)
}

async fn groups(
    reader: &Reader,
    args: &FlaskSecurityArgs,
    columns: &[Column],
) -> Result<Vec<Group>, Failure> {
    let has_permissions = columns.iter().any(|column| column.name == "permissions");
    let permissions = if has_permissions { "coalesce(CAST(permissions AS TEXT), '')" } else { "''" };
    let sql = format!("SELECT name, {permissions} FROM {} ORDER BY name", quoted(&args.role_table));
    let roles = reader.pairs(sql).await?;
    Ok(roles.into_iter().map(|(name, permissions)| (name, permissions_of(&permissions))).collect())
}

/// A list between commas (`AsaList`), or a JSON array, as columns of databases' own list types read.
fn permissions_of(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| list(text.trim_matches(['{', '}']), ','))
}

fn person(texts: Texts, is_doubled: bool) -> Result<Person, String> {
    let [id, email, username, password, active, confirmed, created, login, second_factor, first, last] =
        <[_; 11]>::try_from(texts).map_err(|_| "it has another number of columns")?;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let at = |name: &str, text: Option<String>| match text {
        Some(text) => time(&text).map(Some).ok_or_else(|| format!("{name} is no time")),
        None => Ok(None),
    };
    let is_active = active.map_or(Some(true), |active| flag(&active));
    Ok(Person {
        id,
        username: filled(username),
        email: filled(email),
        email_verified: confirmed.is_some(),
        password: filled(password).map(|password| hash(&password, is_doubled)),
        is_active: is_active.ok_or("active is neither yes nor no")?,
        first_name: filled(first),
        last_name: filled(last),
        date_joined: at("create_datetime", created)?,
        last_login: at("current_login_at", login)?,
        has_second_factor: filled(second_factor).is_some(),
        ..Person::default()
    })
}

/// Tags a hash over an HMAC of the password. Django's formats are single by default (`SECURITY_PASSWORD_SINGLE_HASH`).
fn hash(encoded: &str, is_doubled: bool) -> PasswordHash {
    let hash = PasswordHash::from_encoded(encoded);
    let format = hash.format();
    let is_single = format.is_django() || matches!(format, HashFormat::Unknown | HashFormat::Unusable);
    if is_doubled && !is_single {
        PasswordHash::from_encoded(format!("flask-security${encoded}"))
    } else {
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_over_an_hmac_are_tagged_and_djangos_are_not() {
        let tagged = |encoded: &str| hash(encoded, true).as_encoded().starts_with("flask-security$");
        assert!(tagged("$2b$12$abc") && tagged("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"));
        assert!(!tagged("pbkdf2_sha256$1000$salt$hash") && !tagged("!") && !tagged("plain text"));
        assert_eq!(hash("$2b$12$abc", false).as_encoded(), "$2b$12$abc");
    }

    #[test]
    fn permissions_are_read_however_they_are_listed() {
        for text in ["a.b,c.d", " a.b , c.d,", r#"["a.b", "c.d"]"#, "{a.b,c.d}"] {
            assert_eq!(permissions_of(text), ["a.b", "c.d"], "{text}");
        }
        assert!(permissions_of("").is_empty());
    }
}
