//! Somebody's own account: what they see and take along of it.

use std::time::Duration;

use conformance::{ALICE, BOB, Framework};

pub(crate) fn its_owner_sees_it(on: Framework) {
    let app = on.start();
    let (session, _other, _program) = (app.login(ALICE), app.login(ALICE), app.tokens(ALICE, ""));
    let json = app.get("/auth/account").session(&session).send().expect(200).json();
    assert_eq!(json["user"]["username"], "alice");
    let page = app.get("/auth/account").session(&session).browser().send().expect(200).text();
    for shown in ["alice@example.com", "current_password", "/auth/email/change", "/auth/sessions/delete"] {
        assert!(page.contains(shown), "{shown}");
    }
    assert_eq!(
        page.matches("action=\"/auth/sessions/").count(),
        3,
        "one other session, a program's, and all others"
    );
}

pub(crate) fn nobody_is_sent_to_the_login_page(on: Framework) {
    let app = on.start();
    app.get("/auth/account").send().problem(401, "unauthenticated");
    app.get("/auth/account").browser().send().redirect("/auth/login?next=%2Fauth%2Faccount");
    let program = app.foreign_tokens(ALICE, "shop", "").access;
    app.get("/auth/account").bearer(&program).send().problem(403, "user_required");
}

pub(crate) fn a_login_that_is_not_recent_is_shown_the_way_to_one(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    app.clock.advance(Duration::from_secs(301));
    let page = app.get("/auth/account").session(&session).browser().send().expect(200).text();
    assert!(page.contains("/auth/reauthenticate?next=%2Fauth%2Faccount"));
    assert!(!page.contains("/auth/email/change"));
}

pub(crate) fn an_export_holds_what_is_kept_and_no_secret(on: Framework) {
    let app = on.start();
    let (session, pair, _bobs) = (app.login(ALICE), app.tokens(ALICE, ""), app.login(BOB));
    let reply = app.get("/auth/account/export").session(&session).send().expect(200);
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"account.json\""));
    let (text, json) = (reply.text(), reply.json());
    assert_eq!(json["user"]["email"], "alice@example.com");
    assert_eq!(json["sessions"].as_array().unwrap().len(), 2);
    assert!(json["accounts"].as_array().unwrap().is_empty() && json["attributes"].is_object());
    for secret in [session.as_str(), &pair.access, &pair.refresh, "argon2", "bob"] {
        assert!(!text.contains(secret), "{secret}");
    }
    app.clock.advance(Duration::from_secs(301));
    app.get("/auth/account/export").session(&session).send().problem(401, "reauthentication_required");
}

pub(crate) fn password_managers_find_the_way(on: Framework) {
    on.start().get("/.well-known/change-password").send().redirect("/auth/account");
}

pub(crate) fn a_form_that_is_refused_is_shown_again_with_what_was_typed(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let new = "an entirely different passphrase";
    let change = |current: &str, new: &str| {
        let form = [("current_password", current), ("new_password", new), ("next", "/auth/account")];
        app.post("/auth/password/change").form(&form).session(&session).browser().send()
    };
    let wrong = change("not the password", new).expect(401);
    assert!(wrong.header("www-authenticate").is_some() && wrong.text().contains("The password is wrong."));
    let refused = change(ALICE.password, "password").expect(422).text();
    assert!(refused.contains("The password needs at least"), "{refused}");
    for page in [wrong.text(), refused] {
        assert!(page.contains("<h1>Your account</h1>") && page.contains("role=\"alert\""), "{page}");
        assert!(!page.contains(new) && !page.contains(ALICE.password), "{page}");
    }
    let email = |address: &str| {
        app.post("/auth/email/change").form(&[("email", address)]).session(&session).browser().send()
    };
    let page = email("\"><b>@nowhere").expect(400).text();
    assert!(
        page.contains("<h1>Your account</h1>") && page.contains("That is not an e-mail address."),
        "{page}"
    );
    assert!(page.contains("&#60;b&#62;@nowhere") && !page.contains("<b>@"), "{page}");
    // A program is told as before.
    let json = app.post("/auth/email/change").form(&[("email", "nobody")]).session(&session).send();
    json.problem(400, "invalid_request");
    change(ALICE.password, new).redirect("/auth/account");
}
