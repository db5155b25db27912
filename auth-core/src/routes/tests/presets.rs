//! Logins by providers that have ways of their own.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::browser::{Browser, code, location, text};
use super::login::Site;
use crate::key::{SigningAlgorithm, SigningKey};
use crate::outbound::{Method, OutboundResponse};
use crate::provider::ProviderConfig;
use crate::provider::tests::idp::{Idp, Visit};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const KEY: &str = include_str!("../../key/testdata/p256_pkcs8.pem");

async fn site(config: ProviderConfig) -> Site {
    Site::with(|builder| builder.provider(config)).await
}

async fn begin(browser: &Browser<'_>, provider: &str) -> Visit {
    Visit::new(location(&browser.post(&format!("/auth/login/{provider}"), "").await))
}

fn callback(provider: &str, visit: &Visit) -> String {
    format!("/auth/login/{provider}/callback?code=c&state={}", visit.get("state"))
}

/// What was sent to a token endpoint.
fn exchange(site: &Site, token: &str) -> HashMap<String, String> {
    let requests = site.idp.client.requests_to(Method::Post, token);
    let body = requests.last().unwrap().body.as_ref().unwrap().expose().to_owned();
    form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

fn jws(key: &SigningKey, claims: &Value) -> String {
    let header = json!({ "alg": key.algorithm().name(), "typ": "JWT", "kid": key.kid() });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).unwrap()))
}

fn claims(site: &Site, issuer: &str, subject: &str, visit: &Visit) -> Value {
    let now = site.idp.now().unix_seconds();
    json!({
        "iss": issuer, "sub": subject, "aud": "app", "nonce": visit.get("nonce"), "iat": now, "exp": now + 300,
    })
}

/// An issuer's metadata and key, and the token that it answers next.
fn publish(site: &Site, issuer: &str, key: &SigningKey, id_token: &str) {
    let at = |path: &str| format!("{issuer}{path}");
    let metadata = json!({
        "issuer": issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "jwks_uri": at("/jwks"), "id_token_signing_alg_values_supported": [SigningAlgorithm::Es256.name()],
    });
    site.idp.client.answer_json(Method::Get, &at("/.well-known/openid-configuration"), &metadata);
    if !key.algorithm().is_symmetric() {
        let ring = crate::key::KeyRing::of(vec![SigningKey::from_pem(SigningAlgorithm::Es256, KEY).unwrap()]);
        let keys: Value = serde_json::from_str(&ring.unwrap().jwks(site.idp.now())).unwrap();
        site.idp.client.answer_json(Method::Get, &at("/jwks"), &keys);
    }
    let tokens = json!({ "access_token": "t", "token_type": "Bearer", "id_token": id_token });
    site.idp.client.answer_json(Method::Post, &at("/token"), &tokens);
}

#[tokio::test]
async fn providers_of_oauth_alone_log_people_in_by_their_api() {
    for (preset, token, profile, answer, has_pkce) in [
        (
            "discord",
            "https://discord.com/api/oauth2/token",
            "https://discord.com/api/users/@me",
            json!({ "id": "80351110224678912", "username": "nelly" }),
            true,
        ),
        (
            "facebook",
            "https://graph.facebook.com/v22.0/oauth/access_token",
            "https://graph.facebook.com/v22.0/me?fields=id,name,email,picture",
            json!({ "id": "10154233112345678", "name": "Jane Doe" }),
            false,
        ),
        (
            "linkedin",
            "https://www.linkedin.com/oauth/v2/accessToken",
            "https://api.linkedin.com/v2/userinfo",
            json!({ "sub": "782bbtaQ", "name": "John Doe" }),
            false,
        ),
        (
            "naver",
            "https://nid.naver.com/oauth2.0/token",
            "https://openapi.naver.com/v1/nid/me",
            json!({ "resultcode": "00", "message": "success", "response": { "id": "32742776" } }),
            true,
        ),
    ] {
        let site = site(ProviderConfig::preset(preset, "app").client_secret(SECRET)).await;
        let tokens = json!({ "access_token": "t", "token_type": "bearer" });
        site.idp.client.answer_json(Method::Post, token, &tokens);
        site.idp.client.answer_json(Method::Get, profile, &answer);
        let browser = site.browser();
        let visit = begin(&browser, preset).await;
        assert_eq!(visit.get("code_challenge").is_empty(), !has_pkce, "{preset}");
        assert_eq!(location(&browser.get(&callback(preset, &visit)).await), "/");
        assert!(browser.is_logged_in(), "{preset}");
        let form = exchange(&site, token);
        assert_eq!(form["client_secret"], SECRET, "{preset}");
        assert_eq!(form.contains_key("code_verifier"), has_pkce, "{preset}");
    }
}

#[tokio::test]
async fn addresses_that_github_withholds_are_left_out_and_its_rate_limit_is_an_outage() {
    let with = |name: &str, value: &str| OutboundResponse::new(403, "{}").with_header(name, value);
    for (emails, is_outage) in [
        (OutboundResponse::new(403, "{}"), false),
        (with("x-ratelimit-remaining", "59"), false),
        (with("x-ratelimit-remaining", "0"), true),
        (with("retry-after", "60"), true),
        (OutboundResponse::new(404, "{}"), false),
    ] {
        let site = site(ProviderConfig::preset("github", "app").client_secret(SECRET)).await;
        let said = format!("{emails:?}");
        let tokens = json!({ "access_token": "gho_x", "token_type": "bearer" });
        site.idp.client.answer_json(Method::Post, "https://github.com/login/oauth/access_token", &tokens);
        let user = json!({ "id": 583_231, "login": "octocat" });
        site.idp.client.answer_json(Method::Get, "https://api.github.com/user", &user);
        site.idp.client.answer(Method::Get, "https://api.github.com/user/emails", emails);
        let browser = site.browser();
        let visit = begin(&browser, "github").await;
        let answered = browser.get_json(&callback("github", &visit)).await;
        assert_eq!(browser.is_logged_in(), !is_outage, "{said}");
        if is_outage {
            assert_eq!(code(&answered), "provider_error", "{said}");
            assert!(text(&answered).contains("GitHub is not available at the moment"), "{}", text(&answered));
        }
    }
}

#[tokio::test]
async fn an_api_is_asked_the_way_its_provider_wants() {
    for (preset, token, method, profile, accept, answer) in [
        (
            "x",
            "https://api.x.com/2/oauth2/token",
            Method::Get,
            "https://api.x.com/2/users/me?user.fields=confirmed_email,profile_image_url",
            "application/json",
            json!({ "data": { "id": "2244994945", "username": "xdev", "name": "X Dev" } }),
        ),
        (
            "dropbox",
            "https://api.dropboxapi.com/oauth2/token",
            Method::Post,
            "https://api.dropboxapi.com/2/openid/userinfo",
            "application/json",
            json!({ "sub": "dbid:AAH4", "given_name": "Franz" }),
        ),
        (
            "heroku",
            "https://id.heroku.com/oauth/token",
            Method::Get,
            "https://api.heroku.com/account",
            "application/vnd.heroku+json; version=3",
            json!({ "id": "01234567", "name": "Tina Edmonds" }),
        ),
    ] {
        let site = site(ProviderConfig::preset(preset, "app").client_secret(SECRET)).await;
        let tokens = json!({ "access_token": "t", "token_type": "bearer" });
        site.idp.client.answer_json(Method::Post, token, &tokens);
        site.idp.client.answer_json(method, profile, &answer);
        let browser = site.browser();
        let visit = begin(&browser, preset).await;
        assert_eq!(location(&browser.get(&callback(preset, &visit)).await), "/", "{preset}");
        assert!(browser.is_logged_in(), "{preset}");
        let asked = site.idp.client.requests_to(method, profile);
        let header = |name: &str| {
            let line = asked[0].headers.iter().find(|(held, _)| held == name);
            line.map(|(_, value)| value.expose().to_owned()).unwrap_or_default()
        };
        assert_eq!(
            (header("accept").as_str(), header("authorization").as_str()),
            (accept, "Bearer t"),
            "{preset}"
        );
        let is_in_form = exchange(&site, token).contains_key("client_secret");
        assert_eq!(is_in_form, preset != "x", "{preset}");
    }
}

#[tokio::test]
async fn tokens_that_the_client_secret_signs_are_taken_only_where_the_registry_names_them() {
    let issuer = "https://access.line.me";
    let site = site(ProviderConfig::preset("line", "app").client_secret(SECRET)).await;
    for (secret, is_right) in [("another secret of at least 32 bytes", false), (SECRET, true)] {
        let key = SigningKey::from_hmac_secret(secret.as_bytes()).unwrap();
        let browser = site.browser();
        publish(&site, issuer, &key, "");
        let visit = begin(&browser, "line").await;
        publish(&site, issuer, &key, &jws(&key, &claims(&site, issuer, "U1234", &visit)));
        let _ = browser.get(&callback("line", &visit)).await;
        assert_eq!(browser.is_logged_in(), is_right, "{secret}");
    }

    let site = Site::with(|builder| builder.provider(Idp::config().client_secret(SECRET))).await;
    let browser = site.browser();
    let visit = begin(&browser, "idp").await;
    let key = SigningKey::from_hmac_secret(SECRET.as_bytes()).unwrap();
    let token = jws(&key, &claims(&site, crate::provider::tests::idp::ISSUER, "U1234", &visit));
    let tokens = json!({ "access_token": "t", "token_type": "Bearer", "id_token": token });
    site.idp.client.answer_json(Method::Post, &crate::provider::tests::idp::url("/token"), &tokens);
    assert_eq!(code(&browser.get_json(&callback("idp", &visit)).await), "provider_error");
}

#[tokio::test]
async fn kakaos_user_api_has_to_speak_of_the_tokens_subject() {
    let issuer = "https://kauth.kakao.com";
    let key = SigningKey::from_pem(SigningAlgorithm::Es256, KEY).unwrap();
    let site = site(ProviderConfig::preset("kakao", "app")).await;
    for (id, is_same) in [(7, false), (123_456_789, true)] {
        let account =
            json!({ "email": "jane@example.org", "is_email_valid": true, "is_email_verified": true });
        let user = json!({ "id": id, "kakao_account": account });
        site.idp.client.answer_json(Method::Get, "https://kapi.kakao.com/v2/user/me", &user);
        let browser = site.browser();
        publish(&site, issuer, &key, "");
        let visit = begin(&browser, "kakao").await;
        publish(&site, issuer, &key, &jws(&key, &claims(&site, issuer, "123456789", &visit)));
        let _ = browser.get(&callback("kakao", &visit)).await;
        assert_eq!(browser.is_logged_in(), is_same, "{id}");
        if is_same {
            let me = browser.me().await;
            assert_eq!(me["user"]["email"], "jane@example.org");
        }
    }
}

#[tokio::test]
async fn apple_posts_the_name_beside_the_code_and_takes_a_signed_secret() {
    let issuer = "https://appleid.apple.com";
    let key = SigningKey::from_pem(SigningAlgorithm::Es256, KEY).unwrap();
    let site = site(ProviderConfig::preset("apple", "app").apple_key(KEY, "KEY", "TEAM")).await;
    let browser = site.browser();
    publish(&site, issuer, &key, "");
    let visit = begin(&browser, "apple").await;
    assert_eq!((visit.get("response_mode"), visit.get("scope")), ("form_post", "openid name email"));
    let mut told = claims(&site, issuer, "001999.be2f", &visit);
    told["email"] = json!("dpdcnf87nu@privaterelay.appleid.com");
    told["email_verified"] = json!("true");
    publish(&site, issuer, &key, &jws(&key, &told));
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", "c")
        .append_pair("state", visit.get("state"))
        .append_pair("user", r#"{"name":{"firstName":"Jane","lastName":"Doe"}}"#)
        .finish();
    let posted = browser.post_from_elsewhere("/auth/login/apple/callback", &form).await;
    let _ = browser.get(location(&posted)).await;
    let accounts: Value = serde_json::from_slice(browser.get_json("/auth/accounts").await.body()).unwrap();
    assert_eq!(accounts["accounts"][0]["name"], "Jane Doe", "{accounts}");
    assert_eq!(browser.me().await["user"]["email_verified"], true);

    let secret = &exchange(&site, &format!("{issuer}/token"))["client_secret"];
    let [header, payload, _] = secret.split('.').collect::<Vec<_>>()[..] else { panic!("no JWT: {secret}") };
    let read =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    assert_eq!((&read(header)["kid"], &read(header)["alg"]), (&json!("KEY"), &json!("ES256")));
    let payload = read(payload);
    assert_eq!(
        (&payload["iss"], &payload["sub"], &payload["aud"]),
        (&json!("TEAM"), &json!("app"), &json!(issuer))
    );
}

#[tokio::test]
async fn accounts_of_many_tenants_are_kept_apart_by_their_issuer() {
    let common = "https://login.microsoftonline.com/common/v2.0";
    let key = SigningKey::from_pem(SigningAlgorithm::Es256, KEY).unwrap();
    let site = site(ProviderConfig::preset("microsoft", "app").tenant("common").client_secret(SECRET)).await;
    let mut users = Vec::new();
    for tenant in ["72f988bf-86f1-41af-91ab-2d7cd011db47", "9188040d-6c67-4c5b-b112-36a304b66dad"] {
        let browser = site.browser();
        publish(&site, common, &key, "");
        let metadata = json!({
            "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
            "authorization_endpoint": format!("{common}/authorize"), "token_endpoint": format!("{common}/token"),
            "jwks_uri": format!("{common}/jwks"), "id_token_signing_alg_values_supported": ["ES256"],
        });
        let place = format!("{common}/.well-known/openid-configuration");
        site.idp.client.answer_json(Method::Get, &place, &metadata);
        let visit = begin(&browser, "microsoft").await;
        let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        let mut told = claims(&site, &issuer, "same", &visit);
        told["tid"] = json!(tenant);
        let tokens = json!({ "access_token": "t", "token_type": "Bearer", "id_token": jws(&key, &told) });
        site.idp.client.answer_json(Method::Post, &format!("{common}/token"), &tokens);
        let _ = browser.get(&callback("microsoft", &visit)).await;
        assert!(browser.is_logged_in(), "{tenant}");
        users.push(browser.me().await["user"]["id"].clone());
    }
    assert_ne!(users[0], users[1]);
}
