//! Logins at the certified provider `oidc-provider`, through its own pages, on each framework.

use auth_core::clock::{Clock as _, SystemClock};
use auth_core::key::{SigningAlgorithm, SigningKey};
use auth_core::oauth_client::ClientAuthentication;
use auth_core::provider::ProviderConfig;
use auth_core::testing::SeededRandom;
use conformance::{ALICE, Browser, CLIENT, Framework, Issuer, Page, Person, Software, TestApp};
use serde_json::{Value, json};

/// The provider's id in routes.
const ID: &str = "op";

/// An application, its provider, and a person with a browser.
struct Visit {
    app: TestApp,
    issuer: Issuer,
    browser: Browser,
}

impl Visit {
    /// Starts all three; nothing where the provider cannot be had.
    fn start(on: Framework) -> Option<Self> {
        Self::start_with(on, |entry| entry.client_secret(CLIENT.1), json!({"client_secret": CLIENT.1}))
    }

    fn start_with(
        on: Framework,
        change: impl FnOnce(ProviderConfig) -> ProviderConfig,
        metadata: Value,
    ) -> Option<Self> {
        let issuer = Software::OidcProvider.issuer()?;
        let entry = change(ProviderConfig::openid_connect(ID, &issuer.issuer, CLIENT.0).label("Certified"));
        let app = on.start_with(|builder| builder.provider(entry));
        // The provider knows no time but the real one.
        app.clock.set(SystemClock.now());
        let mut client = json!({
            "client_id": CLIENT.0,
            "redirect_uris": [format!("{}/auth/login/{ID}/callback", app.base)],
            "post_logout_redirect_uris": [format!("{}/", app.base)],
            "backchannel_logout_uri": format!("{}/auth/login/{ID}/backchannel-logout", app.base),
            "backchannel_logout_session_required": true,
            "grant_types": ["authorization_code", "refresh_token"],
        });
        client.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
        issuer.client(&client);
        issuer.account("carol", &json!({
            "name": "Carol", "preferred_username": "carol", "email": "carol@example.net", "email_verified": true,
        }));
        Some(Self { app, issuer, browser: Browser::new() })
    }

    fn at(&self, target: &str) -> String {
        format!("{}{target}", self.app.base)
    }

    /// Presses the provider's button on the login page.
    fn press_button(&mut self, next: &str) -> Page {
        let page = self.browser.open(&self.at(&format!("/auth/login?next={next}"))).expect(200);
        self.browser.submit(&page, &format!("/auth/login/{ID}"), &[]).expect(200)
    }

    /// Goes through the provider's own pages: who one is, and that it is fine.
    fn through_pages(&mut self, mut page: Page) -> Page {
        while page.url.starts_with(&self.issuer.issuer) {
            let form =
                page.forms().into_iter().next().unwrap_or_else(|| panic!("a dead end: {}", page.text()));
            let asks_who = form.fields.iter().any(|(name, _)| name == "login");
            let fields: &[(&str, &str)] =
                if asks_who { &[("login", "carol"), ("password", "any")] } else { &[] };
            page = self.browser.submit(&page, &form.action, fields);
        }
        page
    }

    fn log_in(&mut self) -> Page {
        let page = self.press_button("%2Fprivate");
        self.through_pages(page).expect(200)
    }

    fn session(&self) -> Option<&str> {
        self.browser.cookie(&self.app.base, "session")
    }

    fn log_in_by_password(&mut self, person: Person) {
        let page = self.browser.open(&self.at("/auth/login")).expect(200);
        let fields = [("username", person.name), ("password", person.password)];
        let form =
            page.forms().into_iter().find(|form| form.fields.iter().any(|(name, _)| name == "password"));
        self.browser.submit(&page, &form.unwrap().action, &fields).expect(200);
    }
}

pub(crate) fn a_whole_login_through_its_pages(on: Framework) {
    let Some(mut visit) = Visit::start(on) else { return };
    let page = visit.log_in();
    assert_eq!((page.text(), page.url), ("hello carol".to_owned(), visit.at("/private")));
    let me = visit.app.get("/auth/me").session(visit.session().unwrap()).send().expect(200).json();
    assert_eq!((&me["auth"]["amr"], &me["user"]["username"]), (&json!(["fed"]), &json!("carol")));
    // The second time nobody is asked anything.
    visit.browser.forget("session");
    let page = visit.press_button("%2Fprivate");
    assert_eq!(page.text(), "hello carol");
    assert!(page.way.iter().any(|url| url.starts_with(&visit.issuer.issuer)), "{:?}", page.way);
    assert_eq!(visit.issuer.count("GET /jwks"), 1);
    assert_eq!(visit.issuer.count("GET /.well-known/openid-configuration"), 1);
}

pub(crate) fn a_whole_login_by_form_post(on: Framework) {
    let change = |entry: ProviderConfig| entry.client_secret(CLIENT.1).response_mode_form_post(true);
    let Some(mut visit) = Visit::start_with(on, change, json!({"client_secret": CLIENT.1})) else { return };
    let page = visit.log_in();
    assert_eq!(page.text(), "hello carol");
    assert!(page.way.iter().any(|url| url.contains("?handle=")), "{:?}", page.way);
}

pub(crate) fn somebody_who_says_no_is_told_so(on: Framework) {
    let Some(mut visit) = Visit::start(on) else { return };
    let page = visit.press_button("%2Fprivate");
    let link = page.text();
    let at = link.find("/abort").expect("a way out");
    let start = link[..at].rfind('"').unwrap() + 1;
    let target = link[start..at].to_owned() + "/abort";
    let page = visit.browser.follow(&page, &target).expect(400);
    assert!(page.url.starts_with(&visit.at(&format!("/auth/login/{ID}/callback"))), "{}", page.url);
    assert!(page.text().contains("/auth/login"), "there is a way on: {}", page.text());
    assert_eq!(visit.session(), None);
}

pub(crate) fn every_way_of_authenticating_the_client_works(on: Framework) {
    let secret = json!({"client_secret": CLIENT.1});
    let with = |method: &str, more: Value| {
        let mut metadata = json!({"token_endpoint_auth_method": method});
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        metadata
    };
    let key = || SigningKey::generate(SigningAlgorithm::Es256, &SeededRandom::new(11)).unwrap();
    let jwks = public_keys(key());
    let basic = ClientAuthentication::SecretBasic(CLIENT.1.into());
    let post = ClientAuthentication::SecretPost(CLIENT.1.into());
    let signed = ClientAuthentication::PrivateKeyJwt(key().into());
    for (authentication, metadata) in [
        (basic, with("client_secret_basic", secret.clone())),
        (post, with("client_secret_post", secret)),
        (signed, with("private_key_jwt", json!({"jwks": jwks, "token_endpoint_auth_signing_alg": "ES256"}))),
        (ClientAuthentication::None, with("none", json!({}))),
    ] {
        let name = format!("{metadata}");
        let change = |entry: ProviderConfig| entry.authentication(authentication);
        let Some(mut visit) = Visit::start_with(on, change, metadata) else { return };
        assert_eq!(visit.log_in().text(), "hello carol", "{name}");
    }
}

fn public_keys(key: SigningKey) -> Value {
    let ring = auth_core::key::KeyRing::of(vec![key]).unwrap();
    serde_json::from_str(&ring.jwks(auth_core::clock::Timestamp::default())).unwrap()
}

pub(crate) fn every_algorithm_of_its_id_tokens_is_taken(on: Framework) {
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"] {
        let metadata = json!({"client_secret": CLIENT.1, "id_token_signed_response_alg": algorithm});
        let change = |entry: ProviderConfig| entry.client_secret(CLIENT.1);
        let Some(mut visit) = Visit::start_with(on, change, metadata) else { return };
        assert_eq!(visit.log_in().text(), "hello carol", "{algorithm}");
    }
}

pub(crate) fn its_userinfo_may_be_signed(on: Framework) {
    let change = |entry: ProviderConfig| entry.client_secret(CLIENT.1).trusted_email_domains(["example.net"]);
    for algorithm in ["ES256", "RS256"] {
        let metadata = json!({"client_secret": CLIENT.1, "userinfo_signed_response_alg": algorithm});
        let Some(mut visit) = Visit::start_with(on, change, metadata) else { return };
        visit.log_in();
        let me = visit.app.get("/auth/me").session(visit.session().unwrap()).send().expect(200).json();
        assert_eq!(me["user"]["email"], "carol@example.net", "{algorithm}");
        assert!(visit.issuer.count("GET /me") > 0, "{algorithm}: it was asked");
    }
}

pub(crate) fn its_keys_may_change_in_mid_flight(on: Framework) {
    let Some(mut visit) = Visit::start(on) else { return };
    visit.log_in();
    let session = visit.session().unwrap().to_owned();
    let page = {
        visit.browser = Browser::new();
        visit.press_button("%2Fprivate")
    };
    visit.issuer.rotate();
    // As long as a new set of keys is not asked for twice.
    visit.app.clock.advance(std::time::Duration::from_secs(45));
    let page = visit.through_pages(page).expect(200);
    assert_eq!(page.text(), "hello carol");
    assert_eq!(visit.issuer.count("GET /jwks"), 2);
    assert!(visit.app.is_logged_in(&session), "who was logged in still is");
}

pub(crate) fn logging_out_goes_through_its_page_and_back(on: Framework) {
    let change = |entry: ProviderConfig| entry.client_secret(CLIENT.1).rp_initiated_logout(true);
    let Some(mut visit) = Visit::start_with(on, change, json!({"client_secret": CLIENT.1})) else { return };
    visit.log_in();
    let home = visit.browser.open(&visit.at("/")).expect(200);
    let asked = visit.browser.submit(&home, "/auth/logout", &[]).expect(200);
    assert!(asked.url.starts_with(&visit.issuer.issuer), "{}", asked.url);
    assert_eq!(visit.session(), None, "here it is over already");
    let back = visit.browser.submit(&asked, "/session/end/confirm", &[("logout", "yes")]).expect(200);
    assert_eq!(back.url.split('?').next(), Some(&*visit.at("/")));
    let page = visit.press_button("%2Fprivate");
    assert!(
        page.url.starts_with(&visit.issuer.issuer),
        "there one has to say again who one is: {}",
        page.url
    );
}

pub(crate) fn logging_out_there_ends_the_session_here(on: Framework) {
    let Some(mut visit) = Visit::start(on) else { return };
    visit.log_in();
    let session = visit.session().unwrap().to_owned();
    let alice = visit.app.login(ALICE);
    let page = visit.browser.open(&format!("{}/session/end", visit.issuer.issuer)).expect(200);
    assert!(visit.app.is_logged_in(&session));
    visit.browser.submit(&page, "/session/end/confirm", &[("logout", "yes")]).expect(200);
    assert!(!visit.app.is_logged_in(&session), "the provider said so, server to server");
    assert!(visit.app.is_logged_in(&alice));
}

pub(crate) fn an_account_is_connected_and_disconnected_by_its_page(on: Framework) {
    let Some(mut visit) = Visit::start(on) else { return };
    visit.log_in_by_password(ALICE);
    let page = visit.browser.open(&visit.at("/auth/accounts")).expect(200);
    let connect = format!("/auth/login/{ID}?link=true&next=/auth/accounts");
    assert!(page.text().contains("link=true"), "{}", page.text());
    let page = visit.browser.follow(&page, &connect).expect(200);
    let page = visit.browser.submit(&page, &format!("/auth/login/{ID}"), &[]).expect(200);
    let page = visit.through_pages(page).expect(200);
    assert_eq!(page.url, visit.at("/auth/accounts"));
    assert!(page.text().contains("Certified") && page.text().contains("Carol"), "{}", page.text());
    // It is alice's now.
    visit.browser.forget("session");
    assert_eq!(visit.press_button("%2Fprivate").text(), "hello alice");
    // It does not say when she logged in there, and she has a password.
    let page = visit.browser.open(&visit.at("/auth/reauthenticate?next=%2Fauth%2Faccounts")).expect(200);
    let password = [("password", ALICE.password)];
    let page = visit.browser.submit(&page, "/auth/reauthenticate", &password).expect(200);
    assert_eq!(page.url, visit.at("/auth/accounts"));
    let page = visit.browser.submit(&page, "/delete", &[]).expect(200);
    assert!(!page.text().contains("Carol"), "{}", page.text());
    visit.browser.forget("session");
    assert_eq!(visit.press_button("%2Fprivate").text(), "hello carol", "an account of its own");
}

pub(crate) fn who_has_no_password_confirms_there(on: Framework) {
    let Some(mut visit) = Visit::start(on) else { return };
    visit.log_in();
    let old = visit.session().unwrap().to_owned();
    let page = visit.browser.open(&visit.at("/auth/reauthenticate?next=%2Ffresh")).expect(200);
    let page = visit.browser.submit(&page, &format!("/auth/login/{ID}"), &[]).expect(200);
    assert!(page.url.starts_with(&visit.issuer.issuer), "it asks, though a session is there: {}", page.url);
    let page = visit.through_pages(page).expect(200);
    assert_eq!((page.text(), page.url), ("hello carol".to_owned(), visit.at("/fresh")));
    assert!(!visit.app.is_logged_in(&old), "under a new id");
}
