//! Guards in each form in which a handler can take them, and what a handler asks by hand.

use conformance::{ALICE, Framework, ROOT};

/// Where nobody is asked for.
const OPTIONAL: [&str; 3] = ["/maybe", "/option", "/result"];

pub(crate) fn nobody_is_let_in_where_nobody_is_asked_for(on: Framework) {
    let app = on.start_taken();
    for path in OPTIONAL {
        assert_eq!(app.get(path).send().expect(200).text(), "nobody", "{path}");
    }
}

pub(crate) fn a_session_is_seen_where_nobody_is_asked_for(on: Framework) {
    let app = on.start_taken();
    let session = app.login(ALICE);
    for path in OPTIONAL {
        assert_eq!(app.get(path).session(&session).send().expect(200).text(), "alice", "{path}");
    }
}

pub(crate) fn a_bad_token_is_refused_however_the_guard_is_taken(on: Framework) {
    let app = on.start_taken();
    let session = app.login(ALICE);
    for path in OPTIONAL.into_iter().chain(["/who"]) {
        app.get(path).bearer("x").session(&session).send().problem(401, "invalid_token");
    }
}

pub(crate) fn a_redirect_of_the_handlers_own_stays(on: Framework) {
    on.start_taken().get("/own").browser().send().redirect("/welcome");
}

pub(crate) fn a_guard_decides_before_a_body_that_is_no_text_is_refused(on: Framework) {
    let app = on.start_taken();
    for content_type in ["application/json", "text/plain"] {
        app.post("/write").body(content_type, [0xff]).send().problem(401, "unauthenticated");
    }
    let session = app.login(ALICE);
    assert_eq!(app.post("/write").session(&session).body("text/plain", "x").send().expect(200).text(), "ok");
    let refused = app.post("/write").session(&session).body("text/plain", [0xff]).send().status;
    assert!((400..500).contains(&refused) && refused != 401, "{refused}");
}

pub(crate) fn a_handler_asks_who_calls_and_for_more(on: Framework) {
    let app = on.start_taken();
    let (alice, root) = (app.login(ALICE), app.login(ROOT));
    for (session, who, may_order) in [
        (None, "Ok(None)", "Err(Unauthenticated)"),
        (Some(alice), "Ok(Some(\"alice\"))", "Err(PermissionDenied)"),
        (Some(root), "Ok(Some(\"root\"))", "Ok(Some(\"root\"))"),
    ] {
        let told = |path| match &session {
            Some(session) => app.get(path).session(session).send().expect(200).text(),
            None => app.get(path).send().expect(200).text(),
        };
        assert_eq!((told("/who"), told("/order")), (who.to_owned(), may_order.to_owned()));
    }
}

pub(crate) fn a_value_stays_in_the_session_from_request_to_request(on: Framework) {
    let app = on.start_taken();
    let reply = app.post("/cart").send().expect(200);
    assert_eq!((reply.text().as_str(), reply.header("set-cookie")), ("Err(Unauthenticated)", None));

    let (mine, other) = (app.login(ALICE), app.login(ALICE));
    assert_eq!(app.post("/cart").session(&mine).send().expect(200).text(), "Ok(())");
    assert_eq!(app.get("/cart").session(&mine).send().expect(200).text(), "Ok(Some(3))");
    assert_eq!(app.get("/cart").session(&other).send().expect(200).text(), "Ok(None)");
}

pub(crate) fn another_site_puts_nothing_into_a_session(on: Framework) {
    let app = on.start_taken();
    let session = app.login(ALICE);
    let forged = app.post("/cart").session(&session).header("Origin", "https://evil.example");
    let reply = forged.send().expect(200);
    assert_eq!((reply.text().as_str(), reply.header("set-cookie")), ("Err(CsrfFailed)", None));
    assert_eq!(app.get("/cart").session(&session).send().expect(200).text(), "Ok(None)");
}
