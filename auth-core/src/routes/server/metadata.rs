//! What the server says of itself, under the two names that are looked for.

use crate::http::{AuthResponse, json_response, path};
use crate::key::JWKS_MAX_AGE;
use crate::routes::about::{About, Answer, Object, Schema, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::server::Endpoints;

use super::authorize::server;

const METADATA: Object = Object {
    name: "ServerMetadata",
    about: "What the server is, and can do (RFC 8414, OpenID Connect Discovery 1.0).",
    members: &[
        required("issuer", Schema::Text, "the base URL"),
        required("authorization_endpoint", Schema::Text, ""),
        required("token_endpoint", Schema::Text, ""),
        required("device_authorization_endpoint", Schema::Text, ""),
        required("userinfo_endpoint", Schema::Text, ""),
        required("jwks_uri", Schema::Text, ""),
        required("revocation_endpoint", Schema::Text, ""),
        required("introspection_endpoint", Schema::Text, ""),
        required("pushed_authorization_request_endpoint", Schema::Text, ""),
        required("end_session_endpoint", Schema::Text, ""),
        optional("registration_endpoint", Schema::Text, "where clients register themselves"),
        optional(
            "client_id_metadata_document_supported",
            Schema::Boolean,
            "whether clients describe themselves at a URL",
        ),
        required("scopes_supported", Schema::List(&Schema::Text), ""),
        required("response_types_supported", Schema::List(&Schema::Text), ""),
        required("response_modes_supported", Schema::List(&Schema::Text), ""),
        required("grant_types_supported", Schema::List(&Schema::Text), ""),
        required("subject_types_supported", Schema::List(&Schema::Text), ""),
        required("id_token_signing_alg_values_supported", Schema::List(&Schema::Text), ""),
        required("acr_values_supported", Schema::List(&Schema::Text), ""),
        required("claims_supported", Schema::List(&Schema::Text), "the application may have further ones"),
        required("claims_parameter_supported", Schema::Boolean, ""),
        required("request_parameter_supported", Schema::Boolean, ""),
        required("request_uri_parameter_supported", Schema::Boolean, ""),
        required("prompt_values_supported", Schema::List(&Schema::Text), ""),
        required("dpop_signing_alg_values_supported", Schema::List(&Schema::Text), ""),
        required("code_challenge_methods_supported", Schema::List(&Schema::Text), ""),
        required("authorization_response_iss_parameter_supported", Schema::Boolean, ""),
        required("backchannel_logout_supported", Schema::Boolean, ""),
        required("backchannel_logout_session_supported", Schema::Boolean, ""),
        required("token_endpoint_auth_methods_supported", Schema::List(&Schema::Text), ""),
        required("token_endpoint_auth_signing_alg_values_supported", Schema::List(&Schema::Text), ""),
        required("introspection_endpoint_auth_methods_supported", Schema::List(&Schema::Text), ""),
        required("introspection_endpoint_auth_signing_alg_values_supported", Schema::List(&Schema::Text), ""),
        required("revocation_endpoint_auth_methods_supported", Schema::List(&Schema::Text), ""),
        required("revocation_endpoint_auth_signing_alg_values_supported", Schema::List(&Schema::Text), ""),
    ],
};

pub(crate) const METADATA_DOCUMENT: About = About::new(
    "What the server is, and can do",
    "RFC 8414 and OpenID Connect Discovery 1.0, generated from what is on; `Cache-Control: public`.",
)
.answers(&[Answer::json(200, &[&METADATA], "and what else there is to know")]);

const RESOURCE: Object = Object {
    name: "ResourceMetadata",
    about: "Whom to ask for tokens (RFC 9728).",
    members: &[
        required("resource", Schema::Text, "the base URL"),
        required("authorization_servers", Schema::List(&Schema::Text), ""),
        required("jwks_uri", Schema::Text, ""),
        required("scopes_supported", Schema::List(&Schema::Text), ""),
        required("bearer_methods_supported", Schema::List(&Schema::Text), ""),
        required("dpop_signing_alg_values_supported", Schema::List(&Schema::Text), ""),
    ],
};

pub(crate) const RESOURCE_DOCUMENT: About = About::new(
    "Whom to ask for tokens",
    "RFC 9728: the challenge of a 401 names it as `resource_metadata`. `Cache-Control: public`.",
)
.answers(&[Answer::json(200, &[&RESOURCE], "and what else there is to know")]);

/// `GET /.well-known/oauth-protected-resource`.
pub(crate) async fn protected_resource(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let document = server(exchange)?.protected_resource(&jwks(exchange));
    Ok(public(json_response(200, &document)))
}

/// `GET /.well-known/oauth-authorization-server`.
pub(crate) async fn authorization_server(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    metadata(exchange)
}

/// `GET /.well-known/openid-configuration`.
pub(crate) async fn openid_configuration(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    metadata(exchange)
}

fn metadata(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let (server, style) = (server(exchange)?, exchange.style());
    let url = |route| style.url(route, None);
    let endpoints = Endpoints {
        authorization: url(path::AUTHORIZE),
        device_authorization: url(path::DEVICE_AUTHORIZATION),
        end_session: url(path::END_SESSION),
        introspection: url(path::INTROSPECT),
        jwks: jwks(exchange),
        par: url(path::PAR),
        registration: exchange.auth.registers_clients().then(|| url(path::CLIENTS)),
        revocation: url(path::REVOKE),
        userinfo: url(path::USERINFO),
    };
    Ok(public(json_response(200, &server.metadata(&endpoints)?)))
}

fn jwks(exchange: &Exchange) -> String {
    format!("{}{}", exchange.style().base_url(), path::JWKS.pattern())
}

fn public(reply: AuthResponse) -> AuthResponse {
    reply.with_header("cache-control", format!("public, max-age={}", JWKS_MAX_AGE.as_secs()))
}
