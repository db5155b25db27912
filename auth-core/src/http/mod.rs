//! HTTP as this crate sees it: neutral requests and responses, cookies, negotiation, the origin rule, pages.
//!
//! The three frameworks have two generations of the `http` crate between them, so nothing here names one: headers cross
//! the boundary as names and bytes.

mod body;
mod client_address;
mod cookie;
mod negotiate;
mod origin;
pub mod page;
mod redirect;
mod reply;
mod request;
mod response;

pub use self::body::{BODY_LIMIT, Fields, RequestBody};
pub use self::client_address::TrustedProxies;
pub use self::redirect::SafeRedirect;
pub(crate) use self::request::split_authorization;
#[cfg(test)]
pub(crate) use self::request::tests::request;
pub use self::request::{AuthRequest, RequestView};
pub use self::response::{AuthResponse, ResponseHead};

pub(crate) use self::cookie::CookieConfig;
pub(crate) use self::cookie::SessionId;
pub(crate) use self::negotiate::{is_browser_navigation, prefers_html};
pub(crate) use self::origin::{AllowedOrigins, is_unsafe};
pub(crate) use self::reply::{
    ReplyStyle, json_response, page_response, problem, see_other, with_retry_after,
};
