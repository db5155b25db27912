//! `auth audit`.

use auth_core::clock::Timestamp;
use auth_core::event::{Event, EventId, EventKind};
use auth_core::login::Credentials;
use auth_core::store::Backend as _;
use auth_core::user::Attachment;
use auth_store::SqlStore;
use serde_json::Value;

use crate::home::{Home, PASSWORD};

/// An account that was made by the command, and somebody who guessed its password, and another name.
async fn guessed_at() -> (Home, EventId) {
    let home = Home::new();
    home.auth_with_input(&["user", "create", "alice", "--password-stdin"], &format!("{PASSWORD}\n")).ok();
    let app = home.app().await;
    let wrong = |login| Credentials::Password { login, password: "wrong" };
    app.admit(wrong("nobody"), None).await.unwrap_err();
    let refused = app.admit(wrong("alice"), None).await.unwrap_err();
    let right = Credentials::Password { login: "alice", password: PASSWORD };
    drop(app.admit(right, None).await.unwrap());
    // What the application has yet to write is written before it is read.
    app.audit().list(&Default::default(), 1).await.unwrap();
    (home, refused.event().unwrap())
}

fn kinds(listed: &str) -> Vec<&str> {
    let mut kinds: Vec<_> = listed.lines().filter_map(|line| line.split('\t').nth(1)).collect();
    kinds.sort_unstable();
    kinds
}

#[tokio::test]
async fn what_happened_is_listed_by_account_and_kind() {
    let (home, _) = guessed_at().await;
    let all = home.auth(&["audit"]).ok();
    assert_eq!(kinds(&all), ["account.created", "login.failed", "login.failed", "login.succeeded"]);
    assert!(
        all.lines().any(|line| line.contains("account.created") && line.contains("\tcommand\t")),
        "{all}"
    );
    assert!(!all.contains("nobody") && all.contains("unknown_user"), "what was typed is told by a pseudonym");
    let of_alice = home.auth(&["audit", "--user", "alice"]).ok();
    assert_eq!(kinds(&of_alice), ["account.created", "login.failed", "login.succeeded"]);
    let failures = home.auth(&["audit", "--user", "alice", "--kind", "login.failed", "--since", "1h"]).ok();
    assert_eq!(kinds(&failures), ["login.failed"]);
    assert_eq!(home.auth(&["audit", "--since", "2100-01-01T00:00:00Z"]).ok(), "");
    assert_eq!(home.auth(&["audit", "--limit", "2"]).ok().lines().count(), 2);
}

#[tokio::test]
async fn an_event_is_found_by_the_id_and_the_reference_that_somebody_reads_out() {
    let (home, id) = guessed_at().await;
    for named in [id.to_string(), id.urn(), id.reference(), id.reference().to_lowercase()] {
        let found = home.auth(&["audit", "--event", &named, "--json"]).ok();
        let event: Value = serde_json::from_str(&found).unwrap();
        assert_eq!((&event["id"], &event["reason"]), (&id.to_string().into(), &"wrong_password".into()));
    }
    assert_eq!(home.auth(&["audit", "--event", &EventId::LAST.to_string()]).ok(), "");
    let told = home.auth(&["audit", "--event", "alice"]).refused(2);
    assert!(told.contains("--event"), "{told}");
    let told = home.auth(&["audit", "--kind", "login"]).refused(2);
    assert!(told.contains("login.failed"), "{told}");
}

#[tokio::test]
async fn what_the_command_changes_is_told_and_an_account_that_it_removes_leaves_a_pseudonym() {
    let (home, _) = guessed_at().await;
    home.auth(&["user", "promote", "alice"]).ok();
    home.auth(&["user", "disable", "alice"]).ok();
    let of_alice = home.auth(&["audit", "--user", "alice", "--json"]).ok();
    let changed: Vec<Value> = of_alice
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["type"] == "account.changed")
        .map(|event| event["changed"].clone())
        .collect();
    assert!(changed.contains(&serde_json::json!(["is_active"])), "{of_alice}");
    let id = serde_json::from_str::<Value>(of_alice.lines().next().unwrap()).unwrap()["user"].clone();
    home.auth(&["user", "delete", "alice", "--yes"]).ok();
    let all = home.auth(&["audit"]).ok();
    assert!(!all.contains(id.as_str().unwrap()) && all.contains("account.erased"), "{all}");
    let pseudonym = all.split_whitespace().find(|word| word.starts_with("erased:")).unwrap();
    assert!(kinds(&home.auth(&["audit", "--user", pseudonym]).ok()).contains(&"login.failed"));
}

#[tokio::test]
async fn events_are_forgotten_by_whoever_says_how_old() {
    let (home, _) = guessed_at().await;
    let count = || home.auth(&["audit"]).ok().lines().count();
    let before = count();
    home.auth(&["sessions", "clear-expired"]).ok();
    let kept = home.auth(&["sessions", "clear-expired", "--events-days", "365"]).ok();
    assert!(kept.starts_with("Forgot 0 events.") && count() == before, "{kept}");
    let all = home.auth(&["sessions", "clear-expired", "--events-days", "0"]).refused(2);
    assert!(all.contains("--events-days") && count() == before, "not the whole of it: {all}");
    let store = SqlStore::connect(&home.database_url()).await.unwrap().stores();
    let long_ago = Timestamp::from_unix_seconds(1_700_000_000);
    let event = Event::new(EventId::at(long_ago), long_ago, EventKind::LoginFailed);
    store.audit.record(vec![Attachment::Event(Box::new(event))]).await.unwrap();
    let gone = home.auth(&["sessions", "clear-expired", "--events-days", "1"]).ok();
    assert!(gone.starts_with("Forgot 1 events.") && count() == before, "{gone}");
}
