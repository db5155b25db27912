//! The pages that a browser is shown: login, re-authentication, errors.
//!
//! They hold no script and load nothing. One inline style sheet is allowed by its hash, everything else is refused by the
//! `Content-Security-Policy` that each [`Page`] brings along and that the reply must carry.
//!
//! Every value is escaped by the template engine, whatever it holds: a user name is the visitor's text, a `next` comes from
//! the address bar. A password is no field of any page, so none can be echoed.

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Breaks out of text, of both kinds of attribute, of the title and of the style sheet, if anything can.
    const HOSTILE: &str =
        r#"</title></style><script>alert(1)</script>"><img src=x onerror='alert(1)'>&lt;{{ 7*7 }}"#;

    fn login_page() -> LoginPage<'static> {
        LoginPage {
            app_name: "Demo",
            action: "/auth/login",
            next: Some("/private?a=1&b=2"),
            username: "",
            remember: false,
            error: None,
        }
    }

    fn reauthenticate_page() -> ReauthenticatePage<'static> {
        ReauthenticatePage {
            app_name: "Demo",
            action: "/auth/reauthenticate",
            next: Some("/fresh"),
            username: "alice",
            error: None,
        }
    }

    fn error_page() -> ErrorPage<'static> {
        ErrorPage { app_name: "Demo", status: 404, title: "Not found", detail: None, home: "/" }
    }

    /// The opening tag of the input of that name.
    fn input<'a>(html: &'a str, name: &str) -> &'a str {
        let at = html.find(&format!("name=\"{name}\"")).expect("the input is there");
        let start = html[..at].rfind('<').expect("it is a tag");
        let length = html[start..].find('>').expect("the tag is closed");
        &html[start..=start + length]
    }

    fn every_page() -> [Page; 3] {
        [login(&login_page()), reauthenticate(&reauthenticate_page()), error(&error_page())]
    }

    #[test]
    fn login_page_posts_what_the_login_route_takes() {
        let html = login(&login_page()).html;
        assert!(html.contains(r#"<form method="post" action="/auth/login">"#), "{html}");
        assert!(html.contains("<title>Log in – Demo</title>"), "{html}");
        assert!(input(&html, "next").contains("value=\"/private?a=1&#38;b=2\""), "{html}");
        assert!(input(&html, "username").contains(r#"autocomplete="username""#), "{html}");
        assert!(input(&html, "password").contains(r#"autocomplete="current-password""#), "{html}");
        assert!(input(&html, "remember").contains(r#"value="true""#), "{html}");
    }

    #[test]
    fn a_failed_login_keeps_what_was_typed_except_the_password() {
        let page = LoginPage { username: "alice", remember: true, error: Some("No."), ..login_page() };
        let html = login(&page).html;
        assert!(input(&html, "username").contains(r#"value="alice""#), "{html}");
        assert!(input(&html, "remember").contains(" checked"), "{html}");
        assert!(input(&html, "next").contains("/private"), "{html}");
        assert!(!input(&html, "password").contains("value"), "{html}");
    }

    #[test]
    fn an_error_is_announced_and_tied_to_its_fields() {
        let html = login(&LoginPage { error: Some("No."), ..login_page() }).html;
        assert!(html.contains(r#"<p class="alert" id="error" role="alert">No.</p>"#), "{html}");
        assert!(input(&html, "username").contains(r#"aria-describedby="error""#), "{html}");
        assert!(input(&html, "password").contains(r#"aria-describedby="error""#), "{html}");
        let html = reauthenticate(&ReauthenticatePage { error: Some("No."), ..reauthenticate_page() }).html;
        assert!(input(&html, "password").contains(r#"aria-describedby="error""#), "{html}");
    }

    #[test]
    fn without_an_error_nothing_refers_to_one() {
        for page in every_page() {
            assert!(!page.html.contains("role=\"alert\""), "{}", page.html);
            assert!(!page.html.contains("aria-describedby"), "{}", page.html);
        }
    }

    #[test]
    fn the_first_empty_field_has_the_focus() {
        let html = login(&login_page()).html;
        assert!(input(&html, "username").contains("autofocus"), "{html}");
        assert!(!input(&html, "password").contains("autofocus"), "{html}");
        let html = login(&LoginPage { username: "alice", ..login_page() }).html;
        assert!(!input(&html, "username").contains("autofocus"), "{html}");
        assert!(input(&html, "password").contains("autofocus"), "{html}");
    }

    #[test]
    fn every_input_that_is_seen_has_a_label() {
        for page in every_page() {
            for tag in page.html.split("<input ").skip(1).filter(|tag| !tag.starts_with("type=\"hidden\"")) {
                let id = tag.split('"').nth(1).expect("the id comes first");
                assert!(page.html.contains(&format!("for=\"{id}\"")), "{id}: {}", page.html);
            }
        }
    }

    #[test]
    fn reauthentication_names_the_account_and_does_not_let_it_change() {
        let html = reauthenticate(&reauthenticate_page()).html;
        assert!(html.contains("<title>Confirm your password – Demo</title>"), "{html}");
        assert!(input(&html, "username").contains(r#"value="alice" readonly"#), "{html}");
        assert!(input(&html, "password").contains("autofocus"), "{html}");
        assert!(input(&html, "next").contains("/fresh"), "{html}");
    }

    #[test]
    fn without_a_target_the_form_sends_none() {
        assert!(!login(&LoginPage { next: None, ..login_page() }).html.contains("name=\"next\""));
        let page = ReauthenticatePage { next: None, ..reauthenticate_page() };
        assert!(!reauthenticate(&page).html.contains("name=\"next\""));
    }

    #[test]
    fn an_error_page_says_what_happened_and_how_to_leave() {
        let html = error(&ErrorPage { detail: Some("It was moved."), ..error_page() }).html;
        assert!(html.contains("<title>Not found – Demo</title>"), "{html}");
        assert!(html.contains("<h1>Not found</h1>"), "{html}");
        assert!(html.contains("Error 404"), "{html}");
        assert!(html.contains("It was moved."), "{html}");
        assert!(html.contains(r#"<a href="/">"#), "{html}");
    }

    #[test]
    fn every_status_has_a_sentence() {
        for status in [400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503] {
            let html = error(&ErrorPage { status, ..error_page() }).html;
            assert!(html.contains(sentence(status)) && sentence(status).ends_with('.'), "{status}: {html}");
        }
    }

    #[test]
    fn hostile_text_stays_text_in_every_field() {
        let pages = [
            login(&LoginPage {
                app_name: HOSTILE,
                action: HOSTILE,
                next: Some(HOSTILE),
                username: HOSTILE,
                remember: true,
                error: Some(HOSTILE),
            }),
            reauthenticate(&ReauthenticatePage {
                app_name: HOSTILE,
                action: HOSTILE,
                next: Some(HOSTILE),
                username: HOSTILE,
                error: Some(HOSTILE),
            }),
            error(&ErrorPage {
                app_name: HOSTILE,
                status: 400,
                title: HOSTILE,
                detail: Some(HOSTILE),
                home: HOSTILE,
            }),
        ];
        for Page { html, .. } in pages {
            assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
            assert_eq!(html.matches("</title>").count(), 1, "{html}");
            assert_eq!(html.matches("</style>").count(), 1, "{html}");
            assert!(!html.contains("&lt;{{"), "an ampersand is escaped too: {html}");
            assert!(html.contains("{{ 7*7 }}"), "text is no template: {html}");
        }
    }

    #[test]
    fn pages_hold_no_script_and_load_nothing() {
        for Page { html, .. } in every_page() {
            for forbidden in [
                "<script",
                "javascript:",
                " style=",
                " on",
                "http:",
                "https:",
                "src=",
                "<link",
                "url(",
                "@import",
            ] {
                let body = html.replace(" on this device", "");
                assert!(!body.contains(forbidden), "{forbidden}: {html}");
            }
        }
    }

    #[test]
    fn the_policy_allows_the_style_sheet_by_its_hash_and_nothing_else() {
        for page in every_page() {
            let (_, rest) = page.html.split_once("<style>").expect("a style sheet");
            let (style, _) = rest.split_once("</style>").expect("its end");
            let hash = STANDARD.encode(Sha256::digest(style));
            assert!(page.content_security_policy.contains(&format!("style-src 'sha256-{hash}'")));
            for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
                assert!(page.content_security_policy.contains(directive), "{directive}");
            }
            assert!(!page.content_security_policy.contains("unsafe"));
        }
    }

    #[test]
    fn a_login_may_end_at_a_route_that_redirects_to_another_origin() {
        for page in every_page() {
            assert!(!page.content_security_policy.contains("form-action"));
        }
    }

    #[test]
    fn the_mark_is_the_first_letter_of_the_name() {
        assert_eq!(initial("demo").as_deref(), Some("D"));
        assert_eq!(initial("  (ärzte)").as_deref(), Some("Ä"));
        assert_eq!(initial("ßtraße").as_deref(), Some("SS"));
        assert_eq!(initial("…"), None);
    }
}
