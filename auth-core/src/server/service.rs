//! The authorization server of an application.

use std::net::IpAddr;
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::Error;
use crate::event::Events;
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::login::SecondFactors;
use crate::random::Random;
use crate::session::Sessions;
use crate::short_lived::ShortLivedStore;
use crate::throttle::Throttle;
use crate::token::Tokens;

use super::authorize::WaitingRequests;
use super::code::Codes;
use super::config::ScopeCatalogue;
use super::device::DeviceLogins;
use super::subject::Subjects;
use super::withdrawal::Withdrawals;
use super::{ClaimsSource, Clients, ConsentStore, ExchangeSource, OAuthClient, RegistrationRules, WaysOut};

/// As what documents of clients are counted that are fetched.
const FETCHED: &str = "client document";

/// The authorization server, where the builder turned it on; cheap to clone.
#[derive(Clone, Debug)]
pub struct Server {
    /// The base URL.
    pub(super) issuer: Arc<str>,
    pub(super) token_endpoint: Arc<str>,
    pub(super) clients: Clients,
    pub(super) scopes: Arc<ScopeCatalogue>,
    /// Of clients that register themselves; `None` where none does.
    pub(super) registration: Option<RegistrationRules>,
    pub(super) tokens: Tokens,
    pub(super) short_lived: Arc<dyn ShortLivedStore>,
    pub(super) throttle: Throttle,
    /// The ways to clients; `None` where nothing is called, and none of them has its keys elsewhere.
    pub(super) ways_out: Option<WaysOut>,
    pub(super) sessions: Sessions,
    pub(super) waiting: WaitingRequests,
    pub(super) codes: Codes,
    pub(super) devices: DeviceLogins,
    pub(super) consents: Arc<dyn ConsentStore>,
    pub(super) withdrawals: Withdrawals,
    pub(super) factors: Arc<dyn SecondFactors>,
    pub(super) user_claims: Option<ClaimsSource>,
    /// Who may exchange tokens; nobody without it.
    pub(super) exchange_policy: Option<ExchangeSource>,
    pub(super) subjects: Subjects,
    /// Of what a consent page carries.
    pub(super) ticket_hash: KeyedHash,
    pub(super) events: Events,
    pub(super) clock: Arc<dyn Clock>,
}

/// What a [`Server`] is made of.
pub(crate) struct ServerParts<'a> {
    pub(crate) issuer: String,
    pub(crate) token_endpoint: String,
    pub(crate) clients: Clients,
    pub(crate) scopes: ScopeCatalogue,
    pub(crate) registration: Option<RegistrationRules>,
    pub(crate) tokens: Tokens,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
    pub(crate) throttle: Throttle,
    pub(crate) ways_out: Option<WaysOut>,
    pub(crate) sessions: Sessions,
    pub(crate) consents: Arc<dyn ConsentStore>,
    pub(crate) factors: Arc<dyn SecondFactors>,
    pub(crate) user_claims: Option<ClaimsSource>,
    pub(crate) exchange_policy: Option<ExchangeSource>,
    pub(crate) subjects: Subjects,
    pub(crate) events: Events,
    pub(crate) secrets: &'a ApplicationSecrets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Server {
    pub(crate) fn new(parts: ServerParts<'_>) -> Self {
        let store = || parts.short_lived.clone();
        let (clock, random) = (|| parts.clock.clone(), || parts.random.clone());
        Self {
            waiting: WaitingRequests::new(store(), parts.secrets, clock(), random()),
            codes: Codes::new(store(), parts.secrets, clock(), random()),
            devices: DeviceLogins::new(store(), parts.secrets, clock(), random()),
            withdrawals: Withdrawals::new(store(), parts.secrets, clock(), random()),
            ticket_hash: parts.secrets.keyed_hash("consent ticket"),
            consents: parts.consents,
            factors: parts.factors,
            user_claims: parts.user_claims,
            exchange_policy: parts.exchange_policy,
            subjects: parts.subjects,
            events: parts.events,
            issuer: parts.issuer.into(),
            token_endpoint: parts.token_endpoint.into(),
            clients: parts.clients,
            scopes: Arc::new(parts.scopes),
            registration: parts.registration,
            tokens: parts.tokens,
            short_lived: parts.short_lived,
            throttle: parts.throttle,
            ways_out: parts.ways_out,
            sessions: parts.sessions,
            clock: parts.clock,
        }
    }

    /// The client of this id. One that has to be fetched first counts for the network that names it.
    ///
    /// # Errors
    /// `TooManyAttempts`; `Unavailable`.
    pub(super) async fn client_for(
        &self,
        id: &str,
        network: Option<IpAddr>,
    ) -> Result<Option<Arc<OAuthClient>>, Error> {
        if self.clients.has_to_be_fetched(id) {
            self.throttle.take_turn(FETCHED, network).await?;
        }
        self.clients.find(id).await
    }

    /// The registered clients.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }
}
