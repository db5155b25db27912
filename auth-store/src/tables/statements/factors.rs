//! The statements of factors.

use auth_core::mfa::FactorKind;

use crate::sql::{Writer, columns};

use super::template::{SweepSql, insert_beside_user, select, statements};

columns! {
    pub(in crate::tables) Column {
        id, user_id, kind, handle, name, data, counter, created_at, last_used_at, expires_at,
    }
}

/// One of the user's, by its id.
const THEIRS: &str = "WHERE tenant = :tenant AND id = :id AND user_id = :user_id";

/// Of a kind that this program knows: a walk through all of them must not end at a page of others.
fn of_known_kind() -> String {
    let names: Vec<_> = FactorKind::ALL.iter().map(|kind| format!("'{}'", kind.name())).collect();
    format!("kind IN ({})", names.join(", "))
}

statements! { FactorSql(writer) {
    by_user = select(Column::LIST, "@factors", "user_id = :user_id ORDER BY created_at, id");
    by_handle = select(Column::LIST, "@factors", "kind = :kind AND handle = :handle");
    page = select(Column::LIST, "@factors", &format!("id > :after AND {} ORDER BY id LIMIT :limit", of_known_kind()));
    lock = select(&["id"], "@factors", "user_id = :user_id ORDER BY created_at, id") + writer.dialect.for_update();
    insert = insert_beside_user("@factors", Column::LIST);
    advance = "UPDATE @factors SET counter = :counter, last_used_at = :at WHERE tenant = :tenant AND id = :id \
        AND (counter < :counter OR (counter = 0 AND :counter = 0))";
    take = "DELETE FROM @factors WHERE tenant = :tenant AND kind = :kind AND handle = :handle AND user_id = :user_id";
    remove = format!("DELETE FROM @factors {THEIRS}");
    remove_of_kind = "DELETE FROM @factors WHERE tenant = :tenant AND user_id = :user_id AND kind = :kind";
    remove_since = "DELETE FROM @factors WHERE tenant = :tenant AND user_id = :user_id AND created_at >= :since";
    remove_of_user = "DELETE FROM @factors WHERE tenant = :tenant AND user_id = :id";
    rename = format!("UPDATE @factors SET name = :name {THEIRS}");
    write_data = "UPDATE @factors SET data = :data WHERE tenant = :tenant AND id = :id AND data = :expected";
} }

pub(super) fn sweep(writer: &Writer<'_>) -> SweepSql {
    SweepSql::write(writer, "@factors", "id", "expires_at <= :now")
}
