//! PostgreSQL behind a pooler in transaction mode (pgbouncer): each transaction may be on another connection, and what a connection
//! remembers is anybody's. Where the program is missing, these tests are skipped and say so; where `CI` is set, they fail.

use std::env;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use auth_core::ErrorKind;
use auth_core::store::{Backend as _, Stores};
use auth_core::testing::service;
use auth_store::SqlStore;
use auth_store::sqlx::postgres::{PgConnectOptions, PgConnection};
use auth_store::sqlx::{AssertSqlSafe, Connection as _, Row as _, raw_sql};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::home::Home;
use crate::servers::{warm_up, with_alice};
use crate::start::refused;
use crate::{alike, servers};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// A `pgbouncer` before the tests' server, on a free port of loopback.
struct Pooler {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    fn start(mode: &str) -> Option<Self> {
        let (server, program) = (service("TEST_POSTGRES_URL")?, program()?);
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("pgbouncer.ini");
        std::fs::write(&settings, settings_for(&server, port, mode)).unwrap();
        let mut command = Command::new(program);
        // It reads its settings as whoever starts it, and refuses to go on as root.
        if is_root() {
            command.args(["-u", "nobody"]);
        }
        let child =
            command.arg("-q").arg(settings).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Self { child, port, _folder: folder };
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "pgbouncer did not start");
            std::thread::yield_now();
        }
        Some(pooler)
    }

    fn address(&self) -> String {
        format!("postgres://app@127.0.0.1:{}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<&'static str> {
    // Debian keeps it where not everybody looks.
    let is_there = |program: &&str| Command::new(program).arg("--version").output().is_ok();
    let program = ["pgbouncer", "/usr/sbin/pgbouncer"].into_iter().find(is_there);
    if program.is_none() {
        assert!(
            env::var_os("CI").is_none(),
            "there is no `pgbouncer`, and CI is set: nothing is skipped there"
        );
        // Not through the macro, whose output the test harness keeps to itself.
        let _ = writeln!(io::stderr(), "\nSKIPPED, because there is no `pgbouncer`");
    }
    program
}

/// Whoever comes is the user whom the tests' URL names.
fn settings_for(server: &str, port: u16, mode: &str) -> String {
    let (who, place) = server.rsplit_once("://").unwrap().1.rsplit_once('@').unwrap();
    let (user, password) = who.split_once(':').unwrap_or((who, "none is asked for"));
    let (host, server_port) = place.split_once(':').unwrap_or((place, "5432"));
    format!(
        "[databases]\n* = host={host} port={server_port} user={user} password='{password}'\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
         pool_mode = {mode}\nmax_client_conn = 1000\ndefault_pool_size = 8\n"
    )
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0"))
}

/// That of all tests of this program, and a database with our tables behind it; they go when none of them is on.
struct Shared {
    pooler: Pooler,
    home: Home,
}

impl Shared {
    async fn current() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Shared>> = Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(shared) = shared.upgrade() {
            return Some(shared);
        }
        let pooler = Pooler::start("transaction")?;
        let home = Home::postgres_database_by(&pooler.address()).await?;
        home.migrated().await;
        let new = Arc::new(Self { pooler, home });
        *shared = Arc::downgrade(&new);
        Some(new)
    }

    /// A tenant whom nobody else has.
    async fn tenant(&self) -> Stores {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.home.open().await.tenant(&name).unwrap().stores()
    }
}

mod conformance {
    async fn fresh(case: impl AsyncFnOnce(auth_core::store::Stores)) {
        let Some(shared) = super::Shared::current().await else { return };
        case(shared.tenant().await).await;
    }

    async fn pair(case: impl AsyncFnOnce([auth_core::store::Stores; 2])) {
        let Some(shared) = super::Shared::current().await else { return };
        case([shared.tenant().await, shared.tenant().await]).await;
    }

    auth_core::store_conformance!(run by fresh);
    auth_core::tenant_conformance!(run by pair);
}

/// What is alike everywhere, in a database of its own behind the pooler.
macro_rules! behind_the_pooler {
    ($($from:ident $case:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $case() {
            let Some(shared) = Shared::current().await else { return };
            let Some(home) = Home::postgres_database_by(&shared.pooler.address()).await else { return };
            $from::$case(home).await;
        })+
    };
}

behind_the_pooler! {
    alike damaged_rows_are_errors_and_never_somebody
    alike fifty_refusals_at_once_are_no_errors
    alike fifty_writers_in_two_programs_see_no_error
    alike linked_accounts_go_with_a_user_whom_another_program_removes
    alike migrations_run_once
    alike programs_that_start_together_migrate_together
    servers neither_reads_nor_transactions_notice_that_their_connections_were_cut
    servers the_time_is_that_of_the_server
    servers what_another_transaction_undid_is_done_again_and_once
    servers what_is_always_undone_is_given_up_after_some_times
}

#[tokio::test]
async fn what_is_set_is_set_for_a_transaction_and_no_lock_outlives_it() {
    let Some(shared) = Shared::current().await else { return };
    let Some(home) = Home::postgres_database_by(&shared.pooler.address()).await else { return };
    let fresh = with_alice(home).await;
    warm_up(&fresh.stores()).await;
    let url = format!("{}/{}", shared.pooler.address(), fresh.home.name());
    let anybody = PgConnectOptions::from_str(&url).unwrap().extra_float_digits(None);
    let mut anybody = PgConnection::connect_with(&anybody).await.unwrap();
    for setting in ["statement_timeout", "idle_in_transaction_session_timeout"] {
        let row = raw_sql(AssertSqlSafe(format!("SHOW {setting}"))).fetch_one(&mut anybody).await.unwrap();
        assert_eq!(row.get::<String, _>(0), "0", "{setting}");
    }
    anybody.close().await.unwrap();
    let kept = "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database \
                WHERE d.datname = current_database() AND l.locktype = 'advisory'";
    assert_eq!(fresh.home.count(kept).await, 0);
}

#[tokio::test]
async fn a_pooler_that_is_not_announced_is_refused_with_what_to_put_into_the_url() {
    let Some(shared) = Shared::current().await else { return };
    let Some(home) = Home::postgres_database_by(&shared.pooler.address()).await else { return };
    let url = format!("{}/{}", shared.pooler.address(), home.name());
    let told = refused(&url, ErrorKind::Configuration).await;
    assert!(told.contains(&format!("127.0.0.1:{}", shared.pooler.port)), "{told}");
    assert!(told.contains("put `statement-cache-capacity=0` behind the `?` of the URL"), "{told}");
}

/// There a connection is its own for as long as it is open.
#[tokio::test]
async fn a_pooler_in_session_mode_is_as_good_as_none() {
    let Some(pooler) = Pooler::start("session") else { return };
    let Some(home) = Home::postgres_database("").await else { return };
    let store = SqlStore::connect(&format!("{}/{}", pooler.address(), home.name())).await.unwrap();
    store.migrate().await.unwrap();
}
