//! Logging out at the provider, and being logged out by it (OpenID Connect RP-Initiated Logout 1.0, Back-Channel Logout 1.0).

use std::time::Duration;

use auth_core::key::SigningAlgorithm;
use conformance::{ALICE, Answer, CLIENT, Framework, IdToken, Key, Place, Reply, Signature, query};
use serde_json::{Value, json};

use crate::rp::{ID, Rp};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What makes a good logout token a bad one.
type Change = (&'static str, fn(&mut IdToken));

const CHANGES: [Change; 28] = [
    ("typ of access tokens", |token| token.header["typ"] = json!("at+jwt")),
    ("typ of other events", |token| token.header["typ"] = json!("secevent+jwt")),
    ("alg none", |token| {
        token.header["alg"] = json!("none");
        token.signature = Signature::Missing;
    }),
    ("HS256 by the client secret", |token| {
        token.header["alg"] = json!("HS256");
        token.signature = Signature::Hmac(CLIENT.1.into());
    }),
    ("signature wrong", |token| token.signature = Signature::Wrong),
    ("a key of somebody else", |token| {
        token.signature = Signature::Key(Key::generate(SigningAlgorithm::EdDsa, 666));
    }),
    ("iss missing", |token| token.without("iss")),
    ("iss another", |token| token.claims["iss"] = json!("https://evil.example")),
    ("aud missing", |token| token.without("aud")),
    ("aud another", |token| token.claims["aud"] = json!("another-client")),
    ("several aud without ours", |token| token.claims["aud"] = json!(["x", "y"])),
    ("iat missing", |token| token.without("iat")),
    ("iat stale", |token| token.shift("iat", -661)),
    ("iat ahead", |token| token.shift("iat", 600)),
    ("exp over", |token| token.shift("exp", -600)),
    ("exp as text", |token| token.claims["exp"] = json!("never")),
    ("jti missing", |token| token.without("jti")),
    ("jti empty", |token| token.claims["jti"] = json!("")),
    ("jti a number", |token| token.claims["jti"] = json!(1)),
    ("neither sub nor sid", |token| {
        token.without("sub");
        token.without("sid");
    }),
    ("sub empty", |token| token.claims["sub"] = json!("")),
    ("sid a number", |token| token.claims["sid"] = json!(1)),
    ("events missing", |token| token.without("events")),
    ("events empty", |token| token.claims["events"] = json!({})),
    ("another event", |token| token.claims["events"] = json!({"http://schemas.openid.net/event/other": {}})),
    ("the event no object", |token| token.claims["events"] = json!({EVENT: true})),
    ("events a list", |token| token.claims["events"] = json!([EVENT])),
    ("a nonce", |token| token.claims["nonce"] = json!("n")),
];

pub(crate) fn claims(rp: &Rp, jti: &str) -> Value {
    json!({
        "iss": rp.idp.issuer(), "aud": CLIENT.0, "iat": rp.idp.now(), "exp": rp.idp.now() + 120, "jti": jti,
        "sub": "248289761001", "events": {EVENT: {}},
    })
}

fn post(rp: &Rp, token: &str) -> Reply {
    let post = rp.app.post(&format!("/auth/login/{ID}/backchannel-logout")).form(&[("logout_token", token)]);
    post.send()
}

pub(crate) fn log_out(rp: &Rp, claims: &Value) -> Reply {
    post(rp, &rp.idp.sign("logout+jwt", claims))
}

/// A session whose provider calls its own this.
fn session(rp: &Rp, sid: &'static str) -> String {
    rp.idp.forge(move |token| token.claims["sid"] = json!(sid));
    let session = rp.log_in();
    rp.idp.repent();
    session
}

pub(crate) fn a_provider_ends_the_session_that_it_names(on: Framework) {
    let rp = Rp::start(on);
    let (one, two) = (session(&rp, "one"), session(&rp, "two"));
    for with_subject in [true, false] {
        let sid = if with_subject { "one" } else { "two" };
        let mut claims = claims(&rp, sid);
        claims["sid"] = json!(sid);
        if !with_subject {
            claims.as_object_mut().unwrap().remove("sub");
        }
        let reply = log_out(&rp, &claims).expect(200);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!((rp.app.is_logged_in(&one), rp.app.is_logged_in(&two)), (false, with_subject));
    }
}

pub(crate) fn a_provider_ends_all_sessions_of_its_subject(on: Framework) {
    let rp = Rp::start(on);
    let alice = rp.app.login(ALICE);
    rp.link(&alice).expect(303);
    let (one, two) = (session(&rp, "one"), rp.log_in());
    rp.idp.set_claims(&json!({"sub": "somebody else"}));
    let other = rp.log_in();
    log_out(&rp, &claims(&rp, "all")).expect(200);
    assert_eq!((rp.app.is_logged_in(&one), rp.app.is_logged_in(&two)), (false, false));
    assert!(rp.app.is_logged_in(&other), "another subject");
    assert!(rp.app.is_logged_in(&alice), "a session that a password began is not the provider's");
}

pub(crate) fn a_logout_of_nobody_here_is_fine(on: Framework) {
    let rp = Rp::start(on);
    let session = session(&rp, "one");
    let mut other = claims(&rp, "1");
    other["sub"] = json!("nobody");
    other["sid"] = json!("nowhere");
    log_out(&rp, &other).expect(200);
    assert!(rp.app.is_logged_in(&session));
}

pub(crate) fn a_logout_token_that_is_not_right_ends_nothing(on: Framework) {
    let rp = Rp::start(on);
    let session = session(&rp, "one");
    for (name, change) in CHANGES {
        let mut claims = claims(&rp, name);
        claims["sid"] = json!("one");
        let key = rp.idp.key();
        let signature = Signature::Key(key.clone());
        let mut token = IdToken { header: key.header("logout+jwt"), claims, payload: None, signature };
        change(&mut token);
        let reply = post(&rp, &token.sign(&key));
        assert_eq!(reply.status, 400, "{name}: {}", reply.text());
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{name}");
        assert!(rp.app.is_logged_in(&session), "{name}");
    }
    for token in ["", "x", "a.b.c", "....."] {
        assert_eq!(post(&rp, token).status, 400, "{token:?}");
    }
    assert!(rp.app.is_logged_in(&session));
}

pub(crate) fn an_id_token_is_no_logout_token(on: Framework) {
    let rp = Rp::start(on);
    let session = session(&rp, "one");
    let mut claims = claims(&rp, "1");
    claims.as_object_mut().unwrap().remove("events");
    post(&rp, &rp.idp.sign("JWT", &claims)).expect(400);
    assert!(rp.app.is_logged_in(&session));
}

/// Entra dates its tokens five minutes back.
pub(crate) fn a_logout_token_that_is_dated_back_works_once(on: Framework) {
    let rp = Rp::start(on);
    let session = session(&rp, "one");
    let mut claims = claims(&rp, "dated back");
    claims["iat"] = json!(rp.idp.now() - 300);
    log_out(&rp, &claims).expect(200);
    assert!(!rp.app.is_logged_in(&session));
    // As long as its date would pass.
    rp.app.clock.advance(Duration::from_secs(359));
    claims.as_object_mut().unwrap().remove("exp");
    log_out(&rp, &claims).expect(400);
}

pub(crate) fn a_logout_token_works_once(on: Framework) {
    let rp = Rp::start(on);
    session(&rp, "one");
    let claims = claims(&rp, "once");
    log_out(&rp, &claims).expect(200);
    let session = rp.log_in();
    log_out(&rp, &claims).expect(400);
    assert!(rp.app.is_logged_in(&session), "a replay ends no new session");
}

/// What a provider does while a login is held up at this place, and what then becomes of the login.
fn overtake(rp: &Rp, place: Place, sid: &'static str, meanwhile: impl FnOnce()) -> Reply {
    let begun = rp.begin();
    rp.idp.forge(move |token| token.claims["sid"] = json!(sid));
    let back = rp.way_back(&begun, &rp.idp.authorize(&begun.location));
    let gate = rp.faults.close_gate_at(place);
    let login = std::thread::spawn(move || back.send());
    gate.wait();
    rp.app.clock.advance(Duration::from_secs(1));
    rp.idp.clock().advance(Duration::from_secs(1));
    meanwhile();
    gate.open();
    let reply = login.join().unwrap();
    rp.idp.repent();
    reply
}

pub(crate) fn a_logout_that_overtakes_a_login_ends_it(on: Framework) {
    let rp = Rp::start(on);
    for (place, names_session) in [
        (Place::BeforeSession, true),
        (Place::BeforeSession, false),
        (Place::AfterSession, true),
        (Place::AfterSession, false),
    ] {
        let sid = if names_session { "one" } else { "all" };
        let reply = overtake(&rp, place, sid, || {
            let mut claims = claims(&rp, &format!("{place:?} {names_session}"));
            if names_session {
                claims["sid"] = json!("one");
                claims.as_object_mut().unwrap().remove("sub");
            }
            log_out(&rp, &claims).expect(200);
        });
        let reply = reply.problem(400, "provider_error");
        assert_eq!(reply.cookie("session"), None, "{place:?}");
        assert_eq!(living(&rp), 0, "{place:?} {names_session}");
        // A login that is begun after the logout is another one.
        let session = session(&rp, sid);
        assert!(rp.app.is_logged_in(&session));
        rp.app.post("/auth/logout").session(&session).send().expect(204);
    }
}

pub(crate) fn a_logout_of_another_session_overtakes_nobody(on: Framework) {
    let rp = Rp::start(on);
    let reply = overtake(&rp, Place::BeforeSession, "mine", || {
        for (sub, sid) in [("248289761001", Some("other")), ("somebody else", None)] {
            let mut claims = claims(&rp, sub);
            claims["sub"] = json!(sub);
            if let Some(sid) = sid {
                claims["sid"] = json!(sid);
            }
            log_out(&rp, &claims).expect(200);
        }
    });
    assert!(rp.app.is_logged_in(&reply.expect(303).cookie("session").unwrap()));
}

pub(crate) fn a_login_by_an_account_that_is_disconnected_meanwhile_ends(on: Framework) {
    let rp = Rp::start(on);
    for place in [Place::BeforeSession, Place::AfterSession] {
        let alice = rp.app.login(ALICE);
        rp.link(&alice).expect(303);
        let held = rp.app.block_on(rp.app.auth.providers().linked_accounts(&rp.app.user(ALICE).id)).unwrap();
        let route = format!("/auth/accounts/{ID}/{}", held[0].id);
        let reply = overtake(&rp, place, "one", || {
            rp.app.request("DELETE", &route).session(&alice).send().expect(204);
        });
        assert_eq!(reply.problem(400, "provider_error").cookie("session"), None);
        assert!(rp.app.is_logged_in(&alice));
        assert_eq!(rp.app.sessions(ALICE), 1, "{place:?}: the one that disconnected it");
        rp.app.post("/auth/logout").session(&alice).send().expect(204);
    }
}

pub(crate) fn a_login_that_takes_longer_than_logouts_are_remembered_ends(on: Framework) {
    let rp = Rp::start(on);
    let wait = |seconds| {
        let reply = overtake(&rp, Place::BeforeSession, "one", || {
            rp.app.clock.advance(Duration::from_secs(seconds));
            rp.idp.clock().advance(Duration::from_secs(seconds));
        });
        (reply.status, living(&rp))
    };
    assert_eq!(wait(20 * 60 - 1), (400, 0));
    assert_eq!(wait(20 * 60 - 2), (303, 1));
}

/// How many sessions the provider's person has here.
fn living(rp: &Rp) -> usize {
    let user = rp.app.block_on(rp.app.auth.users().find("jane")).unwrap().unwrap();
    rp.app.block_on(rp.app.auth.sessions().list(&user)).unwrap().len()
}

pub(crate) fn a_logout_needs_no_origin_and_no_cookie(on: Framework) {
    let rp = Rp::start(on);
    let session = session(&rp, "one");
    let target = format!("/auth/login/{ID}/backchannel-logout");
    let token = rp.idp.sign("logout+jwt", &claims(&rp, "1"));
    rp.app.post(&target).json(&json!({"logout_token": token})).send().expect(415);
    rp.app.post(&target).form(&[("other", "x")]).send().expect(400);
    rp.app.get(&format!("{target}?logout_token={token}")).send().expect(405);
    assert!(rp.app.is_logged_in(&session));
    let post = rp.app.post(&target).form(&[("logout_token", &token)]).header("Sec-Fetch-Site", "cross-site");
    post.send().expect(200);
    assert!(!rp.app.is_logged_in(&session));
}

pub(crate) fn a_logout_while_the_store_is_down_can_be_tried_again(on: Framework) {
    let rp = Rp::start(on);
    let session = session(&rp, "one");
    let claims = claims(&rp, "again");
    rp.faults.break_down();
    log_out(&rp, &claims).expect(503);
    rp.faults.recover();
    log_out(&rp, &claims).expect(200);
    assert!(!rp.app.is_logged_in(&session));
}

pub(crate) fn logging_out_here_logs_out_there(on: Framework) {
    let rp = Rp::start_with(on, |entry| entry.rp_initiated_logout(true));
    let session = rp.log_in();
    let reply = rp.app.post("/auth/logout").form(&[]).session(&session).browser().send().expect(303);
    assert!(!rp.app.is_logged_in(&session), "first of all here");
    let location = reply.header("location").unwrap();
    assert_eq!(location.split('?').next(), Some(&*format!("{}/end", rp.idp.issuer())));
    assert_eq!(query(location, "client_id").as_deref(), Some(CLIENT.0));
    assert_eq!(query(location, "post_logout_redirect_uri"), Some(format!("{}/", rp.app.base)));
    let hint = query(location, "id_token_hint").unwrap();
    assert_eq!(hint.split('.').count(), 3, "{hint}");
    // A program follows no redirect.
    let session = rp.log_in();
    rp.app.post("/auth/logout").session(&session).send().expect(204);
    // Who came by a password stays away from the provider.
    let alice = rp.app.login(ALICE);
    rp.app.post("/auth/logout").form(&[]).session(&alice).browser().send().redirect("/");
}

pub(crate) fn logging_out_stays_here_unless_told_otherwise(on: Framework) {
    let rp = Rp::start(on);
    let session = rp.log_in();
    rp.app.post("/auth/logout").form(&[]).session(&session).browser().send().redirect("/");
    assert!(!rp.app.is_logged_in(&session));
}

pub(crate) fn a_provider_that_is_down_keeps_nobody_logged_in(on: Framework) {
    let rp = Rp::start_with(on, |entry| entry.rp_initiated_logout(true));
    let session = rp.log_in();
    rp.idp.lie("/.well-known/openid-configuration", |_, _| Answer::Silence);
    rp.app.clock.advance(Duration::from_secs(13 * 24 * 60 * 60));
    let reply = rp.app.post("/auth/logout").form(&[]).session(&session).browser().send().expect(303);
    assert!(!rp.app.is_logged_in(&session), "{reply:?}");
}
