//! An issuer's key set (RFC 7517 section 5).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::Value;

use super::{Claims, ForeignJws, ForeignKey};
use crate::key::JwsAlgorithm;
use crate::token::Refusal;

/// The most keys of a set that are read. Honest sets have a handful.
const MAX_KEYS: usize = 100;

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
    key: ForeignKey,
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
        if let Some(same) = previous.filter(|previous| previous.document == document.keys) {
            return Ok(same);
        }
        let mut keys: Vec<NamedKey> = Vec::new();
        for jwk in distinct(&document.keys) {
            match read_key(jwk) {
                Ok(read) => keys.extend(read),
                Err(reason) => {
                    tracing::debug!(kid = ?jwk["kid"].as_str(), reason, "skipped a key of an issuer")
                }
            }
        }
        if keys.is_empty() {
            return Err(NoKeys);
        }
        let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(Self { generation, document: document.keys, keys }))
    }

    /// Which set this is: what was verified under another one has to be verified again.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The claims of a token that one of these keys signed.
    pub(super) fn verify(&self, token: &ForeignJws<'_>, algorithm: JwsAlgorithm) -> Result<Signed, Refusal> {
        let key = self.find(token.kid(), algorithm).ok_or(Refusal::UnknownKid)?;
        Ok(Signed { claims: token.signed_claims(key)?, generation: self.generation })
    }

    /// The key that a token names by `kid` and `alg`; without a `kid`, the only one of its `alg`. Two of the same name are
    /// nobody's.
    fn find(&self, kid: Option<&str>, algorithm: JwsAlgorithm) -> Option<&ForeignKey> {
        let is_meant = |named: &&NamedKey| {
            named.key.algorithm() == algorithm && (kid.is_none() || named.kid.as_deref() == kid)
        };
        let mut meant = self.keys.iter().filter(is_meant);
        let first = meant.next()?;
        meant.next().is_none().then_some(&first.key)
    }
}

/// Some issuers list one key several times.
fn distinct(keys: &[Value]) -> impl Iterator<Item = &Value> {
    keys.iter().enumerate().filter(|(at, key)| !keys[..*at].contains(key)).map(|(_, key)| key)
}

fn read_key(jwk: &Value) -> Result<Vec<NamedKey>, &'static str> {
    let kid = match &jwk["kid"] {
        Value::Null => None,
        Value::String(kid) => Some(kid.clone()),
        _ => return Err("the `kid` is no text"),
    };
    let keys = ForeignKey::all_from_jwk(jwk)?;
    Ok(keys.into_iter().map(|key| NamedKey { kid: kid.clone(), key }).collect())
}
