//! Pages and words of the application's own.

use std::sync::Arc;

use super::*;
use crate::password::PasswordPolicy;
use crate::text::Texts;
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
        assert_eq!(html.matches("<form").count(), page.forms().len(), "{html}");
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
    let words = "page-language = ko\nlogin-title = <b>\ntitle-not-found = Nowhere\nusername-signs = no signs\n\
                 linked-accounts-confirm = To disconnect one, { $link }.\npassword-context = Too much like you.";
    let texts = Texts::english().changed(words).expect("good words");
    let style = style().with_texts(texts);
    let shown = |page: &dyn Page| String::from_utf8(style.page(200, page).into_body()).expect("text");
    let html = shown(&login_page());
    assert!(html.contains("<html lang=\"ko\">") && html.contains("<h1>&#60;b&#62;</h1>"), "{html}");
    let html = shown(&LinkedAccountsPage { reauthenticate: Some("/x"), ..accounts_page(&[], &[]) });
    assert!(html.contains("To disconnect one, <a href=\"/x\">Confirm who you are</a>."), "{html}");

    let weak = PasswordPolicy::default().check("alice walks along northern lakes", &["alice"]).unwrap_err();
    let name = Username::new("a@b").unwrap_err();
    let not_found = ErrorKind::NotFound.into();
    for (error, said) in [(not_found, "Nowhere"), (name, "no signs"), (weak, "Too much like you.")] {
        for accept in ["text/html", "application/json"] {
            let reply = style.error(&request("GET", "/", &[("accept", accept)]), &error);
            assert!(String::from_utf8_lossy(reply.body()).contains(said), "{accept}: {error}");
        }
    }
}
