//! Clients that are registered.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::routes::exchange::Exchange;
use crate::secret::Secret;
use crate::server::{ClientProof, JWT_BEARER, OAuthClient};

use super::Brought;

/// A client that has proven who it is.
pub(in crate::routes::server) type Registered = Arc<OAuthClient>;

/// The client that the request is of.
pub(super) async fn find(exchange: &Exchange, brought: Brought<'_>) -> Result<Registered, Error> {
    let server = exchange.auth.server().ok_or(ErrorKind::InvalidClient)?;
    server.authenticate(&proof(brought)?, exchange.client_ip()).await
}

/// The one way in which the client says who it is.
fn proof(brought: Brought<'_>) -> Result<ClientProof<'_>, Error> {
    let Brought { basic, id, secret, assertion, assertion_type } = brought;
    if assertion.is_some() != assertion_type.is_some() {
        return Err(Error::invalid_request("an assertion and its type come together"));
    }
    if assertion_type.is_some_and(|kind| kind != JWT_BEARER) {
        return Err(ErrorKind::InvalidClient.into());
    }
    match (basic, id, secret, assertion) {
        (Some((name, secret)), beside, None, None) => {
            let name = form_decoded(&name);
            if beside.is_some_and(|id| *id != *name) {
                return Err(Error::invalid_request("there are two different client ids"));
            }
            let secret = Secret::from(form_decoded(secret.expose()));
            // Named without a secret, it is a public client.
            match secret.expose().is_empty() {
                true => Ok(ClientProof::Name(name)),
                false => Ok(ClientProof::Basic { id: name, secret }),
            }
        }
        (None, Some(id), Some(secret), None) => {
            Ok(ClientProof::Post { id: id.to_owned(), secret: secret.into() })
        }
        (None, id, None, Some(jwt)) => Ok(ClientProof::Assertion { id: id.map(str::to_owned), jwt }),
        (None, Some(id), None, None) => Ok(ClientProof::Name(id.to_owned())),
        (None, None, _, _) => Err(ErrorKind::InvalidClient.into()),
        _ => Err(Error::invalid_request("the client says in several ways who it is")),
    }
}

/// RFC 6749 section 2.3.1 has both parts form-encoded.
fn form_decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
