//! What tokens say that they are for.

use serde::Deserialize;

use super::settings::configuration_error;
use super::*;

/// What `tests/fixtures/coming-from/make_token_kinds.py` made with libraries of the field.
const KINDS: &str = include_str!("../../../../tests/fixtures/coming-from/token-kinds.json");

const SECRET: &str = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";

#[derive(Deserialize)]
struct Made {
    library: String,
    kind: String,
    token: String,
}

fn made() -> Vec<Made> {
    serde_json::from_str(KINDS).unwrap()
}

fn shared() -> SharedSecretJwt {
    SharedSecretJwt::hs256(SECRET).unwrap()
}

/// The kinds of each library that are taken, as `library kind`.
fn taken_by(jwt: &SharedSecretJwt) -> Vec<String> {
    let taken = made().into_iter().filter(|made| jwt.decode(&made.token, at(NOW)).is_ok());
    taken.map(|made| format!("{} {}", made.library, made.kind)).collect()
}

#[test]
fn of_the_tokens_of_the_field_s_libraries_only_access_tokens_are_taken() {
    assert_eq!(made().len(), 18);
    let access = [
        "authx access",
        "flask-jwt-extended access",
        "flask-jwt-extended fresh access",
        "jose access",
        "jose bearer",
        "simplejwt access",
    ];
    assert_eq!(taken_by(&shared()), access);
    let with_sliding = [&access[..], &["simplejwt sliding"]].concat();
    assert_eq!(taken_by(&shared().token_kind("sliding")), with_sliding);
    // Its tokens differ by their audience, which therefore has to be named.
    assert_eq!(taken_by(&shared().audience("fastapi-users:auth")), ["fastapi-users access"]);
}

#[tokio::test]
async fn a_refresh_token_opens_no_guard() {
    let world = world_with(|builder| builder.shared_secret_tokens(shared())).await;
    for Made { library, kind, token } in made() {
        if library != "fastapi-users" {
            let is_access = kind.contains("access") || kind == "bearer";
            assert_eq!(world.accepts(&token).await, is_access, "{library} {kind}");
        }
    }
}

/// Whatever says it: the claims that issuers and libraries use, whether the token is typed or not.
#[tokio::test]
async fn a_token_that_says_what_it_is_for_is_taken_for_that_only() {
    const MEMBERS: [&str; 7] = ["typ", "token_use", "token_type", "tokenType", "type", "use", "purpose"];
    for (world, is_plain) in [(world().await, false), (plain_world().await, true)] {
        let sign = |claims: Value| match is_plain {
            true => world.idp.plain(claims),
            false => world.idp.token_with(claims),
        };
        for member in MEMBERS {
            for access in
                ["access", "Access", "access_token", "access-token", "accessToken", "Bearer", "at+jwt"]
            {
                assert!(world.accepts(&sign(json!({member: access}))).await, "{member}: {access}");
            }
            for other in [
                json!("refresh"),
                json!("refresh_token"),
                json!("Refresh"),
                json!("sliding"),
                json!("id"),
                json!("ID"),
                json!("logout"),
                json!("password_reset"),
                json!("what nobody has heard of"),
                json!(""),
                json!(1),
                json!(["access"]),
                json!({"access": true}),
            ] {
                assert!(!world.accepts(&sign(json!({member: other}))).await, "{member}: {other}");
            }
        }
        assert!(!world.accepts(&sign(json!({"token_use": "access", "type": "refresh"}))).await);
        for scope in
            ["refresh_token", "refresh-token", "REFRESH", "password-reset", "email_token", "id_token"]
        {
            assert!(!world.accepts(&sign(json!({"scope": scope}))).await, "{scope}");
            assert!(!world.accepts(&sign(json!({"scope": null, "scp": [scope]}))).await, "{scope}");
            assert!(!world.accepts(&sign(json!({"scope": "a b", "scp": scope}))).await, "{scope}");
            assert!(!world.accepts(&sign(json!({"scope": "", "scp": [scope]}))).await, "{scope}");
            assert!(!world.accepts(&sign(json!({"scope": "a b", "scopes": [scope]}))).await, "{scope}");
            assert!(!world.accepts(&sign(json!({"scopes": scope}))).await, "{scope}");
            for spaced in [format!("{scope} "), format!(" {scope}"), format!("\t{scope}\n")] {
                assert!(!world.accepts(&sign(json!({"scope": spaced}))).await, "{spaced:?}");
            }
        }
        // Salesforce calls a scope so, and others have words like these.
        for scope in ["api refresh_token", "id", "refresh:dashboards", "access_token"] {
            assert!(world.accepts(&sign(json!({"scope": scope}))).await, "{scope}");
        }
        // What is read for nothing else may be of any form.
        for scopes in [json!(["me", "items"]), json!(["api", "refresh_token"]), json!({"a": 1}), json!(7)] {
            assert!(world.accepts(&sign(json!({"scopes": scopes}))).await, "{scopes}");
        }
    }
}

#[tokio::test]
async fn an_introspected_token_that_is_none_for_access_is_refused() {
    let issuer = OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::None)
        .audience(API)
        .token_kind("sliding");
    let world = world_with(|builder| builder.outside_issuer(issuer)).await;
    for (number, (said, is_taken)) in [
        (json!({"token_type": "Bearer"}), true),
        (json!({"token_type": "access_token"}), true),
        (json!({"token_type": "sliding"}), true),
        (json!({"token_type": "refresh_token"}), false),
        (json!({"token_use": "refresh_token"}), false),
        (json!({"type": "refresh"}), false),
        (json!({"scope": "refresh_token"}), false),
        (json!({"scopes": ["refresh_token"]}), false),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = changed(json!({"active": true, "sub": "u1", "aud": API}), said.clone());
        world.idp.servers.answer_json(Method::Post, INTROSPECT, &answer);
        assert_eq!(world.accepts(&format!("opaque-{number}")).await, is_taken, "{said}");
    }
}

/// Where the type or the issuer has said it, a claim of ID tokens says nothing.
#[tokio::test]
async fn an_access_token_may_have_a_nonce() {
    let world = world().await;
    assert!(world.accepts(&world.idp.token_with(json!({"nonce": "n"}))).await);
    let issuer = OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::None).audience(API);
    let world = world_with(|builder| builder.outside_issuer(issuer)).await;
    let answer = json!({"active": true, "sub": "u1", "aud": API, "nonce": "n"});
    world.idp.servers.answer_json(Method::Post, INTROSPECT, &answer);
    assert!(world.accepts("opaque").await);
    let world = plain_world().await;
    assert!(world.accepts(&world.idp.plain(json!({"nonce": "n", "token_use": "access"}))).await);
    assert!(!world.accepts(&world.idp.plain(json!({"nonce": "n"}))).await);
}

/// What is true of ID tokens as well tells nothing; Keycloak's `typ` alone means a kind by `Bearer`.
#[tokio::test]
async fn how_a_token_is_written_or_sent_does_not_make_an_id_token_one_for_access() {
    const MEMBERS: [&str; 6] = ["token_use", "token_type", "tokenType", "type", "use", "purpose"];
    let world = plain_world().await;
    let forms = MEMBERS.into_iter().flat_map(|member| [(member, "Bearer"), (member, "JWT")]);
    for (member, form) in forms.chain([("typ", "JWT")]) {
        assert!(world.accepts(&world.idp.plain(json!({member: form}))).await, "{member}: {form}");
        for of_id_tokens in ["nonce", "at_hash"] {
            let token = world.idp.plain(json!({member: form, of_id_tokens: "x"}));
            assert!(!world.accepts(&token).await, "{member}: {form}, with {of_id_tokens}");
        }
    }
    assert!(world.accepts(&world.idp.plain(json!({"typ": "Bearer", "nonce": "n"}))).await);
}

#[tokio::test]
async fn an_issuer_s_own_name_for_access_tokens_can_be_given() {
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API).profile(TokenProfile::PlainJwt);
    let world = world_with(|builder| builder.outside_issuer(issuer.token_kind("Service-Account"))).await;
    assert!(world.accepts(&world.idp.plain(json!({"type": "service_account"}))).await);
    assert!(!world.accepts(&world.idp.plain(json!({"type": "refresh"}))).await);
}

#[tokio::test]
async fn other_kinds_cannot_be_named_access_tokens() {
    for kind in ["refresh", "Refresh-Token", "id", "id_token", "", "-"] {
        let said = configuration_error(|builder| {
            builder.outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API).token_kind(kind))
        });
        assert!(said.await.contains(".token_kind(..)"), "{kind}");
        let said = configuration_error(|builder| builder.shared_secret_tokens(shared().token_kind(kind)));
        assert!(said.await.contains(".token_kind(..)"), "{kind}");
    }
}
