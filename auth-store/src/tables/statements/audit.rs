//! The statements of the audit.

use crate::sql::{Writer, columns};

use super::template::{SweepSql, insert, select, statements};

columns! {
    pub(in crate::tables) Column {
        id, happened_at, kind, user_id, ip, user_agent, route, details,
    }
}

/// Those with ids from `:first` on and before `:end`, of one kind where that is named, in one order or the other.
fn listed(condition: &str, order: &str) -> String {
    let range = format!("{condition}id >= :first AND id < :end ORDER BY id {order} LIMIT :limit");
    select(Column::LIST, "@audit", &range)
}

const OF_USER: &str = "user_id = :user_id AND ";
const OF_KIND: &str = "kind = :kind AND ";
const OF_USER_AND_KIND: &str = "user_id = :user_id AND kind = :kind AND ";

/// Those of a user, by their keys, which the index of a user's events has with it: a column of that index is about to change, and then not
/// every database goes by it.
const THEIRS: &str = "tenant = :tenant AND id IN (SELECT id FROM (SELECT id FROM @audit \
    WHERE tenant = :tenant AND user_id = :user_id) AS theirs)";

statements! { AuditSql(writer) {
    insert = insert("@audit", Column::LIST);
    oldest = listed("", "ASC");
    newest = listed("", "DESC");
    oldest_of_user = listed(OF_USER, "ASC");
    newest_of_user = listed(OF_USER, "DESC");
    oldest_of_kind = listed(OF_KIND, "ASC");
    newest_of_kind = listed(OF_KIND, "DESC");
    oldest_of_both = listed(OF_USER_AND_KIND, "ASC");
    newest_of_both = listed(OF_USER_AND_KIND, "DESC");
    pseudonymise = format!("UPDATE @audit SET user_id = :pseudonym, ip = NULL, user_agent = NULL WHERE {THEIRS}");
} }

/// The oldest first, up to a certain one: the rest of the table is not looked at.
pub(super) fn sweep(writer: &Writer<'_>) -> SweepSql {
    let from = "@audit WHERE tenant = :tenant AND id >= :start";
    SweepSql {
        next: writer
            .statement(format!("SELECT id FROM {from} AND id < :gone ORDER BY id LIMIT 1 OFFSET 1000")),
        stretch: writer.statement(format!("DELETE FROM {from} AND id < :end")),
        last_stretch: writer.statement(format!("DELETE FROM {from} AND id < :gone")),
    }
}
