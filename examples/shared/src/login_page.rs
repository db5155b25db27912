//! A login page of the demo's own, in place of the one that comes along: `LOGIN_PAGE=own`.
//!
//! The route stays the core's, with all that it checks, and so do status, headers and the fields that the form carries: an application
//! gives the HTML, once for the three frameworks.

use askama::Template;
use auth_core::page::{LoginPage, Pages};

/// What the demo shows in place of the core's pages: one of them.
#[derive(Debug)]
pub(crate) struct OwnPages;

impl Pages for OwnPages {
    fn login(&self, page: &LoginPage<'_>) -> Option<String> {
        Login { page }.render().ok()
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    page: &'a LoginPage<'a>,
}
