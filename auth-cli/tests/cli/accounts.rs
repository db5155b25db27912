//! Tables, accounts, sessions.

use std::process::Stdio;

use auth_core::login::Credentials;
use auth_core::token::Client;

use crate::home::{Home, PASSWORD, hash};

const NEW: &str = "another fine demo passphrase";

#[test]
fn tables_are_made_once_and_may_be_made_again() {
    let home = Home::empty();
    assert!(home.auth(&["user", "list"]).refused(1).contains("auth migrate"));
    assert!(home.auth(&["migrate"]).ok().contains("up to date"));
    assert!(home.auth(&["migrate"]).ok().contains("up to date"));
    assert_eq!(home.auth(&["user", "list"]).ok().lines().count(), 1);
}

#[test]
fn a_missing_database_is_said_and_how_to_make_it() {
    let home = Home::empty();
    let refused = home.auth(&["migrate", "--database", "sqlite:/nowhere/app.db"]).refused(1);
    assert!(refused.contains("mode=rwc"), "{refused}");
    let unnamed = crate::home::run(home.command().arg("migrate").env_remove("DATABASE_URL"), "");
    assert!(unnamed.refused(2).contains("DATABASE_URL"));
}

#[test]
fn a_password_in_a_url_on_the_command_line_is_refused_and_not_repeated() {
    let home = Home::new();
    let url = "postgres://app:hunter2@localhost/shop";
    for args in [vec!["user", "list", "--database", url], vec!["import", "django", "--from", url]] {
        let refused = home.auth(&args).refused(2);
        assert!(!refused.contains("hunter2") && refused.contains("environment"), "{refused}");
    }
}

#[tokio::test]
async fn a_superuser_is_made_and_logs_in() {
    let home = Home::new();
    let args = ["user", "create", "root", "--email", "root@example.com", "--superuser", "--password-stdin"];
    let said = home.auth_with_input(&args, &format!("{PASSWORD}\n"));
    assert!(!said.out.contains(PASSWORD) && !said.err.contains(PASSWORD));
    said.ok();
    let root = home.user("root@example.com").await.unwrap();
    assert!(root.is_superuser && root.is_staff && !root.email_verified);
    assert!(home.logs_in("root", PASSWORD).await);
    assert!(!home.logs_in("root", "wrong").await);
}

#[tokio::test]
async fn a_name_that_is_another_accounts_id_is_neither() {
    let home = Home::new();
    home.import("id,username\n17,victim\n18,17\n", &[]).ok();
    let refused = home.auth(&["user", "disable", "17"]).refused(1);
    assert!(refused.contains("victim") && refused.contains("18"), "{refused}");
    home.auth(&["user", "disable", "18"]).ok();
    assert!(home.user("victim").await.unwrap().is_active);
    assert!(!home.user("17").await.unwrap().is_active);
}

#[tokio::test]
async fn groups_and_permissions_are_given_with_the_account() {
    let home = Home::new();
    let args = ["user", "create", "alice", "--no-password", "--group", "writers", "--permission", "x.do_it"];
    home.auth(&args).ok();
    let alice = home.user("alice").await.unwrap();
    assert!(alice.is_in_group("writers") && alice.has_permission("x.do_it") && !alice.is_staff);
    assert!(home.auth(&args).refused(1).contains("another account"));
}

#[tokio::test]
async fn a_weak_password_is_refused_and_nobody_made() {
    let home = Home::new();
    let args = ["user", "create", "alice", "--password-stdin"];
    assert!(home.auth_with_input(&args, "password1\n").refused(1).contains("15"));
    assert!(home.auth_with_input(&args, "").refused(1).contains("no password"));
    assert!(home.user("alice").await.is_none());
    assert!(home.auth(&["user", "create", "alice"]).refused(2).contains("--password-stdin"));
}

#[tokio::test]
async fn a_new_password_ends_what_began_with_the_old_one() {
    let home = Home::new();
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], PASSWORD).ok();
    let before = home.user("alice").await.unwrap();
    home.auth_with_input(&["user", "set-password", "ALICE", "--password-stdin"], &format!("{NEW}\r\n")).ok();
    assert!(home.logs_in("alice", NEW).await && !home.logs_in("alice", PASSWORD).await);
    assert!(home.user("alice").await.unwrap().auth_epoch > before.auth_epoch);
    let nobody = home.auth_with_input(&["user", "set-password", "bob", "--password-stdin"], NEW);
    assert!(nobody.refused(1).contains("no account `bob`"));
}

#[tokio::test]
async fn a_disabled_account_stays_out_until_it_is_enabled() {
    let home = Home::new();
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], PASSWORD).ok();
    home.auth(&["user", "disable", "alice"]).ok();
    assert!(!home.logs_in("alice", PASSWORD).await);
    assert!(home.auth(&["user", "list"]).ok().contains("disabled"));
    let id = home.user("alice").await.unwrap().id.to_string();
    home.auth(&["user", "enable", &id]).ok();
    assert!(home.logs_in("alice", PASSWORD).await);
}

#[tokio::test]
async fn sessions_of_one_user_or_of_all_are_revoked() {
    let home = Home::new();
    for name in ["alice", "bob"] {
        home.auth_with_input(&["user", "create", name, "--password-stdin"], PASSWORD).ok();
    }
    let app = home.app().await;
    app.migrate().await.unwrap();
    let right = Credentials::Password { login: "alice", password: PASSWORD };
    let tokens =
        app.tokens().grant(app.admit(right, None).await.unwrap(), Client::FIRST_PARTY, "").await.unwrap();
    let said = home.auth(&["sessions", "revoke", "alice"]).ok();
    assert!(said.contains("alice"), "{said}");
    assert!(app.tokens().refresh(tokens.refresh_token.expose(), Client::FIRST_PARTY, None).await.is_err());
    assert_eq!(home.user("bob").await.unwrap().auth_epoch, 0);
    assert!(home.auth(&["sessions", "revoke", "--all"]).ok().contains("2 users"));
    assert_eq!(home.user("bob").await.unwrap().auth_epoch, 1);
    assert_eq!(home.auth(&["sessions", "revoke"]).code, 2);
    assert!(home.auth(&["sessions", "clear-expired"]).ok().starts_with("Forgot"));
    assert!(home.auth(&["sessions", "clear-expired", "--idle-days", "30"]).ok().starts_with("Forgot"));
}

#[test]
fn the_report_counts_accounts_by_the_format_of_their_hash() {
    let home = Home::new();
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], PASSWORD).ok();
    home.auth(&["user", "create", "bob", "--no-password"]).ok();
    home.import(format!("username,password_hash,is_active\ncarol,{},no\n", hash("django md5")), &[]).ok();
    let report = home.auth(&["report"]).ok();
    let line = |format: &str| {
        let line = report.lines().find(|line| line.starts_with(format)).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert!(report.starts_with("3 accounts, 2 of them active."), "{report}");
    assert_eq!(line("argon2id"), "argon2id 1 0 0");
    assert_eq!(line("none"), "none 1 0 0");
    assert_eq!(line("django md5"), "django md5 1 1 0");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new();
    let rows: String = (0..5000).map(|n| format!("user{n}\n")).collect();
    home.import(format!("username\n{rows}"), &[]).ok();
    let mut child =
        home.command().args(["user", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
