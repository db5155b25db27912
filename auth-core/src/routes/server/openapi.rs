//! `GET /auth/openapi.json`.

use crate::http::AuthResponse;
use crate::routes::about::{About, Answer, Object, Schema, required};
use crate::routes::exchange::{Exchange, Failure};

pub(crate) const OPENAPI: About = About::new("This document", "OpenAPI 3.1, of every route that is there.")
    .answers(&[Answer::json(200, &[&DOCUMENT], "whatever `Accept` says")]);

const DOCUMENT: Object = Object {
    name: "OpenApi",
    about: "An OpenAPI document.",
    members: &[
        required("openapi", Schema::Text, ""),
        required("info", Schema::Any, ""),
        required("servers", Schema::List(&Schema::Any), ""),
        required("tags", Schema::List(&Schema::Any), ""),
        required("paths", Schema::Any, ""),
        required("components", Schema::Any, ""),
    ],
};

/// `GET /auth/openapi.json`.
pub(crate) async fn openapi(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let document = exchange.auth.openapi_text();
    Ok(AuthResponse::new(200).with_body("application/json", document))
}
