//! User models of a project's own: other names, other primary keys, less than Django's has.

use auth_core::clock::Timestamp;
use auth_core::password::PasswordHash;
use auth_core::user::{
    Email, LoginName, NewUser, UserAdmin as _, UserId, UserStore as _, UserUpdate, Username,
};
use auth_store::{DjangoDefault, DjangoOptions, DjangoStore, DjangoTables};

use crate::home::Home;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// A member of the crew is known by a text, and may have neither name, address, password nor a word on whether they are active.
const CREW: &str = "CREATE TABLE \"Crew list\" (badge varchar(200) /*folding*/ NOT NULL PRIMARY KEY, handle varchar(150) /*folding*/ NULL UNIQUE, \
    mail varchar(254) /*folding*/ NULL, pw varchar(128) NULL, active boolean NULL, seen datetime NULL, since datetime NULL)";

fn crew() -> DjangoTables {
    let some = |name: &str| Some(name.to_owned());
    let mut tables = DjangoTables::of_user_model("staff.Member").unwrap().db_table("Crew list");
    (tables.id, tables.username, tables.password) =
        ("badge".to_owned(), "handle".to_owned(), "pw".to_owned());
    (tables.email, tables.is_active) = (some("mail"), some("active"));
    (tables.last_login, tables.date_joined) = (some("seen"), some("since"));
    (tables.is_staff, tables.is_superuser) = (None, None);
    (tables.user_groups, tables.user_permissions) = (None, None);
    (tables.first_name, tables.last_name) = (None, None);
    tables
}

async fn store_over(home: &Home, tables: DjangoTables) -> DjangoStore {
    let options = DjangoOptions::take_over().tables(tables);
    let store = DjangoStore::connect(&home.url, options).await.unwrap();
    store.migrate().await.unwrap();
    store
}

async fn crew_of(home: &Home, rows: &str) -> DjangoStore {
    let quoted = |sql: &str| if home.is_mysql() { sql.replace('"', "`") } else { sql.to_owned() };
    // Nothing of Django's beside the table: no groups, no permissions.
    home.run(&quoted(&home.in_its_words(CREW))).await;
    for table in ["accounts_person_groups", "accounts_person_user_permissions", "auth_group_permissions"] {
        home.run(&format!("DROP TABLE {table}")).await;
    }
    if !rows.is_empty() {
        home.run(&quoted(&format!(
            "INSERT INTO \"Crew list\" (badge, handle, mail, pw, active) VALUES {rows}"
        )))
        .await;
    }
    home.drop_email_index().await;
    let store = store_over(home, crew()).await;
    home.run(store.missing_email_index().expect("there is none yet")).await;
    store_over(home, crew()).await
}

async fn found(store: &DjangoStore, login: &str) -> Option<String> {
    let account = store.find(&LoginName::parse(login)).await.unwrap()?;
    Some(account.user.id.as_str().to_owned())
}

async fn a_text_may_be_the_primary_key(home: Home) {
    let long = "\u{e9}".repeat(120);
    let rows = format!(
        "('EMP-0001', 'one', 'One@example.com', 'md5$salt$hash', true), ('{long}', 'long', NULL, 'md5$salt$hash', true)"
    );
    let store = crew_of(&home, &rows).await;
    for (id, login) in [("EMP-0001", "one"), ("EMP-0001", "one@example.com"), (long.as_str(), "long")] {
        assert_eq!(found(&store, login).await.as_deref(), Some(id));
        let id = UserId::new(id);
        assert_eq!(store.get(&id).await.unwrap().unwrap().id, id);
        // What we keep beside is kept under the whole id.
        let epoch = store.raise_epoch(&id).await.unwrap();
        assert_eq!(Some(store.get(&id).await.unwrap().unwrap().auth_epoch), epoch);
        let new = PasswordHash::from_encoded("argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA");
        let old = store.account(&id).await.unwrap().unwrap().password;
        assert!(store.set_password(&id, old.as_ref(), &new).await.unwrap() > epoch);
        store.record_login(&id, NOW).await.unwrap();
        assert_eq!(store.get(&id).await.unwrap().unwrap().last_login, Some(NOW));
    }
    for nobody in ["emp-0001", "EMP0001", "EMP-0001 ", "EMP-0001\0", "", "first-party"] {
        let nobody = UserId::new(nobody);
        assert!(store.get(&nobody).await.unwrap().is_none(), "{nobody:?}");
        assert!(store.account(&nobody).await.unwrap().is_none(), "{nobody:?}");
        assert!(store.raise_epoch(&nobody).await.unwrap().is_none(), "{nobody:?}");
    }
    let new = NewUser::new(UserId::new("EMP-0003"), Username::new("three").unwrap(), NOW);
    let told = store.insert(new).await.unwrap_err().to_string();
    assert!(told.contains("only Django knows how to make"), "{told}");
}

async fn what_a_row_leaves_empty_is_no(home: Home) {
    let rows =
        "('bare', NULL, NULL, NULL, NULL), ('on', 'on', '', '', true), ('off', 'off', NULL, NULL, false)";
    let store = crew_of(&home, rows).await;
    let bare = store.account(&UserId::new("bare")).await.unwrap().unwrap();
    assert_eq!((bare.user.username(), bare.user.email.as_ref(), bare.password), ("", None, None));
    assert!(!bare.user.is_active && !bare.user.is_staff && !bare.user.is_superuser);
    assert_eq!((bare.user.date_joined, bare.user.last_login), (Timestamp::default(), None));
    let is_active = async |id| store.get(&UserId::new(id)).await.unwrap().unwrap().is_active;
    assert!(is_active("on").await && !is_active("off").await);
    assert_eq!(found(&store, "").await, None);
    let ids: Vec<_> = store.list(None, 10).await.unwrap().iter().map(|one| one.user.id.to_string()).collect();
    assert_eq!(ids, ["bare", "off", "on"]);
}

async fn a_model_without_groups_and_permissions_has_none(home: Home) {
    let store = crew_of(&home, "('a', 'alice', NULL, '!', true)").await;
    let alice = UserId::new("a");
    let user = store.get(&alice).await.unwrap().unwrap();
    assert!(user.groups.is_empty() && user.permissions.is_empty());
    assert!(store.groups().await.unwrap().is_empty());
    for error in [
        store.put_group("writers", &[]).await.unwrap_err(),
        store.add_group("writers", &[]).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("groups: this user model has none"), "{error}");
    }
    let mut update = UserUpdate::default();
    update.permissions = Some(vec!["x.a".to_owned()]);
    assert!(store.update(&alice, update).await.unwrap_err().to_string().contains("permissions"));
    let mut update = UserUpdate::default();
    (update.is_active, update.groups) = (Some(false), Some(Vec::new()));
    assert!(!store.update(&alice, update).await.unwrap().unwrap().is_active);
}

async fn a_new_account_has_the_defaults_that_are_said(home: Home) {
    home.run(&home.in_its_words(
        "CREATE TABLE club_member (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, password varchar(128) NOT NULL, \
         email varchar(254) /*folding*/ NOT NULL UNIQUE, newsletter boolean NOT NULL, plan integer NOT NULL, \
         motto varchar(20) NOT NULL, created_at datetime NOT NULL)",
    ))
    .await;
    let mut tables = DjangoTables::of_user_model("club.Member").unwrap();
    tables.username = "email".to_owned();
    (tables.first_name, tables.last_name) = (None, None);
    (tables.last_login, tables.date_joined, tables.is_active) = (None, None, None);
    (tables.is_staff, tables.is_superuser, tables.user_groups, tables.user_permissions) =
        (None, None, None, None);
    home.drop_email_index().await;
    let store = store_over(&home, tables.clone()).await;
    if let Some(statement) = store.missing_email_index() {
        home.run(statement).await;
    }
    let mut new = NewUser::new(UserId::new("given by the table"), Username::new("zoe").unwrap(), NOW);
    new.email = Some(Email::new("zoe@example.com").unwrap());
    let told = store_over(&home, tables.clone()).await.insert(new.clone()).await.unwrap_err().to_string();
    assert!(told.contains("`newsletter`, `plan`, `created_at`"), "{told}");

    let said = tables.default_of("newsletter", true).default_of("plan", 7).default_of("motto", "it's: @mine");
    let store = store_over(&home, said.clone().default_of("created_at", DjangoDefault::Now)).await;
    let id = store.insert(new).await.unwrap().id.clone();
    // What stands there now, read as something else.
    let mut read = said;
    (read.is_active, read.is_superuser) = (Some("newsletter".to_owned()), Some("plan".to_owned()));
    (read.username, read.date_joined) = ("motto".to_owned(), Some("created_at".to_owned()));
    let zoe = store_over(&home, read.clone()).await.get(&id).await.unwrap().unwrap();
    assert_eq!(
        (zoe.username(), zoe.is_active, zoe.is_superuser, zoe.date_joined),
        ("it's: @mine", true, true, NOW)
    );
    let refused = DjangoOptions::take_over().tables(read.default_of("motto", "a\\b"));
    assert!(DjangoStore::connect(&home.url, refused).await.unwrap_err().to_string().contains("backslash"));
}

/// Such as Python has none of, and a MySQL may.
#[tokio::test]
async fn a_date_that_is_none_is_no_login_yet() {
    let Some(home) = Home::mysql().await else { return };
    let store = crew_of(&home, "('a', 'alice', NULL, '!', true)").await;
    home.run("SET SESSION sql_mode = ''; UPDATE `Crew list` SET seen = '0000-00-00', since = '0000-00-00'")
        .await;
    let alice = UserId::new("a");
    let user = store.get(&alice).await.unwrap().unwrap();
    assert_eq!((user.last_login, user.date_joined), (None, Timestamp::default()));
    store.record_login(&alice, NOW).await.unwrap();
    assert_eq!(store.get(&alice).await.unwrap().unwrap().last_login, Some(NOW));
}

/// `utf8` is three bytes in MySQL: what needs a fourth is nobody's name, and cannot be written.
#[tokio::test]
async fn what_a_charset_of_three_bytes_cannot_hold_is_nobodys_name_and_is_not_written() {
    let Some(home) = Home::mysql().await else { return };
    let of_three_bytes = "CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci NOT NULL";
    for column in ["username varchar(150)", "email varchar(254)"] {
        home.run(&format!("ALTER TABLE accounts_person MODIFY {column} {of_three_bytes}")).await;
    }
    let tables = crate::home::tables();
    let store = store_over(&home, tables).await;
    let id = UserId::new("00000000-0000-7000-8000-000000000001");
    let new = |name: &str| NewUser::new(id.clone(), Username::new(name).unwrap(), NOW);
    store.insert(new("zo\u{eb}_\u{6771}")).await.unwrap();
    assert_eq!(found(&store, "zo\u{eb}_\u{6771}").await.as_deref(), Some(id.as_str()));
    for nobody in ["zo\u{eb}_\u{1f600}", "\u{1f600}", "\u{1f600}@example.com", "zo\u{eb}_?"] {
        assert_eq!(found(&store, nobody).await, None, "{nobody}");
    }
    let mut update = UserUpdate::default();
    (update.username, update.is_staff) = (Some(Username::new("\u{1f600}").unwrap()), Some(true));
    update.groups = Some(vec!["writers".to_owned()]);
    store.update(&id, update).await.unwrap_err();
    let user = store.get(&id).await.unwrap().unwrap();
    assert_eq!((user.username(), user.is_staff), ("zo\u{eb}_\u{6771}", false));
    assert!(user.groups.is_empty() && store.groups().await.unwrap().is_empty(), "nothing half-written");
}

crate::home::on_each! {
    a_text_may_be_the_primary_key
    what_a_row_leaves_empty_is_no
    a_model_without_groups_and_permissions_has_none
    a_new_account_has_the_defaults_that_are_said
}
