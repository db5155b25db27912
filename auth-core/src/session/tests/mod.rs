mod cache;
mod ending;
mod hearing;
mod lag;
mod standing;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::event::{AuditFilter, EventKind};
use crate::http::{AuthRequest, RequestBody, RequestView};
use crate::session::{
    Entered, Goal, Origin, ProviderLogin, ProviderSession, SessionConfig, SessionKey, Visitor,
};
use crate::tests::{PASSWORD, System};
use crate::user::UserUpdate;
use crate::{AuthContext, Requirement};

const DAY: u64 = 24 * 60 * 60;

/// A request with this session cookie.
struct Asked(Option<String>);

impl RequestView for Asked {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/private"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |_| name == "cookie").map(|cookie| cookie.as_bytes())
    }

    fn peer(&self) -> Option<std::net::IpAddr> {
        None
    }
}

/// The cookie that a reply of this context would set.
fn cookie(context: &AuthContext) -> Option<String> {
    let mut reply = crate::http::AuthResponse::new(200);
    context.commit(&mut reply);
    let value = reply.header("set-cookie")?.split(';').next()?.to_owned();
    Some(value)
}

async fn log_in(system: &System, presented: Option<String>) -> String {
    let context = system.auth.context();
    context.observe(&Asked(presented));
    context.login(&system.alice.id).await.unwrap();
    cookie(&context).unwrap()
}

async fn is_logged_in(system: &System, cookie: &str) -> bool {
    let caller =
        system.auth.context().guard(&Asked(Some(cookie.to_owned())), &Requirement::anyone()).await.unwrap();
    // The note of its use is written beside the request.
    tokio::task::yield_now().await;
    caller.is_some()
}

#[tokio::test]
async fn a_login_gives_a_new_id_and_ends_the_session_it_came_with() {
    let system = System::new().await;
    let first = log_in(&system, None).await;
    let second = log_in(&system, Some(first.clone())).await;
    assert_ne!(first, second);
    assert!(!is_logged_in(&system, &first).await);
    assert!(is_logged_in(&system, &second).await);
}

#[tokio::test]
async fn a_planted_id_is_never_signed_in() {
    let system = System::new().await;
    let planted = format!("session={}", "A".repeat(44));
    let real = log_in(&system, Some(planted.clone())).await;
    assert_ne!(real, planted);
    assert!(!is_logged_in(&system, &planted).await);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_at_its_absolute_end() {
    let system = System::new().await;
    let idle = log_in(&system, None).await;
    system.advance(14 * DAY - 1);
    assert!(is_logged_in(&system, &idle).await);
    system.advance(14 * DAY);
    assert!(!is_logged_in(&system, &idle).await);

    let busy = log_in(&system, None).await;
    for _ in 0..89 {
        system.advance(DAY);
        assert!(is_logged_in(&system, &busy).await);
    }
    system.advance(DAY);
    assert!(!is_logged_in(&system, &busy).await);
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    let system = System::new().await;
    let cookie = log_in(&system, None).await;
    let last_seen = || async { system.auth.sessions().list(&system.alice).await.unwrap()[0].last_seen_at };
    let at_login = last_seen().await;
    system.advance(59);
    assert!(is_logged_in(&system, &cookie).await);
    assert_eq!(last_seen().await, at_login);
    system.advance(1);
    assert!(is_logged_in(&system, &cookie).await);
    assert_eq!(last_seen().await, at_login + Duration::from_secs(60));
}

#[tokio::test]
async fn a_disabled_account_and_a_raised_epoch_end_sessions_at_the_next_request() {
    let system = System::new().await;
    let cookie = log_in(&system, None).await;
    system.auth.accounts().set_password(&system.alice.id, "another good demo passphrase").await.unwrap();
    assert!(!is_logged_in(&system, &cookie).await);

    let system = System::new().await;
    let cookie = log_in(&system, None).await;
    let update = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    system.auth.users().update(&system.alice.id, update).await.unwrap();
    assert!(!is_logged_in(&system, &cookie).await);
}

#[tokio::test]
async fn a_logout_by_hand_ends_the_session_and_clears_the_cookie() {
    let system = System::new().await;
    let kept = log_in(&system, None).await;
    let context = system.auth.context();
    context.observe(&Asked(Some(kept.clone())));
    context.logout().await.unwrap();
    assert_eq!(cookie(&context).as_deref(), Some("session="));
    assert!(!is_logged_in(&system, &kept).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_more_sessions_than_allowed_under_parallel_logins() {
    let config = SessionConfig::default().max_per_user(3.try_into().unwrap());
    let system = Arc::new(System::with(|builder| builder.sessions(config)).await);
    let logins = (0..50).map(|_| {
        let system = system.clone();
        tokio::spawn(async move { log_in(&system, None).await })
    });
    for login in logins.collect::<Vec<_>>() {
        login.await.unwrap();
        assert!(system.auth.sessions().list(&system.alice).await.unwrap().len() <= 3);
    }
}

#[tokio::test]
async fn a_session_that_is_pushed_out_is_told_of() {
    let config = SessionConfig::default().max_per_user(1.try_into().unwrap());
    let system = System::with(|builder| builder.sessions(config)).await;
    let _ = log_in(&system, None).await;
    let pushed_out = system.auth.sessions().list(&system.alice).await.unwrap()[0].handle;
    let _ = log_in(&system, None).await;
    let ended = AuditFilter::default().of_kind(EventKind::SessionEnded);
    let ended = system.auth.audit().list(&ended, 10).await.unwrap();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].user.as_ref(), Some(&system.alice.id));
    assert_eq!(ended[0].details.session, Some(pushed_out.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_a_session_survive_parallel_writes_and_end_with_it() {
    let system = Arc::new(System::new().await);
    let kept = log_in(&system, None).await;
    let writes = (0..20).map(|n| {
        let (system, kept) = (system.clone(), kept.clone());
        tokio::spawn(async move {
            let context = system.auth.context();
            context.observe(&Asked(Some(kept)));
            context.set_session_value(&format!("key{n}"), &n).await.unwrap();
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap();
    }
    let context = system.auth.context();
    context.observe(&Asked(Some(kept.clone())));
    for n in 0..20 {
        assert_eq!(context.session_value::<u32>(&format!("key{n}")).await.unwrap(), Some(n));
    }
    context.remove_session_value("key0").await.unwrap();
    assert_eq!(context.session_value::<u32>("key0").await.unwrap(), None);
    assert!(context.set_session_value("big", &"x".repeat(5000)).await.is_err());
    context.logout().await.unwrap();
    assert!(context.set_session_value("late", &1).await.is_err());
}

#[tokio::test]
async fn a_forged_request_changes_nothing_by_hand_either() {
    let system = System::new().await;
    let context = system.auth.context();
    context.observe(&Forged);
    let kinds = [
        context.login(&system.alice.id).await.map(|_| ()),
        context.logout().await,
        context.set_session_value("theme", &"dark").await,
        context.remove_session_value("theme").await,
    ];
    for result in kinds {
        assert_eq!(result.unwrap_err().kind(), crate::ErrorKind::CsrfFailed);
    }
    assert!(cookie(&context).is_none());
}

#[tokio::test]
async fn expired_sessions_are_forgotten_when_asked() {
    let system = System::new().await;
    log_in(&system, None).await;
    assert_eq!(system.auth.remove_expired().await.unwrap(), 0);
    system.advance(14 * DAY + 1);
    assert_eq!(system.auth.remove_expired().await.unwrap(), 1);
}

/// A POST that another site sent.
struct Forged;

impl RequestView for Forged {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        "/private"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        Some(b"https://evil.example".as_slice()).into_iter().filter(move |_| name == "origin")
    }

    fn peer(&self) -> Option<std::net::IpAddr> {
        None
    }
}

#[tokio::test]
async fn an_anonymous_request_makes_no_session() {
    let system = System::new().await;
    let context = system.auth.context();
    context.observe(&Asked(None));
    assert!(context.identity().await.unwrap().is_none());
    assert!(context.set_session_value("cart", &1).await.is_err());
    assert!(cookie(&context).is_none());
    assert!(system.auth.sessions().list(&system.alice).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_login_route_that_the_client_hangs_up_on_is_finished() {
    let system = System::new().await;
    let body = format!("{{\"username\":\"alice\",\"password\":\"{PASSWORD}\"}}");
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    let request = AuthRequest::new(&Post("/auth/login"), headers, RequestBody::Complete(body.into_bytes()));
    let auth = system.auth.clone();
    let mut answer = Box::pin(async move { auth.handle(request).await });
    let poll = std::future::poll_fn(|cx| std::task::Poll::Ready(answer.as_mut().poll(cx).is_ready()));
    assert!(!poll.await);
    drop(answer);
    while system.auth.sessions().list(&system.alice).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// A POST to this path.
struct Post(&'static str);

impl RequestView for Post {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        self.0
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, _: &'static str) -> impl Iterator<Item = &'a [u8]> {
        std::iter::empty()
    }

    fn peer(&self) -> Option<std::net::IpAddr> {
        None
    }
}

#[tokio::test]
async fn whoever_was_admitted_gets_a_session_by_hand_that_can_be_remembered() {
    let system = System::new().await;
    let context = system.auth.context();
    context.observe(&Asked(None));
    context.login_admitted(system.admit().await, true).await.unwrap();
    let mut reply = crate::http::AuthResponse::new(200);
    context.commit(&mut reply);
    assert!(reply.header("set-cookie").unwrap().ends_with("; Max-Age=7776000"));
    let identity = context.identity().await.unwrap().unwrap();
    assert!(identity.amr().contains(crate::login::Amr::PWD));
}

#[tokio::test]
async fn reauthentication_by_hand_gives_the_session_a_new_id_for_its_own_user_only() {
    let system = System::new().await;
    let users = system.auth.users();
    users.create(users.new_user("bob").unwrap(), "another fine demo passphrase").await.unwrap();
    let kept = log_in(&system, None).await;
    let context = system.auth.context();
    context.observe(&Asked(Some(kept.clone())));
    let bob = system.try_admit("bob", "another fine demo passphrase").await.unwrap();
    assert_eq!(context.reauthenticate(bob).await.unwrap_err().kind(), crate::ErrorKind::Unauthenticated);
    context.reauthenticate(system.admit().await).await.unwrap();
    let renewed = cookie(&context).unwrap();
    assert!(!is_logged_in(&system, &kept).await && is_logged_in(&system, &renewed).await);
}

#[tokio::test]
async fn a_password_changed_from_code_ends_every_session_but_the_one_that_is_kept() {
    let system = System::new().await;
    let (here, elsewhere) = (log_in(&system, None).await, log_in(&system, None).await);
    let context = system.auth.context();
    context.observe(&Asked(Some(here.clone())));
    let identity = context.identity().await.unwrap().unwrap();
    let handle = identity.session_record().unwrap().handle;
    let new = "another good demo passphrase";
    for (current, new, kind) in [
        (PASSWORD, "password1234567", crate::ErrorKind::WeakPassword),
        ("wrong", new, crate::ErrorKind::InvalidCredentials),
    ] {
        let refused = context.change_password(&identity, current, new).await.unwrap_err();
        assert_eq!(refused.kind(), kind);
        assert!(is_logged_in(&system, &elsewhere).await);
    }
    context.change_password(&identity, PASSWORD, new).await.unwrap();
    assert!(!is_logged_in(&system, &here).await, "its id is a new one");
    let renewed = context.identity().await.unwrap().unwrap();
    assert_eq!(renewed.session_record().unwrap().handle, handle);
    assert!(is_logged_in(&system, &cookie(&context).unwrap()).await);
    assert!(!is_logged_in(&system, &elsewhere).await);
    let _ = system.try_admit("alice", new).await.unwrap();
}

#[tokio::test]
async fn a_session_is_made_fresh_under_its_own_handle_only() {
    let system = System::new().await;
    let begin = async || {
        let visitor = Visitor::new(None, Origin::default());
        let goal = Goal::login(false);
        match system.auth.entrance().enter(system.admit().await.into(), goal, visitor).await.unwrap() {
            Entered::Session(_, begun) => begun,
            other => panic!("{other:?}"),
        }
    };
    let (mine, other) = (begin().await, begin().await);
    let renew = async |key: Option<&SessionKey>| {
        let visitor = Visitor::new(key.copied(), Origin::default());
        let goal = Goal::reauthenticate(Some(&mine.record().handle));
        system.auth.entrance().enter(system.admit().await.into(), goal, visitor).await
    };
    for key in [None, Some(other.key())] {
        assert_eq!(renew(key).await.unwrap_err().kind(), crate::ErrorKind::Unauthenticated);
    }
    let Entered::Session(_, renewed) = renew(Some(mine.key())).await.unwrap() else { panic!("it is there") };
    assert_eq!(renewed.record().handle, mine.record().handle);
    assert!(renew(Some(mine.key())).await.is_err(), "the old id is dead");
}

#[test]
fn a_login_by_a_provider_that_waits_can_become_a_session_for_as_much_longer() {
    let at = Timestamp::from_unix_seconds;
    let login = ProviderLogin::new(ProviderSession::default(), "248289761001", at(0), at(1_200));
    let kept = Goal::login(false).by_provider(login.clone()).kept();
    let provider = kept.provider().unwrap();
    assert_eq!((provider.begun_at(), provider.ends_at()), (at(0), at(1_800)));
    assert_eq!((provider.session(), provider.subject()), (login.session(), login.subject()));
}
