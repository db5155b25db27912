//! `auth user reset-factors`

use std::sync::Arc;
use std::time::Duration;

use auth_core::User;
use auth_core::account::{Accounts, FactorReset};
use auth_core::random::OsRandom;

use crate::failure::Failure;
use crate::keys;
use crate::out::Out;
use crate::store::Store;
use crate::users::just_removed;

/// Takes the second factors from an account whose owner has lost them, and says what was done.
pub(crate) async fn reset(
    store: &Store,
    user: &str,
    after_hours: Option<u32>,
    without_mail: bool,
    out: Out<'_>,
) -> Result<(), Failure> {
    let user = store.find(user).await?;
    let delay = Duration::from_secs(u64::from(after_hours.unwrap_or(0)) * 60 * 60);
    let is_told = !without_mail && user.email_verified && user.email.is_some();
    let accounts = accounts(store, !without_mail)?.with_reset_delay(delay);
    let name = &user.username;
    match accounts.reset_factors(&user.id).await?.ok_or_else(just_removed)? {
        FactorReset::Done { factors } => {
            let what = if factors == 1 { "second factor" } else { "second factors" };
            writeln!(
                out,
                "{name} has lost {factors} {what}, the recovery codes and the trusted devices; its sessions and tokens have ended. {}",
                told(&user, is_told)
            )?;
        }
        FactorReset::Waits { until } => {
            let until = until.rfc3339();
            writeln!(
                out,
                "Nothing is done yet: run this again after {until}, with the same --after, and within a week. {}",
                told(&user, is_told)
            )?;
        }
        _ => writeln!(out, "{name} has no second factor.")?,
    }
    Ok(())
}

fn accounts(store: &Store, tells: bool) -> Result<Accounts, Failure> {
    let accounts = store.accounts()?.with_factors(store.stores.factors.clone());
    if !tells {
        return Ok(accounts);
    }
    let (outbox, secrets) = (store.stores.outbox.clone(), keys::secrets()?);
    Ok(accounts.with_outbox(outbox, &secrets, Arc::new(OsRandom)))
}

fn told(user: &User, is_told: bool) -> String {
    match (&user.email, is_told) {
        (Some(email), true) => format!("A mail to {email} is on its way."),
        _ => "Nobody is told by mail.".to_owned(),
    }
}
