//! Clients that describe themselves at the URL that is their id (draft-ietf-oauth-client-id-metadata-document).
//!
//! 1. The id is an `https` URL of a public host, with a path, and written as browsers do; it has no query.
//! 2. What is there is taken when it is JSON, 10 KiB at most, within five seconds, without a redirect, and says the very id. It holds no secret:
//!    such a client is public, or has a key.
//! 3. It is what a client may be that anybody registers, and is called by its host beside its name.
//! 4. It is read again when its `Cache-Control` says so, after a minute at the earliest and a day at the latest; what could not be had, after
//!    ten seconds. One whose host does not answer is what it was for a day.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use crate::clock::{Clock, Timestamp};
use crate::error::{BoxError, Error, ErrorKind};
use crate::http::Fields;
use crate::outbound::{
    Method, Outbound, OutboundError, OutboundFault, OutboundRequest, OutboundResponse, OutboundUrl,
};
use crate::task::Flights;

use super::authorize::shown;
use super::check::may_be_an_id;
use super::dynamic::{Kind, Reading};
use super::{OAuthClient, RegistrationRules, uri};

/// For how long a document's host is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest document, in bytes. The draft (section 6.6) recommends to read no more than 5 KiB; some list many redirect URIs.
const MOST_READ: usize = 10 * 1024;

/// How many documents are kept.
const KEPT: usize = 1_000;

/// How many are fetched at once.
const AT_ONCE: usize = 16;

/// For how long a document is good at least and at most, and where it says nothing.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const USUAL: Duration = Duration::from_secs(60 * 60);

/// How soon a document is asked for again that could not be had.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// How soon whoever finds too many under way may try again.
const BUSY_FOR: Duration = Duration::from_secs(5);

/// The documents of clients; cheap to clone.
#[derive(Clone)]
pub(crate) struct Documents {
    outbound: Outbound,
    rules: Arc<RegistrationRules>,
    longest_life: Duration,
    clock: Arc<dyn Clock>,
    kept: Arc<Cache<String, Kept>>,
    flights: Flights<String, Option<Arc<OAuthClient>>>,
}

/// A document as it was read, or that there was none.
#[derive(Clone)]
struct Kept {
    client: Option<Arc<OAuthClient>>,
    read_at: Timestamp,
    until: Timestamp,
}

impl Documents {
    pub(crate) fn new(
        outbound: &Outbound,
        rules: RegistrationRules,
        longest_life: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            outbound: outbound.for_strangers(PATIENCE, MOST_READ),
            rules: Arc::new(rules),
            longest_life,
            clock,
            kept: Arc::new(Cache::new(KEPT)),
            flights: Flights::at_most(AT_ONCE),
        }
    }

    /// What is known of a client without asking anybody.
    pub(super) fn known(&self, id: &str) -> Option<Arc<OAuthClient>> {
        self.kept.get(id)?.client
    }

    /// Whether somebody has to be asked.
    pub(super) fn has_to_be_fetched(&self, id: &str) -> bool {
        self.fresh(id).is_none()
    }

    fn fresh(&self, id: &str) -> Option<Kept> {
        self.kept.get(id).filter(|kept| kept.until > self.clock.now())
    }

    /// The client that is described there; nothing where none is.
    ///
    /// # Errors
    /// `TooManyAttempts` while too many are fetched.
    pub(super) async fn find(&self, id: &str) -> Result<Option<Arc<OAuthClient>>, Error> {
        if let Some(kept) = self.fresh(id) {
            return Ok(kept.client);
        }
        let (documents, wanted) = (self.clone(), id.to_owned());
        let fetched = self.flights.join(id.to_owned(), async move { Ok(documents.renewed(&wanted).await) });
        fetched.await.map_err(|error| match error.kind() {
            ErrorKind::Unavailable => Error::too_many_attempts(BUSY_FOR),
            _ => error,
        })
    }

    async fn renewed(&self, id: &str) -> Option<Arc<OAuthClient>> {
        if let Some(kept) = self.fresh(id) {
            return kept.client;
        }
        let fetched = self.fetch(id).await;
        let now = self.clock.now();
        let kept = match fetched {
            Ok((client, good_for)) => {
                Kept { client: Some(Arc::new(client)), read_at: now, until: now + good_for }
            }
            Err(Unread { why, is_silent }) => {
                tracing::info!(client = shown(id), ?why, "the metadata document of a client was not taken");
                // What its host has said stands while nobody answers there.
                let held = self.kept.get(id).filter(|held| is_silent && now < held.read_at + LONGEST);
                match held {
                    Some(held) => Kept { until: now + SHORTEST, ..held },
                    None => Kept { client: None, read_at: now, until: now + AGAIN_AFTER },
                }
            }
        };
        self.kept.insert(id.to_owned(), kept.clone());
        kept.client
    }

    async fn fetch(&self, id: &str) -> Result<(OAuthClient, Duration), Unread> {
        let url = OutboundUrl::parse(id).map_err(Unread::wrong)?;
        let request = OutboundRequest::new(Method::Get, url).with_header("accept", "application/json");
        let response = self.outbound.send(request).await?;
        let metadata = read(&response, id).map_err(Unread::wrong)?;
        let client = self.client(id, &metadata).map_err(Unread::wrong)?;
        Ok((client, good_for(&response)))
    }

    fn client(&self, id: &str, metadata: &Map<String, Value>) -> Result<OAuthClient, Error> {
        let reading = Reading {
            rules: &self.rules,
            kind: Kind::Document,
            signs_by: None,
            are_names_pairwise: false,
            longest_life: self.longest_life,
        };
        let client = reading.checked(reading.client(id, metadata)?)?;
        let host = OutboundUrl::parse(id)?.host().to_owned();
        let name = match &client.name {
            Some(name) => format!("{name} ({host})"),
            None => host,
        };
        Ok(OAuthClient { name: Some(name), is_self_registered: true, ..client })
    }
}

/// Why a document was not taken.
struct Unread {
    why: BoxError,
    /// Whether nobody answered.
    is_silent: bool,
}

impl Unread {
    fn wrong(why: impl Into<BoxError>) -> Self {
        Self { why: why.into(), is_silent: false }
    }
}

impl From<OutboundError> for Unread {
    fn from(error: OutboundError) -> Self {
        let is_silent = matches!(error.fault(), OutboundFault::Connection | OutboundFault::Timeout);
        Self { why: error.into(), is_silent }
    }
}

/// Whether a client of this id would describe itself (sections 2 and 3 of the draft).
pub(super) fn is_document(id: &str) -> bool {
    id.starts_with("https://")
        && may_be_an_id(id)
        && uri::public_url(id).is_ok_and(|url| url.path() != "/" && url.query().is_none())
}

/// What is described there.
fn read(response: &OutboundResponse, id: &str) -> Result<Map<String, Value>, BoxError> {
    if response.status != 200 {
        return Err(format!("the answer has the status {}", response.status).into());
    }
    let kind = response.media_type();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
        return Err("the answer is called no JSON".into());
    }
    let document: Fields = response.json()?;
    let metadata: Map<_, _> = document.values().map(|(name, value)| (name.to_owned(), value)).collect();
    if metadata.get("client_id").and_then(Value::as_str) != Some(id) {
        return Err("its client_id is missing, or is another URL".into());
    }
    match ["client_secret", "client_secret_expires_at"].iter().find(|name| metadata.contains_key(**name)) {
        Some(name) => Err(format!("it has a {name}").into()),
        None => Ok(metadata),
    }
}

/// For how long it is good, by its `Cache-Control` (RFC 9111 section 5.2.2).
fn good_for(response: &OutboundResponse) -> Duration {
    let directives = response.header("cache-control").unwrap_or_default().to_ascii_lowercase();
    let directives = directives.split(',').map(str::trim);
    let of = |directive: &str| match directive {
        "no-store" | "no-cache" => Some(SHORTEST),
        _ => directive.strip_prefix("max-age=")?.parse().ok().map(Duration::from_secs),
    };
    directives.filter_map(of).min().unwrap_or(USUAL).clamp(SHORTEST, LONGEST)
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_leads_to_a_document_is_a_plain_url_of_the_public_web() {
        for good in
            ["https://agent.example/client.json", "https://agent.example:8443/a/b", "https://8.8.8.8/c"]
        {
            assert!(is_document(good), "{good}");
        }
        for bad in [
            "http://agent.example/client.json",
            "https://agent.example",
            "https://agent.example/",
            "https://agent.example/c?x=1",
            "https://agent.example/c?",
            "https://agent.example/c#x",
            "https://user@agent.example/c",
            "https://agent.example/a/../c",
            "https://agent.example/./c",
            "https://AGENT.example/c",
            "HTTPS://agent.example/c",
            "https://localhost/c",
            "https://10.0.0.1/c",
            "https://[::1]/c",
            "https://169.254.169.254/c",
            &format!("https://agent.example/{}", "x".repeat(255)),
        ] {
            assert!(!is_document(bad), "{bad}");
        }
    }

    #[test]
    fn a_document_is_good_for_as_long_as_it_says_within_bounds() {
        let said = |text: &str| {
            good_for(&OutboundResponse::new(200, "").with_header("cache-control", text)).as_secs()
        };
        assert_eq!(good_for(&OutboundResponse::new(200, "")), USUAL);
        assert_eq!((said("public, max-age=600"), said("MAX-AGE=600"), said("max-age=x")), (600, 600, 3_600));
        assert_eq!((said("max-age=1"), said("no-store"), said("max-age=600, no-cache")), (60, 60, 60));
        assert_eq!(said("max-age=31536000"), 86_400);
    }
}
