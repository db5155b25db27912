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
        providers: &[],
    }
}

fn reauthenticate_page() -> ReauthenticatePage<'static> {
    ReauthenticatePage {
        app_name: "Demo",
        action: "/auth/reauthenticate",
        next: Some("/fresh"),
        username: "alice",
        error: None,
        providers: None,
        logins: &[],
    }
}

fn error_page() -> ErrorPage<'static> {
    ErrorPage { app_name: "Demo", status: 404, title: "Not found", detail: None, home: "/", way_on: None }
}

/// The opening tag of the input of that name.
fn input<'a>(html: &'a str, name: &str) -> &'a str {
    let at = html.find(&format!("name=\"{name}\"")).expect("the input is there");
    let start = html[..at].rfind('<').expect("it is a tag");
    let length = html[start..].find('>').expect("the tag is closed");
    &html[start..=start + length]
}

fn idp(text: &'static str) -> ProviderButton<'static> {
    ProviderButton { label: text, action: text.to_owned() }
}

fn accounts_page<'a>(accounts: &'a [AccountRow<'a>], providers: &'a [ProviderLink<'a>]) -> AccountsPage<'a> {
    AccountsPage {
        app_name: "Demo",
        username: "alice",
        has_password: true,
        path: "/auth/accounts",
        accounts,
        providers,
        reauthenticate: None,
        home: "/",
    }
}

fn every_page() -> [Page; 7] {
    let buttons = [idp("IdP")];
    let provider = ProviderPage {
        app_name: "Demo",
        provider: &buttons[0],
        purpose: ProviderAction::Link,
        next: Some("/"),
    };
    let disconnect = Some("/auth/accounts/idp/1/delete".to_owned());
    let linked = [AccountRow { label: "IdP", name: Some("alice"), disconnect }];
    let links = [ProviderLink { label: "IdP", href: "/auth/login/idp?link=true".to_owned() }];
    [
        login(&login_page()),
        login(&LoginPage { providers: &buttons, ..login_page() }),
        reauthenticate(&reauthenticate_page()),
        reauthenticate(&ReauthenticatePage { providers: Some(&buttons), ..reauthenticate_page() }),
        super::provider(&provider),
        accounts(&accounts_page(&linked, &links)),
        error(&error_page()),
    ]
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
fn each_provider_is_a_form_of_its_own() {
    let buttons = [idp("one"), idp("two")];
    let html = login(&LoginPage { providers: &buttons, ..login_page() }).html;
    assert_eq!(html.matches("<form method=\"post\"").count(), 3, "{html}");
    assert_eq!(html.matches("value=\"/private?a=1&#38;b=2\"").count(), 3, "{html}");
    for label in ["one", "two"] {
        assert!(html.contains(&format!("<form method=\"post\" action=\"{label}\">")), "{html}");
        assert!(html.contains(&format!("Log in with {label}</button>")), "{html}");
    }
    assert!(!login(&login_page()).html.contains("class=\"or\""));
}

#[test]
fn one_button_says_what_it_is_for() {
    let button = idp("IdP");
    for (purpose, title, field) in [
        (ProviderAction::Login, "Log in with IdP", None),
        (ProviderAction::Link, "Connect IdP", Some("link")),
        (ProviderAction::Reauthenticate, "Confirm with IdP", Some("reauthenticate")),
    ] {
        let page = ProviderPage { app_name: "Demo", provider: &button, purpose, next: None };
        let html = super::provider(&page).html;
        assert!(html.contains(&format!("<h1>{title}</h1>")), "{html}");
        assert_eq!(html.matches("type=\"hidden\"").count(), usize::from(field.is_some()), "{html}");
        assert!(field.is_none_or(|name| input(&html, name).contains(r#"value="true""#)), "{html}");
    }
}

#[test]
fn an_account_without_a_password_is_confirmed_by_its_provider() {
    let buttons = [idp("IdP")];
    let page = ReauthenticatePage { providers: Some(&buttons), ..reauthenticate_page() };
    let html = reauthenticate(&page).html;
    assert!(!html.contains("name=\"password\""), "{html}");
    assert!(input(&html, "reauthenticate").contains(r#"value="true""#), "{html}");
    assert!(input(&html, "next").contains("/fresh"), "{html}");
    let html = reauthenticate(&ReauthenticatePage { providers: Some(&[]), ..page }).html;
    assert!(html.contains("neither a password nor a provider"), "{html}");
}

#[test]
fn a_provider_that_cannot_be_asked_for_a_new_proof_is_logged_in_with_anew() {
    let buttons = [idp("IdP")];
    let page = ReauthenticatePage { providers: Some(&[]), logins: &buttons, ..reauthenticate_page() };
    let html = reauthenticate(&page).html;
    assert!(html.contains("Log in again with IdP") && !html.contains("neither a password"), "{html}");
    assert!(!html.contains("name=\"reauthenticate\"") && input(&html, "next").contains("/fresh"), "{html}");
}

#[test]
fn linked_accounts_are_disconnected_by_a_form_and_connected_by_a_link() {
    let disconnect = Some("/auth/accounts/idp/1/delete".to_owned());
    let linked = [
        AccountRow { label: "IdP", name: Some("alice"), disconnect },
        AccountRow { label: "Kept", name: None, disconnect: None },
    ];
    let links = [ProviderLink { label: "Other", href: "/auth/login/other?link=true".to_owned() }];
    let html = accounts(&accounts_page(&linked, &links)).html;
    assert_eq!(html.matches("<form").count(), 1, "{html}");
    assert!(html.contains(r#"<form method="post" action="/auth/accounts/idp/1/delete">"#), "{html}");
    assert!(input(&html, "next").contains("/auth/accounts"), "{html}");
    assert!(html.contains(r#"<a href="/auth/login/other?link=true">Connect Other</a>"#), "{html}");
    assert!(accounts(&accounts_page(&[], &[])).html.contains("No account is connected."));
}

#[test]
fn an_error_page_offers_a_way_on_where_there_is_one() {
    let html = error(&ErrorPage { way_on: Some(("/auth/login", "Log in")), ..error_page() }).html;
    assert!(html.contains(r#"<a href="/auth/login">Log in</a>"#), "{html}");
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
    for status in [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503] {
        let html = error(&ErrorPage { status, ..error_page() }).html;
        assert!(html.contains(sentence(status)) && sentence(status).ends_with('.'), "{status}: {html}");
    }
}

#[test]
fn hostile_text_stays_text_in_every_field() {
    let buttons = [idp(HOSTILE)];
    let linked = [AccountRow { label: HOSTILE, name: Some(HOSTILE), disconnect: Some(HOSTILE.to_owned()) }];
    let links = [ProviderLink { label: HOSTILE, href: HOSTILE.to_owned() }];
    let pages = [
        super::provider(&ProviderPage {
            app_name: HOSTILE,
            provider: &buttons[0],
            purpose: ProviderAction::Login,
            next: Some(HOSTILE),
        }),
        accounts(&AccountsPage {
            app_name: HOSTILE,
            username: HOSTILE,
            has_password: true,
            path: HOSTILE,
            accounts: &linked,
            providers: &links,
            reauthenticate: Some(HOSTILE),
            home: HOSTILE,
        }),
        reauthenticate(&ReauthenticatePage {
            app_name: HOSTILE,
            action: HOSTILE,
            next: Some(HOSTILE),
            username: HOSTILE,
            error: Some(HOSTILE),
            providers: Some(&buttons),
            logins: &buttons,
        }),
        login(&LoginPage {
            app_name: HOSTILE,
            action: HOSTILE,
            next: Some(HOSTILE),
            username: HOSTILE,
            remember: true,
            error: Some(HOSTILE),
            providers: &buttons,
        }),
        reauthenticate(&ReauthenticatePage {
            app_name: HOSTILE,
            action: HOSTILE,
            next: Some(HOSTILE),
            username: HOSTILE,
            error: Some(HOSTILE),
            providers: None,
            logins: &[],
        }),
        error(&ErrorPage {
            app_name: HOSTILE,
            status: 400,
            title: HOSTILE,
            detail: Some(HOSTILE),
            home: HOSTILE,
            way_on: Some((HOSTILE, HOSTILE)),
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
