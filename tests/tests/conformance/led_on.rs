//! What a guard asks for beside what its caller has: each way from the refusal ends behind the guard, and none leads round in a circle.

use std::time::Duration;

use auth_core::clock::Clock as _;
use auth_core::testing::{SoftAuthenticator, TestTotp, enrol_totp, login_as};
use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::json;

/// Somebody who was never given a password, nor a provider.
const DORA: &str = "dora";

/// A page is behind one more than this many others for nobody.
const MOST_STEPS: usize = 3;

/// What somebody has.
#[derive(Clone, Copy, Debug)]
struct Has {
    password: bool,
    totp: bool,
    passkey: bool,
}

/// What a guard asks for: the path of one that does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Asks {
    Fresh,
    Passkey,
    Second,
    Totp,
}

/// What somebody does on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Does {
    AddsApp,
    LogsInAnew,
    MakesPasskey,
    TypesCode,
    TypesPassword,
    UsesPasskey,
}

impl Asks {
    fn path(self) -> &'static str {
        match self {
            Self::Fresh => "/fresh",
            Self::Passkey => "/operate",
            Self::Second => "/second",
            Self::Totp => "/code",
        }
    }
}

impl Has {
    fn proof(self) -> Does {
        match self {
            Self { password: true, .. } => Does::TypesPassword,
            Self { passkey: true, .. } => Does::UsesPasskey,
            Self { totp: true, .. } => Does::TypesCode,
            _ => Does::LogsInAnew,
        }
    }

    /// In a session of long ago, in which a factor was shown if there is one, but no passkey, and no code of late.
    fn expected(self, asks: Asks) -> Vec<Does> {
        match asks {
            Asks::Fresh => vec![self.proof()],
            Asks::Second if self.totp || self.passkey => vec![],
            Asks::Totp if self.totp && !self.password => vec![Does::TypesCode],
            Asks::Totp if self.totp => vec![self.proof()],
            Asks::Passkey if self.passkey => vec![self.proof()],
            Asks::Second | Asks::Totp => vec![self.proof(), Does::AddsApp],
            Asks::Passkey => vec![self.proof(), Does::MakesPasskey],
        }
    }
}

/// Somebody at a browser.
struct Walker<'a> {
    app: &'a TestApp,
    name: &'static str,
    totp: Option<TestTotp>,
    phone: Option<SoftAuthenticator>,
    session: String,
}

impl<'a> Walker<'a> {
    fn new(app: &'a TestApp, has: Has) -> Self {
        let name = if has.password { ALICE.name } else { DORA };
        if !has.password {
            let users = app.auth.users();
            app.block_on(users.create_without_password(users.new_user(DORA).unwrap())).unwrap();
        }
        let mut this = Self { app, name, totp: None, phone: None, session: String::new() };
        if has.totp {
            this.totp = Some(app.block_on(enrol_totp(&app.auth, name)).unwrap());
        }
        this.log_in();
        if has.passkey {
            this.make_passkey();
            this.log_in();
        }
        app.clock.advance(Duration::from_secs(600));
        this
    }

    fn log_in(&mut self) {
        let cookie = self.app.block_on(login_as(&self.app.auth, self.name)).unwrap();
        self.session = cookie.strip_prefix("session=").unwrap().to_owned();
    }

    /// Opens a page, and answers where that leads, and the page there.
    fn open(&self, path: &str) -> (String, Reply) {
        let mut place = path.to_owned();
        for _ in 0..=MOST_STEPS {
            let reply = self.app.get(&place).session(&self.session).browser().send();
            match reply.status {
                303 => place = reply.header("location").unwrap().to_owned(),
                _ => return (place, reply.expect(200)),
            }
        }
        panic!("{path} leads round by {place}");
    }

    /// Goes on from page to page until the guard lets them in, and answers what that took.
    fn reach(&mut self, guard: &str) -> Vec<Does> {
        let mut done = Vec::new();
        while done.len() <= MOST_STEPS {
            let (place, page) = self.open(guard);
            if place == guard {
                assert_eq!(page.text(), format!("hello {}", self.name));
                return done;
            }
            done.push(self.go_on(&place, &page.text()));
        }
        panic!("{guard} leads round by {done:?}");
    }

    /// Does the first thing that a page asks for.
    fn go_on(&mut self, place: &str, page: &str) -> Does {
        if place.starts_with("/auth/reauthenticate") {
            return self.prove(place, page);
        }
        if place.starts_with("/auth/mfa/factors") && page.contains("action=\"/auth/mfa/totp\"") {
            self.add_app();
            return Does::AddsApp;
        }
        if place.starts_with("/auth/passkeys") && page.contains("/auth/passkeys/register/start") {
            self.make_passkey();
            return Does::MakesPasskey;
        }
        assert!(page.contains("/auth/reauthenticate?next="), "{place}: {page}");
        let (place, page) = self.open("/auth/reauthenticate");
        self.prove(&place, &page.text())
    }

    /// Proves once more who they are, as the page asks for it.
    fn prove(&mut self, place: &str, page: &str) -> Does {
        if page.contains("name=\"password\"") {
            self.type_password(place.ends_with("factor=totp"));
            return Does::TypesPassword;
        }
        if page.contains("name=\"code\"") {
            assert!(!page.contains("data-passkey"), "{page}");
            let code = self.code();
            let form = [("code", code.as_str()), ("next", "/private")];
            let reply = self.app.post("/auth/reauthenticate").browser().form(&form).session(&self.session);
            self.session = reply.send().redirect("/private").session().unwrap();
            return Does::TypesCode;
        }
        if page.contains("data-passkey") {
            let (app, phone) = (self.app, self.phone.as_mut().unwrap());
            let begun = app.post("/auth/passkeys/step-up/start").session(&self.session).json(&json!({}));
            let used = phone.ask(&begun.send().expect(200).json()["publicKey"]);
            let body = json!({"credential": used});
            let done = app.post("/auth/passkeys/step-up/finish").session(&self.session).json(&body).send();
            self.session = done.expect(200).session().unwrap();
            return Does::UsesPasskey;
        }
        assert!(page.contains("Log out, and log in again."), "{place}: {page}");
        self.log_in();
        Does::LogsInAnew
    }

    fn type_password(&mut self, is_by_code: bool) {
        let form = [("password", ALICE.password)];
        let request = self.app.post("/auth/reauthenticate").browser().form(&form).session(&self.session);
        let reply = request.send();
        let Some(pending) = reply.cookie("pending") else {
            self.session = reply.expect(303).session().unwrap();
            return;
        };
        let session = self.session.clone();
        let cookies = [("pending", pending.as_str()), ("session", session.as_str())];
        let post = |path: &str| self.app.post(path).cookies(&cookies);
        let shown = match self.phone.as_ref().filter(|_| !is_by_code) {
            None => post("/auth/mfa").json(&json!({"code": self.code()})).send(),
            Some(_) => {
                let begun = post("/auth/passkeys/login/start").json(&json!({})).send().expect(200).json();
                let used = self.phone.as_mut().unwrap().ask(&begun["publicKey"]);
                let body = json!({"credential": used});
                self.app.post("/auth/passkeys/login/finish").cookies(&cookies).json(&body).send()
            }
        };
        self.session = shown.expect(200).session().unwrap();
    }

    /// A code that was not used.
    fn code(&self) -> String {
        self.app.clock.advance(Duration::from_secs(30));
        self.totp.as_ref().unwrap().code_at(self.app.clock.now())
    }

    fn add_app(&mut self) {
        let offer = self.app.post("/auth/mfa/totp").session(&self.session).send().expect(200).json();
        self.totp = Some(TestTotp::of_secret(offer["secret"].as_str().unwrap()));
        let request = self.app.post("/auth/mfa/totp/confirm").session(&self.session);
        let confirmed = request.json(&json!({"code": self.code()})).send().expect(200);
        self.session = confirmed.session().unwrap();
    }

    fn make_passkey(&mut self) {
        let mut phone = self.app.phone(1);
        self.session = self.app.make_passkey(&self.session, &mut phone);
        self.phone = Some(phone);
    }
}

pub(crate) fn no_guard_leads_round_in_a_circle_whatever_somebody_has(on: Framework) {
    for asks in [Asks::Fresh, Asks::Passkey, Asks::Second, Asks::Totp] {
        for number in 0..8 {
            let has = Has { password: number & 1 > 0, totp: number & 2 > 0, passkey: number & 4 > 0 };
            let app = on.start_shop("", |builder| builder);
            let done = Walker::new(&app, has).reach(asks.path());
            assert_eq!(done, has.expected(asks), "{has:?}, {asks:?}");
        }
    }
}

/// A code by itself is no more than the app: who could prove who they are by something else does that.
pub(crate) fn a_code_makes_a_session_fresh_where_nothing_else_can(on: Framework) {
    for (passkey, status) in [(false, 200), (true, 401)] {
        let app = on.start_shop("", |builder| builder);
        let mut walker = Walker::new(&app, Has { password: false, totp: true, passkey });
        let old = walker.session.clone();
        let send = |code: &str, session: &str| {
            app.post("/auth/reauthenticate").json(&json!({"code": code})).session(session).send()
        };
        let code = walker.code();
        let reply = send(&code, &old).expect(200);
        assert_eq!(reply.json()["user"]["username"], DORA);
        walker.session = reply.session().unwrap();
        assert!(!app.is_logged_in(&old), "the session has a new id");
        assert_eq!(app.get("/code").session(&walker.session).send().status, 200);
        assert_eq!(app.get("/fresh").session(&walker.session).send().status, status);
        send(&code, &walker.session).problem(401, "invalid_code");
        send("123", &walker.session).problem(401, "invalid_code");
        assert!(app.is_logged_in(&walker.session), "a wrong one ends nothing");
    }
}

pub(crate) fn a_code_stands_in_for_nobodys_password(on: Framework) {
    let app = on.start_shop("", |builder| builder);
    let walker = Walker::new(&app, Has { password: true, totp: true, passkey: false });
    let body = json!({"code": walker.code()});
    let reply = app.post("/auth/reauthenticate").json(&body).session(&walker.session).send();
    assert_eq!(reply.problem(400, "invalid_request").session(), None);
    assert_eq!(app.get("/code").session(&walker.session).send().status, 401);
    // Nor does one that somebody without an app sends.
    let other = on.start_shop("", |builder| builder);
    let walker = Walker::new(&other, Has { password: false, totp: false, passkey: true });
    let body = json!({"code": "123456"});
    let reply = other.post("/auth/reauthenticate").json(&body).session(&walker.session).send();
    reply.problem(400, "invalid_request");
}
