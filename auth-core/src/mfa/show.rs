//! Showing a second factor to a login that waits for one.

use std::net::IpAddr;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind};
use crate::login::{Amr, Method, Waiting};
use crate::metric;
use crate::user::User;

use super::factors::Shown;
use super::notices::FactorTold;
use super::service::Mfa;
use super::{digits, recovery};

/// The kind of turn that asking for a code takes.
const ASK: &str = "ask for a code";

impl Mfa {
    /// Whether this could be what a user has: what is none is refused unseen, and is no guess.
    ///
    /// # Errors
    /// `InvalidCode`; `Unavailable`.
    pub(crate) async fn check_form(&self, user: &User, shown: Shown<'_>) -> Result<(), Error> {
        let is_one = match shown {
            Shown::Code(code) => {
                let lengths = self.factors.code_lengths(&user.id).await?;
                lengths.into_iter().any(|length| digits::read(code, length..=length).is_some())
            }
            Shown::RecoveryCode(code) => recovery::read(code).is_some(),
        };
        if is_one { Ok(()) } else { Err(ErrorKind::InvalidCode.into()) }
    }

    /// Looks at what was shown of a user's second factor, and answers by what `amr` has it. The owner is told of a recovery code that was
    /// used: somebody may have found the paper; and once a day of too many wrong codes, with a link that lets them try again.
    ///
    /// # Errors
    /// `InvalidCode`; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn show(&self, user: &Arc<User>, shown: Shown<'_>, place: &str) -> Result<Amr, Error> {
        let amr = self.factors.check(user, shown, place).await.inspect_err(|error| {
            metric::login(error.kind().row().code);
            if error.kind() == ErrorKind::TooManyAttempts {
                self.entrance.logins().tell_of_locked_codes(user);
            }
        })?;
        if amr.contains(Amr::RECOVERY)
            && let Err(error) = self.tell_of_used_code(user).await
        {
            tracing::warn!(?error, user = %user.id, "the owner of a recovery code that was used could not be told");
        }
        Ok(amr)
    }

    async fn tell_of_used_code(&self, user: &User) -> Result<(), Error> {
        self.factors.events.note(EventDraft::of(EventKind::RecoveryCodeUsed).to(&user.id)).await;
        let left = self.factors.of(&user.id).await?.recovery_codes;
        self.notices.post(user, &FactorTold::RecoveryCodeUsed(left)).await
    }

    /// By what a login that waits can go on.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn methods(&self, waiting: &Waiting) -> Result<Vec<Method>, Error> {
        self.entrance.logins().missing(&waiting.user, waiting.amr).await
    }

    /// Mails a code to whose login waits, where that is a factor of theirs.
    ///
    /// # Errors
    /// `PermissionDenied` where it is none; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn mail_code(&self, waiting: &Waiting, network: Option<IpAddr>) -> Result<(), Error> {
        if !self.methods(waiting).await?.contains(&Method::Email) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.factors.throttle.take_turn(ASK, network).await?;
        self.notices.post_code(&waiting.user, &waiting.place).await
    }
}
