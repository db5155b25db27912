//! The page of somebody's second factors.

use askama::Template;

use crate::text::Text;

use super::device::device_name;
use super::form::written;
use super::frame::Frame;
use super::linked_accounts::around_link;
use super::{Form, Link, Page, Pages};

/// What the page of second factors shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FactorsPage<'a> {
    /// Who is logged in.
    pub username: &'a str,
    /// The day by which somebody who must have a second factor has to add one; `None` who need not, or has.
    pub due: Option<String>,
    /// Whether they do nothing else until they have.
    pub is_due: bool,
    /// Since which day there is an authenticator app; `None` where there is none.
    pub totp_since: Option<String>,
    /// The form that offers a secret for one, nothing but a button; `None` while that cannot be done.
    pub add_totp: Option<Form>,
    /// The form that removes it, nothing but a button.
    pub remove_totp: Option<Form>,
    /// How many recovery codes are left; `None` without a second factor.
    pub recovery_codes: Option<usize>,
    /// The form that makes other ones, nothing but a button.
    pub renew_codes: Option<Form>,
    /// Whether a code can be mailed at a login.
    pub can_be_mailed: bool,
    /// The browsers in which the user is not asked.
    pub devices: &'a [DeviceRow<'a>],
    /// Whether the address has to be proven first.
    pub lacks_proof: bool,
    /// The way to a recent login with a second factor, where that is needed before anything can be changed.
    pub reauthenticate: Option<Link>,
    /// The way to the passkeys, where the application takes them.
    pub passkeys: Option<Link>,
    /// The way back to the account.
    pub account: Link,
}

/// A browser in which its user is not asked for the second factor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceRow<'a> {
    /// What it called itself (`User-Agent`).
    pub device: Option<&'a str>,
    /// When that was last so (RFC 3339, in UTC).
    pub last_used_at: String,
    /// The form that ends it, nothing but a button.
    pub end: Option<Form>,
}

impl<'a> DeviceRow<'a> {
    pub(crate) fn new(device: Option<&'a str>, last_used_at: String, end: Option<Form>) -> Self {
        Self { device, last_used_at, end }
    }

    /// The device as people know it.
    fn name(&self) -> Option<String> {
        self.device.map(device_name)
    }

    /// The day, for people.
    fn day(&self) -> &str {
        self.last_used_at.split('T').next().unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "factors.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a FactorsPage<'a>,
    /// What stands before and behind the link to a recent login.
    confirm: (String, String),
}

impl Page for FactorsPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.factors(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let confirm = around_link(frame, |link| Text::FactorsConfirm { link });
        written(&Ours { frame, page: self, confirm })
    }

    fn forms(&self) -> Vec<&Form> {
        let ends = self.devices.iter().filter_map(|device| device.end.as_ref());
        [&self.add_totp, &self.remove_totp, &self.renew_codes].into_iter().flatten().chain(ends).collect()
    }
}
