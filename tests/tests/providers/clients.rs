//! The OAuth client against authorization servers that others wrote: refresh, revocation, introspection, device flow, and
//! programs that call APIs in their own name. No framework has a part in it.

use std::future::Future;

use auth_core::ErrorKind;
use auth_core::clock::Timestamp;
use auth_core::key::{KeyRing, SigningAlgorithm, SigningKey};
use auth_core::oauth_client::{
    ApiClient as _, ClientAuthentication, IssuedTokens, MachineClient, OAuthClient,
};
use auth_core::outbound::{OutboundConfig, OutboundUrl};
use auth_core::secret::Secret;
use auth_core::testing::SeededRandom;
use conformance::{Answer, Browser, CLIENT, Idp, Issuer, Page, Software};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// The example of RFC 7636 appendix B.
const PKCE: (&str, &str) =
    ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");

/// A client's secret without a space: Authlib does not undo the encoding of RFC 6749 section 2.3.1.
const SECRET: &str = "a-client-secret-that-is-longer-than-32-bytes";

/// A server, a client of it, and where people are sent back to: whatever answers there is good enough.
struct Server {
    software: Software,
    issuer: Issuer,
    client: OAuthClient,
    back: Idp,
    runtime: Runtime,
}

impl Server {
    fn start(software: Software) -> Option<Self> {
        let secret = ClientAuthentication::SecretBasic(SECRET.into());
        Self::start_with(software, CLIENT.0, secret, &json!({"client_secret": SECRET}))
    }

    fn start_with(
        software: Software,
        client_id: &str,
        authentication: ClientAuthentication,
        metadata: &Value,
    ) -> Option<Self> {
        let issuer = software.issuer()?;
        let back = Idp::start();
        let mut client = json!({
            "client_id": client_id, "redirect_uris": [format!("{}/callback", back.issuer())], "response_types": ["code"],
            "grant_types": [
                "authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
            ],
        });
        client.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
        issuer.client(&client);
        issuer.account(
            "carol",
            &json!({"name": "Carol", "email": "carol@example.net", "email_verified": true}),
        );
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let mut outbound = OutboundConfig::default();
        outbound.allows_loopback = true;
        let client = OAuthClient::builder(client_id).issuer(&issuer.issuer).outbound(outbound);
        let client = runtime.block_on(client.authentication(authentication).build()).unwrap();
        Some(Self { software, issuer, client, back, runtime })
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// A code that carol agreed to at the server's pages, exchanged.
    fn tokens(&self) -> IssuedTokens {
        let redirect_uri = format!("{}/callback", self.back.issuer());
        let path = if self.software == Software::Authlib { "authorize" } else { "auth" };
        let mut browser = Browser::new();
        let page = browser.open(&format!(
            "{}/{path}?client_id={}&response_type=code&scope=openid+offline_access&prompt=consent&state=s&nonce=n\
             &redirect_uri={redirect_uri}&code_challenge={}&code_challenge_method=S256",
            self.issuer.issuer, CLIENT.0, PKCE.1
        ));
        let page = self.through_pages(&mut browser, page.expect(200));
        let code: Secret = page.query("code").unwrap().into();
        let redirect_uri = OutboundUrl::parse(&redirect_uri).unwrap();
        let verifier: Secret = PKCE.0.into();
        self.block_on(self.client.exchange_code(&code, &redirect_uri, Some(&verifier))).unwrap()
    }

    /// Says who one is, and agrees to whatever is asked.
    fn through_pages(&self, browser: &mut Browser, mut page: Page) -> Page {
        while page.url.starts_with(&self.issuer.issuer) {
            let Some(form) = page.forms().into_iter().next() else { return page };
            let names = |name: &str| form.fields.iter().any(|(held, _)| held == name);
            let fields: &[(&str, &str)] = match () {
                () if names("login") => &[("login", "carol"), ("password", "any")],
                () if names("username") => &[("username", "carol")],
                () => &[],
            };
            page = browser.submit(&page, &form.action, fields);
        }
        page
    }

    fn is_active(&self, token: &Secret) -> bool {
        self.block_on(self.client.introspect(token)).unwrap().active
    }
}

/// Runs on both servers.
fn on_both(check: impl Fn(Server)) {
    for software in [Software::OidcProvider, Software::Authlib] {
        if let Some(server) = Server::start(software) {
            check(server);
        }
    }
}

#[test]
fn a_code_works_once_and_with_its_verifier_only() {
    on_both(|server| {
        let tokens = server.tokens();
        assert!(tokens.id_token.is_some() && tokens.expires_at.is_some());
        let redirect_uri = OutboundUrl::parse(&format!("{}/callback", server.back.issuer())).unwrap();
        let wrong = server.block_on(server.client.exchange_code(
            &"no such code".into(),
            &redirect_uri,
            Some(&PKCE.0.into()),
        ));
        assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidGrant);
    });
}

#[test]
fn a_refresh_token_is_exchanged_and_the_old_one_is_over() {
    on_both(|server| {
        let first = server.tokens();
        let refresh = first.refresh_token.unwrap();
        let second = server.block_on(server.client.refresh(&refresh, None)).unwrap();
        assert_ne!(second.access_token.expose(), first.access_token.expose());
        assert!(server.is_active(&second.access_token));
        let again = server.block_on(server.client.refresh(&refresh, None)).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::InvalidGrant);
    });
}

#[test]
fn a_token_is_asked_about_and_revoked() {
    on_both(|server| {
        let tokens = server.tokens();
        let introspection = server.block_on(server.client.introspect(&tokens.access_token)).unwrap();
        assert!(introspection.active);
        assert_eq!(
            (&introspection.claims["client_id"], &introspection.claims["sub"]),
            (&json!(CLIENT.0), &json!("carol"))
        );
        let refresh = tokens.refresh_token.unwrap();
        server.block_on(server.client.revoke(&refresh)).unwrap();
        assert_eq!(
            server.block_on(server.client.refresh(&refresh, None)).unwrap_err().kind(),
            ErrorKind::InvalidGrant
        );
        server.block_on(server.client.revoke(&tokens.access_token)).unwrap();
        assert!(!server.is_active(&tokens.access_token));
        assert!(!server.is_active(&"no such token".into()));
        server.block_on(server.client.revoke(&"no such token".into())).unwrap();
    });
}

#[test]
fn a_program_gets_tokens_in_its_own_name() {
    for software in [Software::OidcProvider, Software::Authlib] {
        // The certified provider asks nobody about signed tokens, and issues opaque ones to clients of such a name.
        let secret = ClientAuthentication::SecretBasic(SECRET.into());
        let metadata = json!({"client_secret": SECRET});
        let Some(server) = Server::start_with(software, "an-opaque-client", secret, &metadata) else {
            continue;
        };
        let tokens = server.block_on(server.client.client_credentials("reports:read")).unwrap();
        let introspection = server.block_on(server.client.introspect(&tokens.access_token)).unwrap();
        assert_eq!((introspection.active, &introspection.claims["scope"]), (true, &json!("reports:read")));
    }
}

#[test]
fn a_client_that_the_server_does_not_know_is_told_so() {
    for software in [Software::OidcProvider, Software::Authlib] {
        let wrong = ClientAuthentication::SecretBasic("another-secret-that-is-long-enough-too".into());
        let Some(server) = Server::start_with(software, CLIENT.0, wrong, &json!({"client_secret": SECRET}))
        else {
            continue;
        };
        let refused = server.block_on(server.client.client_credentials("reports:read")).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidClient, "{software:?}");
    }
}

#[test]
fn a_program_signs_its_own_assertions() {
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256] {
        // The same randomness makes the same key twice.
        let key = || SigningKey::generate(algorithm, &SeededRandom::new(3)).unwrap();
        let ring = KeyRing::of(vec![key()]).unwrap();
        let jwks: Value = serde_json::from_str(&ring.jwks(Timestamp::default())).unwrap();
        let metadata = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks,
            "token_endpoint_auth_signing_alg": jwks["keys"][0]["alg"],
        });
        let authentication = ClientAuthentication::PrivateKeyJwt(key().into());
        let Some(server) = Server::start_with(Software::OidcProvider, CLIENT.0, authentication, &metadata)
        else {
            return;
        };
        for _ in 0..2 {
            server.block_on(server.client.client_credentials("reports:read")).unwrap();
        }
    }
}

#[test]
fn a_machine_client_keeps_its_token_until_it_is_refused() {
    let Some(server) = Server::start(Software::OidcProvider) else { return };
    let api = Idp::start();
    api.lie("/reports", |_, _| Answer::json(200, &json!(["one"])));
    let machine = MachineClient::new(server.client.clone(), "reports:read", [api.issuer()]).unwrap();
    let url = format!("{}/reports", api.issuer());
    for _ in 0..3 {
        assert_eq!(server.block_on(machine.get(&url)).unwrap().status, 200);
    }
    assert_eq!(server.issuer.count("POST /token"), 1);
    // The API stops liking the token, once.
    let first = api.seen("/reports")[0].header("authorization").unwrap().to_owned();
    api.lie("/reports", move |seen, _| match seen.header("authorization") == Some(&first) {
        true => Answer::json(401, &json!({})),
        false => Answer::json(200, &json!(["two"])),
    });
    assert_eq!(server.block_on(machine.get(&url)).unwrap().status, 200);
    assert_eq!(server.issuer.count("POST /token"), 2);
    let elsewhere = format!("{}/reports", server.back.issuer());
    assert_eq!(server.block_on(machine.get(&elsewhere)).unwrap_err().kind(), ErrorKind::Configuration);
    assert!(server.back.seen("/reports").is_empty(), "the token went nowhere else");
}

#[test]
fn somebody_confirms_a_device() {
    let Some(server) = Server::start(Software::OidcProvider) else { return };
    let mut login = server.block_on(server.client.begin_device_login("openid offline_access")).unwrap();
    assert!(server.block_on(server.client.poll_device_login(&mut login)).unwrap().is_none(), "not yet");
    let mut browser = Browser::new();
    let page = browser.open(login.verification_uri_complete().unwrap()).expect(200);
    let page = server.through_pages(&mut browser, page);
    assert!(page.text().contains("Success"), "{}", page.text());
    let tokens = server.block_on(server.client.poll_device_login(&mut login)).unwrap().unwrap();
    let introspection = server.block_on(server.client.introspect(&tokens.access_token)).unwrap();
    assert_eq!(introspection.claims["sub"], "carol");
    assert!(tokens.refresh_token.is_some() && tokens.id_token.is_some());
    let again = server.block_on(server.client.poll_device_login(&mut login)).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::InvalidGrant, "a device code works once");
}

#[test]
fn somebody_refuses_a_device() {
    let Some(server) = Server::start(Software::OidcProvider) else { return };
    let mut login = server.block_on(server.client.begin_device_login("openid")).unwrap();
    let mut browser = Browser::new();
    let page = browser.open(login.verification_uri_complete().unwrap()).expect(200);
    // The page sends itself; then comes the question whether this is one's device.
    let action = page.forms()[0].action.clone();
    let page = browser.submit(&page, &action, &[]).expect(200);
    let action = page.forms()[0].action.clone();
    browser.submit(&page, &action, &[("abort", "yes")]);
    let refused = server.block_on(server.client.poll_device_login(&mut login)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
}
