//! From a provider's answer to who somebody is there.

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::issuer::{Claims, IssuerMetadata, JwsAlgorithm, OutsideJws};
use crate::oauth_client::IssuedTokens;
use crate::outbound::OutsideError;
use crate::secret::Secret;
use crate::text::Text;

use super::Profile;
use super::attempt::Attempt;
use super::callback::CallbackParameters;
use super::claims::ClaimFault;
use super::connection::{ProviderConnection, misbehaved};
use super::id_token::{self, Expected};
use super::registry::Kind;

/// The longest description of an error that is shown, in characters.
const MAX_DESCRIPTION: usize = 200;

/// What a provider vouches for, every check of it done.
#[derive(Debug)]
pub(crate) struct Vouched {
    /// Who vouches, the first half of the key of the account there.
    pub(super) issuer: String,
    /// Whom it vouches for; the subject is the other half.
    pub(super) profile: Profile,
    /// The provider's name of its session.
    pub(super) sid: Option<String>,
    /// When the user proved to the provider who they are, if it says so. Whether that counts,
    /// [`Providers::finish`](super::Providers::finish) says.
    pub(super) auth_time: Option<Timestamp>,
    /// Whether they have shown a second factor there, by a word that is believed.
    pub(super) has_shown_factor: bool,
    /// What it issued.
    pub(super) tokens: IssuedTokens,
}

/// What an ID token says, once it is found to be true.
struct Identified {
    issuer: String,
    claims: Claims,
}

impl ProviderConnection {
    /// Reads what the provider answered to an attempt, exchanges the code, and checks all that comes of it.
    ///
    /// # Errors
    /// `ProviderError`, with the reason as source, and where the provider refused by itself its word on that as detail.
    pub(crate) async fn identify(
        &self,
        attempt: &Attempt,
        parameters: CallbackParameters,
    ) -> Result<Vouched, Error> {
        self.answered(attempt, parameters).await.map_err(|error| self.explain(error))
    }

    async fn answered(
        &self,
        attempt: &Attempt,
        parameters: CallbackParameters,
    ) -> Result<Vouched, OutsideError> {
        let metadata = self.metadata().await?;
        let iss = parameters.iss.as_deref();
        if let Some(metadata) = &metadata {
            self.check_issuer(metadata, iss)?;
        }
        if let Some(error) = &parameters.error {
            return Err(self.refused(error, parameters.error_description.as_deref()).into());
        }
        let code = parameters.code.ok_or_else(|| misbehaved("the provider answered without a code"))?;
        let client = self.client().await?;
        let tokens = client.exchange_code(&code.into(), &self.redirect_uri, self.verifier(attempt)).await?;
        let mut vouched = match metadata {
            Some(metadata) => self.by_id_token(attempt, &metadata, iss, tokens).await?,
            None => self.by_api(tokens).await?,
        };
        let profile = &mut vouched.profile;
        profile.name =
            profile.name.take().or_else(|| self.provider.name_in_answer(parameters.user.as_deref()));
        Ok(vouched)
    }

    /// RFC 9207 section 2.4: the `iss` of the answer, if it is there or was announced, is the issuer that was asked. One of many
    /// with one set of metadata is compared with the ID token's.
    fn check_issuer(&self, metadata: &IssuerMetadata, iss: Option<&str>) -> Result<(), OutsideError> {
        match iss {
            Some(iss) if iss != metadata.issuer && !self.provider.has_many_issuers() => {
                Err(misbehaved("the answer names another issuer"))
            }
            None if metadata.authorization_response_iss_parameter_supported => {
                Err(misbehaved("the answer names no issuer, though that was announced"))
            }
            _ => Ok(()),
        }
    }

    /// An error response (RFC 6749 section 4.1.2.1) is told to the visitor, who may have asked for it by saying no.
    fn refused(&self, error: &str, description: Option<&str>) -> Error {
        let provider = self.provider.label().to_owned();
        let said = description.map(told).filter(|text| !text.is_empty());
        if CANCELLED.iter().any(|code| error.eq_ignore_ascii_case(code)) {
            return Error::new(ErrorKind::ProviderDenied).saying(match said {
                Some(said) => Text::ProviderCancelledSaid { provider, said },
                None => Text::ProviderCancelled { provider },
            });
        }
        let said = match said {
            Some(said) => format!("{said} ({})", told(error)),
            None => told(error),
        };
        Error::new(ErrorKind::ProviderError).saying(match OUTAGES.contains(&error) {
            true => Text::ProviderDownSaid { provider, said },
            false => Text::ProviderBrokenSaid { provider, said },
        })
    }

    async fn by_id_token(
        &self,
        attempt: &Attempt,
        metadata: &IssuerMetadata,
        iss: Option<&str>,
        tokens: IssuedTokens,
    ) -> Result<Vouched, OutsideError> {
        let token = tokens.id_token.as_ref().ok_or_else(|| misbehaved("there is no ID token"))?;
        let identified = self.check_id_token(attempt, metadata, token, &tokens.access_token).await?;
        let Identified { issuer, claims } = identified;
        if iss.is_some_and(|iss| iss != issuer) {
            return Err(misbehaved("the answer names another issuer than the ID token"));
        }
        let profile = self.profile(metadata, &claims, &tokens.access_token).await?;
        let (sid, auth_time) = (self.sid(&claims), self.auth_time(&claims));
        let has_shown_factor = self.provider.vouches_for_factor(&claims);
        Ok(Vouched { issuer, profile, sid, auth_time, has_shown_factor, tokens })
    }

    /// The provider's name of its session. No login needs it: a logout there can name the subject as well.
    fn sid(&self, claims: &Claims) -> Option<String> {
        claims.text("sid").map(|sid| sid.map(str::to_owned)).unwrap_or_else(|_| self.left_out("sid"))
    }

    /// When the user proved who they are. What cannot be read makes nobody fresh.
    fn auth_time(&self, claims: &Claims) -> Option<Timestamp> {
        claims.time("auth_time").unwrap_or_else(|_| {
            self.left_out::<Timestamp>("auth_time");
            Some(Timestamp::from_unix_seconds(0))
        })
    }

    fn left_out<T>(&self, member: &'static str) -> Option<T> {
        let provider = self.provider.id();
        tracing::warn!(%provider, member, "what a provider says there is of another type, and left out");
        None
    }

    async fn check_id_token(
        &self,
        attempt: &Attempt,
        metadata: &IssuerMetadata,
        token: &Secret,
        access_token: &Secret,
    ) -> Result<Identified, OutsideError> {
        let token = OutsideJws::parse(token.expose())?;
        id_token::check_type(token.typ())?;
        let algorithm = token.algorithm().ok_or(ClaimFault::Mismatch("alg"))?;
        let claims = self.signed_claims(metadata, &token, metadata.id_token_algorithms()).await?;
        let issuer = self.check_claimed_issuer(&claims)?.to_owned();
        let expected = Expected {
            client_id: self.provider.client_id(),
            nonce: &attempt.nonce,
            access_token,
            algorithm,
            begun_at: attempt.begun_at,
            max_age: self.max_age(attempt),
        };
        expected.check(&claims, self.clock.now())?;
        Ok(Identified { issuer, claims })
    }

    /// The claims of a token that the provider signed by one of these algorithms: with one of its published keys or, where the registry
    /// says so, with the client secret.
    pub(super) async fn signed_claims(
        &self,
        metadata: &IssuerMetadata,
        token: &OutsideJws<'_>,
        mut algorithms: Vec<JwsAlgorithm>,
    ) -> Result<Claims, OutsideError> {
        let is_keyed = token.algorithm() == Some(JwsAlgorithm::Hs256);
        if let Some(key) = self.provider.secret_key().filter(|_| is_keyed) {
            return token.verify_claims(key);
        }
        let named = metadata.jwks_uri.as_ref();
        let jwks_uri = named.ok_or_else(|| misbehaved(metadata.lacks("jwks_uri")))?;
        // What the registry and the metadata both name.
        algorithms.retain(|algorithm| self.provider.takes_algorithm(*algorithm));
        self.issuers.claims(jwks_uri, token, &algorithms).await
    }

    /// The token's issuer, if it is the provider's.
    pub(super) fn check_claimed_issuer<'c>(&self, claims: &'c Claims) -> Result<&'c str, OutsideError> {
        let claimed = claims.text("iss")?.ok_or(ClaimFault::Missing("iss"))?;
        let is_provider = self.provider.is_issuer(claimed, claims);
        if is_provider { Ok(claimed) } else { Err(ClaimFault::Mismatch("iss").into()) }
    }

    /// The profile by the provider's own API, where it speaks no OpenID Connect.
    async fn by_api(&self, tokens: IssuedTokens) -> Result<Vouched, OutsideError> {
        let Kind::OAuth2 { issuer, .. } = self.provider.kind() else {
            return Err(Error::new(ErrorKind::Internal).into());
        };
        let profile = self.profile_by_api(&tokens.access_token).await?;
        Ok(Vouched {
            issuer: issuer.clone(),
            profile,
            sid: None,
            auth_time: None,
            has_shown_factor: false,
            tokens,
        })
    }
}

/// The codes of an error response where the user, or the server, said no: that of RFC 6749 section 4.1.2.1; LinkedIn's
/// (<https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow>), of which Apple has the second one
/// (<https://developer.apple.com/documentation/signinwithapple/incorporating-sign-in-with-apple-into-other-platforms>).
const CANCELLED: [&str; 3] = ["access_denied", "user_cancelled_login", "user_cancelled_authorize"];

/// The codes by which a provider says that it cannot at the moment (RFC 6749 section 4.1.2.1).
const OUTAGES: [&str; 2] = ["server_error", "temporarily_unavailable"];

fn told(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_DESCRIPTION).collect()
}
