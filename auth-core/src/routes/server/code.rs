//! A code for tokens.

use serde_json::Value;

use crate::error::Error;
use crate::http::Fields;
use crate::server::{Exchange, OAuthClient, Server};

use super::fields::{given, required};

/// The tokens for the code that a client brings (RFC 6749 section 4.1.3).
pub(super) async fn exchange_code(
    server: &Server,
    client: &OAuthClient,
    fields: &Fields,
    key: Option<&str>,
) -> Result<Value, Error> {
    let exchange = Exchange {
        code: required(fields, "code")?,
        redirect_uri: required(fields, "redirect_uri")?,
        verifier: required(fields, "code_verifier")?,
        resource: given(fields, "resource")?,
        key,
    };
    Ok(server.exchange_code(client, &exchange).await?.to_json())
}
