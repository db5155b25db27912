//! A token for another one.

use serde_json::Value;

use crate::error::Error;
use crate::http::Fields;
use crate::server::{ExchangeWish, OAuthClient, Server};

use super::fields::{given, required};

/// The token for the one that a client brings (RFC 8693 section 2).
pub(super) async fn exchange_token(
    server: &Server,
    client: &OAuthClient,
    fields: &Fields,
    key: Option<&str>,
) -> Result<Value, Error> {
    let wish = ExchangeWish {
        subject_token: required(fields, "subject_token")?,
        subject_token_type: required(fields, "subject_token_type")?,
        actor_token: given(fields, "actor_token")?,
        actor_token_type: given(fields, "actor_token_type")?,
        requested_token_type: given(fields, "requested_token_type")?,
        scope: given(fields, "scope")?,
        resource: given(fields, "resource")?,
        audience: given(fields, "audience")?,
        key,
    };
    let mut answer = server.exchange_token(client, &wish).await?.to_json();
    answer["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token".into();
    Ok(answer)
}
