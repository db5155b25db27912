use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::key::{SigningAlgorithm, SigningKey};
use crate::outbound::{Method, Outbound, OutboundConfig, OutboundFault, OutboundResponse, OutboundUrl};
use crate::random::OsRandom;
use crate::secret::Secret;
use crate::testing::{FakeHttpClient, ManualClock, json_response};
use crate::token::Refusal;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const ISSUER: &str = "https://idp.example";
const METADATA: &str = "https://idp.example/.well-known/openid-configuration";
const SERVER_METADATA: &str = "https://idp.example/.well-known/oauth-authorization-server";
const JWKS: &str = "https://idp.example/jwks";

const EDDSA: &[JwsAlgorithm] = &[JwsAlgorithm::EdDsa];

/// An issuer that is played, and our view of it.
struct Idp {
    servers: FakeHttpClient,
    clock: ManualClock,
    config: IssuerConfig,
    issuers: Issuers,
}

impl Idp {
    fn new() -> Self {
        let (servers, clock, config) =
            (FakeHttpClient::default(), ManualClock::new(NOW), IssuerConfig::default());
        let outbound = Outbound::new(Arc::new(servers.clone()), OutboundConfig::default());
        let issuers = Issuers::new(outbound, Arc::new(clock.clone()), config.clone());
        Self { servers, clock, config, issuers }
    }

    fn with_keys(keys: &[&SigningKey]) -> Self {
        let idp = Self::new();
        idp.publish(keys);
        idp
    }

    fn publish(&self, keys: &[&SigningKey]) {
        let jwks: Vec<Value> = keys.iter().map(|key| jwk(key)).collect();
        self.publish_jwks(&jwks);
    }

    fn publish_jwks(&self, jwks: &[Value]) {
        self.servers.answer_json(Method::Get, JWKS, &json!({"keys": jwks}));
    }

    async fn key(&self, token: &str, accepted: &[JwsAlgorithm]) -> Result<Arc<ForeignKey>, Error> {
        self.issuers.key(&url(JWKS), &ForeignJws::parse(token)?, accepted).await
    }

    async fn claims(&self, token: &str, accepted: &[JwsAlgorithm]) -> Result<Claims, Error> {
        let key = self.key(token, accepted).await?;
        ForeignJws::parse(token)?.verify_claims(&key)
    }

    /// Whether a token of this key is taken; the error's kind if not.
    async fn check(&self, key: &SigningKey) -> Result<(), ErrorKind> {
        self.claims(&token(key), EDDSA).await.map(drop).map_err(|error| error.kind())
    }

    fn fetches(&self) -> usize {
        self.servers.requests_to(Method::Get, JWKS).len()
    }

    /// Past the cooldown and within the time to live.
    fn cool_down(&self) {
        self.clock.advance(self.config.cooldown + Duration::from_secs(1));
    }

    fn pass_ttl(&self) {
        self.clock.advance(self.config.ttl + Duration::from_secs(1));
    }
}

fn url(text: &str) -> OutboundUrl {
    OutboundUrl::parse(text).unwrap()
}

fn new_key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::EdDsa, &OsRandom).unwrap()
}

/// The public JWK of a key.
fn jwk(key: &SigningKey) -> Value {
    let encoded = key.public_jwk().map(|jwk| serde_json::to_value(jwk).unwrap());
    encoded.unwrap()
}

fn payload() -> Value {
    json!({"iss": ISSUER, "sub": "u1", "aud": "app", "exp": NOW.unix_seconds() + 900, "iat": NOW.unix_seconds()})
}

fn header(key: &SigningKey) -> Value {
    json!({"alg": key.algorithm().name(), "kid": key.kid()})
}

/// A token with any header and payload, rightly signed.
fn signed(key: &SigningKey, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn with_header(key: &SigningKey, header: &Value) -> String {
    signed(key, &header.to_string(), &payload().to_string())
}

fn token(key: &SigningKey) -> String {
    with_header(key, &header(key))
}

fn refusal(result: Result<impl std::fmt::Debug, Error>) -> Option<Refusal> {
    let error = result.err()?;
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Refusal>()).copied()
}

/// Which of these documents an issuer has no business with.
fn bad_documents() -> Vec<Result<OutboundResponse, OutboundFault>> {
    let html = OutboundResponse::new(200, "<html>").with_header("content-type", "text/html");
    let redirect = json_response(302, &json!({})).with_header("location", "http://169.254.169.254/");
    vec![
        Ok(json_response(500, &json!({"keys": []}))),
        Ok(json_response(404, &json!({}))),
        Ok(html),
        Ok(redirect),
        Ok(json_response(200, &json!({"keys": []}))),
        Ok(json_response(200, &json!({"keys": [{"kty": "EC"}]}))),
        Ok(json_response(200, &json!({}))),
        Ok(json_response(200, &json!([]))),
        Ok(OutboundResponse::new(200, "").with_header("content-type", "application/json")),
        Ok(OutboundResponse::new(200, vec![b' '; 10 << 20]).with_header("content-type", "application/json")),
        Err(OutboundFault::Timeout),
        Err(OutboundFault::Connection),
        Err(OutboundFault::TooLarge),
    ]
}

mod signatures {
    use super::*;

    /// Keys and tokens that others made, one for each asymmetric algorithm.
    fn cases() -> Vec<(JwsAlgorithm, Value, String)> {
        let file: Value = serde_json::from_str(include_str!("testdata/signatures.json")).unwrap();
        let case = |case: &Value| {
            let algorithm = JwsAlgorithm::from_name(case["jwk"]["alg"].as_str().unwrap()).unwrap();
            (algorithm, case["jwk"].clone(), case["token"].as_str().unwrap().to_owned())
        };
        file["cases"].as_array().unwrap().iter().map(case).collect()
    }

    fn without_alg(mut jwk: Value) -> Value {
        jwk.as_object_mut().unwrap().remove("alg");
        jwk
    }

    #[tokio::test]
    async fn every_algorithm_is_verified() {
        let asymmetric = JwsAlgorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric());
        assert!(asymmetric.eq(cases().into_iter().map(|(algorithm, ..)| algorithm)));
        for (algorithm, jwk, token) in cases() {
            for jwk in [jwk.clone(), without_alg(jwk)] {
                let idp = Idp::new();
                idp.publish_jwks(&[jwk]);
                let claims = idp.claims(&token, &[algorithm]).await.unwrap();
                assert_eq!(claims.required_text("sub").unwrap(), "u1");
                let key = idp.key(&token, &[algorithm]).await.unwrap();
                assert_eq!(key.algorithm(), algorithm);
            }
        }
    }

    #[tokio::test]
    async fn each_other_byte_of_a_token_is_refused() {
        for (algorithm, jwk, token) in cases() {
            let idp = Idp::new();
            idp.publish_jwks(&[jwk]);
            let key = idp.key(&token, &[algorithm]).await.unwrap();
            for at in (0..token.len()).step_by(7) {
                let mut bytes = token.clone().into_bytes();
                bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(bytes).unwrap();
                let verified = ForeignJws::parse(&changed).and_then(|jws| jws.verify_claims(&key));
                assert!(verified.is_err(), "{algorithm} {at}");
            }
        }
    }

    #[tokio::test]
    async fn an_algorithm_that_is_not_accepted_is_refused_before_anything_is_fetched() {
        for (algorithm, jwk, token) in cases() {
            let idp = Idp::new();
            idp.publish_jwks(&[without_alg(jwk)]);
            let others: Vec<_> = JwsAlgorithm::ALL.into_iter().filter(|other| *other != algorithm).collect();
            assert_eq!(refusal(idp.key(&token, &others).await), Some(Refusal::Algorithm), "{algorithm}");
            assert_eq!(refusal(idp.key(&token, &[]).await), Some(Refusal::Algorithm));
            assert_eq!(idp.fetches(), 0);
        }
    }

    #[tokio::test]
    async fn a_token_does_not_choose_the_algorithm_of_a_key_that_names_one() {
        for (algorithm, jwk, token) in cases() {
            let rsa = [JwsAlgorithm::Rs256, JwsAlgorithm::Rs512, JwsAlgorithm::Ps256, JwsAlgorithm::Ps384];
            for other in rsa.into_iter().filter(|other| *other != algorithm) {
                let mut jwk = jwk.clone();
                jwk["alg"] = json!(other.name());
                let idp = Idp::new();
                idp.publish_jwks(&[jwk]);
                assert!(idp.key(&token, &JwsAlgorithm::ALL).await.is_err(), "{algorithm} as {other}");
            }
        }
    }

    #[tokio::test]
    async fn unsigned_tokens_are_refused() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        for alg in ["none", "None", "NONE", "nOnE", "", "HS512", "ES512", "eddsa", "dir"] {
            let token = with_header(&key, &json!({"alg": alg, "kid": key.kid()}));
            let unsigned = &token[..=token.rfind('.').unwrap()];
            for token in [&token, unsigned] {
                let refused = idp.claims(token, &JwsAlgorithm::ALL).await;
                assert_eq!(refusal(refused), Some(Refusal::Algorithm), "{alg}");
            }
        }
        for alg in [json!(null), json!(1), json!(["EdDSA"])] {
            let token = with_header(&key, &json!({"alg": alg, "kid": key.kid()}));
            assert_eq!(refusal(ForeignJws::parse(&token)), Some(Refusal::Header));
        }
        let token = token(&key);
        let unsigned = &token[..=token.rfind('.').unwrap()];
        assert_eq!(refusal(idp.claims(unsigned, EDDSA).await), Some(Refusal::Signature));
    }

    #[tokio::test]
    async fn hmac_keyed_with_a_public_key_is_refused() {
        for (_, jwk, _) in cases() {
            let idp = Idp::new();
            idp.publish_jwks(std::slice::from_ref(&jwk));
            let der = ["n", "x"].iter().find_map(|member| jwk[member].as_str()).unwrap();
            let der = URL_SAFE_NO_PAD.decode(der).unwrap();
            let pem = |end: &str, last: &str| {
                let body = STANDARD.encode(&der);
                format!("-----BEGIN PUBLIC KEY-----{end}{body}{end}-----END PUBLIC KEY-----{last}")
                    .into_bytes()
            };
            let secrets = [
                pem("\n", "\n"),
                pem("\n", ""),
                pem("\r\n", "\r\n"),
                jwk.to_string().into_bytes(),
                der.clone(),
            ];
            for secret in secrets {
                let forger = SigningKey::from_hmac_secret(&secret).unwrap();
                for alg in ["HS256", jwk["alg"].as_str().unwrap()] {
                    let forged = with_header(&forger, &json!({"alg": alg, "kid": jwk["kid"]}));
                    assert!(idp.claims(&forged, &JwsAlgorithm::ALL).await.is_err(), "{alg}");
                }
            }
        }
    }

    #[test]
    fn a_client_secret_verifies_hs256_and_nothing_else() {
        let text = "0123456789abcdef0123456789abcdef";
        let key = ForeignKey::from_client_secret(&Secret::new(text)).unwrap();
        assert_eq!(key.algorithm(), JwsAlgorithm::Hs256);
        let signer = SigningKey::from_hmac_secret(text.as_bytes()).unwrap();
        let right = token(&signer);
        assert!(ForeignJws::parse(&right).unwrap().verify_claims(&key).is_ok());
        let named = with_header(&signer, &json!({"alg": "RS256"}));
        let refused = ForeignJws::parse(&named).unwrap().verify_claims(&key);
        assert_eq!(refusal(refused), Some(Refusal::Algorithm));
        let short = ForeignKey::from_client_secret(&Secret::new(&text[1..])).unwrap_err();
        assert_eq!(short.kind(), ErrorKind::Configuration);
        assert!(!format!("{short:?} {key:?}").contains(&text[1..]));
    }

    #[tokio::test]
    async fn malformed_ecdsa_signatures_are_refused() {
        for (algorithm, jwk, token) in cases() {
            let len = match algorithm {
                JwsAlgorithm::Es256 => 32,
                JwsAlgorithm::Es384 => 48,
                _ => continue,
            };
            let idp = Idp::new();
            idp.publish_jwks(&[jwk]);
            let (message, signature) = token.rsplit_once('.').unwrap();
            let good = URL_SAFE_NO_PAD.decode(signature).unwrap();
            let (r, s) = good.split_at(len);
            let (zero, full) = (vec![0; len], vec![0xff; len]);
            for wrong in [
                [&zero[..], &zero].concat(),
                [&zero[..], s].concat(),
                [r, &zero].concat(),
                [&full[..], s].concat(),
                [r, &full].concat(),
                [r, s, &[0]].concat(),
                [&[0], r, s].concat(),
                good[..good.len() - 1].to_vec(),
                Vec::new(),
            ] {
                let wrong = format!("{message}.{}", URL_SAFE_NO_PAD.encode(wrong));
                let refused = idp.claims(&wrong, &[algorithm]).await;
                assert_eq!(refusal(refused), Some(Refusal::Signature), "{algorithm}");
            }
        }
    }
}

mod tokens {
    use super::*;

    fn doubled(text: &str, more: &str) -> String {
        format!("{{{more},{}", &text[1..])
    }

    #[tokio::test]
    async fn keys_and_extensions_in_the_header_are_refused_and_nobody_is_called() {
        let (key, own) = (new_key(), new_key());
        let idp = Idp::with_keys(&[&key]);
        for (member, value) in [
            ("jwk", jwk(&own)),
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5u", json!("https://evil.example/chain.pem")),
            ("x5c", json!(["MIIB"])),
            ("crit", json!([])),
            ("crit", json!(["exp"])),
            ("crit", json!("b64")),
            ("crit", json!(null)),
            ("b64", json!(false)),
            ("zip", json!("DEF")),
            ("enc", json!("A256GCM")),
            ("typ", json!(null)),
            ("kid", json!(7)),
        ] {
            let mut header = header(&own);
            header[member] = value;
            let refused = idp.claims(&with_header(&own, &header), EDDSA).await;
            assert_eq!(refusal(refused), Some(Refusal::Header), "{member}");
        }
        assert!(idp.servers.requests().is_empty());
    }

    #[tokio::test]
    async fn thumbprints_of_certificates_are_ignored() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        let mut header = header(&key);
        header["typ"] = json!("JWT");
        header["x5t"] = json!("nOo3ZDrODXEK1jKWhXslHR_KXEg");
        header["x5t#S256"] = json!("nOo3ZDrODXEK1jKWhXslHR_KXEgnOo3ZDrODXEK1jKW");
        header["nonce"] = json!("x");
        let token = with_header(&key, &header);
        assert!(idp.claims(&token, EDDSA).await.is_ok());
        assert_eq!(ForeignJws::parse(&token).unwrap().typ(), Some("JWT"));
    }

    #[tokio::test]
    async fn duplicate_members_are_refused() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        let (header, payload) = (header(&key).to_string(), payload().to_string());
        for more in [r#""alg":"EdDSA""#, r#""\u0061lg":"EdDSA""#, r#""x":{"y":1,"y":1}"#] {
            let token = signed(&key, &doubled(&header, more), &payload);
            assert_eq!(refusal(idp.claims(&token, EDDSA).await), Some(Refusal::Header), "{more}");
        }
        for more in [r#""sub":"root""#, r#""\u0073ub":"root""#, r#""x":[{"y":1,"y":1}]"#] {
            let token = signed(&key, &header, &doubled(&payload, more));
            assert_eq!(refusal(idp.claims(&token, EDDSA).await), Some(Refusal::Claims), "{more}");
            let as_value = ForeignJws::parse(&token).unwrap();
            let key = idp.key(&token, EDDSA).await.unwrap();
            assert!(as_value.verify::<Value>(&key).is_err());
        }
    }

    #[tokio::test]
    async fn other_spellings_of_a_token_are_refused() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        let token = token(&key);
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { panic!("three parts") };
        for wrong in [
            format!("{token}="),
            format!(" {token}"),
            format!("{token}\n"),
            format!("{header}=.{payload}.{signature}"),
            format!("{header} .{payload}.{signature}"),
            format!("{header}.{payload}.{}B", &signature[..signature.len() - 1]),
            format!("{header}.{payload}"),
            format!("{header}.{payload}.{signature}."),
            format!("{header}.{payload}.{signature}.{signature}.{signature}"),
            format!("{header}..{signature}"),
            format!(".{payload}.{signature}"),
            json!({"protected": header, "payload": payload, "signature": signature}).to_string(),
            token.replace('_', "/").replace('-', "+") + "+",
            "..".to_owned(),
            String::new(),
        ] {
            assert!(idp.claims(&wrong, EDDSA).await.is_err(), "{wrong}");
        }
        assert!(idp.claims(&token, EDDSA).await.is_ok());
    }

    #[test]
    fn oversized_tokens_are_refused_unread() {
        for token in [".".repeat(8 << 20), "A".repeat(1 << 20), format!("{}.e30.AA", "A".repeat(1 << 20))] {
            assert_eq!(refusal(ForeignJws::parse(&token)), Some(Refusal::TooLong));
        }
        let dots = ".".repeat(MAX_FOREIGN_TOKEN_LEN);
        assert_eq!(refusal(ForeignJws::parse(&dots)), Some(Refusal::Malformed));
    }

    #[tokio::test]
    async fn a_long_signature_is_refused() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        let token = token(&key);
        let long = format!("{}.{}", &token[..token.rfind('.').unwrap()], "A".repeat(15_000));
        assert!(idp.claims(&long, EDDSA).await.is_err());
    }

    #[tokio::test]
    async fn a_payload_must_be_an_object() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        for payload in ["", "null", "[]", "1", "\"x\"", "{", "{}}", "\u{feff}{}"] {
            let token = signed(&key, &header(&key).to_string(), payload);
            assert_eq!(refusal(idp.claims(&token, EDDSA).await), Some(Refusal::Claims), "{payload}");
        }
    }

    #[test]
    fn an_unverified_issuer_is_what_the_token_says() {
        let key = new_key();
        assert_eq!(ForeignJws::parse(&token(&key)).unwrap().unverified_issuer().as_deref(), Some(ISSUER));
        for payload in ["{}", "[]", "", r#"{"iss":1}"#, r#"{"iss":"a","iss":"b"}"#] {
            let token = signed(&key, &header(&key).to_string(), payload);
            assert_eq!(ForeignJws::parse(&token).unwrap().unverified_issuer(), None, "{payload}");
        }
    }

    #[test]
    fn debug_shows_nothing_that_signs() {
        let token = token(&new_key());
        let shown = format!("{:?}", ForeignJws::parse(&token).unwrap());
        assert!(token.split('.').all(|part| !shown.contains(part)));
    }

    proptest! {
        #[test]
        fn garbage_is_refused_and_never_panics(token in any::<String>()) {
            let _ = ForeignJws::parse(&token).map(|jws| jws.unverified_issuer());
        }

        #[test]
        fn garbage_in_the_shape_of_a_token_never_panics(
            header in proptest::collection::vec(any::<u8>(), 0..80),
            payload in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            let _ = ForeignJws::parse(&format!("{}.{}.AA", part(&header), part(&payload)));
            let secret = "0123456789abcdef0123456789abcdef";
            let signer = SigningKey::from_hmac_secret(secret.as_bytes()).unwrap();
            let key = ForeignKey::from_client_secret(&Secret::new(secret)).unwrap();
            let message = format!("{}.{}", part(br#"{"alg":"HS256"}"#), part(&payload));
            let token = format!("{message}.{}", part(&signer.sign(message.as_bytes()).unwrap()));
            let _ = ForeignJws::parse(&token).unwrap().verify_claims(&key);
        }
    }
}

mod key_sets {
    use super::*;

    #[tokio::test]
    async fn odd_keys_do_not_spoil_the_others() {
        let key = new_key();
        let mut private = jwk(&new_key());
        private["d"] = json!("AA");
        let mut encrypting = jwk(&new_key());
        encrypting["use"] = json!("enc");
        let mut numbered = jwk(&new_key());
        numbered["kid"] = json!(7);
        let idp = Idp::new();
        idp.publish_jwks(&[
            json!(null),
            json!([]),
            json!({}),
            json!({"kty": "oct", "k": "AA", "kid": "secret"}),
            json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
            json!({"kty": "OKP", "crv": "Ed448", "x": "AA"}),
            private,
            encrypting,
            numbered,
            jwk(&key),
        ]);
        assert_eq!(idp.check(&key).await, Ok(()));
    }

    #[tokio::test]
    async fn keys_that_are_not_for_verifying_verify_nothing() {
        for (member, value) in [("use", json!("enc")), ("key_ops", json!(["sign"])), ("d", json!("AA"))] {
            let (key, good) = (new_key(), new_key());
            let mut odd = jwk(&key);
            odd[member] = value;
            let idp = Idp::new();
            idp.publish_jwks(&[odd, jwk(&good)]);
            assert_eq!(idp.check(&key).await, Err(ErrorKind::InvalidToken), "{member}");
            assert_eq!(idp.check(&good).await, Ok(()));
        }
    }

    #[tokio::test]
    async fn of_two_keys_of_one_name_none_is_picked() {
        let (one, other, good) = (new_key(), new_key(), new_key());
        let mut second = jwk(&other);
        second["kid"] = json!(one.kid());
        let idp = Idp::new();
        idp.publish_jwks(&[jwk(&one), second, jwk(&good), jwk(&good)]);
        assert_eq!(idp.check(&one).await, Err(ErrorKind::InvalidToken));
        assert_eq!(idp.check(&good).await, Ok(()));
    }

    #[tokio::test]
    async fn a_token_without_kid_takes_the_only_key_of_its_algorithm() {
        let (key, other) = (new_key(), new_key());
        let nameless = with_header(&key, &json!({"alg": "EdDSA"}));
        let idp = Idp::with_keys(&[&key]);
        assert!(idp.claims(&nameless, EDDSA).await.is_ok());
        let idp = Idp::with_keys(&[&key, &other]);
        assert_eq!(refusal(idp.claims(&nameless, EDDSA).await), Some(Refusal::UnknownKid));
    }

    #[tokio::test]
    async fn huge_sets_are_read_in_part() {
        let (first, last) = (new_key(), new_key());
        let mut keys = vec![jwk(&first)];
        keys.extend((0..5000).map(|index| json!({"kid": index.to_string()})));
        keys.push(jwk(&last));
        let idp = Idp::new();
        idp.publish_jwks(&keys);
        assert_eq!(idp.check(&first).await, Ok(()));
        assert_eq!(idp.check(&last).await, Err(ErrorKind::InvalidToken));
    }
}

mod caching {
    use super::*;

    #[tokio::test]
    async fn keys_are_fetched_once_and_again_when_their_time_is_over() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        for _ in 0..100 {
            assert_eq!(idp.check(&key).await, Ok(()));
        }
        assert_eq!(idp.fetches(), 1);
        idp.pass_ttl();
        assert_eq!(idp.check(&key).await, Ok(()));
        idp.servers.arrived(2).await;
        assert_eq!(idp.fetches(), 2);
    }

    #[tokio::test]
    async fn a_new_key_is_found_after_the_cooldown() {
        let (old, new) = (new_key(), new_key());
        let idp = Idp::with_keys(&[&old]);
        assert_eq!(idp.check(&old).await, Ok(()));
        idp.publish(&[&old, &new]);
        assert_eq!(idp.check(&new).await, Err(ErrorKind::InvalidToken));
        idp.cool_down();
        assert_eq!(idp.check(&new).await, Ok(()));
        assert_eq!(idp.check(&old).await, Ok(()));
        assert_eq!(idp.fetches(), 2);
    }

    #[tokio::test]
    async fn a_key_that_was_taken_out_is_gone_with_the_next_fetch() {
        let (old, new) = (new_key(), new_key());
        let idp = Idp::with_keys(&[&old]);
        assert_eq!(idp.check(&old).await, Ok(()));
        idp.publish(&[&new]);
        idp.cool_down();
        assert_eq!(idp.check(&new).await, Ok(()));
        assert_eq!(idp.check(&old).await, Err(ErrorKind::InvalidToken));
    }

    #[tokio::test]
    async fn unknown_keys_cost_one_fetch_a_cooldown_and_disturb_nobody() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        assert_eq!(idp.check(&key).await, Ok(()));
        let stranger = new_key();
        for round in 1..=3 {
            idp.cool_down();
            for number in 0..10_000 {
                let header = json!({"alg": "EdDSA", "kid": format!("{round}-{number}")});
                let unsigned = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header.to_string()));
                assert_eq!(refusal(idp.key(&unsigned, EDDSA).await), Some(Refusal::UnknownKid));
            }
            assert_eq!(idp.check(&stranger).await, Err(ErrorKind::InvalidToken));
            assert_eq!(idp.check(&key).await, Ok(()));
            assert_eq!(idp.fetches(), 1 + round);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_thousand_at_once_make_one_fetch() {
        let (old, new) = (new_key(), new_key());
        for is_warm in [false, true] {
            let idp = Idp::with_keys(&[&old]);
            if is_warm {
                assert_eq!(idp.check(&old).await, Ok(()));
                idp.cool_down();
            }
            idp.publish(&[&old, &new]);
            let before = idp.fetches();
            let held = idp.servers.hold();
            let asking: Vec<_> = (0..1000)
                .map(|_| {
                    let (issuers, token) = (idp.issuers.clone(), token(&new));
                    tokio::spawn(async move {
                        issuers.key(&url(JWKS), &ForeignJws::parse(&token)?, EDDSA).await.map(drop)
                    })
                })
                .collect();
            idp.servers.arrived(before + 1).await;
            drop(held);
            for asked in asking {
                asked.await.unwrap().unwrap();
            }
            assert_eq!(idp.fetches(), before + 1);
        }
    }

    #[tokio::test]
    async fn a_fetch_goes_on_when_the_one_who_asked_hangs_up() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        let held = idp.servers.hold();
        let asking = tokio::spawn({
            let (issuers, token) = (idp.issuers.clone(), token(&key));
            async move { issuers.key(&url(JWKS), &ForeignJws::parse(&token)?, EDDSA).await.map(drop) }
        });
        idp.servers.arrived(1).await;
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        drop(held);
        assert_eq!(idp.check(&key).await, Ok(()));
        assert_eq!(idp.fetches(), 1);
    }

    #[tokio::test]
    async fn nobody_waits_for_a_renewal_while_the_copy_may_be_used() {
        let (old, new) = (new_key(), new_key());
        let idp = Idp::with_keys(&[&old]);
        assert_eq!(idp.check(&old).await, Ok(()));
        idp.publish(&[&new]);
        idp.pass_ttl();
        let held = idp.servers.hold();
        assert_eq!(idp.check(&old).await, Ok(()));
        idp.servers.arrived(2).await;
        assert_eq!(idp.check(&old).await, Ok(()));
        drop(held);
        // One who needs the new key waits for it, and then it is there for all.
        assert_eq!(idp.check(&new).await, Ok(()));
        assert_eq!(idp.check(&old).await, Err(ErrorKind::InvalidToken));
        assert_eq!(idp.fetches(), 2);
    }

    #[tokio::test]
    async fn an_issuer_that_fails_leaves_its_keys_in_use_for_a_while_and_then_none() {
        for bad in bad_documents() {
            let key = new_key();
            let idp = Idp::with_keys(&[&key]);
            assert_eq!(idp.check(&key).await, Ok(()));
            let answer = bad.clone();
            idp.servers.answer_by(Method::Get, JWKS, move |_| answer.clone());
            for _ in 0..3 {
                idp.clock.advance((idp.config.ttl + idp.config.max_stale) / 4);
                assert_eq!(idp.check(&key).await, Ok(()), "{bad:?}");
                // Who needs another key learns that it cannot be had now.
                assert_eq!(idp.check(&new_key()).await, Err(ErrorKind::ProviderError), "{bad:?}");
            }
            idp.clock.advance((idp.config.ttl + idp.config.max_stale) / 4 + Duration::from_secs(1));
            let error = idp.claims(&token(&key), EDDSA).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ProviderError, "{bad:?}");
            assert_eq!(error.retry_after(), Some(idp.config.cooldown));
            assert!(std::error::Error::source(&error).is_some());

            idp.publish(&[&key]);
            assert_eq!(idp.check(&key).await, Err(ErrorKind::ProviderError), "within the cooldown");
            idp.cool_down();
            assert_eq!(idp.check(&key).await, Ok(()));
        }
    }

    #[tokio::test]
    async fn an_issuer_that_is_down_is_asked_once_a_cooldown() {
        let idp = Idp::new();
        for attempt in 1..=3 {
            for _ in 0..100 {
                assert_eq!(idp.check(&new_key()).await, Err(ErrorKind::ProviderError));
            }
            assert_eq!(idp.fetches(), attempt);
            idp.cool_down();
        }
    }

    #[tokio::test]
    async fn a_clock_that_steps_back_keeps_no_copy_for_longer() {
        let (old, new) = (new_key(), new_key());
        let idp = Idp::with_keys(&[&old]);
        assert_eq!(idp.check(&old).await, Ok(()));
        idp.publish(&[&new]);
        idp.clock.step_back(Duration::from_secs(10 * 365 * 24 * 60 * 60));
        assert_eq!(idp.check(&new).await, Ok(()));
        assert_eq!(idp.check(&old).await, Err(ErrorKind::InvalidToken));
    }

    #[tokio::test]
    async fn a_fetch_that_panics_blocks_nobody() {
        let key = new_key();
        let idp = Idp::new();
        idp.servers.answer_by(Method::Get, JWKS, |_| panic!("a client of the application's own"));
        assert_eq!(idp.check(&key).await, Err(ErrorKind::ProviderError));
        idp.publish(&[&key]);
        idp.cool_down();
        assert_eq!(idp.check(&key).await, Ok(()));
    }
}

mod verifier {
    use super::*;

    async fn verify(verifier: &ForeignVerifier, token: &str) -> Result<Arc<Verified>, ErrorKind> {
        verifier.verify(&url(JWKS), token).await.map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn a_token_seen_before_is_not_verified_again() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        let verifier = ForeignVerifier::new(idp.issuers.clone(), EDDSA.to_vec());
        let token = token(&key);
        let first = verify(&verifier, &token).await.unwrap();
        assert_eq!(first.claims.required_text("sub").unwrap(), "u1");
        assert!(Arc::ptr_eq(&first, &verify(&verifier, &token).await.unwrap()));
        for wrong in [format!("{token}A"), token[1..].to_owned(), String::new()] {
            assert_eq!(verify(&verifier, &wrong).await.unwrap_err(), ErrorKind::InvalidToken);
        }
        let long = "A".repeat(MAX_FOREIGN_TOKEN_LEN + 1);
        assert_eq!(verify(&verifier, &long).await.unwrap_err(), ErrorKind::InvalidToken);
    }

    #[tokio::test]
    async fn what_was_verified_dies_with_its_key_and_lives_on_with_the_same_set() {
        let (old, new) = (new_key(), new_key());
        let idp = Idp::with_keys(&[&old]);
        let verifier = ForeignVerifier::new(idp.issuers.clone(), EDDSA.to_vec());
        let (old_token, new_token) = (token(&old), token(&new));
        let first = verify(&verifier, &old_token).await.unwrap();

        idp.cool_down();
        assert_eq!(verify(&verifier, &new_token).await.unwrap_err(), ErrorKind::InvalidToken);
        assert!(Arc::ptr_eq(&first, &verify(&verifier, &old_token).await.unwrap()), "nothing has changed");

        idp.publish(&[&new]);
        idp.cool_down();
        assert!(verify(&verifier, &new_token).await.is_ok());
        assert_eq!(verify(&verifier, &old_token).await.unwrap_err(), ErrorKind::InvalidToken);
    }

    #[tokio::test]
    async fn what_was_verified_dies_when_the_keys_cannot_be_had_for_too_long() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        let verifier = ForeignVerifier::new(idp.issuers.clone(), EDDSA.to_vec());
        let token = token(&key);
        assert!(verify(&verifier, &token).await.is_ok());
        idp.servers.fail(Method::Get, JWKS, OutboundFault::Timeout);
        idp.clock.advance(idp.config.ttl + idp.config.max_stale);
        assert!(verify(&verifier, &token).await.is_ok());
        idp.clock.advance(Duration::from_secs(60));
        assert_eq!(verify(&verifier, &token).await.unwrap_err(), ErrorKind::ProviderError);
    }
}

mod metadata {
    use super::*;

    fn document(issuer: &str) -> Value {
        json!({
            "issuer": issuer,
            "authorization_endpoint": "https://idp.example/authorize",
            "token_endpoint": "https://idp.example/token",
            "jwks_uri": JWKS,
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none", "ES512", "PS256"],
        })
    }

    fn answers(url: &str, document: &Value) -> Idp {
        let idp = Idp::new();
        idp.servers.answer_json(Method::Get, url, document);
        idp
    }

    async fn kind_of(idp: &Idp, issuer: &IssuerId) -> Option<ErrorKind> {
        idp.issuers.metadata(issuer).await.err().map(|error| error.kind())
    }

    #[tokio::test]
    async fn metadata_is_fetched_once() {
        let idp = answers(METADATA, &document(ISSUER));
        let issuer = IssuerId::parse(ISSUER).unwrap();
        let metadata = idp.issuers.metadata(&issuer).await.unwrap();
        assert_eq!(metadata.jwks_uri, Some(url(JWKS)));
        assert_eq!(metadata.id_token_algorithms(), [JwsAlgorithm::Es256, JwsAlgorithm::Ps256]);
        assert!(Arc::ptr_eq(&metadata, &idp.issuers.metadata(&issuer).await.unwrap()));
        assert_eq!(idp.servers.requests().len(), 1);
    }

    #[tokio::test]
    async fn rs256_is_what_an_issuer_signs_with_that_says_nothing() {
        let mut document = document(ISSUER);
        document.as_object_mut().unwrap().remove("id_token_signing_alg_values_supported");
        let idp = answers(METADATA, &document);
        let metadata = idp.issuers.metadata(&IssuerId::parse(ISSUER).unwrap()).await.unwrap();
        assert_eq!(metadata.id_token_algorithms(), [JwsAlgorithm::Rs256]);
    }

    #[tokio::test]
    async fn metadata_of_another_issuer_is_refused() {
        for other in [
            "https://idp.example/",
            "https://IDP.example",
            "https://idp.example:443",
            "https://idp.example/x",
            "http://idp.example",
            "https://evil.example",
            "",
        ] {
            let idp = answers(METADATA, &document(other));
            let issuer = IssuerId::parse(ISSUER).unwrap();
            assert_eq!(kind_of(&idp, &issuer).await, Some(ErrorKind::ProviderError), "{other}");
        }
        let idp = answers(METADATA, &json!({"token_endpoint": "https://idp.example/token"}));
        assert!(kind_of(&idp, &IssuerId::parse(ISSUER).unwrap()).await.is_some());
    }

    #[tokio::test]
    async fn metadata_with_an_endpoint_that_may_not_be_called_is_refused() {
        let issuer = IssuerId::parse(ISSUER).unwrap();
        for member in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "end_session_endpoint",
            "revocation_endpoint",
            "introspection_endpoint",
            "device_authorization_endpoint",
        ] {
            for bad in [
                "http://idp.example/",
                "https://169.254.169.254/",
                "https://localhost/",
                "file:///etc/passwd",
                "javascript:alert(1)",
                "/relative",
                "https://user:pw@idp.example/",
                "",
            ] {
                let mut document = document(ISSUER);
                document[member] = json!(bad);
                let idp = answers(METADATA, &document);
                assert_eq!(kind_of(&idp, &issuer).await, Some(ErrorKind::ProviderError), "{member} {bad}");
            }
        }
    }

    #[tokio::test]
    async fn a_template_must_be_what_the_metadata_says() {
        let template = "https://idp.example/{tenantid}/v2.0";
        let at = "https://idp.example/common/v2.0/.well-known/openid-configuration";
        let many = IssuerId::template("https://idp.example/common/v2.0", template).unwrap();
        assert_eq!(kind_of(&answers(at, &document(template)), &many).await, None);
        for other in ["https://idp.example/{tenant}/v2.0", "https://idp.example/common/v2.0", ISSUER] {
            assert!(kind_of(&answers(at, &document(other)), &many).await.is_some(), "{other}");
        }
        // A template that the metadata brings along, unasked, is none.
        let one = IssuerId::parse("https://idp.example/common/v2.0").unwrap();
        assert!(kind_of(&answers(at, &document(template)), &one).await.is_some());
    }

    #[tokio::test]
    async fn what_is_no_metadata_is_refused() {
        let issuer = IssuerId::parse(ISSUER).unwrap();
        for bad in bad_documents() {
            let idp = Idp::new();
            let answer = bad.clone();
            idp.servers.answer_by(Method::Get, METADATA, move |_| answer.clone());
            assert_eq!(kind_of(&idp, &issuer).await, Some(ErrorKind::ProviderError), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn authorization_servers_that_are_no_openid_providers_are_asked_elsewhere() {
        let issuer = IssuerId::parse(ISSUER).unwrap();
        let idp = answers(SERVER_METADATA, &document(ISSUER));
        idp.servers.answer(Method::Get, METADATA, OutboundResponse::new(404, ""));
        assert!(idp.issuers.server_metadata(&issuer).await.is_ok());
        assert_eq!(kind_of(&idp, &issuer).await, Some(ErrorKind::ProviderError));

        let down = answers(SERVER_METADATA, &document(ISSUER));
        down.servers.fail(Method::Get, METADATA, OutboundFault::Timeout);
        assert!(down.issuers.server_metadata(&issuer).await.is_err());
        assert!(down.servers.requests_to(Method::Get, SERVER_METADATA).is_empty());

        let other = answers(SERVER_METADATA, &document("https://evil.example"));
        other.servers.answer(Method::Get, METADATA, OutboundResponse::new(404, ""));
        assert!(other.issuers.server_metadata(&issuer).await.is_err());
    }
}
