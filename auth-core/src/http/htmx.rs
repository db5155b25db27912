//! htmx: a page's script that sends requests in the page's stead (<https://htmx.org/reference/#headers>).
//!
//! Its requests say `HX-Request: true` and accept `*/*`, and what they are answered is put into the page. A redirect would be
//! followed by the browser within the request, so that the login page ended up inside of the page; `HX-Redirect` has the
//! page itself go there.

use super::{AuthResponse, RequestView, ResponseHead as _, SafeRedirect};

/// Whether htmx sent the request.
pub(crate) fn is_htmx(view: &impl RequestView) -> bool {
    is_true(view, "hx-request")
}

/// The reply as the client can follow it: a redirect in htmx's own way for htmx, which wants a status of success with it. It goes
/// to the same place, and nowhere else.
pub(crate) fn redirect_for(view: &impl RequestView, mut response: AuthResponse) -> AuthResponse {
    // A page of the history is fetched for its content, and no header of the reply is looked at.
    if response.status() != 303 || !is_htmx(view) || is_true(view, "hx-history-restore-request") {
        return response;
    }
    let Some(location) = response.header("location").map(str::to_owned) else { return response };
    response.remove("location");
    sends_page_to(response.with_status(200), &location)
}

/// The reply, which has htmx send the whole page to this place.
pub(crate) fn sends_page_to(response: AuthResponse, location: &str) -> AuthResponse {
    response.with_header("hx-redirect", location).with_header("vary", "HX-Request")
}

/// The page that the request was sent from, if it is one of this origin: what htmx says, or else `Referer`.
pub(crate) fn sender(view: &impl RequestView, origin: &str) -> Option<SafeRedirect> {
    let current = view.header_text("hx-current-url").filter(|_| is_htmx(view));
    let url = current.or_else(|| view.header_text("referer"))?;
    SafeRedirect::parse(url.strip_prefix(origin)?)
}

/// Whether the request fetches a part of the page that it was sent from. A boosted link is the way to another page, like any
/// link.
pub(crate) fn fetches_part(view: &impl RequestView) -> bool {
    is_htmx(view) && !is_true(view, "hx-boosted")
}

fn is_true(view: &impl RequestView, name: &'static str) -> bool {
    view.header_text(name) == Some("true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::tests::request;

    const HTMX: (&str, &str) = ("hx-request", "true");

    fn redirect() -> AuthResponse {
        AuthResponse::new(303)
            .with_header("location", "/auth/login?next=%2F")
            .with_header("set-cookie", "a=b")
    }

    #[test]
    fn a_redirect_becomes_a_header_and_leaves_the_rest_as_it_is() {
        let reply = redirect_for(&request("GET", "/", &[HTMX]), redirect());
        assert_eq!((reply.status(), reply.header("location")), (200, None));
        assert_eq!(reply.header("hx-redirect"), Some("/auth/login?next=%2F"));
        assert_eq!((reply.header("vary"), reply.header("set-cookie")), (Some("HX-Request"), Some("a=b")));
    }

    #[test]
    fn everybody_else_is_redirected() {
        let history = ("hx-history-restore-request", "true");
        for headers in [&[][..], &[("hx-request", "false")], &[("hx-request", "TRUE")], &[HTMX, history]] {
            assert_eq!(redirect_for(&request("GET", "/", headers), redirect()), redirect(), "{headers:?}");
        }
        let other = AuthResponse::new(201).with_header("location", "/x");
        assert_eq!(redirect_for(&request("GET", "/", &[HTMX]), other.clone()), other);
    }

    #[test]
    fn the_page_is_one_of_this_origin() {
        let page = |headers: &[(&str, &str)]| {
            let page = sender(&request("POST", "/part", headers), "https://app.example");
            page.map(|page| page.as_str().to_owned())
        };
        let at = |url| ("hx-current-url", url);
        let referer = |url| ("referer", url);
        assert_eq!(page(&[HTMX, at("https://app.example/list?a=b")]).as_deref(), Some("/list?a=b"));
        for elsewhere in [
            "https://app.example",
            "https://app.example.evil/x",
            "https://app.example@evil/x",
            "https://app.example//evil/x",
            "/x",
            "",
        ] {
            assert_eq!(page(&[HTMX, at(elsewhere)]), None, "{elsewhere}");
            assert_eq!(page(&[referer(elsewhere)]), None, "{elsewhere}");
        }
        assert_eq!(page(&[at("https://app.example/list")]), None, "htmx did not send it");
        assert_eq!(page(&[referer("https://app.example/form")]).as_deref(), Some("/form"));
        assert_eq!(page(&[]), None);
    }
}
