//! Logging in by a link that is mailed, or by the code beside it.

use std::net::IpAddr;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::link::{LinkFacts, Purpose};
use crate::login::Amr;
use crate::session::{Entered, Goal, Visitor};
use crate::throttle::Source;
use crate::user::{Denial, Email, EventDraft, EventKind, User};

use super::Recovery;
use super::letter::Letter;
use super::recovery::USE;

/// What somebody brings of the mail.
#[derive(Clone, Copy)]
pub(crate) enum Mailed<'a> {
    /// The token of the link.
    Token(&'a str),
    /// The code, typed in the browser that asked for it.
    Code(&'a str),
}

impl Recovery {
    /// Mails a link to log in by, and a code that counts in this browser, if an account has the address. Nothing is looked up here.
    ///
    /// # Errors
    /// `InvalidRequest` for an address that is none; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn ask_for_magic_link(
        &self,
        email: &str,
        next: Option<&SafeRedirect>,
        browser: String,
        source: &Source,
    ) -> Result<(), Error> {
        let email = Email::typed(email)?;
        self.links.expect_code(Purpose::LogIn, &browser).await?;
        let letter = Letter::magic_link(&email, browser, next, source.known_as(&email));
        self.ask(letter, source.network()).await
    }

    /// Whose link that is, for the page that asks whether to log in: somebody may have been sent the link of another account.
    ///
    /// # Errors
    /// `InvalidLink`; `Unavailable`.
    pub(crate) async fn owner_of_magic_link(&self, token: &str) -> Result<Arc<User>, Error> {
        let link = self.links.find(Purpose::LogIn, token).await?;
        let user = self.users.get(&link.facts.user()).await?;
        user.filter(|user| link.facts.are_of(user)).ok_or_else(|| ErrorKind::InvalidLink.into())
    }

    /// Logs somebody in by what was mailed, as the first factor. That proves the address: where it was not proven before, and this is
    /// not the browser in which the account was made, what somebody else may have set up goes first.
    ///
    /// # Errors
    /// `InvalidLink`; `LoginPending` where a factor is missing; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn enter_by_mail(
        &self,
        mailed: Mailed<'_>,
        browser: Option<&str>,
        visitor: Visitor,
    ) -> Result<(Entered, Option<SafeRedirect>), Error> {
        let (user, facts) = self.user_of(mailed, browser, visitor.network()).await?;
        let admission = self.entrance.logins().admit_known(user, Amr::EMAIL).await?;
        let next = facts.next();
        let entered = self.entrance.enter(admission, Goal::login(false).then(next.clone()), visitor).await?;
        Ok((entered, next))
    }

    /// Whose link or code that is, which is used up, and whose address is proven by it.
    pub(super) async fn user_of(
        &self,
        mailed: Mailed<'_>,
        browser: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<(Arc<User>, LinkFacts), Error> {
        let (mut user, facts) = self.taken(mailed, browser, network).await.map_err(|error| {
            // A code is guessed at, and a link is not.
            let refused = EventDraft::of(EventKind::LoginFailed);
            let events = self.entrance.logins().events();
            match (error.kind(), mailed) {
                (ErrorKind::InvalidLink, Mailed::Code(_)) => {
                    events.refused(refused.because(Denial::WrongCode), error)
                }
                _ => events.telling(refused, error),
            }
        })?;
        if !user.email_verified {
            let is_theirs = self.browsers.is_of(&user.id, browser).await?;
            user = self.prove(&user, is_theirs).await?;
        }
        Ok((user, facts))
    }

    /// Whose link or code that is, taken: nobody else comes in by it.
    async fn taken(
        &self,
        mailed: Mailed<'_>,
        browser: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<(Arc<User>, LinkFacts), Error> {
        self.throttle.take_turn(USE, network).await?;
        let link = match (mailed, browser) {
            (Mailed::Token(token), _) => self.links.find(Purpose::LogIn, token).await?,
            (Mailed::Code(code), Some(browser)) => {
                self.links.find_by_code(Purpose::LogIn, browser, code).await?
            }
            (Mailed::Code(_), None) => return Err(ErrorKind::InvalidLink.into()),
        };
        let user = self.users.get(&link.facts.user()).await?;
        let user = user.filter(|user| link.facts.are_of(user)).ok_or(ErrorKind::InvalidLink)?;
        Ok((user, self.links.take(link).await?))
    }
}
