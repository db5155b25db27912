//! The statements of the outbox.

use crate::sql::columns;

use super::template::{insert, select, statements};

columns! {
    pub(in crate::tables) Column {
        id, kind, due_at, expires_at, attempts, sealed,
    }
}

statements! { OutboxSql(writer) {
    insert = insert("@outbox", Column::LIST);
    due = select(Column::LIST, "@outbox", "kind = :kind AND due_at <= :now ORDER BY due_at, id LIMIT :limit");
    claim = "UPDATE @outbox SET due_at = :until, attempts = attempts + 1 \
        WHERE tenant = :tenant AND id = :id AND due_at = :due_at";
    put_off = "UPDATE @outbox SET due_at = :until WHERE tenant = :tenant AND id = :id";
    remove = "DELETE FROM @outbox WHERE tenant = :tenant AND id = :id";
} }
