//! The page that shows recovery codes, once.

use std::fmt;

use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Page, Pages};

/// What the page of recovery codes shows: them, which `Debug` leaves out.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecoveryCodesPage<'a> {
    /// The codes.
    pub codes: &'a [&'a str],
    /// The path of the way on.
    pub done: &'a str,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a RecoveryCodesPage<'a>,
}

impl Ours<'_> {
    /// A link that holds the file: it needs no script, and nobody is asked for the codes once more.
    fn file(&self) -> String {
        let text = format!("{}\n\n{}\n", self.frame.app_name, self.page.codes.join("\n"));
        format!("data:text/plain;charset=utf-8,{}", utf8_percent_encode(&text, NON_ALPHANUMERIC))
    }
}

impl Page for RecoveryCodesPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.recovery_codes(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }
}

impl fmt::Debug for RecoveryCodesPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodesPage([redacted])")
    }
}
