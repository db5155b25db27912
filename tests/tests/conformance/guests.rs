//! Guests, and what becomes of them.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::account::{EmailVerification, Registration};
use auth_core::throttle::{Limit, ThrottleConfig};
use auth_core::user::{Applicant, EndingCause, Ruling, SignUpRules};
use auth_core::{Error, UserId};
use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::json;

const ADDRESS: &str = "carol@example.com";
const PASSWORD: &str = "violet umbrella cactus seventeen";

fn is_in(app: &TestApp, session: &str) -> bool {
    app.get("/auth/me").session(session).send().status == 200
}

/// A guest's session and id.
fn guest(app: &TestApp) -> (String, String) {
    let reply = app.post("/guest").send().expect(200);
    let id = reply.text().split_once(' ').unwrap().0.to_owned();
    (reply.session().unwrap(), id)
}

fn register(app: &TestApp, session: &str, username: &str, email: &str) -> Reply {
    let form = json!({"username": username, "email": email, "password": PASSWORD});
    app.post("/auth/register").session(session).json(&form).send()
}

fn times(app: &TestApp, session: &str) -> String {
    app.post("/guest").session(session).send().expect(200).text()
}

pub(crate) fn a_guest_has_an_account_and_nothing_to_come_back_by(on: Framework) {
    let app = on.start_by_hand();
    let (session, id) = guest(&app);
    assert_eq!(times(&app, &session), format!("{id} 2"), "a guest stays the same one");
    let user = app.get("/auth/me").session(&session).send().expect(200).json()["user"].clone();
    assert_eq!((&user["email"], &user["email_verified"]), (&json!(null), &json!(false)));
    assert!(user["username"].as_str().unwrap().starts_with("guest-"));
    app.post("/auth/password/forgot").json(&json!({"email": "guest@example.com"})).send().expect(202);
    assert_eq!(app.mail_count(), 0);
    let (_, other) = guest(&app);
    assert_ne!(id, other);
    let foreign = app.post("/guest").header("Origin", "https://evil.example");
    foreign.send().problem(403, "csrf_failed");
}

pub(crate) fn who_registers_out_of_it_keeps_the_account(on: Framework) {
    let app = on.start_by_hand();
    let (session, id) = guest(&app);
    let reply = register(&app, &session, "carol", ADDRESS).expect(202);
    let renewed = reply.session().unwrap();
    assert!(renewed != session && !is_in(&app, &session), "a new session id");
    assert_eq!(times(&app, &renewed), format!("{id} 2"), "the same account, and the values of the session");
    let carol = app.block_on(app.auth.users().find("carol")).unwrap().unwrap();
    assert_eq!((carol.id.as_str(), carol.ending, carol.email_verified), (id.as_str(), None, false));
    let again = app.try_login("carol", PASSWORD).send().expect(200).session().unwrap();
    let proof = json!({"token": app.mailed_token(ADDRESS)});
    app.post("/auth/email/verify").session(&again).json(&proof).send().expect(204);
    let user = app.get("/auth/me").session(&again).send().expect(200).json()["user"].clone();
    assert_eq!(
        (&user["id"], &user["email"], &user["email_verified"]),
        (&json!(id), &json!(ADDRESS), &json!(true))
    );
}

pub(crate) fn whether_the_address_is_taken_is_not_told(on: Framework) {
    let app = on.start_by_hand();
    let (free, taken) = (guest(&app).0, guest(&app).0);
    let free = register(&app, &free, "carol", ADDRESS).expect(202);
    let taken = register(&app, &taken, "dave", "alice@example.com").expect(202);
    let me = |reply: &Reply| {
        app.get("/auth/me").session(&reply.session().unwrap()).send().json()["user"]["email"].clone()
    };
    assert_eq!((me(&free), me(&taken)), (json!(null), json!(null)));
    assert!(app.mails_to("alice@example.com").pop().unwrap().subject().contains("you have an account"));
}

pub(crate) fn what_is_refused_leaves_the_guest_as_it_was(on: Framework) {
    let app = on.start_by_hand();
    let (session, id) = guest(&app);
    register(&app, &session, ALICE.name, ADDRESS).problem(422, "already_exists");
    register(&app, &session, "a@b", ADDRESS).problem(400, "invalid_request");
    let weak = json!({"username": "carol", "email": ADDRESS, "password": "short"});
    app.post("/auth/register").session(&session).json(&weak).send().problem(422, "weak_password");
    assert_eq!(times(&app, &session), format!("{id} 2"));
    register(&app, &session, "carol", ADDRESS).expect(202);
    // Whoever is no guest makes an account beside their own.
    let alices = app.login(ALICE);
    register(&app, &alices, "dave", "dave@example.com").expect(202);
    assert!(is_in(&app, &alices));
}

pub(crate) fn who_is_logged_in_stays_so(on: Framework) {
    let app = on.start_by_hand();
    let reply = app.post("/guest").session(&app.login(ALICE)).send().expect(200);
    assert!(reply.session().is_none() && reply.text().starts_with(app.user(ALICE).id.as_str()));
}

pub(crate) fn guests_go_after_their_time(on: Framework) {
    let app = on.start_by_hand();
    let (guest, kept) = (guest(&app), guest(&app));
    register(&app, &kept.0, "carol", ADDRESS).expect(202);
    let day = Duration::from_secs(24 * 60 * 60);
    app.clock.advance(89 * day);
    app.block_on(app.auth.remove_expired()).unwrap();
    app.clock.advance(day);
    app.block_on(app.auth.remove_expired()).unwrap();
    let find = |id: &str| app.block_on(app.auth.users().get(&UserId::new(id))).unwrap();
    assert!(find(&kept.1).is_some() && find(&guest.1).is_none());
    assert!(!is_in(&app, &guest.0));
}

pub(crate) fn who_signed_up_and_never_came_goes_too(on: Framework) {
    let app = on.start();
    for name in ["carol", "dave", "erin"] {
        let form = json!({"username": name, "email": format!("{name}@example.com"), "password": PASSWORD});
        app.post("/auth/register").json(&form).send().expect(202);
    }
    app.try_login("dave", PASSWORD).send().expect(200);
    let proof = json!({"token": app.mailed_token("erin@example.com")});
    app.post("/auth/email/verify").json(&proof).send().expect(204);
    let find = |name: &str| app.block_on(app.auth.users().find(name)).unwrap();
    assert_eq!(find("carol").unwrap().ending.map(|ending| ending.cause), Some(EndingCause::Unproven));
    let day = Duration::from_secs(24 * 60 * 60);
    app.clock.advance(29 * day);
    app.block_on(app.auth.remove_expired()).unwrap();
    assert!(find("carol").is_some());
    app.clock.advance(day);
    app.block_on(app.auth.remove_expired()).unwrap();
    assert!(find("carol").is_none() && find("alice").is_some());
    let end = |name: &str| find(name).unwrap().ending.and_then(|ending| ending.comes_at());
    assert_eq!([end("dave"), end("erin")], [None, None], "they are used");
    app.clock.advance(400 * day);
    app.block_on(app.auth.remove_expired()).unwrap();
    assert!(find("dave").is_some() && find("erin").is_some());
    let form = json!({"username": "carol", "email": ADDRESS, "password": PASSWORD});
    app.post("/auth/register").json(&form).send().expect(202);
    assert!(find("carol").is_some());
}

/// Puts the people of one company into a group, whoever says that they are.
#[derive(Debug)]
struct OfOneCompany;

#[async_trait]
impl SignUpRules for OfOneCompany {
    async fn rule(&self, applicant: Applicant<'_>) -> Result<Ruling, Error> {
        Ok(match applicant.email {
            Some(email) if email.canonical().ends_with("@ours.example") => Ruling::allow_in(["ours"]),
            _ => Ruling::allow(),
        })
    }
}

pub(crate) fn an_address_that_was_typed_gives_nothing(on: Framework) {
    let wanted = EmailVerification::BeforeLogin;
    let app = on.start_by_hand_with(|builder| builder.sign_up_rules(OfOneCompany).email_verification(wanted));
    let (session, id) = guest(&app);
    let renewed = register(&app, &session, "carol", "boss@ours.example").expect(202).session().unwrap();
    let carol = || app.block_on(app.auth.users().get(&UserId::new(&*id))).unwrap().unwrap();
    assert!(carol().is_guest() && carol().groups.is_empty());
    app.try_login("carol", PASSWORD).send().problem(401, "invalid_credentials");
    assert!(is_in(&app, &renewed), "a guest goes on as one");
    let proof = json!({"token": app.mailed_token("boss@ours.example")});
    app.post("/auth/email/verify").session(&renewed).json(&proof).send().expect(204);
    assert!(!carol().is_guest() && carol().email_verified);
    app.try_login("carol", PASSWORD).send().expect(200);
}

pub(crate) fn an_address_alone_makes_nobody_of_them(on: Framework) {
    let app = on.start_by_hand_with(|builder| builder.registration(Registration::Closed));
    let (session, _) = guest(&app);
    let away = json!({"email": ADDRESS});
    app.post("/auth/email/change").session(&session).json(&away).send().problem(403, "permission_denied");
    register(&app, &session, "carol", ADDRESS).problem(403, "registration_closed");
    assert_eq!(app.mail_count(), 0);
}

pub(crate) fn a_network_makes_only_so_many(on: Framework) {
    let few = ThrottleConfig::default().network([Limit::new(2, Duration::from_secs(60))]);
    let app = on.start_by_hand_with(|builder| builder.throttle(few));
    let (session, _) = guest(&app);
    guest(&app);
    app.post("/guest").send().problem(429, "too_many_attempts");
    times(&app, &session);
}

pub(crate) fn where_it_is_told_who_exists_a_taken_address_is_refused(on: Framework) {
    let app = on.start_by_hand_with(|builder| builder.registration(Registration::OpenTellingWhoExists));
    let (session, id) = guest(&app);
    let refused = register(&app, &session, "carol", "alice@example.com").problem(422, "already_exists");
    assert!(refused.json()["detail"].as_str().unwrap().contains("address"), "{refused:?}");
    assert!(app.mails_to("alice@example.com").pop().unwrap().subject().contains("you have an account"));
    assert_eq!(times(&app, &session), format!("{id} 2"), "they are the guest that they were");
    register(&app, &session, "carol", ADDRESS).expect(201);
}
