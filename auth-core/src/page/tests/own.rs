//! Pages and words of the application's own.

use std::sync::Arc;

use super::*;
use crate::http::CookieConfig;
use crate::password::PasswordPolicy;
use crate::text::Languages;
use crate::user::Username;

#[test]
fn every_form_of_a_page_is_opened_with_all_that_it_carries() {
    let mut opened = 0;
    with_every_page(|page, reply| {
        let html = String::from_utf8_lossy(reply.body());
        for form in page.forms() {
            assert!(html.contains(&form.open()) && form.open().ends_with(&form.hidden_fields()), "{html}");
            assert!(form.open().contains(&format!("action=\"{}\"", form.action())), "{html}");
            opened += 1;
        }
        // And the form that changes the language.
        assert_eq!(html.matches("<form").count(), page.forms().len() + 1, "{html}");
    });
    assert_eq!(opened, 7);
}

#[test]
fn a_form_without_what_it_carries_is_found() {
    let form = Form::to("/auth/login").with_next(Some("/private"));
    assert!(form.is_forgotten(r#"<form method="post" action="/auth/login"><button>Log in</button></form>"#));
    assert!(!form.is_forgotten(&form.open()));
    assert!(!form.is_forgotten("<p>Nobody logs in by a password here.</p>"));
    assert!(!Form::to("/auth/login").is_forgotten(r#"<form action="/auth/login">"#));
}

/// Every page is its name.
#[derive(Debug)]
struct Named;

impl Pages for Named {
    fn login(&self, page: &LoginPage<'_>) -> Option<String> {
        Some(format!("login {}", page.form.open()))
    }

    fn reauthenticate(&self, page: &ReauthenticatePage<'_>) -> Option<String> {
        Some(format!("reauthenticate {}", page.username))
    }

    fn provider(&self, page: &ProviderPage<'_>) -> Option<String> {
        Some(format!("provider {}", page.provider.label))
    }

    fn linked_accounts(&self, page: &LinkedAccountsPage<'_>) -> Option<String> {
        Some(format!("accounts {}", page.accounts.len()))
    }

    fn error(&self, page: &ErrorPage<'_>) -> Option<String> {
        (page.status != 404).then(|| format!("error {}", page.status))
    }
}

#[test]
fn each_page_of_the_application_stands_in_the_place_of_ours_under_our_headers() {
    let style = style().with_pages(Arc::new(Named));
    let mut names = Vec::new();
    with_every_page(|page, ours| {
        let reply = style.page(200, page);
        let text = String::from_utf8_lossy(reply.body()).into_owned();
        let is_ours = text.starts_with("<!doctype");
        for (name, value) in ours.headers().filter(|(name, _)| *name != "content-security-policy") {
            assert_eq!(reply.header(name), Some(value));
        }
        let policy = reply.header("content-security-policy").expect("a policy");
        assert_eq!(policy.contains("style-src 'self'"), !is_ours, "{policy}");
        for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(directive), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
        names.push(text.split(' ').next().unwrap_or_default().to_owned());
    });
    let expected =
        ["login", "login", "reauthenticate", "reauthenticate", "provider", "accounts", "<!doctype"];
    assert_eq!(names, expected);
}

#[test]
fn changed_words_are_seen_on_pages_and_in_json() {
    let words = "login-title = <b>\ntitle-not-found = Nowhere\nusername-signs = no signs\n\
                 linked-accounts-confirm = To disconnect one, { $link }.\npassword-context = Too much like you.";
    let style = speaking(&["ko"], &[("ko", words)]);
    let shown = |page: &dyn Page| String::from_utf8(style.page(200, page).into_body()).expect("text");
    let html = shown(&login_page());
    assert!(html.contains("<html lang=\"ko\">") && html.contains("<h1>&#60;b&#62;</h1>"), "{html}");
    let html = shown(&LinkedAccountsPage { reauthenticate: Some("/x"), ..accounts_page(&[], &[]) });
    assert!(html.contains("To disconnect one, <a href=\"/x\">본인 확인</a>."), "{html}");

    let weak = PasswordPolicy::default().check("alice walks along northern lakes", &["alice"]).unwrap_err();
    let name = Username::new("a@b").unwrap_err();
    let not_found = ErrorKind::NotFound.into();
    for (error, said) in [(not_found, "Nowhere"), (name, "o signs"), (weak, "Too much like you.")] {
        for accept in ["text/html", "application/json"] {
            let reply = style.error(&request("GET", "/", &[("accept", accept)]), &error);
            assert!(String::from_utf8_lossy(reply.body()).contains(said), "{accept}: {error}");
        }
    }
}

fn speaking(order: &[&str], words: &[(&str, &str)]) -> ReplyStyle {
    let order: Vec<_> = order.iter().map(|tag| (*tag).to_owned()).collect();
    let words: Vec<_> = words.iter().map(|(tag, words)| ((*tag).to_owned(), (*words).to_owned())).collect();
    let languages = Languages::new(Some(&order), &words).expect("good words");
    style().with_languages(languages, CookieConfig::new("session", true, "/").companion("language"))
}

/// Pages in one language, and those for it.
#[derive(Debug)]
struct InKorean(Named);

impl Pages for InKorean {
    fn in_language(&self, language: &str) -> Option<&dyn Pages> {
        (language == "ko").then_some(&self.0)
    }
}

#[test]
fn an_application_has_pages_for_one_language() {
    let style = style().with_pages(Arc::new(InKorean(Named)));
    let body =
        |style: &ReplyStyle| String::from_utf8(style.page(200, &login_page()).into_body()).expect("text");
    assert!(body(&style.in_language("ko")).starts_with("login "));
    assert!(body(&style).starts_with("<!doctype html>"));
}

#[test]
fn a_page_is_in_the_language_that_was_chosen_or_else_asked_for() {
    let cookie = |tag: &str| format!("__Host-session-language={tag}");
    for (chosen, asked, language) in [
        (None, None, "en"),
        (None, Some("ko-KR,ko;q=0.9,en-US;q=0.8"), "ko"),
        (None, Some("de, ko;q=0.1"), "ko"),
        (None, Some("de"), "en"),
        (Some("en"), Some("ko"), "en"),
        (Some("ko"), Some("en"), "ko"),
        (Some("KO"), None, "ko"),
        (Some("nonsense"), Some("ko"), "ko"),
        (Some(""), None, "en"),
    ] {
        let cookie = chosen.map(cookie);
        let headers = [("cookie", cookie.as_deref()), ("accept-language", asked)];
        let headers: Vec<_> = headers.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        let style = speaking(&["en", "ko"], &[]).for_visitor(&request("GET", "/auth/login", &headers));
        let reply = style.page(200, &login_page());
        assert_eq!(reply.header("content-language"), Some(language), "{headers:?}");
        assert_eq!(reply.header("vary"), Some("Accept-Language, Cookie"));
        let html = String::from_utf8_lossy(reply.body()).into_owned();
        assert!(html.contains(&format!("<html lang=\"{language}\">")), "{html}");
    }
}

#[test]
fn the_switch_leads_back_to_where_the_visitor_is() {
    let next = |method, path, headers: &[(&str, &str)], page: &dyn Page| {
        let style = speaking(&["en", "ko"], &[]).for_visitor(&request(method, path, headers));
        let html = String::from_utf8(style.page(200, page).into_body()).expect("text");
        let (_, switch) = html.split_once("action=\"/auth/language\"").expect("a switch");
        switch.contains("name=\"next\"").then(|| input(switch, "next").to_owned())
    };
    let hidden = |path: &str| Some(format!("<input type=\"hidden\" name=\"next\" value=\"{path}\">"));
    for (method, path) in [("GET", "/auth/login?next=//evil.example&x=y"), ("POST", "/auth/login")] {
        let form = hidden("/auth/login?next=%2Fprivate%3Fa%3D1%26b%3D2");
        assert_eq!(next(method, path, &[], &login_page()), form, "as the form carries it");
    }
    assert_eq!(next("GET", "/auth/sessions", &[], &error_page()), hidden("/auth/sessions"));
    let referer = ("referer", "https://app.example/auth/account");
    assert_eq!(next("POST", "/auth/sessions/x", &[referer], &error_page()), hidden("/auth/account"));
    let elsewhere = ("referer", "https://evil.example/auth/account");
    assert_eq!(next("POST", "/auth/sessions/x", &[elsewhere], &error_page()), None);
}

#[test]
fn an_application_of_one_language_has_no_switch() {
    let reply = speaking(&["ko"], &[]).page(200, &login_page());
    assert_eq!((reply.header("content-language"), reply.header("vary")), (Some("ko"), None));
    assert!(!String::from_utf8_lossy(reply.body()).contains("/auth/language"));
}
