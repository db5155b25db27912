//! Telling other programs, signed.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::outbound::{Method, Outbound, OutboundRequest, OutboundUrl};
use crate::outbox::{Courier, Fate, Outbox};
use crate::secret::Secret;
use crate::user::{Attachment, Event, EventKind, EventRest, LetterKind};

/// The kind of letters that go to webhooks.
pub(super) const WEBHOOK: LetterKind = LetterKind::Webhook;

/// For how long it is tried: a weekend.
pub(super) const TRIED_FOR: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// What a secret is written with.
const PREFIX: &str = "whsec_";

/// How many bytes a secret has, at least and at most (Standard Webhooks 1.0.0, "Signature scheme").
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// Another program that is told what happens, by a signed request: [Standard
/// Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md) 1.0.0, for which there are
/// libraries in most languages.
///
/// A POST with `webhook-id` (the event's id, the same at each attempt), `webhook-timestamp` (of the attempt) and `webhook-signature`, and
/// `{"type":…,"timestamp":…,"data":{…}}`. Any 2xx is taken for received, and 410 for a wish to hear no more of this event; everything else is
/// tried again, for three days, and may be received twice and in another order. One that could not be told is let be for ten seconds, so that
/// what others are told does not wait for it. It goes out through the outbox, by any of the servers, under
/// the rules of [`outbound`](crate::outbound): `https`, and no address inside of a network unless that is allowed.
///
/// ```
/// use auth_core::event::{EventKind, Webhook};
///
/// // `openssl rand -base64 32`; the other program has the same.
/// let webhook = Webhook::new("https://siem.example/auth", "whsec_Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=")
///     .kinds([EventKind::AccountLocked, EventKind::TokenReused]);
/// # let _ = webhook;
/// ```
#[derive(Clone)]
#[must_use = "a webhook is told nothing until the builder knows it"]
pub struct Webhook {
    url: String,
    secrets: Vec<Secret>,
    kinds: Option<Vec<EventKind>>,
}

impl Webhook {
    /// The program at this URL, which checks signatures by this secret: `whsec_` and 24 to 64 random bytes in base64, of its own. It is
    /// told everything, unless [`kinds`](Self::kinds) says otherwise.
    pub fn new(url: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self { url: url.into(), secrets: vec![secret.into()], kinds: None }
    }

    /// Signs with this secret too: while one is replaced, what goes out carries both signatures, and the other program has either.
    pub fn also_signed_by(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Only of these kinds.
    pub fn kinds(self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        Self { kinds: Some(kinds.into_iter().collect()), ..self }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

/// A webhook whose settings were checked.
#[derive(Clone)]
pub(crate) struct Endpoint {
    url: OutboundUrl,
    keys: Vec<Zeroizing<Vec<u8>>>,
    kinds: Option<Vec<EventKind>>,
}

impl Endpoint {
    /// # Errors
    /// `Configuration` with what to change.
    pub(crate) fn new(webhook: Webhook) -> Result<Self, Error> {
        let Webhook { url, secrets, kinds } = webhook;
        let url = OutboundUrl::parse(&url).map_err(|error| {
            Error::configuration("the URL of a webhook is none: write one like https://siem.example/auth")
                .with_source(error)
        })?;
        let keys = secrets.iter().map(key).collect::<Result<_, _>>()?;
        Ok(Self { url, keys, kinds })
    }

    /// All of them, each at a URL of its own: by that letters find them again.
    ///
    /// # Errors
    /// `Configuration` with what to change.
    pub(crate) fn all(webhooks: Vec<Webhook>) -> Result<Arc<[Self]>, Error> {
        let endpoints: Vec<_> = webhooks.into_iter().map(Self::new).collect::<Result<_, _>>()?;
        let mut urls = HashSet::new();
        if !endpoints.iter().all(|endpoint| urls.insert(endpoint.url.as_str())) {
            return Err(Error::configuration(
                "two webhooks have one URL: make them one, with the kinds of both, and both secrets by `also_signed_by`",
            ));
        }
        Ok(endpoints.into())
    }

    /// Whether it may be called at all.
    ///
    /// # Errors
    /// `Configuration`.
    pub(crate) fn check(&self, outbound: &Outbound) -> Result<(), Error> {
        outbound.check(&self.url).map_err(|error| {
            Error::configuration("a webhook may not be called where it is: an https URL of a public address, or see `.outbound(..)`")
                .with_source(error)
        })
    }

    pub(super) fn wants(&self, kind: EventKind) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }

    pub(super) fn letter(&self, event: &Event) -> Result<Letter, serde_json::Error> {
        #[derive(Serialize)]
        struct Payload<'a> {
            r#type: &'static str,
            timestamp: String,
            data: Data<'a>,
        }
        #[derive(Serialize)]
        struct Data<'a> {
            id: String,
            #[serde(flatten)]
            rest: EventRest<'a>,
        }
        let data = Data { id: event.id.to_string(), rest: event.rest() };
        let body = serde_json::to_string(&Payload {
            r#type: event.kind.name(),
            timestamp: event.at.rfc3339(),
            data,
        })?;
        Ok(Letter { url: self.url.as_str().to_owned(), id: event.id.to_string(), body })
    }

    fn request(&self, letter: &Letter, now: Timestamp) -> OutboundRequest {
        let timestamp = now.unix_seconds().to_string();
        let signature = self.signature(&letter.id, &timestamp, &letter.body);
        OutboundRequest::new(Method::Post, self.url.clone())
            .with_header("webhook-id", &*letter.id)
            .with_header("webhook-timestamp", &*timestamp)
            .with_header("webhook-signature", &*signature)
            .with_body("application/json", &*letter.body)
    }

    /// One for each secret, with spaces between.
    fn signature(&self, id: &str, timestamp: &str, body: &str) -> String {
        let sign = |key: &Zeroizing<Vec<u8>>| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
            for part in [id, ".", timestamp, ".", body] {
                mac.update(part.as_bytes());
            }
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        };
        self.keys.iter().map(sign).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.url.host()).finish_non_exhaustive()
    }
}

fn key(secret: &Secret) -> Result<Zeroizing<Vec<u8>>, Error> {
    let encoded = secret.expose().strip_prefix(PREFIX);
    let key = encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).map(Zeroizing::new);
    key.filter(|key| LENGTHS.contains(&key.len())).ok_or_else(|| {
        Error::configuration(
            "the secret of a webhook is none: write `whsec_` and 24 to 64 random bytes in base64, as `openssl rand -base64 32` makes them",
        )
    })
}

/// Everybody who is told, and the outbox by which.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks {
    outbox: Outbox,
    endpoints: Arc<[Endpoint]>,
}

impl Webhooks {
    pub(crate) fn new(outbox: Outbox, endpoints: Arc<[Endpoint]>) -> Self {
        Self { outbox, endpoints }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }

    /// What is posted of an event, to come with the change that it tells of.
    pub(super) fn letters(&self, event: &Event) -> Vec<Attachment> {
        let told = self.endpoints.iter().filter(|endpoint| endpoint.wants(event.kind));
        told.filter_map(|endpoint| self.letter(endpoint, event)).collect()
    }

    /// The same, of one of two kinds, between which nothing that is done may tell: who wants the other one alone has a letter posted that
    /// goes to nobody.
    pub(super) fn letters_alike(&self, event: &Event, other: EventKind) -> Vec<Attachment> {
        let told = self.endpoints.iter().filter_map(|endpoint| match endpoint.wants(event.kind) {
            true => self.letter(endpoint, event),
            false if endpoint.wants(other) => self.posted(endpoint.letter(event).map(Letter::for_nobody)),
            false => None,
        });
        told.collect()
    }

    fn letter(&self, endpoint: &Endpoint, event: &Event) -> Option<Attachment> {
        self.posted(endpoint.letter(event))
    }

    fn posted(&self, letter: Result<Letter, serde_json::Error>) -> Option<Attachment> {
        let letter = letter.map_err(|error| Error::new(ErrorKind::Internal).with_source(error));
        match letter.and_then(|letter| self.outbox.sealed(WEBHOOK, &letter, TRIED_FOR)) {
            Ok(sealed) => Some(Attachment::Letter(sealed)),
            Err(error) => {
                tracing::error!(?error, "a webhook is not told of an event");
                None
            }
        }
    }

    /// Something was posted with a change.
    pub(super) fn wake(&self) {
        self.outbox.wake();
    }
}

/// What is sealed for a webhook.
#[derive(Deserialize, Serialize)]
pub(super) struct Letter {
    url: String,
    id: String,
    body: String,
}

impl Letter {
    /// One that is posted for the time that it takes.
    fn for_nobody(self) -> Self {
        Self { url: String::new(), ..self }
    }
}

/// For how long nobody is asked who could not be told a moment ago: what waits for others does not wait behind it. No letter is tried
/// sooner.
const REST: Duration = Duration::from_secs(10);

/// Sends what webhooks are told.
#[derive(Debug)]
pub(crate) struct WebhookCourier {
    endpoints: Arc<[Endpoint]>,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    /// Until when which of them is let be.
    resting: Mutex<HashMap<String, Timestamp>>,
}

impl WebhookCourier {
    pub(crate) fn new(endpoints: Arc<[Endpoint]>, outbound: Outbound, clock: Arc<dyn Clock>) -> Self {
        Self { endpoints, outbound, clock, resting: Mutex::default() }
    }

    /// What is to be told to one that could not be told a moment ago is put off.
    async fn tell(&self, endpoint: &Endpoint, letter: &Letter) -> Fate {
        let url = endpoint.url.as_str();
        if self.resting().get(url).is_some_and(|until| self.clock.now() < *until) {
            return Fate::Later;
        }
        let fate = self.send(endpoint, letter).await;
        match fate {
            Fate::Done => self.resting().remove(url),
            Fate::Later => self.resting().insert(url.to_owned(), self.clock.now() + REST),
        };
        fate
    }

    fn resting(&self) -> MutexGuard<'_, HashMap<String, Timestamp>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, endpoint: &Endpoint, letter: &Letter) -> Fate {
        let host = endpoint.url.host();
        match self.outbound.send(endpoint.request(letter, self.clock.now())).await {
            Ok(response) if (200..300).contains(&response.status) => Fate::Done,
            Ok(response) if response.status == 410 => {
                tracing::error!(host, "a webhook is gone: take it out of the settings");
                Fate::Done
            }
            Ok(response) => {
                tracing::warn!(host, status = response.status, "a webhook did not take what it was told");
                Fate::Later
            }
            Err(error) => {
                // Its host alone: a path may be as good as a secret.
                tracing::warn!(host, fault = ?error.fault(), "a webhook could not be told");
                Fate::Later
            }
        }
    }
}

#[async_trait]
impl Courier for WebhookCourier {
    fn kind(&self) -> LetterKind {
        WEBHOOK
    }

    async fn deliver(&self, said: &[u8]) -> Fate {
        let Ok(letter) = serde_json::from_slice::<Letter>(said) else {
            tracing::error!("a letter to a webhook is not understood");
            return Fate::Later;
        };
        if letter.url.is_empty() {
            return Fate::Done;
        }
        let endpoint = self.endpoints.iter().find(|endpoint| endpoint.url.as_str() == letter.url);
        match endpoint {
            Some(endpoint) => self.tell(endpoint, &letter).await,
            // Another server may have newer settings, or older ones.
            None => Fate::Later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries: <https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries>.
    #[test]
    fn a_signature_is_what_the_specifications_libraries_make() {
        let webhook = Webhook::new("https://x.example/", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let endpoint = Endpoint::new(webhook).unwrap();
        let signature =
            endpoint.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn settings_that_are_wrong_are_refused_and_no_secret_is_printed() {
        let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        for (url, secret) in [
            ("https://x.example/", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ("https://x.example/", "whsec_c2hvcnQ="),
            ("https://x.example/", "whsec_?"),
            ("no url", good),
        ] {
            let told = Endpoint::new(Webhook::new(url, secret)).unwrap_err();
            assert_eq!(told.kind(), crate::ErrorKind::Configuration, "{url} {secret}");
        }
        let both = Webhook::new("https://x.example/secret-path", good).also_signed_by(good);
        assert!(!format!("{both:?}").contains("MfKQ") && !format!("{both:?}").contains("secret-path"));
        let endpoint = Endpoint::new(both).unwrap();
        assert!(
            !format!("{endpoint:?}").contains("MfKQ") && !format!("{endpoint:?}").contains("secret-path")
        );
        let twice = [(); 2].map(|()| Webhook::new("https://x.example/", good)).to_vec();
        assert_eq!(Endpoint::all(twice).unwrap_err().kind(), crate::ErrorKind::Configuration);
        assert_eq!(endpoint.signature("a", "1", "{}").split(' ').count(), 2);
    }
}
