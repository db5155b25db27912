//! Accounts that somebody prepared under an address that is not theirs (ATTACKS SQ-01): whatever the squatter set up opens nothing once
//! the owner of the address has come.

use auth_core::throttle::ThrottleConfig;
use conformance::{Framework, Pair, Reply, TestApp};
use serde_json::json;

use super::races::at_once;

const ADDRESS: &str = "victim@example.com";
const SQUATTERS: &str = "violet umbrella cactus seventeen";
const OWNERS: &str = "eleven quiet lanterns by the lake";

/// What a squatter has.
struct Prepared {
    session: String,
    pair: Pair,
    browser: String,
    token: String,
}

/// A squatter signs up under somebody else's address, logs in and gets tokens. The mail is the owner's.
fn squat(app: &TestApp) -> Prepared {
    let form = json!({"username": "squatter", "email": ADDRESS, "password": SQUATTERS});
    let reply = app.post("/auth/register").json(&form).send().expect(202);
    let session = app.try_login("squatter", SQUATTERS).send().expect(200).session().unwrap();
    let fields = [("grant_type", "password"), ("username", "squatter"), ("password", SQUATTERS)];
    let tokens = app.post("/auth/token").form(&fields).send().expect(200).json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let pair = Pair { access: text("access_token"), refresh: text("refresh_token") };
    let browser = format!("session-signup={}", reply.cookie("session-signup").unwrap());
    Prepared { session, pair, browser, token: app.mailed_token(ADDRESS) }
}

fn verify(app: &TestApp, body: &serde_json::Value) -> conformance::Request {
    app.post("/auth/email/verify").json(body)
}

fn nothing_opens(app: &TestApp, Prepared { session, pair, .. }: &Prepared) {
    assert!(!app.is_logged_in(session));
    app.try_refresh(&pair.refresh).send().oauth(400, "invalid_grant");
    app.get("/api").bearer(&pair.access).send().problem(401, "invalid_token");
    for login in ["squatter", ADDRESS] {
        app.try_login(login, SQUATTERS).send().problem(401, "invalid_credentials");
    }
}

fn is_the_owners(app: &TestApp) {
    let session = app.try_login(ADDRESS, OWNERS).send().expect(200).session().unwrap();
    let user = &app.get("/auth/me").session(&session).send().expect(200).json()["user"];
    assert_eq!((&user["email"], &user["email_verified"]), (&json!(ADDRESS), &json!(true)));
}

fn reset(app: &TestApp, token: &str) -> Reply {
    app.post("/auth/password/reset").json(&json!({"token": token, "new_password": OWNERS})).send()
}

pub(crate) fn a_reset_leaves_a_squatter_nothing(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    reset(&app, &app.mailed_token(ADDRESS)).expect(204);
    nothing_opens(&app, &prepared);
    is_the_owners(&app);
    let late = verify(&app, &json!({"token": prepared.token})).header("Cookie", &prepared.browser);
    late.send().problem(400, "invalid_token_link");
}

pub(crate) fn a_login_by_mail_leaves_a_squatter_nothing(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    app.post("/auth/magic-link").json(&json!({"email": ADDRESS})).send().expect(202);
    let token = json!({"token": app.mailed_token(ADDRESS)});
    let owners = app.post("/auth/magic-link/confirm").json(&token).send().expect(200).session().unwrap();
    nothing_opens(&app, &prepared);
    assert!(app.is_logged_in(&owners));
}

pub(crate) fn what_a_squatter_has_in_flight_ends_too(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    for path in ["/auth/password/forgot", "/auth/magic-link"] {
        app.post(path).json(&json!({"email": ADDRESS})).send().expect(202);
    }
    let away = json!({"email": "squatter@example.com"});
    app.post("/auth/email/change").session(&prepared.session).json(&away).send().expect(202);
    let pending = app.mailed_token("squatter@example.com");
    verify(&app, &json!({"token": prepared.token})).send().expect(204);
    nothing_opens(&app, &prepared);
    let moved = verify(&app, &json!({"token": pending, "password": SQUATTERS}));
    moved.send().problem(400, "invalid_token_link");
    let fields = [("current_password", SQUATTERS), ("new_password", OWNERS)];
    let change = app.post("/auth/password/change").session(&prepared.session).form(&fields);
    change.send().problem(401, "unauthenticated");
}

pub(crate) fn a_proof_in_another_browser_leaves_a_squatter_nothing(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    verify(&app, &json!({"token": prepared.token})).send().expect(204);
    nothing_opens(&app, &prepared);
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    reset(&app, &app.mailed_token(ADDRESS)).expect(204);
    is_the_owners(&app);
}

pub(crate) fn a_proof_in_another_browser_leads_a_person_to_a_password_of_their_own(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    let page = app.get(&format!("/auth/email/verify?token={}", prepared.token)).browser().send().expect(200);
    assert!(page.text().contains("name=\"password\""), "whoever has signed up can say so");
    let form = app.post("/auth/email/verify").browser().form(&[("token", &prepared.token), ("password", "")]);
    let reply = form.send().expect(303);
    let location = reply.header("location").unwrap();
    let token = location.strip_prefix("/auth/password/reset?token=").unwrap();
    nothing_opens(&app, &prepared);
    reset(&app, token).expect(204);
    is_the_owners(&app);
}

pub(crate) fn whoever_signed_up_keeps_what_they_have(on: Framework) {
    for by in ["browser", "session", "password", "token"] {
        let app = on.start();
        let Prepared { session, pair, browser, token } = squat(&app);
        let request = match by {
            "browser" => verify(&app, &json!({"token": token})).header("Cookie", &browser),
            "session" => verify(&app, &json!({"token": token})).session(&session),
            "token" => verify(&app, &json!({"token": token})).bearer(&pair.access),
            _ => verify(&app, &json!({"token": token, "password": SQUATTERS})),
        };
        request.send().expect(204);
        assert!(app.is_logged_in(&session), "{by}");
        app.try_refresh(&pair.refresh).send().expect(200);
        app.try_login(ADDRESS, SQUATTERS).send().expect(200);
    }
}

pub(crate) fn a_wrong_password_proves_nothing_and_uses_nothing_up(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    let wrong = json!({"token": prepared.token, "password": OWNERS});
    verify(&app, &wrong).send().problem(401, "invalid_credentials");
    assert!(app.is_logged_in(&prepared.session));
    verify(&app, &json!({"token": prepared.token})).send().expect(204);
    nothing_opens(&app, &prepared);
}

pub(crate) fn somebody_elses_session_is_no_proof(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    let alices = app.login(conformance::ALICE);
    verify(&app, &json!({"token": prepared.token})).session(&alices).send().expect(204);
    nothing_opens(&app, &prepared);
    assert!(app.is_logged_in(&alices));
}

pub(crate) fn a_squatter_who_asks_for_the_link_again_gains_nothing(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    let again = app.post("/auth/email/resend").header("Cookie", &prepared.browser);
    again.json(&json!({"email": ADDRESS})).send().expect(202);
    let token = app.mailed_token(ADDRESS);
    assert_ne!(token, prepared.token);
    verify(&app, &json!({"token": token})).send().expect(204);
    nothing_opens(&app, &prepared);
}

/// What a squatter sends at the same moment at which the owner's proof is written (ATTACKS SQ-02): it fails or is undone.
pub(crate) fn what_is_sent_at_the_moment_of_the_proof_does_not_survive_it(on: Framework) {
    let app = on.start_with(|builder| builder.throttle(ThrottleConfig::insecure_off()));
    for round in 0..25 {
        let (name, address) = (format!("squatter{round}"), format!("victim{round}@example.com"));
        let form = json!({"username": name, "email": address, "password": SQUATTERS});
        app.post("/auth/register").json(&form).send().expect(202);
        let login = || app.try_login(&name, SQUATTERS).send().expect(200).session().unwrap();
        let (session, other) = (login(), login());
        let link = || {
            app.post("/auth/password/forgot").json(&json!({"email": address})).send().expect(202);
            json!({"token": app.mailed_token(&address), "new_password": OWNERS})
        };
        let (proof, change) =
            (link(), [("current_password", SQUATTERS), ("new_password", "a third phrase of theirs")]);
        let requests = vec![
            app.post("/auth/password/reset").json(&proof),
            app.post("/auth/password/change").session(&session).form(&change),
            app.post("/auth/account").session(&other).json(&json!({"first_name": "Mallory"})),
            app.try_login(&name, SQUATTERS),
        ];
        let replies = at_once(requests);
        if replies[0].status != 204 {
            // Their change came first, and voids what was mailed before: the owner asks again.
            assert_eq!(replies[0].status, 400);
            app.post("/auth/password/reset").json(&link()).send().expect(204);
        }
        let begun = replies.iter().filter_map(Reply::session).chain([session, other]);
        assert!(begun.into_iter().all(|session| !app.is_logged_in(&session)), "{round}");
        for password in [SQUATTERS, "a third phrase of theirs"] {
            app.try_login(&address, password).send().problem(401, "invalid_credentials");
        }
        app.try_login(&address, OWNERS).send().expect(200);
    }
}

pub(crate) fn what_a_squatter_chose_of_the_profile_goes(on: Framework) {
    let app = on.start();
    let prepared = squat(&app);
    let name = json!({"first_name": "Mallory", "last_name": "Owns you"});
    app.post("/auth/account").session(&prepared.session).json(&name).send().expect(200);
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    reset(&app, &app.mailed_token(ADDRESS)).expect(204);
    let owner = app.block_on(app.auth.users().find(ADDRESS)).unwrap().unwrap();
    assert_eq!((owner.first_name.as_str(), owner.last_name.as_str()), ("", ""));
}
