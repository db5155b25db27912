use async_trait::async_trait;

use super::base_url::BaseUrl;
use super::*;
use crate::error::{ErrorKind, StoreError};
use crate::password::Argon2Params;
use crate::tests::builder;
use crate::user::{UserId, UserWatcher, WatchedUsers};

async fn refusal(builder: AuthBuilder) -> String {
    let error = builder.build().await.expect_err("these settings are wrong");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[tokio::test]
async fn a_base_url_that_cannot_be_is_told_what_to_write_instead() {
    let cases = [
        ("", "the base URL is missing: call `.base_url(\"https://app.example\")`, or set AUTH_BASE_URL"),
        ("localhost:3000", "the base URL `localhost:3000` has no scheme: write http://localhost:3000"),
        ("127.0.0.1:3000", "the base URL `127.0.0.1:3000` has no scheme: write http://127.0.0.1:3000"),
        ("app.example/shop", "the base URL `app.example/shop` has no scheme: write https://app.example/shop"),
        ("/shop", "the base URL `/shop` is no URL: write one like https://app.example"),
        ("https://", "the base URL `https://` is no URL: write one like https://app.example"),
        (
            "ftp://localhost",
            "the base URL `ftp://localhost` is neither https nor http: write one like https://app.example",
        ),
        (
            "http://app.example",
            "the base URL `http://app.example` is http on a host that is not localhost: session cookies could be read on the way, \
             use https://app.example",
        ),
        (
            "http://localhost.evil.example:80/x/",
            "the base URL `http://localhost.evil.example:80/x/` is http on a host that is not localhost: session cookies could be \
             read on the way, use https://localhost.evil.example/x",
        ),
        ("https://u:hunter2@app.example", "the base URL holds a user name or a password: leave it out"),
        (
            "https://app.example/?a",
            "the base URL `https://app.example/?a` has a query or a fragment: leave it out",
        ),
        ("https://a/#b", "the base URL `https://a/#b` has a query or a fragment: leave it out"),
        (
            "https://app.example/my shop",
            "the base URL `https://app.example/my shop` has a path with more in it than letters, digits, `-`, `.`, `_` and `~`: \
             use one like https://app.example/shop",
        ),
    ];
    for (url, sentence) in cases {
        assert_eq!(refusal(builder().base_url(url)).await, sentence);
    }
    for url in [
        "admin:hunter2@app.example",
        "https://admin:hunter2@app example",
        "https:admin:hunter2@app.example",
        "//admin:hunter2@app.example",
        "admin:hunter/2@app.example",
        "ftp://admin:hunter2@app.example?a",
    ] {
        let told = "the base URL holds a user name or a password: leave it out";
        assert_eq!(refusal(builder().base_url(url)).await, told);
    }
    for path in ["/shop//", "//shop", "/a%2fb", "/{id}", "/shop;a"] {
        let told = refusal(builder().base_url(format!("https://app.example{path}"))).await;
        assert!(told.contains("has a path with"), "{told}");
    }
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    for (url, whole) in [
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1/", "http://127.0.0.1"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://app.example/shop", "https://app.example/shop"),
        ("https://app.example/shop/", "https://app.example/shop"),
        ("http://localhost:3000/a/b-c_d.e~f", "http://localhost:3000/a/b-c_d.e~f"),
        ("https://App.Example:443/a/../Shop", "https://app.example/Shop"),
    ] {
        let password = PasswordConfig::default();
        assert!(builder().password(password).base_url(url).build().await.is_ok(), "{url}");
        assert_eq!(BaseUrl::parse(Some(url)).unwrap().url(), whole);
    }
}

#[tokio::test]
async fn a_session_cookie_has_a_name_that_fits_beside_the_other_cookies() {
    let told = async |name: &str| {
        let told = refusal(builder().session_cookie(name)).await;
        told.strip_prefix("the session cookie cannot be named ").unwrap().to_owned()
    };
    for name in ["", "two words", "a=b", "a;b", "caf\u{e9}", "a\r\nb", &"a".repeat(65)] {
        let end = ": use 1 to 64 letters, digits, `-` and `_`";
        assert_eq!(told(name).await, format!("`{}`{end}", name.escape_debug()));
    }
    for name in ["__Host-shop", "__secure-shop", "__HOST-"] {
        let end = ": the prefix is added where it belongs, leave it out";
        assert_eq!(told(name).await, format!("`{name}`{end}"));
    }
    for name in ["session-login", "session-known", "shop-device", "-pending"] {
        let end = ": `-login`, `-known`, `-device`, `-pending`, `-signup` and `-language` are the ends of the other cookies' names";
        assert_eq!(told(name).await, format!("`{name}`{end}"));
    }
    for name in ["session", "shop_session", "JSESSIONID", "a.b~c", "login"] {
        assert!(builder().session_cookie(name).build().await.is_ok(), "{name}");
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
    let told = "AUTH_SECRET_THAT_NOBODY_SETS: the variable is not set: give it 32 random bytes in base64, for instance by `openssl rand \
                -base64 32`";
    assert_eq!(refusal(variable).await, told);
}

#[tokio::test]
async fn times_that_do_not_fit_are_told_with_what_they_are() {
    use std::time::Duration;
    let minute = Duration::from_secs(60);
    let told = refusal(builder().sessions(SessionConfig::default().idle(minute))).await;
    let why = "must be 2 minutes at least, and the absolute limit (7776000 s) no less than it";
    assert_eq!(told, format!("the session limits do not fit: the idle limit (60 s) {why}"));
    let told = refusal(builder().tokens(TokenConfig { leeway: minute * 2, ..TokenConfig::default() })).await;
    assert_eq!(told, "the leeway of access tokens is 120 s: use 60 seconds at most");
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
        let told = refusal(builder().route_prefix(prefix)).await;
        let why =
            "it begins with a slash, ends without one, and holds letters, digits, `-`, `.`, `_` and `~`";
        assert_eq!(told, format!("the prefix of the login routes, `{prefix}`, is no path like /auth: {why}"));
    }
    for origin in ["null", "*", "https://admin.example/", "admin.example", "https://*.example"] {
        refusal(builder().allow_origin(origin)).await;
    }
    let https = builder().base_url("https://app.example").password(PasswordConfig::default());
    assert!(refusal(https.allow_origin("http://admin.example")).await.contains("http beside"));
    for elsewhere in ["", "dashboard", "//evil.example", "https://app.example/dashboard"] {
        let told = refusal(builder().login_redirect(elsewhere)).await;
        let why = "is no path on this site: give `.login_redirect(..)` one like /dashboard";
        assert_eq!(told, format!("the page after a login, `{elsewhere}`, {why}"));
    }
    assert!(
        builder().route_prefix("/account/v1").allow_origin("https://admin.example").build().await.is_ok()
    );
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
    refusal(named("session-login")).await;
    assert!(named("session").session_cookie("shop").build().await.is_ok());
    assert!(refusal(named("shop").session_cookie("shop")).await.contains(".session_cookie(..)"));
    for name in ["", "two words", "a=b", "a;b", "\u{e9}"] {
        refusal(named(name)).await;
    }
}

#[tokio::test]
async fn what_one_transaction_writes_is_of_one_backend() {
    use crate::store::{Backend as _, MemoryStore};

    let stores = || MemoryStore::new().stores();
    let refused = refusal(builder().stores(stores().with_audit(stores().audit))).await;
    assert!(refused.contains(".with_audit(..)"), "{refused}");
    refusal(builder().stores(stores().with_outbox(stores().outbox))).await;
    let other = stores();
    let accounts_alone = Stores { user_admin: None, ..stores() }.with_audit(other.audit);
    assert!(builder().stores(accounts_alone).build().await.is_ok(), "nothing is written together");
    let same = stores();
    let (audit, outbox) = (same.audit.clone(), same.outbox.clone());
    assert!(builder().stores(same.with_audit(audit).with_outbox(outbox)).build().await.is_ok());
    refusal(builder().stores(Stores { user_admin: stores().user_admin, ..stores() })).await;
}

/// Watches users, and does nothing about them.
#[derive(Debug)]
struct Idle;

#[async_trait]
impl UserWatcher for Idle {
    async fn before(&self, _: Option<&UserId>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn after(&self, _: Option<&UserId>) {}
}

#[tokio::test]
async fn a_store_in_front_of_another_one_is_of_the_same_backend() {
    use crate::store::{Backend as _, MemoryStore};

    let stores = || MemoryStore::new().stores();
    let in_front = |of: &Stores| {
        let watched = WatchedUsers::new(of.user_admin.clone().unwrap(), Arc::new(Idle));
        Arc::new(WatchedUsers::new(Arc::new(watched), Arc::new(Idle)))
    };
    let same = stores();
    let users = in_front(&same);
    assert!(builder().stores(same.with_user_admin(users)).build().await.is_ok());
    let others = in_front(&stores());
    refusal(builder().stores(stores().with_user_admin(others))).await;
}
