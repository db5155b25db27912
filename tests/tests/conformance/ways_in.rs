//! Every way in beside what an account has and what a rule demands: no way forgets the factor (ATTACKS MF-13). A new factor is a new
//! `Has`, a new way in a new row; what each cell answers follows from the two.

use auth_core::mfa::MfaConfig;
use auth_core::testing::{SoftAuthenticator, TestTotp, enrol_totp, login_as};
use conformance::{ALICE, Framework, Reply, Request, TestApp};
use serde_json::json;

use crate::outside_sessions;

const ADDRESS: &str = "alice@example.com";
const OTHER_SYSTEM: &str = "another system's session";

/// What somebody has beside the first factor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Has {
    Nothing,
    Totp,
    Passkey,
    Both,
}

/// What shows it.
struct Factors {
    totp: Option<TestTotp>,
    phone: Option<SoftAuthenticator>,
}

impl Has {
    fn enrolled(self, app: &TestApp) -> Factors {
        let has_totp = matches!(self, Self::Totp | Self::Both);
        let totp = has_totp.then(|| app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap());
        let has_phone = matches!(self, Self::Passkey | Self::Both);
        let phone = has_phone.then(|| {
            let cookie = app.block_on(login_as(&app.auth, ALICE.name)).unwrap();
            let mut phone = app.phone(1);
            app.make_passkey(cookie.strip_prefix("session=").unwrap(), &mut phone);
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
    /// It waits.
    Waits,
    /// It can wait for nothing, and refuses as for a wrong password.
    Refuses(u16),
}

/// A way in: its name, what it does where a factor is missing, what else it sends with the factor, and how it goes.
type Way = (&'static str, Lacking, &'static [(&'static str, &'static str)], fn(&TestApp) -> Attempt);

/// What came of it, and the session that it is to make fresh.
struct Attempt {
    reply: Reply,
    session: Option<String>,
}

fn new(request: Request) -> Attempt {
    Attempt { reply: request.send(), session: None }
}

const WAYS: &[Way] = &[
    ("form", Lacking::Waits, &[], |app| new(app.try_login(ALICE.name, ALICE.password))),
    ("browser", Lacking::Waits, &[], |app| new(app.try_login(ALICE.name, ALICE.password).browser())),
    ("json", Lacking::Waits, &[], |app| {
        let body = json!({"username": ADDRESS, "password": ALICE.password, "remember": true});
        new(app.post("/auth/login").json(&body))
    }),
    ("mailed link", Lacking::Waits, &[], |app| {
        app.mails_to(ADDRESS);
        app.post("/auth/magic-link").json(&json!({"email": ADDRESS})).send().expect(202);
        let body = json!({"token": app.mailed_token(ADDRESS)});
        new(app.post("/auth/magic-link/confirm").json(&body))
    }),
    (OTHER_SYSTEM, Lacking::Waits, &[("sessionid", "old-alice")], |app| {
        new(app.get("/private").cookies(&[("sessionid", "old-alice")]))
    }),
    ("re-authentication", Lacking::Waits, &[], |app| {
        let cookie = app.block_on(login_as(&app.auth, ALICE.name)).unwrap();
        let session = cookie.strip_prefix("session=").unwrap().to_owned();
        let again = app.post("/auth/reauthenticate").form(&[("password", ALICE.password)]).session(&session);
        Attempt { reply: again.send(), session: Some(session) }
    }),
    ("password reset", Lacking::Waits, &[], |app| {
        app.mails_to(ADDRESS);
        app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
        let password = "an entirely different passphrase";
        let body = json!({"token": app.mailed_token(ADDRESS), "new_password": password});
        let reset = app.post("/auth/password/reset").json(&body).send().expect(204);
        assert_eq!((reset.session(), reset.cookie("pending")), (None, None));
        new(app.try_login(ALICE.name, password))
    }),
    ("password grant", Lacking::Refuses(400), &[], |app| new(app.try_token(ALICE, ""))),
    ("Basic", Lacking::Refuses(401), &[], |app| new(app.get("/basic").basic(ALICE.name, ALICE.password))),
];

pub(crate) fn each_asks_for_the_factor_that_the_account_has(on: Framework) {
    for (name, lacking, beside, go) in WAYS {
        for has in [Has::Nothing, Has::Totp, Has::Passkey, Has::Both] {
            let (app, _old) = outside_sessions::start_with(on, |builder| builder.mfa(MfaConfig::default()));
            let mut factors = has.enrolled(&app);
            // She is told of it before any other mail.
            assert_eq!(app.mails_to(ADDRESS).is_empty(), has == Has::Nothing);
            let Attempt { reply, session } = go(&app);
            let entered = match (has != Has::Nothing, lacking) {
                (false, Lacking::Refuses(_)) => {
                    assert_eq!(reply.status, 200, "{name}, {has:?}");
                    continue;
                }
                (true, Lacking::Refuses(status)) => {
                    assert_eq!(reply.status, *status, "{name}, {has:?}: {}", reply.text());
                    assert!(reply.all("set-cookie").is_empty(), "{name}, {has:?}");
                    continue;
                }
                (false, Lacking::Waits) => {
                    assert_eq!(reply.cookie("pending"), None, "{name}, {has:?}");
                    reply.session()
                }
                (true, Lacking::Waits) => {
                    assert_eq!(reply.session(), None, "{name}, {has:?}: {}", reply.text());
                    let pending = reply.cookie("pending").unwrap_or_else(|| panic!("{name}: {reply:?}"));
                    app.opens_nothing(&pending);
                    let mut cookies = vec![("pending", pending.as_str())];
                    cookies.extend(*beside);
                    cookies.extend(session.as_deref().map(|session| ("session", session)));
                    factors.show(&app, &cookies).expect(200).session()
                }
            };
            let entered = entered.unwrap_or_else(|| panic!("{name}, {has:?}: nobody is in"));
            // Who was logged in elsewhere long ago has shown the factor now, and the password then.
            let is_recent = *name != OTHER_SYSTEM;
            let demanded = if has != Has::Nothing && is_recent { 200 } else { 401 };
            for (rule, status) in [("a login", 200), ("a recent one with a factor", demanded)] {
                let asked = match rule {
                    "a login" => app.get("/private"),
                    _ => app.post("/auth/mfa/recovery-codes"),
                };
                let reply = asked.session(&entered).send();
                assert_eq!(reply.status, status, "{name}, {has:?}, {rule:?}: {}", reply.text());
            }
        }
    }
}
