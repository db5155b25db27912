//! Why a guard let nobody in, as axum sends it.

use std::ops::Deref;

use auth_core::adapter::{missing_layer, passed_on};
use axum::response::{IntoResponse, Response};

use crate::response::into_response;

/// A guard's no, ready to be sent. A handler that does things by hand answers `Result<_, Rejection>`, and sends errors of the
/// core by `?`: as JSON, or, where it takes [`AuthContext`](crate::AuthContext), as a page for those who prefer one. One that
/// wants to answer nobody by itself takes `Result<CurrentUser, Rejection>`; for a bad credential and for a store that cannot
/// answer, the core's reply goes out all the same.
#[derive(Clone, Debug)]
#[must_use = "a refusal that is not sent refuses nothing"]
pub struct Rejection(auth_core::Rejection);

impl Rejection {
    /// A guard without the layer: the application's mistake, and the log names the line to add.
    pub(crate) fn missing_layer() -> Self {
        Self(missing_layer("add `.layer(auth_axum::layer(&auth))` after the last route"))
    }
}

impl Deref for Rejection {
    type Target = auth_core::Rejection;
    fn deref(&self) -> &auth_core::Rejection {
        &self.0
    }
}

impl From<auth_core::Rejection> for Rejection {
    fn from(rejection: auth_core::Rejection) -> Self {
        Self(rejection)
    }
}

impl From<auth_core::Error> for Rejection {
    fn from(error: auth_core::Error) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let passed_on = passed_on(&self.0);
        let mut response = into_response(self.0.into_response());
        if let Some(rejection) = passed_on {
            // The layer knows the request, and with it the form of the reply.
            response.extensions_mut().insert(rejection);
        }
        response
    }
}
