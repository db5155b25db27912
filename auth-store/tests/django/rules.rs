//! What Django's tables do in their own way.

use auth_core::clock::Timestamp;
use auth_core::password::PasswordHash;
use auth_core::session::OutsideSessions as _;
use auth_core::user::{
    Email, LoginName, NewUser, UserAdmin as _, UserId, UserStore as _, UserUpdate, Username,
};
use auth_store::{DjangoOptions, DjangoStore};

use crate::home::Home;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

fn id(number: u8) -> UserId {
    UserId::new(format!("00000000-0000-7000-8000-0000000000{number:02x}"))
}

/// A user as Django adds one.
async fn add(home: &Home, number: u8, name: &str, email: &str) {
    let id = home.key(&id(number));
    home.run(&format!(
        "INSERT INTO accounts_person (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) \
         VALUES ('{id}', 'md5$salt$hash{number}', false, '{name}', '', '', '{email}', false, true, '2023-11-14 22:13:20.123456')"
    ))
    .await;
}

async fn found(store: &DjangoStore, login: &str) -> Option<UserId> {
    store.find(&LoginName::parse(login)).await.unwrap().map(|account| account.user.id.clone())
}

async fn epoch(store: &DjangoStore, number: u8) -> u64 {
    store.get(&id(number)).await.unwrap().unwrap().auth_epoch
}

async fn names_are_told_apart_as_django_does(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "Alice", "").await;
    add(&home, 2, "alice", "").await;
    add(&home, 3, "bob@home", "").await;
    add(&home, 4, "carol@example.com", "dave@example.com").await;
    assert_eq!(found(&store, "Alice").await, Some(id(1)));
    assert_eq!(found(&store, "alice").await, Some(id(2)));
    assert_eq!(found(&store, "\u{ff21}lice").await, Some(id(1)), "NFKC");
    assert_eq!(found(&store, "bob@home").await, Some(id(3)));
    assert_eq!(found(&store, "carol@example.com").await, Some(id(4)));
    assert_eq!(found(&store, " alice ").await, Some(id(2)), "what stands around a name is no part of it");
    for nobody in ["ALICE", "bob@Home", "al ice", "al%", "", "a\0b"] {
        assert_eq!(found(&store, nobody).await, None, "{nobody:?}");
    }
    assert_eq!(store.get(&id(3)).await.unwrap().unwrap().username(), "bob@home");
}

/// As Django's own look-up does there; accents are another matter, whatever the collation says of them.
#[tokio::test]
async fn where_a_collation_passes_over_case_so_does_a_login() {
    let Some(home) = Home::mysql().await else { return };
    home.run("ALTER TABLE accounts_person MODIFY username varchar(150) COLLATE utf8mb4_general_ci NOT NULL")
        .await;
    let store = home.connect().await;
    add(&home, 1, "Alice", "").await;
    add(&home, 2, "Bob@home", "").await;
    for (login, number) in [("Alice", 1), ("alice", 1), ("ALICE", 1), ("bob@HOME", 2)] {
        assert_eq!(found(&store, login).await, Some(id(number)), "{login}");
    }
    for nobody in ["\u{c0}lice", "Alic\u{e9}", "alicee"] {
        assert_eq!(found(&store, nobody).await, None, "{nobody}");
    }
    home.run("DROP INDEX username ON accounts_person").await;
    add(&home, 3, "aLICE", "").await;
    assert_eq!(found(&store, "aLICE").await, Some(id(3)));
    assert_eq!(found(&store, "alice").await, None, "of two it is nobody's");
}

async fn an_address_that_several_share_logs_nobody_in(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "one", "shared@example.com").await;
    assert_eq!(found(&store, "SHARED@example.com").await, Some(id(1)));
    add(&home, 2, "two", "Shared@Example.com").await;
    assert_eq!(found(&store, "shared@example.com").await, None);
    // Whose name it is, it is by name.
    add(&home, 3, "shared@example.com", "").await;
    assert_eq!(found(&store, "shared@example.com").await, Some(id(3)));
    assert_eq!(found(&store, "").await, None, "no address is nobody's");
}

async fn without_an_index_for_addresses_they_find_nobody_and_names_do(home: Home) {
    home.drop_email_index().await;
    let store = home.connect().await;
    add(&home, 1, "one", "one@example.com").await;
    add(&home, 2, "two@example.com", "").await;
    assert_eq!(found(&store, "one").await, Some(id(1)));
    assert_eq!(found(&store, "two@example.com").await, Some(id(2)));
    assert_eq!(found(&store, "one@example.com").await, None);
    no_account_is_given_an_address(&home, &store).await;
    // An index that compares otherwise is none; in MySQL every one goes by the column's collation.
    if !home.is_mysql() {
        home.run(
            "CREATE INDEX plain ON accounts_person (email); CREATE INDEX up ON accounts_person (upper(email))",
        )
        .await;
    }
    home.make_email_index(crate::home::tables()).await;
    let store = home.connect().await;
    assert_eq!(store.missing_email_index(), None);
    assert_eq!(found(&store, "ONE@example.com").await, Some(id(1)));
    // A table without addresses has none to find.
    let mut tables = crate::home::tables();
    tables.email = None;
    let options = DjangoOptions::take_over().tables(tables);
    assert_eq!(DjangoStore::connect(&home.url, options).await.unwrap().missing_email_index(), None);
}

/// In MySQL the column says itself whether capitals count.
#[tokio::test]
async fn a_column_of_addresses_that_tells_capitals_apart_is_to_be_changed() {
    let Some(home) = Home::mysql().await else { return };
    home.run("ALTER TABLE accounts_person MODIFY email varchar(254) COLLATE utf8mb4_bin NOT NULL").await;
    let store = home.connect().await;
    add(&home, 1, "one", "one@example.com").await;
    assert_eq!(found(&store, "one@example.com").await, None);
    home.drop_email_index().await;
    home.run(store.missing_email_index().unwrap()).await;
    let store = home.connect().await;
    assert_eq!(store.missing_email_index(), None);
    assert_eq!(found(&store, "ONE@example.com").await, Some(id(1)));
    // What the collation passes over beyond that is not passed over.
    assert_eq!(found(&store, "\u{f3}ne@example.com").await, None);
}

/// Before anything is locked; what has no address is written as ever.
async fn no_account_is_given_an_address(home: &Home, store: &DjangoStore) {
    let lock = home.lock_users().await;
    let mut new = NewUser::new(id(3), Username::new("three").unwrap(), NOW);
    new.email = Some(Email::new("three@example.com").unwrap());
    let mut update = UserUpdate::default();
    update.email = Some((new.email.clone(), true));
    for refused in [store.insert(new).await.map(Some), store.update(&id(1), update).await] {
        let (told, statement) = (refused.unwrap_err().to_string(), store.missing_email_index().unwrap());
        assert!(told.contains(statement), "{told}");
    }
    if let Some(lock) = lock {
        lock.release().await;
    }
    let mut without = UserUpdate::default();
    without.email = Some((None, false));
    assert!(store.update(&id(2), without).await.unwrap().is_some());
    let new = NewUser::new(id(3), Username::new("three").unwrap(), NOW);
    assert_eq!(store.insert(new).await.unwrap().username(), "three");
}

/// Whoever locks rows in Django holds up logins and changes here, as many as there are connections for, and no guard.
async fn guards_have_connections_of_their_own(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "alice", "alice@example.com").await;
    let Some(lock) = home.lock_users().await else { return };
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.raise_epoch(&id(1)).await })
        })
        .collect();
    for _ in 0..50 {
        assert!(store.get(&id(1)).await.unwrap().is_some());
    }
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    lock.release().await;
    for waiting in waiting {
        // Whether or not its turn came in time.
        let _ = waiting.await.unwrap();
    }
}

async fn an_account_made_here_gets_no_address_of_another(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "one", "one@example.com").await;
    let mut new = NewUser::new(id(2), Username::new("two").unwrap(), NOW);
    new.email = Some(Email::new("ONE@example.com").unwrap());
    assert!(store.insert(new).await.unwrap_err().is_already_exists());
    assert_eq!(found(&store, "two").await, None);
}

async fn a_password_that_django_changes_moves_the_epoch(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "alice", "").await;
    let first = epoch(&store, 1).await;
    assert_eq!(epoch(&store, 1).await, first);
    home.run("UPDATE accounts_person SET password = 'md5$salt$other'").await;
    let second = epoch(&store, 1).await;
    assert_ne!(first, second);
    let raised = store.raise_epoch(&id(1)).await.unwrap();
    assert_eq!(raised, Some(epoch(&store, 1).await));
    home.run("UPDATE accounts_person SET password = 'md5$salt$third'").await;
    assert!(![Some(first), Some(second), raised].contains(&Some(epoch(&store, 1).await)));
}

async fn an_upgrade_of_the_hash_keeps_the_epoch(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "alice", "").await;
    let before = epoch(&store, 1).await;
    let old = PasswordHash::from_encoded("md5$salt$hash1");
    let new = PasswordHash::from_encoded("argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA");
    assert!(store.rehash_password(&id(1), &old, &new).await.unwrap());
    assert_eq!(epoch(&store, 1).await, before);
    assert_eq!(store.account(&id(1)).await.unwrap().unwrap().password, Some(new));
}

async fn nothing_that_django_cannot_read_is_written(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "alice", "").await;
    let long = format!("argon2$argon2id${}", "x".repeat(128));
    for unreadable in ["$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA", "", &long] {
        let hash = PasswordHash::from_encoded(unreadable);
        assert!(store.set_password(&id(1), None, &hash).await.is_err(), "{unreadable}");
    }
    let kept = store.account(&id(1)).await.unwrap().unwrap().password;
    assert_eq!(kept, Some(PasswordHash::from_encoded("md5$salt$hash1")));
}

async fn an_account_that_django_says_has_no_password_has_none(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "alice", "").await;
    home.run("UPDATE accounts_person SET password = '!dGhpcyBpcyByYW5kb20'").await;
    assert_eq!(store.account(&id(1)).await.unwrap().unwrap().password, None);
}

async fn times_are_read_and_written_as_django_does(home: Home) {
    let store = home.connect().await;
    add(&home, 1, "alice", "").await;
    home.run("UPDATE accounts_person SET last_login = '2023-11-14 22:13:20.999999'").await;
    let user = store.get(&id(1)).await.unwrap().unwrap();
    assert_eq!(user.date_joined.unix_millis(), 1_700_000_000_123);
    store.record_login(&id(1), NOW).await.unwrap();
    assert!(store.get(&id(1)).await.unwrap().unwrap().last_login > Some(NOW), "not moved back");
    let later = Timestamp::from_unix_millis(1_800_000_000_007);
    store.record_login(&id(1), later).await.unwrap();
    assert_eq!(store.get(&id(1)).await.unwrap().unwrap().last_login, Some(later));
}

async fn a_permission_that_django_does_not_have_is_refused(home: Home) {
    let store = home.connect().await;
    let error = store.put_group("writers", &["x.unknown".to_owned()]).await.unwrap_err();
    assert!(error.to_string().contains("permission"), "{error}");
    let mut new = NewUser::new(id(1), Username::new("alice").unwrap(), NOW);
    new.groups = vec!["writers".to_owned()];
    assert_eq!(store.insert(new).await.unwrap().groups, ["writers"]);
}

async fn garbage_is_no_session(home: Home) {
    let store = home.connect().await;
    let sessions = store.sessions().unwrap();
    home.run(
        "INSERT INTO django_session VALUES ('unsigned0', 'e30:1abc:AAAA', '2099-01-01 00:00:00'), \
         ('nothing00', '', '2099-01-01 00:00:00')",
    )
    .await;
    for cookie in ["", "short", "unsigned0", "nothing00", "nobody0000", "' OR 1=1 --", &"a".repeat(41)] {
        assert_eq!(sessions.user_of(cookie, NOW).await.unwrap(), None, "{cookie:?}");
    }
}

async fn an_update_leaves_what_it_does_not_name_as_django_wrote_it(home: Home) {
    let store = home.connect().await;
    // A name that is not in NFKC, an address that is none here, and one permission name of two models.
    add(&home, 1, "\u{ff21}lice", "root@intranet").await;
    let key = home.key(&id(1));
    home.run(&format!(
        "INSERT INTO django_content_type (app_label, model) VALUES ('x', 'other'); \
         INSERT INTO auth_permission (content_type_id, codename, name) VALUES (3, 'a', ''); \
         INSERT INTO accounts_person_user_permissions (person_id, permission_id) VALUES ('{key}', 1), ('{key}', 8)"
    ))
    .await;
    let mut update = UserUpdate::default();
    update.is_active = Some(false);
    assert!(!store.update(&id(1), update).await.unwrap().unwrap().is_active);
    home.run(
        "UPDATE accounts_person SET first_name = 'kept' WHERE username = '\u{ff21}lice' AND email = 'root@intranet'; \
         UPDATE accounts_person SET username = 'changed' WHERE first_name <> 'kept'; \
         DELETE FROM accounts_person_user_permissions WHERE permission_id = 1",
    )
    .await;
    let user = store.get(&id(1)).await.unwrap().unwrap();
    assert_eq!(
        (user.username(), user.direct_permissions.as_slice()),
        ("\u{ff21}lice", ["x.a".to_owned()].as_slice())
    );
}

/// A user model whose `USERNAME_FIELD` is its address.
async fn an_account_may_have_its_address_for_a_name(home: Home) {
    home.run("ALTER TABLE accounts_person DROP COLUMN date_joined").await;
    home.run("ALTER TABLE accounts_person DROP COLUMN is_staff").await;
    let mut tables = crate::home::tables();
    tables.username = "email".to_owned();
    (tables.date_joined, tables.is_staff) = (None, None);
    // What stands in the column `username` then is the project's own, and may be empty.
    let options = DjangoOptions::take_over().tables(tables);
    let store = DjangoStore::connect(&home.url, options).await.unwrap();
    store.migrate().await.unwrap();
    let mut new = NewUser::new(id(1), Username::new("ignored").unwrap(), NOW);
    assert!(store.insert(new.clone()).await.is_err(), "no name");
    new.email = Some(Email::new("Carol@example.com").unwrap());
    assert_eq!(store.insert(new.clone()).await.unwrap().username(), "Carol@example.com");
    for login in ["Carol@example.com", "carol@EXAMPLE.com"] {
        assert_eq!(found(&store, login).await, Some(id(1)), "{login}");
    }
    new.is_staff = true;
    new.id = id(2);
    assert!(store.insert(new).await.is_err(), "nobody is staff there");
}

crate::home::on_each! {
    an_account_may_have_its_address_for_a_name
    names_are_told_apart_as_django_does
    an_address_that_several_share_logs_nobody_in
    without_an_index_for_addresses_they_find_nobody_and_names_do
    guards_have_connections_of_their_own
    an_account_made_here_gets_no_address_of_another
    a_password_that_django_changes_moves_the_epoch
    an_upgrade_of_the_hash_keeps_the_epoch
    nothing_that_django_cannot_read_is_written
    an_account_that_django_says_has_no_password_has_none
    times_are_read_and_written_as_django_does
    a_permission_that_django_does_not_have_is_refused
    garbage_is_no_session
    an_update_leaves_what_it_does_not_name_as_django_wrote_it
}
