//! Whom an access token of another issuer stands for.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::issuer::{IssuerId, Issuers, OutsideJws, OutsideRefusal, OutsideVerifier};
use crate::jose::Refusal;
use crate::outbound::{Outbound, OutboundUrl, OutsideError, OutsideFault};
use crate::random::Random;
use crate::task::Flights;
use crate::throttle::Throttle;
use crate::user::{User, UserStore};

use super::config::{Check, IntrospectionCheck, JwtCheck, TokenRules};
use super::introspection::{self, Introspection, QuestionPlaces};
use super::jwt::JwtIssuer;
use super::shared_secret::{first_that_takes, names_no_issuer};
use super::{OutsideIssuer, OutsideToken, OutsideUsers, SharedSecretJwt};

/// When to come back while an issuer cannot be asked.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The issuers whose tokens are accepted.
#[derive(Debug)]
pub(crate) struct OutsideTokens {
    /// The `iss` of our own tokens, which no other issuer has.
    own_issuer: String,
    signing: Vec<JwtIssuer>,
    secrets: Vec<SharedSecretJwt>,
    /// Those that are asked about tokens, in this order about one that says nothing of whose it is.
    asked: Vec<Introspection>,
    mapping: Option<Arc<dyn OutsideUsers>>,
    users: Arc<dyn UserStore>,
}

/// What issuers that have to be called are reached by.
#[derive(Debug)]
pub(crate) struct OutsideParts {
    pub(crate) outbound: Outbound,
    pub(crate) issuers: Issuers,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) throttle: Throttle,
}

/// Whom a valid outside token stands for.
#[derive(Debug)]
pub(crate) struct OutsideBearer {
    /// The account that the application maps it to.
    pub(crate) user: Option<Arc<User>>,
    pub(crate) token: Arc<OutsideToken>,
}

impl OutsideTokens {
    /// Nobody's tokens yet.
    pub(crate) fn new(
        own_issuer: String,
        mapping: Option<Arc<dyn OutsideUsers>>,
        users: Arc<dyn UserStore>,
    ) -> Self {
        Self { own_issuer, signing: Vec::new(), secrets: Vec::new(), asked: Vec::new(), mapping, users }
    }

    /// Checks the settings of secrets and takes them.
    ///
    /// # Errors
    /// `Configuration` with what to change.
    pub(crate) fn add_secrets(&mut self, secrets: Vec<SharedSecretJwt>, is_https: bool) -> Result<(), Error> {
        secrets.iter().try_for_each(|secret| secret.check(&self.own_issuer, is_https))?;
        self.secrets = secrets;
        Ok(())
    }

    /// Checks the settings of issuers and takes them.
    ///
    /// # Errors
    /// `Configuration` with the issuer at fault and what to change.
    pub(crate) fn add_issuers(
        &mut self,
        parts: &OutsideParts,
        issuers: Vec<OutsideIssuer>,
    ) -> Result<(), Error> {
        check_disclosure(&issuers)?;
        issuers.into_iter().try_for_each(|issuer| self.add(parts, issuer))
    }

    fn add(&mut self, parts: &OutsideParts, issuer: OutsideIssuer) -> Result<(), Error> {
        let id = issuer.checked_id()?;
        issuer.check(&id)?;
        parts.callable(Some(id.as_str()))?;
        let wrong = |what: &str| Err(Error::configuration(format!("the outside issuer {id}: {what}")));
        if id.is_issuer_of(&self.own_issuer, None) {
            return wrong("that is this application, whose tokens its own guards take");
        }
        let is_held = match issuer.check {
            Check::Jwt(_) => self.signing.iter().any(|held| held.id == id),
            Check::Introspection(_) => self.asked.iter().any(|held| *held.id() == id),
        };
        if is_held {
            return wrong("it is there twice");
        }
        if self.secrets.iter().any(|secret| secret.may_judge(Some(id.as_str()))) {
            return wrong("a shared secret has its name: a token must say which of them is to judge it");
        }
        match issuer.check {
            Check::Jwt(check) => self.signing.push(parts.signing(id, issuer.rules, check)?),
            Check::Introspection(check) => self.asked.push(parts.asked(id, issuer.rules, check)?),
        }
        Ok(())
    }

    /// Whether a token claims to be one of our own.
    pub(crate) fn is_own(&self, token: &str) -> bool {
        claimed_issuer(token).is_some_and(|issuer| issuer == self.own_issuer)
    }

    /// Whom a token stands for.
    ///
    /// # Errors
    /// `InvalidToken` for every token that is not valid now; `TooManyAttempts` where the network has brought too many that somebody
    /// had to be asked about; `Unavailable` when that cannot be known.
    pub(crate) async fn recognise(
        &self,
        token: &str,
        network: impl FnOnce() -> Option<IpAddr>,
        now: Timestamp,
    ) -> Result<OutsideBearer, Error> {
        let network = if self.asked.is_empty() { None } else { network() };
        let token = self.verify(token, network, now).await.map_err(fail_closed)?;
        let user = match &self.mapping {
            Some(mapping) => self.mapped(&**mapping, &token).await?,
            None => None,
        };
        Ok(OutsideBearer { user, token })
    }

    /// A token that names its issuer is checked by that issuer's rules alone: by its keys, where it is one of those that sign. Those
    /// that are asked learn of one that names none.
    async fn verify(
        &self,
        token: &str,
        network: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Arc<OutsideToken>, OutsideError> {
        let issuer = match (self.signing.as_slice(), self.secrets.as_slice(), self.asked.as_slice()) {
            ([only], [], []) => return only.recognise(token, now).await,
            _ => claimed_issuer(token),
        };
        let secrets = self.secrets_for(token, issuer.as_deref());
        if !secrets.is_empty() {
            return first_that_takes(&secrets, token, now).map(Arc::new);
        }
        let Some(issuer) = issuer else { return self.ask(token, network, now).await };
        if let Some(signing) = self.signing.iter().find(|signing| signing.id.may_be_issuer_of(&issuer)) {
            return signing.recognise(token, now).await;
        }
        match self.asked.iter().find(|asked| asked.id().is_issuer_of(&issuer, None)) {
            Some(asked) => asked.recognise(token, network, now).await,
            None => Err(OutsideError::token(OutsideRefusal::Issuer)),
        }
    }

    /// Asks about a token that names no issuer: it is of the first that calls it valid. One that cannot be asked may be its
    /// issuer, so without it nobody can call the token bad.
    async fn ask(
        &self,
        token: &str,
        network: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Arc<OutsideToken>, OutsideError> {
        let mut refusal = OutsideError::token(Refusal::Malformed);
        for asked in self.to_ask(token, now) {
            match asked.recognise(token, network, now).await {
                Ok(token) => return Ok(token),
                Err(error) if refusal.fault() == Some(OutsideFault::Token) => refusal = error,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    /// The one that has called this token valid, as long as that counts; else all of them.
    fn to_ask(&self, token: &str, now: Timestamp) -> &[Introspection] {
        let all = self.asked.as_slice();
        let known = if all.len() > 1 { all.iter().find(|asked| asked.knows(token, now)) } else { None };
        known.map_or(all, std::slice::from_ref)
    }

    /// The secrets that a token of this issuer is for.
    fn secrets_for(&self, token: &str, issuer: Option<&str>) -> Vec<&SharedSecretJwt> {
        if self.secrets.is_empty() || (issuer.is_none() && !names_no_issuer(token)) {
            return Vec::new();
        }
        self.secrets.iter().filter(|secret| secret.may_judge(issuer)).collect()
    }

    async fn mapped(
        &self,
        mapping: &dyn OutsideUsers,
        token: &OutsideToken,
    ) -> Result<Option<Arc<User>>, Error> {
        let Some(id) = mapping.user_of(token).await? else { return Ok(None) };
        let user = self.users.get(&id).await?.filter(|user| user.is_active);
        user.map(Some).ok_or_else(|| ErrorKind::InvalidToken.into())
    }
}

impl OutsideParts {
    /// An address of the configuration, which has to be one that may be called.
    fn callable(&self, url: Option<&str>) -> Result<Option<OutboundUrl>, Error> {
        let Some(url) = url.map(OutboundUrl::parse).transpose()? else { return Ok(None) };
        match self.outbound.check(&url) {
            Ok(()) => Ok(Some(url)),
            Err(_) => Err(Error::configuration(format!("`{}` may not be called: use https", url.as_str()))),
        }
    }

    fn signing(&self, id: IssuerId, rules: TokenRules, check: JwtCheck) -> Result<JwtIssuer, Error> {
        let JwtCheck { profile, algorithms, jwks_uri } = check;
        Ok(JwtIssuer {
            jwks_uri: self.callable(jwks_uri.as_deref())?,
            id,
            rules,
            profile,
            issuers: self.issuers.clone(),
            verifier: OutsideVerifier::judging(self.issuers.clone(), algorithms),
        })
    }

    fn asked(
        &self,
        id: IssuerId,
        rules: TokenRules,
        check: IntrospectionCheck,
    ) -> Result<Introspection, Error> {
        Ok(Introspection::new(introspection::Inner {
            endpoint: self.callable(check.endpoint.as_deref())?,
            id,
            rules,
            client_id: check.client_id,
            authentication: check.authentication,
            ttl: check.ttl,
            issuers: self.issuers.clone(),
            outbound: self.outbound.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            valid: Introspection::cache(),
            invalid: Introspection::cache(),
            flights: Flights::default(),
            throttle: self.throttle.clone(),
            places: QuestionPlaces::default(),
        }))
    }
}

/// Of several issuers that are asked, each may be shown tokens of the others, and could use them.
fn check_disclosure(configured: &[OutsideIssuer]) -> Result<(), Error> {
    let asked = || configured.iter().filter_map(|issuer| Some((issuer, issuer.introspection_check()?)));
    match asked().find(|(_, check)| !check.may_see_others_tokens) {
        Some((issuer, _)) if asked().count() > 1 => Err(Error::configuration(format!(
            "the outside issuer {}: it is one of several that are asked about tokens, and would be shown tokens of the others: \
             say by `.may_see_others_tokens()` that each of them may, or have one issue signed tokens",
            issuer.checked_id()?
        ))),
        _ => Ok(()),
    }
}

fn claimed_issuer(token: &str) -> Option<String> {
    OutsideJws::parse(token).ok()?.unverified_issuer()
}

/// What keeps a token from being known to be valid is an outage for whoever brings it.
fn fail_closed(error: OutsideError) -> Error {
    if error.fault() == Some(OutsideFault::Token) {
        tracing::debug!(?error, "an outside token was refused");
        return error.into_named();
    }
    let error = error.into_provider_error();
    match error.kind() {
        ErrorKind::TooManyAttempts => error,
        _ => Error::new(ErrorKind::Unavailable).with_retry_after(RETRY_AFTER).with_source(error),
    }
}
