//! Answers by which Redis says that it did nothing.

use std::error::Error as _;

use auth_core::error::StoreError;
use redis::{ErrorKind, RedisError};

/// Those of a server that is no primary.
const OF_NO_PRIMARY: &[&str] = &["MASTERDOWN", "READONLY"];

/// The others. A script meets them before it began, or at its first write: one that has written goes on to its end (`script.c`, since
/// Redis 3.2). NOPERM is not among them: a script may be allowed its first write and not its second.
const OTHERS: &[&str] = &[
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "LOADING",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOREPLICAS",
    "NOSCRIPT",
    "OOM",
    "TRYAGAIN",
];

/// Whether nothing was changed, for certain.
pub(super) fn is_refusal(error: &StoreError) -> bool {
    let error = error.source().and_then(|source| source.downcast_ref::<RedisError>());
    error.is_some_and(|error| {
        let was_sent = error.kind() != ErrorKind::ClusterConnectionNotFound;
        !was_sent || is_one_of(error, OF_NO_PRIMARY) || is_one_of(error, OTHERS)
    })
}

/// Whether the server is no primary, or none any more.
pub(super) fn is_of_no_primary(error: &RedisError) -> bool {
    is_one_of(error, OF_NO_PRIMARY)
}

/// Within a script Redis 6.2 has such an answer as the text of an error of another kind.
fn is_one_of(error: &RedisError, codes: &[&str]) -> bool {
    let is_told = |code: &str| error.detail().is_some_and(|detail| detail.contains(&format!("-{code} ")));
    codes.iter().any(|&code| error.code() == Some(code) || is_told(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(answer: &[u8]) -> RedisError {
        redis::parse_redis_value(answer).unwrap().extract_error().unwrap_err()
    }

    #[test]
    fn a_replica_is_known_by_its_answers_in_a_script_and_outside() {
        for answer in [
            &b"-READONLY You can't write against a read only replica.\r\n"[..],
            // Redis 7 and Valkey, then Redis 6.2.
            b"-READONLY You can't write against a read only replica. script: 2067d9, on @user_script:1.\r\n",
            b"-ERR Error running script (call to f_2067d9): @user_script:1: @user_script: 1: -READONLY You can't write against a \
              read only replica.\r\n",
            b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
        ] {
            assert!(is_of_no_primary(&error(answer)), "{answer:?}");
        }
        for answer in [&b"-ERR unknown version of a value\r\n"[..], b"-OOM command not allowed\r\n"] {
            assert!(!is_of_no_primary(&error(answer)), "{answer:?}");
        }
    }

    #[test]
    fn what_redis_refused_is_told_from_what_nobody_knows() {
        let is_refusal = |answer: &[u8]| is_refusal(&StoreError::unavailable(error(answer)));
        for answer in [
            &b"-OOM command not allowed when used memory > 'maxmemory'. script: 2067d9, on @user_script:14.\r\n"[..],
            b"-ERR Error running script (call to f_2067d9): @user_script:14: @user_script: 14: -OOM command not allowed when used \
              memory > 'maxmemory'.\r\n",
            b"-READONLY You can't write against a read only replica.\r\n",
            b"-NOSCRIPT No matching script. Please use EVAL.\r\n",
            b"-LOADING Redis is loading the dataset in memory\r\n",
            b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
            b"-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.\r\n",
            b"-NOREPLICAS Not enough good replicas to write.\r\n",
            b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n",
            b"-NOAUTH Authentication required.\r\n",
            b"-MOVED 3999 127.0.0.1:6381\r\n",
            b"-CLUSTERDOWN The cluster is down\r\n",
        ] {
            assert!(is_refusal(answer), "{answer:?}");
        }
        for answer in [
            &b"-ERR unknown version of a value\r\n"[..],
            b"-NOPERM this user has no permissions to run the 'del' command\r\n",
            b"-UNKILLABLE The busy script was sent by a master instance.\r\n",
        ] {
            assert!(!is_refusal(answer), "{answer:?}");
        }
        let lost = RedisError::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(!super::is_refusal(&StoreError::unavailable(lost)));
        assert!(!super::is_refusal(&StoreError::unavailable("it did not answer in time")));
    }
}
