use serde::Deserialize;

use super::settings::configuration_error;
use super::*;
use crate::password::PasswordConfig;

/// What `tests/fixtures/coming-from/make_hashes.py` made with PyJWT and python-jose.
const TOKENS: &str = include_str!("../../../../tests/fixtures/coming-from/tokens.json");

/// A token of ours, which both of them took when the script ran.
const OURS: &str = include_str!("../../../../tests/fixtures/coming-from/ours.json");

const SECRET: &str = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7";

#[derive(Deserialize)]
struct Made {
    library: String,
    name: String,
    token: String,
}

fn made() -> Vec<Made> {
    serde_json::from_str(TOKENS).unwrap()
}

fn token(library: &str, name: &str) -> String {
    made().into_iter().find(|made| made.library == library && made.name == name).unwrap().token
}

fn tutorial() -> SharedSecretJwt {
    SharedSecretJwt::hs256(SECRET).unwrap()
}

fn full() -> SharedSecretJwt {
    tutorial().issuer("my-flask-app").audience("my-api")
}

fn johndoe(jwt: &SharedSecretJwt, token: &str) -> bool {
    jwt.decode(token, at(NOW)).is_ok_and(|claims| claims.text("sub").unwrap() == Some("johndoe"))
}

#[test]
fn tokens_of_pyjwt_and_python_jose_are_taken_by_whoever_is_configured_for_them() {
    assert_eq!(made().len(), 15);
    for Made { library, name, token } in made() {
        assert_eq!(johndoe(&tutorial(), &token), name == "tutorial", "{library}: {name}");
        assert_eq!(johndoe(&full(), &token), name == "full", "{library}: {name}");
        let short = SharedSecretJwt::insecure_short_secret("secret").unwrap();
        assert_eq!(johndoe(&short, &token), name == "short key", "{library}: {name}");
    }
    let expired = token("PyJWT", "expired");
    assert!(tutorial().decode(&expired, at(1_700_000_000)).is_ok());
    assert!(
        tutorial().issuer("my-flask-app").decode(&token("PyJWT", "full"), at(NOW)).is_err(),
        "an audience"
    );
    assert!(tutorial().audience("my-api").decode(&token("PyJWT", "full"), at(NOW)).is_err(), "an issuer");
}

#[test]
fn tokens_of_ours_are_what_pyjwt_and_python_jose_have_read() {
    let ours: Value = serde_json::from_str(OURS).unwrap();
    let jwt = tutorial().issuer("my-rust-app").audience("my-api");
    let encoded = jwt.encode(&json!({"sub": "alice", "exp": 1}), at(4_000_000_000)).unwrap();
    assert_eq!(encoded, ours["token"].as_str().unwrap());
    assert_eq!(*jwt.decode(&encoded, at(NOW)).unwrap().as_map(), *ours["claims"].as_object().unwrap());
    assert!(jwt.encode(&"alice", at(NOW)).is_err());
}

#[tokio::test]
async fn a_guard_takes_them_and_the_application_says_whose_they_are() {
    let table = Table::default();
    let world = world_with(|builder| {
        let builder = builder.outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API));
        let builder = builder.shared_secret_tokens(tutorial()).shared_secret_tokens(full());
        builder.map_outside_users(JohnDoe(table.clone()))
    })
    .await;
    table.0.lock().unwrap().insert("johndoe".into(), Some(world.system.alice.id.clone()));
    let as_user = oauth_required().and(login_required());
    let caller = world.guard(&as_user, &token("PyJWT", "tutorial")).await.unwrap().unwrap();
    assert_eq!(caller.acting_user().unwrap().id, world.system.alice.id);
    assert!(world.guard(&require_oauth("reports:read"), &token("python-jose", "full")).await.is_ok());
    assert!(world.accepts(&world.idp.token()).await, "the other issuer's tokens are still its own affair");
    for refused in ["expired", "wrong key", "short key", "endless", "other algorithm"] {
        assert!(!world.accepts(&token("PyJWT", refused)).await, "{refused}");
    }
    assert!(!world.accepts(&token("PyJWT", "none")).await);
    let in_its_name =
        tutorial().issuer(ISSUER).encode(&json!({"sub": "u1", "aud": API}), at(NOW + 60)).unwrap();
    assert!(!world.accepts(&in_its_name).await, "a shared secret does not speak for another issuer");
    let in_ours =
        tutorial().issuer("http://localhost:3000").encode(&json!({"sub": "u1"}), at(NOW + 60)).unwrap();
    assert!(!world.accepts(&in_ours).await);
}

/// Maps subjects of tokens that name no issuer.
#[derive(Clone, Debug)]
struct JohnDoe(Table);

#[async_trait]
impl OutsideUsers for JohnDoe {
    async fn user_of(&self, token: &OutsideToken) -> Result<Option<UserId>, Error> {
        let table = self.0.0.lock().unwrap();
        let is_shared = token.issuer().is_empty();
        Ok(table.get(token.subject().unwrap_or_default()).filter(|_| is_shared).cloned().flatten())
    }
}

#[tokio::test]
async fn secrets_follow_one_another() {
    let old = SharedSecretJwt::hs256("the secret of last year, 32 bytes long").unwrap();
    let world =
        world_with(|builder| builder.shared_secret_tokens(tutorial()).shared_secret_tokens(old)).await;
    assert!(world.accepts(&token("PyJWT", "tutorial")).await);
    let old = SharedSecretJwt::hs256("the secret of last year, 32 bytes long").unwrap();
    assert!(world.accepts(&old.encode(&json!({"sub": "x"}), at(NOW + 60)).unwrap()).await);
}

#[tokio::test]
async fn no_client_for_requests_is_needed_where_only_a_secret_is_shared() {
    assert!(crate::tests::builder().shared_secret_tokens(tutorial()).build().await.is_ok());
}

#[tokio::test]
async fn secrets_that_cannot_be_meant_are_refused_at_start() {
    for short in ["", "secret", &"x".repeat(31)] {
        assert!(SharedSecretJwt::hs256(short).unwrap_err().to_string().contains("32 bytes"));
    }
    assert!(SharedSecretJwt::insecure_short_secret("").is_err());
    let short = || SharedSecretJwt::insecure_short_secret("secret").unwrap();
    assert!(crate::tests::builder().shared_secret_tokens(short()).build().await.is_ok());
    let said = configuration_error(|builder| {
        let builder = builder.base_url("https://app.example").password(PasswordConfig::default());
        builder.shared_secret_tokens(short())
    });
    assert!(said.await.contains("localhost only"));
    let said = configuration_error(|builder| {
        builder.shared_secret_tokens(tutorial().issuer("http://localhost:3000"))
    });
    assert!(said.await.contains("this application"));
    let said = configuration_error(|builder| {
        builder.shared_secret_tokens(tutorial().leeway(Duration::from_secs(61)))
    });
    assert!(said.await.contains("60 seconds"));
    let said = configuration_error(|builder| {
        builder
            .shared_secret_tokens(tutorial().issuer(ISSUER))
            .outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API))
    });
    assert!(said.await.contains("shared secret"));
}

/// PyJWT's `jwt.encode({"sub": "johndoe", "exp": 4000000000}, key, algorithm="HS256")` by a key of bytes, in PyJWT 2.15.1.
#[test]
fn a_key_of_bytes_is_given_as_such_or_in_base64_or_hexadecimal() {
    let key: Vec<u8> = (0..=255).rev().step_by(5).collect();
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJqb2huZG9lIiwiZXhwIjo0MDAwMDAwMDAwfQ.g8uWv-1Ys3-P0bs6b2D7Fc7d06tWIYlQvYS-VCt8toA";
    let base64 = "//r18Ovm4dzX0s3Iw765tK+qpaCblpGMh4J9eHNuaWRfWlVQS0ZBPDcyLSgjHhkUDwoFAA==";
    let url_safe = base64.replace('+', "-").replace('/', "_").replace('=', "");
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    for jwt in [
        SharedSecretJwt::hs256_bytes(&key),
        SharedSecretJwt::hs256_base64(base64),
        SharedSecretJwt::hs256_base64(url_safe + "\n"),
        SharedSecretJwt::hs256_hex(hex.to_uppercase()),
        SharedSecretJwt::hs256_hex(hex.clone()),
    ] {
        assert!(johndoe(&jwt.unwrap(), token));
    }
    // Nothing is decoded that is not said to be encoded.
    for text in [base64, &hex] {
        assert!(!johndoe(&SharedSecretJwt::hs256(text).unwrap(), token));
    }
    for wrong in ["not base64!", "", "AAAA"] {
        assert!(SharedSecretJwt::hs256_base64(wrong).is_err(), "{wrong}");
    }
    for wrong in ["0x00", "abc", "", &hex[..62], &"zz".repeat(32)] {
        assert!(SharedSecretJwt::hs256_hex(wrong).is_err(), "{wrong}");
    }
    let error = SharedSecretJwt::hs256_hex(format!("{hex}z")).unwrap_err();
    assert!(!format!("{error:?}").contains(&hex));
}

#[test]
fn debug_shows_no_secret() {
    assert!(!format!("{:?}", full()).contains(SECRET));
}
