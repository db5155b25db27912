use super::*;
use crate::error::ErrorKind;
use crate::password::Argon2Params;
use crate::tests::builder;

async fn refusal(builder: AuthBuilder) -> String {
    let error = builder.build().await.expect_err("these settings are wrong");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[tokio::test]
async fn a_base_url_that_would_send_cookies_in_clear_is_refused() {
    for url in ["http://app.example", "http://10.0.0.1", "http://localhost.evil.example", "ftp://localhost"] {
        assert!(refusal(builder().base_url(url)).await.contains("base URL"), "{url}");
    }
    for url in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:80", "https://app.example/"] {
        let password = PasswordConfig::default();
        assert!(builder().password(password).base_url(url).build().await.is_ok(), "{url}");
    }
}

#[tokio::test]
async fn a_base_url_is_scheme_host_and_port() {
    for url in [
        "",
        "app.example",
        "https://app.example/app",
        "https://u@app.example",
        "https://app.example/?a",
        "https://a/#b",
    ] {
        refusal(builder().base_url(url)).await;
    }
}

#[tokio::test]
async fn what_is_missing_is_named_with_the_call_that_adds_it() {
    assert!(refusal(Auth::builder()).await.contains(".base_url("));
    let without_secret = Auth::builder().base_url("http://localhost");
    assert!(refusal(without_secret).await.contains("AUTH_SECRET"));
    let without_store = Auth::builder().base_url("http://localhost").secret_text(crate::tests::SECRET);
    assert!(refusal(without_store).await.contains(".store("));
    let variable = builder().secret_from_env("AUTH_SECRET_THAT_NOBODY_SETS");
    assert!(refusal(variable).await.contains("openssl rand -base64 32"));
}

#[tokio::test]
async fn weak_settings_are_refused_outside_localhost() {
    let https = || builder().base_url("https://app.example");
    assert!(refusal(https()).await.contains("Argon2"));
    let unlimited = https().password(PasswordConfig::default()).throttle(ThrottleConfig::insecure_off());
    assert!(refusal(unlimited).await.contains("limits on guessing"));
    for secret in ["c2hvcnQ=", "secret", "", &"A".repeat(44)] {
        refusal(builder().secret_text(secret)).await;
    }
    assert!(Argon2Params::new(8, 1, 1).is_err());
}

#[tokio::test]
async fn prefixes_and_origins_are_checked() {
    for prefix in ["", "/", "auth", "/auth/", "/a b", "/a/../b", "/{id}", "/a//b"] {
        refusal(builder().route_prefix(prefix)).await;
    }
    for origin in ["null", "*", "https://admin.example/", "admin.example", "https://*.example"] {
        refusal(builder().allow_origin(origin)).await;
    }
    let https = builder().base_url("https://app.example").password(PasswordConfig::default());
    assert!(refusal(https.allow_origin("http://admin.example")).await.contains("http beside"));
    for elsewhere in ["", "dashboard", "//evil.example", "https://app.example/dashboard"] {
        assert!(refusal(builder().login_redirect(elsewhere)).await.contains("login_redirect"), "{elsewhere}");
    }
    assert!(
        builder().route_prefix("/account/v1").allow_origin("https://admin.example").build().await.is_ok()
    );
}

#[tokio::test]
async fn the_environment_is_read_and_nonsense_in_it_refused() {
    let read = |name: &'static str, value: &'static str| {
        builder().read_variables(move |asked| (asked == name).then(|| value.to_owned()))
    };
    assert!(read("AUTH_THROTTLE", "off").is_ok() && read("AUTH_JWT_ALG", "ES256").is_ok());
    assert!(read("AUTH_THROTTLE", "no").is_err() && read("AUTH_JWT_ALG", "none").is_err());
    assert!(read("AUTH_TRUSTED_PROXIES", "").unwrap().build().await.is_err());
    assert!(read("AUTH_TRUSTED_PROXIES", "10.0.0.0/8").unwrap().build().await.is_ok());
    assert!(read("AUTH_BASE_URL", "http://app.example").unwrap().build().await.is_err());
}

#[tokio::test]
async fn an_empty_variable_is_as_good_as_none() {
    let empty = builder().read_variables(|name| (name != "AUTH_TRUSTED_PROXIES").then(String::new)).unwrap();
    assert!(empty.build().await.is_ok());
}

#[tokio::test]
async fn limits_that_limit_nothing_or_everything_are_refused() {
    use crate::throttle::Limit;
    use std::time::Duration;
    let minute = Duration::from_secs(60);
    for limits in [
        vec![],
        vec![Limit::new(0, minute)],
        vec![Limit::new(1, Duration::ZERO)],
        vec![Limit::new(1, minute); 16],
    ] {
        let network = ThrottleConfig::default().network(limits.clone());
        assert!(refusal(builder().throttle(network)).await.contains("limits"));
        let route = ThrottleConfig::default().route(limits);
        assert!(refusal(builder().throttle(route)).await.contains("limits"));
    }
    assert!(builder().throttle(ThrottleConfig::default().account([])).build().await.is_ok());
    assert!(refusal(builder().body_timeout(Duration::ZERO)).await.contains("body_timeout"));
}

#[tokio::test]
async fn the_password_policy_is_the_one_that_was_set() {
    let policy = PasswordPolicy::default().min_length(30).unwrap();
    let auth = builder().password_policy(policy).build().await.unwrap();
    auth.migrate().await.unwrap();
    let alice = auth.users().new_user("alice").unwrap();
    let error = auth.users().create(alice, crate::tests::PASSWORD).await.unwrap_err();
    assert_eq!(error.violations()[0].code, "too_short");
}

#[tokio::test]
async fn providers_need_something_that_calls_them() {
    let entry = || crate::provider::ProviderConfig::preset("github", "client").client_secret("secret");
    let calls = crate::testing::FakeHttpClient::default();
    assert!(builder().provider(entry()).http_client(calls).build().await.is_ok());
    let without = builder().provider(entry()).build().await;
    if cfg!(feature = "reqwest") {
        assert!(without.is_ok());
    } else {
        let told = without.unwrap_err().to_string();
        assert!(told.contains(".http_client(..)") && told.contains("`reqwest`"), "{told}");
    }
    assert!(refusal(builder().providers([entry(), entry()])).await.contains("github"));
}

#[tokio::test]
async fn this_machines_own_services_are_out_of_reach_outside_localhost() {
    let open = crate::outbound::OutboundConfig { allows_loopback: true, ..Default::default() };
    let password = PasswordConfig::default();
    let entry = crate::provider::ProviderConfig::preset("github", "client").client_secret("secret");
    let builder = builder().password(password).provider(entry).outbound(open);
    assert!(refusal(builder.base_url("https://app.example")).await.contains("allows_loopback"));
}

/// Another system that names its cookie so.
#[derive(Debug)]
struct Named(&'static str);

#[async_trait::async_trait]
impl OutsideSessions for Named {
    fn cookie_name(&self) -> &str {
        self.0
    }

    async fn user_of(
        &self,
        _: &str,
        _: Timestamp,
    ) -> Result<Option<crate::user::UserId>, crate::error::StoreError> {
        Ok(None)
    }
}

#[tokio::test]
async fn another_systems_cookie_has_a_name_of_its_own() {
    let named = |name| builder().outside_sessions(Named(name), Timestamp::FAR_FUTURE);
    assert!(named("sessionid").build().await.is_ok());
    assert!(refusal(named("session")).await.contains("SESSION_COOKIE_NAME"));
    let https = named("__Host-session").password(PasswordConfig::default()).base_url("https://app.example");
    refusal(https).await;
    for name in ["", "two words", "a=b", "a;b", "\u{e9}"] {
        refusal(named(name)).await;
    }
}
