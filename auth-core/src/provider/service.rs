//! Logging in with providers, from begin to end.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::http::{BrowserId, SafeRedirect};
use crate::key::Sealer;
use crate::login::Amr;
use crate::outbound::OutboundUrl;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::{ProviderSession, SessionHandle, SessionRecord, Sessions};
use crate::short_lived::ShortLivedStore;
use crate::throttle::Throttle;
use crate::user::UserId;

use super::accounts::{Accounts, Person};
use super::attempt::{Attempt, Attempts, Purpose};
use super::callback::CallbackParameters;
use super::connection::ProviderConnection;
use super::identify::Vouched;
use super::logout_token::Whose;
use super::registry::Provider;
use super::store::Unlinked;
use super::tokens::TokenKeeper;
use super::{LinkedAccount, LinkedAccountId};

/// What begun attempts are counted as, and what a provider posted.
const BEGUN: &str = "provider login";
const POSTED: &str = "provider post";

/// The providers of the registry, and the accounts that are linked by them; cheap to clone.
#[derive(Clone)]
pub struct Providers(Arc<Inner>);

pub(crate) struct Inner {
    /// In the order of their buttons.
    pub(crate) connections: Vec<ProviderConnection>,
    pub(crate) attempts: Attempts,
    pub(crate) accounts: Accounts,
    pub(crate) sessions: Sessions,
    pub(crate) throttle: Throttle,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// For ID tokens in sessions.
    pub(crate) sealer: Sealer,
    /// How long a session lives at most.
    pub(crate) session_life: Duration,
    pub(crate) tokens: TokenKeeper,
}

impl Providers {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The registry, in the order of its buttons.
    pub fn list(&self) -> impl Iterator<Item = &Provider> {
        self.0.connections.iter().map(|connection| &*connection.provider)
    }

    /// The provider with this id.
    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.list().find(|provider| provider.id().as_str() == id)
    }

    /// The accounts that are linked to a user, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn accounts(&self, user: &UserId) -> Result<Vec<LinkedAccount>, Error> {
        self.0.accounts.list(user).await
    }

    /// Unlinks an account of a user, and ends the sessions that it began, with their tokens. The session `current` goes on if the
    /// user proved in it by something else too who they are, a password say. After a failure half-way, asking again answers
    /// `NotFound` and ends what was left.
    ///
    /// # Errors
    /// `NotFound` when they have none such; `LastLoginMethod` when they could not log in any more; `Unavailable`.
    pub async fn unlink(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        current: Option<&SessionHandle>,
    ) -> Result<(), Error> {
        let unlinked = self.0.accounts.unlink(user, id, |account| self.can_log_in_by(account)).await?;
        if unlinked == Unlinked::Last {
            return Err(ErrorKind::LastLoginMethod.into());
        }
        let ended = self.end_those_by(user, id, current).await?;
        if unlinked == Unlinked::NotFound {
            return Err(ErrorKind::NotFound.into());
        }
        tracing::info!(%user, account = %id, ended, "an account at a provider was disconnected");
        Ok(())
    }

    /// Ends the sessions that an account began, save the session `current` if something else was proven in it too.
    async fn end_those_by(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        current: Option<&SessionHandle>,
    ) -> Result<usize, Error> {
        let account = id.to_string();
        let is_meant = |session: &SessionRecord, provider: &ProviderSession| {
            let stays = Some(&session.handle) == current && session.amr != Amr::FED;
            provider.account == account && !stays
        };
        self.0.sessions.end_those_by_provider(user, is_meant).await
    }

    /// Whether an account can be logged in by: the registry has a provider of its issuer, under whatever name.
    pub(crate) fn can_log_in_by(&self, account: &LinkedAccount) -> bool {
        self.list().any(|provider| provider.vouches_by(&account.issuer))
    }

    pub(crate) fn connection(&self, id: &str) -> Result<&ProviderConnection, Error> {
        let found = self.0.connections.iter().find(|connection| connection.provider.id().as_str() == id);
        found.ok_or_else(|| ErrorKind::NotFound.into())
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// A name for a browser that has none.
    pub(crate) fn new_browser(&self) -> BrowserId {
        self.0.attempts.new_browser()
    }

    /// Remembers what a browser goes to a provider for, and answers where to send it.
    ///
    /// # Errors
    /// `NotFound`, `ProviderError`, `TooManyAttempts`, `Unavailable`.
    pub(crate) async fn begin(
        &self,
        id: &str,
        browser: &BrowserId,
        purpose: Purpose,
        next: SafeRedirect,
        network: Option<IpAddr>,
    ) -> Result<OutboundUrl, Error> {
        let connection = self.connection(id)?;
        self.0.throttle.take_turn(BEGUN, network).await?;
        let (attempt, state) =
            self.0.attempts.begin(connection.provider.id(), browser, purpose, next).await?;
        connection.authorization_url(&attempt, &state).await.map_err(|error| connection.explain(error))
    }

    /// Notes that somebody who went to a provider came back and was vouched for.
    pub(crate) async fn arrived(&self, network: Option<IpAddr>) {
        self.0.throttle.give_turn_back(BEGUN, network).await;
    }

    /// Keeps what a provider posted, and answers the handle by which the browser fetches it.
    ///
    /// # Errors
    /// `NotFound`, `TooManyAttempts`, `Unavailable`.
    pub(crate) async fn hand_over(
        &self,
        id: &str,
        parameters: &CallbackParameters,
        network: Option<IpAddr>,
    ) -> Result<String, Error> {
        let connection = self.connection(id)?;
        self.0.throttle.take_turn(POSTED, network).await?;
        self.0.attempts.hand_over(connection.provider.id(), parameters).await
    }

    /// What a provider posted.
    ///
    /// # Errors
    /// `NotFound`, `StateMismatch`, `Unavailable`.
    pub(crate) async fn fetch(&self, id: &str, handle: &str) -> Result<CallbackParameters, Error> {
        self.0.attempts.fetch(self.connection(id)?.provider.id(), handle).await
    }

    /// The attempt that an answer belongs to. It is over now, whatever the answer says.
    ///
    /// # Errors
    /// `NotFound`, `StateMismatch`, `Unavailable`.
    pub(crate) async fn take_attempt(
        &self,
        id: &str,
        browser: Option<&BrowserId>,
        state: Option<&str>,
    ) -> Result<Attempt, Error> {
        self.0.attempts.take(self.connection(id)?.provider.id(), browser, state).await
    }

    /// Whose linked account somebody proved to have: the one that is there, or one that is made.
    ///
    /// # Errors
    /// `LinkRequired`, `SignUpClosed`, `Unavailable`, and what the application's own sign-up answers.
    pub(crate) async fn open(
        &self,
        connection: &ProviderConnection,
        vouched: &Vouched,
    ) -> Result<LinkedAccount, Error> {
        self.0.accounts.open(person(connection, vouched)).await
    }

    /// Links the account that somebody proved to have to a user, as long as what lets them do so `stands`: asked once the link is
    /// there, so that whatever ends their session finds the link or is found.
    ///
    /// # Errors
    /// `AlreadyExists`, `Unavailable`, and what `stands` answers.
    pub(crate) async fn link(
        &self,
        connection: &ProviderConnection,
        vouched: &Vouched,
        user: &UserId,
        stands: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        let (account, is_new) = self.0.accounts.link(user, person(connection, vouched)).await?;
        if let Err(over) = stands.await {
            if is_new {
                self.0.accounts.remove(&account).await?;
                self.end_those_by(user, &account.id, None).await?;
            }
            return Err(over);
        }
        self.keep_tokens(connection, &account, vouched).await?;
        tracing::info!(%user, provider = %account.provider, account = %account.id, "an account at a provider was connected");
        Ok(())
    }

    /// Whether a new login at this provider proves once more who a user is: they have no password here, which they would be asked
    /// for, and the provider can be asked for a new login and says when that was. One that answers without asking proves nothing.
    ///
    /// # Errors
    /// `ReauthenticationRequired` when it does not; `Unavailable`.
    pub(crate) async fn check_confirms(&self, provider: &Provider, user: &UserId) -> Result<(), Error> {
        let unproven = |detail: String| Error::new(ErrorKind::ReauthenticationRequired).with_detail(detail);
        if self.has_password(user).await? {
            return Err(unproven("This account has a password: confirm with that.".to_owned()));
        }
        match provider.can_reauthenticate() {
            true => Ok(()),
            false => {
                let label = provider.label();
                Err(unproven(format!("{label} cannot be asked who you are once more: log in with it again.")))
            }
        }
    }

    /// When a user proved who they are, by the provider's word. It means nothing where they have no password and no newer proof can
    /// be asked for: they could never become fresh.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn proven_at(
        &self,
        provider: &Provider,
        vouched: &Vouched,
        user: &UserId,
    ) -> Result<Option<Timestamp>, Error> {
        let Some(said) = vouched.auth_time else { return Ok(None) };
        let counts = provider.can_reauthenticate() || self.has_password(user).await?;
        Ok(counts.then_some(said))
    }

    /// The linked account that somebody proved to have, if it is this user's.
    ///
    /// # Errors
    /// `ProviderError` when it is not; `Unavailable`.
    pub(crate) async fn account_of(
        &self,
        connection: &ProviderConnection,
        vouched: &Vouched,
        user: &UserId,
    ) -> Result<LinkedAccount, Error> {
        let account = self.0.accounts.find(person(connection, vouched)).await?;
        account.filter(|account| account.user == *user).ok_or_else(|| {
            Error::new(ErrorKind::ProviderError)
                .with_detail("That is another account than the one you are logged in with.")
        })
    }

    /// Notes a login by a linked account, after it was let in, and keeps the provider's tokens where that is asked for.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn record_login(
        &self,
        connection: &ProviderConnection,
        account: &LinkedAccount,
        vouched: &Vouched,
    ) -> Result<(), Error> {
        self.0.accounts.record_login(account, &vouched.profile).await?;
        self.keep_tokens(connection, account, vouched).await
    }

    /// Keeps what the provider issued, where that is asked for.
    async fn keep_tokens(
        &self,
        connection: &ProviderConnection,
        account: &LinkedAccount,
        vouched: &Vouched,
    ) -> Result<(), Error> {
        // An account that was linked by another entry is that one's, with the tokens that its client was issued.
        let is_its_own = account.provider == connection.provider.id().as_str();
        match is_its_own && connection.provider.keeps_tokens() {
            true => self.0.tokens.keep(connection, account, &vouched.tokens).await,
            false => Ok(()),
        }
    }

    /// Whether the user can log in by a password.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn has_password(&self, user: &UserId) -> Result<bool, Error> {
        self.0.accounts.has_password(user).await
    }

    /// The provider's session, as the session here remembers it, and so that a logout there finds it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn session(
        &self,
        connection: &ProviderConnection,
        vouched: &Vouched,
        account: &LinkedAccount,
    ) -> Result<ProviderSession, Error> {
        let user = &account.user;
        if let Some(sid) = &vouched.sid {
            let (key, user) = (sid_key(&vouched.issuer, sid), user.as_str().as_bytes());
            self.0.short_lived.put(&key, user, self.0.session_life, self.0.clock.now()).await?;
        }
        let hint = vouched.tokens.id_token.as_ref().filter(|_| connection.provider.has_rp_initiated_logout());
        let seal = |token: &Secret| {
            self.0.sealer.seal(token.expose().as_bytes(), user.as_str().as_bytes(), &*self.0.random)
        };
        Ok(ProviderSession {
            provider: connection.provider.id().to_string(),
            issuer: vouched.issuer.clone(),
            account: account.id.to_string(),
            sid: vouched.sid.clone(),
            id_token: hint.map(seal),
        })
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list().map(Provider::id)).finish()
    }
}

/// Under which the user of a provider's session is remembered.
pub(super) fn sid_key(issuer: &str, sid: &str) -> String {
    key("sid", issuer, sid)
}

/// Under which a logout of a provider's session, or of a subject in all of them, is remembered.
pub(super) fn over_key(issuer: &str, whose: Whose<'_>) -> String {
    match whose {
        Whose::Session(sid) => key("sid-over", issuer, sid),
        Whose::Subject(subject) => key("sub-over", issuer, subject),
    }
}

/// Under which a logout token is remembered as used.
pub(super) fn jti_key(issuer: &str, jti: &str) -> String {
    key("jti", issuer, jti)
}

/// The key of something that an issuer names. Hashed for its length alone, and without a secret: a name opens nothing, and is found
/// after the application's secrets were replaced. The issuer's length stands in front, so that no two pairs are one text.
fn key(kind: &str, issuer: &str, name: &str) -> String {
    let digest = Sha256::digest(format!("{}:{issuer}{name}", issuer.len()));
    format!("provider:{kind}:{}", URL_SAFE_NO_PAD.encode(digest))
}

fn person<'a>(connection: &'a ProviderConnection, vouched: &'a Vouched) -> Person<'a> {
    Person { provider: &connection.provider, issuer: &vouched.issuer, profile: &vouched.profile }
}
