//! The program over an application whose sessions live in Redis.

use std::process;

use auth_core::store::{Backend as _, MemoryStore};
use auth_core::testing::service;
use auth_store::{RedisStore, RedisStoreOptions};
use redis::{Client, Connection, cmd};

use crate::home::{Done, Home, PASSWORD, run};

/// A folder with a database, and a part of a Redis that nobody else has.
struct Beside {
    home: Home,
    redis: String,
    prefix: String,
}

impl Beside {
    fn new(name: &str) -> Option<Self> {
        let redis = service("TEST_REDIS_URL")?;
        Some(Self { home: Home::empty(), redis, prefix: format!("cli-{name}-{}:", process::id()) })
    }

    /// As the servers are started.
    fn with(&self, args: &[&str]) -> Done {
        let mut command = self.home.command();
        command.args(args).args(["--redis-prefix", &self.prefix]).env("REDIS_URL", &self.redis);
        run(&mut command, PASSWORD)
    }

    fn without(&self, args: &[&str]) -> Done {
        run(self.home.command().args(args), PASSWORD)
    }

    /// With another database of the same server, which is as good as another server.
    fn with_another(&self, args: &[&str]) -> Done {
        let mut command = self.home.command();
        command.args(args).args(["--redis-prefix", &self.prefix]).env("REDIS_URL", self.another());
        run(&mut command, PASSWORD)
    }

    fn another(&self) -> String {
        format!("{}/1", self.redis)
    }

    /// Removes all that is there of this.
    fn empty(&self, url: &str) {
        let mut connection = connect(url);
        let keys: Vec<Vec<u8>> = cmd("KEYS").arg(format!("{}*", self.prefix)).query(&mut connection).unwrap();
        for key in keys {
            let _: i64 = cmd("DEL").arg(key).query(&mut connection).unwrap();
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.empty(&self.redis);
        self.empty(&self.another());
    }
}

fn connect(url: &str) -> Connection {
    Client::open(url).unwrap().get_connection().unwrap()
}

#[tokio::test]
async fn accounts_beside_a_redis_are_changed_by_who_knows_it_alone() {
    let Some(beside) = Beside::new("changed") else { return };
    beside.without(&["migrate"]).ok();
    let create = ["user", "create", "alice", "--password-stdin"];
    beside.without(&create).ok();
    // The servers are started with a Redis.
    beside.with(&["migrate"]).ok();
    for args in [
        &["user", "disable", "alice"][..],
        &["sessions", "revoke", "--all"],
        &["sessions", "clear-expired"],
        &["throttle", "clear", "alice"],
        &["user", "create", "bob", "--password-stdin"],
        &["group", "create", "writers"],
    ] {
        let refused = beside.without(args).refused(2);
        assert!(refused.contains("keep sessions in Redis at") && refused.contains("REDIS_URL"), "{refused}");
    }
    // What only looks goes on.
    assert!(beside.without(&["user", "list"]).ok().contains("alice"));
    beside.without(&["report"]).ok();
    for args in
        [&["user", "disable", "alice"][..], &["sessions", "revoke", "alice"], &["throttle", "clear", "alice"]]
    {
        beside.with(args).ok();
    }
    let mut other = beside.home.command();
    other.args(["user", "enable", "alice"]).env("REDIS_URL", &beside.redis);
    let refused = run(&mut other, "").refused(2);
    assert!(refused.contains(&format!("say --redis-prefix {}", beside.prefix)), "{refused}");
}

/// Whatever it changed: servers that go by what they read a moment ago forget it.
#[tokio::test]
async fn servers_are_told_that_something_was_changed() {
    let Some(beside) = Beside::new("told") else { return };
    beside.with(&["migrate"]).ok();
    let options = RedisStoreOptions::default().key_prefix(&beside.prefix);
    let redis = RedisStore::connect_with(&beside.redis, &options).await.unwrap();
    let broadcast = redis.beside(MemoryStore::new()).stores().broadcast.unwrap();
    let mut listener = broadcast.listen().await.unwrap();
    beside.with(&["user", "list"]).ok();
    broadcast.send("nothing was changed yet").await.unwrap();
    beside.with(&["user", "create", "alice", "--password-stdin"]).ok();
    assert_eq!(listener.next().await.unwrap(), "nothing was changed yet");
    assert_eq!(listener.next().await.unwrap(), "everything");
}

#[tokio::test]
async fn a_redis_that_was_given_up_is_forgotten_when_somebody_says_so() {
    let Some(beside) = Beside::new("forgotten") else { return };
    beside.with(&["migrate"]).ok();
    let create = ["user", "create", "alice", "--password-stdin"];
    beside.without(&create).refused(2);
    beside.without(&[&create[..], &["--without-redis"]].concat()).ok();
    beside.without(&["user", "disable", "alice"]).ok();
}

#[tokio::test]
async fn a_redis_is_given_up_when_something_was_done_without_it() {
    let Some(beside) = Beside::new("failed") else { return };
    beside.with(&["migrate"]).ok();
    beside.without(&["user", "disable", "nobody", "--without-redis"]).refused(1);
    beside.without(&["user", "create", "alice", "--password-stdin"]).refused(2);
    let file = beside.home.write("users.csv", "username\nbob\n");
    beside.without(&["import", "csv", &file, "--dry-run", "--without-redis"]).ok();
    beside.without(&["import", "csv", &file]).refused(2);
}

#[tokio::test]
async fn another_redis_than_the_servers_have_is_refused_by_the_name_of_theirs() {
    let Some(beside) = Beside::new("another") else { return };
    beside.with(&["migrate"]).ok();
    let server = beside.redis.rsplit(['@', '/']).next().unwrap();
    let create = ["user", "create", "alice", "--password-stdin"];
    for args in [&create[..], &["sessions", "revoke", "--all"], &["migrate"]] {
        let refused = beside.with_another(args).refused(2);
        assert!(refused.contains(&format!("keep sessions in Redis at {server}")), "{refused}");
        assert!(refused.contains("REDIS_URL names another one"), "{refused}");
    }
    let said = beside.with_another(&["doctor"]);
    assert!(said.code == 5 && said.out.contains("REDIS_URL names another one"), "{said:?}");
    beside.with(&create).ok();
    // Somebody else's servers have it: that it is no empty one changes nothing.
    let other = Home::new();
    let mut theirs = other.command();
    theirs.args(["migrate", "--redis-prefix", &beside.prefix]).env("REDIS_URL", beside.another());
    run(&mut theirs, "").ok();
    assert!(beside.with_another(&["user", "disable", "alice"]).refused(2).contains(server));
    beside.with(&["user", "disable", "alice"]).ok();
}

/// Redis without a file of its own forgets everything when it is started anew.
#[tokio::test]
async fn a_redis_that_was_emptied_is_still_that_of_the_servers() {
    let Some(beside) = Beside::new("emptied") else { return };
    beside.with(&["migrate"]).ok();
    beside.with(&["user", "create", "alice", "--password-stdin"]).ok();
    beside.empty(&beside.redis);
    beside.with(&["user", "disable", "alice"]).ok();
    beside.with_another(&["user", "enable", "alice"]).refused(2);
    beside.with(&["migrate"]).ok();
    beside.with(&["user", "enable", "alice"]).ok();
}

#[tokio::test]
async fn doctor_compares_its_redis_with_that_of_the_servers() {
    let Some(beside) = Beside::new("doctor") else { return };
    beside.without(&["migrate"]).ok();
    assert!(
        beside
            .with(&["doctor"])
            .ok()
            .contains("note   No server has been started with this database and a Redis")
    );
    beside.with(&["migrate"]).ok();
    let said = beside.with(&["doctor"]).ok();
    assert!(said.contains("drops no key when its memory is full"), "{said}");
    assert!(said.contains("ok     The servers keep sessions in Redis at"), "{said}");
    let without = beside.without(&["doctor"]);
    assert_eq!(without.code, 5);
    assert!(
        without.out.contains("WRONG  the application's servers keep sessions in Redis at"),
        "{without:?}"
    );
}
