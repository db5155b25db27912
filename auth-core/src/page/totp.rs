//! The page on which an authenticator app is set up.

use std::fmt;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page shows on which an authenticator app is set up: a secret, which `Debug` leaves out.
#[derive(Clone)]
#[non_exhaustive]
pub struct TotpPage<'a> {
    /// The form that turns it on. It takes `code`.
    pub form: Form,
    /// The secret, to type.
    pub secret: &'a str,
    /// The same for an app on this device to open.
    pub otpauth_uri: &'a str,
    /// The same to scan: an `svg` element, which is put into the page as it is.
    pub qr_svg: &'a str,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
    /// The path of the way back.
    pub back: &'a str,
}

#[derive(Template)]
#[template(path = "totp.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a TotpPage<'a>,
}

impl Ours<'_> {
    /// The secret in groups of four letters, as people type it.
    fn groups(&self) -> Vec<&str> {
        let secret = self.page.secret;
        (0..secret.len()).step_by(4).filter_map(|at| secret.get(at..(at + 4).min(secret.len()))).collect()
    }
}

impl Page for TotpPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.totp(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}

impl fmt::Debug for TotpPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotpPage").field("form", &self.form).finish_non_exhaustive()
    }
}
