//! What goes wrong, one after the other, and how soon all is well again.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::ledger::{Ledger, Wrong};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::servers::{Servers, answer};

/// How long a fault lasts.
const FAULT: Duration = Duration::from_secs(5);

/// How long everything is left alone between two.
const CALM: Duration = Duration::from_secs(6);

/// In which every server has to do everything again.
const RECOVERY: Duration = Duration::from_secs(5);

#[derive(Clone, Copy)]
enum Fault {
    PostgresCrashes,
    PostgresHangs,
    PostgresTakesNoChanges,
    RedisCrashes,
    RedisHangs,
    RedisIsFull,
    BothCrash,
    ServerIsKilled(usize),
}

impl Fault {
    const ALL: [Self; 10] = [
        Self::PostgresCrashes,
        Self::RedisCrashes,
        Self::PostgresHangs,
        Self::RedisHangs,
        Self::ServerIsKilled(0),
        Self::RedisIsFull,
        Self::ServerIsKilled(1),
        Self::PostgresTakesNoChanges,
        Self::ServerIsKilled(2),
        Self::BothCrash,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::PostgresCrashes => "PostgreSQL crashes",
            Self::PostgresHangs => "PostgreSQL hangs",
            Self::PostgresTakesNoChanges => "PostgreSQL takes no changes",
            Self::RedisCrashes => "Redis crashes",
            Self::RedisHangs => "Redis hangs",
            Self::RedisIsFull => "Redis is full",
            Self::BothCrash => "both crash",
            Self::ServerIsKilled(_) => "a server is killed",
        }
    }
}

/// Who brings the faults about. The stores end with it.
pub(crate) struct Conductor {
    postgres: Postgres,
    redis: Redis,
    servers: Arc<Servers>,
    ledger: Arc<Ledger>,
}

impl Conductor {
    pub(crate) fn new(postgres: Postgres, redis: Redis, servers: Arc<Servers>, ledger: Arc<Ledger>) -> Self {
        Self { postgres, redis, servers, ledger }
    }

    /// One fault after the other until then; none is begun that would outlast it.
    pub(crate) async fn play_until(&mut self, end: Instant) -> io::Result<()> {
        for fault in Fault::ALL.into_iter().cycle() {
            sleep(CALM).await;
            if Instant::now() + FAULT + RECOVERY > end {
                break;
            }
            self.begin(fault)?;
            sleep(FAULT).await;
            self.end(fault)?;
            self.see_recovery(fault).await;
        }
        sleep(end.saturating_duration_since(Instant::now())).await;
        Ok(())
    }

    fn begin(&mut self, fault: Fault) -> io::Result<()> {
        match fault {
            Fault::PostgresCrashes => self.postgres.crash(),
            Fault::PostgresHangs => self.postgres.pause(),
            Fault::PostgresTakesNoChanges => self.postgres.take_changes(false),
            Fault::RedisCrashes => self.redis.crash(),
            Fault::RedisHangs => self.redis.pause(),
            Fault::RedisIsFull => self.redis.have_room(false),
            Fault::BothCrash => self.postgres.crash().and_then(|()| self.redis.crash()),
            Fault::ServerIsKilled(number) => self.servers.kill(number),
        }
    }

    fn end(&mut self, fault: Fault) -> io::Result<()> {
        match fault {
            Fault::PostgresCrashes => self.postgres.begin(),
            Fault::PostgresHangs => self.postgres.resume(),
            Fault::PostgresTakesNoChanges => self.postgres.take_changes(true),
            Fault::RedisCrashes => self.redis.begin(),
            Fault::RedisHangs => self.redis.resume(),
            Fault::RedisIsFull => self.redis.have_room(true),
            Fault::BothCrash => self.postgres.begin().and_then(|()| self.redis.begin()),
            Fault::ServerIsKilled(number) => self.servers.start_again(number),
        }
    }

    /// Asks each server for everything that needs both stores, until each has done it.
    async fn see_recovery(&self, fault: Fault) {
        let began = Instant::now();
        for number in 0..self.servers.count() {
            while !self.does_everything(number).await {
                if began.elapsed() > 4 * RECOVERY {
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
        let after = began.elapsed();
        self.ledger.recovered(fault.name(), after);
        if after > RECOVERY {
            let what = format!("{} ms until all was well after: {}", after.as_millis(), fault.name());
            self.ledger.wrong(Wrong::Late, what);
        }
    }

    /// A login writes to both stores, and a guard reads from both.
    async fn does_everything(&self, number: usize) -> bool {
        let form = [("username", "alice"), ("password", "correct horse battery staple")];
        let Some(session) = answer(self.servers.post(number, "/auth/login", &form)).await.session else {
            return false;
        };
        let cookie = format!("session={session}");
        let guarded = self.servers.get(number, "/private").header("Cookie", &cookie);
        let logout = self.servers.post(number, "/auth/logout", &[]).header("Cookie", &cookie);
        answer(guarded).await.status == Some(200) && answer(logout).await.status == Some(204)
    }
}
