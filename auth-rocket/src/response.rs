//! The core's replies as rocket's responses.

use std::borrow::Cow;
use std::io::Cursor;

use auth_core::http::{AuthResponse, ResponseHead};
use rocket::http::Status;
use rocket::response::Response;

use crate::request::lines;

/// Translates a reply.
pub(crate) fn into_response<'r>(reply: AuthResponse) -> Response<'r> {
    let mut response = Response::new();
    response.set_status(Status::new(reply.status()));
    let mut head = Head(&mut response);
    for (name, value) in reply.headers() {
        head.append(name, value.to_owned().into());
    }
    let body = reply.into_body();
    response.set_sized_body(body.len(), Cursor::new(body));
    response
}

/// The head of a response that goes out, open for what the context collected.
pub(crate) struct Head<'a, 'r>(pub(crate) &'a mut Response<'r>);

impl ResponseHead for Head<'_, '_> {
    fn lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        lines(self.0.headers(), name)
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        self.0.adjoin_raw_header(name, value);
    }

    fn remove(&mut self, name: &'static str) {
        self.0.remove_header(name);
    }

    fn remove_ending(&mut self, end: &'static str) -> bool {
        let names = self.0.headers().iter().map(|line| line.name.as_str().to_ascii_lowercase());
        let names: Vec<_> = names.filter(|name| name.ends_with(end)).collect();
        names.iter().for_each(|name| self.0.remove_header(name));
        !names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_taken_away_by_the_end_of_their_names() {
        let mut response = Response::new();
        response.set_raw_header("X-CDN-Cache-Control", "public");
        let mut head = Head(&mut response);
        for name in ["x-cdn-cache-control", "y-cache-control", "cache-control-x"] {
            head.append(name, "public".into());
            head.append(name, "max-age=60".into());
        }
        assert!(head.remove_ending("-cache-control") && !head.remove_ending("-cache-control"));
        assert_eq!(head.lines("cache-control-x").count(), 2);
        assert_eq!(head.lines("x-cdn-cache-control").chain(head.lines("y-cache-control")).count(), 0);
    }
}
