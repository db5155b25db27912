//! Signed tokens.

use super::*;

#[tokio::test]
async fn a_token_of_the_issuer_names_its_subject_client_and_scope_and_no_user() {
    let world = world().await;
    let token = world.idp.token_with(json!({"roles": ["editor"], "auth_time": NOW - 60}));
    let caller = world.guard(&require_oauth("reports:read"), &token).await.unwrap().unwrap();
    assert_eq!(caller.via(), Via::OutsideToken);
    assert_eq!(caller.client_id(), Some("c1"));
    assert!(caller.user().is_none() && caller.acting_user().is_none() && caller.claims().is_none());
    assert!(!caller.is_first_party());
    let token = caller.outside_token().unwrap();
    assert_eq!((token.issuer(), token.subject(), token.client_id()), (ISSUER, Some("u1"), Some("c1")));
    assert!(token.scope().contains("profile"));
    assert_eq!((token.expires_at(), token.auth_time()), (Some(at(NOW + 600)), Some(at(NOW - 60))));
    assert_eq!(token.claim::<Vec<String>>("roles").unwrap(), ["editor"]);
    assert_eq!(token.claim::<String>("roles"), None);
    let typed = OAuthToken::<Reports>::from_identity(Some(caller)).unwrap();
    assert!(typed.user().is_none() && typed.subject() == Some("u1"));
}

#[tokio::test]
async fn scope_audience_and_end_are_checked_at_each_request() {
    let world = world().await;
    let refused = world.guard(&require_oauth("reports:write"), &world.idp.token()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.status()), (ErrorKind::InsufficientScope, 403));
    assert!(challenge(&refused).ends_with("error=\"insufficient_scope\", scope=\"reports:write\""));

    for aud in [json!(API), json!(["https://x.example", API])] {
        assert!(world.accepts(&world.idp.token_with(json!({"aud": aud}))).await);
    }
    for aud in [
        json!(null),
        json!([]),
        json!("https://api.example/"),
        json!("https://api.exampl"),
        json!(["https://x.example"]),
        json!(7),
        json!([[API]]),
    ] {
        assert!(!world.accepts(&world.idp.token_with(json!({"aud": aud}))).await, "{aud}");
    }

    let token = world.idp.token();
    assert!(world.accepts(&token).await);
    world.system.advance(609);
    assert!(world.accepts(&token).await, "within the leeway");
    world.system.advance(1);
    assert!(!world.accepts(&token).await, "seen before, and over now");
}

#[tokio::test]
async fn nobody_is_told_of_bearer_tokens_and_a_cookie_is_nobody() {
    let world = world().await;
    let cookie = world.cookie().await;
    for (name, value) in
        [("accept", "text/html"), ("cookie", cookie.as_str()), ("authorization", "Basic YTpi")]
    {
        let refused = world.guard_with(&oauth_required(), name, value).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Unauthenticated, 401));
        assert!(challenge(&refused).starts_with("Bearer realm="));
    }
}

#[tokio::test]
async fn own_tokens_and_outside_ones_are_never_taken_for_each_other() {
    let world = world().await;
    let (own, outside) = (world.own_token().await, world.idp.token());
    assert!(!world.accepts(&own).await);
    for requirement in
        [login_required(), access_token_required(), scope_required("reports:read"), Requirement::anyone()]
    {
        assert_eq!(refusal(world.guard(&requirement, &outside).await), ErrorKind::InvalidToken);
    }
    let both = oauth_required().and(access_token_required());
    for token in [&own, &outside] {
        assert!(world.guard(&both, token).await.is_err());
    }

    let either = oauth_required().or_own_tokens();
    assert_eq!(world.guard(&either, &own).await.unwrap().unwrap().via(), Via::AccessToken);
    assert_eq!(world.guard(&either, &outside).await.unwrap().unwrap().via(), Via::OutsideToken);
    assert!(world.guard_with(&either, "cookie", &world.cookie().await).await.is_err());
    // One that claims to be ours is judged by our keys alone.
    let forged = world.idp.token_with(json!({"iss": "http://localhost:3000"}));
    assert_eq!(refusal(world.guard(&either, &forged).await), ErrorKind::InvalidToken);
}

#[tokio::test]
async fn guards_of_both_kinds_on_one_request_see_their_own_answer() {
    let world = world().await;
    let bearer = format!("Bearer {}", world.idp.token());
    let asked = request("GET", "/x", &[("authorization", &bearer)]);
    let context = world.system.auth.context();
    assert!(context.guard(&asked, &oauth_required()).await.is_ok());
    assert_eq!(context.guard(&asked, &login_required()).await.unwrap_err().kind(), ErrorKind::InvalidToken);
    assert!(context.guard(&asked, &require_oauth("profile")).await.is_ok());
    assert_eq!(world.idp.fetches(), 1);
}

#[tokio::test]
async fn tokens_that_are_not_as_rfc_9068_wants_them_are_refused() {
    let world = world().await;
    let idp = &world.idp;
    for typ in ["AT+JWT", "application/at+jwt"] {
        assert!(world.accepts(&idp.sign(&changed(idp.header(), json!({"typ": typ})), &idp.claims())).await);
    }
    for typ in [json!(null), json!("JWT"), json!("id+jwt"), json!("logout+jwt"), json!("dpop+jwt"), json!(1)]
    {
        let token = idp.sign(&changed(idp.header(), json!({"typ": typ})), &idp.claims());
        assert!(!world.accepts(&token).await, "{typ}");
    }
    for name in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"] {
        assert!(!world.accepts(&idp.token_with(json!({name: null}))).await, "{name}");
        assert!(!world.accepts(&idp.token_with(json!({name: {}}))).await, "{name}");
    }
    for issuer in [
        "https://idp.example/",
        "https://idp.exampl",
        "https://idp.example.evil.example",
        "HTTPS://idp.example",
        "http://idp.example",
        "",
    ] {
        assert!(!world.accepts(&idp.token_with(json!({"iss": issuer}))).await, "{issuer}");
    }
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for time in [json!("1800000000"), json!({}), json!(-1), json!(1e308), json!([NOW])] {
            assert!(!world.accepts(&idp.token_with(json!({name: time}))).await, "{name} {time}");
        }
    }
    assert!(world.accepts(&idp.token_with(json!({"exp": NOW as f64 + 600.5}))).await);
    for late in [json!({"nbf": NOW + 11}), json!({"iat": NOW + 11}), json!({"exp": NOW - 10})] {
        assert!(!world.accepts(&idp.token_with(late.clone())).await, "{late}");
    }
    // Without its key or certificate, a token that is bound to one was stolen.
    assert!(!world.accepts(&idp.token_with(json!({"cnf": {"jkt": "x"}}))).await);
    for scope in [json!(7), json!({}), json!(["a b"]), json!([7])] {
        assert!(!world.accepts(&idp.token_with(json!({"scope": scope}))).await, "{scope}");
    }
    let doubled = idp.claims().to_string().replacen('{', r#"{"sub":"root","#, 1);
    assert!(!world.accepts(&sign(&idp.ring, &idp.header(), &doubled)).await);
}

#[tokio::test]
async fn forged_tokens_are_refused_and_make_nobody_call_anywhere() {
    let world = world().await;
    let idp = &world.idp;
    assert!(world.accepts(&idp.token()).await);
    let calls = || idp.servers.requests().len();
    let before = calls();
    let (head, claims) = (idp.header(), idp.claims());
    let parts = |header: &Value| {
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        )
    };
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        assert!(!world.accepts(&format!("{}.", parts(&changed(head.clone(), json!({"alg": alg}))))).await);
    }
    // The public key as an HMAC secret, as its JWK and as the bytes of its point.
    let jwks: Value = serde_json::from_str(&idp.ring.jwks(at(NOW))).unwrap();
    for secret in [jwks["keys"][0].to_string(), jwks["keys"][0]["x"].as_str().unwrap().to_owned()] {
        let shared = KeyRing::of(vec![SigningKey::from_hmac_secret(secret.as_bytes()).unwrap()]).unwrap();
        let header = changed(head.clone(), json!({"alg": "HS256"}));
        assert!(!world.accepts(&sign(&shared, &header, &claims.to_string())).await);
    }
    // A key of the attacker's, named like the issuer's or brought along.
    let stranger = ring(SigningAlgorithm::Es256);
    let stranger_jwk: Value = serde_json::from_str(&stranger.jwks(at(NOW))).unwrap();
    assert!(!world.accepts(&sign(&stranger, &head, &claims.to_string())).await);
    for brought in [
        json!({"jwk": stranger_jwk["keys"][0]}),
        json!({"jku": "https://evil.example/jwks"}),
        json!({"x5u": "https://evil.example/x"}),
        json!({"x5c": ["MII"]}),
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"b64": false}),
    ] {
        for keys in [&stranger, &idp.ring] {
            let header = changed(head.clone(), brought.clone());
            assert!(!world.accepts(&sign(keys, &header, &claims.to_string())).await, "{brought}");
        }
    }
    let token = idp.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    for broken in [
        format!("{signed}."),
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        format!("{token}="),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!(" {token}").replace('.', " ."),
        signed.to_owned(),
        "x".repeat(100_000),
        ".".repeat(8_000_000),
    ] {
        assert!(!world.accepts(&broken).await);
    }
    assert_eq!(calls(), before);
}

#[tokio::test]
async fn algorithms_can_be_narrowed_down() {
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API).algorithms([JwsAlgorithm::EdDsa]);
    let world = world_with(|builder| builder.outside_issuer(issuer)).await;
    assert!(!world.accepts(&world.idp.token()).await);
}

#[tokio::test]
async fn access_tokens_of_well_known_issuers_are_taken_in_their_own_dialect() {
    let world = plain_world().await;
    // Each in the form that the issuer's documentation shows.
    let okta =
        json!({"ver": 1, "cid": "0oa1", "client_id": null, "scope": null, "scp": ["reports:read", "x"]});
    let entra = json!({"ver": "2.0", "azp": "0oa1", "client_id": null, "scope": null, "scp": "reports:read x", "tid": "t"});
    let entra_v1 =
        json!({"ver": "1.0", "appid": "0oa1", "client_id": null, "scope": null, "scp": "reports:read x"});
    let auth0 = json!({"azp": "0oa1", "client_id": null, "aud": [API, "https://tenant.auth0.com/userinfo"], "jti": null});
    let keycloak =
        json!({"typ": "Bearer", "azp": "0oa1", "client_id": null, "nonce": "old versions wrote it"});
    let cognito = json!({"token_use": "access", "client_id": "0oa1"});
    for dialect in [okta, entra, entra_v1, auth0, keycloak, cognito] {
        let token = world.idp.plain(dialect.clone());
        assert!(world.guard(&require_oauth("reports:read"), &token).await.is_ok(), "{dialect}");
        assert_eq!(world.token_of(&token).await.client_id(), Some("0oa1"), "{dialect}");
    }
    let untyped = world.idp.sign(&changed(world.idp.header(), json!({"typ": null})), &world.idp.claims());
    assert!(world.accepts(&untyped).await && world.accepts(&world.idp.token()).await);
}

/// Cognito writes no `aud` into access tokens, and the client's id into `client_id`; into ID tokens the other way round.
#[tokio::test]
async fn a_client_may_stand_for_the_audience_where_a_token_has_none() {
    let issuer = || OutsideIssuer::jwt(ISSUER).profile(TokenProfile::PlainJwt).client_as_audience("c1");
    let world = world_with(|builder| builder.outside_issuer(issuer())).await;
    let cognito = |changes: Value| {
        let access = json!({"aud": null, "jti": "j", "token_use": "access", "username": "u1", "version": 2});
        world.idp.plain(changed(access, changes))
    };
    let token = cognito(json!({"client_id": "c1"}));
    assert!(world.guard(&require_oauth("reports:read"), &token).await.is_ok());
    for other in [
        json!({"client_id": "c2"}),
        json!({"client_id": "C1"}),
        json!({"client_id": ""}),
        json!({"client_id": ["c1"]}),
        json!({"azp": "c1", "client_id": "c2"}),
        json!({"aud": "c1", "token_use": "id", "client_id": "c1"}),
        json!({"aud": "https://other.example"}),
        json!({"aud": API}),
        json!({"aud": []}),
    ] {
        assert!(!world.accepts(&cognito(other.clone())).await, "{other}");
    }
    assert!(!world.accepts(&world.idp.plain(json!({"aud": null, "client_id": null, "azp": "c1"}))).await);
    // Beside an audience, each is for the tokens that have it.
    let world = world_with(|builder| builder.outside_issuer(issuer().audience(API))).await;
    assert!(world.accepts(&world.idp.plain(json!({"aud": null}))).await);
    assert!(world.accepts(&world.idp.plain(json!({"client_id": "c2"}))).await);
    assert!(!world.accepts(&world.idp.plain(json!({"aud": null, "client_id": "c2"}))).await);
}

#[tokio::test]
async fn the_leeway_can_be_set() {
    for (leeway, taken) in [(0, [true, false, false]), (10, [true, true, false]), (60, [true, true, true])] {
        let issuer = OutsideIssuer::jwt(ISSUER).audience(API).leeway(Duration::from_secs(leeway));
        let secret = SharedSecretJwt::hs256("a secret of 32 bytes for this test, only").unwrap();
        let secret = secret.leeway(Duration::from_secs(leeway));
        let world = world_with(|builder| builder.outside_issuer(issuer)).await;
        for (late, is_taken) in [0, 9, 59].into_iter().zip(taken) {
            let ended = world.idp.token_with(json!({"exp": NOW - late + i64::from(late == 0)}));
            assert_eq!(world.accepts(&ended).await, is_taken, "{late} of {leeway}");
            let early = world.idp.token_with(json!({"iat": NOW + late, "nbf": NOW + late}));
            assert_eq!(world.accepts(&early).await, is_taken, "{late} of {leeway}");
            let shared = secret.encode(&json!({}), at(NOW - late + i64::from(late == 0))).unwrap();
            assert_eq!(secret.decode(&shared, at(NOW)).is_ok(), is_taken, "{late} of {leeway}");
        }
    }
}

#[tokio::test]
async fn other_kinds_of_tokens_are_no_access_tokens_whatever_the_profile() {
    for world in [world().await, plain_world().await] {
        let idp = &world.idp;
        for other in [
            json!({"nonce": "n"}),
            json!({"at_hash": "h"}),
            json!({"c_hash": "h"}),
            json!({"typ": "ID"}),
            json!({"typ": "Refresh"}),
            json!({"typ": "Offline"}),
            json!({"typ": "DPoP"}),
            json!({"typ": 7}),
            json!({"token_use": "id"}),
            json!({"token_use": "refresh_token"}),
            json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
            json!({"cnf": {"x5t#S256": "x"}}),
            json!({"exp": null}),
        ] {
            assert!(!world.accepts(&idp.plain(other.clone())).await, "{other}");
        }
        for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", "jwt-bearer"] {
            let token = idp.sign(&changed(idp.header(), json!({"typ": typ})), &idp.claims());
            assert!(!world.accepts(&token).await, "{typ}");
        }
    }
}
