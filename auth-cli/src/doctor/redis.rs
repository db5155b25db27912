//! Redis, where sessions live in it.

use auth_core::store::Backend as _;
use auth_store::{RedisMark, RedisStore, SqlStore};

use super::Report;
use crate::args::StoreArgs;
use crate::failure::Failure;
use crate::store::{objection, open_redis};

/// Connecting looks at the version, the policy, the role and the rights.
pub(super) async fn check(report: &mut Report, args: &StoreArgs) -> Option<RedisStore> {
    match open_redis(args).await {
        Ok(Some(redis)) => {
            report.well("Redis answers, is new enough, takes writes and scripts, and drops no key when its memory is full.");
            return Some(redis);
        }
        Ok(None) => {}
        Err(failure) => report.wrong(format!("{}.", failure.into_message())),
    }
    None
}

/// Beside what the servers left word of in the database.
pub(super) async fn compare(
    report: &mut Report,
    sql: &SqlStore,
    redis: Option<&RedisStore>,
    args: &StoreArgs,
) {
    match RedisMark::read(&sql.stores()).await {
        Ok(Some(mark)) => match objection(&mark, redis, args).await {
            Ok(Some(objection)) => report.wrong(format!("{objection}.")),
            Ok(None) => report
                .well(format!("The servers keep sessions in Redis at {}, as they have it.", mark.server)),
            Err(failure) => report.wrong(format!("{}.", failure.into_message())),
        },
        Ok(None) if redis.is_some() => {
            report.note("No server has been started with this database and a Redis yet: `auth migrate` or their start leaves word of it.");
        }
        Ok(None) => report.well("Sessions live in the database."),
        Err(error) => report.wrong(format!("The word of Redis: {}.", Failure::from(error).into_message())),
    }
}
