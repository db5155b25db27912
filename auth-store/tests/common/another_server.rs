//! Another server over the same store, in a process of its own: this test program once more, in which the same test becomes that server.

use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _, stdin};
use std::net::IpAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::access::login_required;
use auth_core::adapter::Slot;
use auth_core::http::RequestView;
use auth_core::store::Backend;
use auth_core::testing::login_as;
use auth_core::{Auth, User};

const SECRET: &str = "8FVPSUbjPLqLxpb4tfOALt7bNsXG2K/zSIrcBghagLA=";

/// What tells the process that it is to be the other server, and over which store.
const STORE: &str = "TEST_ANOTHER_SERVER";

/// How an answer of the other server begins, among what the test harness writes.
const SAYS: &str = "another server: ";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The store over which this process is to be the other server, if it is.
pub(crate) fn store() -> Option<String> {
    env::var(STORE).ok()
}

/// A server whose guards go by what it read so long ago.
pub(crate) async fn server(backend: impl Backend + 'static, cache: Duration) -> Auth {
    let auth = Auth::builder().base_url("http://localhost:3000").secret_text(SECRET).store(backend);
    let auth = auth.cache_for(cache).build().await.unwrap();
    auth.migrate().await.unwrap();
    auth
}

pub(crate) async fn with_alice(auth: &Auth) -> Arc<User> {
    let alice = auth.users().new_user("alice").unwrap();
    auth.users().create_without_password(alice).await.unwrap()
}

/// The other server.
pub(crate) struct AnotherServer {
    child: Child,
    answers: Lines<BufReader<ChildStdout>>,
}

impl AnotherServer {
    /// Runs the test of this name there.
    pub(crate) fn start(test: &str, store: &str) -> Self {
        let mut program = Command::new(env::current_exe().unwrap());
        program.args(["--exact", test, "--nocapture"]).env(STORE, store);
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = Self { child, answers };
        assert_eq!(server.answer(), "ready");
        server
    }

    /// Whether a guard there lets somebody in by this cookie.
    pub(crate) fn lets_in(&mut self, cookie: &str) -> bool {
        writeln!(self.child.stdin.as_ref().unwrap(), "{cookie}").unwrap();
        self.answer() == "in"
    }

    fn answer(&mut self) -> String {
        let mut lines = self.answers.by_ref().map(Result::unwrap);
        lines.find_map(|line| Some(line.split_once(SAYS)?.1.to_owned())).expect("the other server goes on")
    }

    /// Ends alice's sessions by this server, until the other one has seen that sooner than its copy was too old.
    pub(crate) async fn hears_of_revocations_by(&mut self, auth: &Auth, bound: Duration) {
        let (alice, began) = (with_alice(auth).await, Instant::now());
        loop {
            let cookie = login_as(auth, "alice").await.unwrap();
            let before = Instant::now();
            assert!(self.lets_in(&cookie));
            auth.sessions().revoke_others(&alice.id, None).await.unwrap();
            while self.lets_in(&cookie) {
                assert!(before.elapsed() < PATIENCE, "it is never seen");
            }
            if before.elapsed() < bound {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "it is never seen before the copy is too old");
        }
    }
}

impl Drop for AnotherServer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Is the other server, until nobody asks any more.
pub(crate) async fn serve(auth: &Auth) {
    say("ready");
    for cookie in stdin().lines() {
        let asked = Asked(cookie.unwrap());
        let slot = Slot::new(auth);
        say(if slot.context(&asked).require(&login_required()).await.is_ok() { "in" } else { "out" });
    }
}

fn say(what: &str) {
    // On a line of its own: the harness has begun one.
    println!("\n{SAYS}{what}");
}

/// A request with this cookie.
struct Asked(String);

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

    fn peer(&self) -> Option<IpAddr> {
        None
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        (name == "cookie").then_some(self.0.as_bytes()).into_iter()
    }
}
