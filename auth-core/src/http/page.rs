//! The pages that a browser is shown: login, re-authentication, linked accounts, errors.
//!
//! They hold no script and load nothing. One inline style sheet is allowed by its hash, everything else is refused by the
//! `Content-Security-Policy` that each [`Page`] brings along and that the reply must carry.
//!
//! Every value is escaped by the template engine, whatever it holds: a user name is the visitor's text, a `next` comes from
//! the address bar. A password is no field of any page, so none can be echoed.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The one style sheet, light and dark.
const STYLE: &str = include_str!("../../templates/style.css");

/// CSP level 3: nothing is loaded, the style sheet is known by its hash (section 2.3.1), nobody frames the page.
///
/// There is no `form-action`. A form here ends at `next`, a route of the application that is free to redirect to another
/// origin, and Chromium holds `form-action` against each redirect that follows: the visitor would be logged in and stay on
/// the login page. What the directive would stop, a form that was smuggled in, the escaping stops.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'")
});

/// A finished page and the header that belongs to it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "a page is seen once it is sent"]
pub struct Page {
    /// The document, UTF-8.
    pub html: String,
    /// The value of `Content-Security-Policy`.
    pub content_security_policy: &'static str,
}

/// What the login page shows.
#[derive(Clone, Copy, Debug)]
pub struct LoginPage<'a> {
    /// The application's name, as its visitors know it.
    pub app_name: &'a str,
    /// The path that takes the form.
    pub action: &'a str,
    /// Where to go afterwards; the form carries it along.
    pub next: Option<&'a str>,
    /// The name that was typed before; empty at first.
    pub username: &'a str,
    /// Whether the visitor had asked to stay logged in.
    pub remember: bool,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// The providers to log in with, each a button.
    pub providers: &'a [ProviderButton<'a>],
}

/// A provider as a button.
#[derive(Clone, Debug)]
pub struct ProviderButton<'a> {
    /// Its name, as its users know it.
    pub label: &'a str,
    /// The path that takes the form.
    pub action: String,
}

/// What the page with one provider's button asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProviderAction {
    /// Links the account there with the visitor's account here.
    Link,
    /// Logs in.
    Login,
    /// Has the visitor prove once more who they are.
    Reauthenticate,
}

/// What the page with one provider's button shows.
#[derive(Clone, Copy, Debug)]
pub struct ProviderPage<'a> {
    /// The application's name, as its visitors know it.
    pub app_name: &'a str,
    /// The provider.
    pub provider: &'a ProviderButton<'a>,
    /// What the button does.
    pub purpose: ProviderAction,
    /// Where to go afterwards; the form carries it along.
    pub next: Option<&'a str>,
}

/// What the page of linked accounts shows.
#[derive(Clone, Copy, Debug)]
pub struct AccountsPage<'a> {
    /// The application's name, as its visitors know it.
    pub app_name: &'a str,
    /// Who is logged in.
    pub username: &'a str,
    /// Whether they can log in by a password too.
    pub has_password: bool,
    /// The page's own path: where its forms lead back to.
    pub path: &'a str,
    /// The linked accounts.
    pub accounts: &'a [AccountRow<'a>],
    /// The providers of which no account is linked yet.
    pub providers: &'a [ProviderLink<'a>],
    /// The way to a recent login, where one is needed before an account can be disconnected.
    pub reauthenticate: Option<&'a str>,
    /// The path of the link out.
    pub home: &'a str,
}

/// One linked account.
#[derive(Clone, Debug)]
pub struct AccountRow<'a> {
    /// The provider's name.
    pub label: &'a str,
    /// The provider's name or address of the account, if it gave any.
    pub name: Option<&'a str>,
    /// The path that takes the form which disconnects it; `None` while that cannot be done.
    pub disconnect: Option<String>,
}

/// A provider as a link.
#[derive(Clone, Debug)]
pub struct ProviderLink<'a> {
    /// The provider's name.
    pub label: &'a str,
    /// The page with its button.
    pub href: String,
}

/// What the re-authentication page shows.
#[derive(Clone, Copy, Debug)]
pub struct ReauthenticatePage<'a> {
    /// The application's name, as its visitors know it.
    pub app_name: &'a str,
    /// The path that takes the form.
    pub action: &'a str,
    /// Where to go afterwards; the form carries it along.
    pub next: Option<&'a str>,
    /// Who is logged in. The form sends it for password managers only.
    pub username: &'a str,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// How the account is proven: by its password, or, where it has none, by one of these providers.
    pub providers: Option<&'a [ProviderButton<'a>]>,
    /// The providers of such an account that cannot be asked for a new proof, and that can be logged in with anew.
    pub logins: &'a [ProviderButton<'a>],
}

/// What an error page shows.
#[derive(Clone, Copy, Debug)]
pub struct ErrorPage<'a> {
    /// The application's name, as its visitors know it.
    pub app_name: &'a str,
    /// The HTTP status of the reply.
    pub status: u16,
    /// The heading, a few words.
    pub title: &'a str,
    /// What happened, a sentence; a general one for the status stands in where there is none.
    pub detail: Option<&'a str>,
    /// The path of the link out.
    pub home: &'a str,
    /// A way on: path and text of a link.
    pub way_on: Option<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsTemplate<'a> {
    page: &'a AccountsPage<'a>,
}

#[derive(Template)]
#[template(path = "provider.html")]
struct ProviderTemplate<'a> {
    page: &'a ProviderPage<'a>,
    title: &'a str,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginTemplate<'a> {
    page: &'a LoginPage<'a>,
}

#[derive(Template)]
#[template(path = "reauthenticate.html")]
struct ReauthenticateTemplate<'a> {
    page: &'a ReauthenticatePage<'a>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    page: &'a ErrorPage<'a>,
    sentence: &'a str,
}

/// The page that asks for a user name and a password.
pub fn login(page: &LoginPage<'_>) -> Page {
    finish(&LoginTemplate { page })
}

/// The page that asks a logged-in user for the password again.
pub fn reauthenticate(page: &ReauthenticatePage<'_>) -> Page {
    finish(&ReauthenticateTemplate { page })
}

/// The page of linked accounts.
pub fn accounts(page: &AccountsPage<'_>) -> Page {
    finish(&AccountsTemplate { page })
}

/// The page with one provider's button.
pub fn provider(page: &ProviderPage<'_>) -> Page {
    let label = page.provider.label;
    let title = match page.purpose {
        ProviderAction::Link => format!("Connect {label}"),
        ProviderAction::Login => format!("Log in with {label}"),
        ProviderAction::Reauthenticate => format!("Confirm with {label}"),
    };
    finish(&ProviderTemplate { page, title: &title })
}

/// The page that says what went wrong.
pub fn error(page: &ErrorPage<'_>) -> Page {
    let sentence = page.detail.unwrap_or_else(|| sentence(page.status));
    finish(&ErrorTemplate { page, sentence })
}

fn finish(template: &impl Template) -> Page {
    let html = template.render().expect("the templates write text into a string, which cannot fail");
    Page { html, content_security_policy: &POLICY }
}

/// What a visitor can do about a status that came without a sentence of its own.
fn sentence(status: u16) -> &'static str {
    match status {
        401 => "Log in, then open this page again.",
        403 => "Try again from the start page, or ask the people who run this site for access.",
        404 => "The page may have moved, or the link may be mistyped.",
        405 => "Go back and use the links and buttons of the page instead.",
        409 => "Nothing was changed.",
        413 => "Go back and send less at once.",
        415 => "Go back and send it in another form.",
        429 => "Wait a while, then try again.",
        503 => "Wait a moment, then try again.",
        400..500 => "Go back, check what was sent, and try again.",
        _ => "The fault is on our side. Try again in a moment.",
    }
}

/// The letter of the mark beside the application's name.
fn initial(app_name: &str) -> Option<String> {
    app_name.chars().find(|letter| letter.is_alphanumeric()).map(|letter| letter.to_uppercase().collect())
}
