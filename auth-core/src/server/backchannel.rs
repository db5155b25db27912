//! Telling clients that a session has ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! 1. A client with a `backchannel_logout_uri` is noted in each session in which it is given something of a user. When that ends, by a logout,
//!    from elsewhere, with a changed password or with the account, a letter to it is in the outbox first.
//! 2. Any of the servers delivers it. The token is signed at each attempt, and good for two minutes. Whatever is no success is tried again,
//!    after ten seconds at first and an hour at most, for a day.
//! 3. What nobody of the operator's registered is called on public addresses alone.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use crate::error::{Error, ErrorKind};
use crate::jose;
use crate::key::OpaqueToken;
use crate::outbound::{Method, OutboundRequest, OutboundUrl};
use crate::outbox::{Courier, Fate};
use crate::secret::Secret;
use crate::session::{LogoutLetter, SessionKey, SessionRecord};
use crate::user::{LetterKind, UserId};

use super::{OAuthClient, Server};

/// How long a logout token is good (section 2.4: two minutes at most).
const TOKEN_LIFE: Duration = Duration::from_secs(2 * 60);

/// The member of `events` that makes a token a logout token (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl Server {
    /// Whether clients are told when sessions end.
    pub(super) fn tells_of_logouts(&self) -> bool {
        self.ways_out.is_some()
    }

    /// Has a client told when a session ends, in which it is about to be given something.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn tell_at_end(
        &self,
        client: &OAuthClient,
        key: &SessionKey,
        session: &SessionRecord,
    ) -> Result<(), Error> {
        let wants_to_know = client.backchannel_logout_uri.is_some() && self.tells_of_logouts();
        // As the session was read a moment ago, so that nothing is asked for the second time.
        let is_told = session.told_clients().iter().any(|told| **told == *client.id());
        match wants_to_know && !is_told {
            true => self.sessions.tell_at_end(key, client.id()).await,
            false => Ok(()),
        }
    }

    /// Whose session is over, for this client (section 2.4).
    async fn logout_token(&self, client: &OAuthClient, letter: &LogoutLetter) -> Result<Secret, Error> {
        let now = self.clock.now();
        let ring = self.tokens.keys()?.fresh_ring().await;
        let key = ring.signer(now).ok_or_else(|| {
            Error::new(ErrorKind::Internal).with_source("the key ring has no key that signs")
        })?;
        let claims = json!({
            "iss": &*self.issuer,
            "sub": self.subject(client, &UserId::new(letter.user.as_str()))?,
            "aud": client.id(),
            "iat": now.unix_seconds(),
            "exp": (now + TOKEN_LIFE).unix_seconds(),
            "jti": OpaqueToken::<16>::generate(1, &*self.clients.random).expose(),
            "sid": self.session_name(client, &letter.session)?,
            "events": { EVENT: {} },
        });
        jose::sign_typed_jwt(key, "logout+jwt", key.kid(), &claims).map(Secret::new)
    }

    /// Tells a client. One that is gone, is disabled, or wants to hear no more of it is not told.
    async fn tell_of_logout(&self, letter: &LogoutLetter) -> Result<Fate, Error> {
        let Some(client) = self.clients.find(&letter.client).await? else { return Ok(Fate::Done) };
        let (Some(url), Some(ways_out)) = (&client.backchannel_logout_uri, &self.ways_out) else {
            return Ok(Fate::Done);
        };
        let url = OutboundUrl::parse(url)?;
        let token = self.logout_token(&client, letter).await?;
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("logout_token", token.expose())
            .finish();
        let request = OutboundRequest::new(Method::Post, url)
            .with_header("cache-control", "no-store")
            .with_body("application/x-www-form-urlencoded", body);
        let (way_out, client) = (ways_out.to(&client), client.id());
        match way_out.send(request).await {
            Ok(response) if (200..300).contains(&response.status) => Ok(Fate::Done),
            Ok(response) => {
                let status = response.status;
                tracing::warn!(client, status, "a client did not take what it was told of a logout");
                Ok(Fate::Later)
            }
            Err(error) => {
                // Its host alone: a path may be as good as a secret.
                tracing::warn!(client, fault = ?error.fault(), "a client could not be told of a logout");
                Ok(Fate::Later)
            }
        }
    }
}

/// Delivers what clients are told of sessions that have ended.
#[derive(Debug)]
pub(crate) struct LogoutCourier(Server);

impl LogoutCourier {
    /// That of a server that tells clients.
    pub(crate) fn of(server: &Server) -> Option<Self> {
        server.tells_of_logouts().then(|| Self(server.clone()))
    }
}

#[async_trait]
impl Courier for LogoutCourier {
    fn kind(&self) -> LetterKind {
        LetterKind::Logout
    }

    async fn deliver(&self, said: &[u8]) -> Fate {
        let Ok(letter) = serde_json::from_slice::<LogoutLetter>(said) else {
            tracing::error!("a letter about a logout says what this version does not know");
            return Fate::Later;
        };
        match self.0.tell_of_logout(&letter).await {
            Ok(fate) => fate,
            Err(error) => {
                tracing::warn!(?error, client = letter.client, "a client could not be told of a logout");
                Fate::Later
            }
        }
    }
}
