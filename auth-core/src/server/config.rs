//! Settings of the authorization server.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Error;
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::secret::Secret;
use crate::text::{Text, Texts};
use crate::token::{EMAIL, IDENTITY_SCOPES, OFFLINE_ACCESS, OPENID, PROFILE, ScopeSet};

use super::token_exchange::{ExchangePolicy, ExchangeSource};
use super::uri;
use super::userinfo::{ClaimsSource, UserClaims};
use super::{ClientRegistration, OAuthClient, RegistrationRules, SubjectType};

/// What [`AuthBuilder::server`](crate::AuthBuilder::server) takes: the clients, and what their scopes mean to people.
#[derive(Clone, Debug, Default)]
#[must_use = "a server does nothing until the builder has it"]
pub struct ServerConfig {
    pub(crate) clients: Vec<OAuthClient>,
    pub(crate) scopes: ScopeCatalogue,
    pub(crate) user_claims: Option<ClaimsSource>,
    pub(crate) exchange_policy: Option<ExchangeSource>,
    pub(crate) pairwise_secret: Option<Secret>,
    pub(crate) client_registration: ClientRegistration,
    has_documents: bool,
    registrable_scopes: Option<Vec<String>>,
    registrable_resources: Vec<String>,
}

impl ServerConfig {
    /// A server without clients.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a client.
    pub fn client(self, client: OAuthClient) -> Self {
        self.clients([client])
    }

    /// Adds clients.
    pub fn clients(mut self, clients: impl IntoIterator<Item = OAuthClient>) -> Self {
        self.clients.extend(clients);
        self
    }

    /// Says on the consent page what a scope allows, in the words of each language by its tag. `openid`, `profile`, `email` and
    /// `offline_access` have words of their own, which these replace; a scope without words is shown by its name.
    ///
    /// ```
    /// # use auth_core::server::ServerConfig;
    /// let config = ServerConfig::new().scope("reports:read", [("en", "Read your reports"), ("ko", "보고서 읽기")]);
    /// ```
    pub fn scope<L: Into<String>, W: Into<String>>(
        mut self,
        scope: impl Into<String>,
        words: impl IntoIterator<Item = (L, W)>,
    ) -> Self {
        let words = words.into_iter().map(|(language, words)| (language.into(), words.into()));
        self.scopes.0.entry(scope.into()).or_default().extend(words);
        self
    }
}

impl ServerConfig {
    /// Says more about users than the scopes `profile` and `email` do.
    #[doc(alias("custom_claims"))]
    pub fn user_claims(mut self, source: impl UserClaims + 'static) -> Self {
        self.user_claims = Some(Arc::new(source));
        self
    }

    /// Lets clients that are registered for it exchange a user's token for one of their own (RFC 8693), as far as this policy says; without it
    /// nobody does.
    pub fn token_exchange(mut self, policy: impl ExchangePolicy + 'static) -> Self {
        self.exchange_policy = Some(Arc::new(policy));
        self
    }

    /// From which the names are made that clients with [pairwise subjects](super::SubjectType::Pairwise) know users by: 32 random bytes or
    /// more, in base64. It has to stay for good, unlike the application's secrets: with another one those clients take everybody for
    /// somebody new.
    pub fn pairwise_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.pairwise_secret = Some(secret.into());
        self
    }

    /// Lets clients register themselves (RFC 7591), which nobody does by default.
    #[doc(alias("dynamic_client_registration", "dcr", "RFC 7591"))]
    pub fn client_registration(mut self, registration: ClientRegistration) -> Self {
        self.client_registration = registration;
        self
    }

    /// Lets clients describe themselves at an `https` URL, which is their `client_id` (draft-ietf-oauth-client-id-metadata-document): agents of
    /// which nobody here has heard (MCP clients). Nobody does by default. What is there is fetched, within bounds, and pages name the host
    /// beside what the client calls itself.
    #[doc(alias("CIMD", "mcp"))]
    pub fn client_id_metadata_documents(mut self, are_taken: bool) -> Self {
        self.has_documents = are_taken;
        self
    }

    /// What clients may ask for that register or describe themselves: by default every [scope](Self::scope) that has words here, ours included.
    pub fn registrable_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.registrable_scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Whose tokens they may ask for beside our own (`resource`, RFC 8707); nobody's by default.
    pub fn registrable_resources<S: Into<String>>(mut self, resources: impl IntoIterator<Item = S>) -> Self {
        self.registrable_resources = resources.into_iter().map(Into::into).collect();
        self
    }

    /// What clients may be that register themselves, and those that describe themselves.
    ///
    /// # Errors
    /// `Configuration` that says which setting is wrong.
    pub(crate) fn rules_of_strangers(
        &self,
    ) -> Result<(Option<RegistrationRules>, Option<RegistrationRules>), Error> {
        let scopes = match &self.registrable_scopes {
            Some(scopes) => scopes.clone(),
            None => self.scopes.names().map(str::to_owned).collect(),
        };
        if let Some(scope) = scopes.iter().find(|scope| !is_a_scope(scope)) {
            let scope = scope.escape_default();
            return Err(Error::configuration(format!("among the registrable scopes is no scope: `{scope}`")));
        }
        for resource in &self.registrable_resources {
            uri::resource(resource).map_err(|fault| {
                let resource = resource.escape_default();
                Error::configuration(format!("among the registrable resources, `{resource}` {fault}"))
            })?;
        }
        let resources = || self.registrable_resources.clone();
        let documents =
            self.has_documents.then(|| RegistrationRules::of_documents(scopes.clone(), resources()));
        Ok((RegistrationRules::new(&self.client_registration, scopes, resources())?, documents))
    }

    /// What makes the names of pairwise subjects; nothing where there are none.
    ///
    /// # Errors
    /// `Configuration` where it is missing, or is no such secret.
    pub(crate) fn pairwise_hash(&self) -> Result<Option<KeyedHash>, Error> {
        let pairwise = self.clients.iter().find(|client| client.subject == SubjectType::Pairwise);
        match (&self.pairwise_secret, pairwise) {
            (Some(secret), _) => {
                let secret = ApplicationSecrets::from_text(secret.expose()).map_err(|fault| {
                    Error::configuration(format!("the secret of pairwise subjects is none: {fault}"))
                })?;
                Ok(Some(secret.keyed_hash("pairwise subject")))
            }
            (None, Some(client)) => Err(Error::configuration(format!(
                "the client `{}` has pairwise subjects, and there is nothing to make them from: call `.pairwise_secret(..)`",
                client.id
            ))),
            (None, None) => Ok(None),
        }
    }
}

/// Whether this is one scope (RFC 6749 section 3.3).
pub(super) fn is_a_scope(word: &str) -> bool {
    ScopeSet::parse(word).is_ok_and(|set| set.iter().eq([word]))
}

/// What scopes mean to people, as the application says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeCatalogue(BTreeMap<String, BTreeMap<String, String>>);

impl ScopeCatalogue {
    /// The scopes that there are: ours, and those with words.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let others = self.0.keys().map(String::as_str).filter(|name| !IDENTITY_SCOPES.contains(name));
        IDENTITY_SCOPES.into_iter().chain(others)
    }

    /// What a scope allows, as a page says it: in the application's words, or else in ours, or else by its name.
    pub(crate) fn say<'a>(&'a self, scope: &'a str, texts: &'a Texts) -> Cow<'a, str> {
        match self.words(scope, texts.language()) {
            Some(words) => Cow::Borrowed(words),
            None => our_words(scope)
                .map_or(Cow::Borrowed(scope), |text| Cow::Owned(texts.say(&text).into_owned())),
        }
    }

    /// The application's words for a scope in this language, or else in English, or else in any.
    fn words(&self, scope: &str, language: &str) -> Option<&str> {
        let words = self.0.get(scope)?;
        let found = words.get(language).or_else(|| words.get("en")).or_else(|| words.values().next());
        found.map(String::as_str)
    }
}

/// The scopes of OpenID Connect Core 1.0, sections 5.4 and 11.
fn our_words(scope: &str) -> Option<Text> {
    Some(match scope {
        OPENID => Text::ScopeOpenid,
        PROFILE => Text::ScopeProfile,
        EMAIL => Text::ScopeEmail,
        OFFLINE_ACCESS => Text::ScopeOfflineAccess,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_told_in_the_language_of_the_page_or_else_in_english() {
        let config = ServerConfig::new()
            .scope("r", [("en", "Read"), ("ko", "읽기")])
            .scope("w", [("de", "Schreiben")]);
        assert_eq!(config.scopes.words("r", "ko"), Some("읽기"));
        assert_eq!(config.scopes.words("r", "fr"), Some("Read"));
        assert_eq!(config.scopes.words("w", "ko"), Some("Schreiben"));
        assert_eq!(config.scopes.say("email", &Texts::english()), "See your e-mail address");
        assert_eq!(config.scopes.say("x", &Texts::english()), "x");
    }
}
