//! Keys from PEM files.

use super::*;

/// The key of RFC 8410 section 10.3.
const ED25519: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----\n";
const P256_PKCS8: &str = include_str!("../testdata/p256_pkcs8.pem");
const P256_SEC1: &str = include_str!("../testdata/p256_sec1.pem");
const P384_SEC1: &str = include_str!("../testdata/p384_sec1.pem");
const P384_PKCS8: &str = include_str!("../testdata/p384_pkcs8.pem");
const RSA_PKCS8: &str = include_str!("../testdata/rsa2048_pkcs8.pem");
const RSA_PKCS1: &str = include_str!("../testdata/rsa2048_pkcs1.pem");
const RSA_SHORT: &str = include_str!("../testdata/rsa1024_pkcs8.pem");
const RSA_E3: &str = include_str!("../testdata/rsa2048_e3_pkcs8.pem");

fn kid(algorithm: SigningAlgorithm, pem: &str) -> Result<String, Error> {
    let key = SigningKey::from_pem(algorithm, pem)?;
    let signature = key.sign(b"message")?;
    assert!(key.verifying_key().is_valid(b"message", &signature));
    Ok(key.kid().to_owned())
}

#[test]
fn every_usual_form_is_read() {
    assert!(kid(SigningAlgorithm::EdDsa, ED25519).is_ok());
    let p256 = kid(SigningAlgorithm::Es256, P256_PKCS8).unwrap();
    assert_eq!(kid(SigningAlgorithm::Es256, P256_SEC1).unwrap(), p256);
    assert_eq!(kid(SigningAlgorithm::Es256, &P256_SEC1.replace('\n', "\\n")).unwrap(), p256);
    assert_eq!(kid(SigningAlgorithm::Es256, &P256_SEC1.replace('\n', "\r\n")).unwrap(), p256);
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn both_forms_of_rsa_are_read() {
    let rsa = kid(SigningAlgorithm::Rs256, RSA_PKCS8).unwrap();
    assert_eq!(kid(SigningAlgorithm::Rs256, RSA_PKCS1).unwrap(), rsa);
}

#[cfg(not(feature = "aws-lc-rs"))]
#[test]
fn rs256_signing_is_refused_without_aws_lc() {
    for pem in [RSA_PKCS8, RSA_PKCS1] {
        assert!(kid(SigningAlgorithm::Rs256, pem).unwrap_err().to_string().contains("aws-lc-rs"));
    }
    assert!(SigningKey::generate(SigningAlgorithm::Rs256, &OsRandom).is_err());
}

#[test]
fn weak_or_unfitting_keys_are_refused() {
    for (algorithm, pem) in [
        (SigningAlgorithm::Rs256, RSA_SHORT),
        (SigningAlgorithm::Rs256, RSA_E3),
        (SigningAlgorithm::Es256, P384_SEC1),
        (SigningAlgorithm::Es256, P384_PKCS8),
        (SigningAlgorithm::Es256, ED25519),
        (SigningAlgorithm::EdDsa, P256_PKCS8),
        (SigningAlgorithm::EdDsa, P256_SEC1),
        (SigningAlgorithm::Rs256, P256_SEC1),
        (SigningAlgorithm::Hs256, ED25519),
        (SigningAlgorithm::EdDsa, ""),
        (SigningAlgorithm::EdDsa, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        (SigningAlgorithm::EdDsa, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
    ] {
        assert_eq!(kid(algorithm, pem).unwrap_err().kind(), ErrorKind::Configuration, "{algorithm} {pem}");
    }
    assert!(kid(SigningAlgorithm::EdDsa, &ED25519.repeat(2)).is_err());
}

#[test]
fn missing_variable_is_named() {
    let error = SigningKey::from_env(SigningAlgorithm::EdDsa, "AUTH_TEST_KEY_THAT_IS_NOT_SET").unwrap_err();
    assert!(error.to_string().contains("AUTH_TEST_KEY_THAT_IS_NOT_SET"));
}
