//! From settings to the server.

use std::sync::Arc;

use crate::error::Error;
use crate::http::path;
use crate::login::SecondFactors;
use crate::outbound::OutboundUrl;
use crate::page::ReplyStyle;
use crate::server::{
    ClaimsSource, Clients, Documents, ExchangeSource, Kept, Registered, RegistrationRules, ScopeCatalogue,
    Server, ServerConfig, ServerParts, Subjects, WaysOut,
};
use crate::session::Sessions;
use crate::throttle::Throttle;
use crate::token::{OPENID, RegisteredClients, Tokens};

use super::super::AuthBuilder;
use super::super::assemble::Parts;
use super::super::base_url::BaseUrl;

/// What is there of the server before there are tokens, which ask it for its clients.
pub(in crate::auth::builder) struct ServerDraft {
    clients: Clients,
    scopes: ScopeCatalogue,
    user_claims: Option<ClaimsSource>,
    exchange_policy: Option<ExchangeSource>,
    subjects: Subjects,
    registration: Option<RegistrationRules>,
}

impl AuthBuilder {
    /// Lets other applications log people in by this one, and programs get tokens of their own: this application is an OAuth 2.1 and OpenID
    /// Connect provider, with the routes for it. See [`server`](crate::server).
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    #[doc(alias("oauth", "oidc", "provider", "identity_provider", "idp"))]
    pub fn server(mut self, config: ServerConfig) -> Self {
        self.server = Some(config);
        self
    }
}

impl ServerDraft {
    /// The clients, as tokens ask for them.
    pub(in crate::auth::builder) fn registered(&self) -> Arc<dyn RegisteredClients> {
        Arc::new(Registered { clients: self.clients.clone(), subjects: self.subjects.clone() })
    }
}

impl Parts {
    pub(in crate::auth::builder) fn server_draft(
        &mut self,
        base: &BaseUrl,
    ) -> Result<Option<ServerDraft>, Error> {
        let Some(config) = self.builder.server.take() else { return Ok(None) };
        let (registration, described) = config.rules_of_strangers()?;
        let strangers_get_some =
            [&registration, &described].into_iter().flatten().any(RegistrationRules::give_id_tokens);
        let gives_id_tokens =
            strangers_get_some || config.clients.iter().any(|client| client.may_ask_for(OPENID));
        if gives_id_tokens && self.builder.algorithm.is_symmetric() {
            return Err(Error::configuration(
                "clients cannot check ID tokens that are signed by HS256: choose another `signing_algorithm`, or take the scope `openid` \
                 from all of them",
            ));
        }
        let subjects = Subjects(config.pairwise_hash()?);
        let kept = Kept { store: self.stores.clients.clone(), clock: self.clock(), random: self.random() };
        let longest_life = self.builder.tokens.access_life;
        let documents = match described {
            Some(rules) => {
                let (outbound, _) = self.way_out(base)?;
                Some(Documents::new(&outbound, rules, longest_life, self.clock()))
            }
            None => None,
        };
        let clients = Clients::new(config.clients, longest_life, kept)?.with_documents(documents);
        let (scopes, user_claims, exchange_policy) =
            (config.scopes, config.user_claims, config.exchange_policy);
        Ok(Some(ServerDraft { clients, scopes, user_claims, exchange_policy, subjects, registration }))
    }

    pub(in crate::auth::builder) fn server(
        &mut self,
        draft: ServerDraft,
        base: &BaseUrl,
        style: &ReplyStyle,
        (tokens, sessions): (&Tokens, &Sessions),
        (throttle, factors): (&Throttle, Arc<dyn SecondFactors>),
    ) -> Result<Server, Error> {
        let ServerDraft { clients, scopes, user_claims, exchange_policy, subjects, registration } = draft;
        let ways_out = self.ways_to(&clients, base)?;
        Ok(Server::new(ServerParts {
            issuer: base.url(),
            token_endpoint: style.url(path::TOKEN, None),
            clients,
            scopes,
            tokens: tokens.clone(),
            short_lived: self.stores.short_lived.clone(),
            throttle: throttle.clone(),
            ways_out,
            sessions: sessions.clone(),
            consents: self.stores.consents.clone(),
            factors,
            user_claims,
            exchange_policy,
            subjects,
            registration,
            events: self.events.clone(),
            secrets: &self.secrets,
            clock: self.clock(),
            random: self.random(),
        }))
    }

    /// The ways to clients. Where none of the settings has anything to be called at, and there is no client for requests, none of the store can
    /// be called.
    fn ways_to(&mut self, clients: &Clients, base: &BaseUrl) -> Result<Option<WaysOut>, Error> {
        for (id, url) in clients.key_urls() {
            self.check_called(base, id, "jwks_uri", url)?;
        }
        for (id, url) in clients.logout_urls() {
            self.check_called(base, id, "backchannel_logout_uri", &OutboundUrl::parse(url)?)?;
        }
        Ok(self.way_out(base).ok().map(|ours| WaysOut::new(ours, self.clock())))
    }

    fn check_called(
        &mut self,
        base: &BaseUrl,
        id: &str,
        setting: &str,
        url: &OutboundUrl,
    ) -> Result<(), Error> {
        let (outbound, _) = self.way_out(base)?;
        outbound.check(url).map_err(|error| {
            Error::configuration(format!("the client `{id}` has a `{setting}` that is not called: {error}"))
        })
    }
}
