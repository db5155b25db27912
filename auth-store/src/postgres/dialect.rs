//! The words of PostgreSQL.

use crate::sql::{Dialect, Kind};

#[derive(Debug)]
pub(crate) struct PostgresDialect;

fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "boolean",
        Kind::Int => "bigint",
        Kind::Text => "text",
    }
}

impl Dialect for PostgresDialect {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn param(&self, number: usize) -> String {
        format!("${number}")
    }

    fn text(&self, expression: &str) -> String {
        format!("{expression}::text")
    }

    fn flag(&self, expression: &str) -> String {
        format!("{expression}::boolean")
    }

    fn millis(&self, expression: &str) -> String {
        format!("floor(extract(epoch FROM {expression}) * 1000)::bigint")
    }

    fn moment(&self, param: &str) -> String {
        format!("to_timestamp({param} / 1000.0)")
    }

    fn uuid(&self) -> Option<&'static str> {
        Some("uuid")
    }

    fn folded(&self, expression: &str) -> String {
        format!("lower({expression} COLLATE \"C\")")
    }

    fn json_list(&self, expression: &str, rest: &str) -> String {
        format!(
            "(SELECT coalesce(json_agg(item ORDER BY item COLLATE \"C\"), '[]')::text \
             FROM (SELECT DISTINCT {expression} AS item {rest}) AS items)"
        )
    }

    fn json_array(&self, expression: &str) -> String {
        format!("json_agg(DISTINCT {expression} COLLATE \"C\" ORDER BY {expression} COLLATE \"C\")::text")
    }

    fn json_texts(&self, array: &str) -> String {
        format!("jsonb_array_elements_text({array}::jsonb)")
    }

    fn json_rows(&self, array: &str, columns: &[(&str, Kind)]) -> String {
        let columns: Vec<_> = (0..)
            .zip(columns)
            .map(|(place, (name, kind))| format!("(member ->> {place})::{} AS {name}", sql_type(*kind)))
            .collect();
        format!(
            "(SELECT {} FROM jsonb_array_elements({array}::jsonb) AS members (member))",
            columns.join(", ")
        )
    }

    fn wide(&self, expression: &str) -> String {
        format!("{expression}::numeric")
    }

    fn take_turns(&self) -> Option<&'static str> {
        Some("SELECT true FROM pg_advisory_xact_lock(:turn)")
    }

    fn wait_for_locks(&self, seconds: u64) -> Option<String> {
        Some(format!("SET LOCAL lock_timeout = '{seconds}s'"))
    }

    fn time(&self) -> Option<&'static str> {
        Some("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")
    }

    /// All schemas of a database have the same channels.
    fn channel(&self) -> Option<&'static str> {
        Some("SELECT :channel || left(md5(current_schema()), 8)")
    }

    fn notify(&self) -> Option<&'static str> {
        Some("SELECT pg_notify(:channel || left(md5(current_schema()), 8), :message)")
    }

    fn columns_of(&self) -> &'static str {
        "SELECT attname::text, format_type(atttypid, NULL)::text, \
         attnotnull AND NOT atthasdef AND attidentity = '', \
         EXISTS (SELECT 1 FROM pg_index WHERE indrelid = attrelid AND indisprimary AND attnum = ANY (indkey)), NULL \
         FROM pg_attribute WHERE attrelid = to_regclass(quote_ident(:table)) AND attnum > 0 AND NOT attisdropped \
         ORDER BY attnum"
    }

    /// One whose making was broken off is there, and not used.
    fn indexes(&self) -> &'static str {
        "SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid \
         WHERE i.indisvalid AND pg_table_is_visible(c.oid)"
    }

    fn is_by_index(&self, step: &str) -> bool {
        step.contains("Index Cond:")
    }

    fn concurrently(&self) -> &'static str {
        "CONCURRENTLY "
    }
}
