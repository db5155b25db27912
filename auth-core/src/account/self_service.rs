//! What people do with their accounts by mail, from code.

use std::net::IpAddr;
use std::sync::Arc;

use crate::error::Error;
use crate::identity::Identity;
use crate::login::{Admission, Amr};
use crate::secret::Secret;
use crate::throttle::Source;
use crate::user::User;

use super::magic_link::Mailed;
use super::recovery::Claimant;
use super::{Recovery, Registrations, SignUpForm};

/// What people do with their accounts by mail, without HTTP ([`Auth::self_service`](crate::Auth::self_service)): for an application with
/// routes, a gRPC service or a bot of its own. It does what the routes do, with the same limits, mails and events, and tells as little of
/// who exists. Links in mails lead to the pages of the routes, and the tokens in them are what is given here.
///
/// No browser is known here: whoever proves an address shows that the account is theirs by its password, and no code is typed in the
/// place of a link.
///
/// ```
/// # async fn example(auth: &auth_core::Auth, email: &str, peer: std::net::IpAddr) -> Result<(), auth_core::Error> {
/// let people = auth.self_service()?.of_client(Some(peer)).in_language("ko");
/// people.register("alice", email, "correct horse battery staple").await?;
/// people.forgot_password(email).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SelfService {
    registrations: Registrations,
    recovery: Recovery,
    source: Source,
}

impl SelfService {
    pub(crate) fn new(registrations: Registrations, recovery: Recovery) -> Self {
        Self { registrations, recovery, source: Source::default() }
    }

    /// For somebody at this address, of whose network limits count; without one, the limits of networks do not.
    #[must_use]
    pub fn of_client(self, ip: Option<IpAddr>) -> Self {
        Self { source: ip.into(), ..self }
    }

    /// For somebody who is written to in the language of this tag (RFC 5646), where the application speaks it.
    #[must_use]
    pub fn in_language(self, tag: &str) -> Self {
        let registrations = self.registrations.in_language(Some(tag));
        Self { registrations, recovery: self.recovery.in_language(Some(tag)), ..self }
    }

    /// Signs somebody up, and mails them a link that proves the address, or its owner where the address is another account's: which of
    /// the two is not told.
    ///
    /// # Errors
    /// `RegistrationClosed`; `InvalidRequest` for a name or an address that is none; `WeakPassword`; `AlreadyExists` for a name that is
    /// taken; `TooManyAttempts`; `Unavailable`.
    pub async fn register(&self, username: &str, email: &str, password: &str) -> Result<(), Error> {
        let form = SignUpForm { username, email, password };
        self.registrations.register(form, None, self.nobodys_browser()?, self.source.network()).await
    }

    /// Mails the link that proves the address once more, if an account has it that did not.
    ///
    /// # Errors
    /// `InvalidRequest` for an address that is none; `TooManyAttempts`; `Unavailable`.
    pub async fn resend_verification(&self, email: &str) -> Result<(), Error> {
        self.recovery.resend(email, self.source.network()).await
    }

    /// Proves the address of an account, or gives it the one that it asked for, by the token of a mailed link. Whoever shows the account's
    /// password finds it as it was. Without that it goes to the owner of the address without its password, sessions, tokens, factors and
    /// linked accounts, and what is answered is a token for [`reset_password`](Self::reset_password).
    ///
    /// # Errors
    /// `InvalidLink`; `InvalidCredentials` for a wrong password, and without one for another address; `TooManyAttempts`; `Unavailable`.
    pub async fn verify_email(&self, token: &str, password: Option<&str>) -> Result<Option<Secret>, Error> {
        let claimant = Claimant { caller: None, password, browser: None, source: &self.source };
        let proven = self.recovery.verify(token, claimant).await?;
        self.reset_token(proven.lost_password).await
    }

    /// Mails a link to set another password, if an account has the address.
    ///
    /// # Errors
    /// As of [`resend_verification`](Self::resend_verification).
    pub async fn forgot_password(&self, email: &str) -> Result<(), Error> {
        self.recovery.forgot(email, &self.source).await
    }

    /// Sets another password, by the token of a mailed link. Every session and token ends.
    ///
    /// # Errors
    /// `InvalidLink`; `WeakPassword`, by which the link is not used up; `TooManyAttempts`; `Unavailable`.
    pub async fn reset_password(&self, token: &str, new: &str) -> Result<(), Error> {
        self.recovery.reset(token, new, self.source.network()).await
    }

    /// Mails a link to the address that the caller's account is to have, and to the one that it has a link by which that is taken back.
    /// How lately the caller has logged in is yours to ask.
    ///
    /// # Errors
    /// `InvalidRequest` for an address that is none; `UserRequired`; `PermissionDenied` for a guest; `TooManyAttempts`; `Unavailable`.
    pub async fn change_email(&self, caller: &Identity, email: &str) -> Result<(), Error> {
        self.recovery.ask_for_address(caller, email, self.source.network()).await
    }

    /// Gives an account the address back that it had, by the token of a mailed link. What anybody has of it ends, the password too: what
    /// is answered is a token for [`reset_password`](Self::reset_password).
    ///
    /// # Errors
    /// `InvalidLink`; `TooManyAttempts`; `Unavailable`.
    pub async fn undo_email_change(&self, token: &str) -> Result<Option<Secret>, Error> {
        let proven = self.recovery.undo_address(token, self.source.network()).await?;
        self.reset_token(proven.lost_password).await
    }

    /// Mails a link to log in by, if an account has the address.
    ///
    /// # Errors
    /// As of [`resend_verification`](Self::resend_verification).
    pub async fn mail_login_link(&self, email: &str) -> Result<(), Error> {
        self.recovery.ask_for_magic_link(email, None, self.nobodys_browser()?, &self.source).await
    }

    /// Lets somebody in by the token of such a link, as the first factor, as [`Auth::admit`](crate::Auth::admit) does by a password.
    ///
    /// # Errors
    /// `InvalidLink`; `TooManyAttempts`; `Unavailable`.
    pub async fn log_in_by_link(&self, token: &str) -> Result<Admission, Error> {
        let (user, _) = self.recovery.user_of(Mailed::Token(token), None, self.source.network()).await?;
        self.recovery.entrance.logins().admit_known(user, Amr::EMAIL).await
    }

    /// Opens a closed account again, by the token of a mailed link.
    ///
    /// # Errors
    /// `InvalidLink`; `TooManyAttempts`; `Unavailable`.
    pub async fn reopen(&self, token: &str) -> Result<(), Error> {
        self.recovery.reopen(token, self.source.network()).await
    }

    /// Ends what anybody has of an account, by the token of the link in a notice: sessions, tokens, the password, linked accounts.
    ///
    /// # Errors
    /// As of [`reopen`](Self::reopen).
    pub async fn lock_out(&self, token: &str) -> Result<(), Error> {
        self.recovery.lock_out(token, self.source.network()).await
    }

    /// Lets an account take passwords again that failed attempts have locked, by the token of a mailed link.
    ///
    /// # Errors
    /// As of [`reopen`](Self::reopen).
    pub async fn unlock(&self, token: &str) -> Result<(), Error> {
        self.recovery.unlock(token, self.source.network()).await
    }

    /// As what a browser is kept that never comes back.
    fn nobodys_browser(&self) -> Result<String, Error> {
        Ok(self.recovery.browsers.new_browser()?.1)
    }

    async fn reset_token(&self, lost_password: Option<Arc<User>>) -> Result<Option<Secret>, Error> {
        match lost_password {
            Some(user) => self.recovery.reset_link(&user).await,
            None => Ok(None),
        }
    }
}
