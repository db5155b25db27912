//! What a provider says of somebody beyond the ID token: by UserInfo, or by an API of its own.

use serde_json::Value;

use crate::issuer::{Claims, IssuerMetadata, OutsideJws};
use crate::outbound::{
    Method, OutboundError, OutboundFault, OutboundRequest, OutboundResponse, OutboundUrl, OutsideError,
};
use crate::secret::Secret;

use super::claims::{CLOCK_SKEW, ClaimFault, subject};
use super::connection::{ProviderConnection, misbehaved};
use super::id_token::check_type;
use super::{Profile, UserinfoMethod};

/// The type of a signed answer (OpenID Connect Core 1.0 section 5.3.2).
const JWT: &str = "application/jwt";

impl ProviderConnection {
    /// The profile: by the provider's own API where the registry says so; else by the ID token; or, where that names no address
    /// and there is such a place, by UserInfo (OpenID Connect Core 1.0 section 5.3). All of it comes from one of these: an address
    /// of one never meets another's word that it is proven.
    pub(super) async fn profile(
        &self,
        metadata: &IssuerMetadata,
        claims: &Claims,
        access_token: &Secret,
    ) -> Result<Profile, OutsideError> {
        let profile = if !self.provider.profile_urls().is_empty() {
            self.profile_by_api(access_token).await?
        } else if let Some(told) = self.userinfo(metadata, claims, access_token).await? {
            self.provider.read_claims(&told)?
        } else {
            self.provider.read_claims(claims)?
        };
        // Sections 5.3.2 and 5.7: nobody but the ID token's subject is meant, whatever the answer came from.
        let is_same = Some(profile.subject.as_str()) == subject(claims)?;
        if is_same { Ok(profile) } else { Err(ClaimFault::Mismatch("sub").into()) }
    }

    /// The profile by the provider's own API. Who somebody is stands in the first document; a further one that this application may
    /// not see (GitHub's list of addresses, without the scope for it) is left out.
    pub(super) async fn profile_by_api(&self, access_token: &Secret) -> Result<Profile, OutsideError> {
        let mut answers: Vec<Value> = Vec::new();
        for url in self.provider.profile_urls() {
            let asked = self.ask(url, "application/json", access_token).await;
            let answer = match asked {
                Err(error) if is_withheld(&error) && !answers.is_empty() => self.withheld(&error),
                asked => Some(asked?),
            };
            answers.push(answer.map_or(Ok(Value::Null), |answer| read(url, &answer))?);
        }
        self.provider.read_answers(&answers)
    }

    /// What UserInfo says, where the ID token names no address and there is such a place; `None` where there is none, or none for
    /// this application. An outage is none of these: an account that is made now would lack the address for good.
    async fn userinfo(
        &self,
        metadata: &IssuerMetadata,
        claims: &Claims,
        access_token: &Secret,
    ) -> Result<Option<Claims>, OutsideError> {
        if claims.get("email").is_some_and(Value::is_string) {
            return Ok(None);
        }
        let Some(url) = &metadata.userinfo_endpoint else {
            return match metadata.has_unusable("userinfo_endpoint") {
                true => Err(misbehaved(metadata.lacks("userinfo_endpoint"))),
                false => Ok(None),
            };
        };
        let asked = self.ask(url, "application/json, application/jwt", access_token).await;
        let answer = match asked {
            Err(error) if is_withheld(&error) => return Ok(self.withheld(&error)),
            asked => asked?,
        };
        match answer.media_type() == JWT {
            true => self.signed_userinfo(metadata, claims, &answer).await.map(Some),
            false => read(url, &answer).map(Some),
        }
    }

    /// A signed answer (section 5.3.2), by the keys that ID tokens are verified with. `iss` and `aud`, where they are there, are those of
    /// the ID token, or it would be an answer to somebody else.
    async fn signed_userinfo(
        &self,
        metadata: &IssuerMetadata,
        id_token: &Claims,
        answer: &OutboundResponse,
    ) -> Result<Claims, OutsideError> {
        let token = std::str::from_utf8(&answer.body)
            .map_err(|_| misbehaved("UserInfo is called a JWT, and is no text"))?
            .trim();
        let token = OutsideJws::parse(token)?;
        check_type(token.typ())?;
        let claims = self.signed_claims(metadata, &token, metadata.userinfo_algorithms()).await?;
        if claims.text("iss")?.is_some_and(|iss| id_token.text("iss").ok().flatten() != Some(iss)) {
            return Err(ClaimFault::Mismatch("iss").into());
        }
        if claims.get("aud").is_some() && !claims.has_audience(self.provider.client_id())? {
            return Err(ClaimFault::Mismatch("aud").into());
        }
        if claims.get("exp").is_some() {
            claims.check_times(self.clock.now(), CLOCK_SKEW)?;
        }
        Ok(claims)
    }

    async fn ask(
        &self,
        url: &OutboundUrl,
        accept: &str,
        access_token: &Secret,
    ) -> Result<OutboundResponse, OutboundError> {
        let bearer = format!("Bearer {}", access_token.expose());
        let accept = self.provider.userinfo_accept().unwrap_or(accept);
        let method = match self.provider.userinfo_method() {
            UserinfoMethod::Get => Method::Get,
            UserinfoMethod::Post => Method::Post,
        };
        let request = OutboundRequest::new(method, url.clone());
        let request = request.with_header("authorization", bearer).with_header("accept", accept);
        let further = self.provider.userinfo_headers().iter();
        let request =
            further.fold(request, |request, (name, value)| request.with_header(name, value.as_str()));
        self.outbound.send_for_200(request).await
    }

    fn withheld<T>(&self, error: &OutboundError) -> Option<T> {
        tracing::info!(provider = %self.provider.id(), %error, "a provider withholds a part of the profile, and the login goes on without");
        None
    }
}

fn read<T: serde::de::DeserializeOwned>(
    url: &OutboundUrl,
    answer: &OutboundResponse,
) -> Result<T, OutsideError> {
    answer.json().map_err(|error| {
        let malformed = OutboundError::new(OutboundFault::Malformed, url.host()).with_url(url);
        malformed.with_source(error).into()
    })
}

/// Whether the answer is that there is nothing here for this application, today or tomorrow.
fn is_withheld(error: &OutboundError) -> bool {
    matches!(error.status(), Some(403 | 404)) && !error.is_limited()
}
