//! Making a passkey for an account that is not there yet.

use serde_json::Value;

use crate::error::Error;
use crate::login::Amr;
use crate::mfa::{Factor, FactorKind, Mfa};
use crate::random::random_bytes;
use crate::user::UserId;

use super::ceremony::{Ceremony, Newcomer, Purpose};
use super::kept::{Kept, Role};
use super::options::NewPasskey;
use super::read::Made;
use super::register::{USER_HANDLE_LEN, read_name, unfit};
use super::service::Passkeys;

/// A passkey that was made for an account which is still to be made.
#[derive(Debug)]
pub(crate) struct NewPasskeyOfNobody {
    /// Whose account it is to be.
    pub(crate) newcomer: Newcomer,
    id: Vec<u8>,
    name: Option<String>,
    kept: Kept,
    counter: u32,
}

impl Passkeys {
    /// Begins to make a passkey for somebody who signs up in this browser. It will be all that they have, so its authenticator verifies
    /// them.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn begin_signing_up(&self, browser: &str, newcomer: Newcomer) -> Result<Value, Error> {
        let inner = &self.0;
        let (user_handle, username) =
            (random_bytes::<USER_HANDLE_LEN>(&*inner.random), newcomer.username.clone());
        let ceremony = Ceremony::signing_up(newcomer, &user_handle);
        let challenge = inner.ceremonies.begin(Purpose::SignUp(browser), &ceremony).await?;
        let new = NewPasskey {
            rp_id: inner.party.id(),
            app_name: &inner.app_name,
            user_handle: &user_handle,
            username: &username,
            held: &[],
            attestation: inner.party.attestation(),
            user_verification: "required",
        };
        Ok(new.options(&challenge))
    }

    /// The passkey that the browser made, and for whom. That ceremony is over now, whatever becomes of it.
    ///
    /// # Errors
    /// `InvalidCredential` for one that is not what was asked for, or is somebody's; `InvalidField` for a name that nothing can be called by; `Unavailable`.
    pub(crate) async fn finish_signing_up(
        &self,
        browser: Option<&str>,
        (credential, name): (&Value, Option<&str>),
    ) -> Result<NewPasskeyOfNobody, Error> {
        let name = name.map(read_name).transpose()?.flatten();
        let made = Made::parse(credential).ok_or_else(|| unfit("it cannot be read"))?;
        let challenge = made.client_data.challenge;
        let ceremony = match browser {
            Some(browser) => self.0.ceremonies.take(Purpose::SignUp(browser), &challenge).await?,
            None => None,
        };
        let begun = ceremony.and_then(|ceremony| Some((ceremony.user_handle()?, ceremony.newcomer?)));
        let (handle, newcomer) =
            begun.ok_or_else(|| unfit("no ceremony of this browser has its challenge"))?;
        let (kept, counter) = self.0.party.made(&made, handle).map_err(unfit)?;
        if kept.role != Role::Alone {
            return Err(unfit("nobody was verified, and there is nothing else to log in by"));
        }
        if !self.0.library.accepts_made(&challenge, &made) {
            return Err(unfit("its statement, or its key, does not hold"));
        }
        if self.0.store.find(FactorKind::Passkey, &made.id).await?.is_some() {
            return Err(is_somebodys());
        }
        Ok(NewPasskeyOfNobody { newcomer, id: made.id, name, kept, counter })
    }

    /// The same as the factor of an account.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) fn factor_of(
        &self,
        mfa: &Mfa,
        user: &UserId,
        passkey: &NewPasskeyOfNobody,
    ) -> Result<Factor, Error> {
        let mut factor = mfa.new_factor(user, FactorKind::Passkey, passkey.id.clone());
        factor.data = self.0.seal(&factor.id, user, &passkey.kept)?;
        (factor.name, factor.counter) = (passkey.name.clone(), passkey.counter.into());
        Ok(factor)
    }
}

/// Whose it is stays untold (WebAuthn Level 3 section 7.1 step 26).
pub(crate) fn is_somebodys() -> Error {
    unfit("the credential id is somebody's")
}

impl NewPasskeyOfNobody {
    /// Its credential id, as the authenticator has it.
    pub(crate) fn id(&self) -> &[u8] {
        &self.id
    }

    /// What whoever has just made it has shown.
    pub(crate) fn shown(&self) -> Amr {
        self.kept.amr(true)
    }
}
