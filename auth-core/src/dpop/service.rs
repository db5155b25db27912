//! Taking proofs: each is read, held against its request, and used up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::http::{Place, RequestView};
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::short_lived::ShortLivedStore;

use super::nonce;
use super::proof::{Expected, Proof};

/// How old a proof may be that bears no nonce, and how far ahead its client's clock (RFC 9449 section 11.1: seconds or minutes).
const WINDOW: Duration = Duration::from_secs(60);

/// For how much longer than it is taken a proof is remembered: for clocks of servers that differ a little.
const SPARE: Duration = Duration::from_secs(10);

/// In what a proof comes.
const HEADER: &str = "dpop";

/// What takes proofs; cheap to clone.
#[derive(Clone)]
pub(crate) struct Proofs {
    origin: Arc<str>,
    place: Arc<Place>,
    /// Whether each has to bear a nonce.
    are_nonces_wanted: bool,
    nonces: KeyedHash,
    store: Arc<dyn ShortLivedStore>,
    clock: Arc<dyn Clock>,
}

/// What [`Proofs`] are made of.
pub(crate) struct ProofsParts<'a> {
    /// Of the base URL.
    pub(crate) origin: &'a str,
    pub(crate) place: Place,
    pub(crate) are_nonces_wanted: bool,
    pub(crate) secrets: &'a ApplicationSecrets,
    pub(crate) store: Arc<dyn ShortLivedStore>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Proofs {
    pub(crate) fn new(parts: ProofsParts<'_>) -> Self {
        Self {
            origin: parts.origin.into(),
            place: Arc::new(parts.place),
            are_nonces_wanted: parts.are_nonces_wanted,
            nonces: parts.secrets.keyed_hash("DPoP nonce"),
            store: parts.store,
            clock: parts.clock,
        }
    }

    /// The thumbprint of the key that a request to one of our endpoints is shown to be sent by; `None` where it shows none.
    ///
    /// # Errors
    /// `InvalidDpopProof`; `UseDpopNonce`; `Unavailable`.
    pub(crate) async fn key_of(&self, view: &impl RequestView) -> Result<Option<String>, Error> {
        if view.raw_header_lines(HEADER).next().is_none() {
            return Ok(None);
        }
        let (proof, end) = self.read(view, None)?;
        self.use_up(&proof, end).await?;
        Ok(Some(proof.thumbprint))
    }

    /// Checks that a request with an access token is sent by the holder of the key with this thumbprint.
    ///
    /// # Errors
    /// `InvalidToken` where no proof is there, or it is another key's; as of [`key_of`](Self::key_of).
    pub(crate) async fn check(
        &self,
        view: &impl RequestView,
        token: &str,
        thumbprint: &str,
    ) -> Result<(), Error> {
        if view.raw_header_lines(HEADER).next().is_none() {
            return Err(ErrorKind::InvalidToken.into());
        }
        let (proof, end) = self.read(view, Some(token))?;
        if proof.thumbprint != thumbprint {
            tracing::debug!("an access token came with the proof of another key");
            return Err(ErrorKind::InvalidToken.into());
        }
        self.use_up(&proof, end).await
    }

    /// A nonce for the next proof.
    pub(crate) fn nonce(&self) -> String {
        nonce::issue(&self.nonces, self.clock.now())
    }

    /// A nonce for the next proof of whoever has just sent one, where they have to bear some.
    pub(crate) fn next_nonce(&self, view: &impl RequestView) -> Option<String> {
        let is_used = self.are_nonces_wanted && view.raw_header_lines(HEADER).next().is_some();
        is_used.then(|| self.nonce())
    }

    /// The proof of a request, and until when it is taken. Nothing is asked of a store for one that does not hold.
    fn read(&self, view: &impl RequestView, token: Option<&str>) -> Result<(Proof, Timestamp), Error> {
        let url = format!("{}{}", self.origin, self.place.public(view.path()));
        let expected = Expected { method: view.method(), url: &url, token };
        let has_one = view.raw_header_lines(HEADER).nth(1).is_none();
        let text = view.header_text(HEADER).filter(|_| has_one);
        let proof = text.ok_or("there are several, or it is no text");
        let proof = proof.and_then(|text| Proof::read(text, &expected)).map_err(refused)?;
        let end = self.end_of(&proof)?;
        Ok((proof, end))
    }

    /// Until when a proof is taken. A nonce says when it was made whatever its client's clock says.
    fn end_of(&self, proof: &Proof) -> Result<Timestamp, Error> {
        let now = self.clock.now();
        let end = match &proof.nonce {
            Some(nonce) => nonce::end_of(&self.nonces, nonce, now),
            None if self.are_nonces_wanted => None,
            None if proof.made_at > now + WINDOW || now >= proof.made_at + WINDOW => {
                return Err(refused("it was not made a moment ago"));
            }
            None => Some(proof.made_at + WINDOW),
        };
        end.ok_or_else(|| ErrorKind::UseDpopNonce.into())
    }

    async fn use_up(&self, proof: &Proof, end: Timestamp) -> Result<(), Error> {
        // Without a key: a new application secret makes no used one new.
        let hash = Sha256::new_with_prefix(&proof.thumbprint).chain_update([0]).chain_update(&proof.jti);
        let key = format!("dpop:{}", URL_SAFE_NO_PAD.encode(hash.finalize()));
        let now = self.clock.now();
        match self.store.insert_new(&key, end.since(now) + SPARE, now).await? {
            true => Ok(()),
            false => Err(refused("it was used before")),
        }
    }
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proofs").finish_non_exhaustive()
    }
}

fn refused(reason: &'static str) -> Error {
    tracing::debug!(reason, "a proof of possession was refused");
    ErrorKind::InvalidDpopProof.into()
}
