//! The statements of short-lived values and quotas.

use crate::sql::Writer;

use super::template::{SweepSql, insert, select, statements};

const VALUE: &[&str] = &["name", "value", "expires_at"];
/// A counter.
pub(super) const COUNTER: &[&str] = &["started_at", "window_ms", "previous", "current"];

statements! { ShortLivedSql(writer) {
    value = select(&["value", "expires_at"], "@short_lived", "name = :name");
    put = writer.dialect.or_update(insert("@short_lived", VALUE), &["tenant", "name"], &["value", "expires_at"]);
    put_new = writer.dialect.unless_there(insert("@short_lived", VALUE), &["tenant", "name"]);
    take = writer.dialect.removal("value, expires_at", "@short_lived", "name", "tenant = :tenant AND name = :name");
    remove_expired = "DELETE FROM @short_lived WHERE tenant = :tenant AND name = :name AND expires_at <= :now";
    counter = select(COUNTER, "@quotas", "quota_key = :key") + writer.dialect.for_update();
    seen_counter = select(COUNTER, "@quotas", "quota_key = :key");
    put_counter = writer.dialect.or_update(
        insert("@quotas", &[&["quota_key"], COUNTER].concat()), &["tenant", "quota_key"], COUNTER);
    new_counter = writer.dialect.unless_there(
        insert("@quotas", &[&["quota_key"], COUNTER].concat()), &["tenant", "quota_key"]);
    clear_counter = "DELETE FROM @quotas WHERE tenant = :tenant AND quota_key = :key";
} }

pub(super) fn value_sweep(writer: &Writer<'_>) -> SweepSql {
    SweepSql::write(writer, "@short_lived", "name", "expires_at <= :now")
}

/// `Counter::is_over`.
pub(super) fn quota_sweep(writer: &Writer<'_>) -> SweepSql {
    let (now, window) = (writer.dialect.wide(":now"), writer.dialect.wide("window_ms"));
    let is_over = format!("{now} - started_at >= {window} * 2 OR (previous = 0 AND current = 0)");
    SweepSql::write(writer, "@quotas", "quota_key", &is_over)
}
