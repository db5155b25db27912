//! Tables, accounts, sessions.

use std::process::Stdio;

use auth_core::account::Registration;
use auth_core::login::Credentials;
use auth_core::testing::MemoryMailer;
use auth_core::token::Client;

use crate::home::{Home, PASSWORD, SECRET, hash, run};

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
    assert!(refused.contains("no file /nowhere/app.db") && refused.contains("mode=rwc"), "{refused}");
    let made = home.auth(&["migrate", "--database", "sqlite:/nowhere/app.db?mode=rwc"]).refused(1);
    assert!(made.contains("/nowhere/app.db cannot be made"), "{made}");
    let source = Home::new().auth(&["import", "django", "--from", "sqlite:/nowhere/old.db"]).refused(1);
    assert!(source.contains("no file /nowhere/old.db"), "{source}");
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
    assert!(home.auth(&args).refused(1).contains("no group `writers`, there is none yet"));
    home.auth(&["group", "create", "writers", "--permission", "x.write_it"]).ok();
    assert!(home.auth(&["group", "create", "writers"]).refused(1).contains("already"));
    home.auth(&args).ok();
    let alice = home.user("alice").await.unwrap();
    assert!(alice.is_in_group("writers") && alice.has_permission("x.do_it") && !alice.is_staff);
    assert!(alice.has_permission("x.write_it"));
    assert_eq!(home.auth(&["group", "list"]).ok(), "writers\tx.write_it\n");
    assert!(home.auth(&args).refused(1).contains("another account"));
}

#[tokio::test]
async fn a_permission_without_a_dot_and_a_group_that_is_not_there_are_refused() {
    let home = Home::new();
    for nonsense in ["nodot", ".", "app.", ".do_it", "app.do it", ""] {
        let refused =
            home.auth(&["user", "create", "alice", "--no-password", "--permission", nonsense]).refused(2);
        assert!(refused.contains("reports.view_report"), "{refused}");
        home.auth(&["group", "create", "writers", "--permission", nonsense]).refused(2);
    }
    home.auth(&["group", "create", "writers"]).ok();
    let refused = home.auth(&["user", "create", "alice", "--no-password", "--group", "writer"]).refused(1);
    assert!(refused.contains("no group `writer`, there are `writers`"), "{refused}");
    home.auth(&["group", "create", "  "]).refused(2);
    assert!(home.accounts().await.is_empty());
}

#[tokio::test]
async fn an_account_is_put_into_groups_and_taken_out_of_them() {
    let home = Home::new();
    home.auth(&["user", "create", "alice", "--no-password"]).ok();
    for group in ["writers", "readers"] {
        home.auth(&["group", "create", group]).ok();
    }
    assert!(home.auth(&["user", "groups", "alice"]).ok().contains("in no group"));
    let said = home.auth(&["user", "groups", "alice", "--add", "writers", "--add", "readers"]).ok();
    assert!(said.contains("readers, writers"), "{said}");
    let said = home.auth(&["user", "groups", "alice", "--add", "writers", "--remove", "readers"]).ok();
    assert!(said.contains("is in writers."), "{said}");
    assert!(home.auth(&["user", "groups", "alice", "--remove", "readers"]).refused(1).contains("not in"));
    assert!(home.auth(&["user", "groups", "alice", "--add", "editors"]).refused(1).contains("no group"));
    assert_eq!(home.user("alice").await.unwrap().groups, ["writers"]);
}

#[tokio::test]
async fn an_account_is_promoted_and_demoted() {
    let home = Home::new();
    home.auth(&["user", "create", "alice", "--no-password"]).ok();
    let is = async || {
        let alice = home.user("alice").await.unwrap();
        (alice.is_staff, alice.is_superuser)
    };
    home.auth(&["user", "promote", "alice", "--staff"]).ok();
    assert_eq!(is().await, (true, false));
    assert!(home.auth(&["user", "promote", "alice"]).ok().contains("superuser"));
    assert_eq!(is().await, (true, true));
    home.auth(&["user", "demote", "alice"]).ok();
    assert_eq!(is().await, (false, false));
    home.auth(&["user", "promote", "bob"]).refused(1);
}

#[tokio::test]
async fn an_account_is_shown_whole_and_without_its_hash() {
    let home = Home::new();
    let csv = format!(
        "id,username,email,email_verified,password_hash,groups,permissions,attributes\n\
         17,old@x.example,new@x.example,yes,{},writers,x.do_it,\"{{\"\"plan\"\":1}}\"\n",
        hash("bcrypt")
    );
    home.import(csv, &[]).ok();
    let shown = home.auth(&["user", "show", "new@x.example"]).ok();
    for line in [
        "id          17",
        "username    old_at_x.example",
        "logs in as  old@x.example",
        "email       new@x.example",
        "is          verified",
        "password    bcrypt",
        "groups      writers",
        "may         x.do_it",
        "last login  never",
        "attributes  {\"plan\":1}",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert!(!shown.contains(&hash("bcrypt")));
    home.auth(&["user", "promote", "17"]).ok();
    assert!(home.auth(&["user", "show", "old@x.example"]).ok().contains("may         everything"));
    assert!(home.auth(&["user", "show", "nobody"]).refused(1).contains("no account `nobody`"));
}

#[tokio::test]
async fn an_account_is_deleted_with_its_sessions_by_those_who_are_sure() {
    let home = Home::new();
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], PASSWORD).ok();
    let app = home.app().await;
    app.migrate().await.unwrap();
    let right = Credentials::Password { login: "alice", password: PASSWORD };
    let tokens = app
        .tokens()
        .grant(app.admit(right, None).await.unwrap().admitted().unwrap(), Client::FIRST_PARTY, "")
        .await
        .unwrap();
    assert!(home.auth(&["user", "delete", "alice"]).refused(2).contains("--yes"));
    assert!(home.user("alice").await.is_some());
    assert!(home.auth(&["user", "delete", "alice", "--yes"]).ok().contains("Removed alice"));
    assert!(home.user("alice").await.is_none());
    assert!(app.tokens().refresh(tokens.refresh_token.expose(), Client::FIRST_PARTY, None).await.is_err());
    home.auth(&["user", "delete", "alice", "--yes"]).refused(1);
}

#[tokio::test]
async fn a_weak_password_is_refused_and_nobody_made() {
    let home = Home::new();
    let args = ["user", "create", "alice", "--password-stdin"];
    assert!(home.auth_with_input(&args, "password1\n").refused(1).contains("15"));
    assert!(home.auth_with_input(&args, "").refused(1).contains("no password"));
    let address = home.auth(&["user", "create", "alice@example.com", "--no-password"]).refused(1);
    assert!(address.contains("--email"), "{address}");
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
    let tokens = app
        .tokens()
        .grant(app.admit(right, None).await.unwrap().admitted().unwrap(), Client::FIRST_PARTY, "")
        .await
        .unwrap();
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

#[tokio::test]
async fn a_closed_account_stays_out_until_it_is_opened_again_and_goes_at_its_end() {
    let home = Home::new();
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], PASSWORD).ok();
    assert!(home.auth(&["user", "reopen", "alice"]).refused(1).contains("not closed"));
    assert!(home.auth(&["user", "close", "alice"]).ok().contains("alice is closed, and is erased after 2"));
    assert!(!home.logs_in("alice", PASSWORD).await);
    let shown = home.auth(&["user", "show", "alice"]).ok();
    assert!(shown.contains("is          closed\n") && shown.contains("(closed)"), "{shown}");
    home.auth(&["sessions", "clear-expired"]).ok();
    home.auth(&["user", "reopen", "alice"]).ok();
    assert!(home.logs_in("alice", PASSWORD).await);
    home.auth(&["user", "close", "alice", "--days", "1"]).ok();
    assert!(home.auth(&["user", "close", "alice", "--days", "0"]).refused(2).contains("1..=365"));
    assert!(home.auth(&["user", "erase", "alice", "--yes"]).ok().contains("Removed alice"));
    assert!(home.user("alice").await.is_none());
}

#[tokio::test]
async fn an_invitation_is_left_for_the_servers_to_send() {
    let home = Home::new();
    let with = |args: &[&str]| run(home.command().args(args).env("AUTH_SECRET", SECRET), "");
    home.auth(&["group", "create", "writers"]).ok();
    assert!(home.auth(&["user", "invite", "carol@example.com"]).refused(2).contains("AUTH_SECRET"));
    assert!(with(&["user", "invite", "carol"]).refused(1).contains("e-mail address"));
    assert!(
        with(&["user", "invite", "carol@example.com", "--group", "nobody"]).refused(1).contains("nobody")
    );
    let args = ["user", "invite", "carol@example.com", "--group", "writers", "--expires", "3"];
    with(&args).ok();
    let mails = MemoryMailer::new();
    let app = home.app_with(|builder| {
        let mailed = builder.mailer(mails.clone(), "accounts@app.example").deliver_mail_by_hand();
        mailed.registration(Registration::ByInvitation)
    });
    let app = app.await;
    app.deliver_mail().await.unwrap();
    let mail = mails.sent_to("carol@example.com").pop().expect("the servers sent it");
    assert!(mail.text().contains("/auth/register?invitation="), "{}", mail.text());
    with(&["user", "invite", "carol@example.com", "--revoke"]).ok();
    assert!(with(&["user", "invite", "carol@example.com", "--revoke"]).refused(1).contains("no invitation"));
}
