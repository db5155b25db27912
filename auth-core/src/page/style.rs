//! Replies as the application gives them: its name, its place, its pages and its words.

use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, ErrorKind, Row};
use crate::http::{
    AuthResponse, CookieConfig, Place, REALM, RequestView, RoutePath, fetches_part, language_ranges, path,
    prefers_html, problem, redirect_for, sender, with_retry_after,
};
use crate::mail::MailParts;
use crate::text::{Language, Languages, Text, Texts};

use super::error::advice;
use super::frame::{Frame, OWN_POLICY, POLICY, Switch};
use super::message::mail;
use super::{ErrorPage, Form, Link, Message, Ours, Page, Pages};

/// What `next` escapes in a query: everything but the unreserved characters of RFC 3986 section 2.3.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What replies need to know of the application, and of the visitor once one is there. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ReplyStyle {
    shared: Arc<Shared>,
    /// The one that whoever is answered asked for or chose.
    language: Option<Language>,
    /// Whether it is somebody's already.
    is_fitted: bool,
    /// The path of the page that the visitor is on, or comes from, if that is known.
    here: Option<String>,
}

#[derive(Clone, Debug)]
struct Shared {
    app_name: String,
    languages: Arc<Languages>,
    /// In which a browser keeps the language that was chosen in it.
    cookie: CookieConfig,
    pages: Arc<dyn Pages>,
    place: Place,
    origin: String,
    /// Whether programs find out by a document whom to ask for tokens.
    has_resource_metadata: bool,
}

/// How long a browser keeps the language that was chosen in it: a year.
const CHOICE_LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A link by which people go on from an error: its path, and what it says.
pub(crate) type WayOn = (String, Text);

impl ReplyStyle {
    pub(crate) fn new(app_name: impl Into<String>, origin: impl Into<String>, place: Place) -> Self {
        let shared = Shared {
            app_name: app_name.into(),
            languages: Arc::new(Languages::ours()),
            cookie: CookieConfig::new(CookieConfig::SESSION, false, "/").companion("language"),
            pages: Arc::new(Ours),
            place,
            origin: origin.into(),
            has_resource_metadata: false,
        };
        Self { shared: Arc::new(shared), language: None, is_fitted: false, here: None }
    }

    /// The same in these languages, of which a browser keeps one in this cookie.
    pub(crate) fn with_languages(mut self, languages: Languages, cookie: CookieConfig) -> Self {
        let shared = Arc::make_mut(&mut self.shared);
        (shared.languages, shared.cookie) = (Arc::new(languages), cookie);
        self
    }

    /// The same with pages of the application's own.
    pub(crate) fn with_pages(mut self, pages: Arc<dyn Pages>) -> Self {
        Arc::make_mut(&mut self.shared).pages = pages;
        self
    }

    /// The same where a document says whom to ask for tokens.
    pub(crate) fn with_resource_metadata(mut self) -> Self {
        Arc::make_mut(&mut self.shared).has_resource_metadata = true;
        self
    }

    /// Where that document is (RFC 9728 section 3).
    pub(crate) fn resource_metadata(&self) -> Option<String> {
        let url = || format!("{}{}", self.base_url(), path::PROTECTED_RESOURCE.pattern());
        self.shared.has_resource_metadata.then(url)
    }

    /// The same for whoever sent the request: in the language that they want, and leading back to where they are.
    pub(crate) fn for_visitor(&self, view: &impl RequestView) -> Self {
        let here = match view.method() {
            "GET" | "HEAD" => Some(self.place().public(&view.path_and_query())),
            _ => sender(view, &self.shared.origin).map(|sender| sender.as_str().to_owned()),
        };
        Self { shared: self.shared.clone(), language: self.language_for(view), is_fitted: true, here }
    }

    /// The same for a page that cannot be opened once more.
    pub(crate) fn nowhere(self) -> Self {
        Self { here: None, ..self }
    }

    /// The language that was chosen in the browser, or else the one that it asks for.
    fn language_for(&self, view: &impl RequestView) -> Option<Language> {
        let languages = &self.shared.languages;
        let chosen = self.shared.cookie.read_text(view).and_then(|tag| languages.tagged(tag));
        chosen.or_else(|| languages.for_ranges(language_ranges(view)))
    }

    /// The same in the language of this tag, where it is spoken.
    pub(crate) fn in_language(&self, tag: &str) -> Self {
        let language = self.shared.languages.tagged(tag).unwrap_or_default();
        Self { language: Some(language), is_fitted: true, ..self.clone() }
    }

    /// The same in the language of this tag, if it is spoken.
    pub(crate) fn in_spoken(&self, tag: &str) -> Self {
        let language = self.shared.languages.tagged(tag).or(self.language);
        Self { language, ..self.clone() }
    }

    /// The same in the language of this tag, if it is spoken and none was chosen in the browser.
    pub(crate) fn unless_chosen(self, view: &impl RequestView, tag: &str) -> Self {
        let chosen = self.shared.cookie.read_text(view).and_then(|tag| self.shared.languages.tagged(tag));
        if chosen.is_some() { self } else { self.in_spoken(tag) }
    }

    /// A tag as it is written here; `None` where the language is not spoken.
    pub(crate) fn spoken_tag(&self, tag: &str) -> Option<&str> {
        let languages = &self.shared.languages;
        Some(languages.texts(languages.tagged(tag)?).language())
    }

    /// The tag of the language.
    pub(crate) fn language(&self) -> &str {
        self.texts().language()
    }

    /// The same, where somebody asked for it or chose it: whoever did neither is answered in the first language, and may want another.
    pub(crate) fn asked_language(&self) -> Option<&str> {
        self.language.map(|language| self.shared.languages.texts(language).language())
    }

    /// The `Set-Cookie` value by which a browser keeps the language of this tag; `None` where it is not spoken.
    pub(crate) fn choice_of_language(&self, tag: &str) -> Option<String> {
        Some(self.shared.cookie.set_text(self.spoken_tag(tag)?, Some(CHOICE_LIFE)))
    }

    /// The tags of the languages that can be chosen.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> {
        self.shared.languages.all().map(|(_, texts)| texts.language())
    }

    pub(crate) fn app_name(&self) -> &str {
        &self.shared.app_name
    }

    pub(crate) fn texts(&self) -> &Texts {
        self.shared.languages.texts(self.language.unwrap_or_default())
    }

    /// Where the application and its login routes are.
    pub(crate) fn place(&self) -> &Place {
        &self.shared.place
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
        self.shared.place.of(route, parts)
    }

    /// The path of the application's front page.
    pub(crate) fn home(&self) -> String {
        self.shared.place.home()
    }

    /// A page with the headers that belong to every page.
    pub(crate) fn page(&self, status: u16, page: &dyn Page) -> AuthResponse {
        let pages = self.shared.pages.in_language(self.language()).unwrap_or(&*self.shared.pages);
        let (html, policy) = match page.own(pages) {
            Some(html) => {
                note_forgotten(&html, page);
                (html, OWN_POLICY)
            }
            None => {
                let switch = self.switch(page);
                let frame = Frame { reference: page.reference(), ..self.frame(Some(&switch)) };
                (page.ours(frame), POLICY.as_str())
            }
        };
        let policy = page.challenge().map_or(policy.to_owned(), |challenge| challenge.widened(policy));
        let reply = AuthResponse::new(status)
            .with_body("text/html; charset=utf-8", html)
            .with_header("content-security-policy", Self::policy(&policy, page))
            .with_header("x-content-type-options", "nosniff")
            .with_header("referrer-policy", "same-origin");
        self.spoken(reply)
    }

    /// The policy of a page: where it has a button for a passkey, our script may run and ask our routes, and where it has a picture of
    /// somebody's, that is shown, beside what may already. Of two directives of one name the second counts for nothing (CSP level 3 section
    /// 2.2.1).
    fn policy(policy: &str, page: &dyn Page) -> String {
        let picture = page.picture_origin();
        let of_button = |sources| [("script-src", sources), ("connect-src", "'self'")];
        let button = page.passkey().map(|button| of_button(button.sources.as_str()));
        let picture = picture.as_deref().map(|origin| ("img-src", origin));
        button.into_iter().flatten().chain(picture).fold(policy.to_owned(), |policy, (kind, sources)| {
            let held = format!("; {kind} ");
            match policy.contains(&held) {
                true => policy.replacen(&held, &format!("{held}{sources} "), 1),
                false => format!("{policy}{held}{sources}"),
            }
        })
    }

    /// Says in which language a reply is, and by what that was chosen.
    fn spoken(&self, reply: AuthResponse) -> AuthResponse {
        let reply = reply.with_header("content-language", self.language());
        match self.shared.languages.all().len() {
            1 => reply,
            _ => reply.with_header("vary", "Accept-Language, Cookie"),
        }
    }

    fn frame<'a>(&'a self, switch: Option<&'a Switch<'a>>) -> Frame<'a> {
        Frame { app_name: &self.shared.app_name, texts: self.texts(), switch, reference: None }
    }

    /// The way to the same page in the other languages. A page of a form is opened by what that carries, which was looked through, and
    /// not by what the address had in it.
    fn switch(&self, page: &dyn Page) -> Switch<'_> {
        let here = page.opened_at().or_else(|| self.here.clone());
        let form = Form::to(self.path(path::LANGUAGE)).with_next(here.as_deref());
        let languages = self.shared.languages.all();
        let languages = languages
            .map(|(language, texts)| (texts, language == self.language.unwrap_or_default()))
            .collect();
        Switch { form, languages }
    }

    /// Where the application is, without a slash at the end.
    pub(crate) fn base_url(&self) -> String {
        format!("{}{}", self.shared.origin, self.home().trim_end_matches('/'))
    }

    /// The URL of a login route, perhaps with the token of a mailed link.
    pub(crate) fn url(&self, route: RoutePath, token: Option<&str>) -> String {
        let token = token.map(|token| format!("?token={token}")).unwrap_or_default();
        format!("{}{}{token}", self.shared.origin, self.path(route))
    }

    /// A mail, in the application's words: its subject and its parts.
    pub(crate) fn message(&self, message: &Message) -> (String, MailParts) {
        let pages = self.shared.pages.in_language(self.language()).unwrap_or(&*self.shared.pages);
        mail(self.frame(None), pages, message)
    }

    /// What is wrong with what was typed, in sentences: each broken rule, or else what the error says.
    pub(crate) fn complaints(&self, error: &Error) -> Vec<String> {
        let rules: Vec<_> =
            error.violations().iter().map(|violation| violation.said(self.texts()).into_owned()).collect();
        if rules.is_empty() { vec![self.told(error)] } else { rules }
    }

    /// What a person is told of an error on a page: a whole sentence, where programs are told a phrase.
    pub(crate) fn told(&self, error: &Error) -> String {
        as_sentence(&error.told(self.texts()))
    }

    /// The same where a password was asked of somebody whose name is known.
    pub(crate) fn told_of_password(&self, error: &Error) -> String {
        match (error.kind(), error.said(self.texts())) {
            (ErrorKind::InvalidCredentials, None) => self.texts().say(&Text::PasswordWrong).into_owned(),
            _ => self.told(error),
        }
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
        let style = match self.is_fitted {
            true => self.clone(),
            false => self.for_visitor(view),
        };
        let response = match (prefers_html(view), error.kind()) {
            (true, ErrorKind::LoginPending) => style.to_the_missing_factor(view),
            (true, _) => style.error_page(error, way_on),
            (false, ErrorKind::LoginPending) => problem(error, style.texts()),
            (false, _) => style.spoken(problem(error, style.texts())),
        };
        with_retry_after(response, error)
    }

    /// Sends somebody on whose login lacks a factor. Where it leads is kept with the login.
    fn to_the_missing_factor(&self, view: &impl RequestView) -> AuthResponse {
        redirect_for(view, AuthResponse::new(303).with_header("location", self.path(path::MFA)))
    }

    fn error_page(&self, error: &Error, way_on: Option<WayOn>) -> AuthResponse {
        let Row { status, title, .. } = error.kind().row();
        let rules: Vec<_> = error.violations().iter().map(|violation| violation.said(self.texts())).collect();
        let rules = Some(rules.join(" ")).filter(|rules| !rules.is_empty());
        let sentence = error.said(self.texts()).or(rules.map(Into::into));
        let reference = error.reference();
        let page = ErrorPage {
            status,
            title: &self.texts().say(&title),
            sentence: &as_sentence(&sentence.unwrap_or_else(|| self.texts().say(&advice(error.kind())))),
            reference: reference.as_deref(),
            home: &self.home(),
            way_on: way_on.map(|(href, text)| Link::new(href, self.texts().say(&text))),
        };
        self.page(status, &page)
    }

    /// The path of a page of the login routes by which somebody takes a detour who opens another page, and comes back.
    pub(crate) fn detour(&self, view: &impl RequestView, page: RoutePath) -> String {
        match fetches_part(view) {
            true => self.way_on(view, page),
            false => self.detour_to(page, &self.shared.place.public(&view.path_and_query())),
        }
    }

    /// Sends a person who opens a page to this one.
    pub(crate) fn sent_to(&self, view: &impl RequestView, location: String) -> AuthResponse {
        redirect_for(view, AuthResponse::new(303).with_header("location", location))
    }

    /// The path of a page of the login routes that leads back to where the request was sent from, if that is known.
    pub(crate) fn way_on(&self, view: &impl RequestView, page: RoutePath) -> String {
        match sender(view, &self.shared.origin) {
            Some(sender) => self.detour_to(page, sender.as_str()),
            None => self.path(page),
        }
    }

    /// The path of a page of the login routes that leads on to `next`, if that is anywhere.
    pub(crate) fn page_before(&self, page: RoutePath, next: Option<&str>) -> String {
        match next {
            Some(next) => self.detour_to(page, next),
            None => self.path(page),
        }
    }

    /// The path of that detour; `back_to` is a path as browsers know it.
    pub(crate) fn detour_to(&self, page: RoutePath, back_to: &str) -> String {
        format!("{}?next={}", self.path(page), utf8_percent_encode(back_to, QUERY_VALUE))
    }
}

/// A phrase with a capital and a full stop.
fn as_sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if phrase.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Names the forms whose fields a page of the application's own leaves out.
fn note_forgotten(html: &str, page: &dyn Page) {
    if page.challenge().is_some_and(|challenge| !html.contains(challenge.html())) {
        tracing::error!(
            "a page of the application's own leaves out what shows that a person sends it: write `challenge.html()`"
        );
    }
    for form in page.forms().iter().filter(|form| form.is_forgotten(html)) {
        let action = form.action();
        tracing::error!(
            action,
            "a page of the application's own leaves out fields of a form: write `Form::open`"
        );
    }
}
