//! Entries that are refused, and what is said of them.

use super::*;

#[test]
fn hs256_is_taken_only_where_it_is_named_and_the_secret_is_long() {
    let long = "0123456789abcdef0123456789abcdef";
    assert!(checked(work().client_secret(long)).secret_key().is_none());
    assert!(!checked(work().client_secret(long)).takes_algorithm(JwsAlgorithm::Hs256));
    let named = work().client_secret(long).id_token_signed_response_alg("HS256");
    assert_eq!(checked(named).secret_key().unwrap().algorithm(), JwsAlgorithm::Hs256);
    let line = checked(ProviderConfig::preset("line", "app").client_secret(long));
    assert!(line.secret_key().is_some() && line.takes_algorithm(JwsAlgorithm::Es256));
    assert!(!line.takes_algorithm(JwsAlgorithm::Rs256));
    for short in [
        work().client_secret("hunter2").id_token_signed_response_alg("HS256"),
        work().id_token_signed_response_alg("HS256"),
        ProviderConfig::preset("line", "app").client_secret("hunter2"),
    ] {
        assert!(fault(short).contains("32 bytes"));
    }
}

#[test]
fn a_broken_entry_is_refused_with_what_to_change() {
    let preset = |name: &str| ProviderConfig::preset(name, "app");
    let secret = |name: &str| preset(name).client_secret("hunter2");
    for (config, hint) in [
        (ProviderConfig::openid_connect("work", "https://login.example.com", ""), "empty `client_id`"),
        (work().label(" "), "empty `label`"),
        (entry(json!({ "issuer": "https://login.example.com" })), "no `client_id`"),
        (entry(json!({ "client_id": "app" })), "name a `preset`"),
        (preset("githab").id("work"), "use one of amazon, apple, atlassian"),
        (preset("github"), "no `client_secret`"),
        (secret("github").client_secret(" "), "empty `client_secret`"),
        (preset("apple"), "no `client_key`"),
        (preset("apple").apple_key("hunter2", "KEY", "TEAM"), ".p8"),
        (
            entry(json!({ "preset": "apple", "client_id": "app", "client_key": P8, "team_id": "T" })),
            "needs a `client_key_id`",
        ),
        (
            entry(json!({ "preset": "apple", "client_id": "app", "client_key": P8, "client_key_id": "K" })),
            "needs a `team_id`",
        ),
        (preset("apple").apple_key(P8, "KEY", "TEAM").client_secret("hunter2"), "remove one of them"),
        (preset("microsoft"), "needs a `tenant`"),
        (preset("microsoft").tenant("contoso.onmicrosoft.com"), "neither an id"),
        (preset("microsoft").tenant(TENANT.to_uppercase()), "neither an id"),
        (preset("okta"), "needs a `domain`"),
        (preset("okta").domain(" "), "empty `domain`"),
        (preset("okta").domain("example.com/x?y"), "issuer"),
        (preset("okta").domain("user:hunter2@example.com"), "wrong `issuer`"),
        (preset("keycloak").domain("sso.example.com"), "needs a `realm`"),
        (preset("keycloak").domain("sso.example.com").realm("a/../b"), "`realm` that does not fit"),
        (secret("github").domain("example.com"), "`domain`, which does not go"),
        (secret("github").tenant("common"), "`tenant`, which does not go"),
        (secret("okta").domain("example.com").realm("x"), "`realm`, which does not go"),
        (work().domain("example.com"), "`domain`, which does not go"),
        (
            entry(
                json!({ "preset": "google", "client_id": "a", "client_secret": "b", "issuer": "https://login.example.com" }),
            ),
            "`issuer`, which does not go",
        ),
        (
            entry(
                json!({ "issuer": "https://login.example.com", "token_endpoint": "https://x.example", "client_id": "a" }),
            ),
            "`token_endpoint`, which does not go",
        ),
        (
            entry(
                json!({ "authorization_endpoint": "https://forge.example/a", "token_endpoint": "https://x.example", "client_id": "a" }),
            ),
            "has not all of",
        ),
        (ProviderConfig::openid_connect("work", "login.example.com", "app"), "wrong `issuer`"),
        (ProviderConfig::openid_connect("work", "ftp://login.example.com", "app"), "wrong `issuer`"),
        (ProviderConfig::openid_connect("work", "https://login.example.com/?a=b", "app"), "wrong `issuer`"),
        (ProviderConfig::openid_connect("work", "https://login.example.com/#a", "app"), "wrong `issuer`"),
        (ProviderConfig::openid_connect("work", "http://login.example.com", "app"), "over plain http"),
        (ProviderConfig::openid_connect("work", "http://localhost:4000", "app"), "over plain http"),
        (
            ProviderConfig::oauth2(
                "forge",
                ProviderEndpoints { token: "http://forge.example/t".into(), ..endpoints() },
                "app",
            ),
            "`token_endpoint` over plain http",
        ),
        (work().scopes(["email"]), "without `openid`"),
        (work().scopes(["openid email"]), "no scope"),
        (work().scopes(["openid", ""]), "no scope"),
        (work().authorization_parameter("state", "x"), "`state` among its `authorization_params`"),
        (work().authorization_parameter("redirect_uri", "https://evil.example"), "`redirect_uri` among"),
        (work().userinfo_header("Authorization", "x"), "`authorization` among its `userinfo_headers`"),
        (work().userinfo_header("Accept", "text/html"), "`accept` among"),
        (work().userinfo_header("X\r\nY", "x"), "among its `userinfo_headers`"),
        (work().userinfo_header("X-Version", "7\r\nHost: x"), "`x-version` among"),
        (work().userinfo_header("", "x"), "`` among"),
        (work().trusted_email_domains(["*.example.com"]), "no domain"),
        (work().trusted_email_domains(["a@example.com"]), "no domain"),
        (work().trusted_email_domains([""]), "no domain"),
        (work().api_origins(["https://api.example.com/v1"]), "no origin"),
        (work().api_origins(["http://api.example.com"]), "over plain http"),
        (work().api_origins(["api.example.com"]), "wrong `api_origins`"),
        (work().id_token_signed_response_alg("none"), "none of Ed25519, EdDSA, ES256"),
        (work().id_token_signed_response_alg("rs256"), "none of Ed25519, EdDSA, ES256"),
        (forge().id_token_signed_response_alg("RS256"), "no ID tokens"),
        (forge().max_age(Duration::from_secs(1)), "`max_age`"),
        (
            forge().profile(ProfileFields { subject: String::new(), ..ProfileFields::default() }),
            "JSON pointers",
        ),
        (
            forge().profile(ProfileFields { email: "email".into(), ..ProfileFields::default() }),
            "JSON pointers",
        ),
        (
            work().profile(ProfileFields { subject: "/email".into(), ..ProfileFields::default() }),
            "the `subject` `/email`",
        ),
        (
            preset("microsoft")
                .tenant("common")
                .profile(ProfileFields { subject: "/oid".into(), ..ProfileFields::default() }),
            "the `subject` `/oid`",
        ),
        (preset("apple").apple_key(P8, "K", "T").response_mode_form_post(false), "`response_mode` `query`"),
        (
            entry(
                json!({ "issuer": "https://login.example.com", "client_id": "a", "client_authentication": "private_key_jwt" }),
            ),
            "`private_key_jwt` with a key",
        ),
        (
            entry(
                json!({ "issuer": "https://login.example.com", "client_id": "a", "client_secret": "hunter2", "client_authentication": "none" }),
            ),
            "`none` with neither",
        ),
        (
            entry(
                json!({ "issuer": "https://login.example.com", "client_id": "a", "client_key": "hunter2" }),
            ),
            "no private key in PEM form",
        ),
        (work().client_secret("hunter2").authentication(ClientAuthentication::None), "remove one of them"),
    ] {
        let message = fault(config);
        assert!(message.contains(hint), "{message} / {hint}");
    }
}

#[test]
fn two_providers_that_would_share_accounts_are_refused() {
    let at = |id: &str, tenant: &str| {
        let url = |path: &str| format!("https://sso.example.com/{tenant}/{path}");
        let (authorization, token, userinfo) = (url("authorize"), url("token"), url("me"));
        let endpoints = ProviderEndpoints { authorization, token, userinfo };
        ProviderConfig::oauth2(id, endpoints, "app").client_secret("secret")
    };
    let built = |configs: Vec<ProviderConfig>| Registry::new(configs, false).map(|_| ());
    assert!(built(vec![at("one", "a"), at("same", "a"), forge()]).is_ok());
    let discovered = ProviderConfig::openid_connect("oidc", "https://sso.example.com", "app");
    for pair in [vec![at("one", "a"), at("two", "b")], vec![at("one", "a"), discovered]] {
        let message = built(pair).unwrap_err().to_string();
        assert!(message.contains("each other's accounts") && message.contains("`one`"), "{message}");
    }
}

#[test]
fn names_are_checked_and_unique() {
    let refused = |configs: Vec<ProviderConfig>| Registry::new(configs, false).unwrap_err().to_string();
    for bad in ["", "Work", "1st", "a b", "a/b", &"a".repeat(41)] {
        assert!(refused(vec![work().id(bad)]).contains(&format!("`{bad}`")), "{bad}");
    }
    assert!(refused(vec![work(), github(), work()]).contains("two providers named `work`"));
    let registry = Registry::new([work(), github(), work().id("another")], false).unwrap();
    let ids: Vec<_> = registry.into_iter().map(|provider| provider.id().to_string()).collect();
    assert_eq!(ids, ["work", "github", "another"]);
}

#[test]
fn plain_http_is_for_loopback_beside_a_local_base_url() {
    let at = |issuer: &str| Registry::new([ProviderConfig::openid_connect("work", issuer, "app")], true);
    for good in
        ["http://localhost:4000", "http://127.0.0.1:4000/x", "http://[::1]:4000", "https://login.example.com"]
    {
        assert!(at(good).is_ok(), "{good}");
    }
    for bad in ["http://login.example.com", "http://localhost.evil.example", "http://10.0.0.1"] {
        assert!(at(bad).is_err(), "{bad}");
    }
}
