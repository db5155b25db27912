//! `auth import csv`.

use auth_core::clock::Timestamp;
use serde_json::json;

use crate::home::{Home, PASSWORD, hash};

fn ids(accounts: &[auth_core::user::Account]) -> Vec<&str> {
    accounts.iter().map(|account| account.user.id.as_str()).collect()
}

#[tokio::test]
async fn every_column_arrives() {
    let home = Home::new();
    let csv = format!(
        "id,username,email,email_verified,password_hash,is_active,is_staff,is_superuser,groups,permissions,date_joined,\
         last_login,attributes\n\
         17,Alice,Alice@Example.com,true,{},1,t,no,\"writers; readers\",x.do_it;x.see_it,2023-11-14T22:13:20Z,\
         2023-11-14 22:13:21,\"{{\"\"plan\"\":\"\"pro\"\"}}\"\n\
         18,bob,,,,,,,,,,,\n",
        hash("django pbkdf2_sha256")
    );
    let report = home.import(&csv, &[]).ok();
    assert!(report.contains("2 rows read: 2 users added, 0 here already, 0 skipped."), "{report}");
    let alice = home.user("alice").await.unwrap();
    assert_eq!((alice.id.as_str(), alice.username()), ("17", "Alice"));
    assert!(alice.email_verified && alice.is_active && alice.is_staff && !alice.is_superuser);
    assert_eq!(alice.groups, ["readers", "writers"]);
    assert_eq!(alice.direct_permissions, ["x.do_it", "x.see_it"]);
    assert_eq!(alice.date_joined, Timestamp::from_unix_seconds(1_700_000_000));
    assert_eq!(alice.last_login, Some(Timestamp::from_unix_seconds(1_700_000_001)));
    assert_eq!(alice.attributes, json!({ "plan": "pro" }));
    let bob = home.user("bob").await.unwrap();
    assert!(bob.is_active && !bob.is_staff && bob.email.is_none() && bob.last_login.is_none());
}

#[tokio::test]
async fn whoever_is_imported_logs_in_with_their_old_password() {
    let home = Home::new();
    let formats =
        ["django pbkdf2_sha256", "werkzeug scrypt", "bcrypt", "sha512-crypt", "flask-security bcrypt"];
    let rows: String =
        formats.iter().enumerate().map(|(n, format)| format!("user{n},\"{}\"\n", hash(format))).collect();
    home.import(format!("username,password_hash\n{rows}"), &[]).ok();
    for (n, format) in formats.iter().enumerate() {
        assert!(home.logs_in(&format!("user{n}"), PASSWORD).await, "{format}");
        assert!(!home.logs_in(&format!("user{n}"), "wrong").await, "{format}");
    }
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let home = Home::new();
    home.auth(&["user", "create", "dave", "--email", "dave@example.com", "--no-password"]).ok();
    let csv = "id,username,email\n1,alice,a@example.com\n2,ALICE,\n3,bob:,\n1,carol,\n4,Dave,\n5,eve,DAVE@example.com\n1,Alice,\n";
    let dry = home.import(csv, &["--dry-run"]).skipped();
    assert!(dry.contains("This was a dry run"));
    assert_eq!(home.accounts().await.len(), 1);
    let wet = home.import(csv, &[]).skipped();
    assert_eq!(home.accounts().await.len(), 4);
    let same =
        dry.replace("to be added", "added").replace("\nThis was a dry run: nothing was written.\n", "");
    assert_eq!(same, wet);
    assert!(wet.contains("7 rows read: 3 users added, 0 here already, 4 skipped."), "{wet}");
    for reason in [
        "another account's\n  line 6",
        "the user name is that of an earlier row, or cannot be told from it here: rename one of them\n  line 3 with line 2",
        "the id is that of an earlier row\n  line 5 with line 2, line 8 with line 2",
        "line 4, bob:, as bob_",
    ] {
        assert!(wet.contains(reason), "{reason}: {wet}");
    }
}

#[tokio::test]
async fn a_second_run_adds_nothing_twice() {
    let home = Home::new();
    let csv = "username,email\nalice,alice@example.com\nbob,\n";
    home.import(csv, &[]).ok();
    let before = home.accounts().await;
    let again = home.import("username,email\nalice,new@example.com\nbob,\ncarol,\n", &[]).ok();
    assert!(again.contains("3 rows read: 1 users added, 2 here already, 0 skipped."), "{again}");
    let after = home.accounts().await;
    assert_eq!(after.len(), 3);
    assert!(ids(&before).iter().all(|id| ids(&after).contains(id)));
    assert!(home.user("new@example.com").await.is_none(), "an account that is there stays as it is");
}

#[tokio::test]
async fn a_broken_row_is_named_and_the_rest_goes_on() {
    let home = Home::new();
    let mut csv = b"username,is_active,date_joined,groups,attributes\n".to_vec();
    for row in [
        &b"alice,,,,\n"[..],
        b"too,few\n",
        b"too,,,,,many\n",
        b"b\xffd,,,,\n",
        b"carol,perhaps,,,\n",
        b"dave,,yesterday,,\n",
        b",,,,\n",
        b"eve,,,\"bad\x01group\",\n",
        b"\"line\nbreak\",,,,\n",
        b"frank,,,,[1]\n",
        b"zoe,,,,\n",
    ] {
        csv.extend_from_slice(row);
    }
    let report = home.import(csv, &[]).skipped();
    assert!(report.contains("11 rows read: 2 users added, 0 here already, 9 skipped."), "{report}");
    for line in ["line 3", "line 4", "line 5", "line 6", "line 7", "line 8", "line 9", "line 10", "line 12"] {
        assert!(report.contains(line), "{line}: {report}");
    }
    let mut names: Vec<_> =
        home.accounts().await.iter().map(|account| account.user.username().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["alice", "zoe"]);
}

#[test]
fn a_header_that_makes_no_sense_is_refused_by_name() {
    let home = Home::new();
    let refused = home.import("username,shoe_size,\"hat\nsize\"\nalice,42,7\n", &[]).refused(1);
    assert!(
        refused.contains("`shoe_size`, `hat\\nsize`") && refused.contains("--ignore-unknown"),
        "{refused}"
    );
    home.import("username,shoe_size\nalice,42\n", &["--ignore-unknown"]).ok();
    assert!(home.import("username,username\n", &[]).refused(1).contains("twice"));
    for without in ["", "alice,secret\n", "id,password_hash\n1,x\n"] {
        assert!(home.import(without, &[]).refused(1).contains("header"), "{without:?}");
    }
    let missing = home.auth(&["import", "csv", "/nowhere.csv"]).refused(1);
    assert!(missing.contains("/nowhere.csv"), "{missing}");
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_the_first_name() {
    let home = Home::new();
    home.import("\u{feff}username\r\nalice\r\n", &[]).ok();
    assert!(home.user("alice").await.is_some());
}

#[tokio::test]
async fn an_address_that_several_share_is_nobodys_unless_one_proved_it() {
    let home = Home::new();
    let csv = "username,email,email_verified\n\
               a,shared@example.com,\nb,SHARED@example.com,\nc,proven@example.com,\nd,proven@example.com,yes\n\
               e,both@example.com,yes\nf,both@example.com,yes\ng,own@example.com,\n";
    let report = home.import(csv, &[]).ok();
    assert!(report.contains("imported, 5: address left out: several accounts share it"), "{report}");
    assert_eq!(home.accounts().await.len(), 7);
    assert_eq!(home.user("proven@example.com").await.unwrap().username(), "d");
    assert_eq!(home.user("own@example.com").await.unwrap().username(), "g");
    for nobodys in ["shared@example.com", "both@example.com"] {
        assert!(home.user(nobodys).await.is_none());
    }
}

#[tokio::test]
async fn an_address_that_an_account_has_here_stays_with_it() {
    let home = Home::new();
    home.auth(&["user", "create", "alice", "--email", "alice@example.com", "--no-password"]).ok();
    let report = home.import("username,email,email_verified\nmallory,alice@example.com,yes\n", &[]).ok();
    assert!(report.contains("address left out: an account that is not of this import has it"), "{report}");
    assert_eq!(home.user("alice@example.com").await.unwrap().username(), "alice");
    let mallory = home.user("mallory").await.unwrap();
    assert!(mallory.email.is_none() && !mallory.email_verified);
}

#[tokio::test]
async fn a_name_that_is_an_address_logs_in_as_before() {
    let home = Home::new();
    let csv = format!("username,password_hash\nalice@example.com,{}\n", hash("django pbkdf2_sha256"));
    let report = home.import(csv, &[]).ok();
    assert!(report.contains("user name made from the e-mail address"), "{report}");
    assert!(home.logs_in("alice@example.com", PASSWORD).await);
    let alice = home.user("alice_at_example.com").await.unwrap();
    assert!(!alice.email_verified);
}

#[tokio::test]
async fn a_hash_that_nobody_can_verify_is_left_out_and_counted() {
    let home = Home::new();
    let over_cost = "pbkdf2_sha256$4000000000$salt$aGFzaA==";
    let csv = format!("username,password_hash\na,plain text\nb,!\nc,{over_cost}\nd,\ne,$2b$\n");
    let done = home.import(csv, &[]);
    assert_eq!(done.code, 4, "{done:?}");
    let report = done.out;
    assert!(report.contains("imported, 3: password left out"), "{report}");
    assert!(!report.contains("plain text") && !report.contains("4000000000"), "{report}");
    assert!(home.accounts().await.iter().all(|account| account.password.is_none()));
}

#[tokio::test]
async fn weak_hashes_are_wrapped_on_demand_and_still_verify() {
    let home = Home::new();
    let csv = format!(
        "username,password_hash\nalice,{}\nbob,{}\ncarol,{}\n",
        hash("django md5"),
        hash("django pbkdf2_sha256"),
        hash("bcrypt")
    );
    let report = home.import(&csv, &["--wrap-weak"]).ok();
    assert!(report.contains("2 weak hashes put into Argon2id."), "{report}");
    let formats = |accounts: Vec<auth_core::user::Account>| {
        let format =
            |account: &auth_core::user::Account| account.password.as_ref().unwrap().format().to_string();
        let mut formats: Vec<_> = accounts.iter().map(format).collect();
        formats.sort();
        formats
    };
    assert_eq!(
        formats(home.accounts().await),
        ["bcrypt", "wrapped django md5", "wrapped django pbkdf2_sha256"]
    );
    assert!(home.logs_in("alice", PASSWORD).await && !home.logs_in("alice", "wrong").await);
    assert!(!home.import(&csv, &["--wrap-weak"]).ok().contains("weak hashes put"));
}

#[tokio::test]
async fn ids_of_two_sources_are_kept_apart_by_a_prefix() {
    let home = Home::new();
    home.import("id,username\n1,alice\n", &[]).ok();
    let clash = home.import("id,username\n1,bob\n", &[]).skipped();
    assert!(clash.contains("--id-prefix"), "{clash}");
    home.import("id,username\n1,bob\n", &["--id-prefix", "shop-"]).ok();
    assert_eq!(home.user("bob").await.unwrap().id.as_str(), "shop-1");
}

#[test]
fn many_skipped_rows_are_named_on_demand() {
    let home = Home::new();
    let csv = format!("username,email\n{}", "bad\u{1}name,\n".repeat(30));
    let report = home.import(&csv, &[]).skipped();
    assert!(report.contains("line 21 and 10 more") && !report.contains("line 31"), "{report}");
    assert!(home.import(&csv, &["--all-rows"]).skipped().contains("line 31"));
}
