//! Which issuers' access tokens are accepted, and how each is checked.

use std::time::Duration;

use crate::error::Error;
use crate::issuer::{IssuerId, JwsAlgorithm};
use crate::oauth_client::ClientAuthentication;
use crate::token::{DEFAULT_LEEWAY, MAX_LEEWAY};

use super::kind::TokenKinds;

/// How long an introspected token is taken without asking again, unless configured otherwise: a token that its server revokes is
/// taken for that long.
const DEFAULT_INTROSPECTION_TTL: Duration = Duration::from_secs(30);

/// The longest time that can be configured. What wants more is better served by signed tokens.
const MAX_INTROSPECTION_TTL: Duration = Duration::from_secs(5 * 60);

/// What a signed token has to look like to be taken for an access token.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenProfile {
    /// RFC 9068: `typ` is `at+jwt`, and `sub`, `client_id`, `iat` and `jti` are there. No other token of the issuer looks like that.
    #[default]
    Rfc9068,
    /// Any JWT of the issuer for this API, as Auth0 (in its own dialect), Entra, Keycloak, Okta and others write them: `typ` is
    /// `JWT`, `at+jwt` or missing.
    ///
    /// Nothing in such a token has to say that it is an access token. ID tokens, refresh tokens and logout tokens are told by what
    /// they say of themselves, by the claims that only they have, and by their audience: it must be one that names this API and
    /// no client.
    PlainJwt,
}

/// An issuer whose access tokens are accepted; see [`AuthBuilder::outside_issuer`](crate::AuthBuilder::outside_issuer).
#[derive(Clone, Debug)]
#[must_use = "an issuer is accepted once `AuthBuilder::outside_issuer` has it"]
pub struct OutsideIssuer {
    pub(super) id: Result<IssuerId, String>,
    pub(super) rules: TokenRules,
    pub(super) check: Check,
}

/// What its tokens have to say.
#[derive(Clone, Debug)]
pub(super) struct TokenRules {
    pub(super) audiences: Vec<String>,
    /// Whose tokens are taken without `aud`.
    pub(super) clients: Vec<String>,
    pub(super) kinds: TokenKinds,
    pub(super) leeway: Duration,
}

impl Default for TokenRules {
    fn default() -> Self {
        let (audiences, clients) = (Vec::new(), Vec::new());
        Self { audiences, clients, kinds: TokenKinds::default(), leeway: DEFAULT_LEEWAY }
    }
}

impl TokenRules {
    pub(super) fn names_an_audience(&self) -> bool {
        !self.audiences.is_empty() || !self.clients.is_empty()
    }
}

/// How its tokens are checked.
#[derive(Clone, Debug)]
pub(super) enum Check {
    Jwt(JwtCheck),
    Introspection(IntrospectionCheck),
}

#[derive(Clone, Debug)]
pub(super) struct JwtCheck {
    pub(super) profile: TokenProfile,
    pub(super) algorithms: Vec<JwsAlgorithm>,
    pub(super) jwks_uri: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct IntrospectionCheck {
    pub(super) client_id: String,
    pub(super) authentication: ClientAuthentication,
    pub(super) endpoint: Option<String>,
    pub(super) takes_any_audience: bool,
    pub(super) may_see_others_tokens: bool,
    pub(super) ttl: Duration,
}

impl OutsideIssuer {
    /// An issuer of signed tokens, named as it names itself in `iss`. Where its keys are, it says itself (discovery).
    pub fn jwt(issuer: impl Into<String>) -> Self {
        Self::signing(parsed(issuer.into()))
    }

    /// Many issuers with one set of keys, the tenants of Microsoft Entra; see [`IssuerId::template`].
    pub fn jwt_of_tenants(issuer: IssuerId) -> Self {
        Self::signing(Ok(issuer))
    }

    fn signing(id: Result<IssuerId, String>) -> Self {
        let public = JwsAlgorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric());
        let check =
            JwtCheck { profile: TokenProfile::default(), algorithms: public.collect(), jwks_uri: None };
        Self { id, rules: TokenRules::default(), check: Check::Jwt(check) }
    }

    /// An issuer that is asked about each token (RFC 7662), as this client of it: for tokens that say nothing by themselves.
    ///
    /// An issuer of both kinds of tokens is named twice, by [`jwt`](Self::jwt) and here: its signed tokens are verified by its keys,
    /// and the others asked about. Of several that are asked, each has to be marked with
    /// [`may_see_others_tokens`](Self::may_see_others_tokens).
    pub fn introspection(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        authentication: ClientAuthentication,
    ) -> Self {
        let check = IntrospectionCheck {
            client_id: client_id.into(),
            authentication,
            endpoint: None,
            takes_any_audience: false,
            may_see_others_tokens: false,
            ttl: DEFAULT_INTROSPECTION_TTL,
        };
        let (id, rules) = (parsed(issuer.into()), TokenRules::default());
        Self { id, rules, check: Check::Introspection(check) }
    }

    /// This API's name in `aud`. Called again, it adds another name.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.rules.audiences.push(audience.into());
        self
    }

    /// Takes tokens that have no `aud` when this is their `client_id`: Cognito's access tokens. Called again, it adds another
    /// client. A token that has an `aud` is judged by that alone.
    ///
    /// # Security
    /// Every access token that the client got passes, for whatever API it asked: have guards name a scope that is this API's.
    ///
    /// ```
    /// use auth_core::resource::{OutsideIssuer, TokenProfile};
    ///
    /// let pool = OutsideIssuer::jwt("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE")
    ///     .profile(TokenProfile::PlainJwt)
    ///     .client_as_audience("1example23456789");
    /// ```
    pub fn client_as_audience(mut self, client_id: impl Into<String>) -> Self {
        self.rules.clients.push(client_id.into());
        self
    }

    /// A further name by which tokens say that they are access tokens, where they say so: `sliding` for SimpleJWT's sliding
    /// tokens, or what an issuer of your own writes into `typ`, `type`, `use` and the like.
    pub fn token_kind(mut self, kind: &str) -> Self {
        self.rules.kinds.add(kind);
        self
    }

    /// By how much clocks may differ, 10 seconds by default, 60 at most: for that long a token is taken past its end.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.rules.leeway = leeway;
        self
    }

    /// What a signed token has to look like; [`TokenProfile::Rfc9068`] by default.
    pub fn profile(mut self, profile: TokenProfile) -> Self {
        if let Check::Jwt(check) = &mut self.check {
            check.profile = profile;
        }
        self
    }

    /// The algorithms that signatures may have; by default all that we verify and whose keys are public.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = JwsAlgorithm>) -> Self {
        if let Check::Jwt(check) = &mut self.check {
            check.algorithms = algorithms.into_iter().collect();
        }
        self
    }

    /// Where the keys are, of an issuer that publishes nothing else of itself.
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        if let Check::Jwt(check) = &mut self.check {
            check.jwks_uri = Some(url.into());
        }
        self
    }

    /// Where tokens are asked about, of an issuer that publishes nothing of itself.
    pub fn introspection_endpoint(mut self, url: impl Into<String>) -> Self {
        if let Check::Introspection(check) = &mut self.check {
            check.endpoint = Some(url.into());
        }
        self
    }

    /// For how long an answer about a valid token is used again, 30 seconds by default, at most 5 minutes, never past the token's
    /// end: that long a revoked token is still taken.
    pub fn introspection_ttl(mut self, ttl: Duration) -> Self {
        if let Check::Introspection(check) = &mut self.check {
            check.ttl = ttl;
        }
        self
    }

    /// Takes introspected tokens whatever their audience: for servers that name none, and answer a client only about tokens that
    /// are meant for it (RFC 7662 section 4).
    pub fn any_introspected_audience(mut self) -> Self {
        if let Check::Introspection(check) = &mut self.check {
            check.takes_any_audience = true;
        }
        self
    }

    /// Lets this issuer be asked about tokens that may be another's. Such a token does not say whose it is: of several issuers
    /// that are asked, in the order in which they were added, the first that calls it valid has issued it, and is asked again
    /// about it from then on.
    ///
    /// # Security
    /// Whoever runs this issuer can use the tokens that it is shown, wherever else they are taken. Say it of issuers that one
    /// organisation runs, or that trust each other.
    pub fn may_see_others_tokens(mut self) -> Self {
        if let Check::Introspection(check) = &mut self.check {
            check.may_see_others_tokens = true;
        }
        self
    }

    pub(super) fn introspection_check(&self) -> Option<&IntrospectionCheck> {
        match &self.check {
            Check::Introspection(check) => Some(check),
            Check::Jwt(_) => None,
        }
    }

    pub(super) fn checked_id(&self) -> Result<IssuerId, Error> {
        self.id.clone().map_err(Error::configuration)
    }

    /// Refuses what cannot be meant, by the issuer's name.
    pub(super) fn check(&self, id: &IssuerId) -> Result<(), Error> {
        let wrong = |what: &str| Err(Error::configuration(format!("the outside issuer {id}: {what}")));
        let rules = &self.rules;
        let is_any = self.introspection_check().is_some_and(|check| check.takes_any_audience);
        let is_empty = rules.audiences.iter().chain(&rules.clients).any(String::is_empty);
        if is_empty || !(is_any || rules.names_an_audience()) {
            return wrong(
                "name this API's audience by `.audience(..)`, or its tokens for others would be taken",
            );
        }
        if rules.leeway > MAX_LEEWAY {
            return wrong("the leeway is 60 seconds at most");
        }
        if let Err(what) = rules.kinds.check_settings() {
            return wrong(what);
        }
        match &self.check {
            Check::Jwt(check) if check.algorithms.is_empty() => wrong("name an algorithm"),
            Check::Jwt(check) if check.algorithms.iter().any(|algorithm| algorithm.is_symmetric()) => wrong(
                "a symmetric key would have to be shared with it, and could sign too: use another algorithm",
            ),
            Check::Introspection(check) if check.ttl > MAX_INTROSPECTION_TTL => {
                wrong("answers about tokens can be used for 5 minutes at most")
            }
            Check::Introspection(check) if check.client_id.is_empty() => wrong("name the client that asks"),
            _ => Ok(()),
        }
    }
}

fn parsed(issuer: String) -> Result<IssuerId, String> {
    IssuerId::parse(&issuer).map_err(|error| format!("the outside issuer `{issuer}`: {error}"))
}
