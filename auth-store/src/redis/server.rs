//! What Redis has to be like, asked before anything is stored in it.

use std::collections::HashMap;

use auth_core::clock::Timestamp;
use auth_core::error::{Error, ErrorKind as Kind, StoreError};
use redis::{ErrorKind, RedisError, ServerErrorKind, cmd};

use super::RedisStore;

/// The oldest version that knows every command used here (`GETDEL`).
const OLDEST: (u32, u32) = (6, 2);

/// What `INFO` tells of a server.
struct Info<'a>(HashMap<&'a str, &'a str>);

impl<'a> Info<'a> {
    fn read(text: &'a str) -> Self {
        Self(text.lines().filter_map(|line| line.split_once(':')).collect())
    }

    fn field(&self, name: &str) -> &'a str {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// What is wrong with the server and what to change, if anything is.
    fn objection(&self, in_cluster: bool) -> Option<String> {
        let version = self.field("redis_version");
        if !is_new_enough(version) {
            let (major, minor) = OLDEST;
            return Some(format!(
                "has the version `{version}`, and {major}.{minor} is the oldest that will do: use a newer one, or Valkey"
            ));
        }
        let policy = self.field("maxmemory_policy");
        if policy != "noeviction" {
            return Some(format!(
                "drops keys when its memory is full (`maxmemory-policy` is `{policy}`), and with them sessions and revocations: set \
                 `maxmemory-policy noeviction` there, or use another server than the one for caches"
            ));
        }
        if self.field("role") != "master" {
            return Some(
                "is a replica, which takes no writes: give the address of the primary, or of the Sentinels"
                    .to_owned(),
            );
        }
        if (self.field("cluster_enabled") == "1") != in_cluster {
            return Some(match in_cluster {
                true => "is no Redis Cluster: give its address as redis://".to_owned(),
                false => "is a node of a Redis Cluster: give its address as redis-cluster://".to_owned(),
            });
        }
        None
    }
}

/// What is wrong with a server of which `INFO` tells this, and what to change, if anything is.
pub(super) fn objection(info: &str, in_cluster: bool) -> Option<String> {
    Info::read(info).objection(in_cluster)
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OLDEST,
        _ => false,
    }
}

impl RedisStore {
    /// That Redis answers; in a Cluster, that each primary does.
    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.link().ask_all::<()>(cmd("PING")).await.map(drop)
    }

    /// What time it is by the server's clock; in a cluster, by that of any node.
    pub(super) async fn time(&self) -> Result<Timestamp, StoreError> {
        let (seconds, micros): (i64, i64) = self.link().read(&cmd("TIME")).await?;
        Ok(Timestamp::from_unix_millis(seconds.saturating_mul(1000).saturating_add(micros / 1000)))
    }

    /// That each server can be reached, is new enough, evicts nothing, takes writes, and lets us run scripts and do all that is done.
    pub(super) async fn check(&self) -> Result<(), Error> {
        let servers: Vec<_> =
            self.link().ask_all::<String>(cmd("INFO")).await.map_err(|error| self.refused(error))?;
        let in_cluster = self.link().is_cluster();
        for (node, info) in servers {
            if let Some(objection) = objection(&info, in_cluster) {
                let name = node.name().unwrap_or_else(|| self.link().name().to_owned());
                return Err(Error::configuration(format!("Redis at {name} {objection}")));
            }
        }
        let probe = self.scripts().probe.key(self.names().probe());
        self.link().run(&probe).await.map_err(|error| self.refused(error))
    }

    /// Whose fault it is, and where.
    fn refused(&self, error: StoreError) -> Error {
        let name = self.link().name();
        let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<RedisError>());
        let advice = match source.map(RedisError::kind) {
            Some(ErrorKind::AuthenticationFailed) => "does not take the user name and the password",
            Some(ErrorKind::Server(ServerErrorKind::NoPerm)) => {
                "does not let this user do what it has to: allow the commands of the groups @read, @write and @scripting, and INFO, PING \
                 and TIME (in a Cluster CLUSTER too), on the keys of the prefix"
            }
            _ if source.and_then(RedisError::code) == Some("NOAUTH") => {
                "wants a password: put it into the URL"
            }
            _ => {
                return Error::new(Kind::Unavailable)
                    .with_detail(format!("Redis at {name} cannot be used"))
                    .with_source(error);
            }
        };
        let told = source.and_then(RedisError::detail).map(|told| format!(" ({told})")).unwrap_or_default();
        Error::configuration(format!("Redis at {name} {advice}{told}")).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Server\r\nredis_version:7.0.15\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n# Replication\r\nrole:master\r\n\
        # Cluster\r\ncluster_enabled:0\r\n";

    #[test]
    fn what_is_wrong_with_a_server_is_named() {
        assert_eq!(objection(GOOD, false), None);
        assert_eq!(objection(&GOOD.replace("enabled:0", "enabled:1"), true), None);
        for (from, to, told) in [
            ("7.0.15", "6.0.20", "`6.0.20`"),
            ("7.0.15", "seven", "`seven`"),
            ("noeviction", "allkeys-lru", "`allkeys-lru`"),
            ("noeviction", "volatile-ttl", "set `maxmemory-policy noeviction`"),
            ("master", "slave", "is a replica"),
            ("enabled:0", "enabled:1", "redis-cluster://"),
        ] {
            let objected = objection(&GOOD.replace(from, to), false).unwrap();
            assert!(objected.contains(told), "{objected}");
        }
        assert!(objection(GOOD, true).unwrap().contains("is no Redis Cluster"));
        assert!(objection("", false).is_some());
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        for good in ["6.2.0", "6.10.1", "7.0.15", "10.0.0"] {
            assert!(is_new_enough(good), "{good}");
        }
        for bad in ["6.1.9", "5.9.9", "", "7", "x.y"] {
            assert!(!is_new_enough(bad), "{bad}");
        }
    }
}
