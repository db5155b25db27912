//! What the tests of several features share: a whole system on the memory backend, with time in the test's hands.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::subscriber::DefaultGuard;

use crate::Auth;
use crate::auth::AuthBuilder;
use crate::clock::Timestamp;
use crate::login::{Admitted, Credentials};
use crate::mfa::MfaConfig;
use crate::password::{Argon2Params, PasswordConfig};
use crate::store::MemoryStore;
use crate::testing::{ManualClock, MemoryMailer, SeededRandom};
use crate::user::User;

/// A secret for tests, base64 of 32 bytes.
pub(crate) const SECRET: &str = "8FVPSUbjPLqLxpb4tfOALt7bNsXG2K/zSIrcBghagLA=";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A system and the hands on its clock.
pub(crate) struct System {
    pub(crate) auth: Auth,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) alice: Arc<User>,
}

impl System {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        Self::at(ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000)), configure).await
    }

    /// The same, with a clock that others show too.
    pub(crate) async fn at(clock: ManualClock, configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let clock = Arc::new(clock);
        let builder = builder().clock(clock.clone());
        let auth = configure(builder).build().await.unwrap();
        auth.migrate().await.unwrap();
        let alice = auth.users().new_user("alice").unwrap();
        let alice = auth.users().create(alice, PASSWORD).await.unwrap();
        Self { auth, clock, alice }
    }

    pub(crate) async fn admit(&self) -> Admitted {
        self.try_admit("alice", PASSWORD).await.unwrap()
    }

    pub(crate) async fn try_admit(&self, login: &str, password: &str) -> Result<Admitted, crate::Error> {
        let admission =
            self.auth.admit(Credentials::Password { login, password }, Some([192, 0, 2, 1].into()));
        admission.await?.admitted()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// Settings with which every login route is there.
pub(crate) fn with_every_route(builder: AuthBuilder) -> AuthBuilder {
    let builder = builder.mailer(MemoryMailer::new(), "accounts@app.example").deliver_mail_by_hand();
    let builder = builder.health_routes(true).magic_links(true).mfa(MfaConfig::default().mailed_codes(true));
    #[cfg(feature = "passkeys")]
    let builder = {
        let related = crate::passkey::PasskeyConfig::default().related_origin("https://app.example.co.kr");
        builder.passkeys(related)
    };
    #[cfg(feature = "server")]
    let builder = {
        use crate::server::{ClientRegistration, ServerConfig};
        builder.server(ServerConfig::new().client_registration(ClientRegistration::Open))
    };
    builder
}

/// What this thread logs as long as it is held.
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<u8>>>,
    _guard: DefaultGuard,
}

impl Log {
    pub(crate) fn capture() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let writer = LogWriter(lines.clone());
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false);
        Self { lines, _guard: tracing::subscriber::set_default(subscriber.finish()) }
    }

    /// How many lines say this.
    pub(crate) fn count(&self, text: &str) -> usize {
        let lines = self.lines.lock().unwrap();
        String::from_utf8_lossy(&lines).lines().filter(|line| line.contains(text)).count()
    }
}

#[derive(Clone)]
struct LogWriter(Arc<Mutex<Vec<u8>>>);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Settings that are cheap and repeat.
pub(crate) fn builder() -> AuthBuilder {
    let params = Argon2Params::insecure_any_cost(8, 1, 1).unwrap();
    Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text(SECRET)
        .store(MemoryStore::new())
        .random(Arc::new(SeededRandom::new(1)))
        .password(PasswordConfig::default().with_params(params))
}
