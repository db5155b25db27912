//! Logins by a provider that lack a second factor: the provider's word is the first one only.

use std::sync::Arc;

use auth_core::ErrorKind;
use auth_core::login::Amr;
use auth_core::testing::ShownFactor;
use conformance::{ALICE, Framework, Holders, Idp, query, waits, waits_in_a_browser};

use crate::accounts::linked;
use crate::logout::{claims, log_out};
use crate::rp::{ID, Rp, entry};
use crate::step_up::{come_back_to, is_fresh, later};

/// These have a second factor.
fn start(on: Framework, holders: &'static [&'static str]) -> Rp {
    let idp = Idp::start();
    let config = entry(ID, &idp);
    Rp::with(on, idp, |builder| builder.provider(config).second_factors(Arc::new(Holders(holders))))
}

pub(crate) fn a_login_by_a_provider_waits(on: Framework) {
    let rp = start(on, &["jane"]);
    let before = rp.faults.session_inserts();
    let pending = waits(rp.try_login());
    rp.app.opens_nothing(&pending);
    let begun = rp.begin_by(rp.start_of(ID, &[("next", "/private")]));
    let back = rp.way_back(&begun, &rp.idp.authorize(&begun.location)).browser().send();
    assert_eq!(back.header("referrer-policy"), Some("no-referrer"));
    rp.app.opens_nothing(&waits_in_a_browser(back));
    assert_eq!(rp.faults.session_inserts(), before, "no session was made");
    let session = rp.app.show_factor(&[("pending", &pending)]).unwrap();
    assert_eq!(rp.who(&session), "jane");
    // It is the provider's session, as any login by it is.
    let me = rp.app.get("/auth/me").session(&session).send().expect(200).json();
    assert_eq!(me["auth"]["amr"], serde_json::json!(["otp", "mfa", "fed"]));
}

pub(crate) fn a_factor_leads_to_where_the_login_wanted(on: Framework) {
    let rp = start(on, &["jane"]);
    let begun = rp.begin_by(rp.start_of(ID, &[("next", "/private")]));
    let pending = waits(rp.come_back(&begun, &rp.idp.authorize(&begun.location)));
    let shown = rp.app.show(&[("pending", &pending)], Some(Amr::OTP)).unwrap();
    let ShownFactor::LoggedIn { next, .. } = shown else { panic!("{shown:?}") };
    assert_eq!(next.as_deref(), Some("/private"));
}

/// Shows the factor once what the login stands on is gone: it lets nobody in, now and later.
#[track_caller]
fn is_over(rp: &Rp, cookies: &[(&str, &str)]) {
    let refused = rp.app.show(cookies, Some(Amr::OTP)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ProviderError);
    assert_eq!(rp.app.show(cookies, Some(Amr::OTP)).unwrap(), ShownFactor::NothingWaits);
}

pub(crate) fn a_login_that_its_provider_ends_while_it_waits_lets_nobody_in(on: Framework) {
    let rp = start(on, &["jane"]);
    for names_session in [true, false] {
        rp.idp.forge(|token| token.claims["sid"] = serde_json::json!("one"));
        let pending = waits(rp.try_login());
        rp.idp.repent();
        later(&rp);
        let mut claims = claims(&rp, if names_session { "session" } else { "subject" });
        if names_session {
            claims["sid"] = serde_json::json!("one");
            claims.as_object_mut().unwrap().remove("sub");
        }
        log_out(&rp, &claims).expect(200);
        is_over(&rp, &[("pending", &pending)]);
        // A login that is begun after the logout is another one.
        let pending = waits(rp.try_login());
        assert!(rp.app.show_factor(&[("pending", &pending)]).is_some());
    }
}

pub(crate) fn a_login_by_an_account_that_is_disconnected_while_it_waits_lets_nobody_in(on: Framework) {
    let rp = start(on, &["alice"]);
    let form = [("username", ALICE.name), ("password", ALICE.password)];
    let alice = waits(rp.app.post("/auth/login").form(&form).send());
    let alice = rp.app.show_factor(&[("pending", &alice)]).unwrap();
    rp.link(&alice).expect(303);
    let pending = waits(rp.try_login());
    let held = rp.app.block_on(rp.app.auth.providers().linked_accounts(&rp.app.user(ALICE).id)).unwrap();
    let unlink = rp.app.request("DELETE", &format!("/auth/accounts/{ID}/{}", held[0].id));
    unlink.session(&alice).send().expect(204);
    is_over(&rp, &[("pending", &pending)]);
    assert_eq!(rp.app.sessions(ALICE), 1, "the one that disconnected it");
}

pub(crate) fn a_proof_that_its_provider_ends_while_it_waits_confirms_nobody(on: Framework) {
    let rp = start(on, &["jane"]);
    let pending = waits(rp.try_login());
    let jane = rp.app.show_factor(&[("pending", &pending)]).unwrap();
    later(&rp);
    let begun = rp.begin_by(rp.start_of(ID, &[("reauthenticate", "true")]).session(&jane));
    let pending = waits(come_back_to(&rp, &jane, &begun));
    later(&rp);
    log_out(&rp, &claims(&rp, "all")).expect(200);
    assert!(!rp.app.is_logged_in(&jane));
    is_over(&rp, &[("pending", &pending), ("session", &jane)]);
}

pub(crate) fn a_login_to_link_waits(on: Framework) {
    let rp = start(on, &["alice"]);
    let connect = format!("/auth/login/{ID}?link=true");
    let form = [("username", ALICE.name), ("password", ALICE.password), ("next", connect.as_str())];
    let login = rp.app.post("/auth/login").form(&form).browser();
    let pending = waits_in_a_browser(login.send());
    let start = rp.start_of(ID, &[("link", "true")]).cookies(&[("pending", &pending)]);
    start.send().problem(401, "unauthenticated");
    assert_eq!(linked(&rp.app, ALICE), 0);
    let session = rp.app.show_factor(&[("pending", &pending)]).unwrap();
    rp.link(&session).expect(303);
    assert_eq!(linked(&rp.app, ALICE), 1);
    // From now on the provider's word is her first factor.
    waits(rp.try_login());
}

pub(crate) fn a_proof_by_a_provider_waits(on: Framework) {
    let rp = start(on, &["jane"]);
    let pending = waits(rp.try_login());
    let jane = rp.app.show_factor(&[("pending", &pending)]).unwrap();
    later(&rp);
    let start = rp.start_of(ID, &[("reauthenticate", "true"), ("next", "/fresh")]).session(&jane);
    let begun = rp.begin_by(start);
    assert_eq!(query(&begun.location, "prompt").as_deref(), Some("login"));
    let pending = waits(come_back_to(&rp, &jane, &begun));
    rp.app.opens_nothing(&pending);
    assert!(rp.app.is_logged_in(&jane) && !is_fresh(&rp, &jane), "the session is as it was");
    let renewed = rp.app.show_factor(&[("pending", &pending), ("session", &jane)]).unwrap();
    assert!(is_fresh(&rp, &renewed) && !rp.app.is_logged_in(&jane));
}
