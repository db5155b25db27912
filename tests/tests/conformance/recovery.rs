//! Forgotten passwords (OWASP ASVS 5.0 sections 6.3.8, 6.4, 7.4.3; ATTACKS RS-01 to RS-19, EN-06, SQ-01).

use auth_core::user::{Email, UserUpdate};
use conformance::{ALICE, BOB, Framework, Reply, TestApp};
use serde_json::json;

const NEW: &str = "violet umbrella cactus seventeen";
const ADDRESS: &str = "alice@example.com";

fn forgot(app: &TestApp, email: &str) -> Reply {
    app.post("/auth/password/forgot").json(&json!({"email": email})).send()
}

fn reset(app: &TestApp, token: &str, password: &str) -> Reply {
    app.post("/auth/password/reset").json(&json!({"token": token, "new_password": password})).send()
}

/// Asks for a link, and answers its token.
fn link(app: &TestApp, email: &str) -> String {
    forgot(app, email).expect(202);
    app.mailed_token(email)
}

pub(crate) fn a_forgotten_password_is_replaced_and_ends_everything(on: Framework) {
    forgotten(&on.start());
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    forgotten(&on.start_on_sqlite());
}

fn forgotten(app: &TestApp) {
    let (session, bobs, pair) = (app.login(ALICE), app.login(BOB), app.tokens(ALICE, ""));
    let token = link(app, ADDRESS);
    let reply = reset(app, &token, NEW).expect(204);
    assert!(reply.session().is_none(), "nobody is logged in by it");
    assert!(!app.is_logged_in(&session) && app.is_logged_in(&bobs));
    app.try_refresh(&pair.refresh).send().oauth(400, "invalid_grant");
    app.get("/api").bearer(&pair.access).send().problem(401, "invalid_token");
    app.try_login(ALICE.name, ALICE.password).send().problem(401, "invalid_credentials");
    app.try_login(ALICE.name, NEW).send().expect(200);
    reset(app, &token, "another violet umbrella cactus").problem(400, "invalid_token_link");
    app.try_login(ALICE.name, NEW).send().expect(200);
    let told = app.mails_to(ADDRESS).pop().unwrap();
    assert!(told.subject().contains("changed"), "{}", told.subject());
}

pub(crate) fn a_browser_is_led_through_it(on: Framework) {
    let app = on.start();
    app.get("/auth/password/forgot").browser().send().expect(200);
    let form = app.post("/auth/password/forgot").browser().form(&[("email", ADDRESS)]);
    form.send().redirect("/auth/password/forgot/sent");
    app.get("/auth/password/forgot/sent").browser().send().expect(200);
    let token = app.mailed_token(ADDRESS);
    let page = app.get(&format!("/auth/password/reset?token={token}")).browser().send().expect(200);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let fields = |password| [("token", token.as_str()), ("new_password", password)];
    let again = app.post("/auth/password/reset").browser().form(&fields("short")).send().expect(422).text();
    assert!(again.contains(&token) && !again.contains("short\""));
    app.post("/auth/password/reset").browser().form(&fields(NEW)).send().redirect("/auth/login");
    app.try_login(ALICE.name, NEW).send().expect(200);
}

pub(crate) fn who_exists_is_not_told(on: Framework) {
    let app = on.start();
    app.block_on(async {
        let users = app.auth.users();
        let mut off = UserUpdate::default();
        off.is_active = Some(false);
        let mut carol = users.new_user("carol").unwrap();
        carol.email = Some(Email::new("carol@example.com").unwrap());
        let carol = users.create_without_password(carol).await.unwrap();
        users.update(&carol.id, off).await.unwrap();
    });
    let known = forgot(&app, ADDRESS).expect(202);
    for email in ["nobody@example.com", "carol@example.com"] {
        let other = forgot(&app, email).expect(202);
        assert_eq!((&known.body, known.headers.len()), (&other.body, other.headers.len()), "{email}");
    }
    assert_eq!(app.mail_count(), 1);
    forgot(&app, "alice").problem(400, "invalid_request");
}

pub(crate) fn a_link_is_void_once_a_newer_one_came_or_the_password_was_changed(on: Framework) {
    let app = on.start();
    let (first, second) = (link(&app, ADDRESS), link(&app, ADDRESS));
    reset(&app, &first, NEW).problem(400, "invalid_token_link");
    let session = app.login(ALICE);
    let fields = [("current_password", ALICE.password), ("new_password", NEW)];
    app.post("/auth/password/change").session(&session).form(&fields).send().expect(204);
    reset(&app, &second, "another violet umbrella cactus").problem(400, "invalid_token_link");
    app.try_login(ALICE.name, NEW).send().expect(200);
}

pub(crate) fn a_link_works_for_an_hour(on: Framework) {
    let app = on.start();
    let token = link(&app, ADDRESS);
    app.clock.advance(std::time::Duration::from_secs(60 * 60));
    reset(&app, &token, NEW).problem(400, "invalid_token_link");
}

pub(crate) fn a_weak_password_does_not_use_the_link_up(on: Framework) {
    let app = on.start();
    let token = link(&app, ADDRESS);
    reset(&app, &token, "short").problem(422, "weak_password");
    reset(&app, &token, "alice in wonderland, again").problem(422, "weak_password");
    reset(&app, &token, NEW).expect(204);
}

pub(crate) fn a_token_of_another_purpose_and_what_is_none_are_refused(on: Framework) {
    let app = on.start();
    let token = link(&app, ADDRESS);
    app.post("/auth/email/verify").json(&json!({"token": token})).send().problem(400, "invalid_token_link");
    for wrong in ["", "x", &token[1..], &token.to_lowercase()] {
        reset(&app, wrong, NEW).problem(400, "invalid_token_link");
    }
    app.get("/api").bearer(&token).send().problem(401, "invalid_token");
    reset(&app, &token, NEW).expect(204);
}

pub(crate) fn of_many_resets_by_one_link_one_counts(on: Framework) {
    let app = on.start();
    let token = link(&app, ADDRESS);
    let replies: Vec<_> = std::thread::scope(|scope| {
        let (app, token) = (&app, token.as_str());
        let tries: Vec<_> =
            (0..20).map(|n| scope.spawn(move || reset(app, token, &format!("{NEW} {n}")).status)).collect();
        tries.into_iter().map(|reset| reset.join().unwrap()).collect()
    });
    let won: Vec<_> = replies.iter().enumerate().filter(|(_, status)| **status == 204).collect();
    assert_eq!(won.len(), 1, "{replies:?}");
    app.try_login(ALICE.name, &format!("{NEW} {}", won[0].0)).send().expect(200);
}

pub(crate) fn an_address_is_sent_a_few_mails_an_hour(on: Framework) {
    let app = on.start();
    for _ in 0..30 {
        forgot(&app, ADDRESS).expect(202);
    }
    assert_eq!(app.mail_count(), 6);
}

pub(crate) fn the_last_link_works_when_no_more_mails_are_sent(on: Framework) {
    let app = on.start();
    for _ in 0..10 {
        forgot(&app, ADDRESS).expect(202);
        app.mail_count();
    }
    reset(&app, &app.mailed_token(ADDRESS), NEW).expect(204);
}

pub(crate) fn mails_that_others_ask_for_keep_none_of_another_kind_away(on: Framework) {
    let app = on.start();
    for n in 0..10 {
        let form = json!({"username": format!("u{n}"), "email": ADDRESS, "password": NEW});
        app.post("/auth/register").json(&form).send().expect(202);
    }
    let told = app.mails_to(ADDRESS).len();
    assert_eq!(told, 6);
    reset(&app, &link(&app, ADDRESS), NEW).expect(204);
}

pub(crate) fn a_look_alike_of_an_address_is_sent_nothing(on: Framework) {
    let app = on.start();
    for look_alike in ["\u{ff41}lice@example.com", "al\u{131}ce@example.com", "alice@ex\u{e4}mple.com"] {
        forgot(&app, look_alike).expect(202);
    }
    assert_eq!(app.mail_count(), 0);
}

pub(crate) fn another_site_asks_for_nothing(on: Framework) {
    let app = on.start();
    let evil = |path: &str| app.post(path).header("Origin", "https://evil.example");
    evil("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().problem(403, "csrf_failed");
    evil("/auth/email/resend").json(&json!({"email": ADDRESS})).send().problem(403, "csrf_failed");
    assert_eq!(app.mail_count(), 0);
}

pub(crate) fn whoever_uses_the_mails_of_an_address_up_keeps_its_owner_from_none(on: Framework) {
    let app = on.start();
    let known = app.try_login(ALICE.name, ALICE.password).send().expect(200).cookie("session-known").unwrap();
    let ask = |path: &str| app.post(path).json(&json!({"email": "alice@example.com"}));
    for path in ["/auth/password/forgot", "/auth/magic-link"] {
        let before = app.mails_to("alice@example.com").len();
        for _ in 0..10 {
            ask(path).send().expect(202);
        }
        let mails = app.mails_to("alice@example.com").len();
        assert_eq!(mails, before + 6, "{path}");
        ask(path).cookies(&[("session-known", &known)]).send().expect(202);
        assert_eq!(app.mails_to("alice@example.com").len(), mails + 1, "{path}");
        let of_another = json!({"email": "bob@example.com"});
        app.post(path).cookies(&[("session-known", &known)]).json(&of_another).send().expect(202);
    }
}
