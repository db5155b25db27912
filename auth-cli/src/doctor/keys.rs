//! The key ring, and the application's secrets that seal it.

use std::sync::Arc;
use std::time::Duration;

use auth_core::clock::{SystemClock, Timestamp};
use auth_core::key::{ApplicationSecrets, Keys, StoredKey, install_backend};
use auth_core::random::OsRandom;
use auth_core::store::{Backend as _, StoreClock};
use auth_store::SqlStore;

use super::Report;
use crate::failure::Failure;
use crate::keys::SECRET;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// After this a signing key should be replaced: what leaked without anybody noticing is good for no longer than that (NIST SP 800-57
/// part 1, section 5.3.6, allows years; replacing costs nothing here).
const SIGNS_FOR: u32 = 180;

pub(super) async fn check(report: &mut Report, sql: &SqlStore, secrets: Option<&ApplicationSecrets>) {
    let store = sql.stores().keys;
    let keys = match store.list().await {
        Ok(keys) => keys,
        Err(error) => {
            return report.wrong(format!("The signing keys: {}.", Failure::from(error).into_message()));
        }
    };
    let backend: Arc<dyn auth_core::store::Backend> = Arc::new(sql.clone());
    let clock = StoreClock::start(&backend).await.unwrap_or_else(|_| Arc::new(SystemClock));
    if keys.is_empty() {
        return report.note("There is no signing key yet: the application makes the first one when it starts, unless it is given keys.");
    }
    ring(report, &keys, clock.now());
    let Some(secrets) = secrets else { return };
    install_backend();
    if let Err(error) = Keys::load_existing(store, secrets, clock, Arc::new(OsRandom)).await {
        return report.wrong(format!(
            "{SECRET}: {}: set it as the servers have it.",
            Failure::from(error).into_message()
        ));
    }
    seals(report, &keys, secrets.current_version());
}

/// Which key signs, and since when.
fn ring(report: &mut Report, keys: &[StoredKey], now: Timestamp) {
    let signer = keys.iter().rev().find(|key| key.active_from <= now);
    let Some(signer) = signer else {
        return report.note("No signing key is active yet: the clock may have been set back.");
    };
    let (kid, algorithm, since) = (&signer.kid, &signer.algorithm, signer.active_from.rfc3339());
    let sentence = format!("The key {kid} ({algorithm}) signs since {since}; {} in the ring", keys.len());
    match now.since(signer.active_from) > DAY * SIGNS_FOR {
        false => report.well(format!("{sentence}.")),
        true => {
            report.note(format!("{sentence}. That is long: replace it by `auth keys rotate`, by a schedule."))
        }
    }
}

/// Which of the secrets the keys are sealed with.
fn seals(report: &mut Report, keys: &[StoredKey], current: u8) {
    let older = keys.iter().filter(|key| key.secret_version() != Some(current)).count();
    match older {
        0 => report.well(format!("Every signing key opens, and is sealed with version {current} of the secret.")),
        _ => report.note(format!(
            "Every signing key opens; {older} of them by an older secret than version {current}, which has to stay in the list until \
             they are sealed anew: run `auth secrets reseal`."
        )),
    }
}
