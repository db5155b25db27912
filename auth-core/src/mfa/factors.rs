//! What a login asks: who has a second factor, whether what was shown is one, and which browsers are spared it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::event::{Denial, EventDraft, EventKind, Events};
use crate::key::{ApplicationSecrets, KeyedHash, OpaqueToken};
use crate::login::{Amr, DeviceKey, Method, SecondFactors};
use crate::random::{Random, random_bytes};
use crate::short_lived::ShortLivedStore;
use crate::throttle::Throttle;
use crate::user::{User, UserId};

use super::held::Held;
use super::mailed::{self, MailedCodes};
use super::sealed::FactorSealer;
use super::totp::TotpKey;
use super::{Factor, FactorChange, FactorId, FactorKind, FactorStore, MfaConfig, recovery};

/// How long a browser is spared the second factor.
pub(crate) const DEVICE_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The value of the cookie of a browser that is spared the second factor: 256 random bits.
pub(crate) type DeviceToken = OpaqueToken<32>;

/// What was shown of the second factor.
#[derive(Clone, Copy)]
pub(crate) enum Shown<'a> {
    /// A code of an authenticator app, or one that was mailed.
    Code(&'a str),
    /// One of those that were written down.
    RecoveryCode(&'a str),
}

/// The factors that people have.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    pub(super) config: MfaConfig,
    pub(super) store: Arc<dyn FactorStore>,
    /// Where it is kept since when somebody lacks one.
    pub(super) marks: Arc<dyn ShortLivedStore>,
    pub(super) sealer: FactorSealer,
    devices: KeyedHash,
    mailed: MailedCodes,
    pub(super) throttle: Throttle,
    pub(super) events: Events,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

impl Factors {
    pub(crate) fn new(
        config: MfaConfig,
        (store, marks): (Arc<dyn FactorStore>, Arc<dyn ShortLivedStore>),
        mailed: MailedCodes,
        (throttle, events): (Throttle, Events),
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let devices = secrets.keyed_hash("trusted device");
        let sealer = FactorSealer::new(secrets);
        Self { config, store, marks, sealer, devices, mailed, throttle, events, clock, random }
    }

    /// The codes that are mailed.
    pub(crate) fn mailed(&self) -> &MailedCodes {
        &self.mailed
    }

    /// What a user has, as it is now.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn of(&self, user: &UserId) -> Result<Held, Error> {
        Ok(Held::of(self.store.list(user).await?, self.clock.now()))
    }

    /// Looks at what was shown of the second factor, and answers by what `amr` has it. All guesses at an account count together,
    /// and apart from those at its password: whoever knows that gets no more of them. A right one is given back.
    ///
    /// # Errors
    /// `InvalidCode`; `TooManyAttempts`; `Unavailable`, by which nothing counts.
    pub(crate) async fn check(&self, user: &User, shown: Shown<'_>, place: &str) -> Result<Amr, Error> {
        self.counted(user, self.recognised(user, shown, place)).await
    }

    /// Counts a guess at the second factor of a user, which is given back where it was right, or could not be looked at.
    ///
    /// # Errors
    /// `InvalidCode` where `look` answers nothing; `TooManyAttempts`; what `look` answers.
    pub(super) async fn counted<T>(
        &self,
        user: &User,
        look: impl Future<Output = Result<Option<T>, Error>>,
    ) -> Result<T, Error> {
        let guess = self.throttle.reserve_code(&user.id).await.map_err(|error| {
            let draft = EventDraft::of(EventKind::TooManyAttempts).because(Denial::TooManyAttempts);
            self.events.too_many(draft.to(&user.id), error)
        })?;
        match look.await {
            Ok(None) => {
                let draft = EventDraft::of(EventKind::FactorRefused).because(Denial::WrongCode);
                Err(self.events.refused(draft.to(&user.id), ErrorKind::InvalidCode.into()))
            }
            Ok(Some(found)) => {
                self.throttle.give_code_back(guess).await;
                Ok(found)
            }
            Err(error) => {
                self.throttle.give_code_back(guess).await;
                Err(error)
            }
        }
    }

    async fn recognised(&self, user: &User, shown: Shown<'_>, place: &str) -> Result<Option<Amr>, Error> {
        match shown {
            Shown::Code(code) => self.use_code(user, code, place).await,
            Shown::RecoveryCode(code) => {
                Ok(self.use_recovery_code(user, code).await?.then_some(Amr::RECOVERY))
            }
        }
    }

    /// A code of the app, or one that was mailed, which counts where what the app keeps cannot be opened too.
    async fn use_code(&self, user: &User, code: &str, place: &str) -> Result<Option<Amr>, Error> {
        let by_app = match self.use_totp(user, code).await {
            Ok(true) => return Ok(Some(Amr::OTP)),
            Err(error) if error.kind() != ErrorKind::Internal => return Err(error),
            by_app => by_app,
        };
        if self.counts_by_mail(user).await? && self.mailed.take(place, code).await? {
            return Ok(Some(Amr::EMAIL));
        }
        by_app.map(|_| None)
    }

    /// Whether a mailed code is another factor than the password.
    async fn counts_by_mail(&self, user: &User) -> Result<bool, Error> {
        Ok(self.config.mails_codes && self.of(&user.id).await?.mailed_password.is_none())
    }

    /// Of how many digits a code can be that is looked at.
    pub(super) async fn code_lengths(&self, user: &UserId) -> Result<Vec<usize>, Error> {
        let held = self.store.find(FactorKind::Totp, user.as_str().as_bytes()).await?;
        let key = held.and_then(|factor| self.totp_key(&factor).ok());
        let mailed = self.config.mails_codes.then_some(mailed::DIGITS);
        Ok(key.map(|key| key.digits()).into_iter().chain(mailed).collect())
    }

    /// Whether this is a code of the user's authenticator app that counts now, and that nobody has used: neither it nor one of a later
    /// step, on whatever server (RFC 6238 section 5.2).
    async fn use_totp(&self, user: &User, typed: &str) -> Result<bool, Error> {
        let held = self.store.find(FactorKind::Totp, user.id.as_str().as_bytes()).await?;
        let Some(factor) = held.filter(|factor| factor.user == user.id) else { return Ok(false) };
        let now = self.clock.now();
        let Some(step) = self.totp_key(&factor)?.step_of(typed, now) else { return Ok(false) };
        Ok(self.store.advance(&factor.id, step, now).await?)
    }

    /// # Errors
    /// `Internal` for one that none of the application's secrets opens: that is nobody's wrong code.
    fn totp_key(&self, factor: &Factor) -> Result<TotpKey, Error> {
        let opened = self.sealer.open(factor).and_then(|bytes| TotpKey::from_bytes(&bytes));
        opened.ok_or_else(|| {
            Error::new(ErrorKind::Internal).with_source(
                "an authenticator app's secret cannot be opened: is an older application secret missing?",
            )
        })
    }

    /// What is kept of an account whose password is set by a mailed link.
    pub(crate) fn password_set_by_mail(&self, user: &User) -> [FactorChange; 2] {
        let (kind, handle) = (FactorKind::MailedPassword, user.id.as_str().as_bytes().to_vec());
        let id = FactorId::new(random_bytes(&*self.random));
        let mark = Factor::new(id, user.id.clone(), kind, handle, self.clock.now());
        [FactorChange::RemoveAll { user: user.id.clone(), kind }, FactorChange::Add(mark)]
    }

    async fn forget_mailed_password(&self, user: &User) -> Result<(), Error> {
        if let Some(mark) = self.of(&user.id).await?.mailed_password {
            self.store.remove(&user.id, &mark.id).await?;
        }
        Ok(())
    }

    async fn use_recovery_code(&self, user: &User, typed: &str) -> Result<bool, Error> {
        let Some(code) = recovery::read(typed) else { return Ok(false) };
        let held = self.store.list(&user.id).await?;
        let is_it = |factor: &&Factor| {
            let key = self.sealer.open(factor);
            key.is_some_and(|key| recovery::handle(&key, &user.id, &code) == factor.handle)
        };
        match held.iter().filter(|factor| factor.kind == FactorKind::RecoveryCode).find(is_it) {
            Some(factor) => Ok(self.store.take(&user.id, factor.kind, &factor.handle).await?),
            None => Ok(false),
        }
    }

    /// Under what the browser with this cookie is kept; `None` for one of an application secret that is gone.
    pub(crate) fn device_key(&self, token: &DeviceToken) -> Option<DeviceKey> {
        self.devices.hash_token(token)
    }

    /// A new cookie, and under what its browser is kept.
    pub(super) fn new_device(&self) -> Option<(DeviceToken, DeviceKey)> {
        let token = DeviceToken::generate(self.devices.current_version(), &*self.random);
        let key = self.device_key(&token)?;
        Some((token, key))
    }

    /// Whether a trusted browser is one still: nothing has ended the sessions of its user since.
    pub(super) fn is_trusted(&self, device: &Factor, user: &User) -> bool {
        let epoch = self
            .sealer
            .open(device)
            .and_then(|bytes| Some(u64::from_be_bytes(bytes.as_slice().try_into().ok()?)));
        let has_ended = device.expires_at.is_none_or(|end| end <= self.clock.now());
        self.config.trusts_devices && device.user == user.id && epoch == Some(user.auth_epoch) && !has_ended
    }
}

#[async_trait]
impl SecondFactors for Factors {
    async fn missing(&self, user: &User, amr: Amr) -> Result<Vec<Method>, Error> {
        if amr.contains(Amr::MFA) {
            return Ok(Vec::new());
        }
        let can_be_opened = |factor: &Factor| self.sealer.open(factor).is_some();
        Ok(self.of(&user.id).await?.methods(&self.config, user, amr, can_be_opened))
    }

    async fn is_unfit(&self, user: &User) -> Result<bool, Error> {
        Ok(self.due(user).await?.is_some_and(|due| due.is_over))
    }

    async fn was_shown(&self, user: &User, amr: Amr) {
        if !self.config.mails_codes || !shows_more_than_the_mailbox(amr) {
            return;
        }
        if let Err(error) = self.forget_mailed_password(user).await {
            tracing::warn!(?error, user = %user.id, "mailed codes stay off after a password that was set by mail");
        }
    }

    async fn is_spared(&self, user: &User, device: &DeviceKey) -> Result<bool, Error> {
        let found = self.store.find(FactorKind::TrustedDevice, device).await?;
        let Some(found) = found.filter(|device| self.is_trusted(device, user)) else { return Ok(false) };
        // One that was removed this moment is none.
        Ok(self.store.advance(&found.id, 0, self.clock.now()).await?)
    }
}

/// Whether whoever has the password has shown what whoever reads their mail has not. A factor says nothing of a password that was not
/// shown with it: somebody else may have set that.
fn shows_more_than_the_mailbox(amr: Amr) -> bool {
    let factors = [Amr::HWK, Amr::OTP, Amr::RECOVERY, Amr::SWK];
    amr.contains(Amr::PWD) && factors.into_iter().any(|factor| amr.contains(factor))
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown([redacted])")
    }
}
