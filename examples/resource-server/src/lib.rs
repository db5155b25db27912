//! An API that accepts access tokens of another issuer: the same two routes on each of the three frameworks.

pub mod on_actix;
pub mod on_axum;
pub mod on_rocket;
#[cfg(test)]
mod tests;

use auth_core::access::ScopeName;
use auth_core::resource::{OutsideIssuer, OutsideToken, TokenProfile};
use auth_core::store::MemoryStore;
use auth_core::{Auth, AuthBuilder, Error};

/// The scope of whoever reads reports.
#[derive(Debug)]
pub struct ReadReports;

impl ScopeName for ReadReports {
    const SCOPE: &'static str = "reports:read";
}

/// A system without users: nobody logs in here, so memory is store enough.
///
/// # Errors
/// When the settings are wrong.
pub async fn auth(builder: AuthBuilder, issuer: &str, audience: &str) -> Result<Auth, Error> {
    let issuer = OutsideIssuer::jwt(issuer)
        .audience(audience)
        // Auth0, Entra, Keycloak and Okta do not mark their access tokens as RFC 9068 has it. Leave this out for an issuer that does.
        .profile(TokenProfile::PlainJwt);
    builder.store(MemoryStore::new()).outside_issuer(issuer).build().await
}

fn whoami(token: &OutsideToken) -> String {
    let subject = token.subject().unwrap_or("nobody");
    format!(
        "{subject} of {}, by the client {}",
        token.issuer(),
        token.client_id().unwrap_or("without a name")
    )
}
