//! What others do to the database of a server: the words of PostgreSQL and of MySQL for the same.

use auth_store::sqlx::{AssertSqlSafe, Row as _, query};

use crate::home::Home;

impl Home {
    /// Cuts every connection to this database but that of whoever asks, and waits until they are.
    pub(crate) async fn cut_all(&self) {
        if !self.is_mysql() {
            let cut = "SELECT pg_terminate_backend(pid, 5000)";
            return self.run(&format!("{cut} {}", self.others())).await;
        }
        for id in self.numbers(&format!("SELECT CAST(id AS SIGNED) {}", self.others())).await {
            self.run(&format!("KILL {id}")).await;
        }
        while self.connections().await > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// The connections to this database but that of whoever asks.
    fn others(&self) -> &'static str {
        self.in_words(
            "",
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
        )
    }

    /// How many there are.
    pub(crate) async fn connections(&self) -> i64 {
        self.count(&format!("SELECT count(*) {}", self.others())).await
    }

    /// A number of the newest of them: that of one which is made later is higher.
    pub(crate) async fn newest_connection(&self) -> i64 {
        let number = self.in_words(
            "",
            "max(extract(epoch FROM backend_start) * 1000000)::bigint",
            "CAST(max(id) AS SIGNED)",
        );
        self.count(&format!("SELECT {number} {}", self.others())).await
    }

    /// How many there are that are no newer than the one of this number, in MySQL.
    pub(crate) async fn connections_up_to(&self, number: i64) -> i64 {
        self.count(&format!("SELECT count(*) {} AND id <= {number}", self.others())).await
    }

    /// The server's time, in whole milliseconds.
    pub(crate) async fn time(&self) -> i64 {
        self.count(self.in_words(
            "",
            "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
            "SELECT CAST(floor(unix_timestamp(sysdate(6)) * 1000) AS SIGNED)",
        ))
        .await
    }

    /// By which errors the server says that another transaction undid a change: a serialization failure or a wait for a lock that took
    /// too long, and a deadlock.
    pub(crate) fn conflicts(&self) -> [&'static str; 2] {
        if self.is_mysql() { ["1205", "1213"] } else { ["40001", "40P01"] }
    }

    /// A trigger that undoes changes of accounts by this error, until `times` have passed. What is counted by a sequence, or in a table
    /// without transactions, does not go back with them.
    pub(crate) async fn fail_changes(&self, error: &str, times: u32) {
        let sql = match self.is_mysql() {
            false => format!(
                "DROP TRIGGER IF EXISTS fault ON iam_users; DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries; \
                 CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'somebody else' USING ERRCODE = '{error}'; END IF; \
                 RETURN NEW; END $$; \
                 CREATE TRIGGER fault BEFORE UPDATE ON iam_users FOR EACH ROW EXECUTE FUNCTION fault()"
            ),
            true => {
                let state = if error == "1213" { "40001" } else { "HY000" };
                format!(
                    "DROP TRIGGER IF EXISTS fault; DROP TABLE IF EXISTS tries; \
                     CREATE TABLE tries (n INT) ENGINE = MyISAM; INSERT INTO tries VALUES (0); \
                     CREATE TRIGGER fault BEFORE UPDATE ON iam_users FOR EACH ROW BEGIN \
                     UPDATE tries SET n = n + 1; \
                     IF (SELECT n FROM tries) <= {times} THEN \
                     SIGNAL SQLSTATE '{state}' SET MYSQL_ERRNO = {error}, MESSAGE_TEXT = 'somebody else'; END IF; END"
                )
            }
        };
        self.run(&sql).await;
    }

    /// How many changes of accounts were tried since.
    pub(crate) async fn failed_changes(&self) -> i64 {
        let number = self.in_words("", "last_value", "CAST(n AS SIGNED)");
        self.count(&format!("SELECT {number} FROM tries")).await
    }

    /// The numbers in the first column, in MySQL.
    async fn numbers(&self, sql: &str) -> Vec<i64> {
        let sql = query(AssertSqlSafe(sql.to_owned()));
        let rows = sql.fetch_all(&mut self.mysql_connection().await).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}
