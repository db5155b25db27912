//! Events of a whole system.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::error::ErrorKind;
use crate::http::{AuthRequest, AuthResponse, RequestBody, request};
use crate::login::{Amr, Credentials};
use crate::outbound::{Method, OutboundFault, OutboundResponse};
use crate::testing::{FakeHttpClient, login_as};
use crate::tests::{PASSWORD, System};
use crate::throttle::{Limit, ThrottleConfig};
use crate::token::Client;
use crate::user::{UserId, UserUpdate};

/// What happened, the oldest first: names, and why.
async fn told(system: &System) -> Vec<String> {
    let events = system.auth.audit().list(&AuditFilter::default().oldest_first(), 100).await.unwrap();
    let told = events.iter().map(|event| match event.details.reason {
        Some(reason) => format!("{} {}", event.kind, reason.name()),
        None => event.kind.to_string(),
    });
    told.collect()
}

async fn post(system: &System, path: &str, body: &str) -> AuthResponse {
    let headers = vec![
        ("content-type".to_owned(), b"application/json".to_vec()),
        ("user-agent".to_owned(), b"test\x1b[2J".to_vec()),
    ];
    let body = RequestBody::Complete(body.as_bytes().to_vec());
    system.auth.handle(AuthRequest::new(&request("POST", path, &[]), headers, body)).await
}

#[tokio::test]
async fn a_day_in_an_account_is_told_in_order() {
    let system = System::new().await;
    let (auth, alice) = (&system.auth, &system.alice.id);
    system.advance(1);
    let admitted = system.admit().await;
    system.advance(1);
    system.try_admit("alice", "wrong").await.unwrap_err();
    system.advance(1);
    let first = auth.tokens().grant(admitted, Client::FIRST_PARTY, "").await.unwrap().refresh_token;
    let refresh = async |token: &str| auth.tokens().refresh(token, Client::FIRST_PARTY, None).await;
    let second = refresh(first.expose()).await.unwrap().refresh_token;
    refresh(second.expose()).await.unwrap();
    refresh(first.expose()).await.unwrap_err();
    system.advance(1);
    let update = UserUpdate { is_staff: Some(true), ..UserUpdate::default() };
    auth.users().update(alice, update).await.unwrap();
    system.advance(1);
    assert!(auth.accounts().set_password(alice, "another good demo passphrase").await.unwrap());
    system.advance(1);
    assert!(auth.users().end_all_sessions(alice).await.unwrap());
    let expected = [
        "account.created",
        "login.succeeded",
        "login.failed wrong_password",
        "token.reused",
        "account.changed",
        "password.changed",
        "sessions.ended",
    ];
    assert_eq!(told(&system).await, expected);
}

#[tokio::test]
async fn what_is_written_beside_an_account_is_told_with_it() {
    let system = System::new().await;
    let (store, id) = (system.auth.user_store(), &system.alice.id);
    let read = system.auth.stores().users.account(id).await.unwrap().unwrap();
    let hash = read.password.unwrap();
    assert_eq!(store.raise_epoch(id).await.unwrap(), Some(1));
    assert_eq!(store.set_password(id, Some(&hash), &hash).await.unwrap(), Some(2));
    let other = crate::password::PasswordHash::from_encoded("$other");
    assert_eq!(store.set_password(id, Some(&other), &hash).await.unwrap(), None);
    assert_eq!(store.set_password(id, None, &other).await.unwrap(), Some(3));
    let nobody = UserId::new("nobody");
    assert_eq!(store.raise_epoch(&nobody).await.unwrap(), None);
    assert_eq!(store.set_password(&nobody, None, &other).await.unwrap(), None);
    let mut told = told(&system).await;
    told.sort_unstable();
    assert_eq!(told, ["account.created", "password.changed", "password.changed", "sessions.ended"]);
}

#[tokio::test]
async fn whoever_loses_an_address_that_was_not_proven_is_told_of_too() {
    use crate::user::{AccountChange, Email};

    let system = System::new().await;
    let (auth, address) = (&system.auth, Email::new("b@x.example").unwrap());
    let mut squatter = auth.users().new_user("squatter").unwrap();
    squatter.email = Some(address.clone());
    let squatter = auth.users().create(squatter, PASSWORD).await.unwrap();
    let update = UserUpdate { email: Some((Some(address), true)), ..UserUpdate::default() };
    let change = AccountChange {
        update,
        takes_unproven_email: true,
        event: Some(EventDraft::of(EventKind::EmailVerified)),
        ..AccountChange::of(system.alice.clone())
    };
    let admin = auth.stores().user_admin.clone().unwrap();
    assert!(admin.change(&system.alice.id, change).await.unwrap().is_some());
    let of = async |user: &UserId, kind| {
        let theirs = AuditFilter::default().of_user(user).of_kind(kind);
        auth.audit()
            .list(&theirs, 9)
            .await
            .unwrap()
            .into_iter()
            .map(|event| event.details.changed)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&squatter.id, EventKind::AccountChanged).await, [["email"]]);
    assert_eq!(of(&system.alice.id, EventKind::EmailVerified).await, [["email"]]);
}

#[tokio::test]
async fn what_is_refused_writes_nothing_of_a_change() {
    let system = System::new().await;
    let before = told(&system).await;
    let (auth, nobody) = (&system.auth, UserId::new("nobody"));
    auth.accounts().set_password(&system.alice.id, "123456").await.unwrap_err();
    assert!(!auth.accounts().set_password(&nobody, "another good demo passphrase").await.unwrap());
    assert!(auth.users().update(&nobody, UserUpdate::default()).await.unwrap().is_none());
    assert!(!auth.users().end_all_sessions(&nobody).await.unwrap());
    assert!(!auth.users().remove(&nobody).await.unwrap());
    assert_eq!(told(&system).await, before);
}

#[tokio::test]
async fn whoever_is_refused_gets_an_event_and_the_reply_tells_nothing_else() {
    let system = System::new().await;
    let off = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    let gone = system.auth.users().new_user("gone").unwrap();
    let gone = system.auth.users().create(gone, PASSWORD).await.unwrap();
    system.auth.users().update(&gone.id, off).await.unwrap();
    let mut replies = Vec::new();
    for (name, password) in [("alice", "wrong"), ("nobody", "wrong"), ("gone", PASSWORD), ("gone", "wrong")] {
        let body = format!(r#"{{"username":"{name}","password":"{password}"}}"#);
        let reply = post(&system, "/auth/login", &body).await;
        let mut body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
        let instance = body["instance"].take();
        let id = EventId::parse(instance.as_str().unwrap()).unwrap();
        let found = system.auth.audit().list(&AuditFilter::default().of_event(id), 10).await.unwrap();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].route.as_deref(), Some("POST /login"));
        assert_eq!(found[0].user_agent.as_deref(), Some("test\u{fffd}[2J"));
        replies.push((reply.status(), body.to_string(), found[0].details.reason));
    }
    let reasons: Vec<_> = replies.iter().filter_map(|reply| reply.2).collect();
    let expected = [Denial::WrongPassword, Denial::UnknownUser, Denial::Disabled, Denial::Disabled];
    assert_eq!(reasons, expected);
    assert!(replies.iter().all(|reply| (reply.0, &reply.1) == (401, &replies[0].1)), "{replies:?}");
}

#[tokio::test]
async fn no_event_holds_what_was_typed() {
    let system = System::new().await;
    for typed in ["my secret password", "Alice@X.example\nevent=\"login.succeeded\""] {
        system.try_admit(typed, "hunter2").await.unwrap_err();
    }
    let events = system.auth.audit().list(&AuditFilter::default(), 100).await.unwrap();
    let all = format!("{events:?}");
    for secret in ["secret", "x.example", "hunter2"] {
        assert!(!all.to_lowercase().contains(secret), "{all}");
    }
    let pseudonyms: Vec<_> = events.iter().filter_map(|event| event.details.login.clone()).collect();
    assert!(pseudonyms.len() == 2 && pseudonyms[0] != pseudonyms[1]);
    system.try_admit("MY SECRET password", "hunter2").await.unwrap_err();
    let again =
        system.auth.audit().list(&AuditFilter::default().of_kind(EventKind::LoginFailed), 9).await.unwrap();
    let known = |event: &Event| event.details.login.as_ref().is_some_and(|login| pseudonyms.contains(login));
    assert!(again.len() == 3 && again.iter().all(known), "the same name is told by the same");
}

#[tokio::test]
async fn an_account_that_is_erased_leaves_a_pseudonym() {
    let system = System::new().await;
    let _ = system.admit().await;
    assert!(system.auth.users().remove(&system.alice.id).await.unwrap());
    let events = system.auth.audit().list(&AuditFilter::default().oldest_first(), 100).await.unwrap();
    let named: Vec<_> = events.iter().map(|event| event.user.clone().unwrap()).collect();
    assert_eq!(events.len(), 3);
    assert!(named[0].as_str().starts_with("erased:") && named.iter().all(|user| *user == named[0]));
    assert!(events.iter().all(|event| event.ip.is_none()));
}

#[tokio::test]
async fn a_closed_account_is_one_alarm_and_a_flood_a_few() {
    let limits = ThrottleConfig::default().account([Limit::new(2, Duration::MAX)]);
    let limits = limits.network([Limit::new(20, Duration::from_secs(60 * 60))]);
    let system = System::with(|builder| builder.throttle(limits)).await;
    let before = told(&system).await.len();
    system.advance(1);
    let mut kinds = Vec::new();
    for _ in 0..40 {
        let refused = system.try_admit("alice", "wrong").await.unwrap_err();
        assert!(refused.event().is_some(), "whoever is refused has something to ask support by");
        kinds.push(refused.kind());
    }
    let told = told(&system).await.split_off(before);
    let count = |what: &str| told.iter().filter(|told| told.starts_with(what)).count();
    assert_eq!(count("account.locked"), 1);
    let floods = kinds.iter().filter(|kind| **kind == ErrorKind::TooManyAttempts).count();
    assert!(floods > 10, "{kinds:?}");
    assert_eq!(count("throttle.refused"), 10);
    assert_eq!(count("login.failed"), 40 - floods);
    system.advance(10);
    system.try_admit("alice", "wrong").await.unwrap_err();
    let last = system.auth.audit().list(&AuditFilter::default().of_kind(EventKind::TooManyAttempts), 1).await;
    assert_eq!(last.unwrap()[0].details.count, Some(u64::try_from(floods - 10 + 1).unwrap()));
}

#[tokio::test]
async fn a_row_of_somebodys_own_says_nothing_of_others() {
    let system = System::with(|builder| builder.throttle(ThrottleConfig::insecure_off())).await;
    for _ in 0..1250 {
        let error = ErrorKind::InvalidCredentials.into();
        let _ = system.auth.events().refused(EventDraft::of(EventKind::LoginFailed), error);
    }
    // So many rows that the next one had no room beside them, until they are written.
    let failed = AuditFilter::default().of_kind(EventKind::LoginFailed);
    system.auth.audit().list(&failed, 1).await.unwrap();
    system.advance(1);
    system.try_admit("alice", "wrong").await.unwrap_err();
    let told = system.auth.audit().list(&failed, 2).await.unwrap();
    let (hers, others): (Vec<_>, Vec<_>) = told.into_iter().partition(|event| event.user.is_some());
    assert_eq!((hers.len(), hers[0].details.count), (1, None));
    assert_eq!((others.len(), others[0].details.count, others[0].ip), (1, Some(50), None));
}

#[tokio::test]
async fn events_are_kept_as_long_as_was_said() {
    let system = System::with(|builder| builder.keep_events_for(Duration::from_secs(100))).await;
    system.advance(60);
    let _ = system.admit().await;
    system.advance(60);
    system.auth.remove_expired().await.unwrap();
    assert_eq!(told(&system).await, ["login.succeeded"]);
    let store = crate::store::MemoryStore::new();
    let before = System::with(|builder| builder.store(store.clone())).await;
    let audit = before.auth.stores().audit.clone();
    assert_eq!(audit.list(&AuditFilter::default(), 9).await.unwrap().len(), 1);
    let kept_none = crate::tests::builder().store(store).clock(before.clock.clone());
    let kept_none = kept_none.keep_events_for(Duration::ZERO).build().await.unwrap();
    before.advance(1);
    kept_none.remove_expired().await.unwrap();
    assert!(audit.list(&AuditFilter::default(), 9).await.unwrap().is_empty(), "of before it was said");
    let none = System::with(|builder| builder.keep_events_for(Duration::ZERO)).await;
    let refused = none.try_admit("alice", "wrong").await.unwrap_err();
    assert!(refused.event().is_some(), "which stands in the log");
    let read = none.auth.audit().list(&AuditFilter::default(), 1).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_login_writes_one_event_and_a_guarded_request_none() {
    let system = System::new().await;
    let cookie = login_as(&system.auth, "alice").await.unwrap();
    assert_eq!(told(&system).await.len(), 2, "the account, and the login");
    for _ in 0..3 {
        let headers = vec![("cookie".to_owned(), cookie.as_bytes().to_vec())];
        let body = RequestBody::Complete(Vec::new());
        let me = AuthRequest::new(&request("GET", "/auth/me", &[]), headers, body);
        assert_eq!(system.auth.handle(me).await.status(), 200);
    }
    assert_eq!(told(&system).await.len(), 2);
}

/// Notes what it hears; panics where it is told so.
struct Ear(Arc<Mutex<Vec<String>>>, bool);

#[async_trait]
impl EventListener for Ear {
    async fn hear(&self, event: &Event) {
        assert!(!self.1, "on purpose");
        self.0.lock().unwrap().push(event.kind.to_string());
    }
}

#[tokio::test]
async fn listeners_hear_of_what_happened_and_break_nothing() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Ear(heard.clone(), false);
    let system = System::with(|builder| builder.listener(Ear(Arc::default(), true)).listener(ear)).await;
    let vouched = Credentials::Vouched { user: &system.alice.id, amr: Amr::default() };
    let _ = system.auth.admit(vouched, None).await.unwrap();
    system.try_admit("alice", "wrong").await.unwrap_err();
    system.auth.events().settled().await;
    assert_eq!(*heard.lock().unwrap(), ["account.created", "login.succeeded", "login.failed"]);
}

/// Hears of one event for ever.
struct Deaf;

#[async_trait]
impl EventListener for Deaf {
    async fn hear(&self, _: &Event) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn whoever_reads_the_audit_waits_for_no_listener() {
    let system = System::with(|builder| builder.listener(Deaf)).await;
    system.advance(1);
    system.try_admit("alice", "wrong").await.unwrap_err();
    let reading = tokio::time::timeout(Duration::from_secs(5), told(&system));
    assert_eq!(reading.await.unwrap(), ["account.created", "login.failed wrong_password"]);
}

const HOOK: &str = "https://siem.example/auth";
const HOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A system whose webhook is told of passwords, and answers so; and what it was told: ids and bodies.
async fn hooked(statuses: Vec<u16>) -> (System, Arc<Mutex<Vec<(String, serde_json::Value)>>>) {
    let (told, left) = (Arc::new(Mutex::new(Vec::new())), Mutex::new(statuses.into_iter()));
    let (servers, heard) = (FakeHttpClient::default(), told.clone());
    servers.answer_by(Method::Post, HOOK, move |request| {
        let header = |name: &str| {
            let mut headers = request.headers.iter();
            headers.find(|(held, _)| held == name).map(|(_, value)| value.expose().to_owned()).unwrap()
        };
        assert!(header("webhook-signature").starts_with("v1,") && header("webhook-timestamp").len() == 10);
        let body = serde_json::from_str(request.body.as_ref().unwrap().expose()).unwrap();
        heard.lock().unwrap().push((header("webhook-id"), body));
        Ok(OutboundResponse::new(left.lock().unwrap().next().unwrap_or(204), ""))
    });
    let hook = Webhook::new(HOOK, HOOK_SECRET).kinds([EventKind::PasswordChanged, EventKind::LoginFailed]);
    let system =
        System::with(|builder| builder.http_client(servers).webhook(hook).deliver_mail_by_hand()).await;
    (system, told)
}

#[tokio::test]
async fn a_webhook_is_told_of_what_it_wants_until_it_takes_it() {
    let (system, told) = hooked(vec![500, 302]).await;
    let (auth, alice) = (&system.auth, &system.alice.id);
    assert!(auth.accounts().set_password(alice, "another good demo passphrase").await.unwrap());
    for wait in [10, 30, 90] {
        auth.deliver_mail().await.unwrap();
        system.advance(wait);
    }
    auth.deliver_mail().await.unwrap();
    let told = told.lock().unwrap().clone();
    assert_eq!(told.len(), 3, "{told:?}");
    let changes = AuditFilter::default().of_kind(EventKind::PasswordChanged);
    let event = auth.audit().list(&changes, 9).await.unwrap().remove(0);
    assert!(told.iter().all(|(id, body)| *id == event.id.to_string() && *body == told[0].1));
    let (body, data) = (&told[0].1, &told[0].1["data"]);
    assert_eq!((&body["type"], &body["timestamp"]), (&"password.changed".into(), &event.at.rfc3339().into()));
    assert_eq!((&data["id"], &data["user"]), (&event.id.to_string().into(), &alice.as_str().into()));
}

#[tokio::test]
async fn a_webhook_that_is_down_keeps_nothing_from_the_others() {
    const DOWN: &str = "https://down.example/";
    let servers = FakeHttpClient::default();
    servers.answer(Method::Post, HOOK, OutboundResponse::new(204, ""));
    servers.fail(Method::Post, DOWN, OutboundFault::Timeout);
    let hook = |url| Webhook::new(url, HOOK_SECRET).kinds([EventKind::LoginFailed]);
    let client = servers.clone();
    let system = System::with(|builder| {
        builder.http_client(client).webhook(hook(DOWN)).webhook(hook(HOOK)).deliver_mail_by_hand()
    })
    .await;
    let asked = |url: &str| servers.requests().iter().filter(|request| request.url.as_str() == url).count();
    for _ in 0..20 {
        system.try_admit("alice", "wrong").await.unwrap_err();
    }
    system.auth.events().settled().await;
    system.auth.deliver_mail().await.unwrap();
    assert_eq!(asked(HOOK), 20);
    let tried = asked(DOWN);
    assert!((1..=8).contains(&tried), "as many as are under way at once, and no more: {tried}");
    servers.answer(Method::Post, DOWN, OutboundResponse::new(204, ""));
    system.advance(10);
    system.auth.deliver_mail().await.unwrap();
    assert_eq!(asked(DOWN), tried + 20, "none is lost");
}

#[tokio::test]
async fn a_webhook_is_told_of_refusals_and_never_of_what_was_not_changed() {
    let (system, told) = hooked(vec![410]).await;
    let (auth, alice) = (&system.auth, &system.alice.id);
    auth.accounts().set_password(alice, "123456").await.unwrap_err();
    system.try_admit("alice", "wrong").await.unwrap_err();
    auth.events().settled().await;
    assert_eq!((auth.deliver_mail().await.unwrap(), auth.deliver_mail().await.unwrap()), (1, 0));
    let told = told.lock().unwrap().clone();
    assert_eq!((told.len(), &told[0].1["data"]["reason"]), (1, &"wrong_password".into()));
}

#[tokio::test]
async fn a_sign_up_that_a_webhook_is_not_told_of_writes_as_much_as_one_that_it_is() {
    use crate::account::Registration;
    use crate::testing::MemoryMailer;

    for wanted in [EventKind::Registered, EventKind::RegistrationRefused] {
        let servers = FakeHttpClient::default();
        servers.answer_by(Method::Post, HOOK, |_| Ok(OutboundResponse::new(204, "")));
        let calls = servers.clone();
        let hook = Webhook::new(HOOK, HOOK_SECRET).kinds([wanted]);
        let system = System::with(|builder| {
            let builder = builder.http_client(servers).webhook(hook).deliver_mail_by_hand();
            builder.mailer(MemoryMailer::new(), "accounts@app.example").registration(Registration::Open)
        })
        .await;
        let mut posted = Vec::new();
        for name in ["bob", "carol"] {
            let body = format!(
                r#"{{"username":"{name}","email":"b@x.example","password":"violet umbrella cactus seventeen"}}"#
            );
            assert_eq!(post(&system, "/auth/register", &body).await.status(), 202);
            posted.push(system.auth.deliver_mail().await.unwrap());
        }
        assert_eq!(posted, [2, 2], "a mail, and a letter to the webhook");
        assert_eq!(calls.requests().len(), 1, "which is told of {wanted} alone");
    }
}

#[tokio::test]
async fn a_webhook_inside_of_a_network_is_refused_at_start() {
    for url in ["http://siem.example/", "https://10.0.0.1/", "https://169.254.169.254/"] {
        let builder = crate::tests::builder().http_client(FakeHttpClient::default());
        let told = builder.webhook(Webhook::new(url, HOOK_SECRET)).build().await.unwrap_err();
        assert_eq!(told.kind(), ErrorKind::Configuration, "{url}");
    }
}
