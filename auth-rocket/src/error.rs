//! Why a guard let nobody in, as rocket sends it.

use std::io::Cursor;
use std::ops::Deref;

use auth_core::adapter::{KEPT, missing_layer};
use rocket::http::Status;
use rocket::request::{Outcome, Request};
use rocket::response::{self, Responder};

use crate::response::{Head, into_response};
use crate::slot::Cached;

/// A guard's no, ready to be sent. A handler that does things by hand answers `Result<_, Rejection>`, and sends errors of the
/// core by `?`: as JSON, or, where it takes [`AuthContext`](crate::AuthContext), as a page for those who prefer one. One that
/// wants to answer nobody by itself takes `Result<CurrentUser, Rejection>`; for a bad credential and for a store that cannot
/// answer, the core's reply goes out all the same.
#[derive(Clone, Debug)]
#[must_use = "a refusal that is not sent refuses nothing"]
pub struct Rejection(auth_core::Rejection);

impl Rejection {
    /// A guard without the fairing: the application's mistake, and the log names the line to add.
    pub(crate) fn missing_layer() -> Self {
        Self(missing_layer("add `.attach(auth_rocket::fairing(&auth))` to the Rocket"))
    }

    /// The failure of a request guard. The fairing puts the kept reply in its place.
    pub(crate) fn into_outcome<T>(self) -> Outcome<T, Self> {
        Outcome::Error((Status::new(KEPT), self))
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

impl<'r> Responder<'r, 'static> for Rejection {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = into_response(self.0.response().clone());
        if let Some((_, slot)) = Cached::fill(request)
            && let Some((status, page)) = slot.page_for(&self.0, &mut Head(&mut response))
        {
            response.set_status(Status::new(status));
            response.set_sized_body(page.len(), Cursor::new(page));
        }
        Ok(response)
    }
}
