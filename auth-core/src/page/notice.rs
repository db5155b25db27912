//! The page that says what happens next.

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Link, Page, Pages};

/// What a page shows on which nothing is to be done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NoticePage<'a> {
    /// The heading, a few words.
    pub title: &'a str,
    /// What happens next: a sentence or two.
    pub sentence: &'a str,
    /// A way on.
    pub way_on: Link,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a NoticePage<'a>,
}

impl Page for NoticePage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.notice(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }
}
