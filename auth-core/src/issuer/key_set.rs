//! An issuer's key set (RFC 7517 section 5).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::Value;

use super::{Claims, ForeignJws, ForeignKey};
use crate::key::JwsAlgorithm;
use crate::token::Refusal;

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
    document: Vec<Value>,
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
    key: ForeignKey,
}

impl NamedKey {
    /// Whether it verifies the same signatures as the other, whatever its name.
    fn is_the_key_of(&self, other: &Self) -> bool {
        self.thumbprint == other.thumbprint && self.key.algorithm() == other.key.algorithm()
    }
}

impl KeySet {
    /// Reads a set; `previous` is taken again when nothing has changed, and else replaced as a whole: a key that the issuer took
    /// out is gone.
    pub(super) fn read(
        mut document: KeySetDocument,
        previous: Option<Arc<Self>>,
    ) -> Result<Arc<Self>, NoKeys> {
        static GENERATION: AtomicU64 = AtomicU64::new(0);
        document.keys.truncate(MAX_KEYS);
        let previous = match previous {
            Some(same) if same.document == document.keys => return Ok(same),
            previous => previous,
        };
        let mut keys: Vec<NamedKey> = Vec::new();
        for jwk in &document.keys {
            match read_key(jwk) {
                Ok(read) => keys.extend(read),
                Err(reason) => {
                    tracing::debug!(kid = ?jwk["kid"].as_str(), reason, "skipped a key of an issuer")
                }
            }
        }
        let keys = distinct(keys);
        if keys.is_empty() {
            return Err(NoKeys);
        }
        if let Some(previous) = previous {
            log_replaced(&previous.keys, &keys);
        }
        let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(Self { generation, document: document.keys, keys }))
    }

    /// Which set this is: what was verified under another one has to be verified again.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The claims of a token that one of these keys signed: the one that it names by `kid` and `alg`, or each of several that have
    /// one name. Without a `kid` it has to be the only key of its `alg`.
    pub(super) fn verify(&self, token: &ForeignJws<'_>, algorithm: JwsAlgorithm) -> Result<Signed, Refusal> {
        let is_meant = |named: &&NamedKey| {
            named.key.algorithm() == algorithm
                && (token.kid().is_none() || named.kid.as_deref() == token.kid())
        };
        let mut meant = self.keys.iter().filter(is_meant);
        let first = meant.next().ok_or(Refusal::UnknownKid)?;
        let mut others = meant.take(MAX_TRIED - 1);
        if token.kid().is_none() && others.any(|other| !other.is_the_key_of(first)) {
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
fn distinct(keys: Vec<NamedKey>) -> Vec<NamedKey> {
    let mut kept: Vec<NamedKey> = Vec::with_capacity(keys.len());
    for key in keys {
        if !kept.iter().any(|other| other.kid == key.kid && other.is_the_key_of(&key)) {
            kept.push(key);
        }
    }
    kept
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

fn read_key(jwk: &Value) -> Result<Vec<NamedKey>, &'static str> {
    let kid = match &jwk["kid"] {
        Value::Null => None,
        Value::String(kid) => Some(kid.clone()),
        _ => return Err("the `kid` is no text"),
    };
    let (thumbprint, keys) = ForeignKey::all_from_jwk(jwk)?;
    let named = |key| NamedKey { kid: kid.clone(), thumbprint: thumbprint.clone(), key };
    Ok(keys.into_iter().map(named).collect())
}
