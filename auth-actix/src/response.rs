//! The core's replies as actix-web's responses.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use auth_core::adapter;
use auth_core::http::{AuthResponse, ResponseHead};

/// Translates a reply.
pub(crate) fn into_response(reply: AuthResponse) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::from_u16(reply.status()).unwrap_or_default());
    let mut head = Head(response.headers_mut());
    for (name, value) in reply.headers() {
        head.append(name, value.to_owned().into());
    }
    response.set_body(BoxBody::new(reply.into_body()))
}

/// The head of a response that goes out, open for what the context collected.
pub(crate) struct Head<'a>(pub(crate) &'a mut HeaderMap);

impl ResponseHead for Head<'_> {
    fn lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.0.get_all(header_name(name)).map(|value| value.as_bytes())
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        if let Some(value) = header_value(value) {
            self.0.append(header_name(name), value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        self.0.remove(header_name(name));
    }

    fn remove_ending(&mut self, end: &'static str) -> bool {
        let names: Vec<_> = self.0.keys().filter(|name| name.as_str().ends_with(end)).cloned().collect();
        names.iter().for_each(|name| drop(self.0.remove(name)));
        !names.is_empty()
    }
}

adapter::header_words!(actix_web::http::header);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_taken_away_by_the_end_of_their_names() {
        let mut headers = HeaderMap::new();
        let mut head = Head(&mut headers);
        for name in ["x-cdn-cache-control", "y-cache-control", "cache-control-x"] {
            head.append(name, "public".into());
            head.append(name, "max-age=60".into());
        }
        assert!(head.remove_ending("-cache-control") && !head.remove_ending("-cache-control"));
        assert_eq!(head.lines("cache-control-x").count(), 2);
        assert_eq!(head.lines("x-cdn-cache-control").chain(head.lines("y-cache-control")).count(), 0);
    }
}
