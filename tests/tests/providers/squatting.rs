//! The whole of what a squatter can prepare, against every way in which the owner of the address can come (ATTACKS SQ-01, SQ-03).

use auth_core::account::Invitation;
use auth_core::provider::TrustedEmailDomains;
use conformance::{Framework, Pair, TestApp};
use serde_json::{Value, json};

use crate::rp::{ID, Rp};

const ADDRESS: &str = "victim@example.com";
const SQUATTERS: &str = "violet umbrella cactus seventeen";
const OWNERS: &str = "eleven quiet lanterns by the lake";

/// What a squatter has.
struct Prepared {
    session: String,
    pair: Pair,
    /// Tokens of links: to prove the address, to set another password, to log in; and to have another address.
    links: [String; 4],
}

fn post(app: &TestApp, path: &str, body: &Value) -> conformance::Reply {
    app.post(path).json(body).send()
}

fn mailed(app: &TestApp, path: &str) -> String {
    post(app, path, &json!({"email": ADDRESS})).expect(202);
    app.mailed_token(ADDRESS)
}

fn as_provider_says(rp: &Rp, subject: &str, is_proven: bool) {
    let claims = json!({"sub": subject, "email": ADDRESS, "email_verified": is_proven});
    rp.idp.set_claims(&claims);
}

fn squat(rp: &Rp) -> Prepared {
    let app = &rp.app;
    post(app, "/auth/register", &json!({"username": "squatter", "email": ADDRESS, "password": SQUATTERS}))
        .expect(202);
    let verify = app.mailed_token(ADDRESS);
    let session = app.try_login("squatter", SQUATTERS).send().expect(200).session().unwrap();
    as_provider_says(rp, "squatters", false);
    rp.link(&session).expect(303);
    let fields = [("grant_type", "password"), ("username", "squatter"), ("password", SQUATTERS)];
    let tokens = app.post("/auth/token").form(&fields).send().expect(200).json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (reset, magic) = (mailed(app, "/auth/password/forgot"), mailed(app, "/auth/magic-link"));
    let away = json!({"email": "squatter@example.com"});
    app.post("/auth/email/change").session(&session).json(&away).send().expect(202);
    let moved = app.mailed_token("squatter@example.com");
    let pair = Pair { access: text("access_token"), refresh: text("refresh_token") };
    Prepared { session, pair, links: [verify, reset, magic, moved] }
}

fn nothing_opens(rp: &Rp, prepared: &Prepared, owners: &str) {
    let app = &rp.app;
    assert!(!app.is_logged_in(&prepared.session));
    app.try_refresh(&prepared.pair.refresh).send().oauth(400, "invalid_grant");
    app.get("/api").bearer(&prepared.pair.access).send().problem(401, "invalid_token");
    for login in ["squatter", ADDRESS] {
        app.try_login(login, SQUATTERS).send().problem(401, "invalid_credentials");
    }
    for token in &prepared.links {
        for (path, body) in [
            ("/auth/email/verify", json!({"token": token})),
            ("/auth/email/verify", json!({"token": token, "password": SQUATTERS})),
            ("/auth/password/reset", json!({"token": token, "new_password": SQUATTERS})),
            ("/auth/magic-link/confirm", json!({"token": token})),
        ] {
            post(app, path, &body).problem(400, "invalid_token_link");
        }
    }
    as_provider_says(rp, "squatters", false);
    assert_ne!(rp.id(&rp.log_in()), owners, "their account at the provider opens another one");
    let user = app.block_on(app.auth.users().find(ADDRESS)).unwrap().unwrap();
    assert!(user.id.as_str() == owners && user.email_verified);
}

/// A way in which the owner comes; the session that they have then, if it gives them one.
type Arrival = fn(&Rp, &Prepared) -> Option<String>;

const ARRIVALS: [(&str, Arrival); 5] = [
    ("by the link that proves the address", |rp, prepared| {
        post(&rp.app, "/auth/email/verify", &json!({"token": prepared.links[0]})).expect(204);
        None
    }),
    ("by a new password", |rp, _| {
        let token = mailed(&rp.app, "/auth/password/forgot");
        post(&rp.app, "/auth/password/reset", &json!({"token": token, "new_password": OWNERS})).expect(204);
        rp.app.try_login(ADDRESS, OWNERS).send().expect(200).session()
    }),
    ("by mail", |rp, _| {
        let token = mailed(&rp.app, "/auth/magic-link");
        post(&rp.app, "/auth/magic-link/confirm", &json!({"token": token})).expect(200).session()
    }),
    ("by a provider", |rp, _| {
        as_provider_says(rp, "victims", true);
        Some(rp.log_in())
    }),
    ("by an invitation", |rp, _| {
        let app = &rp.app;
        app.block_on(app.auth.accounts().invite(&Invitation::to(ADDRESS).unwrap())).unwrap();
        let mail = app.mails_to(ADDRESS).pop().unwrap();
        let (_, rest) = mail.text().split_once("?invitation=").unwrap();
        let token = rest.split_whitespace().next().unwrap();
        let form = json!({"invitation": token, "username": "victim", "password": OWNERS});
        post(app, "/auth/register", &form).expect(201).session()
    }),
];

fn prepared_is_void(rp: &Rp, name: &str, arrive: Arrival) {
    let prepared = squat(rp);
    let squatters = rp.id(&prepared.session);
    let owners = arrive(rp, &prepared);
    if let Some(session) = &owners {
        assert_eq!(rp.id(session), squatters, "{name}: the account is the owner's");
    }
    nothing_opens(rp, &prepared, &squatters);
    assert!(owners.is_none_or(|session| rp.app.is_logged_in(&session)), "{name}");
}

pub(crate) fn nothing_that_a_squatter_prepared_opens_anything(on: Framework) {
    for (name, arrive) in ARRIVALS {
        prepared_is_void(
            &Rp::start_with(on, |entry| entry.trusted_email_domains(TrustedEmailDomains::All)),
            name,
            arrive,
        );
    }
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    for (name, arrive) in ARRIVALS {
        let trusted = |entry: auth_core::provider::ProviderConfig| {
            entry.trusted_email_domains(TrustedEmailDomains::All)
        };
        prepared_is_void(&Rp::start_on_sqlite_with(on, trusted), name, arrive);
    }
}

pub(crate) fn a_link_that_was_begun_before_the_proof_comes_too_late(on: Framework) {
    let rp = Rp::start_with(on, |entry| entry.trusted_email_domains(TrustedEmailDomains::All));
    let prepared = squat(&rp);
    as_provider_says(&rp, "squatters second", false);
    let begun = rp.begin_by(rp.start_of(ID, &[("link", "true")]).session(&prepared.session));
    let back = rp.idp.authorize(&begun.location);
    let token = mailed(&rp.app, "/auth/password/forgot");
    post(&rp.app, "/auth/password/reset", &json!({"token": token, "new_password": OWNERS})).expect(204);
    let target = format!("/auth/login/{ID}/callback?{back}");
    let cookies = [("session", prepared.session.as_str()), ("session-login", begun.browser.as_str())];
    let late = rp.app.get(&target).cookies(&cookies).send();
    assert!(late.status >= 400, "{}", late.status);
    let owner = rp.app.block_on(rp.app.auth.users().find(ADDRESS)).unwrap().unwrap();
    assert!(rp.app.block_on(rp.app.auth.providers().linked_accounts(&owner.id)).unwrap().is_empty());
}
