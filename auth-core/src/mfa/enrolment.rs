//! Authenticator apps: from an offered secret to a factor, and away.
//!
//! A secret is offered to one session, and kept for ten minutes beside the account, sealed. What the account has stays as it is until
//! somebody types a code of the new one: then both are swapped in one write.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::login::Amr;
use crate::secret::Secret;
use crate::session::{Entered, SessionRecord, Visitor};
use crate::user::User;

use super::notices::FactorTold;
use super::service::{Enrolled, Mfa};
use super::totp::{self, TotpKey};
use super::{Factor, FactorId, FactorKind, devices, digits};

/// How long a secret is offered.
const OFFER_LIFE: Duration = Duration::from_secs(10 * 60);

/// A secret for an authenticator app.
#[derive(Debug)]
pub(crate) struct TotpOffer {
    /// As people type it.
    pub(crate) secret: Secret,
    /// As the QR code says it.
    pub(crate) uri: Secret,
    /// The QR code, an `svg` element.
    pub(crate) qr_svg: Secret,
}

impl Mfa {
    /// Offers the caller's session a secret for an authenticator app. It takes the place of one that was offered before, and of nothing
    /// else.
    ///
    /// # Errors
    /// `UserRequired` for a caller without a session; `EmailUnverified`; `Unavailable`.
    pub(crate) async fn offer_totp(&self, caller: &Identity) -> Result<TotpOffer, Error> {
        let (user, session) = changer(caller)?;
        self.check_enrolling(user)?;
        let key = TotpKey::generate(&*self.factors.random);
        let place = place(user, session);
        let sealed = self.offers.seal(&key.to_bytes(), place.as_bytes(), &*self.factors.random);
        self.short_lived.put(&place, &sealed, OFFER_LIFE, self.now()).await?;
        self.offer(user, &key)
    }

    /// The secret that the caller's session was offered, to show it once more; `None` where none is.
    ///
    /// # Errors
    /// As [`offer_totp`](Self::offer_totp).
    pub(crate) async fn offered_totp(&self, caller: &Identity) -> Result<Option<TotpOffer>, Error> {
        let (user, session) = changer(caller)?;
        self.offered(&place(user, session)).await?.map(|key| self.offer(user, &key)).transpose()
    }

    fn offer(&self, user: &User, key: &TotpKey) -> Result<TotpOffer, Error> {
        let account = user.email.as_ref().map_or(user.username(), |email| email.as_str());
        let uri = key.uri(&self.app_name, account);
        Ok(TotpOffer { secret: key.written(), qr_svg: totp::qr_svg(uri.expose())?, uri })
    }

    async fn offered(&self, place: &str) -> Result<Option<TotpKey>, Error> {
        let sealed = self.short_lived.get(place, self.now()).await?;
        let opened = sealed.and_then(|sealed| self.offers.open(&sealed, place.as_bytes()));
        Ok(opened.and_then(|bytes| TotpKey::from_bytes(&bytes)))
    }

    /// Makes the offered secret the caller's authenticator app, by a code of it: that counts as showing the factor. Answers the recovery
    /// codes, where it is the first factor, and those without a session rather than not at all. A guess counts like one at a login.
    ///
    /// # Errors
    /// `InvalidCode` for a wrong one, and where nothing is offered; `TooManyAttempts`; as [`enrol`](Self::enrol) and
    /// [`settle`](Self::settle).
    pub(crate) async fn confirm_totp(
        &self,
        caller: &Identity,
        typed: &str,
        visitor: Visitor,
    ) -> Result<(Option<Entered>, Vec<Secret>), Error> {
        let (user, session) = changer(caller)?;
        let place = place(user, session);
        let key = self.offered(&place).await?.ok_or(ErrorKind::InvalidCode)?;
        // What is none is no guess.
        digits::read(typed, key.digits()..=key.digits()).ok_or(ErrorKind::InvalidCode)?;
        let look = async { Ok(key.step_of(typed, self.now())) };
        let step = self.factors.counted(user, look).await?;
        let mut factor = self.totp(user, &key);
        (factor.counter, factor.last_used_at) = (step, Some(self.now()));
        // Of two who bring the code one goes on: the other's account is not as it was read, or has the app.
        let Enrolled { user, codes } =
            self.enrol((user, caller.amr()), factor, FactorTold::TotpAdded).await?;
        if let Err(error) = self.short_lived.take(&place, self.now()).await {
            tracing::warn!(?error, "a secret that is an account's could still be offered to its session");
        }
        match self.settle(caller, user, (Amr::OTP, self.now()), visitor).await {
            // Nobody could show the codes again; without a session somebody logs in.
            Err(error) if !codes.is_empty() => {
                tracing::warn!(?error, "a session could not be kept up when its user got a first factor");
                Ok((None, codes))
            }
            settled => Ok((Some(settled?), codes)),
        }
    }

    fn totp(&self, user: &User, key: &TotpKey) -> Factor {
        let factor = self.new_factor(&user.id, FactorKind::Totp, user.id.as_str().as_bytes().to_vec());
        let whose = (&factor.id, factor.kind, &factor.user);
        let data = self.factors.sealer.seal(whose, &key.to_bytes(), &*self.factors.random);
        Factor { data, ..factor }
    }

    /// Gives a user an authenticator app that nobody has shown a code of.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) async fn enrol_by_hand(&self, user: &Arc<User>) -> Result<(TotpKey, Vec<Secret>), Error> {
        let key = TotpKey::generate(&*self.factors.random);
        let enrolled = self.enrol((user, Amr::PWD), self.totp(user, &key), FactorTold::TotpAdded).await?;
        Ok((key, enrolled.codes))
    }

    /// Removes the caller's authenticator app.
    ///
    /// # Errors
    /// `NotFound` where there is none; as [`dismiss`](Self::dismiss) and [`settle`](Self::settle).
    pub(crate) async fn remove_totp(&self, caller: &Identity, visitor: Visitor) -> Result<Entered, Error> {
        let (user, session) = changer(caller)?;
        let is_totp = |factor: &Factor| factor.kind == FactorKind::Totp;
        let changed = self.dismiss(user, is_totp, None, FactorTold::TotpRemoved).await?;
        self.settle(caller, changed, (Amr::default(), session.auth_time), visitor).await
    }

    /// Has a trusted browser asked for the second factor again.
    ///
    /// # Errors
    /// `NotFound` where the user has none such; `Unavailable`.
    pub(crate) async fn distrust(&self, user: &User, id: &FactorId) -> Result<(), Error> {
        let held = self.factors.of(&user.id).await?;
        let is_there = held.devices.iter().any(|device| device.id == *id);
        if !is_there || !self.factors.store.remove(&user.id, id).await? {
            return Err(ErrorKind::NotFound.into());
        }
        self.factors.events.note(devices::event(user, false)).await;
        Ok(())
    }
}

/// Whose factors a caller may change: their own, in a browser.
///
/// # Errors
/// `UserRequired` for whoever comes by a token, which is a program's.
fn changer(caller: &Identity) -> Result<(&Arc<User>, &SessionRecord), Error> {
    let session = caller.session_record().ok_or(ErrorKind::UserRequired)?;
    Ok((caller.acting_user().ok_or(ErrorKind::UserRequired)?, session))
}

/// Where the secret is kept that a session was offered.
fn place(user: &User, session: &SessionRecord) -> String {
    format!("totp-offer:{}:{}", session.handle, user.id.as_str())
}
