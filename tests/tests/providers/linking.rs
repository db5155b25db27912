//! Connecting and disconnecting accounts (OWASP ASVS 5.0 section 7.5.1: after a recent login only).

use std::time::Duration;

use auth_core::clock::Clock as _;
use auth_core::provider::SignUpPolicy;
use auth_core::user::{Ending, EndingCause, UserId};
use conformance::{ALICE, BOB, Framework, Idp, query};
use serde_json::{Value, json};

use crate::accounts::{ADDRESS, linked};
use crate::rp::{ID, Rp, entry};

/// As long as a login is fresh, and a second.
const STALE: Duration = Duration::from_secs(301);

fn later(rp: &Rp, by: Duration) {
    rp.app.clock.advance(by);
    rp.idp.clock().advance(by);
}

fn accounts(rp: &Rp, session: &str) -> Vec<Value> {
    let list = rp.app.get("/auth/accounts").session(session).send().expect(200).json();
    list["accounts"].as_array().unwrap().clone()
}

/// The route of the only linked account.
fn route(rp: &Rp, session: &str) -> String {
    let accounts = accounts(rp, session);
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    format!(
        "/auth/accounts/{}/{}",
        accounts[0]["provider"].as_str().unwrap(),
        accounts[0]["id"].as_str().unwrap()
    )
}

pub(crate) fn an_account_is_linked_and_logged_in_by(on: Framework) {
    let rp = Rp::start(on);
    rp.idp.set_claims(
        &json!({"sub": "1", "name": "Alice at work", "email": "a@work.example", "email_verified": true}),
    );
    let alice = rp.app.login(ALICE);
    let reply = rp.link(&alice).expect(303);
    assert_eq!(reply.cookie("session"), None, "the session stays");
    assert_eq!(accounts(&rp, &alice).len(), 1);
    let account = accounts(&rp, &alice)[0].clone();
    let id = account["id"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(
        account,
        json!({
            "id": id, "provider": ID, "label": "Work account", "issuer": rp.idp.issuer(), "email": "a@work.example",
            "name": "Alice at work", "created_at": "2023-11-14T22:13:20Z", "last_login_at": null,
        })
    );
    later(&rp, Duration::from_secs(60));
    let session = rp.log_in();
    assert_eq!(rp.who(&session), ALICE.name);
    assert_eq!(accounts(&rp, &session)[0]["last_login_at"], "2023-11-14T22:14:20Z");
    let user = rp.app.get("/auth/me").session(&session).send().json();
    assert_eq!(user["user"]["email"], "alice@example.com", "the account's own address stays");
}

pub(crate) fn all_of_it_works_on_sqlite_too(on: Framework) {
    let rp = Rp::start_on_sqlite(on);
    let jane = rp.log_in();
    assert_eq!(rp.id(&jane), rp.id(&rp.log_in()));
    rp.app.request("DELETE", &route(&rp, &jane)).session(&jane).send().problem(409, "last_login_method");
    rp.idp.set_claims(&json!({"sub": "1", "name": "Alice at work"}));
    let alice = rp.app.login(ALICE);
    rp.link(&alice).expect(303);
    assert_eq!(rp.who(&rp.log_in()), ALICE.name);
    rp.link(&rp.app.login(BOB)).problem(422, "already_exists");
    rp.app.request("DELETE", &route(&rp, &alice)).session(&alice).send().expect(204);
    assert_eq!(accounts(&rp, &alice).len(), 0);
    assert!(rp.app.is_logged_in(&jane));
    let token = json!({
        "iss": rp.idp.issuer(), "aud": conformance::CLIENT.0, "iat": rp.idp.now(), "exp": rp.idp.now() + 120, "jti": "1",
        "sub": "248289761001", "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    let token = rp.idp.sign("logout+jwt", &token);
    let logout =
        rp.app.post(&format!("/auth/login/{ID}/backchannel-logout")).form(&[("logout_token", &token)]);
    logout.send().expect(200);
    assert!(!rp.app.is_logged_in(&jane));
}

pub(crate) fn linking_takes_a_fresh_login(on: Framework) {
    let rp = Rp::start(on);
    let start = || rp.start_of(ID, &[("link", "true")]);
    start().send().problem(401, "unauthenticated");
    let page = rp.app.get(&format!("/auth/login/{ID}?link=true")).browser().send().expect(303);
    assert!(page.header("location").unwrap().starts_with("/auth/login?next="));
    let bearer = rp.app.tokens(ALICE, "").access;
    let by_token = start().bearer(&bearer).send();
    assert!((400..500).contains(&by_token.status), "a token has no browser: {by_token:?}");
    let alice = rp.app.login(ALICE);
    later(&rp, STALE);
    let reply = start().session(&alice).send().problem(401, "reauthentication_required");
    assert_eq!(reply.header("location"), None);
    let page =
        rp.app.get(&format!("/auth/login/{ID}?link=true")).session(&alice).browser().send().expect(303);
    assert!(page.header("location").unwrap().starts_with("/auth/reauthenticate?next="), "{page:?}");
    assert_eq!(linked(&rp.app, ALICE), 0);
}

pub(crate) fn whoever_left_to_link_has_to_come_back(on: Framework) {
    let rp = Rp::start(on);
    let (alice, bob) = (rp.app.login(ALICE), rp.app.login(BOB));
    let begin = || rp.begin_by(rp.start_of(ID, &[("link", "true")]).session(&alice));
    // Nobody, somebody else, and the same user in another session.
    let other = rp.app.login(ALICE);
    for session in [None, Some(&bob), Some(&other)] {
        let begun = begin();
        let target = format!("/auth/login/{ID}/callback?{}", rp.idp.authorize(&begun.location));
        let mut cookies = vec![("session-login", &*begun.browser)];
        cookies.extend(session.map(|session| ("session", &**session)));
        let request = rp.app.get(&target).cookies(&cookies);
        rp.refused(|| request.send(), 400, "state_mismatch");
    }
    // The session that left has ended meanwhile.
    let begun = begin();
    rp.app.post("/auth/logout").session(&alice).send().expect(204);
    let target = format!("/auth/login/{ID}/callback?{}", rp.idp.authorize(&begun.location));
    let cookies = [("session-login", &*begun.browser), ("session", &*alice)];
    let request = rp.app.get(&target).cookies(&cookies);
    rp.refused(|| request.send(), 400, "state_mismatch");
    for person in [ALICE, BOB] {
        assert_eq!(linked(&rp.app, person), 0);
    }
}

pub(crate) fn an_account_belongs_to_one_user(on: Framework) {
    let rp = Rp::start(on);
    let (alice, bob) = (rp.app.login(ALICE), rp.app.login(BOB));
    rp.link(&alice).expect(303);
    let refused = rp.link(&bob).problem(422, "already_exists");
    assert!(refused.json()["detail"].as_str().unwrap().contains("connected to another account here"));
    assert_eq!((linked(&rp.app, ALICE), linked(&rp.app, BOB)), (1, 0));
    rp.link(&alice).expect(303);
    assert_eq!(linked(&rp.app, ALICE), 1, "linking again changes nothing");
    assert_eq!(rp.who(&rp.log_in()), ALICE.name);
}

pub(crate) fn a_linked_account_can_be_unlinked(on: Framework) {
    let rp = Rp::start(on);
    for post_twin in [false, true] {
        let alice = rp.app.login(ALICE);
        rp.link(&alice).expect(303);
        let route = route(&rp, &alice);
        match post_twin {
            false => rp.app.request("DELETE", &route).session(&alice).send().expect(204),
            true => rp.app.post(&format!("{route}/delete")).form(&[]).session(&alice).send().expect(204),
        };
        assert_eq!(accounts(&rp, &alice).len(), 0);
        rp.app.request("DELETE", &route).session(&alice).send().problem(404, "not_found");
    }
    assert_ne!(rp.who(&rp.log_in()), ALICE.name);
}

pub(crate) fn unlinking_takes_a_fresh_login_of_its_owner(on: Framework) {
    let rp = Rp::start(on);
    let (alice, bob) = (rp.app.login(ALICE), rp.app.login(BOB));
    rp.link(&alice).expect(303);
    let route = route(&rp, &alice);
    let delete = |target: &str| rp.app.request("DELETE", target);
    delete(&route).send().problem(401, "unauthenticated");
    delete(&route).session(&bob).send().problem(404, "not_found");
    delete(&route.replace(ID, "other")).session(&alice).send().problem(404, "not_found");
    for id in ["x", "00112233445566778899aabbccddeeff", "%00"] {
        let reply = delete(&format!("/auth/accounts/{ID}/{id}")).session(&alice).send();
        assert!(matches!(reply.status, 400 | 404), "{id}: {reply:?}");
    }
    for (name, value) in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        delete(&route).session(&alice).header(name, value).send().problem(403, "csrf_failed");
        let twin = rp.app.post(&format!("{route}/delete")).form(&[]).session(&alice);
        twin.header(name, value).send().problem(403, "csrf_failed");
    }
    for method in ["GET", "HEAD"] {
        for target in [route.clone(), format!("{route}/delete")] {
            rp.app.request(method, &target).session(&alice).send().expect(405);
        }
    }
    later(&rp, STALE);
    delete(&route).session(&alice).send().problem(401, "reauthentication_required");
    assert_eq!(linked(&rp.app, ALICE), 1);
}

pub(crate) fn the_last_way_to_log_in_cannot_be_removed(on: Framework) {
    let (idp, other) = (Idp::start(), Idp::start());
    let entries = [entry(ID, &idp), entry("other", &other)];
    let rp = Rp::with(on, idp, |builder| builder.providers(entries));
    let jane = rp.log_in();
    let route = route(&rp, &jane);
    let delete = |target: &str| rp.app.request("DELETE", target).session(&jane).send();
    delete(&route).problem(409, "last_login_method");
    assert_eq!(rp.id(&rp.log_in()), rp.id(&jane));
    // With another one beside it, either of them may go.
    let begun = rp.begin_by(rp.start_of("other", &[("link", "true")]).session(&jane));
    let target = format!("/auth/login/other/callback?{}", other.authorize(&begun.location));
    let cookies = [("session", &*jane), ("session-login", &*begun.browser)];
    rp.app.get(&target).cookies(&cookies).send().expect(303);
    delete(&route).expect(204);
    // The session that it began went with it.
    delete(&route).problem(401, "unauthenticated");
    let begun = rp.begin_by(rp.start_of("other", &[]));
    let target = format!("/auth/login/other/callback?{}", other.authorize(&begun.location));
    let reply = rp.app.get(&target).cookies(&[("session-login", &begun.browser)]).send().expect(303);
    let jane = reply.cookie("session").unwrap();
    let left = accounts(&rp, &jane);
    assert_eq!(left.len(), 1);
    let last = format!("/auth/accounts/other/{}", left[0]["id"].as_str().unwrap());
    rp.app.request("DELETE", &last).session(&jane).send().problem(409, "last_login_method");
}

pub(crate) fn of_the_last_two_one_stays_whatever_happens_at_once(on: Framework) {
    let (idp, other) = (Idp::start(), Idp::start());
    let entries = [entry(ID, &idp), entry("other", &other)];
    let rp = Rp::with(on, idp, |builder| builder.providers(entries));
    let jane = rp.log_in();
    let begun = rp.begin_by(rp.start_of("other", &[("link", "true")]).session(&jane));
    let target = format!("/auth/login/other/callback?{}", other.authorize(&begun.location));
    rp.app.get(&target).cookies(&[("session", &jane), ("session-login", &begun.browser)]).send().expect(303);
    let id = UserId::new(rp.id(&jane));
    let routes: Vec<_> = accounts(&rp, &jane)
        .iter()
        .map(|account| {
            format!(
                "/auth/accounts/{}/{}",
                account["provider"].as_str().unwrap(),
                account["id"].as_str().unwrap()
            )
        })
        .collect();
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let (rp, jane) = (&rp, &jane);
        let running: Vec<_> = routes
            .iter()
            .map(|route| scope.spawn(move || rp.app.request("DELETE", route).session(jane).send().status))
            .collect();
        running.into_iter().map(|running| running.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    // Whoever comes second finds the last account, or the session gone that the first one began.
    assert!(matches!(*statuses, [204, 409 | 401]), "{statuses:?}");
    assert_eq!(rp.app.block_on(rp.app.auth.providers().linked_accounts(&id)).unwrap().len(), 1);
}

pub(crate) fn unlinking_ends_the_sessions_that_the_account_began(on: Framework) {
    let rp = Rp::start(on);
    let (alice, elsewhere) = (rp.app.login(ALICE), rp.app.login(ALICE));
    rp.link(&alice).expect(303);
    let (one, two) = (rp.log_in(), rp.log_in());
    // Proven by the password as well, in the session that it is disconnected in, and in another one.
    let prove = |session: &str| {
        let form = [("password", ALICE.password)];
        let reply = rp.app.post("/auth/reauthenticate").form(&form).session(session).send();
        reply.expect(200).cookie("session").unwrap()
    };
    let (here, there) = (prove(&one), prove(&rp.log_in()));
    rp.app.request("DELETE", &route(&rp, &here)).session(&here).send().expect(204);
    for (session, lives) in
        [(&here, true), (&alice, true), (&elsewhere, true), (&two, false), (&there, false)]
    {
        assert_eq!(rp.app.is_logged_in(session), lives);
    }
}

pub(crate) fn the_session_that_disconnects_the_account_that_it_came_by_ends(on: Framework) {
    let rp = Rp::start(on);
    let alice = rp.app.login(ALICE);
    rp.link(&alice).expect(303);
    let session = rp.log_in();
    rp.app.request("DELETE", &route(&rp, &session)).session(&session).send().expect(204);
    assert!(!rp.app.is_logged_in(&session) && rp.app.is_logged_in(&alice));
}

pub(crate) fn the_page_connects_and_disconnects(on: Framework) {
    let rp = Rp::start(on);
    rp.idp.set_claims(&json!({"sub": "1", "name": "<b>Jane</b>", "email": "j@example.net"}));
    let alice = rp.app.login(ALICE);
    let page = || rp.app.get("/auth/accounts").session(&alice).browser().send().expect(200).text();
    assert!(page().contains(&format!("/auth/login/{ID}?link=true")), "{}", page());
    rp.link(&alice).expect(303);
    let text = page();
    assert!(text.contains("Work account") && !text.contains("<b>Jane"), "{text}");
    assert!(text.contains("besides the password") && !text.contains("link=true"), "one of each: {text}");
    let action = format!("{}/delete", route(&rp, &alice));
    assert!(text.contains(&format!("action=\"{action}\"")), "{text}");
    let gone = rp.app.post(&action).form(&[("next", "/auth/accounts")]).session(&alice).browser().send();
    gone.redirect("/auth/accounts");
    assert_eq!(linked(&rp.app, ALICE), 0);
    let nobody = rp.app.get("/auth/accounts").browser().send().expect(303);
    assert_eq!(nobody.header("location"), Some("/auth/login?next=%2Fauth%2Faccounts"));
    rp.app.get("/auth/accounts").send().problem(401, "unauthenticated");
}

pub(crate) fn an_account_without_a_password_confirms_by_its_provider(on: Framework) {
    let rp = Rp::start(on);
    let jane = rp.log_in();
    later(&rp, STALE);
    rp.app.get("/fresh").session(&jane).send().problem(401, "reauthentication_required");
    let page =
        rp.app.get("/auth/reauthenticate?next=%2Ffresh").session(&jane).browser().send().expect(200).text();
    assert!(
        page.contains(&format!("action=\"/auth/login/{ID}\"")) && page.contains("value=\"/fresh\""),
        "{page}"
    );
    let confirm = || {
        let start = rp.start_of(ID, &[("reauthenticate", "true"), ("next", "/fresh")]).session(&jane);
        let begun = rp.begin_by(start);
        assert_eq!(query(&begun.location, "max_age").as_deref(), Some("0"));
        assert_eq!(query(&begun.location, "prompt").as_deref(), Some("login"));
        let target = format!("/auth/login/{ID}/callback?{}", rp.idp.authorize(&begun.location));
        rp.app.get(&target).cookies(&[("session", &jane), ("session-login", &begun.browser)]).send()
    };
    // A provider that did not ask again, and one that does not say.
    rp.idp.forge(|token| token.shift("auth_time", -120));
    confirm().problem(400, "provider_error");
    rp.idp.forge(|token| token.without("auth_time"));
    confirm().problem(400, "provider_error");
    rp.idp.repent();
    // Somebody else's account there.
    rp.idp.set_claims(&json!({"sub": "another"}));
    confirm().problem(400, "provider_error");
    assert!(rp.app.is_logged_in(&jane), "nothing happened");
    rp.idp.set_claims(&json!({"sub": "248289761001"}));
    let renewed = confirm().redirect("/fresh").cookie("session").unwrap();
    assert_ne!(renewed, jane);
    assert!(!rp.app.is_logged_in(&jane), "the old id is dead");
    rp.app.get("/fresh").session(&renewed).send().expect(200);
}

pub(crate) fn a_login_that_was_long_ago_there_is_not_fresh_here(on: Framework) {
    let rp = Rp::start(on);
    rp.idp.forge(|token| token.shift("auth_time", -3600));
    let session = rp.log_in();
    let me = rp.app.get("/auth/me").session(&session).send().expect(200).json();
    assert_eq!(me["auth"]["fresh"], false, "{me}");
    rp.app.get("/fresh").session(&session).send().problem(401, "reauthentication_required");
}

pub(crate) fn its_owner_is_told_and_locks_everybody_out(on: Framework) {
    for rp in [Rp::start(on), Rp::start_on_sqlite(on)] {
        rp.idp.set_claims(&json!({"sub": "thiefs"}));
        let thief = rp.app.login(ALICE);
        rp.link(&thief).expect(303);
        let mail = rp.app.mails_to(ADDRESS).pop().unwrap();
        assert!(mail.subject().contains("Work account"), "{}", mail.subject());
        let token = rp.app.mailed_token(ADDRESS);
        let by_provider = rp.log_in();
        assert_eq!(rp.who(&by_provider), ALICE.name);
        // A new password is not enough against what was linked: the link of the notice is.
        rp.app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
        let body = json!({"token": rp.app.mailed_token(ADDRESS), "new_password": "eleven quiet lanterns by the lake"});
        rp.app.post("/auth/password/reset").json(&body).send().expect(204);
        assert_eq!(rp.who(&rp.log_in()), ALICE.name);
        // The notice of the new password does not void it.
        rp.app.post("/auth/account/secure").json(&json!({"token": token})).send().expect(204);
        assert_eq!(linked(&rp.app, ALICE), 0);
        assert!(!rp.app.is_logged_in(&by_provider) && !rp.app.is_logged_in(&thief));
        assert_ne!(rp.who(&rp.log_in()), ALICE.name);
    }
}

pub(crate) fn its_owner_is_told_of_a_disconnected_account(on: Framework) {
    let rp = Rp::start(on);
    let alice = rp.app.login(ALICE);
    rp.link(&alice).expect(303);
    let (told, route) = (rp.app.mails_to(ADDRESS).len(), route(&rp, &alice));
    rp.app.request("DELETE", &route).session(&alice).send().expect(204);
    let mails = rp.app.mails_to(ADDRESS);
    assert_eq!(mails.len(), told + 1);
    assert!(
        mails[told].subject().contains("disconnected")
            && mails[told].text().contains("/auth/account/secure?token=")
    );
    rp.app.request("DELETE", &route).session(&alice).send().problem(404, "not_found");
    assert_eq!(rp.app.mails_to(ADDRESS).len(), told + 1);
}

/// What becomes of a guest who connects an account.
fn guest_who_links(on: Framework, policy: SignUpPolicy) -> (u16, bool) {
    let rp = Rp::start_with(on, |entry| entry.sign_up(policy));
    let password = "violet umbrella cactus seventeen";
    let id = rp.app.block_on(async {
        let mut guest = rp.app.auth.users().new_user("guest-1").unwrap();
        let at = rp.app.clock.now() + Duration::from_secs(86_400);
        guest.ending = Some(Ending { cause: EndingCause::Guest, at });
        rp.app.auth.users().create(guest, password).await.unwrap().id.clone()
    });
    let session = rp.app.try_login("guest-1", password).send().expect(200).session().unwrap();
    let status = rp.link(&session).status;
    (status, rp.app.block_on(rp.app.auth.users().get(&id)).unwrap().unwrap().is_guest())
}

pub(crate) fn a_guest_connects_only_where_people_may_sign_up(on: Framework) {
    assert_eq!(guest_who_links(on, SignUpPolicy::Open), (303, false));
    assert_eq!(guest_who_links(on, SignUpPolicy::Closed), (403, true));
}
