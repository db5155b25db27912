//! Using a passkey: to log in, as the second factor, and to prove once more who one is.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;
use crate::event::Denial;
use crate::http::BrowserId;
use crate::login::{Amr, PendingId};
use crate::mfa::{Factor, FactorKind};
use crate::session::SessionHandle;
use crate::text::Text;
use crate::user::{LoginName, MAX_LOGIN, User, UserId};

use super::ceremony::{Ceremony, Purpose, Whom};
use super::check::{Use, Wanted, key_of};
use super::kept::Kept;
use super::options::use_of;
use super::public_key::PublicKey;
use super::read::Used;
use super::service::{Held, Passkeys, unproven};

/// What begun logins are counted as.
const BEGUN: &str = "passkey login";

/// What is said of a passkey that nobody has here, so that the browser's own list can forget it (WebAuthn Level 3 section 5.1.10,
/// `signalUnknownCredential`). One that is refused for anything else is not named so: it would be lost.
const UNKNOWN_PASSKEY: &str = "unknown_credential";

/// As the only proof: whose passkey it is nobody else says, and the authenticator verifies who uses it.
const ALONE: Wanted = Wanted { has_to_verify: true, has_to_name: true };
/// The same of a user who is known.
const ALONE_OF_KNOWN: Wanted = Wanted { has_to_verify: true, has_to_name: false };
/// Beside a first factor.
const BESIDE: Wanted = Wanted { has_to_verify: false, has_to_name: false };

/// A login that begins.
#[derive(Debug)]
pub(crate) struct BegunLogin {
    /// What to ask the browser.
    pub(crate) options: Value,
    /// The name that the browser has to come back with.
    pub(crate) browser: BrowserId,
}

/// A passkey as it came, not believed yet.
#[derive(Debug)]
pub(crate) struct Presented(Used);

/// A passkey as it came, and the ceremony that it ends.
#[derive(Debug)]
pub(crate) struct Claimed {
    used: Used,
    ceremony: Ceremony,
    wanted: Wanted,
}

impl Passkeys {
    /// Begins a login, by name or without. No passkey is named to the browser in either case: it finds its own, and nobody learns who
    /// has an account here, or how many passkeys. A name says whose passkey it has to be; with one that is nobody's, none is.
    ///
    /// # Errors
    /// `InvalidRequest` for a name that nobody can have; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn begin_login(
        &self,
        browser: Option<BrowserId>,
        name: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<BegunLogin, Error> {
        if name.is_some_and(|name| name.len() > MAX_LOGIN) {
            return Err(Error::invalid(Text::LoginNameTooLong));
        }
        let turn = self.0.throttle.take_turn(BEGUN, network).await?;
        let whom = match name {
            None => Whom::Anybody,
            Some(name) => match self.0.users.account_of(&LoginName::parse(name)).await? {
                Some(account) => Whom::user(&account.user.id),
                None => Whom::Nobody,
            },
        };
        // One name for all tabs: the cookie never grows, and each ceremony has a record of its own.
        let browser = browser.unwrap_or_else(|| self.0.ceremonies.new_browser());
        let ceremony = Ceremony::of(whom).counted(turn);
        let challenge = self.0.ceremonies.begin(Purpose::LogIn(&browser), &ceremony).await?;
        Ok(BegunLogin { options: use_of(self.0.party.id(), &challenge, &[], "required"), browser })
    }

    /// Begins to ask somebody whose login waits for one of their passkeys.
    ///
    /// # Errors
    /// `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn begin_second_factor(
        &self,
        pending: &PendingId,
        user: &UserId,
        network: Option<IpAddr>,
    ) -> Result<Value, Error> {
        self.begin_of(Purpose::SecondFactor(pending), (user, network), |_| true, "discouraged").await
    }

    /// Begins to ask the user of a session for one of their passkeys once more.
    ///
    /// # Errors
    /// `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn begin_step_up(
        &self,
        session: &SessionHandle,
        user: &UserId,
        network: Option<IpAddr>,
    ) -> Result<Value, Error> {
        self.begin_of(Purpose::StepUp(session), (user, network), Held::works_alone, "required").await
    }

    async fn begin_of(
        &self,
        purpose: Purpose<'_>,
        (user, network): (&UserId, Option<IpAddr>),
        is_meant: impl Fn(&Held) -> bool,
        user_verification: &str,
    ) -> Result<Value, Error> {
        let turn = self.0.throttle.take_turn(BEGUN, network).await?;
        let ceremony = Ceremony::of(Whom::user(user)).counted(turn);
        let challenge = self.0.ceremonies.begin(purpose, &ceremony).await?;
        let held = self.held(user).await?;
        let held: Vec<_> = held.iter().filter(|held| is_meant(held)).filter_map(Held::named).collect();
        Ok(use_of(self.0.party.id(), &challenge, &held, user_verification))
    }

    /// Reads what the browser sent.
    ///
    /// # Errors
    /// `InvalidCredentials` for what is no passkey: nothing is used up by it.
    pub(crate) fn read(&self, credential: &Value) -> Result<Presented, Error> {
        let used = Used::parse(credential);
        used.map(Presented).ok_or_else(|| unproven("it cannot be read"))
    }

    /// The login in this browser that a passkey ends; that is over now, whatever becomes of it.
    ///
    /// # Errors
    /// `InvalidCredentials` where there is none; `Unavailable`.
    pub(crate) async fn of_browser(
        &self,
        presented: Presented,
        browser: Option<&BrowserId>,
    ) -> Result<Claimed, Error> {
        let purpose = browser.map(Purpose::LogIn);
        self.claimed(presented, purpose, ALONE).await?.map_err(|_| unasked())
    }

    /// The same for the login that waits under this cookie: the passkey back, where it ends nothing there.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn of_waiting(
        &self,
        presented: Presented,
        pending: &PendingId,
    ) -> Result<Result<Claimed, Presented>, Error> {
        self.claimed(presented, Some(Purpose::SecondFactor(pending)), BESIDE).await
    }

    /// The same for what the user of this session was asked.
    ///
    /// # Errors
    /// As [`of_browser`](Self::of_browser).
    pub(crate) async fn of_session(
        &self,
        presented: Presented,
        session: &SessionHandle,
    ) -> Result<Claimed, Error> {
        let claimed = self.claimed(presented, Some(Purpose::StepUp(session)), ALONE_OF_KNOWN).await?;
        claimed.map_err(|_| unasked())
    }

    async fn claimed(
        &self,
        Presented(used): Presented,
        purpose: Option<Purpose<'_>>,
        wanted: Wanted,
    ) -> Result<Result<Claimed, Presented>, Error> {
        let ceremony = match purpose {
            Some(purpose) => self.0.ceremonies.take(purpose, &used.client_data.challenge).await?,
            None => None,
        };
        Ok(match ceremony {
            Some(ceremony) => Ok(Claimed { used, ceremony, wanted }),
            None => Err(Presented(used)),
        })
    }

    /// Whose passkey it is, and what they have shown by it. Its use is noted.
    ///
    /// # Errors
    /// `InvalidCredentials`, with the hint [`UNKNOWN_PASSKEY`] for one that nobody has; `Unavailable`.
    pub(crate) async fn verify(
        &self,
        claimed: Claimed,
        network: Option<IpAddr>,
    ) -> Result<(Arc<User>, Amr), Error> {
        let Claimed { used, ceremony, wanted } = claimed;
        let Some(factor) = self.0.store.find(FactorKind::Passkey, &used.id).await? else {
            return Err(self.unknown());
        };
        // Read before its use is noted: whatever ends the account's logins, or takes the passkey away, ends what comes of this too.
        let user = self.user(&factor.user).await?;
        let refused = |fault| self.refused(Some(&factor.user), fault, Denial::WrongPasskey);
        if !ceremony.whom.takes(&factor.user) {
            return Err(refused("it is somebody else's than was asked for"));
        }
        let user = user.ok_or_else(|| refused("its owner is gone"))?;
        let kept = self.0.open(&factor).ok_or_else(|| refused("what was kept of it cannot be opened"))?;
        let shown = self.0.party.used(&used, &kept, wanted).map_err(refused)?;
        let key = key_of(&kept);
        let key = key.as_ref().and_then(PublicKey::parse).ok_or_else(|| refused("its key cannot be read"))?;
        if !self.0.library.accepts_used(&used.client_data.challenge, &used, &key) {
            return Err(refused("the signature is wrong"));
        }
        self.note_use(&factor, &kept, shown).await?;
        self.0.throttle.give_turn_back(BEGUN, network, ceremony.turn()).await;
        Ok((user, kept.amr(shown.is_verified)))
    }

    fn unknown(&self) -> Error {
        self.refused(None, "nobody has it", Denial::WrongPasskey).with_hint(UNKNOWN_PASSKEY)
    }

    /// Moves the counter, which an authenticator that has one raises with each use: a lower one comes of a copy, or of its original once
    /// the copy was used (WebAuthn Level 3 section 6.1.1).
    async fn note_use(&self, factor: &Factor, kept: &Kept, shown: Use) -> Result<(), Error> {
        let (inner, now) = (&self.0, self.0.clock.now());
        if !inner.store.advance(&factor.id, shown.counter.into(), now).await? {
            // Or it was removed this moment.
            return Err(match inner.store.find(FactorKind::Passkey, &factor.handle).await? {
                Some(_) => self.copied(&factor.user, "its counter went back: there may be a copy").await,
                None => self.unknown(),
            });
        }
        if shown.is_backed_up != kept.is_backed_up {
            let kept = Kept { is_backed_up: shown.is_backed_up, ..kept.clone() };
            let sealed = inner.seal(&factor.id, &factor.user, &kept)?;
            // Whoever came between has noted the same, or will.
            inner.store.write_data(&factor.id, &factor.data, &sealed).await?;
        }
        Ok(())
    }
}

fn unasked() -> Error {
    unproven("nobody asked for it here, or not any more")
}
