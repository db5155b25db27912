//! Every way in beside what an account has and what a rule demands: no way forgets the factor (ATTACKS MF-13). A new factor is a new
//! `Has`, a new way in a new row; what each cell answers follows from the two.

use std::thread;
use std::time::Duration;

use auth_core::account::{Invitation, Registration};
use auth_core::mfa::{MfaConfig, MfaPolicy};
use auth_core::provider::ProviderConfig;
use auth_core::testing::{SoftAuthenticator, TestTotp, enrol_totp, login_as};
use auth_core::throttle::{Limit, ThrottleConfig};
use conformance::{ALICE, CLIENT, Framework, Idp, Reply, Request, TestApp};
use serde_json::json;

use crate::outside_sessions;

const ADDRESS: &str = "alice@example.com";
const NEWCOMER: &str = "carol@example.com";
const PASSWORD: &str = "violet umbrella cactus seventeen";

/// So many failures in a row lock an account.
const IN_A_ROW: u32 = 5;

/// What somebody has beside the first factor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Has {
    Nothing,
    Totp,
    Passkey,
    Both,
}

/// All that somebody can have.
const ANY: &[Has] = &[Has::Nothing, Has::Totp, Has::Passkey, Has::Both];

/// What shows it.
#[derive(Default)]
struct Factors {
    totp: Option<TestTotp>,
    phone: Option<SoftAuthenticator>,
}

impl Has {
    fn enrolled(self, app: &TestApp, who: &str) -> Factors {
        let has_totp = matches!(self, Self::Totp | Self::Both);
        let totp = has_totp.then(|| app.block_on(enrol_totp(&app.auth, who)).unwrap());
        let has_phone = matches!(self, Self::Passkey | Self::Both);
        let phone = has_phone.then(|| {
            let mut phone = app.phone(1);
            app.make_passkey(&session_of(app, who), &mut phone);
            phone
        });
        Factors { totp, phone }
    }
}

impl Factors {
    /// Shows one of them to the login that waits under these cookies; the passkey where there is one.
    fn show(&mut self, app: &TestApp, cookies: &[(&str, &str)]) -> Reply {
        let Some(phone) = &mut self.phone else {
            let totp = self.totp.as_ref().unwrap();
            let body = json!({"code": totp.code_at(auth_core::clock::Clock::now(&app.clock))});
            return app.post("/auth/mfa").json(&body).cookies(cookies).send();
        };
        let begun =
            app.post("/auth/passkeys/login/start").json(&json!({})).cookies(cookies).send().expect(200);
        let body = json!({"credential": phone.ask(&begun.json()["publicKey"])});
        app.post("/auth/passkeys/login/finish").json(&body).cookies(cookies).send()
    }
}

/// What a way in does where a factor is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lacking {
    /// It lacks none: it is two at once.
    Never,
    /// It can wait for nothing, and refuses as for a wrong password.
    Refuses(u16),
    /// It waits.
    Waits,
}

/// What comes of a way in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Comes {
    In,
    Refused(u16),
    /// They are in, and open nothing until they have added a factor.
    ToAddOne,
    Waits,
}

impl Lacking {
    fn expected(self, has: Has, is_demanded: bool) -> Comes {
        match (self, has != Has::Nothing, is_demanded) {
            (Self::Never, true, _) | (_, false, false) => Comes::In,
            (Self::Refuses(status), ..) => Comes::Refused(status),
            (Self::Waits, true, _) => Comes::Waits,
            (Self::Waits | Self::Never, false, true) => Comes::ToAddOne,
        }
    }
}

/// An application, beside another system whose sessions it exchanges, and a provider where that is wanted.
struct World {
    app: TestApp,
    idp: Option<Idp>,
}

/// A way in.
struct Way {
    name: &'static str,
    lacking: Lacking,
    who: &'static str,
    /// Whether the session that comes of it is a recent login.
    is_recent: bool,
    /// What else is sent with the factor.
    beside: &'static [(&'static str, &'static str)],
    /// What somebody can have who comes by it.
    cells: &'static [Has],
    has_provider: bool,
    go: fn(&World, &mut Factors) -> Attempt,
}

/// What came of it, and the session that it is to make fresh.
struct Attempt {
    reply: Reply,
    session: Option<String>,
}

fn new(request: Request) -> Attempt {
    Attempt { reply: request.send(), session: None }
}

/// Of alice, whatever she has.
const fn way(name: &'static str, lacking: Lacking, go: fn(&World, &mut Factors) -> Attempt) -> Way {
    Way { name, lacking, who: ALICE.name, is_recent: true, beside: &[], cells: ANY, has_provider: false, go }
}

/// Of somebody who has no account before, and so no factor.
const fn newcomers(name: &'static str, go: fn(&World, &mut Factors) -> Attempt) -> Way {
    Way { cells: &[Has::Nothing], ..way(name, Lacking::Waits, go) }
}

const WAYS: &[Way] = &[
    way("form", Lacking::Waits, |world, _| new(world.app.try_login(ALICE.name, ALICE.password))),
    way("browser", Lacking::Waits, |world, _| new(world.app.try_login(ALICE.name, ALICE.password).browser())),
    way("json", Lacking::Waits, |world, _| {
        let body = json!({"username": ADDRESS, "password": ALICE.password, "remember": true});
        new(world.app.post("/auth/login").json(&body))
    }),
    way("mailed link", Lacking::Waits, |world, _| {
        let body = json!({"token": mailed(world, "/auth/magic-link")});
        new(world.app.post("/auth/magic-link/confirm").json(&body))
    }),
    Way {
        beside: &[("sessionid", "old-alice")],
        // She was logged in elsewhere long ago, and has shown the factor now.
        is_recent: false,
        ..way("another system's session", Lacking::Waits, |world, _| {
            new(world.app.get("/private").cookies(&[("sessionid", "old-alice")]))
        })
    },
    way("re-authentication", Lacking::Waits, |world, _| {
        let session = session_of(&world.app, ALICE.name);
        let form = [("password", ALICE.password)];
        let again = world.app.post("/auth/reauthenticate").form(&form).session(&session);
        Attempt { reply: again.send(), session: Some(session) }
    }),
    way("password reset", Lacking::Waits, |world, _| {
        let body = json!({"token": mailed(world, "/auth/password/forgot"), "new_password": PASSWORD});
        let reset = world.app.post("/auth/password/reset").json(&body).send().expect(204);
        assert_eq!((reset.session(), reset.cookie("pending")), (None, None));
        new(world.app.try_login(ALICE.name, PASSWORD))
    }),
    way("unlock link", Lacking::Waits, |world, _| {
        for _ in 0..=IN_A_ROW {
            world.app.try_login(ALICE.name, "no").send().problem(401, "invalid_credentials");
        }
        let body = json!({"token": linked_to(&world.app, ADDRESS, "/auth/unlock?token=")});
        let unlocked = world.app.post("/auth/unlock").json(&body).send().expect(204);
        assert_eq!((unlocked.session(), unlocked.cookie("pending")), (None, None));
        new(world.app.try_login(ALICE.name, ALICE.password))
    }),
    Way {
        who: "jane",
        has_provider: true,
        ..way("provider", Lacking::Waits, |world, _| new(from_provider(world)))
    },
    newcomers("registration", |world, _| {
        let body = json!({"username": "carol", "email": NEWCOMER, "password": PASSWORD});
        new(world.app.post("/auth/register").json(&body))
    }),
    newcomers("invitation", |world, _| {
        let invitation = Invitation::to(NEWCOMER).unwrap();
        world.app.block_on(world.app.auth.accounts().invite(&invitation)).unwrap();
        let token = linked_to(&world.app, NEWCOMER, "/auth/register?invitation=");
        let body = json!({"invitation": token, "username": "carol", "password": PASSWORD});
        new(world.app.post("/auth/register").json(&body))
    }),
    Way {
        cells: &[Has::Passkey, Has::Both],
        ..way("passkey", Lacking::Never, |world, factors| {
            let reply = world.app.passkey_login(factors.phone.as_mut().unwrap());
            Attempt { reply, session: None }
        })
    },
    way("password grant", Lacking::Refuses(400), |world, _| new(world.app.try_token(ALICE, ""))),
    way("Basic", Lacking::Refuses(401), |world, _| {
        new(world.app.get("/basic").basic(ALICE.name, ALICE.password))
    }),
];

impl Way {
    fn start(&self, on: Framework, is_demanded: bool) -> World {
        let config = match is_demanded {
            true => MfaConfig::default().required_of(MfaPolicy::everybody()),
            false => MfaConfig::default(),
        };
        let idp = self.has_provider.then(Idp::start);
        let entry = idp.as_ref().map(|idp| {
            ProviderConfig::openid_connect("work", idp.issuer(), CLIENT.0).client_secret(CLIENT.1)
        });
        let limits = ThrottleConfig::default().account([Limit::new(IN_A_ROW, Duration::MAX)]);
        let (app, _) = outside_sessions::start_with(on, |builder| {
            let builder = builder.mfa(config).throttle(limits);
            builder.registration(Registration::OpenTellingWhoExists).providers(entry)
        });
        let world = World { app, idp };
        if self.has_provider {
            // The first login makes the account.
            from_provider(&world).send().expect(303);
        }
        world
    }

    /// Comes in, and answers what came of it, and the session at the end.
    fn come(&self, world: &World, factors: &mut Factors) -> (Comes, Option<String>) {
        let app = &world.app;
        let Attempt { reply, session } = (self.go)(world, factors);
        if let Lacking::Refuses(status) = self.lacking {
            assert!(reply.all("set-cookie").is_empty(), "{}", self.name);
            let comes = if reply.status == 200 { Comes::In } else { Comes::Refused(reply.status) };
            assert!(reply.status == 200 || reply.status == status, "{}: {}", self.name, reply.text());
            return (comes, None);
        }
        let Some(pending) = reply.cookie("pending") else {
            let entered = reply.session().unwrap_or_else(|| panic!("{}: {reply:?}", self.name));
            let is_let_in = app.get("/private").session(&entered).send().status == 200;
            return (if is_let_in { Comes::In } else { Comes::ToAddOne }, Some(entered));
        };
        assert_eq!(reply.session(), None, "{}: {}", self.name, reply.text());
        app.opens_nothing(&pending);
        let mut cookies = vec![("pending", pending.as_str())];
        cookies.extend(self.beside);
        cookies.extend(session.as_deref().map(|session| ("session", session)));
        (Comes::Waits, factors.show(app, &cookies).expect(200).session())
    }
}

pub(crate) fn each_asks_for_the_factor_that_the_account_has(on: Framework) {
    for way in WAYS {
        for (has, is_demanded) in way.cells.iter().flat_map(|has| [(*has, false), (*has, true)]) {
            let cell = format!("{}, {has:?}, {is_demanded}", way.name);
            let world = way.start(on, is_demanded);
            let mut factors = has.enrolled(&world.app, way.who);
            let (comes, session) = way.come(&world, &mut factors);
            assert_eq!(comes, way.lacking.expected(has, is_demanded), "{cell}");
            let Some(session) = session else { continue };
            let sent = |request: Request| request.session(&session).send().status;
            let is_let_in = has != Has::Nothing || !is_demanded;
            let app = &world.app;
            assert_eq!(sent(app.get("/private")), if is_let_in { 200 } else { 401 }, "{cell}");
            // A recent login with a factor.
            let is_strong = has != Has::Nothing && way.is_recent;
            let status = if is_strong { 200 } else { 401 };
            assert_eq!(sent(app.post("/auth/mfa/recovery-codes")), status, "{cell}");
        }
    }
}

fn session_of(app: &TestApp, who: &str) -> String {
    let cookie = app.block_on(login_as(&app.auth, who)).unwrap();
    cookie.strip_prefix("session=").unwrap().to_owned()
}

/// The token that alice is mailed who asks for it there.
fn mailed(world: &World, path: &str) -> String {
    // Of two mails of one moment either may come first: those before it are sent before it.
    world.app.mails_to(ADDRESS);
    world.app.post(path).json(&json!({"email": ADDRESS})).send().expect(202);
    world.app.mailed_token(ADDRESS)
}

/// What follows this in a mail, which may be posted beside the request and be on its way for a moment.
fn linked_to(app: &TestApp, address: &str, before: &str) -> String {
    for _ in 0..100_000 {
        let mails = app.mails_to(address);
        let mut links = mails.iter().filter_map(|mail| mail.text().split_once(before));
        if let Some((_, rest)) = links.next() {
            return rest.split_whitespace().next().unwrap().to_owned();
        }
        thread::yield_now();
    }
    panic!("no mail to {address} has {before}");
}

/// The way back from the provider, not sent yet.
fn from_provider(world: &World) -> Request {
    let begun = world.app.post("/auth/login/work").form(&[]).send().expect(303);
    let back = world.idp.as_ref().unwrap().authorize(begun.header("location").unwrap());
    let browser = begun.cookie("session-login").unwrap();
    let target = format!("/auth/login/work/callback?{back}");
    world.app.get(&target).cookies(&[("session-login", &browser)])
}
