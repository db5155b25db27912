//! What one request costs in the core, in process: without a guard, with a session, with a token seen before; and the
//! memory backend's two lookups alone.
//!
//! `cargo bench -p auth-core --bench guards`

use std::borrow::Cow;
use std::hint::black_box;
use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use auth_core::access::{access_token_required, login_required};
use auth_core::adapter::Slot;
use auth_core::clock::Timestamp;
use auth_core::http::{AuthRequest, AuthResponse, RequestBody, RequestView, ResponseHead};
use auth_core::key::SigningAlgorithm;
use auth_core::login::Amr;
use auth_core::password::{Argon2Params, PasswordConfig};
use auth_core::session::{SessionHandle, SessionKey, SessionRecord};
use auth_core::store::{Backend as _, MemoryStore};
use auth_core::{Auth, Requirement};
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

const PASSWORD: &str = "correct horse battery staple";

/// A request as a framework holds it: borrowed header lines.
struct View<'a>(&'a [(&'static str, String)]);

impl RequestView for View<'_> {
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
        self.0.iter().filter(move |(held, _)| *held == name).map(|(_, value)| value.as_bytes())
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
}

/// Takes what the layer adds and keeps none of it.
struct Discard;

impl ResponseHead for Discard {
    fn lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        black_box(name);
        std::iter::empty()
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        black_box((name, value));
    }

    fn remove(&mut self, name: &'static str) {
        black_box(name);
    }

    fn remove_ending(&mut self, end: &'static str) -> bool {
        black_box(end).is_empty()
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

async fn auth(algorithm: SigningAlgorithm) -> Auth {
    let cheap = Argon2Params::insecure_any_cost(8, 1, 1).expect("the parameters are possible");
    let auth = Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=")
        .store(MemoryStore::new())
        .password(PasswordConfig::default().with_params(cheap))
        .password_grant(true)
        .signing_algorithm(algorithm)
        .build()
        .await
        .expect("the settings are right");
    auth.migrate().await.expect("memory has nothing to migrate");
    let alice = auth.users().new_user("alice").expect("a name");
    auth.users().create(alice, PASSWORD).await.expect("alice is new");
    auth
}

async fn post(auth: &Auth, path: &'static str, body: String) -> AuthResponse {
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
        fn peer(&self) -> Option<IpAddr> {
            None
        }
    }
    let form = ("content-type".to_owned(), b"application/x-www-form-urlencoded".to_vec());
    let request = AuthRequest::new(&Post(path), vec![form], RequestBody::Complete(body.into_bytes()));
    let reply = auth.handle(request).await;
    assert_eq!(reply.status(), 200, "{path}");
    reply
}

async fn cookie(auth: &Auth) -> String {
    let reply = post(auth, "/auth/login", format!("username=alice&password={PASSWORD}")).await;
    let cookie = reply.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    cookie.expect("a login sets the cookie").to_owned()
}

async fn bearer(auth: &Auth) -> String {
    let form = format!("grant_type=password&username=alice&password={PASSWORD}");
    let reply = post(auth, "/auth/token", form).await;
    let body = std::str::from_utf8(reply.body()).expect("JSON is text");
    let token = body.split_once("\"access_token\":\"").and_then(|(_, rest)| rest.split('"').next());
    format!("Bearer {}", token.expect("a grant hands out a token"))
}

/// Nothing in memory makes anybody wait: the first poll has the answer.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the memory backend answers at once"),
    }
}

/// The layer's part and the guard's, as an adapter calls them.
fn guarded(auth: &Auth, view: &View<'_>, requirement: &Requirement) {
    let slot = Slot::new(auth);
    at_once(slot.guard(black_box(view), requirement)).expect("alice is let in");
    assert!(slot.settle(200).is_none());
    slot.commit(&mut Discard);
}

fn requests(c: &mut Criterion) {
    let runtime = runtime();
    let auth_of = |algorithm| runtime.block_on(auth(algorithm));
    let auth = auth_of(SigningAlgorithm::EdDsa);
    c.bench_function("a route without a guard: context and commit", |bencher| {
        bencher.iter(|| {
            let slot = Slot::new(black_box(&auth));
            assert!(slot.settle(200).is_none());
            slot.commit(&mut Discard);
        });
    });

    let headers = [("accept", "*/*".to_owned()), ("cookie", runtime.block_on(cookie(&auth)))];
    c.bench_function("session guard", |bencher| {
        bencher.iter(|| guarded(&auth, &View(&headers), &login_required()));
    });

    for algorithm in SigningAlgorithm::ALL {
        let auth = auth_of(algorithm);
        let headers = [("accept", "*/*".to_owned()), ("authorization", runtime.block_on(bearer(&auth)))];
        c.bench_function(&format!("token guard, seen before, {algorithm}"), |bencher| {
            bencher.iter(|| guarded(&auth, &View(&headers), &access_token_required()));
        });
    }
}

fn lookups(c: &mut Criterion) {
    let runtime = runtime();
    let backend = MemoryStore::new();
    let stores = backend.stores();
    let auth = runtime.block_on(async {
        Auth::builder()
            .base_url("http://localhost:3000")
            .secret_text("cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=")
            .store(backend)
            .build()
            .await
            .expect("the settings are right")
    });
    let alice = auth.users().new_user("alice").expect("a name");
    let id = runtime.block_on(auth.users().create(alice, PASSWORD)).expect("alice is new").id.clone();
    let now = Timestamp::from_unix_seconds(1_700_000_000);
    let record = SessionRecord {
        handle: SessionHandle::new([1; 16]),
        user: id.clone(),
        epoch: 0,
        created_at: now,
        last_seen_at: now,
        expires_at: now,
        auth_time: now,
        amr: Amr::PWD,
        remember: false,
        ip: None,
        user_agent: None,
        extra: None,
    };
    let key = SessionKey::new([7; 32]);
    at_once(stores.sessions.insert(&key, record, None)).expect("the session is new");
    c.bench_function("memory: a session by its key", |bencher| {
        bencher.iter(|| at_once(stores.sessions.get(black_box(&key))));
    });
    c.bench_function("memory: a user by id", |bencher| {
        bencher.iter(|| at_once(stores.users.get(black_box(&id))));
    });
}

criterion_group!(benches, requests, lookups);
criterion_main!(benches);
