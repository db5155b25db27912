//! Users from the database of a Django project.

use std::collections::{BTreeMap, HashMap};

use auth_core::password::PasswordHash;
use auth_core::user::Email;
use auth_store::DjangoTables;
use uuid::Uuid;

use crate::args::DjangoArgs;
use crate::failure::Failure;
use crate::user_model::UserModel;

use super::batch::Group;
use super::django_factors::{self, FactorsByUser};
use super::person::Person;
use super::sql::{Column, Missing, Reader, SqlSource, Texts, quoted};
use super::values::{flag, time};

/// Where django-allauth keeps addresses.
const ALLAUTH: &str = "account_emailaddress";

/// The people, and whether second factors come along.
pub(super) async fn open(args: &DjangoArgs, model: &UserModel) -> Result<(SqlSource, bool), Failure> {
    let tables = &model.tables;
    let reader = Reader::open(&args.source).await?;
    let columns = reader.columns(&tables.user).await?;
    check(&reader, model, &columns).await?;
    let (groups, lists) = (groups(&reader, tables).await?, Lists::read(&reader, tables).await?);
    let verified = verified(&reader).await?;
    let factors = match args.without_second_factors {
        true => FactorsByUser::default(),
        false => django_factors::read(&reader).await?,
    };
    let has_factors = factors.values().any(|factors| factors.totp.is_some());
    let column = |name: &Option<String>| name.clone().unwrap_or_default();
    let names = [
        tables.id.clone(),
        tables.username.clone(),
        column(&tables.email),
        tables.password.clone(),
        column(&tables.is_active),
        column(&tables.is_staff),
        column(&tables.is_superuser),
        column(&tables.date_joined),
        column(&tables.last_login),
        column(&tables.first_name),
        column(&tables.last_name),
    ];
    let has_uuids = columns.iter().any(|column| column.name == tables.id && is_of_uuids(column));
    let is_active_anyway = tables.is_active.is_none();
    let decode = move |texts: Texts| {
        let mut person = person(texts, is_active_anyway)?;
        if let Some(id) = person.id.take() {
            let proven = verified.get(&id).map(Vec::as_slice).unwrap_or_default();
            person.email_verified = person.email.as_deref().is_some_and(|address| is_among(address, proven));
            person.groups = lists.groups.get(&id).cloned().unwrap_or_default();
            person.permissions = lists.permissions.get(&id).cloned().unwrap_or_default();
            person.factors = factors.get(&id).cloned().unwrap_or_default();
            person.id = Some(if has_uuids { plain(id) } else { id });
        }
        Ok(person)
    };
    let names = names.each_ref().map(String::as_str);
    let source = SqlSource::new(reader, &tables.user, &columns, &names, groups, decode).await?;
    Ok((source, has_factors))
}

/// Django writes the 32 digits of a UUID where the database has no such type.
fn is_of_uuids(column: &Column) -> bool {
    column.sql_type == "uuid" || column.sql_type == "char(32)"
}

/// A UUID as Django shows it: in SQLite it stands without hyphens.
fn plain(id: String) -> String {
    match Uuid::try_parse(&id) {
        Ok(uuid) => uuid.hyphenated().to_string(),
        Err(_) => id,
    }
}

/// Every table and column has to be there: what the model does not have is said, so that nothing is lost by a name that is not known.
/// Whoever is not active, above all, would come in.
async fn check(reader: &Reader, model: &UserModel, columns: &[Column]) -> Result<(), Failure> {
    let mut missing = Missing::default();
    let lost = missing.look(&model.tables.user, columns, &model.columns());
    for (table, needed) in model.tables.required().into_iter().skip(1) {
        missing.look(table, &reader.columns(table).await?, &needed);
    }
    let optional = model.optional_fields(&lost);
    let without = if optional.is_empty() { "groups".to_owned() } else { optional.join(", ") };
    let risk = if optional.iter().any(|field| field == "is_active") {
        " (without is_active everybody may log in)"
    } else {
        ""
    };
    missing.check(&format!(
        "describe the project's user model by --user-model, --db-table, --username-column and --column FIELD=COLUMN, and by --without what \
         of {without} it does not have{risk}"
    ))
}

/// The groups and permissions of each user, by the id as the database prints it.
#[derive(Default)]
struct Lists {
    groups: HashMap<String, Vec<String>>,
    permissions: HashMap<String, Vec<String>>,
}

impl Lists {
    async fn read(reader: &Reader, tables: &DjangoTables) -> Result<Self, Failure> {
        let mut lists = Self::default();
        let user = quoted(&tables.user_reference);
        if let Some(user_groups) = &tables.user_groups {
            let groups = format!(
                "SELECT CAST(held.{user} AS TEXT), g.name FROM {} AS held JOIN {} AS g ON g.id = held.group_id",
                quoted(user_groups),
                quoted(&tables.group),
            );
            lists.groups = by_key(reader.pairs(groups).await?);
        }
        if let Some(user_permissions) = &tables.user_permissions {
            let held = format!("{} AS held", quoted(user_permissions));
            let permissions = format!("SELECT CAST(held.{user} AS TEXT), {}", permission(tables, &held));
            lists.permissions = by_key(reader.pairs(permissions).await?);
        }
        Ok(lists)
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
    if tables.user_groups.is_none() {
        return Ok(Vec::new());
    }
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
    if !["user_id", "email", "verified"].iter().all(|name| columns.iter().any(|column| column.name == *name))
    {
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

/// Nothing is no, as in Python; but a model that does not say who is active says it of all.
fn person(texts: Texts, is_active_anyway: bool) -> Result<Person, String> {
    let [id, username, email, password, active, staff, superuser, joined, login, first, last] =
        <[_; 11]>::try_from(texts).map_err(|_| "it has another number of columns")?;
    let is = |name: &str, text: Option<String>, or: bool| match text {
        Some(text) => flag(&text).ok_or_else(|| format!("{name} is neither yes nor no")),
        None => Ok(or),
    };
    let at = |name: &str, text: Option<String>| match text {
        // What MySQL makes of a date that it does not take, where nobody told it to be strict.
        Some(text) if text.starts_with("0000-00-00") => {
            Err(format!("{name} is 0000-00-00, which is no date"))
        }
        Some(text) => time(&text).map(Some).ok_or_else(|| format!("{name} is no time")),
        None => Ok(None),
    };
    Ok(Person {
        id,
        username: filled(username),
        email: filled(email),
        password: filled(password).map(PasswordHash::from_encoded),
        is_active: is("is_active", active, is_active_anyway)?,
        is_staff: is("is_staff", staff, false)?,
        is_superuser: is("is_superuser", superuser, false)?,
        date_joined: at("date_joined", joined)?,
        last_login: at("last_login", login)?,
        first_name: filled(first),
        last_name: filled(last),
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
