//! Providers as files and the environment give them.

use std::ffi::OsString;

use super::super::environment::SETTINGS;
use super::super::presets::{Preset, preset};
use super::super::registry::Registry;
use super::{ProviderConfig, ProviderEntries, ProvidersFile, UserinfoMethod};
use crate::error::{Error, ErrorKind};

/// The form that the example applications document.
const FILE: &str = r#"
[providers.work]                        # any OpenID Connect provider, by discovery
issuer = "https://login.example.com"
client_id = "app"
client_secret = "hunter2"               # absent: a public client
scopes = ["openid", "email", "profile"] # this is the default
label = "Work account"                  # optional

[providers.github]
preset = "github"                       # endpoints, scopes and label come from the preset
client_id = "Iv1.8a61f9b3a7aba766"
client_secret = "hunter2"

[providers.forge]
authorization_endpoint = "https://forge.example/authorize"
token_endpoint = "https://forge.example/token"
userinfo_endpoint = "https://forge.example/user"
client_id = "app"
trusted_email_domains = "all"
sign_up = "closed"
response_mode = "form_post"
authorization_params = { prompt = "consent" }
profile = { subject = "/id" }
"#;

fn file(text: &str) -> Result<Vec<ProviderConfig>, toml::de::Error> {
    Ok(toml::from_str::<ProvidersFile>(text)?.providers.into_iter().collect())
}

fn variables(variables: &[(&str, &str)]) -> Result<Vec<ProviderConfig>, Error> {
    ProviderConfig::all_from_variables(
        variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))),
    )
}

#[test]
fn a_file_gives_its_providers_in_its_order() {
    let registry = Registry::new(file(FILE).unwrap(), false).unwrap();
    let providers: Vec<_> = registry.into_iter().collect();
    let labels: Vec<_> = providers.iter().map(|provider| provider.label()).collect();
    assert_eq!(labels, ["Work account", "GitHub", "forge"]);
    assert!(!providers[2].is_sign_up_open() && providers[2].uses_form_post());
    assert!(file("[providers]").unwrap().is_empty());
}

#[test]
fn what_a_file_says_wrong_is_refused_by_name() {
    for (text, named) in [
        (
            "[providers.work]\nisuer = 'https://login.example.com'",
            "the provider `work`: unknown field `isuer`",
        ),
        ("[providers.work]\nclient_id = 7", "the provider `work`"),
        ("[providers.work]\nscopes = 'openid'", "the provider `work`"),
        ("[providers.work]\ntrusted_email_domains = 'some'", "`all`, `none` or a list of domains"),
        ("[providers.work]\nsign_up = 'maybe'", "the provider `work`"),
        ("[providers.work]\nprofile = { id = '/id' }", "the provider `work`: unknown field `id`"),
        ("[providers]\nwork = 'https://login.example.com'", "the provider `work`"),
        ("[provider.work]\nclient_id = 'a'", "unknown field `provider`"),
        ("", "missing field `providers`"),
    ] {
        let message = file(text).unwrap_err().message().to_owned();
        assert!(message.contains(named), "{message} / {named}");
    }
}

#[test]
fn a_wrong_type_shows_no_secret() {
    let error = file("[providers.work]\nclient_secret = ['hunter2']").unwrap_err();
    assert!(!error.message().contains("hunter2"), "{}", error.message());
    let json = serde_json::from_str::<ProviderEntries>(r#"{ "work": { "client_secret": ["hunter2"] } }"#);
    assert!(!json.unwrap_err().to_string().contains("hunter2"));
}

#[test]
fn two_variables_make_a_provider() {
    let configs = variables(&[
        ("PATH", "/bin"),
        ("AUTH_PROVIDERS", "providers.toml"),
        ("AUTH_PROVIDER_GITHUB_CLIENT_SECRET", "hunter2"),
        ("AUTH_PROVIDER_GITHUB_CLIENT_ID", "Iv1.8a61f9b3a7aba766"),
        ("AUTH_PROVIDER_GITHUB_LABEL", ""),
    ]);
    let registry = Registry::new(configs.unwrap(), false).unwrap();
    let providers: Vec<_> = registry.into_iter().collect();
    assert_eq!((providers.len(), providers[0].id().as_str(), providers[0].label()), (1, "github", "GitHub"));
}

#[test]
fn every_variable_is_heard() {
    let configs = variables(&[
        ("AUTH_PROVIDER_MY_WORK_ISSUER", "https://login.example.com"),
        ("AUTH_PROVIDER_MY_WORK_CLIENT_ID", "app"),
        ("AUTH_PROVIDER_MY_WORK_CLIENT_SECRET", "hunter2"),
        ("AUTH_PROVIDER_MY_WORK_CLIENT_AUTHENTICATION", "client_secret_post"),
        ("AUTH_PROVIDER_MY_WORK_SCOPES", "openid email, groups"),
        ("AUTH_PROVIDER_MY_WORK_LABEL", "Work account"),
        ("AUTH_PROVIDER_MY_WORK_TRUSTED_EMAIL_DOMAINS", "example.com,example.org"),
        ("AUTH_PROVIDER_MY_WORK_LINK_BY_VERIFIED_EMAIL", "true"),
        ("AUTH_PROVIDER_MY_WORK_SIGN_UP", "closed"),
        ("AUTH_PROVIDER_MY_WORK_KEEP_TOKENS", "true"),
        ("AUTH_PROVIDER_MY_WORK_API_ORIGINS", "https://api.example.com"),
        ("AUTH_PROVIDER_MY_WORK_RESPONSE_MODE", "form_post"),
        ("AUTH_PROVIDER_MY_WORK_ID_TOKEN_SIGNED_RESPONSE_ALG", "ES256"),
        ("AUTH_PROVIDER_MY_WORK_MAX_AGE", "600"),
        ("AUTH_PROVIDER_MY_WORK_RP_INITIATED_LOGOUT", "true"),
        ("AUTH_PROVIDER_MY_WORK_AUTHORIZATION_PARAMS", "prompt=login&ui_locales=ko%20en"),
        ("AUTH_PROVIDER_MY_WORK_PROFILE", "username=/uid&name=/display_name"),
        ("AUTH_PROVIDER_ENTRA_PRESET", "microsoft"),
        ("AUTH_PROVIDER_ENTRA_TENANT", "common"),
        ("AUTH_PROVIDER_ENTRA_CLIENT_ID", "app"),
        ("AUTH_PROVIDER_KEYCLOAK_DOMAIN", "sso.example.com"),
        ("AUTH_PROVIDER_KEYCLOAK_REALM", "staff"),
        ("AUTH_PROVIDER_KEYCLOAK_CLIENT_ID", "app"),
        ("AUTH_PROVIDER_APPLE_CLIENT_ID", "app"),
        ("AUTH_PROVIDER_APPLE_CLIENT_KEY", include_str!("../../key/testdata/p256_pkcs8.pem")),
        ("AUTH_PROVIDER_APPLE_CLIENT_KEY_ID", "KEY"),
        ("AUTH_PROVIDER_APPLE_TEAM_ID", "TEAM"),
        ("AUTH_PROVIDER_FORGE_AUTHORIZATION_ENDPOINT", "https://forge.example/authorize"),
        ("AUTH_PROVIDER_FORGE_TOKEN_ENDPOINT", "https://forge.example/token"),
        ("AUTH_PROVIDER_FORGE_USERINFO_ENDPOINT", "https://forge.example/user"),
        ("AUTH_PROVIDER_FORGE_CLIENT_ID", "app"),
    ]);
    let registry = Registry::new(configs.unwrap(), false).unwrap();
    let providers: Vec<_> = registry.into_iter().collect();
    let ids: Vec<_> = providers.iter().map(|provider| provider.id().as_str()).collect();
    assert_eq!(ids, ["apple", "entra", "forge", "keycloak", "my_work"]);
    let work = &providers[4];
    assert_eq!((work.label(), work.scopes().len()), ("Work account", 3));
    assert!(!work.is_sign_up_open() && work.links_by_verified_email() && work.keeps_tokens());
    assert!(work.uses_form_post() && work.has_rp_initiated_logout());
    let parameters: Vec<_> = work.authorization_parameters().collect();
    assert_eq!(parameters, [("prompt", "login"), ("ui_locales", "ko en")]);
    let answer = serde_json::json!({ "sub": "7", "uid": "jane", "display_name": "Jane" });
    let profile = work.read_answers(&[answer]).unwrap();
    assert_eq!((profile.username.as_deref(), profile.name.as_deref()), (Some("jane"), Some("Jane")));
}

/// The keys of a file, as the message about an unknown one lists them.
fn keys() -> Vec<String> {
    let error = serde_json::from_str::<ProviderEntries>(r#"{ "work": { "?": 1 } }"#).unwrap_err().to_string();
    let listed = error.split("expected one of ").nth(1).unwrap();
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn a_file_the_environment_and_code_say_the_same() {
    let mut keys = keys();
    let mut settings: Vec<_> = SETTINGS.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let code = concat!(include_str!("mod.rs"), include_str!("entry.rs"));
    for key in &keys {
        let method = match key.as_str() {
            "preset" | "client_id" => "preset",
            "issuer" => "openid_connect",
            "authorization_endpoint" | "token_endpoint" => "oauth2",
            "client_authentication" => "authentication",
            "client_key" | "client_key_id" | "team_id" => "apple_key",
            "response_mode" => "response_mode_form_post",
            "authorization_params" => "authorization_parameter",
            "userinfo_headers" => "userinfo_header",
            key => key,
        };
        let is_a_method = ["(", "<"].iter().any(|open| code.contains(&format!("    pub fn {method}{open}")));
        assert!(is_a_method, "no method says `{key}`");
        assert!(code.contains(&format!("`{key}`")), "`{key}` is not documented");
    }
    keys.sort_unstable();
    settings.sort_unstable();
    assert_eq!(keys, settings);
}

#[test]
fn what_a_preset_says_of_a_provider_an_entry_can_say_of_any() {
    // Another field of a preset does not compile here before it is decided by what an entry says the same.
    let Preset {
        name: _,
        label: _,
        place: _,
        scopes: _,
        secret: _,
        parameters: _,
        has_pkce: _,
        has_form_post: _,
        can_reauthenticate: _,
        id_token_algorithms: _,
        userinfo_method: _,
        userinfo_accept: _,
        userinfo_headers: _,
        pointers: _,
        // Any whole number is a subject where `sub` is not the one.
        has_numeric_subject: _,
        has_textual_booleans: _,
        // A rule of one provider's own, in code.
        address: _,
        is_believed: _,
        // Unsigned, and Apple's alone.
        has_user_parameter: _,
        api_origins: _,
    } = *preset("github").unwrap();
    let keys = keys();
    for key in [
        "label",
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "scopes",
        "client_authentication",
        "authorization_params",
        "userinfo_method",
        "userinfo_accept",
        "userinfo_headers",
        "pkce",
        "response_mode",
        "can_reauthenticate",
        "id_token_signed_response_alg",
        "profile",
        "textual_booleans",
        "trusted_email_domains",
        "api_origins",
    ] {
        assert!(keys.iter().any(|held| held == key), "{key}");
    }
}

#[test]
fn every_setting_stands_in_the_tables_of_variables_and_of_files() {
    let rows = |source: &str| {
        source.lines().filter(|line| line.trim_start().starts_with("/// | `")).collect::<String>()
    };
    let (of_variables, of_files) = (rows(include_str!("../environment.rs")), rows(include_str!("entry.rs")));
    for (setting, _) in SETTINGS {
        assert!(of_variables.contains(&format!("`{setting}`")), "{setting}");
    }
    for key in keys() {
        assert!(of_files.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn a_provider_that_no_preset_knows_is_told_its_ways_by_a_file_and_by_variables() {
    let by_file = file(
        "[providers.work]\nissuer = 'https://login.example.com'\nclient_id = 'app'\ncan_reauthenticate = false\npkce = false\n\
         textual_booleans = true\ntrusted_email_domains = ['example.com']\nuserinfo_endpoint = 'https://api.example.com/me'\n\
         userinfo_method = 'post'\nuserinfo_accept = 'application/vnd.example+json'\nuserinfo_headers = { X-Version = '7' }\n\
         profile = { subject = '/id' }",
    );
    let by_variables = variables(&[
        ("AUTH_PROVIDER_WORK_ISSUER", "https://login.example.com"),
        ("AUTH_PROVIDER_WORK_CLIENT_ID", "app"),
        ("AUTH_PROVIDER_WORK_CAN_REAUTHENTICATE", "false"),
        ("AUTH_PROVIDER_WORK_PKCE", "false"),
        ("AUTH_PROVIDER_WORK_TEXTUAL_BOOLEANS", "true"),
        ("AUTH_PROVIDER_WORK_TRUSTED_EMAIL_DOMAINS", "example.com"),
        ("AUTH_PROVIDER_WORK_USERINFO_ENDPOINT", "https://api.example.com/me"),
        ("AUTH_PROVIDER_WORK_USERINFO_METHOD", "post"),
        ("AUTH_PROVIDER_WORK_USERINFO_ACCEPT", "application/vnd.example+json"),
        ("AUTH_PROVIDER_WORK_USERINFO_HEADERS", "X-Version=7"),
        ("AUTH_PROVIDER_WORK_PROFILE", "subject=/id"),
    ]);
    let by_code = ProviderConfig::openid_connect("work", "https://login.example.com", "app")
        .can_reauthenticate(false)
        .pkce(false)
        .textual_booleans(true)
        .trusted_email_domains(["example.com"])
        .userinfo_endpoint("https://api.example.com/me")
        .userinfo_method(UserinfoMethod::Post)
        .userinfo_accept("application/vnd.example+json")
        .userinfo_header("X-Version", "7")
        .profile(super::ProfileFields { subject: "/id".to_owned(), ..Default::default() });
    for configs in [by_file.unwrap(), by_variables.unwrap(), vec![by_code]] {
        let work = Registry::new(configs, false).unwrap().into_iter().next().unwrap();
        assert!(work.is_openid_connect() && !work.can_reauthenticate() && !work.has_pkce());
        assert_eq!(work.profile_urls()[0].as_str(), "https://api.example.com/me");
        let asked = (work.userinfo_method(), work.userinfo_accept());
        assert_eq!(asked, (UserinfoMethod::Post, Some("application/vnd.example+json")));
        assert_eq!(work.userinfo_headers(), [("x-version".to_owned(), "7".to_owned())]);
        let address = |text| crate::user::Email::new(text).unwrap();
        assert!(
            work.is_trusted_with(&address("a@example.com"))
                && !work.is_trusted_with(&address("a@example.org"))
        );
        let answer = serde_json::json!({ "id": 7, "email": "a@example.com", "email_verified": "true" });
        let profile = work.read_answers(&[answer]).unwrap();
        assert!(profile.email_verified && profile.subject == "7");
    }
}

#[test]
fn a_variable_that_makes_no_sense_is_refused_by_name() {
    for (name, value) in [
        ("AUTH_PROVIDER_GITHUB_CLIENTID", "x"),
        ("AUTH_PROVIDER_GITHUB_", "x"),
        ("AUTH_PROVIDER_CLIENT_ID", "x"),
        ("AUTH_PROVIDER__CLIENT_ID", "x"),
        ("AUTH_PROVIDER_WORK_KEEP_TOKENS", "yes"),
        ("AUTH_PROVIDER_WORK_MAX_AGE", "10m"),
        ("AUTH_PROVIDER_WORK_SIGN_UP", "maybe"),
        ("AUTH_PROVIDER_WORK_RESPONSE_MODE", "fragment"),
        ("AUTH_PROVIDER_WORK_USERINFO_METHOD", "put"),
        ("AUTH_PROVIDER_WORK_PROFILE", "id=/id"),
    ] {
        let error = variables(&[(name, value)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().starts_with(name), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf8_is_refused_by_name() {
    use std::os::unix::ffi::OsStringExt as _;

    let broken = OsString::from_vec(vec![0xff]);
    let variables = [(OsString::from("AUTH_PROVIDER_WORK_LABEL"), broken.clone()), (broken.clone(), broken)];
    let error = ProviderConfig::all_from_variables(variables).unwrap_err();
    assert!(error.to_string().starts_with("AUTH_PROVIDER_WORK_LABEL is not UTF-8"), "{error}");
}
