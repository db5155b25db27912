//! What the reference says of the routes of providers: how they refuse, and where a browser goes on.

use std::time::Duration;

use auth_core::provider::SignUpPolicy;
use auth_core::user::{UserId, UserUpdate};
use conformance::{ALICE, BOB, Framework, Idp, Reply, Trigger, assert_refusals};
use serde_json::json;

use crate::accounts::prove_address;
use crate::rp::{ID, Rp, entry};

/// The route that disconnects the account at the provider from that of the session.
fn account_of(rp: &Rp, session: &str) -> String {
    let accounts = rp.app.get("/auth/accounts").session(session).send().expect(200).json();
    format!("/auth/accounts/{ID}/{}", accounts["accounts"][0]["id"].as_str().unwrap())
}

fn disconnect_the_last(rp: &Rp, method: &str, twin: &str) -> Reply {
    let jane = rp.log_in();
    rp.app.request(method, &format!("{}{twin}", account_of(rp, &jane))).session(&jane).send()
}

fn disconnect_nothing(rp: &Rp, method: &str, twin: &str) -> Reply {
    let target = format!("/auth/accounts/{ID}/none{twin}");
    rp.app.request(method, &target).session(&rp.app.login(ALICE)).send()
}

/// So often that the limit of a network is passed.
fn flood(send: impl Fn() -> Reply) -> Reply {
    (0..200).map(|_| send()).find(|reply| reply.status == 429).expect("a network is limited")
}

const REFUSALS: &[Trigger<Rp>] = &[
    ("GET /auth/login/{provider}", 404, "not_found", |rp| rp.app.get("/auth/login/nowhere").send()),
    ("GET /auth/login/{provider}", 401, "reauthentication_required", |rp| {
        let target = format!("/auth/login/{ID}?reauthenticate=true");
        rp.app.get(&target).session(&rp.app.login(ALICE)).send()
    }),
    ("POST /auth/login/{provider}", 401, "reauthentication_required", |rp| {
        rp.start_of(ID, &[("reauthenticate", "true")]).session(&rp.app.login(ALICE)).send()
    }),
    ("POST /auth/login/{provider}", 404, "not_found", |rp| rp.start_of("nowhere", &[]).send()),
    ("POST /auth/login/{provider}", 400, "provider_error", |rp| {
        rp.idp.lie("/.well-known/openid-configuration", |_, _| conformance::Answer::json(500, &json!({})));
        rp.start_of(ID, &[]).send()
    }),
    ("POST /auth/login/{provider}", 429, "too_many_attempts", |rp| flood(|| rp.start_of(ID, &[]).send())),
    ("GET /auth/login/{provider}/callback", 400, "state_mismatch", |rp| {
        rp.app.get(&format!("/auth/login/{ID}/callback?code=x&state=y")).send()
    }),
    ("GET /auth/login/{provider}/callback", 400, "provider_error", |rp| {
        let begun = rp.begin();
        rp.come_back(&begun, &format!("error=access_denied&state={}&iss={}", begun.state(), rp.idp.issuer()))
    }),
    ("GET /auth/login/{provider}/callback", 401, "invalid_credentials", |rp| {
        let mut update = UserUpdate::default();
        update.is_active = Some(false);
        let id = UserId::new(rp.id(&rp.log_in()));
        rp.app.block_on(rp.app.auth.users().update(&id, update)).unwrap();
        rp.try_login()
    }),
    ("GET /auth/login/{provider}/callback", 401, "reauthentication_required", |rp| {
        let alice = rp.app.login(ALICE);
        let begun = rp.begin_by(rp.start_of(ID, &[("link", "true")]).session(&alice));
        let back = rp.idp.authorize(&begun.location);
        for clock in [&rp.app.clock, rp.idp.clock()] {
            clock.advance(Duration::from_secs(301));
        }
        let target = format!("/auth/login/{ID}/callback?{back}");
        rp.app.get(&target).cookies(&[("session", &alice), ("session-login", &begun.browser)]).send()
    }),
    ("GET /auth/login/{provider}/callback", 403, "sign_up_closed", |rp| {
        let begun = rp.begin_by(rp.start_of("closed", &[]));
        let target = format!("/auth/login/closed/callback?{}", rp.idp.authorize(&begun.location));
        rp.app.get(&target).cookies(&[("session-login", &begun.browser)]).send()
    }),
    ("GET /auth/login/{provider}/callback", 404, "not_found", |rp| {
        rp.app.get("/auth/login/nowhere/callback?code=x&state=y").send()
    }),
    ("GET /auth/login/{provider}/callback", 409, "link_required", |rp| {
        prove_address(&rp.app, ALICE);
        rp.idp.set_claims(&json!({"sub": "1001", "email": "alice@example.com", "email_verified": true}));
        rp.try_login()
    }),
    ("GET /auth/login/{provider}/callback", 422, "already_exists", |rp| {
        rp.link(&rp.app.login(ALICE)).expect(303);
        rp.link(&rp.app.login(BOB))
    }),
    ("POST /auth/login/{provider}/callback", 404, "not_found", |rp| {
        rp.app.post("/auth/login/nowhere/callback").form(&[("state", "y")]).send()
    }),
    ("POST /auth/login/{provider}/callback", 429, "too_many_attempts", |rp| {
        let target = format!("/auth/login/{ID}/callback");
        flood(|| rp.app.post(&target).form(&[("state", "y")]).send())
    }),
    ("POST /auth/login/{provider}/backchannel-logout", 400, "invalid_request", |rp| {
        let target = format!("/auth/login/{ID}/backchannel-logout");
        rp.app.post(&target).form(&[("logout_token", "x")]).send()
    }),
    ("POST /auth/login/{provider}/backchannel-logout", 404, "not_found", |rp| {
        rp.app.post("/auth/login/nowhere/backchannel-logout").form(&[("logout_token", "x")]).send()
    }),
    ("DELETE /auth/accounts/{provider}/{id}", 404, "not_found", |rp| disconnect_nothing(rp, "DELETE", "")),
    ("DELETE /auth/accounts/{provider}/{id}", 409, "last_login_method", |rp| {
        disconnect_the_last(rp, "DELETE", "")
    }),
    ("POST /auth/accounts/{provider}/{id}/delete", 404, "not_found", |rp| {
        disconnect_nothing(rp, "POST", "/delete")
    }),
    ("POST /auth/accounts/{provider}/{id}/delete", 409, "last_login_method", |rp| {
        disconnect_the_last(rp, "POST", "/delete")
    }),
];

/// The provider twice: once nobody signs up by it.
fn start(on: Framework) -> Rp {
    let idp = Idp::start();
    let closed = entry("closed", &idp).sign_up(SignUpPolicy::Closed);
    let open = entry(ID, &idp);
    Rp::with(on, idp, |builder| builder.providers([open, closed]))
}

pub(crate) fn each_route_refuses_as_the_page_says(on: Framework) {
    assert_refusals(REFUSALS, || start(on), |path| path.contains("{provider}"));
}

pub(crate) fn a_logout_token_that_is_missing_is_named(on: Framework) {
    let rp = Rp::start(on);
    let reply = rp.app.post(&format!("/auth/login/{ID}/backchannel-logout")).form(&[]).send();
    assert!(reply.oauth(400, "invalid_request").text().contains("logout_token"));
}
