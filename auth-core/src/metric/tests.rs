use std::collections::BTreeSet;
use std::time::Duration;

use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tokio::runtime::Builder;

use crate::error::ErrorKind;
use crate::http::{AuthRequest, RequestBody, request};
use crate::testing::login_as;
use crate::tests::{PASSWORD, SECRET, System};
use crate::throttle::ThrottleConfig;
use crate::token::Client;
use crate::user::{EventDraft, EventKind, UserId};

type Labels = Vec<(String, String)>;

/// What was counted, by its name and its only label.
struct Counted(Vec<(MetricKind, String, Labels, DebugValue)>);

impl Counted {
    fn take(snapshotter: &Snapshotter) -> Self {
        let all = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
            let (kind, key) = key.into_parts();
            let labels = key.labels().map(|label| (label.key().to_owned(), label.value().to_owned()));
            (kind, key.name().to_owned(), labels.collect(), value)
        });
        Self(all.collect())
    }

    fn counter(&self, name: &str, outcome: &str) -> u64 {
        let is_it = |labels: &[(String, String)]| labels.iter().all(|(_, value)| value == outcome);
        let found = self.0.iter().find(|(_, held, labels, _)| held == name && is_it(labels));
        match found {
            Some((MetricKind::Counter, _, _, DebugValue::Counter(count))) => *count,
            None => 0,
            Some(other) => panic!("{name} is no counter: {other:?}"),
        }
    }

    fn gauge(&self, name: &str) -> f64 {
        match self.0.iter().find(|(_, held, ..)| held == name) {
            Some((MetricKind::Gauge, _, _, DebugValue::Gauge(value))) => value.into_inner(),
            other => panic!("{name} is no gauge: {other:?}"),
        }
    }
}

/// What is counted while this is done.
fn counted<T>(work: impl Future<Output = T>) -> Counted {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // On this thread alone, where the recorder is.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(work));
    Counted::take(&snapshotter)
}

async fn me(system: &System, cookie: &str) -> u16 {
    let headers = vec![("cookie".to_owned(), cookie.as_bytes().to_vec())];
    let body = RequestBody::Complete(Vec::new());
    system.auth.handle(AuthRequest::new(&request("GET", "/auth/me", &[]), headers, body)).await.status()
}

/// Somebody logs in, fails to, visits, refreshes, and loses a refresh token to somebody else.
async fn an_evening() {
    let system = System::with(|builder| builder.health_routes(true)).await;
    let admitted = system.admit().await;
    for _ in 0..2 {
        let refused = system.try_admit("alice", "a wrong password").await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidCredentials);
    }
    system.try_admit("nobody-like-this", "a wrong password").await.unwrap_err();
    let cookie = login_as(&system.auth, "alice").await.unwrap();
    assert_eq!((me(&system, &cookie).await, me(&system, "session=made-up").await), (200, 401));
    let tokens = system.auth.tokens();
    let first = tokens.grant(admitted, Client::FIRST_PARTY, "").await.unwrap().refresh_token;
    let second = tokens.refresh(first.expose(), Client::FIRST_PARTY, None).await.unwrap().refresh_token;
    tokens.refresh(first.expose(), Client::FIRST_PARTY, None).await.unwrap();
    tokens.refresh(second.expose(), Client::FIRST_PARTY, None).await.unwrap();
    tokens.refresh(first.expose(), Client::FIRST_PARTY, None).await.unwrap_err();
    tokens.refresh("made up", Client::FIRST_PARTY, None).await.unwrap_err();
    system.auth.remove_expired().await.unwrap();
    assert!(system.auth.is_ready().await);
}

#[test]
fn what_happens_is_counted_by_its_outcome() {
    let counted = counted(an_evening());
    for (name, outcome, count) in [
        // Acting as somebody is one too.
        ("auth_logins_total", "admitted", 2),
        ("auth_logins_total", "invalid_credentials", 3),
        ("auth_guards_total", "passed", 1),
        ("auth_guards_total", "unauthenticated", 1),
        ("auth_refreshes_total", "rotated", 2),
        ("auth_refreshes_total", "repeated", 1),
        ("auth_refreshes_total", "reused", 1),
        ("auth_refreshes_total", "invalid_grant", 1),
        ("auth_throttled_total", "", 0),
    ] {
        assert_eq!(counted.counter(name, outcome), count, "{name} {outcome}");
    }
    assert_eq!(counted.gauge("auth_ready"), 1.0);
}

#[test]
fn what_guards_go_by_is_counted_and_how_old_that_may_be() {
    let visits = async || {
        let system = System::with(|builder| builder.cache_for(Duration::from_millis(1500))).await;
        let cookie = login_as(&system.auth, "alice").await.unwrap();
        for _ in 0..3 {
            assert_eq!(me(&system, &cookie).await, 200);
        }
    };
    let cached = counted(visits());
    let reads = |outcome| cached.counter("auth_guard_cache_reads_total", outcome);
    assert_eq!((reads("miss"), reads("hit")), (1, 2));
    assert_eq!(cached.gauge("auth_guard_cache_bound_seconds"), 1.5);
    let uncached = counted(System::new());
    assert_eq!(uncached.gauge("auth_guard_cache_bound_seconds"), 0.0);
}

/// The names in the first column of the table.
fn documented() -> BTreeSet<&'static str> {
    let rows = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.filter_map(|row| row.split('`').next()).collect()
}

#[test]
fn every_figure_is_in_the_table_and_has_no_label_but_words_of_the_program() {
    let counted = counted(an_evening());
    let documented = documented();
    let is_word = |value: &str| value.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte));
    for (_, name, labels, _) in &counted.0 {
        assert!(documented.contains(name.as_str()), "{name}");
        for (key, value) in labels {
            assert!(["kind", "outcome", "store", "operation"].contains(&key.as_str()), "{name}: {key}");
            assert!(is_word(value), "{name}: {key}={value}");
        }
    }
    let all = format!("{:?}", counted.0);
    for secret in ["alice", "nobody-like-this", "made", PASSWORD, "wrong", SECRET, "192.0.2.1"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

#[test]
fn the_table_has_what_a_recorder_is_told_of_and_nothing_else() {
    let described = include_str!("enabled.rs").lines().filter(|line| line.contains("describe_"));
    let described: BTreeSet<_> = described.filter_map(|line| line.split('"').nth(1)).collect();
    assert_eq!(documented(), described);
}

#[test]
fn a_refusal_that_another_ones_row_stands_for_is_counted_once() {
    let failures = async || {
        let throttle = ThrottleConfig::insecure_off();
        let system = System::with(|builder| builder.throttle(throttle)).await;
        let failed = |user: Option<&UserId>| {
            let draft = EventDraft::of(EventKind::LoginFailed);
            let draft = user.map_or(draft.clone(), |user| draft.to(user));
            let _ = system.auth.events().refused(draft, ErrorKind::InvalidCredentials.into());
        };
        (0..1250).for_each(|_| failed(None));
        system.advance(1);
        failed(Some(&system.alice.id));
    };
    assert_eq!(counted(failures()).counter("auth_events_total", "login.failed"), 1251);
}
