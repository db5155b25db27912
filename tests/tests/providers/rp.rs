//! An application under test and a provider that it trusts: going there, coming back.

use std::time::Duration;

use auth_core::AuthBuilder;
use auth_core::outbound::OutboundConfig;
use auth_core::provider::ProviderConfig;
use conformance::{CLIENT, Faults, Framework, Idp, Reply, Request, TestApp, query};

/// The provider's id in routes.
pub(crate) const ID: &str = "work";

/// How long the application waits for a provider in these tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// An application and its provider.
pub(crate) struct Rp {
    pub(crate) app: TestApp,
    pub(crate) idp: Idp,
    pub(crate) faults: Faults,
}

/// A login that was begun.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    /// Where the browser was sent.
    pub(crate) location: String,
    /// The value of its cookie.
    pub(crate) browser: String,
}

impl Begun {
    /// The `state` of the request.
    pub(crate) fn state(&self) -> String {
        query(&self.location, "state").unwrap()
    }
}

/// The registry entry of the provider.
pub(crate) fn entry(id: &str, idp: &Idp) -> ProviderConfig {
    ProviderConfig::openid_connect(id, idp.issuer(), CLIENT.0).client_secret(CLIENT.1).label("Work account")
}

/// An application's settings for these tests.
pub(crate) fn impatient(builder: AuthBuilder) -> AuthBuilder {
    let mut outbound = OutboundConfig::default();
    outbound.timeout = PATIENCE;
    builder.outbound(outbound)
}

impl Rp {
    pub(crate) fn start(on: Framework) -> Self {
        Self::start_with(on, |entry| entry)
    }

    /// With another entry.
    pub(crate) fn start_with(on: Framework, change: impl FnOnce(ProviderConfig) -> ProviderConfig) -> Self {
        let idp = Idp::start();
        let config = change(entry(ID, &idp));
        Self::with(on, idp, |builder| builder.provider(config))
    }

    /// With other settings, the provider's among them.
    pub(crate) fn with(on: Framework, idp: Idp, change: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let faults = Faults::new();
        let stores = faults.stores();
        let app = on.start_with(|builder| change(impatient(builder.stores(stores))));
        Self { app, idp, faults }
    }

    /// On a SQLite file, where nothing can be broken.
    pub(crate) fn start_on_sqlite(on: Framework) -> Self {
        Self::start_on_sqlite_with(on, |entry| entry)
    }

    /// The same with another entry.
    pub(crate) fn start_on_sqlite_with(
        on: Framework,
        change: impl FnOnce(ProviderConfig) -> ProviderConfig,
    ) -> Self {
        let idp = Idp::start();
        let config = change(entry(ID, &idp));
        let app = on.start_on_sqlite_with(|builder| impatient(builder).provider(config));
        Self { app, idp, faults: Faults::new() }
    }

    /// The start of a login, not sent yet.
    pub(crate) fn start_of(&self, id: &str, fields: &[(&str, &str)]) -> Request {
        self.app.post(&format!("/auth/login/{id}")).form(fields)
    }

    /// Begins a login in a new browser.
    pub(crate) fn begin(&self) -> Begun {
        self.begin_by(self.start_of(ID, &[]))
    }

    /// Begins what the request asks for.
    #[track_caller]
    pub(crate) fn begin_by(&self, start: Request) -> Begun {
        let reply = start.send().expect(303);
        let location = reply.header("location").unwrap().to_owned();
        Begun { location, browser: reply.cookie("session-login").unwrap() }
    }

    /// The way back with this query, in the browser of this login, not sent yet.
    pub(crate) fn way_back(&self, begun: &Begun, query: &str) -> Request {
        let target = format!("/auth/login/{ID}/callback?{query}");
        self.app.get(&target).cookies(&[("session-login", &begun.browser)])
    }

    /// Comes back with this query, in the browser of this login.
    pub(crate) fn come_back(&self, begun: &Begun, query: &str) -> Reply {
        self.way_back(begun, query).send()
    }

    /// Goes to the provider and comes back with what it answers.
    pub(crate) fn try_login(&self) -> Reply {
        let begun = self.begin();
        self.come_back(&begun, &self.idp.authorize(&begun.location))
    }

    /// Logs the provider's person in and answers the session.
    #[track_caller]
    pub(crate) fn log_in(&self) -> String {
        self.try_login().expect(303).cookie("session").unwrap()
    }

    /// Links the provider's person to the account of this session, which is fresh.
    pub(crate) fn link(&self, session: &str) -> Reply {
        let start = self.start_of(ID, &[("link", "true")]).session(session);
        let begun = self.begin_by(start);
        let back = self.idp.authorize(&begun.location);
        let target = format!("/auth/login/{ID}/callback?{back}");
        self.app.get(&target).cookies(&[("session", session), ("session-login", &begun.browser)]).send()
    }

    /// The name of the account that the session opens.
    pub(crate) fn who(&self, session: &str) -> String {
        let me = self.app.get("/auth/me").session(session).send().expect(200).json();
        me["user"]["username"].as_str().unwrap().to_owned()
    }

    /// The id of the account that the session opens.
    pub(crate) fn id(&self, session: &str) -> String {
        let me = self.app.get("/auth/me").session(session).send().expect(200).json();
        me["user"]["id"].as_str().unwrap().to_owned()
    }

    /// The reply, which refuses by this problem. No session was made by it.
    #[track_caller]
    pub(crate) fn refused(&self, attempt: impl FnOnce() -> Reply, status: u16, code: &str) -> Reply {
        let before = self.faults.session_inserts();
        let reply = attempt().problem(status, code);
        assert_eq!(reply.cookie("session"), None);
        assert_eq!(self.faults.session_inserts(), before, "a session was made");
        reply
    }

    /// A whole login, which the application blames the provider for.
    #[track_caller]
    pub(crate) fn blamed(&self) -> Reply {
        self.refused(|| self.try_login(), 400, "provider_error")
    }
}
