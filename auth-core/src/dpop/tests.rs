use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::proof::{Expected, Proof};
use super::uri::normal;
use super::{Proofs, ProofsParts};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, Place, request};
use crate::key::{ApplicationSecrets, SigningAlgorithm, SigningKey};
use crate::random::OsRandom;
use crate::store::{Backend as _, MemoryStore};
use crate::testing::ManualClock;

const SECRET: &str = "Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const URL: &str = "https://app.example/private";

/// A client with a key, and the server that it asks.
struct World {
    key: SigningKey,
    clock: Arc<ManualClock>,
    proofs: Proofs,
}

impl World {
    fn new(are_nonces_wanted: bool) -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let proofs = Proofs::new(ProofsParts {
            origin: "https://app.example",
            place: Place::new("", ""),
            are_nonces_wanted,
            secrets: &ApplicationSecrets::from_text(SECRET).unwrap(),
            store: MemoryStore::new().stores().short_lived,
            clock: clock.clone(),
        });
        Self { key: SigningKey::generate(SigningAlgorithm::EdDsa, &OsRandom).unwrap(), clock, proofs }
    }

    fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": self.key.public_jwk().unwrap()})
    }

    fn claims(&self) -> Value {
        json!({"htm": "GET", "htu": URL, "iat": NOW.unix_seconds(), "jti": "1"})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(input.as_bytes()).unwrap());
        format!("{input}.{signature}")
    }

    /// A proof with these claims changed.
    fn proof(&self, changes: &[(&str, Value)]) -> String {
        let mut claims = self.claims();
        changes.iter().for_each(|(name, value)| claims[*name] = value.clone());
        self.sign(&self.header(), &claims)
    }

    async fn takes(&self, proof: &str) -> Result<Option<String>, ErrorKind> {
        self.proofs.key_of(&with(proof)).await.map_err(|error: Error| error.kind())
    }
}

fn with(proof: &str) -> AuthRequest {
    request("GET", "/private?page=2", &[("dpop", proof)])
}

fn refused() -> Result<Option<String>, ErrorKind> {
    Err(ErrorKind::InvalidDpopProof)
}

#[test]
fn the_proofs_of_rfc_9449_sections_4_1_and_7_1_are_read() {
    let header = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJo\
                  RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19";
    let endpoint = "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0\
                    IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let resource = "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRy\
                    ZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35\
                    yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    let at = |method, url, token| Expected { method, url, token };
    let endpoint = format!("{header}.{endpoint}");
    let read = Proof::read(&endpoint, &at("POST", "https://server.example.com/token", None)).unwrap();
    assert_eq!(read.thumbprint, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!((read.jti.as_str(), read.made_at.unix_seconds()), ("-BwC3ESc6acc2lTc", 1_562_262_616));
    let (resource, url) = (format!("{header}.{resource}"), "https://resource.example.org/protectedresource");
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    assert!(Proof::read(&resource, &at("GET", url, Some(token))).is_ok());
    assert!(Proof::read(&resource, &at("GET", url, Some("another"))).is_err());
    assert!(Proof::read(&endpoint, &at("POST", "https://server.example.com/token", Some(token))).is_err());
}

#[tokio::test]
async fn a_proof_is_taken_once_and_names_its_key() {
    let world = World::new(false);
    let proof = world.proof(&[]);
    let jkt = world.key.kid().to_owned();
    assert_eq!(world.takes(&proof).await, Ok(Some(jkt.clone())));
    assert_eq!(world.takes(&proof).await, refused());
    assert_eq!(world.takes(&world.proof(&[("iat", json!(NOW.unix_seconds() + 1))])).await, refused());
    assert_eq!(world.takes(&world.proof(&[("jti", json!("2"))])).await, Ok(Some(jkt)));
    assert_eq!(world.proofs.key_of(&request("GET", "/private", &[])).await.unwrap(), None);
}

#[tokio::test]
async fn what_a_header_may_not_say_is_refused() {
    let world = World::new(false);
    let refuses = async |name: &str, value: Value| {
        let mut header = world.header();
        header[name] = value.clone();
        assert_eq!(world.takes(&world.sign(&header, &world.claims())).await, refused(), "{name} {value}");
    };
    for typ in ["JWT", "at+jwt", "", "dpop+jwt "] {
        refuses("typ", json!(typ)).await;
    }
    for alg in ["none", "HS256", "ES256", "RS256", "eddsa", ""] {
        refuses("alg", json!(alg)).await;
    }
    for name in ["crit", "b64", "jku", "x5c", "x5u", "zip", "enc"] {
        refuses(name, json!(["x"])).await;
    }
    let public = world.header()["jwk"].clone();
    let mut private = public.clone();
    private["d"] = public["x"].clone();
    let another = SigningKey::generate(SigningAlgorithm::EdDsa, &OsRandom).unwrap();
    for jwk in
        [private, json!({"kty": "oct", "k": "AAAA"}), json!(another.public_jwk()), json!(null), json!("x")]
    {
        refuses("jwk", jwk).await;
    }
    // None of them has used it up.
    assert!(world.takes(&world.proof(&[])).await.is_ok());
}

#[tokio::test]
async fn what_is_not_for_the_request_is_refused() {
    let world = World::new(false);
    let now = NOW.unix_seconds();
    for (name, wrong) in [
        ("htm", json!("POST")),
        ("htm", json!("get")),
        ("htm", json!(null)),
        ("htu", json!("https://app.example/")),
        ("htu", json!("https://app.example/private/")),
        ("htu", json!("http://app.example/private")),
        ("htu", json!("https://app.example:8443/private")),
        ("htu", json!("https://evil.example/private")),
        ("htu", json!("/private")),
        ("htu", json!(null)),
        ("iat", json!(now - 60)),
        ("iat", json!(now + 61)),
        ("iat", json!(now.to_string())),
        ("iat", json!(null)),
        ("iat", json!(1e300)),
        ("jti", json!("")),
        ("jti", json!("x".repeat(256))),
        ("jti", json!(1)),
        ("jti", json!(null)),
        ("nonce", json!(1)),
        ("nonce", json!(null)),
    ] {
        assert_eq!(world.takes(&world.proof(&[(name, wrong.clone())])).await, refused(), "{name} {wrong}");
    }
    let proof = world.proof(&[]);
    for text in ["", "x", "a.b.c", &proof[..proof.len() - 2], &format!("{proof}."), &"x".repeat(5000)] {
        assert_eq!(world.takes(text).await, refused(), "{text}");
    }
    let twice = request("GET", "/private", &[("dpop", &proof), ("dpop", &proof)]);
    assert_eq!(world.proofs.key_of(&twice).await.unwrap_err().kind(), ErrorKind::InvalidDpopProof);
    assert!(world.takes(&proof).await.is_ok());
}

#[tokio::test]
async fn a_proof_is_remembered_for_as_long_as_it_is_taken() {
    let world = World::new(false);
    let ahead = world.proof(&[("iat", json!(NOW.unix_seconds() + 60))]);
    assert!(world.takes(&ahead).await.is_ok());
    world.clock.advance(Duration::from_secs(119));
    assert_eq!(world.takes(&ahead).await, refused());
    let next = world.proof(&[("iat", json!(NOW.unix_seconds() + 119)), ("jti", json!("next"))]);
    assert!(world.takes(&next).await.is_ok());
}

#[tokio::test]
async fn a_nonce_of_ours_is_good_for_five_minutes_whatever_the_clients_clock_says() {
    let world = World::new(true);
    assert_eq!(world.takes(&world.proof(&[])).await, Err(ErrorKind::UseDpopNonce));
    let nonce = world.proofs.nonce();
    let bearing = |jti: &str, nonce: &str| {
        world.proof(&[("jti", json!(jti)), ("nonce", json!(nonce)), ("iat", json!(1))])
    };
    let proof = bearing("a", &nonce);
    assert!(world.takes(&proof).await.is_ok());
    world.clock.advance(Duration::from_secs(299));
    assert_eq!(world.takes(&proof).await, refused(), "it was used");
    assert!(world.takes(&bearing("b", &nonce)).await.is_ok());
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.takes(&bearing("c", &nonce)).await, Err(ErrorKind::UseDpopNonce));
    let other = World::new(true);
    let changed = nonce.replacen(&nonce[..4], "AAAA", 1);
    for wrong in ["", "x", &changed, &nonce[1..]] {
        let proof = other.proof(&[("nonce", json!(wrong))]);
        assert_eq!(other.takes(&proof).await, Err(ErrorKind::UseDpopNonce), "{wrong}");
    }
    assert_eq!(other.proofs.next_nonce(&request("GET", "/", &[])), None);
    assert!(other.proofs.next_nonce(&with("x")).is_some());
    assert_eq!(World::new(false).proofs.next_nonce(&with("x")), None);
}

#[tokio::test]
async fn the_path_of_the_base_url_is_part_of_the_url() {
    let world = World::new(false);
    let parts = ProofsParts {
        origin: "https://app.example",
        place: Place::new("/shop", ""),
        are_nonces_wanted: false,
        secrets: &ApplicationSecrets::from_text(SECRET).unwrap(),
        store: MemoryStore::new().stores().short_lived,
        clock: world.clock.clone(),
    };
    let proofs = Proofs::new(parts);
    let proof = |jti: &str, url: &str| world.proof(&[("jti", json!(jti)), ("htu", json!(url))]);
    let whole = "https://app.example/shop/private";
    for (jti, path) in [("1", "/shop/private"), ("2", "/private")] {
        let taken = proofs.key_of(&request("GET", path, &[("dpop", &proof(jti, whole))])).await;
        assert!(taken.is_ok(), "{path}");
        let other = proof(jti, URL);
        assert!(proofs.key_of(&request("GET", path, &[("dpop", &other)])).await.is_err(), "{path}");
    }
}

#[test]
fn urls_are_compared_in_their_one_spelling() {
    for same in [
        "https://app.example/a%20b/~c",
        "HTTPS://APP.example:443/a%20b/%7ec",
        "https://app.example/x/../a%20b/~%63?query#fragment",
    ] {
        assert_eq!(normal(same).as_deref(), Some("https://app.example:443/a%20b/~c"), "{same}");
    }
    assert_eq!(normal("https://app.example/%c3%A9%").as_deref(), Some("https://app.example:443/%C3%A9%"));
    assert_ne!(normal("https://app.example/a%2Fb"), normal("https://app.example/a/b"));
    assert_ne!(normal("https://app.example/a"), normal("https://app.example/a/"));
    for none in [
        "",
        "app.example/a",
        "ftp://app.example/a",
        "https://u@app.example/a",
        "https://app.example/a b",
        "https:\\\\app.example",
    ] {
        assert_eq!(normal(none), None, "{none}");
    }
}
