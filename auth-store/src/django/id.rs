//! What a user's primary key is, and how it is written.

use auth_core::token::FIRST_PARTY;
use auth_core::user::UserId;
use uuid::Uuid;

use crate::sql::{Dialect, Value};

/// The longest id that our own tables hold, in bytes.
const MAX_ID: usize = 255;

/// What a user's primary key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum IdKind {
    Integer,
    /// Whatever the project makes: an address, a number of the personnel department.
    Text,
    /// Of the database's own type, where it has one; else the 32 hexadecimal digits that Django writes then.
    Uuid,
}

impl IdKind {
    /// What a column of this type holds as a primary key of users.
    pub(super) fn of_column(dialect: &dyn Dialect, sql_type: &str) -> Option<Self> {
        match sql_type.split([' ', '(']).next()? {
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" => Some(Self::Integer),
            "uuid" => Some(Self::Uuid),
            "char" if sql_type == "char(32)" && dialect.uuid().is_none() => Some(Self::Uuid),
            "char" | "character" | "varchar" | "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// The parameter `:id`, to be compared with the column.
    pub(super) fn param(self, dialect: &dyn Dialect) -> String {
        match dialect.uuid().filter(|_| self == Self::Uuid) {
            Some(uuid) => format!("CAST(:id AS {uuid})"),
            None => ":id".to_owned(),
        }
    }

    /// A column of ids as our own table has them.
    pub(super) fn key_text(self, dialect: &dyn Dialect, column: &str) -> String {
        match self {
            Self::Integer | Self::Text => dialect.text(column),
            Self::Uuid => dialect.key_text(column),
        }
    }

    /// The id as the database writes it, as a value and as a text; `None` for a text that is no id there, and so nobody's.
    pub(super) fn written(self, dialect: &dyn Dialect, id: &UserId) -> Option<(Value<'static>, String)> {
        match self {
            Self::Integer => {
                let number =
                    id.as_str().parse::<i64>().ok().filter(|number| number.to_string() == id.as_str())?;
                Some((number.into(), number.to_string()))
            }
            Self::Text => {
                let text = id.as_str().to_owned();
                is_id(&text).then(|| (text.clone().into(), text))
            }
            Self::Uuid => {
                let uuid = Uuid::try_parse(id.as_str()).ok()?;
                let text = uuid.hyphenated().to_string();
                let is_canonical = text == id.as_str();
                let text = if dialect.uuid().is_none() { uuid.simple().to_string() } else { text };
                is_canonical.then(|| (text.clone().into(), text))
            }
        }
    }

    /// The id that the database writes as this text.
    pub(super) fn read(self, text: &str) -> Option<UserId> {
        match self {
            Self::Integer => Some(UserId::new(text)),
            Self::Text => is_id(text).then(|| UserId::new(text)),
            Self::Uuid => Uuid::try_parse(text).ok().map(|uuid| UserId::new(uuid.hyphenated().to_string())),
        }
    }
}

/// Whether a text can be somebody's id here. Databases pass over spaces at its ends, and tokens have another meaning for one word.
fn is_id(text: &str) -> bool {
    let is_plain = !text.chars().any(char::is_control) && text.trim() == text;
    is_plain && (1..=MAX_ID).contains(&text.len()) && text != FIRST_PARTY
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;
    use crate::postgres::PostgresDialect;

    #[test]
    fn only_the_one_spelling_of_an_id_is_somebody() {
        let is_id = |kind: IdKind, text: &str| kind.written(&PostgresDialect, &UserId::new(text)).is_some();
        assert!(is_id(IdKind::Integer, "7"));
        for wrong in ["", "07", "+7", " 7", "7.0", "x", "99999999999999999999"] {
            assert!(!is_id(IdKind::Integer, wrong), "{wrong:?}");
        }
        let uuid = "0190f5fe-7c1b-7a3e-8b1d-2f3c4d5e6f70";
        assert!(is_id(IdKind::Uuid, uuid));
        for wrong in ["", "7", &uuid.to_uppercase(), &uuid.replace('-', ""), &format!("{{{uuid}}}")] {
            assert!(!is_id(IdKind::Uuid, wrong), "{wrong:?}");
        }
        for text in ["7", "EMP-0007", "\u{e9}va@example.com", &"x".repeat(255)] {
            assert!(is_id(IdKind::Text, text), "{text:?}");
            assert_eq!(IdKind::Text.read(text), Some(UserId::new(text)));
        }
        for wrong in ["", " 7", "7 ", "a\0b", "a\nb", "first-party", &"x".repeat(256)] {
            assert!(!is_id(IdKind::Text, wrong) && IdKind::Text.read(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn the_type_of_the_column_says_what_ids_are() {
        let kind = |sql_type| IdKind::of_column(&PostgresDialect, sql_type);
        for integer in ["integer", "bigint", "smallint", "bigint unsigned", "int"] {
            assert_eq!(kind(integer), Some(IdKind::Integer), "{integer}");
        }
        for text in ["character varying", "character", "text", "varchar(150)", "char(36)"] {
            assert_eq!(kind(text), Some(IdKind::Text), "{text}");
        }
        assert_eq!(kind("uuid"), Some(IdKind::Uuid));
        for none in ["", "date", "bytea", "double precision", "interval"] {
            assert_eq!(kind(none), None, "{none}");
        }
    }

    #[test]
    fn a_uuid_reads_back_from_what_is_stored() {
        let id = UserId::new("0190f5fe-7c1b-7a3e-8b1d-2f3c4d5e6f70");
        let (_, stored) = IdKind::Uuid.written(&PostgresDialect, &id).unwrap();
        for stored in [stored, id.as_str().replace('-', "")] {
            assert_eq!(IdKind::Uuid.read(&stored), Some(id.clone()));
        }
        assert_eq!(IdKind::Uuid.read("junk"), None);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_database_without_uuids_has_their_digits() {
        use crate::sqlite::SqliteDialect;
        let id = UserId::new("0190f5fe-7c1b-7a3e-8b1d-2f3c4d5e6f70");
        let (_, stored) = IdKind::Uuid.written(&SqliteDialect, &id).unwrap();
        assert_eq!(stored, "0190f5fe7c1b7a3e8b1d2f3c4d5e6f70");
        assert_eq!(IdKind::of_column(&SqliteDialect, "char(32)"), Some(IdKind::Uuid));
        assert_eq!(IdKind::of_column(&PostgresDialect, "char(32)"), Some(IdKind::Text));
    }
}
