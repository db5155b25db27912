//! An issuer's key set (RFC 7517 section 5).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::Value;

use super::{Claims, OutsideJws, OutsideKey};
use crate::jose::Refusal;
use crate::key::JwsAlgorithm;
#[cfg(feature = "server")]
use crate::outbound::OutsideError;

/// The most keys of a set that are read. Honest sets have a handful.
const MAX_KEYS: usize = 100;

/// How many keys of one name are tried. Honest sets have one, or two while one follows the other.
const MAX_TRIED: usize = 4;

/// The document, read as loosely as the RFC wants: what one key is must not spoil the others.
#[derive(Debug, Deserialize)]
pub(super) struct KeySetDocument {
    keys: Vec<Value>,
}

/// A set has no key that verifies signatures: as good as no answer.
#[derive(Debug)]
pub(super) struct NoKeys;

/// The keys of a set that are of use, each parsed once.
#[derive(Debug)]
pub(crate) struct KeySet {
    /// Another one for each set that differs from the one before it.
    generation: u64,
    keys: Vec<NamedKey>,
}

/// The claims of a token, and which set its key is in.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) claims: Claims,
    pub(super) generation: u64,
}

#[derive(Debug)]
struct NamedKey {
    kid: Option<String>,
    /// Of its numbers: by these alone it is the same as another (RFC 7638).
    thumbprint: String,
    key: OutsideKey,
}

impl NamedKey {
    fn is(&self, other: &Self) -> bool {
        self.kid == other.kid && self.is_the_key_of(other)
    }

    /// Whether it verifies the same signatures as the other, whatever its name.
    fn is_the_key_of(&self, other: &Self) -> bool {
        self.thumbprint == other.thumbprint && self.key.algorithm() == other.key.algorithm()
    }
}

impl KeySet {
    /// Reads a set; `previous` is taken again when the keys are the same, in whatever order and with whatever else is said of them,
    /// and else replaced as a whole: a key that the issuer took out is gone.
    pub(super) fn read(
        mut document: KeySetDocument,
        previous: Option<Arc<Self>>,
    ) -> Result<Arc<Self>, NoKeys> {
        static GENERATION: AtomicU64 = AtomicU64::new(0);
        document.keys.truncate(MAX_KEYS);
        let keys = distinct(document.keys.iter().flat_map(read_key));
        if keys.is_empty() {
            return Err(NoKeys);
        }
        if let Some(previous) = previous {
            if is_same_set(&previous.keys, &keys) {
                return Ok(previous);
            }
            log_replaced(&previous.keys, &keys);
        }
        let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(Self { generation, keys }))
    }

    /// The set of this text, which somebody registered with us.
    ///
    /// # Errors
    /// What is wrong with it, to be read after its name.
    #[cfg(feature = "server")]
    pub(crate) fn of_json(text: &str) -> Result<Arc<Self>, &'static str> {
        let document = serde_json::from_str(text).map_err(|_| "is no key set: write {\"keys\":[…]}")?;
        Self::read(document, None).map_err(|NoKeys| "has no public key that verifies signatures")
    }

    /// The claims of a token that one of these keys signed by an algorithm that is accepted, as [`Issuers::claims`](super::Issuers::claims)
    /// has it.
    ///
    /// # Errors
    /// [`OutsideFault::Token`](crate::outbound::OutsideFault::Token).
    #[cfg(feature = "server")]
    pub(crate) fn claims(
        &self,
        token: &OutsideJws<'_>,
        accepted: &[JwsAlgorithm],
    ) -> Result<Claims, OutsideError> {
        let algorithm = super::cache::accepted_algorithm(token, accepted)?;
        Ok(self.verify(token, algorithm).map_err(OutsideError::token)?.claims)
    }

    /// Which set this is: what was verified under another one has to be verified again.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The claims of a token that one of these keys signed: the one that it names by `kid` and `alg`, or each of several that have
    /// one name. Without a `kid` it has to be the only key of its `alg`.
    pub(super) fn verify(&self, token: &OutsideJws<'_>, algorithm: JwsAlgorithm) -> Result<Signed, Refusal> {
        let is_meant = |named: &&NamedKey| {
            named.key.algorithm() == algorithm
                && (token.kid().is_none() || named.kid.as_deref() == token.kid())
        };
        let mut meant = self.keys.iter().filter(is_meant);
        let first = meant.next().ok_or(Refusal::UnknownKid)?;
        let mut others = meant.filter(|other| !other.is_the_key_of(first)).take(MAX_TRIED - 1);
        if token.kid().is_none() && others.next().is_some() {
            return Err(Refusal::UnknownKid);
        }
        let mut tried = token.signed_claims(&first.key);
        while matches!(tried, Err(Refusal::Signature))
            && let Some(other) = others.next()
        {
            tried = token.signed_claims(&other.key);
        }
        Ok(Signed { claims: tried?, generation: self.generation })
    }
}

/// Some issuers list one key several times, with a certificate once and without another time, or for one algorithm and for all.
fn distinct(keys: impl Iterator<Item = NamedKey>) -> Vec<NamedKey> {
    keys.fold(Vec::new(), |mut kept: Vec<NamedKey>, key| {
        if !kept.iter().any(|other| other.is(&key)) {
            kept.push(key);
        }
        kept
    })
}

/// Both are [`distinct`].
fn is_same_set(one: &[NamedKey], other: &[NamedKey]) -> bool {
    one.len() == other.len() && one.iter().all(|key| other.iter().any(|held| held.is(key)))
}

/// Says so when a name means another key than before: tokens of the old one are refused from now on.
fn log_replaced(before: &[NamedKey], now: &[NamedKey]) {
    let is_replaced = |key: &&NamedKey| {
        let is_named_so = before.iter().any(|old| old.kid == key.kid);
        is_named_so && !before.iter().any(|old| old.thumbprint == key.thumbprint)
    };
    let names: BTreeSet<_> = now.iter().filter(is_replaced).filter_map(|key| key.kid.as_deref()).collect();
    for kid in names {
        tracing::warn!(kid, "an issuer has given the name of its key to another one");
    }
}

/// What one JWK is good for: nothing, if it is odd.
fn read_key(jwk: &Value) -> Vec<NamedKey> {
    try_read_key(jwk).unwrap_or_else(|reason| {
        tracing::debug!(kid = ?jwk["kid"].as_str(), reason, "skipped a key of an issuer");
        Vec::new()
    })
}

fn try_read_key(jwk: &Value) -> Result<Vec<NamedKey>, &'static str> {
    let kid = match &jwk["kid"] {
        Value::Null => None,
        Value::String(kid) => Some(kid.clone()),
        _ => return Err("the `kid` is no text"),
    };
    let (thumbprint, keys) = OutsideKey::all_from_jwk(jwk)?;
    let named = |key| NamedKey { kid: kid.clone(), thumbprint: thumbprint.clone(), key };
    Ok(keys.into_iter().map(named).collect())
}
