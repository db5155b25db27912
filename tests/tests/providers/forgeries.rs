//! ID tokens that are not quite right, and some that are, each a change of a good one (OpenID Connect Core 1.0 section 3.1.3.7;
//! RFC 8725 section 3).

use auth_core::key::SigningAlgorithm;
use conformance::{CLIENT, IdToken, Key, Signature};
use serde_json::json;

/// A change, and whether what comes of it still is a good token.
pub(crate) struct Forgery {
    pub(crate) name: &'static str,
    pub(crate) change: fn(&mut IdToken),
    pub(crate) is_good: bool,
}

const fn bad(name: &'static str, change: fn(&mut IdToken)) -> Forgery {
    Forgery { name, change, is_good: false }
}

const fn good(name: &'static str, change: fn(&mut IdToken)) -> Forgery {
    Forgery { name, change, is_good: true }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Forgery> {
    [SIGNATURES.as_slice(), &HEADERS, &ISSUERS, &AUDIENCES, &TIMES, &NONCES, &SUBJECTS, &HARMLESS]
        .into_iter()
        .flatten()
}

/// A key that nobody published.
fn stranger() -> Key {
    Key::generate(SigningAlgorithm::EdDsa, 666)
}

fn unsigned(token: &mut IdToken, alg: &str) {
    token.header["alg"] = json!(alg);
    token.signature = Signature::Missing;
}

fn own_key(token: &IdToken) -> Key {
    match &token.signature {
        Signature::Key(key) => key.clone(),
        _ => unreachable!("nothing was changed yet"),
    }
}

fn by_hmac(token: &mut IdToken, key: &[u8]) {
    token.header["alg"] = json!("HS256");
    token.signature = Signature::Hmac(key.to_vec());
}

/// The header's own idea of the key.
fn by_stranger(token: &mut IdToken) {
    token.header["alg"] = json!("EdDSA");
    token.signature = Signature::Key(stranger());
}

const SIGNATURES: [Forgery; 14] = [
    bad("alg none", |token| unsigned(token, "none")),
    bad("alg None", |token| unsigned(token, "None")),
    bad("alg NONE", |token| unsigned(token, "NONE")),
    bad("alg nOnE", |token| unsigned(token, "nOnE")),
    bad("alg empty", |token| unsigned(token, "")),
    bad("signature missing", |token| token.signature = Signature::Missing),
    bad("signature of something else", |token| token.signature = Signature::Wrong),
    bad("HS256 by the client secret", |token| by_hmac(token, CLIENT.1.as_bytes())),
    bad("HS256 by the public key", |token| {
        let jwk = own_key(token).jwk().to_string();
        by_hmac(token, jwk.as_bytes());
    }),
    bad("HS256 by nothing", |token| by_hmac(token, b"")),
    bad("a key of somebody else under the right kid", by_stranger),
    bad("a key of somebody else under its own kid", |token| {
        token.header["kid"] = stranger().jwk()["kid"].clone();
        by_stranger(token);
    }),
    bad("a key of somebody else without kid", |token| {
        token.header.as_object_mut().unwrap().remove("kid");
        by_stranger(token);
    }),
    bad("another algorithm than the key's", |token| token.header["alg"] = json!("ES384")),
];

const HEADERS: [Forgery; 9] = [
    bad("a key that the token brings along", |token| {
        token.header["jwk"] = stranger().jwk();
        by_stranger(token);
    }),
    bad("a key that the token points to", |token| {
        token.header["jku"] = json!("http://127.0.0.1:9/jwks");
        by_stranger(token);
    }),
    bad("a certificate that the token points to", |token| {
        token.header["x5u"] = json!("http://127.0.0.1:9/cert");
        by_stranger(token);
    }),
    bad("an unknown critical extension", |token| {
        token.header["crit"] = json!(["exp"]);
        token.header["exp"] = json!(1);
    }),
    bad("an empty list of critical extensions", |token| token.header["crit"] = json!([])),
    bad("an unencoded payload", |token| {
        token.header["b64"] = json!(false);
        token.header["crit"] = json!(["b64"]);
    }),
    bad("the type of access tokens", |token| token.header["typ"] = json!("at+jwt")),
    bad("the type of logout tokens", |token| token.header["typ"] = json!("logout+jwt")),
    bad("a claim named twice", |token| {
        let claims = token.claims.to_string();
        token.payload = Some(format!("{{\"sub\":\"victim\",{}", &claims[1..]));
    }),
];

const ISSUERS: [Forgery; 6] = [
    bad("iss missing", |token| token.without("iss")),
    bad("iss of somebody else", |token| token.claims["iss"] = json!("https://evil.example")),
    bad("iss with a slash more", |token| {
        token.claims["iss"] = json!(format!("{}/", token.claims["iss"].as_str().unwrap()));
    }),
    bad("iss in capitals", |token| {
        token.claims["iss"] = json!(token.claims["iss"].as_str().unwrap().to_uppercase());
    }),
    bad("iss as a list", |token| token.claims["iss"] = json!([token.claims["iss"]])),
    bad("iss null", |token| token.claims["iss"] = json!(null)),
];

const AUDIENCES: [Forgery; 10] = [
    bad("aud missing", |token| token.without("aud")),
    bad("aud empty", |token| token.claims["aud"] = json!([])),
    bad("aud of another client", |token| token.claims["aud"] = json!("another-client")),
    bad("aud with ours in it", |token| token.claims["aud"] = json!(format!("{}-2", CLIENT.0))),
    bad("aud in capitals", |token| token.claims["aud"] = json!(CLIENT.0.to_uppercase())),
    bad("aud as a number", |token| token.claims["aud"] = json!(1)),
    bad("several aud without azp", |token| token.claims["aud"] = json!([CLIENT.0, "another-client"])),
    bad("several aud, azp another", |token| {
        token.claims["aud"] = json!([CLIENT.0, "another-client"]);
        token.claims["azp"] = json!("another-client");
    }),
    bad("azp another", |token| token.claims["azp"] = json!("another-client")),
    bad("azp alone", |token| {
        token.claims["aud"] = json!("another-client");
        token.claims["azp"] = json!(CLIENT.0);
    }),
];

const TIMES: [Forgery; 13] = [
    bad("exp missing", |token| token.without("exp")),
    bad("exp over", |token| token.shift("exp", -600 - 120)),
    bad("exp as text", |token| token.claims["exp"] = json!(token.claims["exp"].to_string())),
    bad("exp null", |token| token.claims["exp"] = json!(null)),
    bad("exp an object", |token| token.claims["exp"] = json!({})),
    bad("exp beyond all numbers", |token| token.claims["exp"] = json!(1e308)),
    bad("exp negative", |token| token.claims["exp"] = json!(-1)),
    bad("iat missing", |token| token.without("iat")),
    bad("iat ahead", |token| token.shift("iat", 120)),
    bad("iat eleven minutes ago and more", |token| token.shift("iat", -661)),
    bad("iat long ago", |token| token.shift("iat", -24 * 60 * 60)),
    bad("iat as text", |token| token.claims["iat"] = json!(token.claims["iat"].to_string())),
    bad("nbf ahead", |token| token.claims["nbf"] = json!(token.claims["iat"].as_i64().unwrap() + 300)),
];

const NONCES: [Forgery; 6] = [
    bad("nonce missing", |token| token.without("nonce")),
    bad("nonce of somebody else", |token| {
        token.claims["nonce"] = json!("bm9uY2Ugb2Ygc29tZWJvZHkgZWxzZSwgMzIgYnl0ZXM")
    }),
    bad("nonce empty", |token| token.claims["nonce"] = json!("")),
    bad("nonce in small letters", |token| {
        token.claims["nonce"] = json!(token.claims["nonce"].as_str().unwrap().to_lowercase());
    }),
    bad("nonce as a list", |token| token.claims["nonce"] = json!([token.claims["nonce"]])),
    bad("nonce null", |token| token.claims["nonce"] = json!(null)),
];

const SUBJECTS: [Forgery; 7] = [
    bad("sub missing", |token| token.without("sub")),
    bad("sub empty", |token| token.claims["sub"] = json!("")),
    bad("sub a number", |token| token.claims["sub"] = json!(1)),
    bad("sub null", |token| token.claims["sub"] = json!(null)),
    bad("sub longer than any", |token| token.claims["sub"] = json!("s".repeat(256))),
    bad("at_hash of another token", |token| token.claims["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ")),
    bad("at_hash empty", |token| token.claims["at_hash"] = json!("")),
];

const HARMLESS: [Forgery; 15] = [
    good("nothing changed", |_| {}),
    good("aud as a list", |token| token.claims["aud"] = json!([CLIENT.0])),
    good("azp ours", |token| token.claims["azp"] = json!(CLIENT.0)),
    good("several aud, azp ours", |token| {
        token.claims["aud"] = json!(["another-client", CLIENT.0]);
        token.claims["azp"] = json!(CLIENT.0);
    }),
    good("typ absent", |token| drop(token.header.as_object_mut().unwrap().remove("typ"))),
    good("typ in small letters", |token| token.header["typ"] = json!("jwt")),
    good("kid absent", |token| drop(token.header.as_object_mut().unwrap().remove("kid"))),
    good("at_hash absent", |token| token.without("at_hash")),
    good("auth_time absent", |token| token.without("auth_time")),
    good("claims that nobody asked for", |token| {
        token.claims["https://example.com/roles"] = json!(["admin"])
    }),
    good("a clock that is half a minute ahead", |token| token.shift("iat", 30)),
    good("nbf a minute ago", |token| {
        token.claims["nbf"] = json!(token.claims["iat"].as_i64().unwrap() - 60);
    }),
    good("iat and nbf five minutes ago, as Entra dates them", |token| {
        token.shift("iat", -300);
        token.claims["nbf"] = token.claims["iat"].clone();
    }),
    good("iat ten minutes ago", |token| token.shift("iat", -600)),
    good("sub as long as may be", |token| token.claims["sub"] = json!("s".repeat(255))),
];
