//! All of our own tables in Django's database.

use std::time::Duration;

use auth_core::clock::Timestamp;
use auth_core::store::{Backend as _, MemoryStore};
use auth_core::user::{LoginName, UserStore as _};
use auth_store::DjangoStore;

use crate::home::{Home, options};

async fn all_tables_of_ours_stand_beside_those_of_django(home: Home) {
    let django = home.connect().await;
    let backend = django.beside(django.own_tables());
    assert!(!backend.is_migrated().await.unwrap());
    for _ in 0..2 {
        backend.migrate().await.unwrap();
        assert!(backend.is_migrated().await.unwrap());
    }
    let (stores, now) = (backend.stores(), Timestamp::from_unix_seconds(1_700_000_000));
    stores.short_lived.put("key", b"value", Duration::from_secs(60), now).await.unwrap();
    assert_eq!(stores.short_lived.get("key", now).await.unwrap().as_deref(), Some(&b"value"[..]));
    assert!(stores.keys.list().await.unwrap().is_empty());
    // Django's are as they were, and ours are found by whoever opens the database anew.
    assert!(home.connect().await.own_tables().is_migrated().await.unwrap());
}

async fn scripts_bring_our_table_up_to_date(home: Home) {
    let store = DjangoStore::connect(&home.url, options()).await.unwrap();
    let backend = store.beside(MemoryStore::new());
    for script in store.migrations() {
        assert!(!backend.is_migrated().await.unwrap(), "before {}", script.name);
        home.run(&script.sql).await;
    }
    assert!(backend.is_migrated().await.unwrap());
    assert!(store.find(&LoginName::parse("nobody")).await.unwrap().is_none());
}

crate::home::on_each! {
    all_tables_of_ours_stand_beside_those_of_django
    scripts_bring_our_table_up_to_date
}
