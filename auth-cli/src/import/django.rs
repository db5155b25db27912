//! Users from the database of a Django project.

use std::collections::{BTreeMap, HashMap};

use auth_core::password::PasswordHash;
use auth_core::user::Email;
use auth_store::DjangoTables;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::args::DjangoArgs;
use crate::failure::Failure;

use super::batch::Group;
use super::person::Person;
use super::sql::{Missing, Reader, SqlSource, Texts, quoted};
use super::values::{flag, time};

/// Where django-allauth keeps addresses.
const ALLAUTH: &str = "account_emailaddress";

pub(super) async fn open(args: &DjangoArgs) -> Result<SqlSource, Failure> {
    let tables = DjangoTables::of_user_model(&args.user_model)?;
    let reader = Reader::open(&args.source).await?;
    let columns = reader.columns(&tables.user).await?;
    check(&reader, args, &tables, &columns).await?;
    let (groups, lists) = match args.without_groups {
        true => (Vec::new(), Lists::default()),
        false => (groups(&reader, &tables).await?, Lists::read(&reader, &tables).await?),
    };
    let verified = verified(&reader).await?;
    let names = [
        tables.id.as_str(),
        &args.username_column,
        "email",
        &tables.password,
        "is_active",
        "is_staff",
        "is_superuser",
        "date_joined",
        "last_login",
        "first_name",
        "last_name",
    ];
    let decode = move |texts: Texts| {
        let mut person = person(texts)?;
        if let Some(id) = person.id.take() {
            let proven = verified.get(&id).map(Vec::as_slice).unwrap_or_default();
            person.email_verified = person.email.as_deref().is_some_and(|address| is_among(address, proven));
            person.groups = lists.groups.get(&id).cloned().unwrap_or_default();
            person.permissions = lists.permissions.get(&id).cloned().unwrap_or_default();
            person.id = Some(plain(id));
        }
        Ok(person)
    };
    SqlSource::new(reader, &tables.user, &columns, &names, groups, decode).await
}

/// A UUID as Django shows it: in SQLite it stands without hyphens.
fn plain(id: String) -> String {
    match Uuid::try_parse(&id) {
        Ok(uuid) => uuid.hyphenated().to_string(),
        Err(_) => id,
    }
}

async fn check(
    reader: &Reader,
    args: &DjangoArgs,
    tables: &DjangoTables,
    columns: &[String],
) -> Result<(), Failure> {
    let mut missing = Missing::default();
    missing.look(&tables.user, columns, &[&tables.id, &args.username_column, &tables.password]);
    if !args.without_groups {
        let reference = tables.user_reference.as_str();
        for (table, needed) in [
            (&tables.user_groups, [reference, "group_id"]),
            (&tables.user_permissions, [reference, "permission_id"]),
            (&tables.group, ["id", "name"]),
            (&tables.group_permissions, ["group_id", "permission_id"]),
            (&tables.permission, ["content_type_id", "codename"]),
            (&tables.content_type, ["id", "app_label"]),
        ] {
            missing.look(table, &reader.columns(table).await?, &needed);
        }
    }
    missing.check(
        "for a user model of the project's own give --user-model and --username-column, for one without PermissionsMixin \
         --without-groups",
    )
}

/// The groups and permissions of each user, by the id as the database prints it.
#[derive(Default)]
struct Lists {
    groups: HashMap<String, Vec<String>>,
    permissions: HashMap<String, Vec<String>>,
}

impl Lists {
    async fn read(reader: &Reader, tables: &DjangoTables) -> Result<Self, Failure> {
        let user = quoted(&tables.user_reference);
        let groups = format!(
            "SELECT CAST(held.{user} AS TEXT), g.name FROM {} AS held JOIN {} AS g ON g.id = held.group_id",
            quoted(&tables.user_groups),
            quoted(&tables.group),
        );
        let permissions = format!(
            "SELECT CAST(held.{user} AS TEXT), {}",
            permission(tables, &format!("{} AS held", quoted(&tables.user_permissions)))
        );
        Ok(Self {
            groups: by_key(reader.pairs(groups).await?),
            permissions: by_key(reader.pairs(permissions).await?),
        })
    }
}

/// `app_label.codename` (Django's `has_perm`) of the permissions that `held` names.
fn permission(tables: &DjangoTables, held: &str) -> String {
    format!(
        "ct.app_label || '.' || p.codename FROM {held} JOIN {} AS p ON p.id = held.permission_id \
         JOIN {} AS ct ON ct.id = p.content_type_id",
        quoted(&tables.permission),
        quoted(&tables.content_type),
    )
}

fn by_key(pairs: Vec<(String, String)>) -> HashMap<String, Vec<String>> {
    let mut lists: HashMap<_, Vec<_>> = HashMap::new();
    for (key, value) in pairs {
        lists.entry(key).or_default().push(value);
    }
    lists
}

async fn groups(reader: &Reader, tables: &DjangoTables) -> Result<Vec<Group>, Failure> {
    let names = format!("SELECT name, name FROM {}", quoted(&tables.group));
    let mut groups: BTreeMap<_, _> =
        reader.pairs(names).await?.into_iter().map(|(name, _)| (name, Vec::new())).collect();
    let held = format!(
        "{} AS held JOIN {} AS g ON g.id = held.group_id",
        quoted(&tables.group_permissions),
        quoted(&tables.group)
    );
    let permissions = format!("SELECT g.name, {}", permission(tables, &held));
    for (name, permission) in reader.pairs(permissions).await? {
        groups.entry(name).or_default().push(permission);
    }
    Ok(groups.into_iter().collect())
}

/// The proven addresses of each user, by the id as the database prints it, where django-allauth is in use.
async fn verified(reader: &Reader) -> Result<HashMap<String, Vec<String>>, Failure> {
    let columns = reader.columns(ALLAUTH).await?;
    if !["user_id", "email", "verified"].iter().all(|name| columns.iter().any(|column| column == name)) {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT CAST(user_id AS TEXT), email FROM {ALLAUTH} WHERE verified");
    Ok(by_key(reader.pairs(sql).await?))
}

/// Whether one of these is the same mailbox: a look-alike that Unicode folds into the address proves nothing of it.
fn is_among(address: &str, proven: &[String]) -> bool {
    let Ok(address) = Email::new(address) else { return false };
    proven.iter().any(|proven| Email::new(proven).is_ok_and(|proven| proven.is_same_mailbox(&address)))
}

fn person(texts: Texts) -> Result<Person, String> {
    let [id, username, email, password, active, staff, superuser, joined, login, first, last] =
        <[_; 11]>::try_from(texts).map_err(|_| "it has another number of columns")?;
    let is = |name: &str, text: Option<String>, or: bool| match text {
        Some(text) => flag(&text).ok_or_else(|| format!("{name} is neither yes nor no")),
        None => Ok(or),
    };
    let at = |name: &str, text: Option<String>| match text {
        Some(text) => time(&text).map(Some).ok_or_else(|| format!("{name} is no time")),
        None => Ok(None),
    };
    let mut attributes = Map::new();
    for (name, value) in [("first_name", first), ("last_name", last)] {
        attributes.extend(filled(value).map(|value| (name.to_owned(), Value::String(value))));
    }
    Ok(Person {
        id,
        username: filled(username),
        email: filled(email),
        password: filled(password).map(PasswordHash::from_encoded),
        is_active: is("is_active", active, true)?,
        is_staff: is("is_staff", staff, false)?,
        is_superuser: is("is_superuser", superuser, false)?,
        date_joined: at("date_joined", joined)?,
        last_login: at("last_login", login)?,
        attributes,
        ..Person::default()
    })
}

/// Django writes empty texts instead of NULL.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proven_address_is_the_users_but_for_the_case_of_ascii_letters() {
        let proven = ["other@x.example".to_owned(), "kelvin@x.example".to_owned()];
        assert!(is_among("Kelvin@X.example", &proven));
        for other in ["\u{212a}elvin@x.example", "\u{ff4b}elvin@x.example", "elvin@x.example", "kelvin", ""] {
            assert!(!is_among(other, &proven), "{other}");
        }
        assert!(!is_among("kelvin@x.example", &["\u{212a}elvin@x.example".to_owned(), String::new()]));
    }
}
