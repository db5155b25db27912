//! Databases that Django and Flask-Security themselves made, and what they said of them
//! (`make_django.py` and `make_flask_security.py` in `tests/fixtures/coming-from`).

use std::path::Path;

use auth_core::ErrorKind;
use auth_core::clock::Timestamp;
use auth_core::login::Credentials;
use auth_core::password::PasswordHash;
use auth_core::user::Account;
use serde_json::{Value, json};

use crate::home::{FLASK_SALT, Home};
use crate::import_sql::Source;

/// A database that was left behind, imported.
struct Imported {
    home: Home,
    /// What the software that left it says of it.
    said: Value,
}

impl Imported {
    /// Imports it, and once more.
    async fn new(name: &str, args: &[&str]) -> Self {
        let said: Value = serde_json::from_str(&fixture(&format!("{name}.json"))).unwrap();
        let home = Home::new();
        let source = Source::sqlite(&home, &fixture(&format!("{name}.sql"))).await;
        let count = records(&said, "users").len();
        let report = source.import(&home, args).ok();
        let all = format!("{count} rows read: {count} users added, 0 here already, 0 skipped.");
        assert!(report.contains(&all), "{report}");
        let again = source.import(&home, args).ok();
        let none = format!("{count} rows read: 0 users added, {count} here already, 0 skipped.");
        assert!(again.contains(&none), "{again}");
        assert_eq!(home.accounts().await.len(), count);
        Self { home, said }
    }

    /// Each user as they were described, and the account that they became.
    async fn pairs(&self) -> Vec<(&Value, Account)> {
        let mut accounts = self.home.accounts().await;
        let users = records(&self.said, "users").iter();
        users
            .map(|there| {
                let is_same = |account: &Account| there["id"] == account.user.id.as_str();
                let at = accounts.iter().position(is_same).unwrap_or_else(|| panic!("{there}"));
                (there, accounts.swap_remove(at))
            })
            .collect()
    }

    async fn logs_in_whom_they_let_in(&self) {
        let app = self.home.app().await;
        app.migrate().await.unwrap();
        for attempt in records(&self.said, "logins") {
            // Names differ in more than their case here.
            if attempt["what"] == "name in other case" {
                continue;
            }
            let (login, password) = (text(&attempt["login"]), text(&attempt["password"]));
            let user = match app.admit(Credentials::Password { login, password }, None).await {
                Ok(admission) => json!(admission.admitted().unwrap().user().id.as_str()),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::InvalidCredentials, "{attempt}: {error:?}");
                    Value::Null
                }
            };
            assert_eq!(user, attempt["user"], "{attempt}");
        }
    }
}

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/coming-from");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn records<'a>(said: &'a Value, list: &str) -> &'a [Value] {
    said[list].as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Checks what both describe alike.
fn is_same_user(there: &Value, account: &Account, name: &str) {
    let here = &account.user;
    // There is no `@` in a name here: it is made of the address, whose capitals mean nothing.
    let expected =
        if name.contains('@') { name.to_lowercase().replace('@', "_at_") } else { name.to_owned() };
    assert_eq!(here.username(), expected);
    assert_eq!(here.is_active, there["is_active"], "{name}");
    assert_eq!(json!(here.groups), there["groups"], "{name}");
}

fn millis(time: Option<Timestamp>) -> Value {
    json!(time.map(Timestamp::unix_millis))
}

async fn a_django_project_is_as_django_describes_it(name: &str, args: &[&str]) {
    let imported = Imported::new(name, args).await;
    let users = records(&imported.said, "users");
    for (there, account) in imported.pairs().await {
        let (here, name) = (&account.user, text(&there["username"]));
        is_same_user(there, &account, name);
        let is_same_address =
            |other: &&Value| text(&other["email"]).eq_ignore_ascii_case(text(&there["email"]));
        let is_shared = users.iter().filter(is_same_address).count() > 1;
        let expected = if is_shared { "" } else { text(&there["email"]) };
        assert_eq!(here.email.as_ref().map_or("", |email| email.as_str()), expected, "{name}");
        assert_eq!(
            (here.is_staff.into(), here.is_superuser.into()),
            (there["is_staff"].clone(), there["is_superuser"].clone())
        );
        assert_eq!(json!(here.direct_permissions), there["direct_permissions"], "{name}");
        let held = |permission: &&Value| here.has_permission(text(permission));
        let held: Vec<_> = records(&imported.said, "permissions").iter().filter(held).collect();
        assert_eq!(json!(held), there["all_permissions"], "{name}");
        assert_eq!(millis(Some(here.date_joined)), there["date_joined"], "{name}");
        assert_eq!(millis(here.last_login), there["last_login"], "{name}");
        for (field, name_here) in [("first_name", &here.first_name), ("last_name", &here.last_name)] {
            assert_eq!(name_here.as_str(), text(&there[field]), "{name}");
        }
        let hash = Some(text(&there["hash"])).filter(|hash| !hash.starts_with('!'));
        assert_eq!(account.password, hash.map(PasswordHash::from_encoded), "{name}");
    }
    imported.logs_in_whom_they_let_in().await;
}

#[tokio::test]
async fn a_project_of_django_4_2_is_as_django_describes_it() {
    a_django_project_is_as_django_describes_it("django-4.2", &["django"]).await;
}

#[tokio::test]
async fn a_project_of_django_5_2_is_as_django_describes_it() {
    a_django_project_is_as_django_describes_it("django-5.2", &["django"]).await;
}

#[tokio::test]
async fn a_project_of_django_6_1_is_as_django_describes_it() {
    a_django_project_is_as_django_describes_it("django-6.1", &["django"]).await;
}

#[tokio::test]
async fn a_project_with_a_user_model_of_its_own_is_as_django_describes_it() {
    let line = "django --user-model people.Person --db-table people --username-column mail --column email=mail --column id=uuid \
                --column password=pw --column is_active=active --column last_login=seen --column date_joined=since \
                --without first_name,last_name";
    let args: Vec<_> = line.split_whitespace().collect();
    a_django_project_is_as_django_describes_it("django-5.2-people", &args).await;
}

async fn an_application_is_as_flask_security_describes_it(name: &str, args: &[&str], tag: &str) {
    let imported = Imported::new(name, args).await;
    assert_eq!(imported.said["salt"], FLASK_SALT);
    for (there, account) in imported.pairs().await {
        let (here, name) = (&account.user, text(&there["email"]));
        is_same_user(there, &account, there["username"].as_str().unwrap_or(name));
        assert_eq!(here.email.as_ref().map_or("", |email| email.as_str()), name);
        assert_eq!(here.email_verified, there["is_confirmed"], "{name}");
        assert_eq!(json!(here.permissions), there["all_permissions"], "{name}");
        let hash = there["hash"].as_str();
        let hash =
            hash.map(|hash| if hash.starts_with('$') { format!("{tag}{hash}") } else { hash.to_owned() });
        assert_eq!(account.password, hash.map(PasswordHash::from_encoded), "{name}");
    }
    imported.logs_in_whom_they_let_in().await;
}

#[tokio::test]
async fn an_application_with_doubled_hashes_is_as_flask_security_describes_it() {
    let args = ["flask-security"];
    an_application_is_as_flask_security_describes_it("flask-security", &args, "flask-security$").await;
}

#[tokio::test]
async fn an_application_with_single_hashes_is_as_flask_security_describes_it() {
    let args = ["flask-security", "--single-hash"];
    an_application_is_as_flask_security_describes_it("flask-security-single", &args, "").await;
}
