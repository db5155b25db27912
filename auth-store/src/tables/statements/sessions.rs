//! The statements of sessions.

use crate::sql::{Writer, columns};

use super::template::{SweepSql, insert, select, statements};
use super::users;

columns! {
    pub(in crate::tables) Column {
        handle, user_id, epoch, created_at, last_seen_at, expires_at, auth_time, amr, remember, ip, user_agent, data,
        data_version,
    }
}

/// A session, and its user beside it, whose columns are null where there is none.
fn with_user() -> String {
    let of = |alias: &str, columns: &[&str]| -> Vec<String> {
        columns.iter().map(|column| format!("{alias}.{column}")).collect()
    };
    let columns = [of("s", Column::LIST), of("u", users::READ)].concat().join(", ");
    format!(
        "SELECT {columns} FROM @sessions AS s LEFT JOIN @users AS u ON u.tenant = :tenant AND u.id = s.user_id \
         WHERE s.tenant = :tenant AND s.session_key = :key"
    )
}

/// Those of a user's sessions that fulfil a condition, by their keys, which the index of a user's sessions has with it. Within a table of
/// its own: not every database takes a limit where a key is compared, nor the table that it removes from.
fn theirs(condition: &str) -> String {
    format!(
        "tenant = :tenant AND session_key IN (SELECT session_key FROM (SELECT session_key FROM @sessions \
         WHERE tenant = :tenant AND user_id = :user_id {condition}) AS theirs)"
    )
}

/// All but the newest.
const OLDER: &str = "ORDER BY created_at DESC, handle DESC LIMIT 9223372036854775807 OFFSET :newest";

statements! { SessionSql(writer) {
    by_key = select(Column::LIST, "@sessions", "session_key = :key");
    by_key_with_user = with_user();
    by_user = select(Column::LIST, "@sessions", "user_id = :user_id ORDER BY created_at DESC, handle DESC");
    insert = insert("@sessions", &[&["session_key"], Column::LIST].concat());
    make_room = writer.dialect.removal("handle", "@sessions", "session_key", &theirs(OLDER));
    touch = "UPDATE @sessions SET last_seen_at = :at WHERE tenant = :tenant AND session_key = :key AND last_seen_at < :at";
    write_data = "UPDATE @sessions SET data = :data, data_version = :expected + 1 \
        WHERE tenant = :tenant AND session_key = :key AND data_version = :expected";
    replace = "DELETE FROM @sessions WHERE tenant = :tenant AND session_key = :key AND data_version = :expected";
    remove = "DELETE FROM @sessions WHERE tenant = :tenant AND session_key = :key";
    remove_by_handle = writer.dialect.removal("handle", "@sessions", "session_key", &theirs("AND handle = :handle"));
    remove_by_user = writer.dialect.removal("handle", "@sessions", "session_key", &theirs(""));
    remove_others = writer.dialect.removal("handle", "@sessions", "session_key", &theirs("AND handle <> :handle"));
} }

pub(super) fn sweep(writer: &Writer<'_>) -> SweepSql {
    SweepSql::write(writer, "@sessions", "session_key", "expires_at < :now OR last_seen_at < :idle_since")
}
