//! What servers tell each other through Redis.

use std::time::Duration;

use auth_core::store::{Backend as _, MemoryStore, Stores};
use auth_store::{RedisStore, SqlStore};
use redis::cmd;

use crate::another_server::{AnotherServer, serve, server, store};
use crate::home::{Home, connect};
use crate::own_server::OwnServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_is_told_of_a_revocation_before_its_copy_is_too_old() {
    const BOUND: Duration = Duration::from_secs(5);
    if let Some(stores) = store() {
        let [redis, prefix, accounts] = stores.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let accounts = SqlStore::connect(accounts).await.unwrap();
        return serve(&server(connect(redis, prefix).await.beside(accounts), BOUND).await).await;
    }
    let Some(home) = Home::new().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let accounts = format!("sqlite:{}?mode=rwc", folder.path().join("app.db").display());
    let backend = home.store.beside(SqlStore::connect(&accounts).await.unwrap());
    let auth = server(backend, BOUND).await;
    let test = "two_servers::another_server_is_told_of_a_revocation_before_its_copy_is_too_old";
    let stores = format!("{} {} {accounts}", home.url, home.prefix);
    AnotherServer::start(test, &stores).hears_of_revocations_by(&auth, BOUND).await;
}

fn stores(redis: &RedisStore) -> Stores {
    redis.beside(MemoryStore::new()).stores()
}

#[tokio::test]
async fn whoever_listened_to_a_server_that_went_away_is_told_so_and_may_listen_again() {
    let Some(mut server) = OwnServer::start(&[]) else { return };
    let redis = RedisStore::connect(&server.url()).await.unwrap();
    let broadcast = stores(&redis).broadcast.unwrap();
    let mut listener = broadcast.listen().await.unwrap();
    server.stop();
    assert!(listener.next().await.is_err());
    assert!(broadcast.listen().await.is_err());
    server.start_again();
    let mut listener = broadcast.listen().await.unwrap();
    while broadcast.send("once more").await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(listener.next().await.unwrap(), "once more");
}

/// Redis 7 lets a new user into no channel.
#[tokio::test]
async fn a_user_who_may_use_no_channel_has_everything_else() {
    let Some(server) = OwnServer::start(&[]) else { return };
    let rights = "SETUSER app on >secret ~iam:* resetchannels +@read +@write +@scripting +info +ping +time";
    let mut acl = cmd("ACL");
    rights.split(' ').for_each(|word| {
        acl.arg(word);
    });
    acl.exec(&mut server.raw()).unwrap();
    let redis = RedisStore::connect(&server.url().replace("//", "//app:secret@")).await.unwrap();
    let broadcast = stores(&redis).broadcast.unwrap();
    assert!(broadcast.listen().await.is_err() && broadcast.send("x").await.is_err());
    let rights = ["SETUSER", "app", "&iam:*", "+publish", "+subscribe"];
    cmd("ACL").arg(&rights).exec(&mut server.raw()).unwrap();
    let mut listener = broadcast.listen().await.unwrap();
    broadcast.send("x").await.unwrap();
    assert_eq!(listener.next().await.unwrap(), "x");
}
