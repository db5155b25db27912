//! Where the two databases are spelled differently.

use auth_core::user::UserId;
use uuid::Uuid;

use super::database::Value;

/// A database that Django runs on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

/// What a user's primary key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum IdKind {
    Integer,
    /// `uuid` in PostgreSQL; in SQLite the 32 hexadecimal digits that Django writes there.
    Uuid,
}

impl Dialect {
    /// The parameter with this number.
    pub(super) fn param(self, number: usize) -> String {
        match self {
            Self::Postgres => format!("${number}"),
            Self::Sqlite => format!("?{number}"),
        }
    }

    /// The parameter as a user's id, to be compared with the column.
    pub(super) fn id_param(self, kind: IdKind, number: usize) -> String {
        let cast = if (self, kind) == (Self::Postgres, IdKind::Uuid) { "::uuid" } else { "" };
        self.param(number) + cast
    }

    pub(super) fn text(self, expression: &str) -> String {
        match self {
            Self::Postgres => format!("{expression}::text"),
            Self::Sqlite => format!("CAST({expression} AS TEXT)"),
        }
    }

    /// A truth value as 0 or 1.
    pub(super) fn flag(self, expression: &str) -> String {
        match self {
            Self::Postgres => format!("{expression}::int::bigint"),
            Self::Sqlite => format!("({expression} + 0)"),
        }
    }

    /// A moment as milliseconds since the Unix epoch. In SQLite Django keeps text in UTC.
    pub(super) fn millis(self, expression: &str) -> String {
        match self {
            Self::Postgres => format!("floor(extract(epoch FROM {expression}) * 1000)::bigint"),
            Self::Sqlite => format!("CAST(round(unixepoch({expression}, 'subsec') * 1000) AS INTEGER)"),
        }
    }

    /// The moment of a parameter in milliseconds, as the column holds it.
    pub(super) fn moment(self, number: usize) -> String {
        match self {
            Self::Postgres => format!("to_timestamp(${number} / 1000.0)"),
            Self::Sqlite => format!("strftime('%Y-%m-%d %H:%M:%f', ?{number} / 1000.0, 'unixepoch')"),
        }
    }

    /// Every different `expression` of a query's rest, as a JSON array.
    pub(super) fn json_list(self, expression: &str, rest: &str) -> String {
        match self {
            Self::Postgres => {
                format!("(SELECT coalesce(json_agg(DISTINCT {expression}), '[]')::text {rest})")
            }
            Self::Sqlite => format!("(SELECT json_group_array(DISTINCT {expression}) {rest})"),
        }
    }

    /// Compares texts without the case of ASCII letters, whatever the collation.
    pub(super) fn folded(self, expression: &str) -> String {
        match self {
            Self::Postgres => format!("lower({expression} COLLATE \"C\")"),
            Self::Sqlite => format!("lower({expression})"),
        }
    }

    /// What keeps a row from other writers until the transaction ends. In SQLite the transaction has the whole file.
    pub(super) fn for_update(self) -> &'static str {
        match self {
            Self::Postgres => " FOR UPDATE",
            Self::Sqlite => "",
        }
    }

    /// Makes those wait who would change the same at the same time; nothing of Django's stands in its way.
    pub(super) fn take_turns(self) -> &'static str {
        match self {
            // The first eight bytes of "iam_django".
            Self::Postgres => "SELECT pg_advisory_xact_lock(7593470703197380974)",
            Self::Sqlite => "SELECT 1",
        }
    }

    /// Name, type, whether a value has to be given, of every column of the table in the parameter.
    pub(super) fn columns_of(self) -> &'static str {
        match self {
            Self::Postgres => {
                "SELECT attname::text, format_type(atttypid, NULL)::text, \
                 (attnotnull AND NOT atthasdef AND attidentity = '')::int::bigint \
                 FROM pg_attribute WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped"
            }
            Self::Sqlite => {
                "SELECT name, lower(type), \"notnull\" AND dflt_value IS NULL AND NOT pk FROM pragma_table_info(?1)"
            }
        }
    }

    /// What a column of this type holds as a primary key of users.
    pub(super) fn id_kind(self, sql_type: &str) -> Option<IdKind> {
        match (self, sql_type) {
            (_, "integer" | "bigint") | (Self::Postgres, "smallint") => Some(IdKind::Integer),
            (Self::Postgres, "uuid") | (Self::Sqlite, "char(32)") => Some(IdKind::Uuid),
            _ => None,
        }
    }

    /// The id as the database writes it; `None` for a text that is no id there, and so nobody's.
    pub(super) fn id(self, kind: IdKind, id: &UserId) -> Option<(Value, String)> {
        match kind {
            IdKind::Integer => {
                let number =
                    id.as_str().parse::<i64>().ok().filter(|number| number.to_string() == id.as_str())?;
                Some((Value::Int(number), number.to_string()))
            }
            IdKind::Uuid => {
                let uuid = Uuid::try_parse(id.as_str()).ok()?;
                let text = uuid.hyphenated().to_string();
                let is_canonical = text == id.as_str();
                let text = if self == Self::Sqlite { uuid.simple().to_string() } else { text };
                is_canonical.then(|| (Value::Text(text.clone()), text))
            }
        }
    }

    /// The id that the database writes as this text.
    pub(super) fn user_id(self, kind: IdKind, text: &str) -> Option<UserId> {
        match kind {
            IdKind::Integer => Some(UserId::new(text)),
            IdKind::Uuid => Uuid::try_parse(text).ok().map(|uuid| UserId::new(uuid.hyphenated().to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_of_an_id_is_somebody() {
        let is_id = |kind, text: &str| Dialect::Sqlite.id(kind, &UserId::new(text)).is_some();
        assert!(is_id(IdKind::Integer, "7"));
        for wrong in ["", "07", "+7", " 7", "7.0", "x", "99999999999999999999"] {
            assert!(!is_id(IdKind::Integer, wrong), "{wrong:?}");
        }
        let uuid = "0190f5fe-7c1b-7a3e-8b1d-2f3c4d5e6f70";
        assert!(is_id(IdKind::Uuid, uuid));
        for wrong in ["", "7", &uuid.to_uppercase(), &uuid.replace('-', ""), &format!("{{{uuid}}}")] {
            assert!(!is_id(IdKind::Uuid, wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_uuid_reads_back_from_what_is_stored() {
        let id = UserId::new("0190f5fe-7c1b-7a3e-8b1d-2f3c4d5e6f70");
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let (_, stored) = dialect.id(IdKind::Uuid, &id).unwrap();
            assert_eq!(dialect.user_id(IdKind::Uuid, &stored), Some(id.clone()));
        }
        assert_eq!(Dialect::Postgres.user_id(IdKind::Uuid, "junk"), None);
    }
}
