//! Who must have a second factor: what an account that lacks one opens, and how its owner gets one (OWASP ASVS 5.0 section 6.3.3, RFC 9470
//! section 3).

use std::time::Duration;

use auth_core::mfa::{MfaConfig, MfaPolicy};
use auth_core::testing::{TestTotp, enrol_totp};
use auth_core::user::UserUpdate;
use conformance::{ALICE, BOB, Framework, Reply, TestApp, only_waits};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ADDRESS: &str = "alice@example.com";
const CHALLENGE: &str =
    "Bearer realm=\"Login Required\", error=\"insufficient_user_authentication\", acr_values=\"mfa\"";

/// Writers must have a second factor, and alice is one.
fn start(on: Framework) -> TestApp {
    start_with(on, MfaPolicy::group("writers"))
}

fn start_with(on: Framework, policy: MfaPolicy) -> TestApp {
    on.start_with(|builder| builder.mfa(MfaConfig::default().required_of(policy)))
}

#[track_caller]
fn must_add_one(reply: Reply) {
    let reply = reply.problem(401, "mfa_required");
    assert_eq!(reply.header("www-authenticate"), Some(CHALLENGE));
}

/// Adds an authenticator app as its owner does, and answers the session that goes on.
fn add_totp(app: &TestApp, session: &str) -> String {
    let offer = app.post("/auth/mfa/totp").session(session).send().expect(200).json();
    let code = TestTotp::of_secret(offer["secret"].as_str().unwrap()).code_at(now(app));
    let confirmed = app.post("/auth/mfa/totp/confirm").json(&json!({"code": code})).session(session).send();
    confirmed.expect(200).session().unwrap()
}

fn now(app: &TestApp) -> auth_core::clock::Timestamp {
    auth_core::clock::Clock::now(&app.clock)
}

fn factors(app: &TestApp, session: &str) -> Value {
    app.get("/auth/mfa/factors").session(session).send().expect(200).json()
}

pub(crate) fn who_lacks_a_factor_opens_nothing_until_one_is_added(on: Framework) {
    let app = start(on);
    let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    assert_eq!(reply.json()["user"]["username"], "alice", "its owner has to come in to add one");
    let session = reply.session().unwrap();
    // Guards that ask for nobody too: a user would be taken for a stranger.
    for route in ["/private", "/reports", "/fresh", "/"] {
        must_add_one(app.get(route).session(&session).send());
    }
    must_add_one(app.post("/private").body("text/plain", "x").session(&session).send());
    assert_eq!(app.get("/open").session(&session).send().expect(200).text(), "ok");
    for route in ["/auth/me", "/auth/account", "/auth/sessions", "/auth/mfa/factors"] {
        app.get(route).session(&session).send().expect(200);
    }
    let session = add_totp(&app, &session);
    assert_eq!(app.get("/private").session(&session).send().expect(200).text(), "hello alice");
    app.get("/").session(&session).send().expect(200);
    assert!(factors(&app, &session).get("required_by").is_none());
    let bob = app.login(BOB);
    assert!(app.is_logged_in(&bob), "nothing is demanded of others");
}

pub(crate) fn a_browser_is_led_to_where_a_factor_is_added(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    let open = |path: &str| app.get(path).session(&session).browser().send();
    open("/private").redirect("/auth/mfa?next=%2Fprivate");
    open("/").redirect("/auth/mfa?next=%2F");
    open("/auth/mfa?next=%2Fprivate").redirect("/auth/mfa/factors?next=%2Fprivate");
    let page = open("/auth/mfa/factors?next=%2Fprivate").expect(200).text();
    assert!(page.contains("must have a second factor") && page.contains("/auth/mfa/totp"), "{page}");
    app.post("/auth/logout").session(&session).send().expect(204);
    assert!(!app.is_logged_in(&session));
}

pub(crate) fn the_grace_begins_with_the_first_request_and_ends(on: Framework) {
    let app = start_with(on, MfaPolicy::group("writers").grace(14 * DAY));
    app.clock.advance(100 * DAY);
    let session = app.login(ALICE);
    assert!(app.is_logged_in(&session));
    let required_by = factors(&app, &session)["required_by"].clone();
    let page = app.get("/auth/mfa/factors").session(&session).browser().send().expect(200).text();
    let day = required_by.as_str().unwrap().split('T').next().unwrap();
    assert!(page.contains(day), "{required_by}: {page}");
    app.clock.advance(14 * DAY - Duration::from_secs(1));
    let session = app.login(ALICE);
    assert!(app.is_logged_in(&session), "the last second");
    app.clock.advance(Duration::from_secs(1));
    must_add_one(app.get("/private").session(&session).send());
    assert_eq!(factors(&app, &session)["required_by"], required_by);
    let later = app.login(ALICE);
    must_add_one(app.get("/private").session(&later).send());
    add_totp(&app, &later);
}

pub(crate) fn tokens_and_basic_are_refused_and_none_is_given_any_more(on: Framework) {
    let app = start_with(on, MfaPolicy::everybody().grace(Duration::from_secs(600)));
    let tokens = app.tokens(ALICE, "reports:read");
    for route in ["/private", "/api", "/scoped"] {
        app.get(route).bearer(&tokens.access).send().expect(200);
    }
    app.get("/basic").basic(ALICE.name, ALICE.password).send().expect(200);
    app.clock.advance(Duration::from_secs(600));
    for route in ["/private", "/api", "/scoped", "/"] {
        must_add_one(app.get(route).bearer(&tokens.access).send());
    }
    app.try_token(ALICE, "").send().oauth(400, "invalid_grant");
    app.get("/basic").basic(ALICE.name, ALICE.password).send().problem(401, "unauthenticated");
    for _ in 0..2 {
        app.try_refresh(&tokens.refresh).send().oauth(400, "invalid_grant");
    }
}

pub(crate) fn whoever_comes_under_the_rule_does_so_at_the_next_request(on: Framework) {
    let app = start_with(on, MfaPolicy::staff());
    let session = app.login(BOB);
    assert!(app.is_logged_in(&session));
    let make_staff = |is_staff| {
        let mut update = UserUpdate::default();
        update.is_staff = Some(is_staff);
        app.block_on(app.auth.users().update(&app.user(BOB).id, update)).unwrap();
    };
    make_staff(true);
    must_add_one(app.get("/private").session(&app.login(BOB)).send());
    make_staff(false);
    let session = app.login(BOB);
    assert!(app.is_logged_in(&session));
}

pub(crate) fn the_last_factor_of_whoever_must_have_one_stays(on: Framework) {
    let app = start(on);
    let session = add_totp(&app, &app.login(ALICE));
    let remove = || app.request("DELETE", "/auth/mfa/totp").session(&session).send();
    remove().problem(409, "last_login_method");
    assert_eq!(factors(&app, &session)["totp"], true);
    assert!(app.is_logged_in(&session), "nothing has ended");
    // Another secret takes its place.
    app.clock.advance(Duration::from_secs(30));
    assert!(app.is_logged_in(&add_totp(&app, &session)));
}

/// By what somebody comes in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    Basic,
    ByHand,
    Form,
    Json,
    MagicLink,
    PasswordGrant,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Comes {
    /// They are in, and are led to adding a factor before anything else.
    ToAddOne,
    In,
    Refused,
    Waits,
}

const WAYS: [Way; 6] = [Way::Basic, Way::ByHand, Way::Form, Way::Json, Way::MagicLink, Way::PasswordGrant];

impl Way {
    /// What has no page to wait on, and none to add a factor on.
    fn is_at_once(self) -> bool {
        matches!(self, Self::Basic | Self::PasswordGrant)
    }

    fn expected(self, has_totp: bool, is_demanded: bool) -> Comes {
        match (has_totp, is_demanded) {
            (false, false) => Comes::In,
            (true, _) | (false, true) if self.is_at_once() => Comes::Refused,
            (true, _) => Comes::Waits,
            (false, true) => Comes::ToAddOne,
        }
    }

    fn come(self, app: &TestApp) -> Comes {
        let form = [("username", ALICE.name), ("password", ALICE.password)];
        match self {
            Self::Basic => at_once(&app.get("/basic").basic(ALICE.name, ALICE.password).send()),
            Self::PasswordGrant => at_once(&app.try_token(ALICE, "").send()),
            Self::ByHand => by_session(app, &app.post("/in").send()),
            Self::Form => by_session(app, &app.post("/auth/login").form(&form).browser().send()),
            Self::Json => by_session(app, &app.try_login(ALICE.name, ALICE.password).send()),
            Self::MagicLink => {
                // Of two mails of one moment either may come first: those before it are sent before it.
                app.mails_to(ADDRESS);
                app.post("/auth/magic-link").json(&json!({"email": ADDRESS})).send().expect(202);
                let body = json!({"token": app.mailed_token(ADDRESS)});
                by_session(app, &app.post("/auth/magic-link/confirm").json(&body).send())
            }
        }
    }
}

fn at_once(reply: &Reply) -> Comes {
    if reply.status == 200 { Comes::In } else { Comes::Refused }
}

fn by_session(app: &TestApp, reply: &Reply) -> Comes {
    let Some(session) = reply.session() else {
        return if reply.cookie("pending").is_some() { Comes::Waits } else { Comes::Refused };
    };
    // The handlers that do things by hand guard nothing.
    match app.get("/private").session(&session).send().status {
        401 => Comes::ToAddOne,
        404 if factors(app, &session).get("required_by").is_some() => Comes::ToAddOne,
        _ => Comes::In,
    }
}

pub(crate) fn every_way_in_with_and_without_a_factor_and_a_rule(on: Framework) {
    for way in WAYS {
        for (has_totp, is_demanded) in [(false, false), (false, true), (true, false), (true, true)] {
            let settings = match is_demanded {
                true => MfaConfig::default().required_of(MfaPolicy::group("writers")),
                false => MfaConfig::default(),
            };
            let app = match way {
                Way::ByHand => on.start_by_hand_with(|builder| builder.mfa(settings)),
                _ => on.start_with(|builder| builder.mfa(settings)),
            };
            if has_totp {
                app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap();
            }
            let comes = way.come(&app);
            assert_eq!(comes, way.expected(has_totp, is_demanded), "{way:?} {has_totp} {is_demanded}");
        }
    }
}

/// The way leads from the page that was asked for to the factor, and back.
pub(crate) fn who_has_added_one_is_where_they_wanted_to_be(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    let page = app.get("/auth/mfa/factors?next=%2Fprivate").session(&session).browser().send().expect(200);
    assert!(page.text().contains("/auth/passkeys?next=%2Fprivate"), "{}", page.text());
    let next = "name=\"next\" value=\"/private\"";
    assert!(page.text().contains(next), "{}", page.text());
    let begin = app.post("/auth/mfa/totp").session(&session).browser().form(&[("next", "/private")]);
    let offer = begin.send().expect(200).text();
    assert!(offer.contains(next), "{offer}");
    let confirm = |code: &str| {
        let form = [("code", code), ("next", "/private")];
        app.post("/auth/mfa/totp/confirm").session(&session).browser().form(&form).send()
    };
    let again = confirm("000000").expect(401).text();
    assert!(again.contains(next), "{again}");
    let secret: String =
        again.split_once("secret=").unwrap().1.chars().take_while(char::is_ascii_alphanumeric).collect();
    let codes = confirm(&TestTotp::of_secret(&secret).code_at(now(&app))).expect(200).text();
    assert!(codes.contains("href=\"/private\""), "{codes}");
}

/// Whoever is asked for a factor that they do not have is led to setting it up, not asked for ever.
pub(crate) fn a_factor_that_somebody_does_not_have_is_set_up(on: Framework) {
    let app = on.start_shop("", |builder| builder);
    let totp = app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap();
    let pending = only_waits(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
    let body = json!({"code": totp.code_at(now(&app))});
    let shown = app.post("/auth/mfa").json(&body).cookies(&[("pending", &pending)]).send().expect(200);
    let session = shown.session().unwrap();
    assert_eq!(app.get("/sign").session(&session).send().expect(200).text(), "hello alice");
    let reply = app.get("/operate").session(&session).send().problem(401, "mfa_required");
    assert_eq!(reply.json()["hint"], "not_set_up");
    assert!(reply.header("www-authenticate").unwrap().ends_with("acr_values=\"passkey\""));
    let open = |path: &str| app.get(path).session(&session).browser().send();
    open("/operate").redirect("/auth/mfa?next=%2Foperate&factor=passkey");
    open("/auth/mfa?next=%2Foperate&factor=passkey").redirect("/auth/passkeys?next=%2Foperate");
    let page = open("/auth/passkeys?next=%2Foperate").expect(200).text();
    assert!(page.contains("data-next=\"/operate\""), "{page}");
    let mut phone = app.phone(1);
    let session = app.make_passkey(&session, &mut phone);
    assert_eq!(app.get("/operate").session(&session).send().expect(200).text(), "hello alice");
    // Who has it shows it: the page says so.
    let pending = only_waits(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
    app.clock.advance(Duration::from_secs(30));
    let body = json!({"code": totp.code_at(now(&app))});
    let shown = app.post("/auth/mfa").json(&body).cookies(&[("pending", &pending)]).send().expect(200);
    let session = shown.session().unwrap();
    let reply = app.get("/operate").session(&session).send().problem(401, "mfa_required");
    assert!(reply.json().get("hint").is_none());
    let open = |path: &str| app.get(path).session(&session).browser().send();
    let there = "/auth/reauthenticate?next=%2Foperate&factor=passkey";
    open("/auth/mfa?next=%2Foperate&factor=passkey").redirect(there);
    assert!(open(there).expect(200).text().contains("asks for your passkey"));
}

/// Each factor has a time of its own, and the challenge names those that would do (RFC 9470).
pub(crate) fn each_factor_has_an_age_of_its_own(on: Framework) {
    let app = on.start_shop("", |builder| builder);
    let totp = app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap();
    let code = || json!({"code": totp.code_at(now(&app))});
    let pending = only_waits(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
    // The factor counts from when it was shown, not from the password before it.
    app.clock.advance(Duration::from_secs(50));
    let shown = app.post("/auth/mfa").json(&code()).cookies(&[("pending", &pending)]).send().expect(200);
    let session = shown.session().unwrap();
    app.clock.advance(Duration::from_secs(50));
    app.get("/sign").session(&session).send().expect(200);
    app.clock.advance(Duration::from_secs(11));
    let reply = app.get("/sign").session(&session).send().problem(401, "mfa_required");
    let challenge = "acr_values=\"totp passkey\", max_age=\"60\"";
    assert!(reply.header("www-authenticate").unwrap().ends_with(challenge), "{:?}", reply.headers);
    let again = app.post("/auth/reauthenticate").session(&session).json(&json!({"password": ALICE.password}));
    let pending = only_waits(&again.send().expect(200));
    let cookies = [("pending", pending.as_str()), ("session", session.as_str())];
    let session = app.post("/auth/mfa").json(&code()).cookies(&cookies).send().expect(200).session().unwrap();
    app.get("/sign").session(&session).send().expect(200);
    // A passkey that is made now says nothing of the code.
    app.clock.advance(Duration::from_secs(61));
    app.get("/sign").session(&session).send().problem(401, "mfa_required");
    let session = app.make_passkey(&session, &mut app.phone(1));
    app.get("/sign").session(&session).send().expect(200);
}
