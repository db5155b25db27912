mod refusals;

use std::time::Duration;

use serde_json::{Value, json};

use super::super::registry::{Provider, Registry};
use super::super::{
    Kind, ProfileFields, ProviderConfig, ProviderEndpoints, ProviderEntries, SignUpPolicy,
    TrustedEmailDomains,
};
use crate::error::ErrorKind;
use crate::issuer::{Claims, JwsAlgorithm};
use crate::oauth_client::ClientAuthentication;
use crate::user::Email;

const P8: &str = include_str!("../../../key/testdata/p256_pkcs8.pem");
const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

fn work() -> ProviderConfig {
    ProviderConfig::openid_connect("work", "https://login.example.com", "app")
}

fn github() -> ProviderConfig {
    ProviderConfig::preset("github", "app").client_secret("hunter2")
}

fn endpoints() -> ProviderEndpoints {
    ProviderEndpoints {
        authorization: "https://forge.example/authorize".to_owned(),
        token: "https://forge.example/token".to_owned(),
        userinfo: "https://forge.example/api/user".to_owned(),
    }
}

fn forge() -> ProviderConfig {
    ProviderConfig::oauth2("forge", endpoints(), "app")
}

fn entry(text: serde_json::Value) -> ProviderConfig {
    let entries: ProviderEntries = serde_json::from_value(json!({ "work": text })).unwrap();
    entries.into_iter().next().unwrap()
}

#[track_caller]
fn checked(config: ProviderConfig) -> Provider {
    let registry = Registry::new([config], false).unwrap();
    (*registry.into_iter().next().unwrap()).clone()
}

/// Why the provider is refused.
#[track_caller]
fn fault(config: ProviderConfig) -> String {
    let id = config.id.clone();
    let error = Registry::new([config], false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let message = error.to_string();
    assert!(message.starts_with(&format!("the provider `{id}` ")), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
    message
}

#[test]
fn a_discovered_provider_needs_an_issuer_and_a_client_id_only() {
    let provider = checked(work());
    assert_eq!((provider.id().as_str(), provider.label()), ("work", "work"));
    assert!(
        matches!(provider.kind(), Kind::OpenIdConnect { issuer } if issuer.as_str() == "https://login.example.com")
    );
    assert_eq!(provider.scopes(), ["openid", "email", "profile"]);
    assert!(matches!(provider.authentication(None), ClientAuthentication::None));
    assert!(provider.has_pkce() && provider.is_sign_up_open() && provider.profile_urls().is_empty());
    assert!(!provider.links_by_verified_email() && !provider.keeps_tokens() && !provider.uses_form_post());
    assert!(!provider.is_trusted_with(&Email::new("a@example.com").unwrap()));
}

#[test]
fn every_setting_is_heard() {
    let provider = checked(
        work()
            .id("login_2")
            .client_secret("s")
            .label("Work account")
            .scopes(["openid", "groups"])
            .trusted_email_domains(["B\u{fc}cher.example"])
            .link_by_verified_email(true)
            .sign_up(SignUpPolicy::Closed)
            .keep_tokens(true)
            .api_origins(["https://api.example.com"])
            .response_mode_form_post(true)
            .id_token_signed_response_alg("ES384")
            .authorization_parameter("prompt", "select_account")
            .max_age(Duration::from_secs(600))
            .rp_initiated_logout(true),
    );
    assert_eq!((provider.id().as_str(), provider.label()), ("login_2", "Work account"));
    assert_eq!(provider.scopes(), ["openid", "groups"]);
    for (address, is_trusted) in [
        ("a@b\u{fc}cher.example", true),
        ("a@XN--BCHER-KVA.example", true),
        ("a@sub.b\u{fc}cher.example", false),
        ("a@evil.example", false),
        ("b\u{fc}cher.example@evil.example", false),
    ] {
        assert_eq!(provider.is_trusted_with(&Email::new(address).unwrap()), is_trusted, "{address}");
    }
    assert!(provider.links_by_verified_email() && provider.keeps_tokens() && provider.uses_form_post());
    assert!(!provider.is_sign_up_open() && provider.has_rp_initiated_logout());
    assert_eq!(provider.api_origins(), ["https://api.example.com"]);
    assert!(provider.takes_algorithm(JwsAlgorithm::Es384) && !provider.takes_algorithm(JwsAlgorithm::Rs256));
    assert_eq!(provider.authorization_parameters().collect::<Vec<_>>(), [("prompt", "select_account")]);
    assert_eq!(provider.max_age(), Some(Duration::from_secs(600)));
}

#[test]
fn an_oauth2_provider_is_known_by_the_origin_of_its_first_endpoint() {
    let provider =
        checked(forge().profile(ProfileFields { subject: "/data/id".into(), ..ProfileFields::default() }));
    assert!(matches!(provider.kind(), Kind::OAuth2 { issuer, .. } if issuer == "https://forge.example"));
    assert!(provider.scopes().is_empty() && !provider.is_openid_connect());
    assert_eq!(provider.read_answers(&[json!({ "data": { "id": 7 } })]).unwrap().subject, "7");
    assert!(provider.read_answers(&[json!({ "sub": "7" })]).is_err());
}

/// OpenID Connect Core 1.0 section 2.
#[test]
fn the_subject_of_openid_connect_is_a_text() {
    let provider = checked(work());
    let read = |subject: Value| provider.read_answers(&[json!({ "sub": subject })]);
    assert_eq!(read(json!("7")).unwrap().subject, "7");
    assert!(read(json!(7)).is_err());
}

#[test]
fn an_entry_that_is_named_like_a_preset_is_of_it() {
    let entries: ProviderEntries =
        serde_json::from_value(json!({ "github": { "client_id": "a", "client_secret": "b" } })).unwrap();
    let github = checked(entries.into_iter().next().unwrap());
    assert_eq!((github.label(), github.is_openid_connect()), ("GitHub", false));
    let own = ProviderConfig::openid_connect("github", "https://login.example.com", "app");
    assert_eq!((checked(own.clone()).label(), checked(own).is_openid_connect()), ("github", true));
}

#[test]
fn an_instance_of_ones_own_is_not_believed_like_the_providers() {
    let address = Email::new("a@example.com").unwrap();
    let gitlab = || ProviderConfig::preset("gitlab", "app").client_secret("hunter2");
    assert!(checked(gitlab()).is_trusted_with(&address) && checked(github()).is_trusted_with(&address));
    assert_eq!(checked(gitlab()).api_origins(), ["https://gitlab.com"]);
    let own = checked(gitlab().domain("git.example.com"));
    assert!(
        matches!(own.kind(), Kind::OpenIdConnect { issuer } if issuer.as_str() == "https://git.example.com")
    );
    assert!(!own.is_trusted_with(&address) && own.api_origins().is_empty());
    let enterprise = entry(json!({
        "preset": "github", "client_id": "app", "client_secret": "hunter2",
        "authorization_endpoint": "https://ghe.example.com/login/oauth/authorize",
        "token_endpoint": "https://ghe.example.com/login/oauth/access_token",
        "userinfo_endpoint": "https://ghe.example.com/api/v3/user",
    }));
    let enterprise = checked(enterprise);
    assert!(matches!(enterprise.kind(), Kind::OAuth2 { issuer, .. } if issuer == "https://ghe.example.com"));
    assert_eq!(enterprise.profile_urls()[1].as_str(), "https://ghe.example.com/api/v3/user/emails");
    assert!(!enterprise.is_trusted_with(&address) && enterprise.api_origins().is_empty());
    let believed = gitlab().domain("git.example.com").trusted_email_domains(TrustedEmailDomains::All);
    assert!(checked(believed).is_trusted_with(&address));
    assert!(!checked(github().trusted_email_domains(TrustedEmailDomains::None)).is_trusted_with(&address));
}

#[test]
fn templates_are_filled_in() {
    let keycloak = |domain: &str| ProviderConfig::preset("keycloak", "app").domain(domain).realm("staff");
    for (config, issuer) in [
        (keycloak("sso.example.com"), "https://sso.example.com/realms/staff"),
        (keycloak("https://sso.example.com/auth/"), "https://sso.example.com/auth/realms/staff"),
        (ProviderConfig::preset("okta", "app").domain("example.okta.com"), "https://example.okta.com"),
        (ProviderConfig::preset("auth0", "app").domain("example.auth0.com"), "https://example.auth0.com/"),
        (
            ProviderConfig::preset("microsoft", "app").tenant(TENANT),
            &*format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        ),
        (
            ProviderConfig::preset("microsoft", "app").tenant("consumers"),
            &*format!("https://login.microsoftonline.com/{CONSUMERS}/v2.0"),
        ),
    ] {
        assert!(
            matches!(checked(config).kind(), Kind::OpenIdConnect { issuer: held } if held.as_str() == issuer),
            "{issuer}"
        );
    }
    let own_server = entry(json!({
        "preset": "okta", "client_id": "app", "issuer": "https://example.okta.com/oauth2/default",
    }));
    assert!(checked(own_server).is_openid_connect());
}

#[test]
fn tokens_of_many_tenants_name_their_own() {
    let provider = |tenant: &str| checked(ProviderConfig::preset("microsoft", "app").tenant(tenant));
    let is_issuer = |provider: &Provider, iss: &str, tid: &str| {
        let claims = json!({ "tid": tid });
        provider.is_issuer(iss, &Claims::from(claims.as_object().unwrap().clone()))
    };
    let issuer = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let (common, organizations, one) = (provider("common"), provider("organizations"), provider(TENANT));
    assert!(common.has_many_issuers() && organizations.has_many_issuers() && !one.has_many_issuers());
    for provider in [&common, &organizations, &one] {
        assert!(is_issuer(provider, &issuer(TENANT), TENANT));
        assert!(!is_issuer(provider, &issuer("x/.."), "x/.."));
        assert!(!is_issuer(provider, "https://evil.example/v2.0", TENANT));
    }
    for provider in [&common, &organizations] {
        assert!(!is_issuer(provider, &issuer(TENANT), "00000000-0000-0000-0000-000000000000"));
    }
    assert!(is_issuer(&common, &issuer(CONSUMERS), CONSUMERS));
    assert!(!is_issuer(&organizations, &issuer(CONSUMERS), CONSUMERS));
    assert!(!is_issuer(&one, &issuer(CONSUMERS), CONSUMERS));
}

#[test]
fn a_secret_is_sent_as_the_provider_wants_it() {
    let with_secret = || work().client_secret("hunter2");
    let is_post = |config: ProviderConfig, methods: Option<&[&str]>| {
        let methods =
            methods.map(|methods| methods.iter().map(|&method| method.to_owned()).collect::<Vec<_>>());
        match checked(config).authentication(methods.as_deref()) {
            ClientAuthentication::SecretPost(_) => true,
            ClientAuthentication::SecretBasic(_) => false,
            other => panic!("{other:?}"),
        }
    };
    assert!(!is_post(with_secret(), None));
    assert!(!is_post(with_secret(), Some(&["client_secret_post", "client_secret_basic"])));
    assert!(is_post(with_secret(), Some(&["client_secret_post", "private_key_jwt"])));
    assert!(!is_post(with_secret(), Some(&["private_key_jwt"])));
    let fixed = entry(json!({
        "issuer": "https://login.example.com", "client_id": "app", "client_secret": "hunter2",
        "client_authentication": "client_secret_basic",
    }));
    assert!(!is_post(fixed, Some(&["client_secret_post"])));
    assert!(is_post(github(), None));
    let given = work().authentication(ClientAuthentication::SecretPost("hunter2".into()));
    assert!(is_post(given, Some(&["client_secret_basic"])));
}

#[test]
fn private_keys_authenticate() {
    let apple = ProviderConfig::preset("apple", "com.example.app").apple_key(P8, "KEY", "TEAM");
    let ClientAuthentication::SignedSecret { team, audience, kid, .. } = checked(apple).authentication(None)
    else {
        panic!("Apple's secret is signed");
    };
    assert_eq!((&*team, &*audience, &*kid), ("TEAM", "https://appleid.apple.com", "KEY"));
    let key = entry(json!({ "issuer": "https://login.example.com", "client_id": "app", "client_key": P8 }));
    assert!(matches!(checked(key).authentication(None), ClientAuthentication::PrivateKeyJwt(_)));
}

#[test]
fn nothing_that_is_printed_shows_a_secret() {
    let config = github();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(!format!("{:?}", checked(config)).contains("hunter2"));
    let apple = ProviderConfig::preset("apple", "app").apple_key(P8, "KEY", "TEAM");
    assert!(
        !format!("{apple:?}").contains("PRIVATE") && !format!("{:?}", checked(apple)).contains("PRIVATE")
    );
}
