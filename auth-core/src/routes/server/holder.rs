//! Which key the client holds, as it shows (RFC 9449).

use crate::error::{Error, ErrorKind};
use crate::http::AuthResponse;
use crate::routes::exchange::Exchange;

/// In what a client is told the nonce of its next proof (RFC 9449 section 8).
const NONCE: &str = "dpop-nonce";

/// The thumbprint of the key that the client shows to hold. The proof is used up, whatever comes of the request.
pub(super) async fn held_key(exchange: &Exchange) -> Result<Option<String>, Error> {
    exchange.auth.tokens().proofs().key_of(&exchange.request).await
}

/// The reply to a client that has sent a proof, with the nonce for the next one where that has to bear one.
pub(super) fn with_next_nonce(exchange: &Exchange, response: AuthResponse) -> AuthResponse {
    match exchange.auth.tokens().proofs().next_nonce(&exchange.request) {
        Some(nonce) => response.with_header(NONCE, nonce),
        None => response,
    }
}

/// The reply to an error, with the nonce that is missing.
pub(in crate::routes) fn with_missing_nonce(
    exchange: &Exchange,
    error: &Error,
    response: AuthResponse,
) -> AuthResponse {
    match error.kind() {
        ErrorKind::UseDpopNonce => response.with_header(NONCE, exchange.auth.tokens().proofs().nonce()),
        _ => response,
    }
}
