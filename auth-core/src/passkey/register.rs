//! Making a passkey.

use std::net::IpAddr;

use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::mfa::{FactorKind, FactorTold, Mfa};
use crate::random::random_bytes;
use crate::secret::Secret;
use crate::session::{Entered, SessionHandle, Visitor};
use crate::text::Text;
use crate::user::{PersonName, User};

use super::ceremony::{Ceremony, Purpose};
use super::check::Fault;
use super::kept::{Passkey, Role};
use super::options::NewPasskey;
use super::read::Made;
use super::service::{Held, Passkeys};
use super::sign_up::is_somebodys;

/// What passkeys that are begun to be made are counted as.
const BEGUN: &str = "passkey making";

/// How many passkeys somebody may have: more than anybody has devices, and few enough to be named to a browser each time.
const MOST_PASSKEYS: usize = 20;
/// How long the handle is by which authenticators know an account, in bytes: as WebAuthn Level 3 section 14.6.1 recommends.
pub(super) const USER_HANDLE_LEN: usize = 64;
/// The longest name of a passkey, in code points.
const MAX_NAME: usize = 100;

/// A passkey that was made.
#[derive(Debug)]
pub(crate) struct NewlyMade {
    pub(crate) passkey: Passkey,
    /// The recovery codes that came with it, as the first factor of the account; none else.
    pub(crate) recovery_codes: Vec<Secret>,
    /// The session of whoever made it, under a new id; `None` where there are codes to be shown and it could not be kept up.
    pub(crate) entered: Option<Entered>,
}

impl Passkeys {
    /// Begins to make a passkey for the user of this session, and answers what to ask the browser.
    ///
    /// # Errors
    /// `EmailUnverified` and `PermissionDenied`, as of [`Mfa::enrol`]: before the browser makes one; `InvalidRequest` for somebody who has as many as one may
    /// have; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn begin_making(
        &self,
        mfa: &Mfa,
        (user, session): (&User, &SessionHandle),
        network: Option<IpAddr>,
    ) -> Result<Value, Error> {
        mfa.check_enrolling(user)?;
        let inner = &self.0;
        let turn = inner.throttle.take_turn(BEGUN, network).await?;
        let held = self.room_beside(user).await?;
        let user_handle = match user_handle(&held) {
            Some(handle) => handle.to_vec(),
            None => random_bytes::<USER_HANDLE_LEN>(&*inner.random).to_vec(),
        };
        let ceremony = Ceremony::making(&user.id, &user_handle).counted(turn);
        let challenge = inner.ceremonies.begin(Purpose::Register(session), &ceremony).await?;
        let held: Vec<_> = held.iter().filter_map(Held::named).collect();
        let new = NewPasskey {
            rp_id: inner.party.id(),
            app_name: &inner.app_name,
            user_handle: &user_handle,
            username: user.username(),
            held: &held,
            attestation: inner.party.attestation(),
            // One that cannot verify its user is a second factor.
            user_verification: "preferred",
        };
        Ok(new.options(&challenge))
    }

    /// The passkeys of somebody who may have another one.
    async fn room_beside(&self, user: &User) -> Result<Vec<Held>, Error> {
        let held = self.held(&user.id).await?;
        match held.len() < MOST_PASSKEYS {
            true => Ok(held),
            false => Err(Error::invalid(Text::PasskeyTooMany { most: MOST_PASSKEYS })),
        }
    }

    /// Keeps the passkey that the browser made. Its owner is told of it by its name, or by `unnamed` where it has none.
    ///
    /// # Errors
    /// `InvalidCredential` for one that is not what was asked for, or is somebody's; `InvalidField` for a name that nothing can be
    /// called by; `UserRequired` for a caller without a session; `Unavailable`; what [`Mfa::enrol`] and [`Mfa::settle`] answer.
    pub(crate) async fn finish_making(
        &self,
        mfa: &Mfa,
        caller: &Identity,
        (credential, name, unnamed): (&Value, Option<&str>, &str),
        visitor: Visitor,
    ) -> Result<NewlyMade, Error> {
        let session = &caller.session_record().ok_or(ErrorKind::UserRequired)?.handle;
        let user = caller.acting_user().ok_or(ErrorKind::UserRequired)?;
        mfa.check_enrolling(user)?;
        let name = name.map(read_name).transpose()?.flatten();
        let made = Made::parse(credential).ok_or_else(|| unfit("it cannot be read"))?;
        let held = self.room_beside(user).await?;
        let challenge = made.client_data.challenge;
        let ceremony = self.0.ceremonies.take(Purpose::Register(session), &challenge).await?;
        let ceremony = ceremony.filter(|ceremony| ceremony.whom.takes(&user.id));
        let turn = ceremony.as_ref().map(Ceremony::turn).unwrap_or_default();
        let handle = ceremony.and_then(|ceremony| ceremony.user_handle());
        let handle = handle.ok_or_else(|| unfit("no ceremony of this session has its challenge"))?;
        if user_handle(&held).is_some_and(|held| held != handle) {
            return Err(unfit("another one was made meanwhile, and authenticators know the account by that"));
        }
        let (kept, counter) = self.0.party.made(&made, handle).map_err(unfit)?;
        if !self.0.library.accepts_made(&challenge, &made) {
            return Err(unfit("its statement, or its key, does not hold"));
        }
        let mut factor = mfa.new_factor(&user.id, FactorKind::Passkey, made.id);
        factor.data = self.0.seal(&factor.id, &user.id, &kept)?;
        (factor.name, factor.counter) = (name, counter.into());
        let passkey = Passkey::of(&factor, Some(&kept));
        let told = passkey.name.clone().unwrap_or_else(|| unnamed.to_owned());
        let told = FactorTold::PasskeyAdded(told);
        let enrolled = match mfa.enrol((user, caller.amr()), factor, told).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(is_somebodys()),
            enrolled => enrolled?,
        };
        self.0.throttle.give_turn_back(BEGUN, visitor.network(), turn).await;
        // Whoever has just made it has shown it, as far as its authenticator verified them.
        let shown = (kept.amr(kept.role == Role::Alone), self.0.clock.now());
        let entered = match mfa.settle(caller, enrolled.user, shown, visitor).await {
            // Nobody could show the codes again; without a session somebody logs in.
            Err(error) if !enrolled.codes.is_empty() => {
                tracing::warn!(?error, "a session could not be kept up when its user got a first factor");
                None
            }
            settled => Some(settled?),
        };
        Ok(NewlyMade { passkey, recovery_codes: enrolled.codes, entered })
    }
}

/// By what authenticators know the account of these passkeys.
fn user_handle(held: &[Held]) -> Option<&[u8]> {
    held.iter().find_map(|held| Some(held.kept.as_ref()?.user_handle.as_slice()))
}

/// The name of a passkey as it was typed; `None` for nothing.
///
/// # Errors
/// `InvalidField` for one that is too long, or holds what is no letter.
pub(super) fn read_name(text: &str) -> Result<Option<String>, Error> {
    let refused = || Error::new(ErrorKind::InvalidField).saying(Text::PasskeyNameInvalid { most: MAX_NAME });
    let name = PersonName::new(text).map_err(|_| refused())?;
    match name.as_str().chars().count() {
        0 => Ok(None),
        1..=MAX_NAME => Ok(Some(name.as_str().to_owned())),
        _ => Err(refused()),
    }
}

/// A credential that is not kept; why, only the log learns.
pub(super) fn unfit(fault: Fault) -> Error {
    tracing::debug!(fault, "a passkey that was made is not kept");
    Error::new(ErrorKind::InvalidCredential).with_source(fault)
}
