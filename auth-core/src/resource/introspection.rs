//! Tokens that their issuer is asked about (RFC 7662).
//!
//! An opaque token says nothing of whose it is: a second issuer that is asked is shown the first one's tokens, and could use them. So one
//! is asked, unless the application says that several may see each other's.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::clock::{Clock, Timestamp};
use crate::error::Error;
use crate::issuer::{IssuerId, Issuers, MAX_OUTSIDE_TOKEN_LEN};
use crate::jose::{Refusal, VerifiedTokens};
use crate::oauth_client::{ClientAuthentication, OAuthEndpoints, Registration};
use crate::outbound::{Outbound, OutboundUrl, OutsideError, OutsideFault};
use crate::random::Random;
use crate::secret::Secret;
use crate::task::Flights;
use crate::throttle::Throttle;

use super::OutsideToken;
use super::config::TokenRules;
use super::places::{Place, Places};

/// How long a token that is not valid is refused without asking again: none becomes valid, but its server's replicas may lag.
const NEGATIVE_TTL: Duration = Duration::from_secs(10);

/// How many questions may be under way at once, about tokens that were valid a while ago, and as many about those that nobody knows:
/// made-up ones must not become a flood at the issuer's, nor keep the others waiting.
const MAX_QUESTIONS: usize = 64;

/// How many of these one network may ask about tokens that nobody knows.
const MAX_OF_ONE_NETWORK: usize = 8;

/// What those are counted as.
const ASKED: &str = "introspection";

/// An issuer that is asked about its tokens; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Introspection(Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) id: IssuerId,
    pub(super) rules: TokenRules,
    pub(super) endpoint: Option<OutboundUrl>,
    pub(super) client_id: String,
    pub(super) authentication: ClientAuthentication,
    pub(super) ttl: Duration,
    pub(super) issuers: Issuers,
    pub(super) outbound: Outbound,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// Apart from each other, so that no number of made-up tokens drives the real ones out.
    pub(super) valid: VerifiedTokens<Answer>,
    pub(super) invalid: VerifiedTokens<Answer>,
    pub(super) flights: Flights<[u8; 32], Arc<Answer>>,
    pub(super) throttle: Throttle,
    pub(super) places: QuestionPlaces,
}

/// Room for questions.
#[derive(Debug)]
pub(super) struct QuestionPlaces {
    /// About tokens that were valid.
    known: Places,
    unknown: Places,
}

impl Default for QuestionPlaces {
    fn default() -> Self {
        Self {
            known: Places::new(MAX_QUESTIONS, MAX_QUESTIONS),
            unknown: Places::new(MAX_QUESTIONS, MAX_OF_ONE_NETWORK),
        }
    }
}

/// What was answered about a token, and until when that counts.
#[derive(Debug)]
pub(super) struct Answer {
    until: Timestamp,
    token: Option<Arc<OutsideToken>>,
}

/// Answers count until their time is over, whatever keys there are.
const GENERATION: u64 = 0;

/// How many answers of each kind are remembered.
const CACHE_CAPACITY: usize = 10_000;

impl Introspection {
    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(super) fn id(&self) -> &IssuerId {
        &self.0.id
    }

    pub(super) fn cache() -> VerifiedTokens<Answer> {
        VerifiedTokens::new(CACHE_CAPACITY)
    }

    /// The token, if its issuer says that it is valid.
    ///
    /// # Errors
    /// Of the token, when it is not; `TooManyAttempts` where a network has brought too many that are not; others when that cannot
    /// be known.
    pub(super) async fn recognise(
        &self,
        token: &str,
        network: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Arc<OutsideToken>, OutsideError> {
        if token.is_empty() || token.len() > MAX_OUTSIDE_TOKEN_LEN || !token.bytes().all(is_token_byte) {
            return Err(OutsideError::token(Refusal::Malformed));
        }
        let digest = VerifiedTokens::<Answer>::digest(token);
        let answer = match self.known(&digest, now) {
            Some(answer) => answer,
            None => self.ask_in_turn(token, digest, network).await?,
        };
        let valid = answer.token.clone().ok_or_else(|| OutsideError::new(OutsideFault::Token))?;
        valid.check_times(now, self.0.rules.leeway)?;
        Ok(valid)
    }

    /// Whether it has called this token valid, and that counts still.
    pub(super) fn knows(&self, token: &str, now: Timestamp) -> bool {
        let digest = VerifiedTokens::<Answer>::digest(token);
        self.0.valid.get(&digest, GENERATION).is_some_and(|answer| now < answer.until)
    }

    fn known(&self, digest: &[u8; 32], now: Timestamp) -> Option<Arc<Answer>> {
        let caches = [&self.0.valid, &self.0.invalid];
        caches.into_iter().filter_map(|cache| cache.get(digest, GENERATION)).find(|answer| now < answer.until)
    }

    /// A token that was valid is asked about again whatever else is going on. One that nobody knows takes a turn of its network, which
    /// has it back unless the token turns out to be made up.
    async fn ask_in_turn(
        &self,
        token: &str,
        digest: [u8; 32],
        network: Option<IpAddr>,
    ) -> Result<Arc<Answer>, Error> {
        if self.0.valid.get(&digest, GENERATION).is_some() {
            return self.ask_once(token, digest, self.0.places.known.take(None).await?).await;
        }
        let turn = self.0.throttle.take_turn(ASKED, network).await?;
        let answer = match self.0.places.unknown.take(network).await {
            Ok(place) => self.ask_once(token, digest, place).await,
            Err(error) => Err(error),
        };
        let is_made_up = answer.as_ref().is_ok_and(|answer| answer.token.is_none());
        if !is_made_up {
            self.0.throttle.give_turn_back(ASKED, network, turn).await;
        }
        answer
    }

    /// However many requests carry the token at the same time, the issuer is asked once. The place is held until it has answered,
    /// whoever hangs up meanwhile.
    async fn ask_once(&self, token: &str, digest: [u8; 32], place: Place) -> Result<Arc<Answer>, Error> {
        let (asking, token) = (self.clone(), Secret::from(token));
        let question = async move {
            let _place = place;
            let answer = Arc::new(asking.ask(&token).await.map_err(OutsideError::into_provider_error)?);
            let cache = if answer.token.is_some() { &asking.0.valid } else { &asking.0.invalid };
            cache.insert(digest, GENERATION, &answer);
            Ok(answer)
        };
        self.0.flights.join(digest, question).await
    }

    async fn ask(&self, token: &Secret) -> Result<Answer, OutsideError> {
        let now = self.0.clock.now();
        let said = self.client().await?.introspect(token).await?;
        let token = if said.active { self.accept(said.claims) } else { None };
        let until = match &token {
            Some(token) => token.expires_at().unwrap_or(Timestamp::FAR_FUTURE).min(now + self.0.ttl),
            None => now + NEGATIVE_TTL,
        };
        Ok(Answer { until, token: token.map(Arc::new) })
    }

    /// The token of an active answer, if it is one for this API.
    fn accept(&self, members: Map<String, Value>) -> Option<OutsideToken> {
        let rules = &self.0.rules;
        let taken = OutsideToken::introspected(members, self.0.id.as_str(), &rules.kinds).and_then(|token| {
            if rules.names_an_audience() {
                token.check_audience(&rules.audiences, &rules.clients)?;
            }
            Ok(token)
        });
        taken
            .inspect_err(|error| tracing::debug!(issuer = %self.0.id, ?error, "an outside token was refused"))
            .ok()
    }

    async fn client(&self) -> Result<Registration, OutsideError> {
        let inner = &self.0;
        let endpoint = match &inner.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => {
                let metadata = inner.issuers.server_metadata(&inner.id).await?;
                metadata
                    .introspection_endpoint
                    .clone()
                    .ok_or_else(|| OutsideError::failed("the issuer publishes no introspection endpoint"))?
            }
        };
        // An assertion names the token endpoint; without discovery the one that is called stands in.
        let endpoints =
            OAuthEndpoints { introspection: Some(endpoint.clone()), ..OAuthEndpoints::new(endpoint) };
        let (outbound, clock, random) = (inner.outbound.clone(), inner.clock.clone(), inner.random.clone());
        let authentication = inner.authentication.clone();
        Ok(Registration::new(outbound, clock, random, endpoints, &inner.client_id, authentication))
    }
}

/// What a bearer token is made of (RFC 6750 section 2.1).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}
