//! What is found out when the database is opened.

use auth_core::ErrorKind;
use auth_core::password::NewHashFormat;
use auth_core::user::UserStore as _;
use auth_store::{DjangoOptions, DjangoStore};

use crate::home::{Home, options, tables};

async fn refused(home: &Home, options: DjangoOptions) -> String {
    let error = DjangoStore::connect(&home.url, options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
    error.to_string()
}

async fn what_is_missing_is_named(home: Home) {
    let message = refused(&home, DjangoOptions::take_over()).await;
    assert!(
        message.contains("table `auth_user`") && message.contains("table `auth_user_groups`"),
        "{message}"
    );
    let mut wrong = tables();
    wrong.is_staff = Some("is_employee".to_owned());
    wrong.username = "Username".to_owned();
    let message = refused(&home, DjangoOptions::take_over().tables(wrong)).await;
    assert!(message.contains("column `accounts_person.is_employee`"), "{message}");
    assert!(message.contains("column `accounts_person.Username`"), "{message}");
    home.run("DROP TABLE django_session").await;
    let message = refused(&home, options()).await;
    assert!(message.contains("table `django_session`"), "{message}");
    DjangoStore::connect(&home.url, DjangoOptions::take_over().tables(tables())).await.unwrap();
}

async fn sessions_need_the_secret_key(home: Home) {
    let store = DjangoStore::connect(&home.url, DjangoOptions::take_over().tables(tables())).await.unwrap();
    let error = store.sessions().unwrap_err();
    assert!(error.to_string().contains("SECRET_KEY"), "{error}");
    assert!(refused(&home, options().secret_key("")).await.contains("SECRET_KEY"));
}

async fn hashes_that_django_cannot_read_are_refused_side_by_side(home: Home) {
    let message = refused(&home, DjangoOptions::side_by_side(NewHashFormat::Phc).tables(tables())).await;
    assert!(message.contains("NewHashFormat::Django"), "{message}");
    let options = DjangoOptions::side_by_side(NewHashFormat::DjangoScrypt).tables(tables());
    let rules = DjangoStore::connect(&home.url, options).await.unwrap().hashing();
    assert_eq!((rules.format, rules.upgrade), (NewHashFormat::DjangoScrypt, false));
}

async fn a_key_that_is_no_number_and_no_uuid_is_refused(home: Home) {
    let mut odd = tables();
    odd.id = "username".to_owned();
    let message = refused(&home, DjangoOptions::take_over().tables(odd)).await;
    assert!(message.contains("accounts_person.username"), "{message}");
}

#[tokio::test]
async fn addresses_that_cannot_work_are_refused() {
    for (url, kind) in [
        ("mongodb://localhost/app", ErrorKind::Configuration),
        ("", ErrorKind::Configuration),
        ("sqlite::memory:", ErrorKind::Configuration),
        ("sqlite:", ErrorKind::Configuration),
        ("sqlite:/no/such/folder/db.sqlite3", ErrorKind::Configuration),
    ] {
        let error = DjangoStore::connect(url, DjangoOptions::take_over()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{url}: {error:?}");
    }
}

crate::home::on_each! {
    what_is_missing_is_named
    sessions_need_the_secret_key
    hashes_that_django_cannot_read_are_refused_side_by_side
    a_key_that_is_no_number_and_no_uuid_is_refused
}
