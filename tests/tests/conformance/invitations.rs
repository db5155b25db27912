//! Accounts by invitation.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::account::{Invitation, Registration};
use auth_core::user::{Applicant, Ruling, SignUpRules, SignUpWay};
use auth_core::{AuthBuilder, Error, ErrorKind};
use conformance::{ALICE, Framework, Holders, Reply, TestApp, waits};
use serde_json::{Value, json};

use super::races::at_once;

const ADDRESS: &str = "carol@example.com";
const PASSWORD: &str = "violet umbrella cactus seventeen";

fn by_invitation(builder: AuthBuilder) -> AuthBuilder {
    builder.registration(Registration::ByInvitation)
}

fn invite(app: &TestApp, invitation: Invitation) -> String {
    app.block_on(app.auth.accounts().invite(&invitation)).unwrap();
    let mails = app.mails_to(ADDRESS);
    let mut links =
        mails.iter().rev().filter_map(|mail| mail.text().split_once("/auth/register?invitation="));
    let (_, rest) = links.next().unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

fn invited(app: &TestApp) -> String {
    invite(app, Invitation::to(ADDRESS).unwrap().group("writers"))
}

fn form(token: &str, username: &str) -> Value {
    json!({"invitation": token, "username": username, "password": PASSWORD})
}

fn accept(app: &TestApp, token: &str, username: &str) -> Reply {
    app.post("/auth/register").json(&form(token, username)).send()
}

pub(crate) fn whoever_is_invited_makes_an_account_and_is_in(on: Framework) {
    accepted(&on.start_with(by_invitation));
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    accepted(&on.start_on_sqlite_with(by_invitation));
}

fn accepted(app: &TestApp) {
    let token = invited(app);
    let reply = accept(app, &token, "carol").expect(201);
    let session = reply.session().unwrap();
    let me = app.get("/auth/me").session(&session).send().expect(200).json();
    assert_eq!(me["user"]["id"], reply.json()["user"]["id"]);
    let user = &me["user"];
    assert_eq!((&user["email"], &user["email_verified"]), (&json!(ADDRESS), &json!(true)));
    assert_eq!(
        (&user["groups"], &user["permissions"]),
        (&json!(["writers"]), &json!(["reports.view_report"]))
    );
    assert_eq!(me["auth"]["amr"], json!(["email"]));
    app.try_login(ADDRESS, PASSWORD).send().expect(200);
    accept(app, &token, "mallory").problem(400, "invalid_token_link");
    assert_eq!(app.mails_to(ADDRESS).len(), 1, "nothing is left to be proven");
}

pub(crate) fn a_browser_is_led_through_it(on: Framework) {
    let app = on.start_with(by_invitation);
    let token = invited(&app);
    let page = app.get(&format!("/auth/register?invitation={token}")).browser().send().expect(200);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let text = page.text();
    assert!(text.contains(&token) && text.contains(ADDRESS) && !text.contains("name=\"email\""), "{text}");
    let fields = |password| [("invitation", token.as_str()), ("username", "carol"), ("password", password)];
    let again = app.post("/auth/register").browser().form(&fields("short")).send().expect(422).text();
    assert!(again.contains(&token) && again.contains("value=\"carol\""), "{again}");
    app.post("/auth/register").browser().form(&fields(PASSWORD)).send().redirect("/");
    app.get(&format!("/auth/register?invitation={token}")).browser().send().expect(400);
}

pub(crate) fn nobody_else_registers(on: Framework) {
    let app = on.start_with(by_invitation);
    let form = json!({"username": "carol", "email": ADDRESS, "password": PASSWORD});
    app.post("/auth/register").json(&form).send().problem(403, "registration_closed");
    app.get("/auth/register").send().problem(403, "registration_closed");
    for wrong in ["", "x", "0123456789012345678901234567890123456789012"] {
        accept(&app, wrong, "carol").problem(400, "invalid_token_link");
    }
    let closed = on.start_with(|builder| builder.registration(Registration::Closed));
    let token = invited(&closed);
    accept(&closed, &token, "carol").problem(403, "registration_closed");
    // Where everybody may, an invitation counts as well.
    let open = on.start();
    accept(&open, &invited(&open), "carol").expect(201);
}

pub(crate) fn it_is_void_once_it_was_revoked_has_expired_or_a_newer_one_came(on: Framework) {
    let app = on.start_with(by_invitation);
    let (first, second) = (invited(&app), invited(&app));
    accept(&app, &first, "carol").problem(400, "invalid_token_link");
    assert!(app.block_on(app.auth.accounts().revoke_invitation("Carol@example.com")).unwrap());
    assert!(!app.block_on(app.auth.accounts().revoke_invitation(ADDRESS)).unwrap());
    accept(&app, &second, "carol").problem(400, "invalid_token_link");
    let day = Duration::from_secs(24 * 60 * 60);
    let third = invite(&app, Invitation::to(ADDRESS).unwrap().expires_in(day));
    app.clock.advance(day);
    accept(&app, &third, "carol").problem(400, "invalid_token_link");
    // One that is taken back before it was written is not sent.
    let sent = app.mail_count();
    app.block_on(async {
        app.auth.accounts().invite(&Invitation::to(ADDRESS).unwrap()).await.unwrap();
        assert!(app.auth.accounts().revoke_invitation(ADDRESS).await.unwrap());
    });
    assert_eq!(app.mail_count(), sent);
}

pub(crate) fn what_can_be_mended_does_not_use_it_up(on: Framework) {
    let app = on.start_with(by_invitation);
    let token = invited(&app);
    accept(&app, &token, ALICE.name).problem(422, "already_exists");
    accept(&app, &token, "a@b").problem(400, "invalid_request");
    let weak = json!({"invitation": token, "username": "carol", "password": "short"});
    app.post("/auth/register").json(&weak).send().problem(422, "weak_password");
    accept(&app, &token, "carol").expect(201);
}

pub(crate) fn of_fifty_who_accept_it_at_once_one_does(on: Framework) {
    for app in [on.start_with(by_invitation), on.start_on_sqlite_with(by_invitation)] {
        let token = invited(&app);
        let request = |n| app.post("/auth/register").json(&form(&token, &format!("carol{n}")));
        let replies = at_once((0..50).map(request).collect());
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        // The others come too late, or find the queue of the hashes full.
        assert!(replies.iter().all(|reply| [201, 400, 429, 503].contains(&reply.status)));
        let made = app.block_on(async {
            let mut made = 0;
            for n in 0..50 {
                made += usize::from(app.auth.users().find(&format!("carol{n}")).await.unwrap().is_some());
            }
            made
        });
        assert_eq!(made, 1);
    }
}

pub(crate) fn it_takes_an_account_that_a_squatter_prepared(on: Framework) {
    let app = on.start();
    let squat = json!({"username": "squatter", "email": ADDRESS, "password": "another fine long passphrase"});
    app.post("/auth/register").json(&squat).send().expect(202);
    let squatters =
        app.try_login("squatter", "another fine long passphrase").send().expect(200).session().unwrap();
    accept(&app, &invited(&app), "carol").expect(201);
    assert!(!app.is_logged_in(&squatters));
    for login in ["squatter", ADDRESS] {
        let guess = app.try_login(login, "another fine long passphrase").send();
        guess.problem(401, "invalid_credentials");
    }
    app.try_login(ADDRESS, PASSWORD).send().expect(200);
}

pub(crate) fn who_has_an_account_is_not_invited(on: Framework) {
    let app = on.start_with(by_invitation);
    let refused = app.block_on(app.auth.accounts().invite(&Invitation::to("alice@example.com").unwrap()));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let token = invited(&app);
    // Somebody proved the address meanwhile.
    app.block_on(async {
        let mut dave = app.auth.users().new_user("dave").unwrap();
        (dave.email, dave.email_verified) = (Some(auth_core::user::Email::new(ADDRESS).unwrap()), true);
        app.auth.users().create_without_password(dave).await.unwrap();
    });
    accept(&app, &token, "carol").problem(400, "invalid_token_link");
}

pub(crate) fn a_second_factor_is_waited_for(on: Framework) {
    let app = on.start_with(|builder| by_invitation(builder).second_factors(Arc::new(Holders(&["carol"]))));
    let reply = accept(&app, &invited(&app), "carol");
    app.opens_nothing(&waits(reply));
}

/// Refuses whoever is called mallory, and puts the others into a group.
#[derive(Debug)]
struct Rules;

#[async_trait]
impl SignUpRules for Rules {
    async fn rule(&self, applicant: Applicant<'_>) -> Result<Ruling, Error> {
        Ok(match (applicant.username.as_str(), applicant.way) {
            ("mallory", _) => Ruling::Refuse("Not you, <b>mallory</b>.".to_owned()),
            (_, SignUpWay::Form) => Ruling::allow_in(["newcomers"]),
            _ => Ruling::allow_in(["guests of honour"]),
        })
    }
}

pub(crate) fn the_application_says_who_may_and_what_they_get(on: Framework) {
    let app = on.start_with(|builder| builder.sign_up_rules(Rules));
    let register = |username: &str, email: &str| {
        let form = json!({"username": username, "email": email, "password": PASSWORD});
        app.post("/auth/register").json(&form).send()
    };
    // The same whether or not the address is taken, and the name is not held.
    for address in ["alice@example.com", "new@example.com"] {
        let told = register("mallory", address).problem(403, "registration_closed").text();
        assert!(told.contains("Not you, <b>mallory</b>."), "{told}");
    }
    let form = [("username", "mallory"), ("email", "x@example.com"), ("password", PASSWORD)];
    let page = app.post("/auth/register").browser().form(&form).send().expect(403).text();
    assert!(page.contains("Not you, &#60;b&#62;mallory") && !page.contains("<b>"), "{page}");
    register("dave", "dave@example.com").expect(202);
    let token = invited(&app);
    accept(&app, &token, "mallory").problem(403, "registration_closed");
    accept(&app, &token, "carol").expect(201);
    let groups = |name: &str| app.block_on(app.auth.users().find(name)).unwrap().unwrap().groups.clone();
    assert_eq!(
        (groups("dave"), groups("carol")),
        (vec!["newcomers".to_owned()], vec!["guests of honour".to_owned(), "writers".to_owned()])
    );
}
