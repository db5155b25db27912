//! What people change of their own profile.

use auth_core::account::ProfilePolicy;
use conformance::{ALICE, BOB, Framework, Reply, TestApp};
use serde_json::{Value, json};

const ADDRESS: &str = "alice@example.com";

fn change(app: &TestApp, session: &str, fields: &Value) -> Reply {
    app.post("/auth/account").session(session).json(fields).send()
}

fn me(app: &TestApp, session: &str) -> Value {
    app.get("/auth/account").session(session).send().expect(200).json()["user"].clone()
}

pub(crate) fn its_owner_changes_it(on: Framework) {
    changes(&on.start());
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    changes(&on.start_on_sqlite());
}

fn changes(app: &TestApp) {
    let session = app.login(ALICE);
    let names = json!({"first_name": " Alice ", "last_name": "Liddell \u{5b50}"});
    let user = change(app, &session, &names).expect(200).json()["user"].clone();
    assert_eq!((&user["first_name"], &user["last_name"]), (&json!("Alice"), &json!("Liddell \u{5b50}")));
    assert_eq!(me(app, &session), user);
    let user = change(app, &session, &json!({"last_name": "", "first_name": null})).expect(200).json();
    assert_eq!((&user["user"]["first_name"], &user["user"]["last_name"]), (&json!("Alice"), &json!("")));
    assert_eq!(
        app.get("/auth/account/export").session(&session).send().json()["user"]["first_name"],
        "Alice"
    );
    assert_eq!(app.mail_count(), 0, "names let nobody in");
}

pub(crate) fn a_browser_is_led_through_it(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let page = app.get("/auth/account").session(&session).browser().send().expect(200).text();
    assert!(page.contains("action=\"/auth/account\"") && page.contains("autocomplete=\"given-name\""));
    let form =
        |fields: &[(&str, &str)]| app.post("/auth/account").session(&session).browser().form(fields).send();
    form(&[("username", "alice"), ("first_name", "Al"), ("last_name", "L")]).redirect("/auth/account");
    form(&[("first_name", "Al"), ("next", "/private")]).redirect("/private");
    let again = form(&[("username", "bob"), ("first_name", "<b>")]).expect(422).text();
    assert!(again.contains("role=\"alert\"") && again.contains("value=\"&#60;b&#62;\""), "{again}");
    assert_eq!(me(&app, &session)["first_name"], "Al");
}

pub(crate) fn what_the_policy_does_not_name_is_refused_whole(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for field in ["is_superuser", "is_staff", "email", "groups", "id", "password", "attributes", "<b>"] {
        let refused = change(&app, &session, &json!({"first_name": "Mallory", field: true}));
        let told = refused.problem(422, "invalid_field").text();
        assert!(!told.contains('<') && (field == "<b>" || told.contains(field)), "{told}");
    }
    let long = json!({"first_name": "a".repeat(151)});
    change(&app, &session, &long).problem(422, "invalid_field");
    change(&app, &session, &json!({"first_name": 1})).problem(400, "invalid_request");
    assert_eq!(me(&app, &session)["first_name"], "");
}

pub(crate) fn a_user_name_that_is_taken_or_none_is_refused(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for taken in [BOB.name, "BOB"] {
        change(&app, &session, &json!({"username": taken})).problem(422, "already_exists");
    }
    for none in ["", "a@b", "a:b", "a\u{200b}", &"a".repeat(151)] {
        change(&app, &session, &json!({"username": none})).problem(422, "invalid_field");
    }
    assert_eq!(me(&app, &session)["username"], ALICE.name);
}

pub(crate) fn a_new_user_name_is_told_and_logs_in(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    change(&app, &session, &json!({"username": "alicia"})).expect(200);
    assert!(app.is_logged_in(&session));
    app.try_login("alicia", ALICE.password).send().expect(200);
    app.try_login(ALICE.name, ALICE.password).send().problem(401, "invalid_credentials");
    let mail = app.mails_to(ADDRESS).pop().unwrap();
    assert!(
        mail.text().contains("alicia") && mail.text().contains("/auth/account/secure?token="),
        "{}",
        mail.text()
    );
    // Another way to write it takes no other name, and the old one is free.
    change(&app, &session, &json!({"username": "Alicia"})).expect(200);
    change(&app, &app.login(BOB), &json!({"username": "alice"})).expect(200);
}

pub(crate) fn a_name_that_somebody_signed_up_under_is_taken(on: Framework) {
    let app = on.start();
    // Whether or not an account was made: the first address is taken.
    for (name, address) in [("carol", ADDRESS), ("dave", "dave@example.com")] {
        let form =
            json!({"username": name, "email": address, "password": "violet umbrella cactus seventeen"});
        app.post("/auth/register").json(&form).send().expect(202);
        change(&app, &app.login(BOB), &json!({"username": name})).problem(422, "already_exists");
    }
}

pub(crate) fn attributes_are_those_of_the_policy(on: Framework) {
    let policy = ProfilePolicy::nothing().attribute::<bool>("newsletter").attribute::<u8>("age");
    let app = on.start_with(|builder| builder.profile_policy(policy));
    let session = app.login(ALICE);
    change(&app, &session, &json!({"newsletter": true})).expect(200);
    app.post("/auth/account").session(&session).form(&[("age", "42")]).send().expect(200);
    let export = app.get("/auth/account/export").session(&session).send().expect(200).json();
    assert_eq!(export["attributes"], json!({"newsletter": true, "age": 42}));
    for refused in [
        json!({"age": 256}),
        json!({"age": "old"}),
        json!({"newsletter": "maybe"}),
        json!({"first_name": "A"}),
    ] {
        change(&app, &session, &refused).problem(422, "invalid_field");
    }
}

pub(crate) fn who_is_not_logged_in_changes_nothing(on: Framework) {
    let app = on.start();
    let names = json!({"first_name": "Mallory"});
    app.post("/auth/account").json(&names).send().problem(401, "unauthenticated");
    let program = app.foreign_tokens(ALICE, "shop", "").access;
    app.post("/auth/account").bearer(&program).json(&names).send().problem(403, "user_required");
    let session = app.login(ALICE);
    let foreign = app.post("/auth/account").session(&session).header("Origin", "https://evil.example");
    foreign.json(&names).send().problem(403, "csrf_failed");
    let own = app.tokens(ALICE, "").access;
    app.post("/auth/account").bearer(&own).json(&json!({"first_name": "Alice"})).send().expect(200);
}
