//! The endpoints beside the token endpoint: revocation and introspection.

use oauth2::basic::BasicErrorResponse;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::outbound::{Method, OutboundError, OutboundRequest, OutboundResponse, OutboundUrl, OutsideError};
use crate::secret::Secret;

use super::TokenIntrospection;
use super::answer::refused;
use super::authentication::Credentials;
use super::bridge::{Met, real_status};
use super::registration::Registration;

impl Registration {
    /// See [`OAuthClient::revoke`](super::OAuthClient::revoke).
    pub(super) async fn revoke(&self, token: &Secret) -> Result<(), OutsideError> {
        let endpoint = endpoint(self.endpoints.revocation.as_ref(), "revocation endpoint")?;
        self.post(endpoint, &[("token", token.expose())]).await.map(drop)
    }

    /// See [`OAuthClient::introspect`](super::OAuthClient::introspect).
    pub(crate) async fn introspect(&self, token: &Secret) -> Result<TokenIntrospection, OutsideError> {
        let endpoint = endpoint(self.endpoints.introspection.as_ref(), "introspection endpoint")?;
        let answer =
            self.post(endpoint, &[("token", token.expose()), ("token_type_hint", "access_token")]).await?;
        let mut claims: Map<String, Value> = answer.json().map_err(OutsideError::failed)?;
        let active = claims.remove("active").and_then(|active| active.as_bool()).ok_or_else(|| {
            OutsideError::failed("the introspection endpoint's answer does not say `active`")
        })?;
        Ok(TokenIntrospection { active, claims: if active { claims } else { Map::new() } })
    }

    /// Sends a form as this client and answers a success.
    pub(super) async fn post(
        &self,
        endpoint: &OutboundUrl,
        parameters: &[(&str, &str)],
    ) -> Result<OutboundResponse, OutsideError> {
        let answer = self.send_form(endpoint, parameters).await??;
        if real_status(&answer) == 200 { Ok(answer) } else { Err(refusal(endpoint, &answer)) }
    }

    /// Sends a form as this client and answers whatever comes of it.
    pub(super) async fn send_form(
        &self,
        endpoint: &OutboundUrl,
        parameters: &[(&str, &str)],
    ) -> Result<Result<OutboundResponse, OutboundError>, Error> {
        let credentials = self.credentials(self.clock.now())?;
        let request = self.form_request(endpoint, parameters, &credentials);
        Ok(self.outbound.send(request).await)
    }

    fn form_request(
        &self,
        endpoint: &OutboundUrl,
        parameters: &[(&str, &str)],
        credentials: &Credentials,
    ) -> OutboundRequest {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(parameters).extend_pairs(credentials.parameters());
        let mut request = OutboundRequest::new(Method::Post, endpoint.clone());
        match credentials.header(&self.client_id) {
            Some(header) => request = request.with_header("authorization", header),
            None => {
                form.append_pair("client_id", &self.client_id);
            }
        }
        let request = request.with_header("accept", "application/json");
        request.with_body("application/x-www-form-urlencoded", form.finish())
    }
}

pub(super) fn endpoint<'e>(endpoint: Option<&'e OutboundUrl>, name: &str) -> Result<&'e OutboundUrl, Error> {
    endpoint.ok_or_else(|| Error::configuration(format!("the authorization server has no {name}")))
}

/// What an answer that is no success says.
pub(super) fn refusal(endpoint: &OutboundUrl, answer: &OutboundResponse) -> OutsideError {
    let met = Met::of(endpoint, answer);
    match serde_json::from_slice::<BasicErrorResponse>(&answer.body) {
        Ok(answer) => refused(&answer, &met),
        Err(_) => OutsideError::failed(format!("{met} is no success")),
    }
}
