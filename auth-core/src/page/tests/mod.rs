use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::error::ErrorKind;
use crate::http::{AuthResponse, Place, request};
use crate::text::ENGLISH;

use super::error::advice;
use super::frame::Frame;
use super::*;

mod factors;
mod own;

/// Breaks out of text, of both kinds of attribute, of the title and of the style sheet, if anything can.
const HOSTILE: &str =
    r#"</title></style><script>alert(1)</script>"><img src=x onerror='alert(1)'>&lt;{{ 7*7 }}"#;

fn style() -> ReplyStyle {
    ReplyStyle::new("Demo", "https://app.example", Place::new("", "/auth"))
}

fn hostile_style() -> ReplyStyle {
    ReplyStyle::new(HOSTILE, "https://app.example", Place::new("", "/auth"))
}

/// What a page shows, but for the switch of languages.
fn shown(page: &dyn Page) -> String {
    let html = String::from_utf8(style().page(200, page).into_body()).expect("text");
    html.split("<footer>").next().unwrap_or_default().to_owned()
}

fn login_page<'a>() -> LoginPage<'a> {
    LoginPage::new(Form::to("/auth/login").with_next(Some("/private?a=1&b=2")), &[])
}

fn reauthenticate_page<'a>() -> ReauthenticatePage<'a> {
    ReauthenticatePage::new(Form::to("/auth/reauthenticate").with_next(Some("/fresh")), "alice")
}

fn error_page<'a>() -> ErrorPage<'a> {
    ErrorPage {
        status: 404,
        title: "Not found",
        sentence: "It was moved.",
        reference: None,
        home: "/",
        way_on: None,
    }
}

/// The opening tag of the input of that name.
fn input<'a>(html: &'a str, name: &str) -> &'a str {
    let at = html.find(&format!("name=\"{name}\"")).expect("the input is there");
    let start = html[..at].rfind('<').expect("it is a tag");
    let length = html[start..].find('>').expect("the tag is closed");
    &html[start..=start + length]
}

fn idp(text: &'static str) -> ProviderButton<'static> {
    ProviderButton::new(text, Form::to(text).with_next(Some("/private?a=1&b=2")))
}

fn confirming(text: &'static str) -> ProviderButton<'static> {
    ProviderButton::new(text, Form::to(text).with("reauthenticate", "true").with_next(Some("/fresh")))
}

fn disconnect() -> Option<Form> {
    Some(Form::to("/auth/accounts/idp/1/delete").with_next(Some("/auth/accounts")))
}

fn accounts_page<'a>(accounts: &'a [LinkedAccountRow<'a>], providers: &'a [Link]) -> LinkedAccountsPage<'a> {
    LinkedAccountsPage {
        username: "alice",
        has_password: true,
        accounts,
        providers,
        reauthenticate: None,
        home: "/",
    }
}

/// Each page, and what it answers.
fn with_every_page(mut look: impl FnMut(&dyn Page, AuthResponse)) {
    let buttons = [idp("IdP")];
    let proofs = [confirming("IdP")];
    let linked = [LinkedAccountRow::new("IdP", Some("alice"), disconnect())];
    let links = [Link::new("/auth/login/idp?link=true", "IdP")];
    let pages: [&dyn Page; 7] = [
        &login_page(),
        &LoginPage { providers: &buttons, ..login_page() },
        &reauthenticate_page(),
        &ReauthenticatePage { providers: Some(&proofs), ..reauthenticate_page() },
        &ProviderPage::new(idp("IdP"), ProviderAction::Link),
        &accounts_page(&linked, &links),
        &error_page(),
    ];
    for page in pages {
        look(page, style().page(200, page));
    }
}

fn every_page() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    with_every_page(|_, reply| {
        let policy = reply.header("content-security-policy").expect("a policy").to_owned();
        pages.push((String::from_utf8(reply.into_body()).expect("text"), policy));
    });
    pages
}

#[test]
fn login_page_posts_what_the_login_route_takes() {
    let html = shown(&login_page());
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
    let html = shown(&page);
    assert!(input(&html, "username").contains(r#"value="alice""#), "{html}");
    assert!(input(&html, "remember").contains(" checked"), "{html}");
    assert!(input(&html, "next").contains("/private"), "{html}");
    assert!(!input(&html, "password").contains("value"), "{html}");
}

#[test]
fn an_error_is_announced_and_tied_to_its_fields() {
    let html = shown(&LoginPage { error: Some("No."), ..login_page() });
    assert!(html.contains(r#"<p class="alert" id="error" role="alert">No.</p>"#), "{html}");
    assert!(input(&html, "username").contains(r#"aria-describedby="error""#), "{html}");
    assert!(input(&html, "password").contains(r#"aria-describedby="error""#), "{html}");
    let html = shown(&ReauthenticatePage { error: Some("No."), ..reauthenticate_page() });
    assert!(input(&html, "password").contains(r#"aria-describedby="error""#), "{html}");
}

#[test]
fn without_an_error_nothing_refers_to_one() {
    for (html, _) in every_page() {
        assert!(!html.contains("role=\"alert\""), "{html}");
        assert!(!html.contains("aria-describedby"), "{html}");
    }
}

#[test]
fn the_first_empty_field_has_the_focus() {
    let html = shown(&login_page());
    assert!(input(&html, "username").contains("autofocus"), "{html}");
    assert!(!input(&html, "password").contains("autofocus"), "{html}");
    let html = shown(&LoginPage { username: "alice", ..login_page() });
    assert!(!input(&html, "username").contains("autofocus"), "{html}");
    assert!(input(&html, "password").contains("autofocus"), "{html}");
}

#[test]
fn every_input_that_is_seen_has_a_label() {
    for (html, _) in every_page() {
        for tag in html.split("<input ").skip(1).filter(|tag| !tag.starts_with("type=\"hidden\"")) {
            let id = tag.split('"').nth(1).expect("the id comes first");
            assert!(html.contains(&format!("for=\"{id}\"")), "{id}: {html}");
        }
    }
}

#[test]
fn reauthentication_names_the_account_and_does_not_let_it_change() {
    let html = shown(&reauthenticate_page());
    assert!(html.contains("<title>Confirm your password – Demo</title>"), "{html}");
    assert!(input(&html, "username").contains(r#"value="alice" readonly"#), "{html}");
    assert!(input(&html, "password").contains("autofocus"), "{html}");
    assert!(input(&html, "next").contains("/fresh"), "{html}");
}

#[test]
fn without_a_target_the_form_sends_none() {
    let form = Form::to("/auth/login").with_next(None);
    assert!(!shown(&LoginPage { form: form.clone(), ..login_page() }).contains("name=\"next\""));
    assert!(!shown(&ReauthenticatePage { form, ..reauthenticate_page() }).contains("name=\"next\""));
}

#[test]
fn each_provider_is_a_form_of_its_own() {
    let buttons = [idp("one"), idp("two")];
    let html = shown(&LoginPage { providers: &buttons, ..login_page() });
    assert_eq!(html.matches("<form method=\"post\"").count(), 3, "{html}");
    assert_eq!(html.matches("value=\"/private?a=1&#38;b=2\"").count(), 3, "{html}");
    for label in ["one", "two"] {
        assert!(html.contains(&format!("<form method=\"post\" action=\"{label}\">")), "{html}");
        assert!(html.contains(&format!("Log in with {label}</button>")), "{html}");
    }
    assert!(!shown(&login_page()).contains("class=\"or\""));
}

#[test]
fn one_button_says_what_it_is_for() {
    for (purpose, title, field) in [
        (ProviderAction::Login, "Log in with IdP", None),
        (ProviderAction::Link, "Connect IdP", Some("link")),
        (ProviderAction::Reauthenticate, "Confirm with IdP", Some("reauthenticate")),
    ] {
        let form = Form::to("/auth/login/idp");
        let form = field.map_or(form.clone(), |name| form.with(name, "true"));
        let html = shown(&ProviderPage::new(ProviderButton::new("IdP", form), purpose));
        assert!(html.contains(&format!("<h1>{title}</h1>")), "{html}");
        assert_eq!(html.matches("type=\"hidden\"").count(), usize::from(field.is_some()), "{html}");
        assert!(field.is_none_or(|name| input(&html, name).contains(r#"value="true""#)), "{html}");
    }
}

#[test]
fn an_account_without_a_password_is_confirmed_by_its_provider() {
    let buttons = [confirming("IdP")];
    let page = ReauthenticatePage { providers: Some(&buttons), ..reauthenticate_page() };
    let html = shown(&page);
    assert!(!html.contains("name=\"password\""), "{html}");
    assert!(input(&html, "reauthenticate").contains(r#"value="true""#), "{html}");
    assert!(input(&html, "next").contains("/fresh"), "{html}");
    let html = shown(&ReauthenticatePage { providers: Some(&[]), ..page });
    assert!(html.contains("nothing here to confirm this account with"), "{html}");
}

#[test]
fn a_provider_that_cannot_be_asked_for_a_new_proof_is_logged_in_with_anew() {
    let buttons = [ProviderButton::new("IdP", Form::to("/auth/login/idp").with_next(Some("/fresh")))];
    let page = ReauthenticatePage { providers: Some(&[]), logins: &buttons, ..reauthenticate_page() };
    let html = shown(&page);
    assert!(html.contains("Log in again with IdP") && !html.contains("nothing here to confirm"), "{html}");
    assert!(!html.contains("name=\"reauthenticate\"") && input(&html, "next").contains("/fresh"), "{html}");
}

#[test]
fn linked_accounts_are_disconnected_by_a_form_and_connected_by_a_link() {
    let linked = [
        LinkedAccountRow::new("IdP", Some("alice"), disconnect()),
        LinkedAccountRow::new("Kept", None, None),
    ];
    let links = [Link::new("/auth/login/other?link=true", "Other")];
    let html = shown(&accounts_page(&linked, &links));
    assert_eq!(html.matches("<form").count(), 1, "{html}");
    assert!(html.contains(r#"<form method="post" action="/auth/accounts/idp/1/delete">"#), "{html}");
    assert!(input(&html, "next").contains("/auth/accounts"), "{html}");
    assert!(html.contains(r#"<a href="/auth/login/other?link=true">Connect Other</a>"#), "{html}");
    assert!(shown(&accounts_page(&[], &[])).contains("No account is connected."));
}

#[test]
fn an_error_page_offers_a_way_on_where_there_is_one() {
    let html = shown(&ErrorPage { way_on: Some(Link::new("/auth/login", "Log in")), ..error_page() });
    assert!(html.contains(r#"<a href="/auth/login">Log in</a>"#), "{html}");
}

#[test]
fn an_error_page_says_what_happened_and_how_to_leave() {
    let html = shown(&error_page());
    assert!(html.contains("<title>Not found – Demo</title>"), "{html}");
    assert!(html.contains("<h1>Not found</h1>"), "{html}");
    assert!(html.contains("Error 404"), "{html}");
    assert!(html.contains("It was moved."), "{html}");
    assert!(html.contains(r#"<a href="/">"#), "{html}");
}

#[test]
fn every_status_has_a_sentence() {
    let kinds = [
        ErrorKind::InvalidRequest,
        ErrorKind::Unauthenticated,
        ErrorKind::PermissionDenied,
        ErrorKind::NotFound,
        ErrorKind::MethodNotAllowed,
        ErrorKind::LinkRequired,
        ErrorKind::PayloadTooLarge,
        ErrorKind::UnsupportedMediaType,
        ErrorKind::AlreadyExists,
        ErrorKind::TooManyAttempts,
        ErrorKind::Internal,
        ErrorKind::Unavailable,
    ];
    for kind in kinds {
        let reply = style().error(&request("GET", "/", &[("accept", "text/html")]), &kind.into());
        let sentence = ENGLISH.say(&advice(kind));
        let html = String::from_utf8_lossy(reply.body());
        assert!(html.contains(&*sentence) && sentence.ends_with('.'), "{kind:?}: {html}");
    }
}

#[test]
fn hostile_text_stays_text_in_every_field() {
    let form = || Form::to(HOSTILE).with_next(Some(HOSTILE));
    let button = || ProviderButton::new(HOSTILE, form());
    let buttons = [button()];
    let linked = [LinkedAccountRow::new(HOSTILE, Some(HOSTILE), Some(form()))];
    let links = [Link::new(HOSTILE, HOSTILE)];
    let accounts = accounts_page(&linked, &links);
    let accounts =
        LinkedAccountsPage { username: HOSTILE, reauthenticate: Some(HOSTILE), home: HOSTILE, ..accounts };
    let login = LoginPage::new(form(), &buttons);
    let login = LoginPage { username: HOSTILE, remember: true, error: Some(HOSTILE), ..login };
    let by_password = ReauthenticatePage { error: Some(HOSTILE), ..ReauthenticatePage::new(form(), HOSTILE) };
    let by_provider =
        ReauthenticatePage { providers: Some(&buttons), logins: &buttons, ..by_password.clone() };
    let way_on = Some(Link::new(HOSTILE, HOSTILE));
    let error = ErrorPage {
        status: 400,
        title: HOSTILE,
        sentence: HOSTILE,
        reference: Some(HOSTILE),
        home: HOSTILE,
        way_on,
    };
    let provider = ProviderPage::new(button(), ProviderAction::Login);
    let pages: [&dyn Page; 6] = [&provider, &accounts, &by_provider, &login, &by_password, &error];
    for page in pages {
        let reply = hostile_style().page(200, page);
        let html = String::from_utf8_lossy(reply.body());
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert_eq!(html.matches("</title>").count(), 1, "{html}");
        assert_eq!(html.matches("</style>").count(), 1, "{html}");
        assert!(!html.contains("&lt;{{"), "an ampersand is escaped too: {html}");
        assert!(html.contains("{{ 7*7 }}"), "text is no template: {html}");
    }
}

#[test]
fn pages_hold_no_script_and_load_nothing() {
    for (html, _) in every_page() {
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
    for (html, policy) in every_page() {
        let (_, rest) = html.split_once("<style>").expect("a style sheet");
        let (style, _) = rest.split_once("</style>").expect("its end");
        let hash = STANDARD.encode(Sha256::digest(style));
        assert!(policy.contains(&format!("style-src 'sha256-{hash}'")));
        for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(directive), "{directive}");
        }
        assert!(!policy.contains("unsafe"));
    }
}

#[test]
fn a_login_may_end_at_a_route_that_redirects_to_another_origin() {
    for (_, policy) in every_page() {
        assert!(!policy.contains("form-action"));
    }
}

#[test]
fn the_mark_is_the_first_letter_of_the_name() {
    let initial = |app_name| Frame { app_name, texts: &ENGLISH, switch: None, reference: None }.initial();
    assert_eq!(initial("demo").as_deref(), Some("D"));
    assert_eq!(initial("  (ärzte)").as_deref(), Some("Ä"));
    assert_eq!(initial("ßtraße").as_deref(), Some("SS"));
    assert_eq!(initial("…"), None);
}
