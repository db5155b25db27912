//! The one cache of metadata and keys.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::document::{Document, Timing};
use super::key_set::{KeySet, KeySetDocument, NoKeys, Signed};
use super::{Claims, IssuerConfig, IssuerId, IssuerMetadata, OutsideJws};
use crate::clock::Clock;
use crate::error::BoxError;
use crate::jose::Refusal;
use crate::key::JwsAlgorithm;
use crate::outbound::{Outbound, OutboundError, OutboundFault, OutboundUrl, OutsideError};

/// Issuers' metadata and keys, each fetched once and kept; cheap to clone.
///
/// Past `ttl` a copy is renewed behind the scenes while it is still used; past `max_stale` it is used no more. A renewal
/// replaces the copy as a whole, or leaves it when the issuer answers with anything but a document that holds. Each document is
/// fetched once however many ask, at most once per `cooldown`, and the fetch goes on when the one who asked hangs up.
#[derive(Clone, Debug)]
pub struct Issuers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    outbound: Outbound,
    timing: Timing,
    providers: Documents<IssuerId, IssuerMetadata>,
    servers: Documents<IssuerId, IssuerMetadata>,
    key_sets: Documents<OutboundUrl, KeySet>,
}

impl Issuers {
    /// An empty cache.
    pub fn new(outbound: Outbound, clock: Arc<dyn Clock>, config: IssuerConfig) -> Self {
        let timing = Timing { clock, config };
        Self(Arc::new(Inner {
            outbound,
            timing,
            providers: Documents::default(),
            servers: Documents::default(),
            key_sets: Documents::default(),
        }))
    }

    /// What the issuer says of itself as an OpenID provider, by `{issuer}/.well-known/openid-configuration`. The document's
    /// `issuer` must be the very one that was asked for, and every endpoint one that may be called.
    ///
    /// # Errors
    /// [`Failed`](crate::outbound::OutsideFault::Failed) when it cannot be had, with the reason as source.
    pub async fn metadata(&self, issuer: &IssuerId) -> Result<Arc<IssuerMetadata>, OutsideError> {
        let document = self.0.providers.at(issuer, &self.0.timing);
        let fetch = |_| fetch_provider_metadata(issuer.clone(), self.0.outbound.clone());
        document.get(&self.0.timing, fetch).await
    }

    /// What the issuer says of itself as an authorization server: as an OpenID provider, or where it is none, by
    /// `/.well-known/oauth-authorization-server` (RFC 8414). The checks are the same.
    ///
    /// # Errors
    /// [`Failed`](crate::outbound::OutsideFault::Failed) when it cannot be had, with the reason as source.
    pub(crate) async fn server_metadata(
        &self,
        issuer: &IssuerId,
    ) -> Result<Arc<IssuerMetadata>, OutsideError> {
        let document = self.0.servers.at(issuer, &self.0.timing);
        let fetch = |_| fetch_server_metadata(issuer.clone(), self.0.outbound.clone());
        document.get(&self.0.timing, fetch).await
    }

    /// The claims of this token, if it was signed with a key of the set at this URL: the one of its `kid` and its `alg` (of several
    /// with that name, any), or, without a `kid`, the only one of its `alg`. That has to be `accepted`, which is for the
    /// configuration or the issuer's metadata to say.
    ///
    /// A `kid` that is not there has the set fetched again, and so has a signature that is not the key's: at most once per
    /// cooldown, however many ask at once.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token) when it was not, with the reason as source; [`Failed`](crate::outbound::OutsideFault::Failed) when the keys cannot be had.
    ///
    /// # Security
    /// Only the signature is right then: issuer, audience, type and times are for the caller to check.
    pub async fn claims(
        &self,
        jwks_uri: &OutboundUrl,
        token: &OutsideJws<'_>,
        accepted: &[JwsAlgorithm],
    ) -> Result<Claims, OutsideError> {
        let algorithm = accepted_algorithm(token, accepted)?;
        let keys = self.keys(jwks_uri).await?;
        Ok(self.verify(jwks_uri, keys, token, algorithm).await?.claims)
    }

    /// As [`claims`](Self::claims), by `keys`, which are those of the set as the caller has just seen it, or by newer ones.
    pub(super) async fn verify(
        &self,
        jwks_uri: &OutboundUrl,
        keys: Arc<KeySet>,
        token: &OutsideJws<'_>,
        algorithm: JwsAlgorithm,
    ) -> Result<Signed, OutsideError> {
        let refusal = match keys.verify(token, algorithm) {
            Err(refusal) if may_be_of_a_new_key(refusal) => refusal,
            verified => return verified.map_err(OutsideError::token),
        };
        let renewed = self.keys_again(jwks_uri).await?;
        if renewed.generation() == keys.generation() {
            return Err(OutsideError::token(refusal));
        }
        renewed.verify(token, algorithm).map_err(OutsideError::token)
    }

    /// The key set at this URL.
    pub(crate) async fn keys(&self, jwks_uri: &OutboundUrl) -> Result<Arc<KeySet>, OutsideError> {
        let document = self.0.key_sets.at(jwks_uri, &self.0.timing);
        document.get(&self.0.timing, |previous| self.fetch_keys(jwks_uri, previous)).await
    }

    async fn keys_again(&self, jwks_uri: &OutboundUrl) -> Result<Arc<KeySet>, OutsideError> {
        let document = self.0.key_sets.at(jwks_uri, &self.0.timing);
        document.get_again(&self.0.timing, |previous| self.fetch_keys(jwks_uri, previous)).await
    }

    fn fetch_keys(
        &self,
        url: &OutboundUrl,
        previous: Option<Arc<KeySet>>,
    ) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + use<> {
        let (outbound, url) = (self.0.outbound.clone(), url.clone());
        async move {
            let document: KeySetDocument = outbound.get_json(&url).await?;
            KeySet::read(document, previous)
                .map_err(|NoKeys| format!("{} has no key that verifies signatures", url.as_str()).into())
        }
    }
}

/// The token's algorithm, if it is one of these.
pub(super) fn accepted_algorithm(
    token: &OutsideJws<'_>,
    accepted: &[JwsAlgorithm],
) -> Result<JwsAlgorithm, OutsideError> {
    let algorithm = token.algorithm().filter(|algorithm| accepted.contains(algorithm));
    algorithm.ok_or_else(|| OutsideError::token(Refusal::Algorithm))
}

/// Whether a token that was refused may be signed with a key that the issuer has published since: some that are restarted make
/// new ones under the old names.
fn may_be_of_a_new_key(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::Signature | Refusal::UnknownKid)
}

async fn fetch_provider_metadata(
    issuer: IssuerId,
    outbound: Outbound,
) -> Result<Arc<IssuerMetadata>, BoxError> {
    let metadata: IssuerMetadata = outbound.get_json(&issuer.openid_metadata_url()?).await?;
    metadata.check(&issuer, &outbound).map(Arc::new)
}

async fn fetch_server_metadata(
    issuer: IssuerId,
    outbound: Outbound,
) -> Result<Arc<IssuerMetadata>, BoxError> {
    let at_openid = outbound.get_json(&issuer.openid_metadata_url()?).await;
    let metadata: IssuerMetadata = match at_openid {
        Err(error) if is_not_there(&error) => outbound.get_json(&issuer.oauth_metadata_url()?).await?,
        // Some show a page in JSON.
        Ok(IssuerMetadata { issuer: named, .. }) if named.is_empty() => {
            outbound.get_json(&issuer.oauth_metadata_url()?).await?
        }
        answered => answered?,
    };
    metadata.check(&issuer, &outbound).map(Arc::new)
}

/// Whether the server answered, and has no such document: some show a page then.
fn is_not_there(error: &OutboundError) -> bool {
    match error.fault() {
        OutboundFault::Malformed => true,
        OutboundFault::Status => matches!(error.status(), Some(400..500)),
        _ => false,
    }
}

/// Documents by what they are asked for by. Issuers come from the configuration; the addresses of their keys, from them, so
/// addresses that nobody asks for any more are forgotten.
#[derive(Debug)]
struct Documents<K, T>(ArcSwap<HashMap<K, Arc<Document<T>>>>);

impl<K, T> Default for Documents<K, T> {
    fn default() -> Self {
        Self(ArcSwap::from_pointee(HashMap::new()))
    }
}

impl<K: Clone + Eq + Hash, T: Send + Sync + 'static> Documents<K, T> {
    fn at(&self, key: &K, timing: &Timing) -> Arc<Document<T>> {
        if let Some(document) = self.0.load().get(key) {
            return Arc::clone(document);
        }
        let with_new = |documents: &Arc<HashMap<K, Arc<Document<T>>>>| {
            let mut documents = HashMap::clone(documents);
            documents.retain(|_, document| !document.is_forgotten(timing));
            documents.entry(key.clone()).or_default();
            documents
        };
        self.0.rcu(with_new);
        self.0.load().get(key).map_or_else(Arc::default, Arc::clone)
    }
}
