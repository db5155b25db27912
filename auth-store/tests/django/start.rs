//! What is found out when the database is opened.

use auth_core::ErrorKind;
use auth_core::password::NewHashFormat;
use auth_core::store::{Backend as _, MemoryStore};
use auth_core::testing::store;
use auth_core::user::UserStore as _;
use auth_store::{DjangoOptions, DjangoStore, DjangoTables};

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
    assert!(
        message.contains("(`accounts_person` has id, password, last_login, is_superuser, username, "),
        "{message}"
    );
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

async fn a_column_that_is_not_the_primary_key_is_refused_as_one(home: Home) {
    let mut odd = tables();
    odd.id = "username".to_owned();
    let message = refused(&home, DjangoOptions::take_over().tables(odd.clone())).await;
    assert!(
        message.contains("`accounts_person.username` is not the primary key")
            && message.contains("that is id"),
        "{message}"
    );
    // Nobody can be told from another then.
    home.run("CREATE TABLE several (username varchar(20) NOT NULL, email varchar(20), password varchar(128), PRIMARY KEY (username, email))")
        .await;
    let mut bare = DjangoTables::default().db_table("several");
    bare.id = "username".to_owned();
    (bare.user_groups, bare.user_permissions, bare.last_login, bare.date_joined) = (None, None, None, None);
    (bare.is_active, bare.is_staff, bare.is_superuser) = (None, None, None);
    (bare.first_name, bare.last_name) = (None, None);
    let message = refused(&home, DjangoOptions::take_over().tables(bare)).await;
    assert!(message.contains("that is username, email"), "{message}");
}

async fn a_key_of_a_type_that_ids_do_not_have_is_refused(home: Home) {
    home.run(
        "CREATE TABLE dated (day date NOT NULL PRIMARY KEY, username varchar(20), password varchar(128))",
    )
    .await;
    let mut dated = DjangoTables::default().db_table("dated");
    dated.id = "day".to_owned();
    (dated.user_groups, dated.user_permissions, dated.last_login, dated.date_joined) =
        (None, None, None, None);
    (dated.is_active, dated.is_staff, dated.is_superuser, dated.email) = (None, None, None, None);
    (dated.first_name, dated.last_name) = (None, None);
    let message = refused(&home, DjangoOptions::take_over().tables(dated)).await;
    assert!(message.contains("`dated.day` is of type date"), "{message}");
}

async fn our_table_is_shared_with_a_newer_program_unless_that_took_something_away(home: Home) {
    let older = home.connect().await;
    home.run("ALTER TABLE iam_django_users ADD COLUMN later TEXT").await;
    home.run("INSERT INTO iam_django_migrations VALUES (98, '0098_adds', '00', 1, '9.8.7')").await;
    let older = older.beside(MemoryStore::new());
    assert!(older.is_migrated().await.unwrap());
    older.migrate().await.unwrap();
    store::users::a_password_is_set_with_the_epoch_raised(older.stores()).await;
    home.run("INSERT INTO iam_django_migrations VALUES (99, '0099_takes', '00', 98, '9.8.7')").await;
    let told = format!("{:?}", older.is_migrated().await.unwrap_err());
    assert!(told.contains("too old for the tables `iam_django_…`") && told.contains("9.8.7"), "{told}");
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
    our_table_is_shared_with_a_newer_program_unless_that_took_something_away
    what_is_missing_is_named
    sessions_need_the_secret_key
    hashes_that_django_cannot_read_are_refused_side_by_side
    a_column_that_is_not_the_primary_key_is_refused_as_one
    a_key_of_a_type_that_ids_do_not_have_is_refused
}
