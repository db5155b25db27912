//! Why a guard let nobody in, as actix-web sends it.

use std::fmt;
use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use auth_core::adapter::{missing_layer, passed_on};

use crate::response::into_response;

/// A guard's no, ready to be sent. A handler that does things by hand answers `Result<_, Rejection>`, and sends errors of the
/// core by `?`: as JSON, or, where it takes [`AuthContext`](crate::AuthContext), as a page for those who prefer one. One that
/// wants to answer nobody by itself takes `Result<CurrentUser, Rejection>`; for a bad credential and for a store that cannot
/// answer, the core's reply goes out all the same.
#[derive(Clone, Debug)]
#[must_use = "a refusal that is not sent refuses nothing"]
pub struct Rejection(auth_core::Rejection);

impl Rejection {
    /// A guard without the middleware: the application's mistake, and the log names the line to add.
    pub(crate) fn missing_layer() -> Self {
        Self(missing_layer("add `.wrap(auth_actix::middleware(&auth))` to the App"))
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

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().reply().title)
    }
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = into_response(self.response().clone());
        if let Some(rejection) = passed_on(&self.0) {
            // The middleware knows the request, and with it the form of the reply.
            response.extensions_mut().insert(rejection);
        }
        response
    }
}
