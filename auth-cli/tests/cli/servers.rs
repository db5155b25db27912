//! The program over an application's database on a server of PostgreSQL or MySQL.

use crate::home::{Done, Home, PASSWORD, run};
use crate::import_sql::Source;

/// A database, which goes away with this, and a folder for files.
struct Over {
    database: Source,
    home: Home,
}

impl Over {
    async fn postgres(name: &str) -> Option<Self> {
        Some(Self { database: Source::postgres(name, "SELECT 1").await?, home: Home::empty() })
    }

    /// Whose own charset has three bytes for a sign.
    async fn mysql(name: &str) -> Option<Self> {
        let utf8 = "ALTER DATABASE CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci";
        Some(Self { database: Source::mysql(name, utf8).await?, home: Home::empty() })
    }

    fn auth(&self, args: &[&str], input: &str) -> Done {
        run(self.home.command().args(args).env("DATABASE_URL", &self.database.url), input)
    }
}

#[tokio::test]
async fn tables_accounts_and_imports_are_made_in_postgres_as_in_sqlite() {
    let Some(over) = Over::postgres("over").await else { return };
    tables_accounts_and_imports_are_made(over);
}

#[tokio::test]
async fn tables_accounts_and_imports_are_made_in_mysql_as_in_sqlite() {
    let Some(over) = Over::mysql("over").await else { return };
    tables_accounts_and_imports_are_made(over);
}

fn tables_accounts_and_imports_are_made(over: Over) {
    let early = over.auth(&["user", "list"], "").refused(1);
    assert!(early.contains("run `auth migrate` first"), "{early}");
    for _ in 0..2 {
        assert_eq!(over.auth(&["migrate"], "").ok(), "The tables are up to date.\n");
    }
    let create = ["user", "create", "root", "--email", "root@example.com", "--superuser", "--password-stdin"];
    over.auth(&create, &format!("{PASSWORD}\n")).ok();
    let again = over.auth(&create, &format!("{PASSWORD}\n")).refused(1);
    assert!(again.contains("root"), "{again}");
    let people = format!(
        "id,username,email,groups,last_login,attributes,password_hash\n17,bob,bob@example.com,,,,\n18,carol,,,,,\n19,ROOT,,,,,\n\
         20,Zo\u{eb}_\u{1f600},z\u{f6}e@example.com,\u{8aad}\u{8005} \u{1f600},2023-11-14T22:13:20.123Z,\"{{\"\"mood\"\":\"\"\u{1f600}\"\"}}\",\n\
         21,{long},,{long},,,\n22,dave,,,0000-00-00 00:00:00,,\n23,erin,,,,,argon2${hash}\n24,{long}x,,,,,\n",
        long = "\u{1f600}".repeat(150),
        hash = "x".repeat(5000),
    );
    let file = over.home.write("users.csv", people);
    let report = over.auth(&["import", "csv", &file], "").skipped();
    assert!(report.contains("8 rows read: 5 users added, 0 here already, 3 skipped."), "{report}");
    assert!(report.contains("skipped, 1: the user name is another account's\n  line 4"), "{report}");
    assert!(report.contains("last_login") && report.contains("password left out"), "{report}");
    let zoe = over.auth(&["user", "show", "20"], "").ok();
    for text in [
        "Zo\u{eb}_\u{1f600}",
        "\u{8aad}\u{8005} \u{1f600}",
        "2023-11-14T22:13:20",
        "{\"mood\":\"\u{1f600}\"}",
    ] {
        assert!(zoe.contains(text), "{text}: {zoe}");
    }
    let again = over.auth(&["import", "csv", &file], "").skipped();
    assert!(again.contains("8 rows read: 0 users added, 5 here already, 3 skipped."), "{again}");
    let list = over.auth(&["user", "list"], "").ok();
    for name in ["root", "bob", "carol"] {
        assert!(list.contains(name), "{list}");
    }
    assert!(!list.contains("ROOT"), "{list}");
}

#[tokio::test]
async fn a_server_that_cannot_be_had_is_named_without_the_password() {
    let home = Home::empty();
    for (scheme, product) in [("postgres", "PostgreSQL"), ("mysql", "MySQL"), ("mariadb", "MySQL")] {
        let url = format!("{scheme}://app:hunter2@127.0.0.1:1/shop");
        let told = run(home.command().arg("migrate").env("DATABASE_URL", url), "").refused(1);
        assert!(told.contains(&format!("{product} at 127.0.0.1:1 cannot be reached")), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
