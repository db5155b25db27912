//! Refresh tokens are rotated at each use: the answer carries the successor.
//!
//! A token is 48 bytes: 16 find the family, 32 are the secret. So a family takes one row however long it lives, and a token that was
//! rotated away long ago is still known as the family's, and ends it. The successor is derived, a keyed MAC over the presented token and
//! a salt of the row: a reply that got lost is answered with the same one, and nothing plain is kept.

use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::event::EventKind;
use crate::metric;
use crate::random::random_bytes;
use crate::user::User;

use super::service::{RefreshToken, Tokens};
use super::types::{Client, TokenPair};
use super::{FamilyKey, Predecessor, RefreshFamily, Rotation, ScopeSet};

/// Whether a resource is the base URL: a client that parses it writes a `/` for the path that it lacks, and means the same (RFC 3986
/// section 6.2.3).
pub(crate) fn is_base_url(resource: &str, base_url: &str) -> bool {
    resource.strip_suffix('/').unwrap_or(resource) == base_url
}

/// What of a grant is asked for at a refresh; all of it by default.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Narrowing<'a> {
    pub(crate) scope: Option<&'a str>,
    pub(crate) resource: Option<&'a str>,
}

/// A token that was presented, the family that it is of, and the scope that its successor's access token gets.
struct Presented {
    token: RefreshToken,
    key: FamilyKey,
    hash: [u8; 32],
    family: RefreshFamily,
    user: Arc<User>,
    scope: String,
}

impl Tokens {
    /// Rotates a refresh token: the answer carries its successor.
    ///
    /// 1. The living token is rotated away, by exactly one of any number of parallel callers.
    /// 2. Its direct predecessor is answered with the same successor within the client's grace, as long as that was not used.
    /// 3. Any other token of the family was stolen or replayed: the family ends, with its access tokens.
    ///
    /// # Errors
    /// `InvalidGrant` for a token that is unknown, used, expired, revoked, another client's or bound to a key that is not shown, and for a user who
    /// must add a second factor before anything else; `InvalidScope` for a scope that was not granted; `InvalidTarget` where the client may have no more tokens for
    /// its resource; `Unavailable`.
    pub async fn refresh(
        &self,
        presented: &str,
        client: Client<'_>,
        scope: Option<&str>,
    ) -> Result<TokenPair, Error> {
        self.refresh_for(presented, client, Narrowing { scope, resource: None }).await
    }

    /// The same, where the request may name the resource once more (RFC 8707 section 2.2).
    ///
    /// # Errors
    /// As of [`refresh`](Self::refresh); `InvalidTarget` for a resource that was not granted.
    pub(crate) async fn refresh_for(
        &self,
        presented: &str,
        client: Client<'_>,
        asked: Narrowing<'_>,
    ) -> Result<TokenPair, Error> {
        let presented = self.present(presented, client, asked).await;
        let Presented { token, key, hash, family, user, scope } =
            presented.inspect_err(|error| metric::refreshed(error.kind().row().code))?;
        let grace = client.grace().unwrap_or_else(|| self.config.grace_of(client.id()));
        let successor = self.rotate(&key, &family, &token, hash, grace).await?;
        self.users.note_use(&user, self.clock.now()).await;
        self.pair(&family, client, scope, &successor).await
    }

    /// The grant that a refresh token is of, if it is this client's living one.
    ///
    /// # Errors
    /// `Unavailable`.
    #[cfg(feature = "server")]
    pub(crate) async fn family_of(
        &self,
        presented: &str,
        client: Client<'_>,
    ) -> Result<Option<RefreshFamily>, Error> {
        let hashes = RefreshToken::parse(presented).and_then(|token| self.hashes(&token));
        let Some((key, hash)) = hashes else { return Ok(None) };
        let family = match self.living_family(&key, client).await {
            Err(error) if error.kind() == ErrorKind::InvalidGrant => return Ok(None),
            family => family?,
        };
        let user = self.users.get(&family.user).await?;
        let is_alive = user.is_some_and(|user| user.stands_at(family.epoch));
        Ok(Some(family).filter(|family| is_alive && is_same(&family.rotation.current, &hash)))
    }

    /// What is there to be rotated.
    async fn present(
        &self,
        presented: &str,
        client: Client<'_>,
        asked: Narrowing<'_>,
    ) -> Result<Presented, Error> {
        let token = RefreshToken::parse(presented).ok_or(ErrorKind::InvalidGrant)?;
        let (key, hash) = self.hashes(&token).ok_or(ErrorKind::InvalidGrant)?;
        let family = self.living_family(&key, client).await?;
        // The family stays: who brings the token alone has not got what it is bound to, and must not end it.
        if family.jkt.is_some() && family.jkt.as_deref() != client.key() {
            return Err(ErrorKind::InvalidGrant.into());
        }
        let user = self.living_user(&key, &family).await?;
        if family.session.is_none() && !client.keeps(&family.scope) {
            self.end_family(&key, &family, None).await?;
            return Err(ErrorKind::InvalidGrant.into());
        }
        // The family stays: it goes on once its user has a factor, or need not have one.
        if !self.is_fit(&user, family.amr).await? {
            return Err(ErrorKind::InvalidGrant.into());
        }
        self.check_target(&family, client, asked.resource)?;
        let asked = narrowed(&family, asked.scope)?;
        let scope = self.allowed(&user, client, asked).await?;
        Ok(Presented { token, key, hash, family, user, scope })
    }

    /// Whether the family's resource is still one of the client's, and no other is asked for. The family stays: the registration may be
    /// put right.
    fn check_target(
        &self,
        family: &RefreshFamily,
        client: Client<'_>,
        asked: Option<&str>,
    ) -> Result<(), Error> {
        let granted = family.resource.as_deref();
        let is_lost = granted.is_some_and(|resource| !client.may_be_for(resource));
        let is_other = asked.is_some_and(|asked| match granted {
            Some(granted) => asked != granted,
            None => !is_base_url(asked, &self.issuer),
        });
        if is_lost || is_other { Err(ErrorKind::InvalidTarget.into()) } else { Ok(()) }
    }

    /// The family of a token, if it is this client's and alive. One that came from a session is asked for among that user's sessions: it
    /// ends with it, also where the list of a session's families has lost it (a failover to a replica that lagged behind). The session's
    /// mark does not tell: another client may have revoked its own access tokens, which carry the session's name too.
    async fn living_family(&self, key: &FamilyKey, client: Client<'_>) -> Result<RefreshFamily, Error> {
        let family = self.store.get(key).await?.filter(|family| &*family.client_id == client.id());
        let family = family.ok_or(ErrorKind::InvalidGrant)?;
        let now = self.clock.now();
        if now >= self.end_of(&family) || self.revocations.is_marked(&family.sid, now).await? {
            return Err(ErrorKind::InvalidGrant.into());
        }
        if let Some(session) = &family.session
            && !self.sessions.is_alive(&family.user, session).await?
        {
            return Err(ErrorKind::InvalidGrant.into());
        }
        Ok(family)
    }

    /// The family's user, active and with the epoch of the grant; else the family ends.
    async fn living_user(&self, key: &FamilyKey, family: &RefreshFamily) -> Result<Arc<User>, Error> {
        let user = self.users.get(&family.user).await?;
        match user.filter(|user| user.stands_at(family.epoch)) {
            Some(user) => Ok(user),
            None => {
                self.end_family(key, family, None).await?;
                Err(ErrorKind::InvalidGrant.into())
            }
        }
    }

    async fn rotate(
        &self,
        key: &FamilyKey,
        family: &RefreshFamily,
        token: &RefreshToken,
        hash: [u8; 32],
        grace: Duration,
    ) -> Result<RefreshToken, Error> {
        if is_same(&family.rotation.current, &hash) {
            let salt = random_bytes(&*self.random);
            let successor = self.derive(token, &salt, token.version())?;
            let next = Rotation {
                current: self.hashes(&successor).ok_or(ErrorKind::Internal)?.1,
                rotated_at: self.clock.now(),
                previous: Some(Predecessor { hash, salt, key_version: token.version() }),
            };
            if self.store.rotate(key, &hash, next).await? {
                metric::refreshed("rotated");
                return Ok(successor);
            }
        }
        self.repeat(key, token, hash, grace).await
    }

    /// Answers the direct predecessor with the same successor once more, or ends the family.
    async fn repeat(
        &self,
        key: &FamilyKey,
        token: &RefreshToken,
        hash: [u8; 32],
        grace: Duration,
    ) -> Result<RefreshToken, Error> {
        let family = self.store.get(key).await?.ok_or(ErrorKind::InvalidGrant)?;
        let previous = family.rotation.previous.as_ref().filter(|previous| is_same(&previous.hash, &hash));
        match previous.filter(|_| self.is_within(grace, &family)) {
            Some(previous) => {
                metric::refreshed("repeated");
                self.derive(token, &previous.salt, previous.key_version)
            }
            None => {
                metric::refreshed("reused");
                tracing::warn!(user = %family.user, client = %family.client_id, "a refresh token was used again: its family ends");
                self.end_family(key, &family, Some(EventKind::TokenReused)).await?;
                Err(ErrorKind::InvalidGrant.into())
            }
        }
    }

    /// A clock that stepped back by more than the grace ends it too.
    fn is_within(&self, grace: Duration, family: &RefreshFamily) -> bool {
        let (now, rotated_at) = (self.clock.now(), family.rotation.rotated_at);
        now.since(rotated_at) < grace && rotated_at.since(now) < grace
    }

    /// The successor of a token: the same family, and a secret that only this token and the salt lead to.
    fn derive(&self, token: &RefreshToken, salt: &[u8; 16], key_version: u8) -> Result<RefreshToken, Error> {
        let (family, secret) = token.bytes().split_at(16);
        let material = Zeroizing::new([secret, salt].concat());
        let next = self.successor.hash_with(key_version, &material).ok_or(ErrorKind::InvalidGrant)?;
        let mut bytes = Zeroizing::new([0; 48]);
        bytes[..16].copy_from_slice(family);
        bytes[16..].copy_from_slice(&next);
        Ok(RefreshToken::from_bytes(token.version(), bytes))
    }
}

/// The scope asked for at a refresh: all that was granted, or part of it (RFC 6749 section 6).
fn narrowed<'a>(family: &'a RefreshFamily, asked: Option<&'a str>) -> Result<ScopeSet<'a>, Error> {
    let granted = ScopeSet::of(&family.scope);
    let Some(asked) = asked else { return Ok(granted) };
    let asked = ScopeSet::parse(asked)?;
    if asked.iter().all(|word| granted.contains(word)) {
        Ok(asked)
    } else {
        Err(ErrorKind::InvalidScope.into())
    }
}

fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).into()
}
