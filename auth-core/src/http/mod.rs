//! HTTP as this crate sees it: neutral requests and responses, cookies, negotiation, the origin rule.
//!
//! The three frameworks have two generations of the `http` crate between them, so nothing here names one: headers
//! cross the boundary as names and bytes. An adapter shows a request as a [`RequestView`] and sends the
//! [`AuthResponse`] that comes back. What is decided here:
//!
//! 1. **Bodies** of login routes: above [`BODY_LIMIT`] 413, neither a form nor JSON 415, malformed, a field twice,
//!    a NUL or a field of the wrong type 400, but a checkbox may come with the hidden field that says no; not there
//!    after [`AuthBuilder::body_timeout`](crate::AuthBuilder::body_timeout), 10 seconds, 408.
//! 2. **Cookies**: `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax`, `Path=/`; below a path of the base URL `__Secure-` and that
//!    `Path`; only on `http://localhost` without prefix and `Secure`. Two different session cookies are nobody.
//! 3. **The origin rule**, for methods that change something under what a browser sends by itself, and for the
//!    login form: `Sec-Fetch-Site`, if present, has to be `same-origin` or `none`; else `Origin`, if present, the
//!    base URL's. An `Origin` on the allow-list passes in both cases. With neither header it is no browser, and
//!    passes. Everything else: 403.
//! 4. **Redirects** go to a [`SafeRedirect`], a path on this origin; any other target becomes the application's front page.
//! 5. **The client's address** is the connection's, or, if that comes from a listed proxy ([`TrustedProxies`]), the
//!    right-most one of `X-Forwarded-For` that is none; what stands left of it is the client's own say. Every other
//!    forwarding header is ignored.
//! 6. **Replies** are pages for a request whose `Accept` prefers `text/html` and whose body is not JSON, and for htmx, else JSON.
//!    Where a browser is redirected, htmx is told by `HX-Redirect`.
//! 7. **Sentences**, on pages and in errors, are in the language that was chosen on a page (kept in a cookie), or else in the one that
//!    `Accept-Language` prefers, of those that the application [speaks](crate::AuthBuilder::languages).
//!
//! Header values that are not UTF-8 count as absent. Of a `Cookie` line that is the pair alone, of `X-Forwarded-For` the
//! entry. (rocket shows no header line that is not UTF-8, see there.)
//!
//! ```
//! use auth_core::http::{SafeRedirect, TrustedProxies};
//!
//! assert_eq!(SafeRedirect::or_home(Some("/reports?page=2")).as_str(), "/reports?page=2");
//! assert_eq!(SafeRedirect::or_home(Some("//evil.example")).as_str(), "/");
//!
//! assert!(TrustedProxies::parse("10.0.0.0/8, 192.0.2.1").is_ok());
//! assert!(TrustedProxies::parse("*").is_err());
//! ```
//!
//! Configured by [`AuthBuilder::base_url`](crate::AuthBuilder::base_url),
//! [`allow_origin`](crate::AuthBuilder::allow_origin) and [`trusted_proxies`](crate::AuthBuilder::trusted_proxies).
//! The base URL has to be the address that browsers show: a proxy that rewrites `Host` changes nothing, a base URL
//! of another origin has every form refused. List proxies only if nobody can reach the application around them.
//!
//! RFC 9110 (HTTP), RFC 6265 (cookies), RFC 6454 (origins), [Fetch
//! Metadata](https://www.w3.org/TR/fetch-metadata/), RFC 9457 (JSON errors), [CSP 3](https://www.w3.org/TR/CSP3/).

mod body;
mod client_address;
mod cookie;
mod fields;
mod htmx;
mod negotiate;
mod origin;
pub(crate) mod path;
mod place;
mod redirect;
mod reply;
mod request;
mod response;
mod view;

pub(crate) use self::body::BODY_TIMEOUT;
pub use self::body::{BODY_LIMIT, RequestBody};
pub use self::client_address::TrustedProxies;
pub use self::fields::Fields;
#[cfg(feature = "server")]
pub(crate) use self::fields::{form_pairs, query_pairs};
pub use self::redirect::SafeRedirect;
pub use self::request::AuthRequest;
#[cfg(test)]
pub(crate) use self::request::tests::{request, request_from};
pub(crate) use self::request::{basic_credentials, split_authorization};
pub use self::response::{AuthResponse, ResponseHead};
pub use self::view::RequestView;

pub(crate) use self::cookie::{BrowserId, CookieConfig, SessionId, read_cookie};
pub(crate) use self::htmx::{fetches_part, is_htmx, redirect_for, sender, sends_page_to};
pub(crate) use self::negotiate::{is_browser_navigation, language_ranges, prefers_html};
pub(crate) use self::origin::{AllowedOrigins, is_unsafe};
pub(crate) use self::path::RoutePath;
pub(crate) use self::place::Place;
pub(crate) use self::reply::{
    REALM, json_response, problem, see_other, see_other_route, whole_seconds, with_retry_after,
};
