//! All statements of the tables, a file a table, and the columns that they name.

pub(super) mod audit;
pub(super) mod clients;
pub(super) mod consents;
pub(super) mod factors;
pub(super) mod keys;
pub(super) mod linked_accounts;
pub(super) mod outbox;
pub(super) mod refresh;
pub(super) mod sessions;
pub(super) mod short_lived;
mod template;
pub(super) mod users;

use crate::sql::Writer;

use self::audit::AuditSql;
use self::clients::ClientSql;
use self::consents::ConsentSql;
use self::factors::FactorSql;
use self::keys::KeySql;
use self::linked_accounts::LinkedAccountSql;
use self::outbox::OutboxSql;
use self::refresh::RefreshSql;
use self::sessions::SessionSql;
use self::short_lived::ShortLivedSql;
use self::users::UserSql;

pub(super) use self::template::SweepSql;

/// Every statement, written once at connect.
pub(super) struct Statements {
    pub(super) users: UserSql,
    pub(super) sessions: SessionSql,
    pub(super) refresh: RefreshSql,
    pub(super) linked_accounts: LinkedAccountSql,
    pub(super) factors: FactorSql,
    pub(super) clients: ClientSql,
    pub(super) consents: ConsentSql,
    pub(super) outbox: OutboxSql,
    pub(super) audit: AuditSql,
    pub(super) keys: KeySql,
    pub(super) short_lived: ShortLivedSql,
    pub(super) session_sweep: SweepSql,
    pub(super) family_sweep: SweepSql,
    pub(super) value_sweep: SweepSql,
    pub(super) quota_sweep: SweepSql,
    pub(super) audit_sweep: SweepSql,
    pub(super) factor_sweep: SweepSql,
}

impl Statements {
    pub(super) fn write(writer: &Writer<'_>) -> Self {
        Self {
            users: UserSql::write(writer),
            sessions: SessionSql::write(writer),
            refresh: RefreshSql::write(writer),
            linked_accounts: LinkedAccountSql::write(writer),
            factors: FactorSql::write(writer),
            clients: ClientSql::write(writer),
            consents: ConsentSql::write(writer),
            outbox: OutboxSql::write(writer),
            audit: AuditSql::write(writer),
            keys: KeySql::write(writer),
            short_lived: ShortLivedSql::write(writer),
            session_sweep: sessions::sweep(writer),
            family_sweep: refresh::sweep(writer),
            value_sweep: short_lived::value_sweep(writer),
            quota_sweep: short_lived::quota_sweep(writer),
            audit_sweep: audit::sweep(writer),
            factor_sweep: factors::sweep(writer),
        }
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use super::*;
    use crate::sql::Statement;
    use crate::sqlite::{MIGRATIONS, SqliteDialect};

    fn all(sql: &Statements) -> Vec<(&'static str, &Statement)> {
        let mut all = sql.users.all();
        all.extend(sql.sessions.all());
        all.extend(sql.refresh.all());
        all.extend(sql.linked_accounts.all());
        all.extend(sql.factors.all());
        all.extend(sql.clients.all());
        all.extend(sql.consents.all());
        all.extend(sql.outbox.all());
        all.extend(sql.audit.all());
        all.extend(sql.keys.all());
        all.extend(sql.short_lived.all());
        for sweep in [
            &sql.session_sweep,
            &sql.family_sweep,
            &sql.value_sweep,
            &sql.quota_sweep,
            &sql.audit_sweep,
            &sql.factor_sweep,
        ] {
            all.extend([("next", &sweep.next), ("stretch", &sweep.stretch), ("last", &sweep.last_stretch)]);
        }
        all
    }

    /// A statement that forgot it would cross from one tenant to another.
    #[test]
    fn every_statement_is_of_a_tenant() {
        let sql = Statements::write(&Writer { dialect: &SqliteDialect, prefix: "iam_" });
        for (name, statement) in all(&sql) {
            assert!(statement.is_of_a_tenant(), "{name}: {statement:?}");
        }
    }

    /// Few tenants have many rows each: the tenant alone finds nothing.
    #[test]
    fn no_statement_reads_all_that_a_tenant_has_but_those_that_are_for_that() {
        let writer = Writer { dialect: &SqliteDialect, prefix: "iam_" };
        let file = rusqlite::Connection::open_in_memory().unwrap();
        for migration in MIGRATIONS {
            file.execute_batch(&writer.script(migration.template)).unwrap();
        }
        let mut thorough = Vec::new();
        for (name, statement) in all(&Statements::write(&writer)) {
            for text in statement.texts() {
                let mut plan = file.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
                let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3));
                let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
                let is_thorough = |step: &String| step.contains("SCAN iam_") || step.ends_with("(tenant=?)");
                thorough.extend(steps.iter().any(is_thorough).then_some(name));
            }
        }
        assert_eq!(thorough, ["groups", "list", "list", "newest", "end_all", "remove_gone"]);
    }
}
