//! Whom the limits on guessing keep out, and whom they must not.

use std::time::Duration;

use auth_core::http::TrustedProxies;
use auth_core::password::PasswordConfig;
use auth_core::throttle::{Limit, ThrottleConfig};
use conformance::{ALICE, BOB, Framework, Reply, TestApp};

const MINUTE: Duration = Duration::from_secs(60);
const WRONG: &str = "not the password of anybody";

/// What somebody sees of a reply; the moment it was sent aside.
fn seen(reply: &Reply) -> (u16, Option<&str>, &[u8]) {
    (reply.status, reply.header("retry-after"), &reply.body)
}

fn login_from(app: &TestApp, address: &str, name: &str, password: &str) -> u16 {
    app.try_login(name, password).header("X-Forwarded-For", address).send().status
}

/// The cookie that the browser brings back which has just logged in.
fn known(reply: &Reply) -> String {
    reply.known_cookie().unwrap().split(';').next().unwrap().to_owned()
}

pub(crate) fn nobody_can_tell_by_them_who_exists(on: Framework) {
    let told = ["alice", "ALICE", "carol"].map(|name| {
        let app = on.start();
        let mut told = Vec::new();
        for round in 0..150 {
            let reply = app.try_login(name, WRONG).send();
            let (status, retry_after, body) = seen(&reply);
            told.push((status, retry_after.map(str::to_owned), body.to_vec()));
            // The owner logs in by another name, now and then.
            if round % 25 == 24 {
                app.try_login("alice@example.com", ALICE.password).send();
            }
            app.clock.advance(if round < 30 { Duration::ZERO } else { 15 * MINUTE });
        }
        told
    });
    assert!(told[0].iter().any(|(status, ..)| *status == 429));
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
}

pub(crate) fn a_known_browser_gets_past_them(on: Framework) {
    let app = on.start();
    let cookie = known(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
    for _ in 0..26 {
        app.try_login(ALICE.name, WRONG).send();
    }
    app.try_login(ALICE.name, ALICE.password).send().problem(429, "too_many_attempts");
    app.try_login(ALICE.name, ALICE.password).header("Cookie", &cookie).send().expect(200);
    app.get("/basic").basic(ALICE.name, ALICE.password).header("Cookie", &cookie).send().expect(200);
    app.try_token(ALICE, "").header("Cookie", &cookie).send().expect(200);
    // It is known as alice's, and as nobody else's.
    for _ in 0..26 {
        app.try_login(BOB.name, WRONG).header("Cookie", &cookie).send();
    }
    app.try_login(BOB.name, BOB.password).header("Cookie", &cookie).send().problem(429, "too_many_attempts");
    for _ in 0..5 {
        let reply = app.try_login(ALICE.name, WRONG).header("Cookie", &cookie).send();
        reply.problem(401, "invalid_credentials");
    }
    let stolen = app.try_login(ALICE.name, ALICE.password).header("Cookie", &cookie).send();
    stolen.problem(429, "too_many_attempts");
}

pub(crate) fn the_cookie_of_a_known_browser_is_handed_out_by_logins_alone(on: Framework) {
    let app = on.start();
    let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    assert!(reply.known_cookie().unwrap().ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=15552000"));
    let session = reply.session().unwrap();
    let password = [("password", ALICE.password)];
    let again = app.post("/auth/reauthenticate").session(&session).form(&password).send().expect(200);
    assert_ne!(again.known_cookie().unwrap(), reply.known_cookie().unwrap());
    let session = again.session().unwrap();
    assert_eq!(app.get("/private").session(&session).send().known_cookie(), None);
    assert_eq!(app.try_login(ALICE.name, WRONG).send().known_cookie(), None);
    assert_eq!(app.post("/auth/logout").session(&session).send().expect(204).known_cookie(), None);
    // By hand, and over https.
    let app = on.start_guides();
    let fields = [("username", ALICE.name), ("password", ALICE.password)];
    assert!(app.post("/sign-in").form(&fields).send().expect(303).known_cookie().is_some());
    let app =
        on.start_with(|builder| builder.base_url("https://app.example").password(PasswordConfig::default()));
    let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    let line = reply.known_cookie().unwrap();
    assert!(
        line.starts_with("__Host-session-known=")
            && line.contains("; Path=/; Secure; HttpOnly; SameSite=Lax")
    );
}

/// An app behind a proxy, which takes 5 guesses a minute of a network and 40 of all together.
fn behind_a_proxy(on: Framework) -> TestApp {
    let limits = ThrottleConfig::default().network([Limit::new(5, MINUTE)]).route([Limit::new(40, MINUTE)]);
    let proxies = TrustedProxies::parse("127.0.0.1").unwrap();
    on.start_with(|builder| builder.trusted_proxies(proxies).throttle(limits))
}

pub(crate) fn one_customer_of_many_networks_locks_nobody_out(on: Framework) {
    let app = behind_a_proxy(on);
    for network in 0..12 {
        for guess in 0..5 {
            let address = format!("2001:db8:7:{network:x}00::1");
            login_from(&app, &address, &format!("{network} {guess}"), WRONG);
        }
    }
    assert_eq!(login_from(&app, "2001:db8:7:f00::1", ALICE.name, ALICE.password), 429);
    assert_eq!(login_from(&app, "192.0.2.7", ALICE.name, ALICE.password), 200);
}

pub(crate) fn a_network_that_somebody_logged_in_from_goes_on(on: Framework) {
    let app = behind_a_proxy(on);
    let reply = app.try_login(ALICE.name, ALICE.password).header("X-Forwarded-For", "192.0.2.7").send();
    let cookie = known(&reply.expect(200));
    for network in 0..8 {
        for guess in 0..5 {
            login_from(&app, &format!("198.51.100.{network}"), &format!("{network} {guess}"), WRONG);
        }
    }
    for name in [BOB.name, "carol"] {
        assert_eq!(login_from(&app, "203.0.113.1", name, WRONG), 429, "{name}");
        assert_eq!(login_from(&app, "192.0.2.7", name, WRONG), 401, "{name}");
    }
    assert_eq!(login_from(&app, "203.0.113.1", BOB.name, BOB.password), 429);
    assert_eq!(login_from(&app, "192.0.2.7", BOB.name, BOB.password), 200);
    let reply = app.try_login(ALICE.name, ALICE.password).header("X-Forwarded-For", "203.0.113.1");
    reply.header("Cookie", &cookie).send().expect(200);
}
