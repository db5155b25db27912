//! Clients that are registered, and what they ask the token endpoint and its neighbours.

use auth_core::AuthBuilder;
use auth_core::server::{ClientRegistration, GrantType, OAuthClient, ServerConfig};
use conformance::{Reply, TestApp};

/// The secret of every client of these scenarios that has one.
pub(crate) const SECRET: &str = "some words of thirty-two bytes or so";

/// What has to be brought to register a client by the route for it.
pub(crate) const INITIAL_TOKEN: &str = "0f5c1d7a9b3e48266c2d8f0a4e1b7395";

/// A program that works by itself.
pub(crate) const NIGHTLY: &str = "nightly";

/// An API that asks what tokens are.
pub(crate) const API: &str = "api";

/// The resource that the API is.
pub(crate) const RESOURCE: &str = "https://api.example/v1";

/// A client that acts for itself.
pub(crate) fn machine(id: &str) -> OAuthClient {
    OAuthClient::new(id)
        .secret(SECRET)
        .grants([GrantType::ClientCredentials])
        .scopes(["reports:read", "reports:write"])
        .resources([RESOURCE])
}

/// A server with the nightly program, the API, and these.
pub(crate) fn with<const N: usize>(clients: [OAuthClient; N]) -> impl FnOnce(AuthBuilder) -> AuthBuilder {
    let api =
        OAuthClient::new(API).secret(SECRET).grants([GrantType::ClientCredentials]).resources([RESOURCE]);
    |builder| {
        let registration = ClientRegistration::InitialAccessToken(INITIAL_TOKEN.into());
        let server = ServerConfig::new().clients([machine(NIGHTLY), api]).clients(clients);
        builder.server(server.client_registration(registration))
    }
}

/// Asks for a token of the client's own.
pub(crate) fn ask(app: &TestApp, client: &str, more: &[(&str, &str)]) -> Reply {
    let fields = [&[("grant_type", "client_credentials")], more].concat();
    app.post("/auth/token").basic(client, SECRET).form(&fields).send()
}

/// A token of the client's own.
pub(crate) fn token(app: &TestApp, client: &str, more: &[(&str, &str)]) -> String {
    ask(app, client, more).expect(200).json()["access_token"].as_str().unwrap().to_owned()
}

/// What this client is told of a token.
pub(crate) fn introspect(app: &TestApp, client: &str, token: &str) -> Reply {
    app.post("/auth/introspect").basic(client, SECRET).form(&[("token", token)]).send()
}
