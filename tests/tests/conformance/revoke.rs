//! Revocation (RFC 7009).

use conformance::{ALICE, Framework, Reply, TestApp};

fn revoke(app: &TestApp, token: &str) -> Reply {
    app.post("/auth/revoke").form(&[("token", token)]).send()
}

pub(crate) fn a_refresh_token_ends_its_family_and_its_access_tokens(on: Framework) {
    revoke_family(&on.start());
}

pub(crate) fn a_refresh_token_ends_its_family_on_sqlite(on: Framework) {
    revoke_family(&on.start_on_sqlite());
}

fn revoke_family(app: &TestApp) {
    let (pair, other) = (app.tokens(ALICE, "reports:read"), app.tokens(ALICE, ""));
    let reply = revoke(app, &pair.refresh).expect(200);
    assert!(reply.body.is_empty());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    app.try_refresh(&pair.refresh).send().oauth(400, "invalid_grant");
    app.get("/api").bearer(&pair.access).send().problem(401, "invalid_token");
    app.get("/scoped").bearer(&pair.access).send().problem(401, "invalid_token");
    assert!(app.takes_token(&other.access));
}

pub(crate) fn an_access_token_is_dead_at_the_next_request(on: Framework) {
    let app = on.start();
    let pair = app.tokens(ALICE, "");
    assert!(app.takes_token(&pair.access));
    revoke(&app, &pair.access).expect(200);
    assert!(!app.takes_token(&pair.access));
}

pub(crate) fn a_token_that_was_rotated_away_still_revokes_its_family(on: Framework) {
    let app = on.start();
    let pair = app.tokens(ALICE, "");
    let next = app.try_refresh(&pair.refresh).send().expect(200).json();
    revoke(&app, &pair.refresh).expect(200);
    app.try_refresh(next["refresh_token"].as_str().unwrap()).send().oauth(400, "invalid_grant");
    assert!(!app.takes_token(next["access_token"].as_str().unwrap()));
}

pub(crate) fn an_unknown_token_is_200(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let pair = app.tokens(ALICE, "");
    for token in ["x", "a.b.c", &"A".repeat(66), &session, "\u{fc}"] {
        revoke(&app, token).expect(200);
    }
    revoke(&app, &pair.refresh).expect(200);
    revoke(&app, &pair.refresh).expect(200);
    assert!(app.is_logged_in(&session), "a session id is no token");
    app.post("/auth/revoke").form(&[]).send().oauth(400, "invalid_request");
    app.post("/auth/revoke").form(&[("token", "x"), ("token_type_hint", "nonsense")]).send().expect(200);
}

pub(crate) fn another_clients_token_is_untouched(on: Framework) {
    let app = on.start();
    let pair = app.foreign_tokens(ALICE, "other", "reports:read");
    revoke(&app, &pair.refresh).expect(200);
    revoke(&app, &pair.access).expect(200);
    app.get("/scoped").bearer(&pair.access).send().expect(200);
}

pub(crate) fn nobody_revokes_as_another_client(on: Framework) {
    let app = on.start();
    let pair = app.tokens(ALICE, "");
    let fields = [("token", pair.refresh.as_str()), ("client_id", "other")];
    app.post("/auth/revoke").form(&fields).send().oauth(401, "invalid_client");
    app.post("/auth/revoke").basic("other", "x").form(&fields[..1]).send().oauth(401, "invalid_client");
    assert!(app.takes_token(&pair.access));
}
