//! Granting, refreshing, revoking and recognising tokens.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind, StoreError};
use crate::jose;
use crate::key::{KeyedHash, Keys, OpaqueToken};
use crate::login::Admitted;
use crate::random::{Random, random_bytes};
use crate::secret::Secret;
use crate::user::{User, UserId, UserStore};

use super::config::FIRST_PARTY;
use super::verify::Passed;
use super::{
    AccessClaims, FamilyKey, Predecessor, RefreshFamily, RefreshStore, Refusal, Revocations, Rotation,
    ScopePolicy, ScopeRequest, ScopeSet, SessionHandle, TokenConfig, TokenVerifier,
};

/// A refresh token: 16 bytes that name the family and 32 that are secret.
type RefreshToken = OpaqueToken<48>;

/// Access tokens and refresh families.
#[derive(Clone, Debug)]
#[doc(alias("jwt", "bearer", "refresh_token"))]
pub struct Tokens {
    pub(crate) config: TokenConfig,
    pub(crate) issuer: Arc<str>,
    pub(crate) verifier: Arc<TokenVerifier>,
    pub(crate) keys: Arc<OnceLock<Keys>>,
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) store: Arc<dyn RefreshStore>,
    pub(crate) revocations: Revocations,
    pub(crate) policy: Arc<dyn ScopePolicy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) family_hash: KeyedHash,
    pub(crate) secret_hash: KeyedHash,
    pub(crate) successor: KeyedHash,
}

/// Whom a valid access token stands for.
#[derive(Debug)]
pub(crate) struct Bearer {
    /// The user it was given for; none for a client that acts for itself.
    pub(crate) user: Option<Arc<User>>,
    pub(crate) claims: Arc<AccessClaims>,
    /// Whether its client is the application's own.
    pub(crate) is_first_party: bool,
}

/// A client, as far as tokens need to know it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Client<'a>(&'a str);

impl Client<'static> {
    /// The built-in client of the application itself.
    pub const FIRST_PARTY: Self = Self(FIRST_PARTY);
}

impl<'a> Client<'a> {
    /// The client with this id. What is not [`Client::FIRST_PARTY`] is somebody else's: its tokens open only what names a
    /// scope.
    pub const fn new(id: &'a str) -> Self {
        Self(id)
    }

    /// Its id.
    pub const fn id(&self) -> &'a str {
        self.0
    }
}

/// What a grant hands out.
#[derive(Debug)]
#[non_exhaustive]
pub struct TokenPair {
    /// The access token, a JWS.
    pub access_token: Secret,
    /// How long it is valid.
    pub expires_in: Duration,
    /// The refresh token.
    pub refresh_token: Secret,
    /// The scope that was granted, which can be less than was asked for.
    pub scope: String,
}

impl TokenPair {
    /// The reply of a token endpoint (RFC 6749 section 5.1), both tokens in plain text: for the client's eyes, and no log's.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "access_token": self.access_token.expose(),
            "token_type": "Bearer",
            "expires_in": self.expires_in.as_secs(),
            "refresh_token": self.refresh_token.expose(),
            "scope": self.scope,
        })
    }
}

impl Tokens {
    /// Grants tokens to a client for a user who was admitted: a new refresh family. The scope is what was asked for as far
    /// as the [`ScopePolicy`] allows.
    ///
    /// # Errors
    /// `InvalidScope` when the scope is malformed; `Unavailable`.
    pub async fn grant(
        &self,
        admitted: Admitted,
        client: Client<'_>,
        scope: &str,
    ) -> Result<TokenPair, Error> {
        let scope = self.allowed(admitted.user(), client, ScopeSet::parse(scope)?).await?;
        let now = self.clock.now();
        let token = RefreshToken::generate(self.family_hash.current_version(), &*self.random);
        let (key, current) = self.hashes(&token).ok_or(ErrorKind::Internal)?;
        let family = RefreshFamily {
            sid: SessionHandle::new(random_bytes(&*self.random)),
            client_id: client.id().into(),
            user: admitted.user().id.clone(),
            epoch: admitted.user().auth_epoch,
            scope,
            session: None,
            auth_time: admitted.auth_time(),
            amr: admitted.amr(),
            created_at: now,
            expires_at: now + self.config.refresh_absolute,
            rotation: Rotation { current, rotated_at: now, previous: None },
        };
        self.store.insert(&key, family.clone()).await?;
        self.pair(&family, family.scope.clone(), &token).await
    }

    /// Rotates a refresh token: the answer carries its successor.
    ///
    /// 1. The living token is rotated away, by exactly one of any number of parallel callers.
    /// 2. Its direct predecessor is answered with the same successor within the client's grace, as long as that was not used.
    /// 3. Any other token of the family was stolen or replayed: the family ends, with its access tokens.
    ///
    /// # Errors
    /// `InvalidGrant` for a token that is unknown, used, expired, revoked or another client's; `InvalidScope` for a scope
    /// that was not granted; `Unavailable`.
    pub async fn refresh(
        &self,
        presented: &str,
        client: Client<'_>,
        scope: Option<&str>,
    ) -> Result<TokenPair, Error> {
        let token = RefreshToken::parse(presented).ok_or(ErrorKind::InvalidGrant)?;
        let (key, hash) = self.hashes(&token).ok_or(ErrorKind::InvalidGrant)?;
        let family = self.living_family(&key, client).await?;
        let user = self.living_user(&key, &family).await?;
        let asked = narrowed(&family, scope)?;
        let scope = self.allowed(&user, client, asked).await?;
        let successor = self.rotate(&key, &family, &token, hash).await?;
        self.pair(&family, scope, &successor).await
    }

    /// The family of a token, if it is this client's and alive.
    async fn living_family(&self, key: &FamilyKey, client: Client<'_>) -> Result<RefreshFamily, Error> {
        let family = self.store.get(key).await?.filter(|family| &*family.client_id == client.id());
        let family = family.ok_or(ErrorKind::InvalidGrant)?;
        let now = self.clock.now();
        if now >= self.end_of(&family) || self.revocations.is_marked(&family.sid, now).await? {
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
                self.end_family(key, family).await?;
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
                return Ok(successor);
            }
        }
        self.repeat(key, token, hash).await
    }

    /// Answers the direct predecessor with the same successor once more, or ends the family.
    async fn repeat(
        &self,
        key: &FamilyKey,
        token: &RefreshToken,
        hash: [u8; 32],
    ) -> Result<RefreshToken, Error> {
        let family = self.store.get(key).await?.ok_or(ErrorKind::InvalidGrant)?;
        let previous = family.rotation.previous.as_ref().filter(|previous| is_same(&previous.hash, &hash));
        match previous.filter(|_| self.is_within_grace(&family)) {
            Some(previous) => self.derive(token, &previous.salt, previous.key_version),
            None => {
                tracing::warn!(user = %family.user, client = %family.client_id, "a refresh token was used again: its family ends");
                self.end_family(key, &family).await?;
                Err(ErrorKind::InvalidGrant.into())
            }
        }
    }

    /// A clock that stepped back by more than the grace ends it too.
    fn is_within_grace(&self, family: &RefreshFamily) -> bool {
        let (now, rotated_at) = (self.clock.now(), family.rotation.rotated_at);
        let grace = self.config.grace_of(&family.client_id);
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

    /// The keyed hashes of a token's two parts; `None` for a token of an application secret that is gone.
    fn hashes(&self, token: &RefreshToken) -> Option<(FamilyKey, [u8; 32])> {
        let (family, secret) = token.bytes().split_at(16);
        let key = FamilyKey::new(self.family_hash.hash_with(token.version(), family)?);
        Some((key, self.secret_hash.hash_with(token.version(), secret)?))
    }

    /// Marks first: should the removal fail, whoever tries again finds the family still there.
    async fn end_family(&self, key: &FamilyKey, family: &RefreshFamily) -> Result<(), Error> {
        self.revocations.mark(&family.sid, self.config.mark_life()).await?;
        self.store.remove(key).await?;
        Ok(())
    }

    /// The user's living refresh families that belong to no session, newest first: what programs hold, beside the sessions of
    /// browsers. [`Sessions::revoke`](crate::session::Sessions::revoke) ends one by its `sid`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn families(&self, user: &User) -> Result<Vec<RefreshFamily>, Error> {
        let now = self.clock.now();
        let is_listed = |family: &RefreshFamily| {
            family.session.is_none() && family.epoch == user.auth_epoch && now < self.end_of(family)
        };
        let families = self.store.list(&user.id).await?.into_iter().map(|(_, family)| family);
        Ok(families.filter(is_listed).collect())
    }

    /// When a family ends if it is not used again.
    pub(crate) fn end_of(&self, family: &RefreshFamily) -> Timestamp {
        family.expires_at.min(family.rotation.rotated_at + self.config.refresh_idle)
    }

    /// Forgets all families of a user whose epoch was raised: they are dead already.
    pub(crate) async fn forget_families(&self, user: &UserId) -> Result<(), Error> {
        self.store.remove_by_user(user).await?;
        Ok(())
    }

    pub(crate) async fn remove_expired(&self) -> Result<u64, Error> {
        let now = self.clock.now();
        Ok(self.store.remove_expired(now, now - self.config.refresh_idle).await?)
    }

    /// Revokes a token of this client (RFC 7009): a refresh token, or an access token, ends its family and all access
    /// tokens of that. Unknown tokens and other clients' are left alone.
    ///
    /// # Errors
    /// `Unavailable`: nothing is known to be revoked then.
    pub async fn revoke(&self, token: &str, client: Client<'_>) -> Result<(), Error> {
        if let Some((key, _)) = RefreshToken::parse(token).and_then(|token| self.hashes(&token)) {
            let family = self.store.get(&key).await?;
            return match family.filter(|family| &*family.client_id == client.id()) {
                Some(family) => self.end_family(&key, &family).await,
                None => Ok(()),
            };
        }
        match self.verify(token, self.clock.now()).await {
            Ok(passed) if passed.claims.client_id == client.id() => self.end_family_of(&passed.claims).await,
            Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
            _ => Ok(()),
        }
    }

    /// Ends what an access token came from.
    async fn end_family_of(&self, claims: &AccessClaims) -> Result<(), Error> {
        let Some(sid) = claims.sid.as_deref().and_then(SessionHandle::parse) else { return Ok(()) };
        self.revocations.mark(&sid, self.config.mark_life()).await?;
        // A session may have families of several clients.
        let is_its = |family: &RefreshFamily| {
            *family.client_id == *claims.client_id && (family.sid == sid || family.session == Some(sid))
        };
        self.revocations.end_families(&UserId::new(claims.sub.as_str()), is_its).await?;
        Ok(())
    }

    /// Checks an access token by itself: form, signature, issuer, audience, times. Whether it was revoked and whether its
    /// user may still be here is [`recognise`](Self::recognise)'s business.
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Passed>, Error> {
        let keys = self.keys()?;
        if keys.is_stale(now) {
            // Boxed, as below: it happens once a minute, and every guarded request would carry its room about.
            Box::pin(keys.reload_if_stale()).await;
        }
        let (verified, seen) =
            keys.with_ring(|ring| (self.verifier.pass(token, ring, now), ring.generation()));
        let refusal = match verified {
            Ok(passed) => return Ok(passed),
            Err(refusal) => refusal,
        };
        if refusal == Refusal::Format(jose::Refusal::UnknownKid)
            && Box::pin(keys.reload_for_unknown_kid(seen)).await
            && let Ok(passed) = self.verifier.pass(token, &keys.ring(), now)
        {
            return Ok(passed);
        }
        tracing::debug!(%refusal, "an access token was refused");
        Err(ErrorKind::InvalidToken.into())
    }

    /// Whom an access token stands for.
    ///
    /// # Errors
    /// `InvalidToken` for every token that is not valid now; `Unavailable`.
    pub(crate) async fn recognise(&self, token: &str, now: Timestamp) -> Result<Bearer, Error> {
        let passed = self.verify(token, now).await?;
        if let Some(mark) = &passed.mark
            && self.revocations.is_there(mark, now).await?
        {
            return Err(ErrorKind::InvalidToken.into());
        }
        let claims = Arc::clone(&passed.claims);
        let is_first_party = claims.client_id == FIRST_PARTY;
        let Some(user) = &passed.user else { return Ok(Bearer { user: None, claims, is_first_party }) };
        let user = self.users.get(user).await?;
        let is_alive = |user: &Arc<User>| claims.auth_epoch.is_some_and(|epoch| user.stands_at(epoch));
        let user = user.filter(is_alive).ok_or(ErrorKind::InvalidToken)?;
        Ok(Bearer { user: Some(user), claims, is_first_party })
    }

    async fn allowed(&self, user: &User, client: Client<'_>, asked: ScopeSet<'_>) -> Result<String, Error> {
        let mut granted: Vec<&str> = Vec::new();
        for scope in asked.iter() {
            let request = ScopeRequest { user, client_id: client.id(), scope };
            if !granted.contains(&scope) && self.policy.allows(request).await? {
                granted.push(scope);
            }
        }
        Ok(granted.join(" "))
    }

    async fn pair(
        &self,
        family: &RefreshFamily,
        scope: String,
        refresh: &RefreshToken,
    ) -> Result<TokenPair, Error> {
        let now = self.clock.now();
        let claims = AccessClaims {
            iss: self.issuer.to_string(),
            sub: family.user.as_str().to_owned(),
            aud: vec![self.issuer.to_string()],
            exp: now + self.config.access_life,
            iat: now,
            nbf: None,
            jti: URL_SAFE_NO_PAD.encode(random_bytes::<16>(&*self.random)),
            client_id: family.client_id.to_string(),
            scope: scope.clone(),
            auth_time: Some(family.auth_time),
            amr: family.amr.names().map(str::to_owned).collect(),
            sid: Some(family.session.unwrap_or(family.sid).to_string()),
            auth_epoch: Some(family.epoch),
        };
        let ring = self.keys()?.fresh_ring().await;
        Ok(TokenPair {
            access_token: Secret::new(super::sign(&ring, &claims, now)?),
            expires_in: self.config.access_life,
            refresh_token: Secret::new(refresh.expose()),
            scope,
        })
    }

    /// The key ring; before the store is migrated there is none.
    pub(crate) fn keys(&self) -> Result<&Keys, Error> {
        self.keys.get().ok_or_else(|| {
            tracing::error!("the store has no tables yet: call `auth.migrate().await?` before serving");
            Error::from(StoreError::unavailable("the store is not migrated"))
        })
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
