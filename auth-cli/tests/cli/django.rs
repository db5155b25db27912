//! The program over the users of a Django project (`--django`, `AUTH_DJANGO_DATABASE`).

use auth_store::{DjangoOptions, DjangoStore};

use crate::home::{Done, Home, run};
use crate::import_sql::{OF_ITS_OWN, Source, django, django_with_a_model_of_its_own};

/// A database of a project, and one beside it for all else.
struct Over {
    django: Source,
    home: Home,
}

impl Over {
    async fn new(tables: &str) -> Self {
        let home = Home::empty();
        Self { django: Source::sqlite(&home, tables).await, home }
    }

    fn auth(&self, args: &[&str]) -> Done {
        run(self.home.command().args(args).env("AUTH_DJANGO_DATABASE", &self.django.url), "")
    }
}

#[tokio::test]
async fn accounts_groups_and_reports_are_those_of_the_project() {
    let over = Over::new(&django()).await;
    assert!(over.auth(&["report"]).refused(1).contains("run `auth migrate` first"));
    over.auth(&["migrate"]).ok();
    let report = over.auth(&["report"]).ok();
    assert!(report.starts_with("4 accounts, 3 of them active."), "{report}");
    assert!(report.contains("django pbkdf2_sha256") && report.contains("django argon2"), "{report}");
    let list = over.auth(&["user", "list"]).ok();
    for line in [
        "1\troot\tRoot@example.com\tsuperuser,staff\tdjango pbkdf2_sha256",
        "4\tROOT\t",
        "3\tbob\t\tdisabled\tnone",
    ] {
        assert!(list.contains(line), "{list}");
    }
    assert_eq!(over.auth(&["group", "list"]).ok(), "nobody\t\nwriters\treports.view_report\n");
    assert_eq!(over.auth(&["user", "groups", "bob", "--add", "writers"]).ok(), "bob is in writers.\n");
    over.auth(&["user", "enable", "bob"]).ok();
    over.auth(&["sessions", "revoke", "bob"]).ok();
    assert!(over.auth(&["user", "show", "bob"]).ok().contains("may         reports.view_report"));
    // Only Django knows what goes with one.
    assert!(over.auth(&["user", "delete", "bob", "--yes"]).refused(1).contains("delete it in Django"));
    let django = DjangoStore::connect(&over.django.url, DjangoOptions::take_over()).await.unwrap();
    let bob = auth_core::user::UserStore::get(&django, &auth_core::UserId::new("3")).await.unwrap().unwrap();
    assert!(bob.is_active && bob.groups == ["writers"]);
    assert!(over.home.accounts().await.is_empty(), "none of ours");
}

#[tokio::test]
async fn a_user_model_of_its_own_is_described_as_for_an_import() {
    let over = Over::new(&django_with_a_model_of_its_own()).await;
    let told = over.auth(&["migrate"]).refused(1);
    assert!(told.contains("--user-model") && told.contains("table `auth_user`"), "{told}");
    let described: Vec<_> = OF_ITS_OWN.split_whitespace().chain(["--column", "id=badge no"]).collect();
    let auth = |args: &[&str]| over.auth(&[args, &described].concat());
    auth(&["migrate"]).ok();
    let list = auth(&["user", "list"]).ok();
    assert!(
        list.contains("EMP-0001\troot@example.com\troot@example.com\tsuperuser\tdjango pbkdf2_sha256"),
        "{list}"
    );
    assert!(auth(&["report"]).ok().starts_with("5 accounts, 2 of them active."));
    let renamed: Vec<_> = described.iter().map(|word| word.replace("=active", "=is_active")).collect();
    let renamed: Vec<_> = renamed.iter().map(String::as_str).collect();
    let told = over.auth(&[&["doctor"], &renamed[..]].concat());
    assert!(
        told.out.contains("WRONG  Django's users, as --django")
            && told.out.contains("`Crew.is_active` (`Crew` has badge no, "),
        "{told:?}"
    );
}

#[tokio::test]
async fn nobody_is_brought_into_tables_that_django_has() {
    let over = Over::new(&django()).await;
    over.auth(&["migrate"]).ok();
    let file = over.home.write("users.csv", "username\nzoe\n");
    let told = over.auth(&["import", "csv", &file]).refused(2);
    assert!(told.contains("AUTH_DJANGO_DATABASE"), "{told}");
    assert!(!over.auth(&["user", "list"]).ok().contains("zoe"));
}

#[tokio::test]
async fn what_is_printed_for_a_tool_of_ones_own_has_both_databases() {
    let over = Over::new(&django()).await;
    let printed = over.auth(&["migrate", "--print"]).ok();
    let (ours, djangos) = printed.split_once("-- In the Django database:").unwrap();
    assert!(
        ours.contains("CREATE TABLE iam_users") && djangos.contains("CREATE TABLE iam_django_users"),
        "{printed}"
    );
}
