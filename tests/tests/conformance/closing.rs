//! Closing an account, opening it again, and what is left at its end.

use std::time::Duration;

use auth_core::user::{Email, EndingCause, User};
use conformance::{ALICE, BOB, Framework, ROOT, Reply, TestApp};
use serde_json::json;

use super::races::at_once;

const ADDRESS: &str = "alice@example.com";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn close(app: &TestApp, session: &str) -> Reply {
    app.request("DELETE", "/auth/account").session(session).send()
}

/// Alice closes her account; the token of the link that she is mailed.
fn closed(app: &TestApp) -> String {
    close(app, &app.login(ALICE)).expect(204);
    app.mailed_token(ADDRESS)
}

fn reopen(app: &TestApp, token: &str) -> Reply {
    app.post("/auth/account/reopen").json(&json!({"token": token})).send()
}

fn user(app: &TestApp, login: &str) -> Option<std::sync::Arc<User>> {
    app.block_on(app.auth.users().find(login)).unwrap()
}

fn keep_house(app: &TestApp) {
    app.block_on(app.auth.remove_expired()).unwrap();
}

pub(crate) fn everything_ends_at_once(on: Framework) {
    ends(&on.start());
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    ends(&on.start_on_sqlite());
}

fn ends(app: &TestApp) {
    let (session, other, pair, bobs) =
        (app.login(ALICE), app.login(ALICE), app.tokens(ALICE, ""), app.login(BOB));
    let reply = close(app, &session).expect(204);
    assert!(reply.body.is_empty() && reply.clears_session());
    assert!(!app.is_logged_in(&session) && !app.is_logged_in(&other) && app.is_logged_in(&bobs));
    app.try_refresh(&pair.refresh).send().oauth(400, "invalid_grant");
    app.get("/api").bearer(&pair.access).send().problem(401, "invalid_token");
    for login in [ALICE.name, ADDRESS] {
        app.try_login(login, ALICE.password).send().problem(401, "invalid_credentials");
    }
    reopen(app, &app.mailed_token(ADDRESS)).expect(204);
    assert!(!app.is_logged_in(&session), "what has ended stays so");
    app.try_refresh(&pair.refresh).send().oauth(400, "invalid_grant");
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn a_browser_is_led_through_it(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let page = app.get("/auth/account").session(&session).browser().send().expect(200).text();
    assert!(page.contains("href=\"/auth/account/delete\""));
    let page = app.get("/auth/account/delete").session(&session).browser().send().expect(200).text();
    assert!(
        page.contains("action=\"/auth/account/delete\"") && page.contains("href=\"/auth/account\""),
        "{page}"
    );
    assert!(app.is_logged_in(&session), "a GET closes nothing");
    let form = app.post("/auth/account/delete").session(&session).browser().form(&[]);
    form.send().redirect("/auth/account/closed");
    let page = app.get("/auth/account/closed").browser().send().expect(200).text();
    assert!(page.contains("14 days"), "{page}");
    let token = app.mailed_token(ADDRESS);
    let page = app.get(&format!("/auth/account/reopen?token={token}")).browser().send().expect(200);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.text().contains(&token));
    app.try_login(ALICE.name, ALICE.password).send().problem(401, "invalid_credentials");
    app.post("/auth/account/reopen").browser().form(&[("token", &token)]).send().redirect("/auth/login");
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn a_closed_account_answers_as_a_disabled_one(on: Framework) {
    let app = on.start();
    closed(&app);
    app.block_on(async {
        let bob = app.auth.users().find(BOB.name).await.unwrap().unwrap();
        let mut off = auth_core::user::UserUpdate::default();
        off.is_active = Some(false);
        app.auth.users().update(&bob.id, off).await.unwrap();
    });
    let alices = app.try_login(ALICE.name, ALICE.password).send().expect(401);
    let bobs = app.try_login(BOB.name, BOB.password).send().expect(401);
    let told = |reply: &Reply| (reply.body_but_for_its_event(), reply.headers.len());
    assert_eq!(told(&alices), told(&bobs));
}

pub(crate) fn nothing_but_the_link_revives_it(on: Framework) {
    let app = on.start();
    // What was on its way before is void as well.
    for path in ["/auth/password/forgot", "/auth/magic-link"] {
        app.post(path).json(&json!({"email": ADDRESS})).send().expect(202);
    }
    let links: Vec<_> = app.mails_to(ADDRESS).iter().map(|mail| mail.text().to_owned()).collect();
    closed(&app);
    let sent = app.mail_count();
    for (path, body) in [
        ("/auth/password/forgot", json!({"email": ADDRESS})),
        ("/auth/magic-link", json!({"email": ADDRESS})),
        ("/auth/email/resend", json!({"email": ADDRESS})),
        (
            "/auth/register",
            json!({"username": "alice2", "email": ADDRESS, "password": "violet umbrella cactus seventeen"}),
        ),
    ] {
        app.post(path).json(&body).send().expect(202);
    }
    assert_eq!(app.mail_count(), sent, "nobody is written to");
    for text in links {
        let (_, token) = text.split_once("?token=").unwrap();
        let token = token.split_whitespace().next().unwrap();
        let reset = json!({"token": token, "new_password": "violet umbrella cactus seventeen"});
        app.post("/auth/password/reset").json(&reset).send().problem(400, "invalid_token_link");
        let body = json!({"token": token});
        app.post("/auth/magic-link/confirm").json(&body).send().problem(400, "invalid_token_link");
        reopen(&app, token).problem(400, "invalid_token_link");
    }
    let alice = user(&app, ALICE.name).unwrap();
    assert!(!alice.is_active && alice.is_closed() && user(&app, "alice2").is_none());
}

pub(crate) fn the_link_works_once_and_until_the_end(on: Framework) {
    let app = on.start();
    let first = closed(&app);
    reopen(&app, &first).expect(204);
    reopen(&app, &first).problem(400, "invalid_token_link");
    let second = closed(&app);
    reopen(&app, &first).problem(400, "invalid_token_link");
    app.clock.advance(14 * DAY);
    reopen(&app, &second).problem(400, "invalid_token_link");
    for wrong in ["", "x", &second[1..]] {
        reopen(&app, wrong).problem(400, "invalid_token_link");
    }
}

pub(crate) fn of_many_who_open_it_at_once_one_does(on: Framework) {
    let app = on.start();
    let token = closed(&app);
    let request = || app.post("/auth/account/reopen").json(&json!({"token": token}));
    let opened = at_once((0..20).map(|_| request()).collect());
    assert_eq!(opened.iter().filter(|reply| reply.status == 204).count(), 1);
}

pub(crate) fn whom_support_has_switched_off_opens_nothing(on: Framework) {
    let app = on.start();
    let token = closed(&app);
    app.block_on(async {
        let alice = app.auth.users().find(ALICE.name).await.unwrap().unwrap();
        let mut off = auth_core::user::UserUpdate::default();
        off.is_active = Some(false);
        app.auth.users().update(&alice.id, off).await.unwrap();
    });
    reopen(&app, &token).problem(400, "invalid_token_link");
}

pub(crate) fn after_the_grace_period_nothing_is_left(on: Framework) {
    erased(&on.start());
}

pub(crate) fn nothing_is_left_on_sqlite_either(on: Framework) {
    erased(&on.start_on_sqlite());
}

fn erased(app: &TestApp) {
    let token = closed(app);
    app.clock.advance(13 * DAY);
    keep_house(app);
    let alice = user(app, ALICE.name).expect("not before its end");
    assert_eq!(alice.ending.map(|ending| ending.cause), Some(EndingCause::Closed));
    let taken = json!({"username": "alice", "email": "new@example.com", "password": "violet umbrella cactus seventeen"});
    app.post("/auth/register").json(&taken).send().problem(422, "already_exists");
    app.clock.advance(DAY);
    keep_house(app);
    assert!(user(app, ALICE.name).is_none() && user(app, ADDRESS).is_none());
    reopen(app, &token).problem(400, "invalid_token_link");
    // The name and the address are free, and whoever has them now is somebody else.
    let again =
        json!({"username": "alice", "email": ADDRESS, "password": "violet umbrella cactus seventeen"});
    app.post("/auth/register").json(&again).send().expect(202);
    let other = user(app, ALICE.name).unwrap();
    assert!(other.id != alice.id && other.groups.is_empty() && !other.email_verified);
}

pub(crate) fn who_may_do_everything_does_not_close_the_account(on: Framework) {
    let app = on.start();
    let session = app.login(ROOT);
    close(&app, &session).problem(403, "permission_denied");
    assert!(app.is_logged_in(&session));
    app.block_on(async {
        let root = app.auth.users().find(ROOT.name).await.unwrap().unwrap();
        assert!(app.auth.accounts().close(&root.id).await.unwrap(), "from code it is");
    });
    assert!(!app.is_logged_in(&session));
}

pub(crate) fn an_old_login_and_foreign_programs_close_nothing(on: Framework) {
    let app = on.start();
    let (session, program) = (app.login(ALICE), app.foreign_tokens(ALICE, "shop", "").access);
    app.request("DELETE", "/auth/account").send().problem(401, "unauthenticated");
    app.request("DELETE", "/auth/account").bearer(&program).send().problem(403, "user_required");
    let foreign =
        app.request("DELETE", "/auth/account").session(&session).header("Origin", "https://evil.example");
    foreign.send().problem(403, "csrf_failed");
    app.clock.advance(Duration::from_secs(301));
    close(&app, &session).problem(401, "reauthentication_required");
    assert!(app.is_logged_in(&session));
}

pub(crate) fn a_program_of_the_users_own_closes_it(on: Framework) {
    let app = on.start();
    let pair = app.tokens(ALICE, "");
    app.request("DELETE", "/auth/account").bearer(&pair.access).send().expect(204);
    app.get("/api").bearer(&pair.access).send().problem(401, "invalid_token");
}

pub(crate) fn an_address_that_nobody_proved_is_told_little(on: Framework) {
    let app = on.start();
    app.block_on(async {
        let mut carol = app.auth.users().new_user("buy-cheap-pills").unwrap();
        carol.email = Some(Email::new("carol@example.com").unwrap());
        let carol = app.auth.users().create_without_password(carol).await.unwrap();
        app.auth.accounts().close(&carol.id).await.unwrap();
    });
    let mail = app.mails_to("carol@example.com").pop().unwrap();
    assert!(!mail.text().contains("pills") && !mail.html().contains("pills"), "{}", mail.text());
    reopen(&app, &app.mailed_token("carol@example.com")).expect(204);
    assert!(!user(&app, "buy-cheap-pills").unwrap().email_verified, "opening proves nothing");
}

pub(crate) fn a_thief_who_took_the_address_too_closes_nothing_for_good(on: Framework) {
    let app = on.start();
    let thiefs = app.login(ALICE);
    let away = json!({"email": "thief@example.com"});
    app.post("/auth/email/change").session(&thiefs).json(&away).send().expect(202);
    let undo = app.mailed_token(ADDRESS);
    let proof = json!({"token": app.mailed_token("thief@example.com")});
    app.post("/auth/email/verify").session(&thiefs).json(&proof).send().expect(204);
    close(&app, &thiefs).expect(204);
    app.post("/auth/email/undo").json(&json!({"token": undo})).send().expect(204);
    let alice = user(&app, ADDRESS).unwrap();
    assert!(alice.is_active && alice.ending.is_none() && alice.email_verified);
    reopen(&app, &app.mailed_token("thief@example.com")).problem(400, "invalid_token_link");
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let reset =
        json!({"token": app.mailed_token(ADDRESS), "new_password": "violet umbrella cactus seventeen"});
    app.post("/auth/password/reset").json(&reset).send().expect(204);
    app.try_login(ALICE.name, "violet umbrella cactus seventeen").send().expect(200);
}

pub(crate) fn who_was_switched_off_is_told_nothing_and_stays_so(on: Framework) {
    let app = on.start();
    app.block_on(async {
        let alice = app.auth.users().find(ALICE.name).await.unwrap().unwrap();
        let mut off = auth_core::user::UserUpdate::default();
        off.is_active = Some(false);
        app.auth.users().update(&alice.id, off).await.unwrap();
        assert!(app.auth.accounts().close(&alice.id).await.unwrap());
        assert!(app.auth.accounts().reopen(&alice.id).await.unwrap());
    });
    assert!(app.mail_count() == 0 && !user(&app, ALICE.name).unwrap().is_active);
}
