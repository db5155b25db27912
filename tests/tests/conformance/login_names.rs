//! Further names to log in by: those that an account had elsewhere.

use auth_core::user::{Email, LoginName};
use conformance::{Framework, TestApp};

const PASSWORD: &str = "a passphrase from elsewhere";

/// An account as an import of a Django project makes it.
fn add_imported(app: &TestApp) {
    let users = app.auth.users();
    let mut new = users.new_user("old_at_x.example").unwrap();
    new.email = Some(Email::new("new@x.example").unwrap());
    new.login_names = ["old@x.example", "tag@x"].map(LoginName::parse).to_vec();
    app.block_on(users.create(new, PASSWORD)).unwrap();
}

fn every_name_logs_in(app: &TestApp) {
    add_imported(app);
    for login in ["old@x.example", "OLD@X.example", "tag@x", "new@x.example", "old_at_x.example"] {
        let user = app.try_login(login, PASSWORD).send().expect(200).json();
        assert_eq!(user["user"]["username"], "old_at_x.example", "{login}");
        assert_eq!(user["user"]["email"], "new@x.example", "a further name is no address of the user's");
        assert_eq!(user["user"]["email_verified"], false);
        app.get("/basic").basic(login, PASSWORD).send().expect(200);
    }
}

pub(crate) fn every_name_of_an_account_logs_in(on: Framework) {
    every_name_logs_in(&on.start());
}

pub(crate) fn every_name_of_an_account_logs_in_on_sqlite(on: Framework) {
    every_name_logs_in(&on.start_on_sqlite());
}

pub(crate) fn a_wrong_password_says_the_same_under_each_name(on: Framework) {
    let app = on.start();
    add_imported(&app);
    let bodies = ["old@x.example", "tag@x", "nobody@x.example", "new@x.example"].map(|login| {
        app.try_login(login, "wrong").send().problem(401, "invalid_credentials").body_but_for_its_event()
    });
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}
