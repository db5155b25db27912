//! The providers of the registry, and the accounts that are linked by them.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::event::Events;
use crate::key::{ApplicationSecrets, Sealer};
use crate::login::{Amr, Logins};
use crate::passkey::PasskeyWays;
use crate::random::Random;
use crate::session::{Entrance, ProviderSession, SessionHandle, SessionRecord, Sessions};
use crate::short_lived::ShortLivedStore;
use crate::throttle::Throttle;
use crate::user::{UserId, Users};

use super::attempts::Attempts;
use super::callback::CallbackParameters;
use super::connection::ProviderConnection;
use super::errand::Errand;
use super::linked_accounts::LinkedAccounts;
use super::logout_token::Whose;
use super::notices::LinkNotices;
use super::registry::Provider;
use super::store::{LinkedAccountStore, Unlinked};
use super::tokens::TokenKeeper;
use super::{LinkedAccount, LinkedAccountId, SignUp};

/// What posted answers are counted as.
const POSTED: &str = "provider post";

/// The providers of the registry, and the accounts that are linked by them; cheap to clone.
#[derive(Clone)]
pub struct Providers(pub(super) Arc<Inner>);

pub(super) struct Inner {
    /// In the order of their buttons.
    connections: Vec<ProviderConnection>,
    pub(super) attempts: Attempts,
    pub(super) linked_accounts: LinkedAccounts,
    pub(super) logins: Logins,
    pub(super) entrance: Entrance,
    pub(super) sessions: Sessions,
    pub(super) throttle: Throttle,
    pub(super) short_lived: Arc<dyn ShortLivedStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// For ID tokens in sessions.
    pub(super) sealer: Sealer,
    pub(super) tokens: TokenKeeper,
    pub(super) passkeys: Option<PasskeyWays>,
}

/// What [`Providers`] are made of, beside the ways to them.
pub(crate) struct ProviderParts<'a> {
    pub(crate) users: Users,
    pub(crate) linked_accounts: Arc<dyn LinkedAccountStore>,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
    pub(crate) sign_up: Option<Arc<dyn SignUp>>,
    pub(crate) notices: Arc<dyn LinkNotices>,
    pub(crate) entrance: Entrance,
    pub(crate) throttle: Throttle,
    pub(crate) events: Events,
    pub(crate) secrets: &'a ApplicationSecrets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// The passkeys that one can log in by, where the application takes them.
    pub(crate) passkeys: Option<PasskeyWays>,
    /// How long a request to a provider takes at most.
    pub(crate) timeout: Duration,
}

impl Providers {
    /// The providers at the end of these ways, in the order of their buttons.
    pub(crate) fn new(connections: Vec<ProviderConnection>, parts: ProviderParts<'_>) -> Self {
        let ProviderParts { linked_accounts, short_lived, secrets, clock, random, .. } = parts;
        let attempts = Attempts::new(short_lived.clone(), secrets, clock.clone(), random.clone());
        let tokens = TokenKeeper::new(
            linked_accounts.clone(),
            short_lived.clone(),
            parts.timeout,
            secrets,
            clock.clone(),
            random.clone(),
        );
        let linked_accounts = LinkedAccounts::new(
            linked_accounts,
            parts.users,
            parts.sign_up,
            parts.events,
            parts.notices,
            clock.clone(),
            random.clone(),
        );
        Self(Arc::new(Inner {
            connections,
            attempts,
            linked_accounts,
            logins: parts.entrance.logins().clone(),
            sessions: parts.entrance.sessions().clone(),
            entrance: parts.entrance,
            throttle: parts.throttle,
            short_lived,
            clock,
            random,
            sealer: secrets.sealer("provider id token"),
            tokens,
            passkeys: parts.passkeys,
        }))
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
    pub async fn linked_accounts(&self, user: &UserId) -> Result<Vec<LinkedAccount>, Error> {
        self.0.linked_accounts.list(user).await
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
        let needed = self.needed(user).await?;
        let unlinked = match self.0.linked_accounts.held(user, id).await? {
            Some(held) => {
                let label = self.get(&held.provider).map_or(&*held.provider, |provider| provider.label());
                self.0.linked_accounts.unlink(&held, label, needed.as_ref()).await?
            }
            None => Unlinked::NotFound,
        };
        if unlinked == Unlinked::Last {
            return Err(ErrorKind::LastLoginMethod.into());
        }
        let ended = self.end_those_by(user, id, current).await?;
        if unlinked == Unlinked::NotFound {
            return Err(ErrorKind::NotFound.into());
        }
        tracing::info!(%user, account = %id, ended, "an account at a provider was unlinked");
        Ok(())
    }

    /// Ends the sessions that an account began, save the session `current` if something else was proven in it too.
    pub(super) async fn end_those_by(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        current: Option<&SessionHandle>,
    ) -> Result<usize, Error> {
        let account = id.to_string();
        let is_meant = |session: &SessionRecord, provider: &ProviderSession| {
            let is_of_provider_alone = Amr::FED.and(Amr::MFA).contains(session.amr);
            let stays = Some(&session.handle) == current && !is_of_provider_alone;
            provider.account == account && !stays
        };
        self.0.sessions.end_those_by_provider(user, is_meant).await
    }

    pub(crate) fn connection(&self, id: &str) -> Result<&ProviderConnection, Error> {
        let found = self.0.connections.iter().find(|connection| connection.provider.id().as_str() == id);
        found.ok_or_else(|| ErrorKind::NotFound.into())
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
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
        let provider = connection.provider.id();
        let turn = self.0.throttle.take_turn(POSTED, network).await;
        turn.map_err(|error| self.refusing(provider, &Errand::Login, error))?;
        self.0.attempts.hand_over(provider, parameters).await
    }

    /// Whether the user can log in by a password.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn has_password(&self, user: &UserId) -> Result<bool, Error> {
        self.0.linked_accounts.has_password(user).await
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
