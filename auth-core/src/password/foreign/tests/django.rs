//! New hashes in Django's formats.

use super::*;

#[tokio::test]
async fn new_hashes_in_django_s_formats_are_current_and_fit_its_column() {
    let formats = [
        NewHashFormat::DjangoArgon2,
        NewHashFormat::DjangoBcryptSha256 { cost: 4 },
        NewHashFormat::DjangoPbkdf2Sha256 { iterations: 1000 },
        NewHashFormat::DjangoScrypt,
    ];
    for format in formats {
        let hasher = hasher_with(HashingRules { format, upgrade: true });
        let password = Password::new("caf\u{e9} au lait").unwrap();
        let hash = hasher.hash(&password).await.unwrap();
        assert_eq!(hash.format(), format.format());
        assert!(hash.as_encoded().len() <= 128, "{}", hash.as_encoded());
        assert_eq!(verdict(&hasher, "caf\u{e9} au lait", hash.as_encoded()).await, Verdict::Valid);
        assert_eq!(verdict(&hasher, "cafe\u{301} au lait", hash.as_encoded()).await, Verdict::Valid);
        assert_eq!(verdict(&hasher, "cafe au lait", hash.as_encoded()).await, Verdict::Invalid);
        assert_eq!(
            verdict(&super::hasher(), "caf\u{e9} au lait", hash.as_encoded()).await,
            Verdict::ValidOutdated
        );
    }
}

/// Salts that are the same in each run.
#[derive(Debug)]
struct FixedSalt;

impl Random for FixedSalt {
    fn fill(&self, bytes: &mut [u8]) {
        (1..).zip(bytes).for_each(|(number, byte)| *byte = number);
    }
}

/// What is in the file was verified by Django 4.2, 5.2 and 6.1 when `make_hashes.py` ran.
#[tokio::test]
async fn new_hashes_in_django_s_formats_are_what_django_has_read() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/coming-from/ours-django.json");
    let mut made = Vec::new();
    for format in [
        NewHashFormat::DjangoArgon2,
        NewHashFormat::DjangoBcryptSha256 { cost: 4 },
        NewHashFormat::DjangoPbkdf2Sha256 { iterations: 1000 },
        NewHashFormat::DjangoScrypt,
    ] {
        let rules = HashingRules { format, upgrade: true };
        let hasher = PasswordHasher::with_rules(&config(), rules, Arc::new(FixedSalt)).unwrap();
        let hash = hasher.hash(&Password::new("caf\u{e9} au lait").unwrap()).await.unwrap();
        made.push(hash.as_encoded().to_owned());
    }
    let verified: Vec<String> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(made, verified);
}

#[tokio::test]
async fn a_django_hash_of_other_costs_is_outdated() {
    let at = |iterations| {
        hasher_with(HashingRules { format: NewHashFormat::DjangoPbkdf2Sha256 { iterations }, upgrade: true })
    };
    let hash = at(1000).hash(&Password::new("any").unwrap()).await.unwrap();
    assert_eq!(verdict(&at(1000), "any", hash.as_encoded()).await, Verdict::Valid);
    assert_eq!(verdict(&at(1001), "any", hash.as_encoded()).await, Verdict::ValidOutdated);
}
