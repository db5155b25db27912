//! Replies as the application gives them: its name, its place, its pages and its words.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, ErrorKind, Row};
use crate::http::{
    AuthResponse, Place, REALM, RequestView, RoutePath, fetches_part, path, prefers_html, problem,
    redirect_for, sender, with_retry_after,
};
use crate::mail::MailParts;
use crate::text::{Text, Texts};

use super::error::advice;
use super::frame::{Frame, OWN_POLICY, POLICY};
use super::message::mail;
use super::{ErrorPage, Form, Link, Message, Ours, Page, Pages};

/// What `next` escapes in a query: everything but the unreserved characters of RFC 3986 section 2.3.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What replies need to know of the application.
#[derive(Clone, Debug)]
pub(crate) struct ReplyStyle {
    app_name: String,
    texts: Arc<Texts>,
    pages: Arc<dyn Pages>,
    place: Place,
    origin: String,
}

/// A link by which people go on from an error: its path, and what it says.
pub(crate) type WayOn = (String, Text);

impl ReplyStyle {
    pub(crate) fn new(app_name: impl Into<String>, origin: impl Into<String>, place: Place) -> Self {
        let (texts, pages) = (Arc::new(Texts::english()), Arc::new(Ours));
        Self { app_name: app_name.into(), texts, pages, place, origin: origin.into() }
    }

    /// The same in other words.
    pub(crate) fn with_texts(self, texts: Texts) -> Self {
        Self { texts: Arc::new(texts), ..self }
    }

    /// The same with pages of the application's own.
    pub(crate) fn with_pages(self, pages: Arc<dyn Pages>) -> Self {
        Self { pages, ..self }
    }

    pub(crate) fn app_name(&self) -> &str {
        &self.app_name
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Where the application and its login routes are.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn realm(&self) -> &'static str {
        REALM
    }

    /// The path of a login route, as browsers know it.
    pub(crate) fn path(&self, route: RoutePath) -> String {
        self.path_of(route, [])
    }

    /// The path of a login route whose variable parts are these, which need no encoding.
    pub(crate) fn path_of<const PARTS: usize>(
        &self,
        route: RoutePath<PARTS>,
        parts: [&str; PARTS],
    ) -> String {
        self.place.of(route, parts)
    }

    /// The path of the application's front page.
    pub(crate) fn home(&self) -> String {
        self.place.home()
    }

    /// A page with the headers that belong to every page.
    pub(crate) fn page(&self, status: u16, page: &dyn Page) -> AuthResponse {
        let (html, policy) = match page.own(&*self.pages) {
            Some(html) => {
                note_forgotten(&html, &page.forms());
                (html, OWN_POLICY)
            }
            None => (page.ours(Frame { app_name: &self.app_name, texts: &self.texts }), POLICY.as_str()),
        };
        AuthResponse::new(status)
            .with_body("text/html; charset=utf-8", html)
            .with_header("content-security-policy", policy)
            .with_header("x-content-type-options", "nosniff")
            .with_header("referrer-policy", "same-origin")
    }

    /// The URL of a login route, perhaps with the token of a mailed link.
    pub(crate) fn url(&self, route: RoutePath, token: Option<&str>) -> String {
        let token = token.map(|token| format!("?token={token}")).unwrap_or_default();
        format!("{}{}{token}", self.origin, self.path(route))
    }

    /// A mail, in the application's words: its subject and its parts.
    pub(crate) fn message(&self, message: &Message) -> (String, MailParts) {
        mail(Frame { app_name: &self.app_name, texts: &self.texts }, &*self.pages, message)
    }

    /// What is wrong with what was typed, in sentences: each broken rule, or else what the error says.
    pub(crate) fn complaints(&self, error: &Error) -> Vec<String> {
        let rules: Vec<_> =
            error.violations().iter().map(|violation| violation.said(&self.texts).into_owned()).collect();
        if rules.is_empty() { vec![error.told(&self.texts).into_owned()] } else { rules }
    }

    /// An error, as a page or as JSON.
    pub(crate) fn error(&self, view: &impl RequestView, error: &Error) -> AuthResponse {
        self.error_with(view, error, None)
    }

    /// An error; as a page, with a way on.
    pub(crate) fn error_with(
        &self,
        view: &impl RequestView,
        error: &Error,
        way_on: Option<WayOn>,
    ) -> AuthResponse {
        let response = match (prefers_html(view), error.kind()) {
            (true, ErrorKind::LoginPending) => self.to_the_missing_factor(view),
            (true, _) => self.error_page(error, way_on),
            (false, _) => problem(error, &self.texts),
        };
        with_retry_after(response, error)
    }

    /// Sends somebody on whose login lacks a factor. Where it leads is kept with the login.
    fn to_the_missing_factor(&self, view: &impl RequestView) -> AuthResponse {
        redirect_for(view, AuthResponse::new(303).with_header("location", self.path(path::MFA)))
    }

    fn error_page(&self, error: &Error, way_on: Option<WayOn>) -> AuthResponse {
        let Row { status, title, .. } = error.kind().row();
        let rules: Vec<_> = error.violations().iter().map(|violation| violation.said(&self.texts)).collect();
        let rules = Some(rules.join(" ")).filter(|rules| !rules.is_empty());
        let sentence = error.said(&self.texts).or(rules.map(Into::into));
        let page = ErrorPage {
            status,
            title: &self.texts.say(&title),
            sentence: &sentence.unwrap_or_else(|| self.texts.say(&advice(status))),
            home: &self.home(),
            way_on: way_on.map(|(href, text)| Link::new(href, self.texts.say(&text))),
        };
        self.page(status, &page)
    }

    /// Sends a person who opens a page to one of the login routes, and back afterwards.
    pub(crate) fn detour(&self, view: &impl RequestView, page: RoutePath) -> AuthResponse {
        let location = match fetches_part(view) {
            true => self.way_on(view, page),
            false => self.detour_to(page, &self.place.public(&view.path_and_query())),
        };
        redirect_for(view, AuthResponse::new(303).with_header("location", location))
    }

    /// The path of a page of the login routes that leads back to where the request was sent from, if that is known.
    pub(crate) fn way_on(&self, view: &impl RequestView, page: RoutePath) -> String {
        match sender(view, &self.origin) {
            Some(sender) => self.detour_to(page, sender.as_str()),
            None => self.path(page),
        }
    }

    /// The path of that detour; `back_to` is a path as browsers know it.
    pub(crate) fn detour_to(&self, page: RoutePath, back_to: &str) -> String {
        format!("{}?next={}", self.path(page), utf8_percent_encode(back_to, QUERY_VALUE))
    }
}

/// Names the forms whose fields a page of the application's own leaves out.
fn note_forgotten(html: &str, forms: &[&Form]) {
    for form in forms.iter().filter(|form| form.is_forgotten(html)) {
        let action = form.action();
        tracing::error!(
            action,
            "a page of the application's own leaves out fields of a form: write `Form::open`"
        );
    }
}
