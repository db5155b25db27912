//! The page that says what went wrong.

use std::borrow::Cow;

use askama::Template;

use crate::error::ErrorKind;
use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Link, Page, Pages};

/// What an error page shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ErrorPage<'a> {
    /// The HTTP status of the reply.
    pub status: u16,
    /// The heading, a few words.
    pub title: &'a str,
    /// What happened, or what to do about it: a sentence.
    pub sentence: &'a str,
    /// What support finds it by ([`EventId::reference`](crate::event::EventId::reference)), where there is something to find.
    pub reference: Option<&'a str>,
    /// The path of the link out.
    pub home: &'a str,
    /// A way on.
    pub way_on: Option<Link>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a ErrorPage<'a>,
    status: Cow<'a, str>,
}

impl Page for ErrorPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.error(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let status = frame.say(Text::ErrorStatus { status: self.status });
        written(&Ours { frame, page: self, status })
    }

    fn reference(&self) -> Option<&str> {
        self.reference
    }
}

/// What a visitor can do about an error that came without a sentence of its own.
pub(super) fn advice(kind: ErrorKind) -> Text {
    if kind == ErrorKind::InvalidLink {
        return Text::AdviceLink;
    }
    match kind.row().status {
        401 => Text::Advice401,
        403 => Text::Advice403,
        404 => Text::Advice404,
        405 => Text::Advice405,
        409 => Text::Advice409,
        413 => Text::Advice413,
        415 => Text::Advice415,
        429 => Text::Advice429,
        503 => Text::Advice503,
        400..500 => Text::AdviceRequest,
        _ => Text::AdviceServer,
    }
}
