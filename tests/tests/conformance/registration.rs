//! Making an account, and proving its address (OWASP ASVS 5.0 sections 6.3.8 and 6.4; ATTACKS EN-08).

use std::time::Duration;

use auth_core::account::{EmailVerification, Registration};
use conformance::{ALICE, Framework, Person, Reply, TestApp};
use serde_json::{Value, json};

const PASSWORD: &str = "violet umbrella cactus seventeen";

fn sign_up(app: &TestApp, username: &str, email: &str) -> Reply {
    app.post("/auth/register")
        .json(&json!({"username": username, "email": email, "password": PASSWORD}))
        .send()
}

fn verify(app: &TestApp, token: &str, browser: Option<&str>) -> Reply {
    let request = app.post("/auth/email/verify").json(&json!({"token": token}));
    match browser {
        Some(cookie) => request.header("Cookie", cookie).send(),
        None => request.send(),
    }
}

/// The cookie of the browser in which somebody signed up, as it is sent back.
fn browser(reply: &Reply) -> String {
    format!("session-signup={}", reply.cookie("session-signup").unwrap())
}

fn me(app: &TestApp, login: &str) -> Value {
    let session = app.try_login(login, PASSWORD).send().expect(200).session().unwrap();
    app.get("/auth/me").session(&session).send().expect(200).json()["user"].clone()
}

pub(crate) fn somebody_signs_up_and_proves_the_address(on: Framework) {
    let app = on.start();
    let reply = sign_up(&app, "carol", "Carol@example.com").expect(202);
    assert!(reply.body.is_empty() && reply.session().is_none());
    let user = me(&app, "carol");
    assert_eq!((&user["email"], &user["email_verified"]), (&json!("Carol@example.com"), &json!(false)));
    let token = app.mailed_token("Carol@example.com");
    verify(&app, &token, Some(&browser(&reply))).expect(204);
    assert_eq!(me(&app, "carol@EXAMPLE.com")["email_verified"], json!(true));
    verify(&app, &token, Some(&browser(&reply))).problem(400, "invalid_token_link");
    assert_eq!(app.mail_count(), 1);
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    let app = on.start_on_sqlite();
    let reply = sign_up(&app, "carol", "carol@example.com").expect(202);
    let token = app.mailed_token("carol@example.com");
    verify(&app, &token, Some(&browser(&reply))).expect(204);
    assert_eq!(me(&app, "carol")["email_verified"], json!(true));
}

pub(crate) fn a_browser_is_led_through_it(on: Framework) {
    let app = on.start();
    let page = app.get("/auth/register?next=/private").browser().send().expect(200).text();
    assert!(
        page.contains(r#"name="next" value="/private""#) && page.contains(r#"autocomplete="new-password""#)
    );
    let fields =
        [("username", "carol"), ("email", "carol@example.com"), ("password", PASSWORD), ("next", "/private")];
    let reply = app.post("/auth/register").browser().form(&fields).send().redirect("/auth/register/sent");
    app.get("/auth/register/sent").browser().send().expect(200);
    let token = app.mailed_token("carol@example.com");
    let target = format!("/auth/email/verify?token={token}");
    let page = app.get(&target).browser().header("Cookie", browser(&reply)).send().expect(200);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.text().contains(&token) && !page.text().contains("name=\"password\""));
    // A scanner that opens links does no harm.
    app.get(&target).browser().send().expect(200);
    let confirm = app.post("/auth/email/verify").browser().form(&[("token", &token)]);
    confirm.header("Cookie", browser(&reply)).send().redirect("/private");
}

pub(crate) fn a_taken_address_answers_as_a_free_one_and_its_owner_is_told(on: Framework) {
    let app = on.start();
    let free = sign_up(&app, "carol", "carol@example.com").expect(202);
    let taken = sign_up(&app, "dave", "ALICE@example.com").expect(202);
    let names = |reply: &Reply| reply.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&free), &free.body), (names(&taken), &taken.body));
    app.try_login("dave", PASSWORD).send().problem(401, "invalid_credentials");
    let told = app.mails_to("alice@example.com");
    assert_eq!(told.len(), 1, "her address as it is stored");
    assert!(told[0].text().contains("alice") && told[0].text().contains("/auth/password/forgot"));
    assert!(!told[0].text().contains("token="));
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn a_name_that_was_tried_tells_nothing_of_the_address(on: Framework) {
    let app = on.start();
    sign_up(&app, "carol", "carol@example.com").expect(202);
    sign_up(&app, "dave", "alice@example.com").expect(202);
    for name in ["carol", "Dave"] {
        sign_up(&app, name, "new@example.com").problem(422, "already_exists");
    }
}

pub(crate) fn a_refused_password_leaves_the_name_free(on: Framework) {
    let app = on.start();
    let weak = json!({"username": "carol", "email": "carol@example.com", "password": "123456"});
    app.post("/auth/register").json(&weak).send().problem(422, "weak_password");
    sign_up(&app, "carol", "carol@example.com").expect(202);
}

pub(crate) fn a_taken_name_is_422_and_nothing_is_mailed(on: Framework) {
    let app = on.start();
    for email in ["carol@example.com", "alice@example.com"] {
        sign_up(&app, "Alice", email).problem(422, "already_exists");
    }
    let fields = [("username", "alice"), ("email", "carol@example.com"), ("password", PASSWORD)];
    let page = app.post("/auth/register").browser().form(&fields).send().expect(422).text();
    assert!(page.contains("carol@example.com") && !page.contains(PASSWORD));
    assert_eq!(app.mail_count(), 0);
}

pub(crate) fn what_cannot_be_is_refused_by_its_field(on: Framework) {
    let app = on.start();
    for (username, email) in [
        ("a@b", "carol@example.com"),
        ("", "carol@example.com"),
        ("carol", "carol"),
        ("carol", "a@b@c.example"),
        ("carol", "carol@example.com\r\nBcc: v@x.example"),
        ("carol", "\"carol\"@example.com"),
    ] {
        sign_up(&app, username, email).problem(400, "invalid_request");
    }
    let weak = json!({"username": "carol", "email": "carol@example.com", "password": "carol carol carol"});
    let refused = app.post("/auth/register").json(&weak).send().problem(422, "weak_password");
    assert!(!refused.json()["violations"].as_array().unwrap().is_empty());
    let twice = "username=carol&email=a%40x.example&email=b%40x.example&password=x";
    app.post("/auth/register")
        .body("application/x-www-form-urlencoded", twice)
        .send()
        .problem(400, "invalid_request");
    assert_eq!(app.mail_count(), 0);
}

pub(crate) fn another_site_signs_nobody_up(on: Framework) {
    let app = on.start();
    let form = json!({"username": "carol", "email": "carol@example.com", "password": PASSWORD});
    for (name, value) in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        app.post("/auth/register").header(name, value).json(&form).send().problem(403, "csrf_failed");
    }
    assert_eq!(app.mail_count(), 0);
}

pub(crate) fn a_closed_registration_says_so(on: Framework) {
    let app = on.start_with(|builder| builder.registration(Registration::Closed));
    sign_up(&app, "carol", "carol@example.com").problem(403, "registration_closed");
    app.get("/auth/register").browser().send().expect(403);
    assert_eq!(app.mail_count(), 0);
    let login = app.get("/auth/login").browser().send().expect(200).text();
    assert!(login.contains("/auth/password/forgot") && !login.contains("/auth/register"));
}

pub(crate) fn nobody_logs_in_before_the_address_is_proven_where_that_is_wanted(on: Framework) {
    let wanted = EmailVerification::BeforeLogin;
    let app = on.start_with(|builder| builder.email_verification(wanted));
    let reply = sign_up(&app, "carol", "carol@example.com").expect(202);
    let refused = app.try_login("carol", PASSWORD).send().problem(401, "invalid_credentials");
    let unknown = app.try_login("nobody", PASSWORD).send().problem(401, "invalid_credentials");
    assert_eq!(refused.body_but_for_its_event(), unknown.body_but_for_its_event());
    app.get("/basic").basic("carol", PASSWORD).send().expect(401);
    verify(&app, &app.mailed_token("carol@example.com"), Some(&browser(&reply))).expect(204);
    app.try_login("carol", PASSWORD).send().expect(200);
}

pub(crate) fn a_lost_link_is_sent_again_and_voids_the_one_before(on: Framework) {
    let app = on.start();
    let reply = sign_up(&app, "carol", "carol@example.com").expect(202);
    let first = app.mailed_token("carol@example.com");
    for email in ["carol@example.com", "nobody@example.com", "alice@example.com"] {
        let sent = app.post("/auth/email/resend").json(&json!({"email": email})).send().expect(202);
        assert!(sent.body.is_empty(), "{email}");
    }
    let second = app.mailed_token("carol@example.com");
    assert_eq!(app.mail_count(), 2, "an address that is proven, and one that nobody has, are sent nothing");
    verify(&app, &first, Some(&browser(&reply))).problem(400, "invalid_token_link");
    verify(&app, &second, Some(&browser(&reply))).expect(204);
}

pub(crate) fn links_come_from_the_base_url_whatever_a_request_says(on: Framework) {
    let app = on.start();
    let form = json!({"username": "carol", "email": "carol@example.com", "password": PASSWORD});
    app.post("/auth/register")
        .header("X-Forwarded-Host", "evil.example")
        .header("Forwarded", "host=evil.example")
        .header("X-Forwarded-Proto", "https")
        .json(&form)
        .send()
        .expect(202);
    let mail = app.mails_to("carol@example.com").pop().unwrap();
    assert!(mail.text().contains(&format!("{}/auth/email/verify?token=", app.base)), "{}", mail.text());
    assert!(!mail.text().contains("evil") && !mail.html().contains("evil"));
}

fn start_telling(on: Framework) -> TestApp {
    on.start_with(|builder| builder.registration(Registration::OpenTellingWhoExists))
}

pub(crate) fn where_it_is_told_who_exists_somebody_is_logged_in_at_once(on: Framework) {
    let app = start_telling(on);
    let reply = sign_up(&app, "carol", "carol@example.com").expect(201);
    assert_eq!(reply.json()["user"]["username"], "carol");
    assert_eq!(reply.json()["user"]["email_verified"], false);
    let session = reply.session().unwrap();
    app.get("/private").session(&session).send().expect(200);
    let token = app.mailed_token("carol@example.com");
    verify(&app, &token, Some(&browser(&reply))).expect(204);
    assert!(app.is_logged_in(&session), "it was her all the time");
    let form =
        [("username", "dave"), ("email", "dave@example.com"), ("password", PASSWORD), ("next", "/private")];
    let reply = app.post("/auth/register").browser().form(&form).send().redirect("/private");
    assert!(app.is_logged_in(&reply.session().unwrap()));
}

pub(crate) fn where_it_is_told_who_exists_a_taken_address_is_refused_and_its_owner_mailed(on: Framework) {
    let app = start_telling(on);
    let refused = sign_up(&app, "carol", "alice@example.com").problem(422, "already_exists");
    assert!(refused.json()["detail"].as_str().unwrap().contains("address"), "{refused:?}");
    assert!(refused.session().is_none());
    assert_eq!(app.mails_to("alice@example.com").len(), 1);
    let refused = sign_up(&app, "alice", "carol@example.com").problem(422, "already_exists");
    assert!(refused.json()["detail"].as_str().unwrap().contains("name"), "{refused:?}");
    sign_up(&app, "carol", "carol@example.com").expect(201);
    let page = app.post("/auth/register").browser();
    let form = [("username", "erin"), ("email", "alice@example.com"), ("password", PASSWORD)];
    let page = page.form(&form).send().expect(422);
    assert!(page.text().contains("value=\"alice@example.com\"") && page.text().contains("role=\"alert\""));
}

pub(crate) fn an_account_that_was_logged_in_to_at_once_ends_when_the_owner_of_its_address_comes(
    on: Framework,
) {
    let app = start_telling(on);
    let squatted = sign_up(&app, "mallory", "victim@example.com").expect(201).session().unwrap();
    assert_eq!(app.mails_to("victim@example.com").len(), 1);
    app.post("/auth/password/forgot").json(&json!({"email": "victim@example.com"})).send().expect(202);
    let body = json!({"token": app.mailed_token("victim@example.com"), "new_password": "eleven quiet lanterns by the lake"});
    app.post("/auth/password/reset").json(&body).send().expect(204);
    assert!(!app.is_logged_in(&squatted));
    app.try_login("mallory", PASSWORD).send().problem(401, "invalid_credentials");
}

pub(crate) fn an_account_that_nobody_has_proven_or_come_back_to_ends(on: Framework) {
    let day = Duration::from_secs(24 * 60 * 60);
    let app = on.start_with(|builder| {
        builder.registration(Registration::OpenTellingWhoExists).unproven_life(day * 7)
    });
    for name in ["left", "back", "mine"] {
        let email = format!("{name}@example.com");
        let reply = sign_up(&app, name, &email).expect(201);
        if name == "mine" {
            verify(&app, &app.mailed_token(&email), Some(&browser(&reply))).expect(204);
        }
    }
    app.clock.advance(day);
    app.try_login("back", PASSWORD).send().expect(200);
    let there_after = |time: Duration| {
        app.clock.advance(time);
        app.block_on(app.auth.remove_expired()).unwrap();
        let is_there = |name: &str| app.block_on(app.auth.users().find(name)).unwrap().is_some();
        ["left", "back", "mine"].map(is_there)
    };
    assert_eq!(there_after(day * 7), [true; 3], "somebody is logged in to it");
    assert_eq!(there_after(day * 60), [false, true, true]);
    sign_up(&app, "left", "left@example.com").expect(201);
}

pub(crate) fn an_account_stays_that_is_used_by_what_signing_up_began(on: Framework) {
    let day = Duration::from_secs(24 * 60 * 60);
    let app = on.start_with(|builder| {
        builder.registration(Registration::OpenTellingWhoExists).unproven_life(day * 7)
    });
    let used = Person { name: "used", password: PASSWORD };
    let session = sign_up(&app, used.name, "used@example.com").expect(201).session().unwrap();
    app.clock.advance(day * 2);
    assert!(app.is_used(used, &session));
    for time in [day * 6, day * 60] {
        app.clock.advance(time);
        app.block_on(app.auth.remove_expired()).unwrap();
    }
    assert!(!app.is_logged_in(&session));
    app.login(used);
}

pub(crate) fn an_account_stays_that_was_used_for_weeks_by_a_session_that_is_over_before_it_would_end(
    on: Framework,
) {
    let day = Duration::from_secs(24 * 60 * 60);
    let app = on.start_with(|builder| builder.registration(Registration::OpenTellingWhoExists));
    let [used, left] = ["used", "left"].map(|name| Person { name, password: PASSWORD });
    let sign_up = |person: Person| {
        sign_up(&app, person.name, &format!("{}@example.com", person.name)).expect(201).session().unwrap()
    };
    let sessions = [used, left].map(sign_up);
    for _ in 0..9 {
        app.clock.advance(day);
        assert!(app.is_used(used, &sessions[0]));
    }
    for session in &sessions {
        app.post("/auth/logout").session(session).send().expect(204);
    }
    for days in [15, 10, 60] {
        app.clock.advance(day * days);
        app.block_on(app.auth.remove_expired()).unwrap();
    }
    app.login(used);
    app.try_login(left.name, PASSWORD).send().problem(401, "invalid_credentials");
}
