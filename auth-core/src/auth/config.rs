//! Checked settings.

use std::time::Duration;

use crate::http::{AllowedOrigins, CookieConfig, SafeRedirect, TrustedProxies};
use crate::page::ReplyStyle;

/// What requests are judged by.
#[derive(Debug)]
pub(crate) struct Config {
    pub(super) style: ReplyStyle,
    pub(crate) cookie: CookieConfig,
    pub(crate) browser_cookie: CookieConfig,
    pub(crate) known_cookie: CookieConfig,
    pub(crate) pending_cookie: CookieConfig,
    pub(crate) device_cookie: CookieConfig,
    pub(crate) sign_up_cookie: CookieConfig,
    pub(crate) origins: AllowedOrigins,
    pub(crate) proxies: TrustedProxies,
    /// Where a login ends that was not on its way to another page.
    pub(crate) login_redirect: SafeRedirect,
    /// The application's front page.
    pub(super) home: SafeRedirect,
    pub(crate) has_password_grant: bool,
    pub(crate) has_health_routes: bool,
    pub(crate) has_magic_links: bool,
    pub(crate) mails_codes: bool,
    pub(crate) trusts_devices: bool,
    pub(crate) has_openapi_route: bool,
    pub(crate) body_timeout: Duration,
}
