//! Authorization codes: given out once somebody agreed, good for one exchange.
//!
//! A code is 256 random bits and lives 60 seconds. The store knows a keyed hash of it together with its client, so that another client
//! finds nothing and uses nothing up. It is taken, by one of any number of callers; whoever brings it once more ends what came of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind};
use crate::key::{ApplicationSecrets, KeyedHash, OpaqueToken, Sealer};
use crate::login::Amr;
use crate::random::Random;
use crate::secret::Secret;
use crate::short_lived::ShortLivedStore;
use crate::token::{Delegated, Delegation, OFFLINE_ACCESS, ScopeSet, SessionHandle};
use crate::user::UserId;

use super::authorize::{AuthorizationRequest, Proposal, covers};
use super::{GrantType, OAuthClient, Server};

/// How long a code lives: as long as a browser takes to bring it (RFC 9700 section 2.1.1 and ASVS 10.4.3 want it short).
const CODE_LIFE: Duration = Duration::from_secs(60);

type Code = OpaqueToken<32>;

/// What a code is sealed for, and its key hashed.
const PURPOSE: &str = "authorization code";

/// The codes that were given out.
#[derive(Clone)]
pub(crate) struct Codes {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What a code stands for.
#[derive(Deserialize, Serialize)]
pub(super) struct Agreed {
    redirect_uri: String,
    code_challenge: String,
    pub(super) nonce: Option<String>,
    user: String,
    epoch: u64,
    session: String,
    pub(super) scope: String,
    resource: Option<String>,
    auth_time: i64,
    amr: u16,
    /// What its user had [taken back](super::withdrawal) last, where no consent is kept that would tell.
    withdrawn: Option<String>,
    /// The thumbprint of the key that its client has to show (RFC 9449 section 10).
    #[serde(default)]
    dpop_jkt: Option<String>,
}

/// What came of a code.
#[derive(Deserialize, Serialize)]
struct Spent {
    user: String,
    family: String,
}

/// What a client brings for a code.
pub(crate) struct Exchange<'a> {
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: &'a str,
    pub(crate) resource: Option<&'a str>,
    /// The thumbprint of the key that it has shown to hold.
    pub(crate) key: Option<&'a str>,
}

/// What a client gets for a code.
pub(crate) struct CodeAnswer {
    delegated: Delegated,
    id_token: Option<Secret>,
}

/// Under what a code is kept.
struct CodeKey(String);

impl Codes {
    pub(crate) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash(PURPOSE), sealer: secrets.sealer(PURPOSE), clock, random }
    }

    /// Gives out a code: its user agreed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn issue(
        &self,
        request: &AuthorizationRequest,
        proposal: &Proposal,
        withdrawn: Option<String>,
    ) -> Result<Secret, Error> {
        let Proposal { client, scope, user, session, .. } = proposal;
        let code = Code::generate(self.hash.current_version(), &*self.random);
        let key = self.key(client, &code).ok_or(ErrorKind::Internal)?;
        let agreed = Agreed {
            redirect_uri: request.way_back.redirect_uri.clone(),
            code_challenge: request.code_challenge.clone(),
            nonce: request.nonce.clone(),
            user: user.id.as_str().to_owned(),
            epoch: user.auth_epoch,
            session: session.handle.to_string(),
            scope: scope.clone(),
            resource: request.resource.clone(),
            auth_time: session.auth_time.unix_millis(),
            amr: session.amr.bits(),
            withdrawn,
            dpop_jkt: request.dpop_jkt.clone(),
        };
        self.put(&key.0, &agreed, CODE_LIFE).await?;
        Ok(Secret::new(code.expose()))
    }

    /// What a code stands for, which it does no more.
    async fn take(&self, key: &CodeKey) -> Result<Option<Agreed>, Error> {
        let sealed = self.store.take(&key.0, self.clock.now()).await?;
        Ok(sealed.and_then(|sealed| self.open(&key.0, &sealed)))
    }

    /// Notes what came of a code, for as long as that lives.
    async fn note_spent(&self, key: &CodeKey, spent: &Spent, life: Duration) -> Result<(), Error> {
        self.put(&key.spent(), spent, life).await
    }

    /// What came of a code that was used.
    async fn spent(&self, key: &CodeKey) -> Result<Option<Spent>, Error> {
        let key = key.spent();
        let sealed = self.store.get(&key, self.clock.now()).await?;
        Ok(sealed.and_then(|sealed| self.open(&key, &sealed)))
    }

    /// Notes that a code came again, for as long as its exchange may still go on.
    async fn note_reused(&self, key: &CodeKey) -> Result<(), Error> {
        self.put(&key.reused(), &(), CODE_LIFE).await
    }

    /// Whether a code came again meanwhile.
    async fn is_reused(&self, key: &CodeKey) -> Result<bool, Error> {
        Ok(self.store.get(&key.reused(), self.clock.now()).await?.is_some())
    }

    async fn put(&self, key: &str, value: &impl Serialize, life: Duration) -> Result<(), Error> {
        let sealed = self.sealer.seal_record(value, key.as_bytes(), &*self.random)?;
        Ok(self.store.put(key, &sealed, life, self.clock.now()).await?)
    }

    fn open<T: for<'de> Deserialize<'de>>(&self, key: &str, sealed: &[u8]) -> Option<T> {
        self.sealer.open_record(sealed, key.as_bytes())
    }

    fn key(&self, client: &OAuthClient, code: &Code) -> Option<CodeKey> {
        let hash = self.hash.hash_with(code.version(), &[code.bytes(), client.id().as_bytes()].concat())?;
        Some(CodeKey(format!("code:{}", URL_SAFE_NO_PAD.encode(hash))))
    }
}

impl CodeAnswer {
    /// The reply of a token endpoint (RFC 6749 section 5.1, OpenID Connect Core 1.0 section 3.1.3.3).
    pub(crate) fn to_json(&self) -> Value {
        let mut answer = self.delegated.access.to_json();
        for (name, token) in [("refresh_token", &self.delegated.refresh_token), ("id_token", &self.id_token)]
        {
            if let Some(token) = token {
                answer[name] = token.expose().into();
            }
        }
        answer
    }
}

impl CodeKey {
    /// Where what came of it is noted.
    fn spent(&self) -> String {
        format!("spent-{}", self.0)
    }

    /// Where it is noted that it came again.
    fn reused(&self) -> String {
        format!("reused-{}", self.0)
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codes").finish_non_exhaustive()
    }
}

impl Server {
    /// Tokens for a code. Whatever is wrong with what comes along, the code is used up.
    ///
    /// # Errors
    /// `InvalidGrant` for a code that is unknown, used, expired or another client's, with another redirect URI, verifier or key, and
    /// for one whose user or session is no more what it was; `InvalidTarget` for another resource than was agreed to; `Unavailable`.
    pub(crate) async fn exchange_code(
        &self,
        client: &OAuthClient,
        exchange: &Exchange<'_>,
    ) -> Result<CodeAnswer, Error> {
        let key = Code::parse(exchange.code).and_then(|code| self.codes.key(client, &code));
        let key = key.ok_or(ErrorKind::InvalidGrant)?;
        let Some(agreed) = self.codes.take(&key).await? else {
            self.take_for_reused(client, &key).await?;
            return Err(ErrorKind::InvalidGrant.into());
        };
        agreed.check(exchange)?;
        self.check_resource(client, &agreed, exchange.resource)?;
        let delegated = self.tokens.delegate(agreed.delegation(client, exchange.key)?).await?;
        self.check_still_allowed(client, (&agreed.scope, agreed.withdrawn.as_deref()), &delegated).await?;
        let spent = Spent { user: agreed.user.clone(), family: delegated.family.to_string() };
        self.codes.note_spent(&key, &spent, self.life_of(&delegated)).await?;
        if self.codes.is_reused(&key).await? {
            self.end_what_came_of(client, &spent).await?;
        }
        let id_token = self.id_token(client, &agreed, &delegated).await?;
        Ok(CodeAnswer { delegated, id_token })
    }

    /// Whether the user has not taken back meanwhile what they allowed. It is looked at once there is something to be ended: whoever takes it
    /// back has found that, or is found here.
    pub(in crate::server) async fn check_still_allowed(
        &self,
        client: &OAuthClient,
        (scope, withdrawn): (&str, Option<&str>),
        delegated: &Delegated,
    ) -> Result<(), Error> {
        let user = &delegated.user.id;
        let is_allowed = match client.is_first_party() {
            true => withdrawn == Some(&*self.withdrawals.latest(user, client.id()).await?),
            false => {
                let allowed = self.consents.get(user, client.id()).await?;
                allowed.is_some_and(|allowed| covers(&allowed.scope, scope))
            }
        };
        if is_allowed {
            return Ok(());
        }
        self.tokens.end_delegation(user, &delegated.family).await?;
        Err(ErrorKind::InvalidGrant.into())
    }

    /// A code that comes a second time was read by somebody else, or is tried out: nobody knows which of the two is the client (RFC 6749
    /// section 4.1.2). Its first use may still go on. So each of the two notes what it did before it looks for the other, and one of them
    /// ends what came of the code, if not both; the first is answered all the same, as if it had come a moment earlier.
    async fn take_for_reused(&self, client: &OAuthClient, key: &CodeKey) -> Result<(), Error> {
        self.codes.note_reused(key).await?;
        match self.codes.spent(key).await? {
            Some(spent) => self.end_what_came_of(client, &spent).await,
            None => Ok(()),
        }
    }

    async fn end_what_came_of(&self, client: &OAuthClient, spent: &Spent) -> Result<(), Error> {
        let Some(family) = SessionHandle::parse(&spent.family) else { return Ok(()) };
        let user = UserId::new(spent.user.as_str());
        tracing::warn!(%user, client = client.id(), "an authorization code was used again: what came of it ends");
        if self.tokens.end_delegation(&user, &family).await? {
            let draft = EventDraft::of(EventKind::TokenReused).to(&user).with(|details| {
                details.client = Some(client.id().to_owned());
                details.session = Some(family.to_string());
            });
            self.events.note(draft).await;
        }
        Ok(())
    }

    /// The resource is still one of the client's. It may be named once more, and be no other (RFC 8707 section 2.2).
    fn check_resource(
        &self,
        client: &OAuthClient,
        agreed: &Agreed,
        asked: Option<&str>,
    ) -> Result<(), Error> {
        let granted = self.audience(client, agreed.resource.as_deref())?;
        match asked {
            Some(asked) if self.audience(client, Some(asked))? != granted => {
                Err(ErrorKind::InvalidTarget.into())
            }
            _ => Ok(()),
        }
    }

    /// How long what a client was given can be of use to anybody.
    fn life_of(&self, delegated: &Delegated) -> Duration {
        match delegated.refresh_token {
            Some(_) => self.tokens.longest_life(),
            None => delegated.access.expires_in * 2,
        }
    }
}

impl Agreed {
    /// Whether whoever brings the code is who asked for it: RFC 6749 section 4.1.3, RFC 7636 section 4.6, RFC 9449 section 10.
    fn check(&self, exchange: &Exchange<'_>) -> Result<(), Error> {
        let is_verifier = (43..=128).contains(&exchange.verifier.len());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(exchange.verifier));
        let is_asker: bool = challenge.as_bytes().ct_eq(self.code_challenge.as_bytes()).into();
        let has_key = self.dpop_jkt.is_none() || self.dpop_jkt.as_deref() == exchange.key;
        match is_verifier && is_asker && has_key && exchange.redirect_uri == self.redirect_uri {
            true => Ok(()),
            false => Err(ErrorKind::InvalidGrant.into()),
        }
    }

    fn delegation<'a>(
        &'a self,
        client: &'a OAuthClient,
        key: Option<&'a str>,
    ) -> Result<Delegation<'a>, Error> {
        let is_refreshed = client.has_grant(GrantType::RefreshToken);
        let lasts = self.has_scope(OFFLINE_ACCESS);
        Ok(Delegation {
            client: client.for_tokens().holding(key),
            user: UserId::new(self.user.as_str()),
            epoch: self.epoch,
            session: SessionHandle::parse(&self.session).ok_or(ErrorKind::Internal)?,
            is_offline: is_refreshed && lasts,
            is_refreshed,
            scope: &self.scope,
            resource: self.resource.as_deref(),
            auth_time: self.auth_time(),
            amr: self.amr(),
        })
    }

    pub(super) fn has_scope(&self, scope: &str) -> bool {
        ScopeSet::of(&self.scope).contains(scope)
    }

    pub(super) fn auth_time(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.auth_time)
    }

    pub(super) fn amr(&self) -> Amr {
        Amr::from_bits(self.amr)
    }

    pub(super) fn session(&self) -> &str {
        &self.session
    }
}
