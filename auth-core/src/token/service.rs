//! Granting, refreshing, revoking and recognising tokens.

use std::sync::{Arc, OnceLock};

use crate::clock::{Clock, Timestamp};
use crate::dpop::Proofs;
use crate::error::{Error, ErrorKind, StoreError};
use crate::event::{EventDraft, EventKind, Events};
use crate::http::RequestView;
use crate::jose;
use crate::key::{ApplicationSecrets, KeyRing, KeyedHash, Keys, OpaqueToken, Sealer};
use crate::login::{Admitted, Amr, SecondFactors};
use crate::random::{Random, random_bytes};
use crate::secret::Secret;
use crate::user::{User, UserId, Users};

use super::config::FIRST_PARTY;
use super::issue::{AccessDraft, Account, IssuedAccess};
use super::revocation::mark_key;
use super::scope::IDENTITY_SCOPES;
use super::types::{Bearer, Client, TokenPair};
use super::verify::Passed;
use super::{
    FamilyKey, LivingSessions, RefreshFamily, RefreshStore, Refusal, RegisteredClients, Revocations,
    Rotation, ScopePolicy, ScopeRequest, ScopeSet, SessionHandle, TokenConfig, TokenVerifier,
};

/// For whom a token has to be.
#[derive(Clone, Copy)]
enum Meant {
    ForAnybody,
    ForUs,
}

/// A refresh token: 16 bytes that name the family and 32 that are secret.
pub(super) type RefreshToken = OpaqueToken<48>;

/// Access tokens and refresh families.
#[derive(Clone, Debug)]
#[doc(alias("jwt", "bearer", "refresh_token"))]
pub struct Tokens {
    pub(super) config: TokenConfig,
    pub(super) issuer: Arc<str>,
    verifier: Arc<TokenVerifier>,
    keys: Arc<OnceLock<Keys>>,
    pub(super) users: Users,
    pub(super) store: Arc<dyn RefreshStore>,
    pub(super) revocations: Revocations,
    pub(super) sessions: Arc<dyn LivingSessions>,
    /// Those of the server, where there is one.
    pub(super) registered: Option<Arc<dyn RegisteredClients>>,
    factors: Arc<dyn SecondFactors>,
    proofs: Proofs,
    pub(super) events: Events,
    policy: Arc<dyn ScopePolicy>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// Seals accounts whose clients know them by another name.
    pub(super) accounts: Sealer,
    pub(super) family_hash: KeyedHash,
    secret_hash: KeyedHash,
    pub(super) successor: KeyedHash,
}

/// What [`Tokens`] are made of, beside their settings.
pub(crate) struct TokenParts<'a> {
    /// There once the store is migrated.
    pub(crate) keys: Arc<OnceLock<Keys>>,
    pub(crate) users: Users,
    pub(crate) families: Arc<dyn RefreshStore>,
    pub(crate) revocations: Revocations,
    pub(crate) sessions: Arc<dyn LivingSessions>,
    pub(crate) registered: Option<Arc<dyn RegisteredClients>>,
    pub(crate) factors: Arc<dyn SecondFactors>,
    pub(crate) proofs: Proofs,
    pub(crate) events: Events,
    pub(crate) secrets: &'a ApplicationSecrets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Tokens {
    /// Tokens of this issuer, which are for itself.
    ///
    /// # Errors
    /// `Configuration`, as [`TokenVerifier::new`] has it.
    pub(crate) fn new(
        config: TokenConfig,
        issuer: &str,
        policy: Arc<dyn ScopePolicy>,
        parts: TokenParts<'_>,
    ) -> Result<Self, Error> {
        let TokenParts {
            keys,
            users,
            families,
            revocations,
            sessions,
            registered,
            factors,
            proofs,
            events,
            secrets,
            clock,
            random,
        } = parts;
        Ok(Self {
            verifier: Arc::new(TokenVerifier::new(issuer, issuer, config.leeway)?),
            config,
            issuer: issuer.into(),
            keys,
            users,
            store: families,
            revocations,
            sessions,
            registered,
            factors,
            proofs,
            events,
            policy,
            clock,
            random,
            accounts: secrets.sealer("account of a token"),
            family_hash: secrets.keyed_hash("refresh family"),
            secret_hash: secrets.keyed_hash("refresh secret"),
            successor: secrets.keyed_hash("refresh successor"),
        })
    }

    /// Grants tokens to a client for a user who was admitted: a new refresh family. The scope is what was asked for as far
    /// as the [`ScopePolicy`] allows.
    ///
    /// # Errors
    /// `MfaRequired` for somebody who must add a second factor before anything else; `InvalidScope` when the scope is malformed;
    /// `Unavailable`.
    pub async fn grant(
        &self,
        admitted: Admitted,
        client: Client<'_>,
        scope: &str,
    ) -> Result<TokenPair, Error> {
        if !self.is_fit(admitted.user(), admitted.amr()).await? {
            return Err(ErrorKind::MfaRequired.into());
        }
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
            resource: None,
            jkt: client.refresh_key().map(Into::into),
            auth_time: admitted.auth_time(),
            amr: admitted.amr(),
            created_at: now,
            expires_at: now + self.config.refresh_absolute,
            rotation: Rotation { current, rotated_at: now, previous: None },
        };
        self.store.insert(&key, family.clone()).await?;
        self.pair(&family, client, family.scope.clone(), &token).await
    }

    /// The keyed hashes of a token's two parts; `None` for a token of an application secret that is gone.
    pub(super) fn hashes(&self, token: &RefreshToken) -> Option<(FamilyKey, [u8; 32])> {
        let (family, secret) = token.bytes().split_at(16);
        let key = FamilyKey::new(self.family_hash.hash_with(token.version(), family)?);
        Some((key, self.secret_hash.hash_with(token.version(), secret)?))
    }

    /// Marks first: should the removal fail, whoever tries again finds the family still there. Of those who do so at once one tells of it.
    pub(super) async fn end_family(
        &self,
        key: &FamilyKey,
        family: &RefreshFamily,
        kind: Option<EventKind>,
    ) -> Result<(), Error> {
        self.revocations.mark(&family.sid).await?;
        let removed = self.store.remove(key).await?;
        if let (Some(kind), Some(family)) = (kind, removed) {
            let draft = EventDraft::of(kind).to(&family.user).with(|details| {
                details.client = Some(family.client_id.to_string());
                details.session = Some(family.session.unwrap_or(family.sid).to_string());
            });
            self.events.note(draft).await;
        }
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
                Some(family) => self.end_family(&key, &family, Some(EventKind::TokenRevoked)).await,
                None => Ok(()),
            };
        }
        match self.verify(token, Meant::ForAnybody, self.clock.now()).await {
            Ok(passed) if passed.claims.client_id == client.id() => self.end_family_of(&passed).await,
            Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
            _ => Ok(()),
        }
    }

    /// Ends what an access token came from, or itself where it came from nothing: its family, and never the session that this is of.
    async fn end_family_of(&self, passed: &Passed) -> Result<(), Error> {
        let claims = &passed.claims;
        if let Some(mark) = passed.marks.last() {
            self.revocations.put(mark).await?;
        }
        // What came of another client's token ends alone.
        if claims.exchanged {
            return Ok(());
        }
        let sid = claims.family.as_deref().or(claims.sid.as_deref()).and_then(SessionHandle::parse);
        let Some(sid) = sid else { return Ok(()) };
        let is_its = |family: &RefreshFamily| *family.client_id == *claims.client_id && family.sid == sid;
        let Ok(Some(Account { user, .. })) = self.account_of(passed) else { return Ok(()) };
        if self.revocations.end_families(&user, is_its).await? > 0 {
            let draft = EventDraft::of(EventKind::TokenRevoked).to(&user).with(|details| {
                details.client = Some(claims.client_id.clone());
                details.session = Some(sid.to_string());
            });
            self.events.note(draft).await;
        }
        Ok(())
    }

    /// Checks an access token by itself: form, signature, issuer, audience, times. Whether it was revoked and whether its
    /// user may still be here is [`recognise`](Self::recognise)'s business.
    async fn verify(&self, token: &str, meant: Meant, now: Timestamp) -> Result<Arc<Passed>, Error> {
        let keys = self.keys()?;
        if keys.is_stale(now) {
            // Boxed, as below: it happens once a minute, and every guarded request would carry its room about.
            Box::pin(keys.reload_if_stale()).await;
        }
        let pass = |ring: &KeyRing| match meant {
            Meant::ForAnybody => self.verifier.pass_for_any_audience(token, ring, now),
            Meant::ForUs => self.verifier.pass(token, ring, now),
        };
        let (verified, seen) = keys.with_ring(|ring| (pass(ring), ring.generation()));
        let refusal = match verified {
            Ok(passed) => return Ok(passed),
            Err(refusal) => refusal,
        };
        if refusal == Refusal::Format(jose::Refusal::UnknownKid)
            && Box::pin(keys.reload_for_unknown_kid(seen)).await
            && let Ok(passed) = pass(&keys.ring())
        {
            return Ok(passed);
        }
        tracing::debug!(%refusal, "an access token was refused");
        Err(ErrorKind::InvalidToken.into())
    }

    /// Whom an access token stands for that comes by itself.
    ///
    /// # Errors
    /// `InvalidToken` for every token that is not valid now, or is bound to something (RFC 9449 section 7.2); `Unavailable`.
    pub(crate) async fn recognise(&self, token: &str, now: Timestamp) -> Result<Bearer, Error> {
        let passed = self.verify(token, Meant::ForUs, now).await?;
        if passed.claims.cnf.is_some() {
            tracing::debug!("an access token that is bound to a key came as a bearer token");
            return Err(ErrorKind::InvalidToken.into());
        }
        self.living(&passed, now).await
    }

    /// Whom an access token stands for that comes with a proof of the key that it is bound to.
    ///
    /// # Errors
    /// `InvalidToken` for every token that is not valid now, is bound to no key, or comes without a proof of its key; `InvalidDpopProof`;
    /// `UseDpopNonce`; `Unavailable`.
    pub(crate) async fn recognise_bound(
        &self,
        view: &impl RequestView,
        token: &str,
        now: Timestamp,
    ) -> Result<Bearer, Error> {
        let passed = self.verify(token, Meant::ForUs, now).await?;
        let bound_to = passed.claims.cnf.as_ref().ok_or(ErrorKind::InvalidToken)?;
        self.proofs.check(view, token, &bound_to.jkt).await?;
        self.living(&passed, now).await
    }

    /// What takes the proofs of keys.
    pub(crate) fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    /// The same of a token that may be meant for somebody else, who asks about it.
    ///
    /// # Errors
    /// As of [`recognise`](Self::recognise).
    #[cfg(feature = "server")]
    pub(crate) async fn inspect(&self, token: &str, now: Timestamp) -> Result<Bearer, Error> {
        let passed = self.verify(token, Meant::ForAnybody, now).await?;
        self.living(&passed, now).await
    }

    /// Whom a token stands for that is what it says, if neither it nor its client nor its user has ended.
    async fn living(&self, passed: &Passed, now: Timestamp) -> Result<Bearer, Error> {
        for mark in &passed.marks {
            if self.revocations.is_there(mark, now).await? {
                return Err(ErrorKind::InvalidToken.into());
            }
        }
        let claims = Arc::clone(&passed.claims);
        let is_first_party = self.is_first_party(&claims.client_id).await?;
        let Some(account) = self.account_of(passed)? else {
            return Ok(Bearer { user: None, claims, is_first_party });
        };
        if let Some(session) = &account.session
            && self.revocations.is_there(&mark_key(session), now).await?
        {
            return Err(ErrorKind::InvalidToken.into());
        }
        let user = self.users.get(&account.user).await?;
        let is_alive = |user: &Arc<User>| claims.auth_epoch.is_some_and(|epoch| user.stands_at(epoch));
        let user = user.filter(is_alive).ok_or(ErrorKind::InvalidToken)?;
        Ok(Bearer { user: Some(user), claims, is_first_party })
    }

    /// Whether a client is the application's own. Without a server nobody else is, and whoever the application gave tokens keeps them.
    async fn is_first_party(&self, client_id: &str) -> Result<bool, Error> {
        match &self.registered {
            _ if client_id == FIRST_PARTY => Ok(true),
            None => Ok(false),
            Some(registered) => {
                let known = registered.is_first_party(client_id).await?;
                known.ok_or_else(|| ErrorKind::InvalidToken.into())
            }
        }
    }

    /// Whether somebody who has shown this is given tokens: not who must add a second factor before anything else.
    pub(super) async fn is_fit(&self, user: &User, shown: Amr) -> Result<bool, Error> {
        Ok(shown.contains(Amr::MFA) || !self.factors.is_unfit(user).await?)
    }

    pub(super) async fn allowed(
        &self,
        user: &User,
        client: Client<'_>,
        asked: ScopeSet<'_>,
    ) -> Result<String, Error> {
        let mut granted: Vec<&str> = Vec::new();
        for scope in asked.iter() {
            if !client.may_have(scope) || granted.contains(&scope) {
                continue;
            }
            let request = ScopeRequest { user, client_id: client.id(), scope };
            let is_its_users_to_give = client.is_registered() && IDENTITY_SCOPES.contains(&scope);
            if is_its_users_to_give || self.policy.allows(request).await? {
                granted.push(scope);
            }
        }
        Ok(granted.join(" "))
    }

    pub(super) async fn pair(
        &self,
        family: &RefreshFamily,
        client: Client<'_>,
        scope: String,
        refresh: &RefreshToken,
    ) -> Result<TokenPair, Error> {
        let IssuedAccess { token, expires_in, scope, token_type } =
            self.issue(AccessDraft::of_family(family, client, scope)).await?;
        let refresh_token = Secret::new(refresh.expose());
        Ok(TokenPair { access_token: token, expires_in, refresh_token, scope, token_type })
    }

    /// The key ring; before the store is migrated there is none.
    pub(crate) fn keys(&self) -> Result<&Keys, Error> {
        self.keys.get().ok_or_else(|| {
            tracing::error!("the store has no tables yet: call `auth.migrate().await?` before serving");
            Error::from(StoreError::unavailable("the store is not migrated"))
        })
    }
}
