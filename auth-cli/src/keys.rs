//! `auth keys …`

use std::env;
use std::sync::Arc;

use auth_core::key::{ApplicationSecrets, Keys, install_backend};
use auth_core::random::OsRandom;

use crate::failure::Failure;
use crate::out::Out;
use crate::store::Store;

/// Where the application's secret is read.
pub(crate) const SECRET: &str = "AUTH_SECRET";

pub(crate) async fn rotate(store: &Store, out: Out<'_>) -> Result<(), Failure> {
    let keys = open(store, &secrets()?).await?;
    let key = keys.rotate(store.clock.now()).await?;
    let (kid, algorithm, from) = (&key.kid, key.algorithm.name(), key.active_from.rfc3339());
    match key.is_new {
        true => writeln!(out, "Announced the key {kid} ({algorithm}), which signs from {from} on.")?,
        false => {
            writeln!(out, "The key {kid} ({algorithm}) is announced already, and signs from {from} on.")?
        }
    }
    Ok(())
}

/// The application's keys.
pub(crate) async fn open(store: &Store, secrets: &ApplicationSecrets) -> Result<Keys, Failure> {
    install_backend();
    let keys = store.stores.keys.clone();
    Ok(Keys::load_existing(keys, secrets, store.clock.clone(), Arc::new(OsRandom)).await?)
}

pub(crate) fn secrets() -> Result<ApplicationSecrets, Failure> {
    let text = env::var(SECRET).ok().filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| {
        Failure::usage(format!(
            "{SECRET} is not set: signing keys are sealed under the application's secret, so it is needed here as the \
             application has it"
        ))
    })?;
    ApplicationSecrets::from_text(&text).map_err(|error| Failure::from(error).while_trying(SECRET))
}
