//! Access tokens of other issuers at guards that ask for them (RFC 9068 section 4, RFC 7662, RFC 6750 section 3.1).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use auth_core::key::SigningAlgorithm;
use auth_core::oauth_client::ClientAuthentication;
use auth_core::resource::{OutsideIssuer, OutsideToken, OutsideUsers, TokenProfile};
use auth_core::user::{UserId, UserUpdate};
use auth_core::{AuthBuilder, Error};
use conformance::{ALICE, Answer, BOB, CLIENT, Framework, IdToken, Idp, Key, Reply, Signature, TestApp};
use serde_json::{Value, json};

use crate::rp::{PATIENCE, impatient};

/// The API's name in `aud`.
const AUDIENCE: &str = "https://api.example.org";

/// Whatever asks for an outside token, with the scope or without.
const ROUTES: [&str; 3] = ["/any", "/reports", "/group"];

/// An API and the issuer that it trusts.
struct Api {
    app: TestApp,
    idp: Idp,
}

impl Api {
    fn start(on: Framework) -> Self {
        Self::start_with(on, |issuer| issuer, |builder| builder)
    }

    fn start_with(
        on: Framework,
        change: impl FnOnce(OutsideIssuer) -> OutsideIssuer,
        build: impl FnOnce(AuthBuilder) -> AuthBuilder,
    ) -> Self {
        let idp = Idp::start();
        let issuer = change(OutsideIssuer::jwt(idp.issuer()).audience(AUDIENCE));
        let app = on.start_api(|builder| build(impatient(builder).outside_issuer(issuer)));
        Self { app, idp }
    }

    /// An API that asks about each token.
    fn asking(on: Framework) -> Self {
        let idp = Idp::start();
        let secret = ClientAuthentication::SecretBasic(CLIENT.1.into());
        let issuer = OutsideIssuer::introspection(idp.issuer(), CLIENT.0, secret)
            .introspection_endpoint(format!("{}/introspect", idp.issuer()))
            .audience(AUDIENCE);
        let app = on.start_api(|builder| impatient(builder).outside_issuer(issuer));
        Self { app, idp }
    }

    /// The claims of a token that is good at all routes.
    fn claims(&self) -> Value {
        let now = self.idp.now();
        json!({
            "iss": self.idp.issuer(), "aud": AUDIENCE, "sub": "248289761001", "client_id": "a-program", "iat": now,
            "exp": now + 300, "jti": "t1", "scope": "reports:read openid",
        })
    }

    fn token(&self) -> String {
        self.idp.sign("at+jwt", &self.claims())
    }

    fn get(&self, route: &str, token: &str) -> Reply {
        self.app.get(route).bearer(token).send()
    }

    #[track_caller]
    fn refused(&self, name: &str, token: &str) {
        for route in ROUTES {
            let reply = self.get(route, token);
            assert_eq!(reply.status, 401, "{name} at {route}: {}", reply.text());
            let reply = reply.problem(401, "invalid_token");
            let challenge = reply.header("www-authenticate").unwrap();
            assert!(
                challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""),
                "{challenge}"
            );
        }
    }
}

pub(crate) fn a_token_opens_what_its_scope_says(on: Framework) {
    let api = Api::start(on);
    let token = api.token();
    let who = format!("{} 248289761001", api.idp.issuer());
    assert_eq!(api.get("/any", &token).expect(200).text(), who);
    assert_eq!(api.get("/reports", &token).expect(200).text(), who);
    assert_eq!(api.get("/group", &token).expect(200).text(), "ok");
    for scope in [json!(""), json!("reports:readonly"), json!("REPORTS:READ"), json!("reports")] {
        let mut claims = api.claims();
        claims["scope"] = scope;
        let token = api.idp.sign("at+jwt", &claims);
        api.get("/any", &token).expect(200);
        for route in ["/reports", "/group"] {
            let reply = api.get(route, &token).problem(403, "insufficient_scope");
            let challenge = reply.header("www-authenticate").unwrap();
            assert!(challenge.contains("scope=\"reports:read\""), "{challenge}");
        }
    }
}

pub(crate) fn nothing_else_is_taken_in_its_place(on: Framework) {
    let api = Api::start(on);
    let (session, own) = (api.app.login(ALICE), api.app.tokens(ALICE, "reports:read").access);
    for route in ROUTES {
        let reply = api.app.get(route).send().problem(401, "unauthenticated");
        assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer "));
        api.app.get(route).session(&session).send().problem(401, "unauthenticated");
        api.app.get(route).basic(ALICE.name, ALICE.password).send().problem(401, "unauthenticated");
        api.app.get(&format!("{route}?access_token={}", api.token())).send().expect(401);
    }
    api.refused("our own token", &own);
    // Nor is an outside token taken where ours are.
    api.get("/own", &own).expect(200);
    api.get("/own", &api.token()).problem(401, "invalid_token");
    api.app.get("/auth/me").bearer(&api.token()).send().problem(401, "invalid_token");
}

pub(crate) fn a_token_that_is_not_right_is_refused(on: Framework) {
    let api = Api::start(on);
    let changes: BTreeMap<&str, fn(&mut IdToken)> = BTreeMap::from([
        ("typ JWT", (|token| token.header["typ"] = json!("JWT")) as fn(&mut IdToken)),
        ("typ missing", |token| drop(token.header.as_object_mut().unwrap().remove("typ"))),
        ("typ of ID tokens by another name", |token| token.header["typ"] = json!("id+jwt")),
        ("typ of logout tokens", |token| token.header["typ"] = json!("logout+jwt")),
        ("alg none", |token| {
            token.header["alg"] = json!("none");
            token.signature = Signature::Missing;
        }),
        ("HS256 by the client secret", |token| {
            token.header["alg"] = json!("HS256");
            token.signature = Signature::Hmac(CLIENT.1.into());
        }),
        ("signature wrong", |token| token.signature = Signature::Wrong),
        ("a key of somebody else", |token| token.signature = Signature::Key(stranger())),
        ("a key that the token brings along", |token| {
            token.header["jwk"] = stranger().jwk();
            token.signature = Signature::Key(stranger());
        }),
        ("a critical extension", |token| token.header["crit"] = json!(["x"])),
        ("aud another", |token| token.claims["aud"] = json!("https://other.example.org")),
        ("aud a part of ours", |token| token.claims["aud"] = json!("https://api.example.or")),
        ("aud missing", |token| token.without("aud")),
        ("aud a client", |token| token.claims["aud"] = json!(CLIENT.0)),
        ("iss another", |token| token.claims["iss"] = json!("https://evil.example")),
        ("iss missing", |token| token.without("iss")),
        ("exp over", |token| token.shift("exp", -600)),
        ("exp missing", |token| token.without("exp")),
        ("exp as text", |token| token.claims["exp"] = json!("9999999999")),
        ("nbf ahead", |token| token.claims["nbf"] = json!(token.claims["iat"].as_i64().unwrap() + 600)),
        ("sub missing", |token| token.without("sub")),
        ("client_id missing", |token| token.without("client_id")),
        ("jti missing", |token| token.without("jti")),
        ("iat missing", |token| token.without("iat")),
        ("bound to a key", |token| token.claims["cnf"] = json!({"jkt": "x"})),
        ("scope of another type", |token| token.claims["scope"] = json!({"reports:read": true})),
    ]);
    for (name, change) in changes {
        let key = api.idp.key();
        let signature = Signature::Key(key.clone());
        let mut token =
            IdToken { header: key.header("at+jwt"), claims: api.claims(), payload: None, signature };
        change(&mut token);
        api.refused(name, &token.sign(&key));
    }
    for token in ["x", "a.b.c", "..", &"a".repeat(20_000)] {
        api.refused("garbage", token);
    }
    api.get("/reports", &api.token()).expect(200);
}

fn stranger() -> Key {
    Key::generate(SigningAlgorithm::EdDsa, 666)
}

pub(crate) fn an_id_token_is_no_access_token(on: Framework) {
    let api = Api::start_with(on, |issuer| issuer.profile(TokenProfile::PlainJwt), |builder| builder);
    let with = |typ: &str, more: &Value| {
        let mut claims = api.claims();
        claims.as_object_mut().unwrap().remove("scope");
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.idp.sign(typ, &claims)
    };
    // Declared as looser: then a plain JWT for this API will do.
    api.get("/reports", &with("JWT", &json!({"scp": ["reports:read"]}))).expect(200);
    let event = "http://schemas.openid.net/event/backchannel-logout";
    for (name, token) in [
        ("an ID token", with("JWT", &json!({"aud": CLIENT.0, "nonce": "n"}))),
        ("an ID token for us", with("JWT", &json!({"nonce": "n", "at_hash": "x"}))),
        ("a logout token", with("JWT", &json!({"events": {event: {}}}))),
        ("a logout token by its type", with("logout+jwt", &json!({}))),
        ("a refresh token", with("JWT", &json!({"typ": "Refresh"}))),
    ] {
        api.refused(name, &token);
    }
}

pub(crate) fn an_issuer_that_nobody_named_is_not_even_called(on: Framework) {
    let api = Api::start(on);
    let other = Idp::start();
    let mut claims = api.claims();
    claims["iss"] = json!(other.issuer());
    api.refused("another issuer", &other.sign("at+jwt", &claims));
    assert!(other.seen("/.well-known/openid-configuration").is_empty() && other.seen("/jwks").is_empty());
}

pub(crate) fn several_issuers_are_judged_each_by_its_own_keys(on: Framework) {
    let second = Idp::start();
    let issuer = OutsideIssuer::jwt(second.issuer()).audience(AUDIENCE);
    let api = Api::start_with(on, |issuer| issuer, |builder| builder.outside_issuer(issuer));
    let mut claims = api.claims();
    claims["iss"] = json!(second.issuer());
    let token = second.sign("at+jwt", &claims);
    assert_eq!(api.get("/any", &token).expect(200).text(), format!("{} 248289761001", second.issuer()));
    api.get("/any", &api.token()).expect(200);
    api.refused("the first one's keys", &api.idp.sign("at+jwt", &claims));
}

pub(crate) fn keys_are_fetched_once_and_made_up_ones_cause_few_fetches(on: Framework) {
    let api = Api::start(on);
    let good = api.token();
    for _ in 0..5 {
        api.get("/any", &good).expect(200);
    }
    assert_eq!(api.idp.seen("/jwks").len(), 1);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (api, good) = (&api, &good);
            scope.spawn(move || {
                for index in 0..100 {
                    let key = api.idp.key();
                    let mut header = key.header("at+jwt");
                    header["kid"] = json!(format!("made up {half} {index}"));
                    let signature = Signature::Key(key.clone());
                    let token = IdToken { header, claims: api.claims(), payload: None, signature };
                    api.get("/any", &token.sign(&key)).expect(401);
                    api.get("/any", good).expect(200);
                }
            });
        }
    });
    let fetched = api.idp.seen("/jwks").len();
    assert!(fetched <= 2, "{fetched} fetches");
}

pub(crate) fn a_key_that_is_gone_opens_nothing_any_more(on: Framework) {
    let api = Api::start(on);
    let mut claims = api.claims();
    claims["exp"] = json!(api.idp.now() + 7200);
    let old = api.idp.sign("at+jwt", &claims);
    api.get("/any", &old).expect(200);
    api.idp.rotate(SigningAlgorithm::Es256);
    api.app.clock.advance(Duration::from_secs(31));
    api.get("/any", &api.idp.sign("at+jwt", &claims)).expect(200);
    api.refused("signed by a key that was replaced", &old);
}

pub(crate) fn keys_that_cannot_be_had_are_503_and_soon(on: Framework) {
    for lie in [
        Answer::Silence,
        Answer::html(200, "<h1>Hello</h1>"),
        Answer::redirect(302, "http://127.0.0.1:9/"),
        Answer::Flood,
    ] {
        let api = Api::start(on);
        let lying = lie.clone();
        api.idp.lie("/jwks", move |_, _| lying.clone());
        let began = Instant::now();
        let reply = api.get("/any", &api.token()).problem(503, "unavailable");
        assert!(reply.header("retry-after").is_some());
        assert!(began.elapsed() < PATIENCE * 2 + Duration::from_secs(3), "{lie:?}: {:?}", began.elapsed());
        api.app.get("/own").session(&api.app.login(ALICE)).send().expect(200);
        api.idp.repent();
        api.app.clock.advance(Duration::from_secs(31));
        api.get("/any", &api.token()).expect(200);
    }
}

pub(crate) fn an_opaque_token_is_asked_about_once(on: Framework) {
    let api = Api::asking(on);
    let answer = json!({
        "active": true, "sub": "248289761001", "aud": AUDIENCE, "scope": "reports:read", "iss": api.idp.issuer(),
        "exp": api.idp.now() + 300, "client_id": "a-program",
    });
    api.idp.lie("/introspect", move |seen, _| match seen.field("token").as_deref() {
        Some("good") => Answer::json(200, &answer),
        _ => Answer::json(200, &json!({"active": false})),
    });
    for _ in 0..5 {
        api.get("/reports", "good").expect(200);
    }
    assert_eq!(api.idp.seen("/introspect").len(), 1);
    assert!(api.idp.seen("/introspect")[0].header("authorization").unwrap().starts_with("Basic "));
    api.refused("an inactive one", "bad");
    // What was revoked is taken no longer than the documented 30 seconds.
    api.idp.lie("/introspect", |_, _| Answer::json(200, &json!({"active": false})));
    api.app.clock.advance(Duration::from_secs(31));
    api.refused("one that was revoked", "good");
}

pub(crate) fn what_is_said_of_an_opaque_token_has_to_fit(on: Framework) {
    let api = Api::asking(on);
    let good = json!({
        "active": true, "sub": "1", "aud": AUDIENCE, "scope": "reports:read", "iss": api.idp.issuer(), "exp": api.idp.now() + 300,
    });
    for (index, (member, value)) in [
        ("active", json!("true")),
        ("active", json!(1)),
        ("active", json!(null)),
        ("aud", json!("https://other.example.org")),
        ("aud", json!(null)),
        ("iss", json!("https://evil.example")),
        ("exp", json!(api.idp.now() - 300)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut answer = good.clone();
        answer[member] = value;
        let shown = answer.to_string();
        api.idp.lie("/introspect", move |_, _| Answer::json(200, &answer));
        let reply = api.get("/any", &format!("token-{index}"));
        assert!(matches!(reply.status, 401 | 503), "{shown}: {reply:?}");
    }
    for lie in
        [Answer::Silence, Answer::html(200, "<p>"), Answer::json(401, &json!({"error": "invalid_client"}))]
    {
        api.idp.lie("/introspect", move |_, _| lie.clone());
        let reply = api.get("/any", "whoever-cannot-be-asked").problem(503, "unavailable");
        assert!(reply.header("retry-after").is_some());
        api.app.clock.advance(Duration::from_secs(31));
    }
}

/// Maps one subject, once it is known to whom.
#[derive(Clone, Debug, Default)]
struct Mapping(Arc<Mutex<Option<(String, UserId)>>>);

#[async_trait]
impl OutsideUsers for Mapping {
    async fn user_of(&self, token: &OutsideToken) -> Result<Option<UserId>, Error> {
        let held = self.0.lock().unwrap().clone();
        let is_meant = |(issuer, _): &(String, UserId)| {
            token.issuer() == issuer && token.subject() == Some("248289761001")
        };
        Ok(held.filter(is_meant).map(|(_, user)| user))
    }
}

pub(crate) fn a_token_stands_for_a_user_only_if_the_application_says_so(on: Framework) {
    let mapping = Mapping::default();
    let held = mapping.clone();
    let api = Api::start_with(on, |issuer| issuer, |builder| builder.map_outside_users(held));
    api.get("/mapped", &api.token()).problem(403, "user_required");
    let map = |person| {
        let user = api.app.user(person).id.clone();
        *mapping.0.lock().unwrap() = Some((api.idp.issuer().to_owned(), user));
    };
    map(ALICE);
    assert_eq!(api.get("/mapped", &api.token()).expect(200).text(), "hello alice");
    let with = |name: &str, value: Value| {
        let mut claims = api.claims();
        claims[name] = value;
        api.idp.sign("at+jwt", &claims)
    };
    api.get("/mapped", &with("sub", json!("somebody else"))).problem(403, "user_required");
    api.get("/mapped", &with("sub", json!("alice"))).problem(403, "user_required");
    api.get("/mapped", &with("scope", json!("openid"))).problem(403, "insufficient_scope");
    // Guards that do not ask for outside tokens do not take them, mapped or not.
    api.get("/own", &api.token()).problem(401, "invalid_token");
    map(BOB);
    api.get("/mapped", &api.token()).problem(403, "permission_denied");
    map(ALICE);
    let mut update = UserUpdate::default();
    update.is_active = Some(false);
    let id = api.app.user(ALICE).id.clone();
    api.app.block_on(api.app.auth.users().update(&id, update)).unwrap();
    api.get("/mapped", &api.token()).problem(401, "invalid_token");
}
