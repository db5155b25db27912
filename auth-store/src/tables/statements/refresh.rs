//! The statements of refresh families.

use crate::sql::{Writer, columns};

use super::template::{SweepSql, insert, select, statements};

columns! {
    pub(in crate::tables) Column {
        family_key, sid, client_id, user_id, epoch, scope, session, auth_time, amr, created_at, expires_at, current,
        rotated_at, previous_hash, previous_salt, previous_key_version, resource, jkt,
    }
}

statements! { RefreshSql(writer) {
    by_key = select(Column::LIST, "@refresh_families", "family_key = :key");
    by_user = select(Column::LIST, "@refresh_families", "user_id = :user_id ORDER BY created_at DESC");
    insert = insert("@refresh_families", Column::LIST);
    rotate = "UPDATE @refresh_families SET current = :current, rotated_at = :rotated_at, previous_hash = :previous_hash, \
        previous_salt = :previous_salt, previous_key_version = :previous_key_version \
        WHERE tenant = :tenant AND family_key = :key AND current = :expected";
    remove = writer.dialect.removal(
        &Column::LIST.join(", "), "@refresh_families", "family_key", "tenant = :tenant AND family_key = :key");
    remove_by_session = writer.dialect.removal(
        "sid", "@refresh_families", "family_key", "tenant = :tenant AND session = :session");
    remove_by_user = writer.dialect.removal(
        "sid", "@refresh_families", "family_key", "tenant = :tenant AND user_id = :user_id");
} }

pub(super) fn sweep(writer: &Writer<'_>) -> SweepSql {
    SweepSql::write(
        writer,
        "@refresh_families",
        "family_key",
        "expires_at < :now OR rotated_at < :idle_since",
    )
}
