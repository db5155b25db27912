//! Logging out at a provider, and being logged out by one.

use crate::error::{Error, ErrorKind};
use crate::issuer::{Claims, OutsideJws};
use crate::outbound::{OutboundUrl, OutsideError};
use crate::session::{ProviderSession, SessionRecord};
use crate::user::UserId;

use super::claims::CLOCK_SKEW;
use super::connection::{ProviderConnection, misbehaved};
use super::logout_token::{self, LoggedOut, MAX_AGE};
use super::service::{Providers, jti_key, over_key, sid_key};
use super::standing::MARK_LIFE;

impl Providers {
    /// Where a browser is sent to log out at the provider that its session came from (OpenID Connect RP-Initiated Logout 1.0
    /// section 2). `None` where the registry does not say so, or the provider has no such place or cannot tell it now: the
    /// session here is over in any case.
    pub(crate) async fn logout_url(&self, user: &UserId, session: &ProviderSession) -> Option<OutboundUrl> {
        let connection = self.connection(&session.provider).ok()?;
        if !connection.provider.has_rp_initiated_logout() {
            return None;
        }
        let metadata = connection.metadata().await.inspect_err(|error| {
            tracing::warn!(?error, provider = %session.provider, "a provider's logout page is not known");
        });
        let mut url = metadata.ok()??.end_session_endpoint.as_ref()?.url().clone();
        let sealed = session.id_token.as_deref();
        let hint = sealed.and_then(|sealed| self.inner().sealer.open(sealed, user.as_str().as_bytes()));
        let mut query = url.query_pairs_mut();
        if let Some(hint) = hint.as_deref().and_then(|hint| std::str::from_utf8(hint).ok()) {
            query.append_pair("id_token_hint", hint);
        }
        query.append_pair("client_id", connection.provider.client_id());
        query.append_pair("post_logout_redirect_uri", &connection.home);
        drop(query);
        OutboundUrl::parse(url.as_str()).ok()
    }

    /// Ends the sessions that a provider says are over (OpenID Connect Back-Channel Logout 1.0 sections 2.6 and 2.7), and answers
    /// how many. Their access tokens and refresh families end with them.
    ///
    /// # Errors
    /// `ProviderError` for a token that does not hold, or was used before; `NotFound`; `Unavailable`.
    pub(crate) async fn log_out(&self, id: &str, token: &str) -> Result<usize, Error> {
        let connection = self.connection(id)?;
        let claims = connection.read_logout_token(token).await.map_err(OutsideError::into_provider_error)?;
        let checked = connection.check_logout_token(&claims).map_err(OutsideError::into_provider_error);
        let (issuer, logged_out) = checked?;
        let used = jti_key(issuer, logged_out.jti);
        let (store, now) = (&self.inner().short_lived, self.inner().clock.now());
        // As long as the token's `iat` would still pass.
        if !store.insert_new(&used, MAX_AGE + CLOCK_SKEW * 2, now).await? {
            return Err(misbehaved("the logout token was used before").into_provider_error());
        }
        let ended = self.end_sessions(issuer, &logged_out).await;
        if ended.is_err() {
            // Nothing is promised yet: the provider may try again with the same token.
            store.take(&used, now).await?;
        }
        let ended = ended?;
        tracing::info!(provider = id, ended, "a provider ended sessions");
        Ok(ended)
    }

    /// Marks first: a session that is not there yet is ended by whoever begins it.
    async fn end_sessions(&self, issuer: &str, logged_out: &LoggedOut<'_>) -> Result<usize, Error> {
        let inner = self.inner();
        if let Some(whose) = logged_out.whose() {
            let now = inner.clock.now();
            let arrived = now.unix_millis().to_string();
            inner.short_lived.put(&over_key(issuer, whose), arrived.as_bytes(), MARK_LIFE, now).await?;
        }
        let Some(user) = self.user_of(issuer, logged_out).await? else { return Ok(0) };
        let is_meant = |_: &SessionRecord, session: &ProviderSession| {
            session.issuer == issuer && logged_out.sid.is_none_or(|sid| session.sid.as_deref() == Some(sid))
        };
        inner.sessions.end_those_by_provider(&user, is_meant).await
    }

    /// Whose sessions are meant: the user who logged in under that `sid`, or else the one whom the subject is linked to.
    async fn user_of(&self, issuer: &str, logged_out: &LoggedOut<'_>) -> Result<Option<UserId>, Error> {
        let inner = self.inner();
        if let Some(sid) = logged_out.sid {
            let held = inner.short_lived.get(&sid_key(issuer, sid), inner.clock.now()).await?;
            if let Some(user) = held.and_then(|user| String::from_utf8(user).ok()) {
                return Ok(Some(UserId::new(user)));
            }
        }
        let Some(subject) = logged_out.subject else { return Ok(None) };
        Ok(inner.linked_accounts.find_subject(issuer, subject).await?.map(|account| account.user))
    }
}

impl ProviderConnection {
    /// The claims of a logout token that the provider signed.
    fn check_logout_token<'c>(&self, claims: &'c Claims) -> Result<(&'c str, LoggedOut<'c>), OutsideError> {
        let issuer = self.check_claimed_issuer(claims)?;
        Ok((issuer, logout_token::check(claims, self.provider.client_id(), self.clock.now())?))
    }

    async fn read_logout_token(&self, token: &str) -> Result<Claims, OutsideError> {
        let metadata = self.metadata().await?.ok_or(Error::new(ErrorKind::NotFound))?;
        let token = OutsideJws::parse(token)?;
        logout_token::check_type(token.typ())?;
        self.signed_claims(&metadata, &token, metadata.id_token_algorithms()).await
    }
}
