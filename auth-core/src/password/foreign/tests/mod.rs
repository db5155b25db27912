mod django;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde::Deserialize;

use super::super::stored::Stored;
use super::super::*;
use super::{MAX_COST, MAX_ITERATIONS, Recipe, Scrypt};
use crate::random::{OsRandom, Random};

/// What `tests/fixtures/coming-from/make_hashes.py` made with the libraries themselves.
const FIXTURES: &str = include_str!("../../../../../tests/fixtures/coming-from/hashes.json");

#[derive(Deserialize)]
struct Fixture {
    source: String,
    format: String,
    password: String,
    wrong: Vec<String>,
    hash: String,
    #[serde(default)]
    flask_security_salt: Option<String>,
    /// The library's own settings, which cost too much for a test of every wrong password.
    #[serde(default)]
    is_default: bool,
    /// What must not be accepted, though the library does: bcrypt over the first 72 bytes of more.
    #[serde(default)]
    refused: bool,
}

fn fixtures() -> Vec<Fixture> {
    serde_json::from_str(FIXTURES).unwrap()
}

fn config() -> PasswordConfig {
    let params = Argon2Params::insecure_any_cost(8, 1, 1).unwrap();
    PasswordConfig::default().with_params(params).with_threads(2)
}

fn hasher() -> PasswordHasher {
    hasher_with(HashingRules::default())
}

fn hasher_with(rules: HashingRules) -> PasswordHasher {
    let salts = fixtures().into_iter().filter_map(|fixture| fixture.flask_security_salt);
    let config = salts.take(1).fold(config(), PasswordConfig::with_flask_security_salt);
    PasswordHasher::with_rules(&config, rules, Arc::new(OsRandom)).unwrap()
}

async fn verdict(hasher: &PasswordHasher, password: &str, hash: &str) -> Verdict {
    let hash = PasswordHash::from_encoded(hash);
    hasher.verify(&Password::new(password).unwrap(), Some(&hash)).await.unwrap()
}

#[tokio::test]
async fn what_the_libraries_made_is_right_for_its_password_and_for_no_other() {
    let hasher = hasher();
    let fixtures = fixtures();
    assert!(fixtures.len() >= 100);
    for Fixture { source, format, password, wrong, hash, is_default, refused, .. } in &fixtures {
        assert_eq!(PasswordHash::from_encoded(hash).format().to_string(), *format, "{source}");
        let expected = if *refused { Verdict::Invalid } else { Verdict::ValidOutdated };
        assert_eq!(verdict(&hasher, password, hash).await, expected, "{source}: {hash} of {password:?}");
        for wrong in wrong.iter().filter(|_| !is_default) {
            assert_eq!(
                verdict(&hasher, wrong, hash).await,
                Verdict::Invalid,
                "{source}: {hash} of {wrong:?}"
            );
        }
    }
    let usable =
        fixtures.iter().filter(|fixture| PasswordHash::from_encoded(fixture.hash.as_str()).is_usable());
    assert_eq!(fixtures.len() - usable.count(), 3, "Django's three unusable ones");
    let formats: BTreeSet<&str> = fixtures.iter().map(|fixture| fixture.format.as_str()).collect();
    assert_eq!(formats.len(), 28, "{formats:?}");
}

#[tokio::test]
async fn without_upgrades_a_foreign_hash_stays_as_it_is() {
    let hasher = hasher_with(HashingRules { upgrade: false, ..HashingRules::default() });
    for fixture in fixtures().iter().filter(|fixture| !fixture.refused && !fixture.is_default) {
        assert_eq!(
            verdict(&hasher, &fixture.password, &fixture.hash).await,
            Verdict::Valid,
            "{}",
            fixture.hash
        );
    }
}

#[tokio::test]
async fn bcrypt_refuses_what_it_would_cut() {
    let hasher = hasher();
    let whole = format!("{}ab", "0123456789".repeat(7));
    let hash = |format: &str| {
        let of = |fixture: &Fixture| fixture.format == format && fixture.password == whole;
        fixtures().into_iter().find(of).unwrap().hash
    };
    for format in ["bcrypt", "django bcrypt"] {
        assert!(verdict(&hasher, &whole, &hash(format)).await.is_valid());
        assert!(!verdict(&hasher, &format!("{whole}cdefghij"), &hash(format)).await.is_valid());
    }
}

#[tokio::test]
async fn passwords_that_were_hashed_decomposed_are_found_from_either_keyboard() {
    let hasher = hasher();
    let decomposed = fixtures().into_iter().filter(|fixture| fixture.password == "cafe\u{301} au lait");
    for fixture in decomposed.filter(|fixture| !fixture.refused) {
        assert!(verdict(&hasher, "caf\u{e9} au lait", &fixture.hash).await.is_valid(), "{}", fixture.hash);
    }
}

#[tokio::test]
async fn passwords_that_were_hashed_in_any_form_are_found_in_any_other() {
    let hasher = hasher();
    let [typed, nfc, nfd, nfkc, nfkd] = FORMS;
    let hashed: Vec<_> =
        fixtures().into_iter().filter(|fixture| FORMS.contains(&fixture.password.as_str())).collect();
    assert_eq!(hashed.len(), FORMS.len());
    for Fixture { password, hash, .. } in hashed {
        // A ligature has plain letters in its compatibility forms; plain letters have no ligature, and a text in no form is in no
        // other text's.
        let found_by = match password.as_str() {
            password if password == typed => vec![typed],
            password if password == nfkc || password == nfkd => FORMS.to_vec(),
            _ => vec![typed, nfc, nfd],
        };
        for form in FORMS {
            let is_found = verdict(&hasher, form, &hash).await.is_valid();
            assert_eq!(is_found, found_by.contains(&form), "{form:?} for {password:?}");
        }
    }
}

/// One password as typed and in its four normalisation forms, of which no two are the same.
const FORMS: [&str; 5] = [
    "\u{f4}\u{323} \u{fb01}n d'ann\u{e9}e",
    "\u{1ed9} \u{fb01}n d'ann\u{e9}e",
    "o\u{323}\u{302} \u{fb01}n d'anne\u{301}e",
    "\u{1ed9} fin d'ann\u{e9}e",
    "o\u{323}\u{302} fin d'anne\u{301}e",
];

#[tokio::test]
async fn a_foreign_hash_takes_a_run_for_each_spelling_and_nobody_s_takes_one() {
    let hasher = hasher();
    let stored = format!("pbkdf2_sha256$1$salt${}=", "A".repeat(43));
    for (password, runs) in [("plain", 1), ("caf\u{e9}", 2), (FORMS[0], 5)] {
        let before = hasher.runs();
        assert_eq!(verdict(&hasher, password, &stored).await, Verdict::Invalid);
        assert_eq!(hasher.runs() - before, runs, "{password:?}");
        let password = Password::new(password).unwrap();
        assert_eq!(hasher.verify(&password, None).await.unwrap(), Verdict::Invalid);
        assert_eq!(hasher.runs() - before, runs + 1, "nobody's");
    }
}

#[tokio::test]
async fn flask_security_needs_its_salt_and_may_have_had_several() {
    let doubled: Vec<_> =
        fixtures().into_iter().filter(|fixture| fixture.flask_security_salt.is_some()).take(1).collect();
    let Fixture { password, hash, flask_security_salt: Some(salt), .. } = &doubled[0] else { panic!() };
    let check = async |salts: &[&str]| {
        let config = salts.iter().fold(config(), |config, salt| config.with_flask_security_salt(*salt));
        let hasher = PasswordHasher::new(&config, Arc::new(OsRandom)).unwrap();
        (verdict(&hasher, password, hash).await.is_valid(), hasher.runs())
    };
    assert_eq!(check(&[]).await, (false, 1));
    assert_eq!(check(&["another"]).await, (false, 1));
    assert_eq!(check(&["another", salt]).await, (true, 2));
    let empty = config().with_flask_security_salt("");
    assert!(PasswordHasher::new(&empty, Arc::new(OsRandom)).is_err());
}

#[tokio::test]
async fn a_wrapped_hash_is_right_for_the_same_password_and_holds_nothing_of_the_old_digest() {
    let hasher = hasher();
    let mut wrapped_formats = BTreeSet::new();
    for Fixture { format, password, wrong, hash, .. } in
        fixtures().iter().filter(|fixture| !fixture.is_default)
    {
        let old = PasswordHash::from_encoded(hash.as_str());
        let Some(new) = hasher.wrap(&old).await.unwrap() else { continue };
        wrapped_formats.insert(format.clone());
        let digest = hash.rsplit('$').next().unwrap();
        assert!(!new.as_encoded().contains(digest), "{hash}");
        assert_eq!(new.format().to_string(), format!("wrapped {format}"));
        assert_eq!(verdict(&hasher, password, new.as_encoded()).await, Verdict::ValidOutdated, "{hash}");
        assert_eq!(verdict(&hasher, &wrong[0], new.as_encoded()).await, Verdict::Invalid, "{hash}");
        assert_eq!(verdict(&hasher, digest, new.as_encoded()).await, Verdict::Invalid, "{hash}");
        assert!(hasher.wrap(&new).await.unwrap().is_none(), "twice");
    }
    for weak in [
        "django md5",
        "django sha1",
        "django pbkdf2_sha1",
        "md5-crypt",
        "sha256-crypt",
        "werkzeug hmac",
        "werkzeug pbkdf2",
    ] {
        assert!(wrapped_formats.contains(weak), "{weak}");
    }
    assert!(!wrapped_formats.iter().any(|format| format.contains("argon2") || format.contains("bcrypt")));
}

#[tokio::test]
async fn nobody_s_password_costs_what_a_new_hash_does() {
    for format in [NewHashFormat::Phc, NewHashFormat::DjangoPbkdf2Sha256 { iterations: 10 }] {
        let hasher = hasher_with(HashingRules { format, upgrade: false });
        let password = Password::new("any").unwrap();
        for stored in [None, Some(""), Some("!x"), Some("md5$"), Some("\u{e9}")] {
            let (before, stored) = (hasher.runs(), stored.map(PasswordHash::from_encoded));
            assert_eq!(hasher.verify(&password, stored.as_ref()).await.unwrap(), Verdict::Invalid);
            assert_eq!(hasher.runs() - before, 1);
        }
    }
}

#[test]
fn rules_whose_hashes_would_not_be_verified_are_refused_at_start() {
    for format in [
        NewHashFormat::DjangoPbkdf2Sha256 { iterations: 0 },
        NewHashFormat::DjangoPbkdf2Sha256 { iterations: MAX_ITERATIONS + 1 },
        NewHashFormat::DjangoBcryptSha256 { cost: 3 },
        NewHashFormat::DjangoBcryptSha256 { cost: MAX_COST + 1 },
    ] {
        let rules = HashingRules { format, upgrade: true };
        assert!(PasswordHasher::with_rules(&config(), rules, Arc::new(OsRandom)).is_err());
        assert!(format.is_weak() || format.check().is_err());
    }
}

/// The digests are of the right length, so that only the costs are at fault.
#[test]
fn a_hash_over_a_cap_is_not_usable() {
    let (hex_32, hex_64) = ("0".repeat(64), "0".repeat(128));
    let (base64_32, base64_64) = (format!("{}=", "A".repeat(43)), format!("{}==", "A".repeat(86)));
    let crypt = ".".repeat(86);
    let bcrypt = ".".repeat(53);
    let usable = |hash: &str| PasswordHash::from_encoded(hash).is_usable();
    for (possible, excessive) in [
        (format!("pbkdf2_sha256$3000000$s${base64_32}"), format!("pbkdf2_sha256$3000001$s${base64_32}")),
        (format!("pbkdf2:sha512:1500000$s${hex_64}"), format!("pbkdf2:sha512:1500001$s${hex_64}")),
        (format!("scrypt:2:1:16384$s${hex_64}"), format!("scrypt:2:1:1048576$s${hex_64}")),
        (format!("scrypt:2:16384:1$s${hex_64}"), format!("scrypt:2:1048576:1$s${hex_64}")),
        (format!("pbkdf2:sha256:1$s${hex_32}"), format!("pbkdf2:sha256:0$s${hex_32}")),
        (format!("$6$rounds=1000000$s${crypt}"), format!("$6$rounds=1000001$s${crypt}")),
        (format!("$6$rounds=1000$s${crypt}"), format!("$6$rounds=999999999$s${crypt}")),
        (format!("$1$12345678${}", ".".repeat(22)), format!("$1$123456789${}", ".".repeat(22))),
        (format!("sha256$s${hex_32}"), format!("sha256$${hex_32}")),
        (format!("$2b$14${bcrypt}"), format!("$2b$15${bcrypt}")),
        (format!("$2b$04${bcrypt}"), format!("$2b$31${bcrypt}")),
        (format!("scrypt$16384$s$8$16${base64_64}"), format!("scrypt$16384$s$8$17${base64_64}")),
        (format!("scrypt:262144:8:1$s${hex_64}"), format!("scrypt:524288:8:1$s${hex_64}")),
        (format!("scrypt:2:1:1$s${hex_64}"), format!("scrypt:3:1:1$s${hex_64}")),
        (format!("scrypt:2:1:1$s${hex_64}"), format!("scrypt:4294967295:4294967295:4294967295$s${hex_64}")),
        (format!("scrypt:2:1:1$s${hex_64}"), format!("scrypt:2147483648:4294967295:4294967295$s${hex_64}")),
        (format!("scrypt:2:1:1$s${hex_64}"), format!("scrypt:2:0:1$s${hex_64}")),
        (
            "$scrypt$ln=18,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA".into(),
            "$scrypt$ln=63,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA".into(),
        ),
        (
            "$scrypt$ln=1,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA".into(),
            "$scrypt$ln=200,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA".into(),
        ),
    ] {
        assert!(usable(&possible), "{possible}");
        assert!(!usable(&excessive), "{excessive}");
    }
}

/// Nearly every round of SHA-crypt is over the whole password: 11 KiB of it, which is what NFKD makes of 1 KiB, took over a minute.
#[tokio::test]
async fn a_long_password_costs_no_more_than_a_cap_under_sha_crypt() {
    let hasher = hasher();
    let wrapped =
        |head: &str| format!("wrapped{head}$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA");
    let start = Instant::now();
    for hash in [
        format!("$6$rounds=1000000$salt${}", ".".repeat(86)),
        format!("$5$rounds=1000000$salt${}", ".".repeat(43)),
        wrapped("$$6$rounds=1000000$salt"),
    ] {
        assert!(PasswordHash::from_encoded(hash.as_str()).is_usable(), "{hash}");
        for password in ["a".repeat(1024), "\u{fdfa}".repeat(341)] {
            let before = hasher.runs();
            assert_eq!(verdict(&hasher, &password, &hash).await, Verdict::Invalid);
            assert_eq!(hasher.runs() - before, 1, "of nobody's");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

/// One hash of each format, as the libraries wrote it, and wrapped.
async fn one_of_each(hasher: &PasswordHasher) -> Vec<String> {
    let mut formats = BTreeSet::new();
    let mut hashes = Vec::new();
    for fixture in fixtures().into_iter().filter(|fixture| !fixture.is_default && !fixture.refused) {
        if formats.insert(fixture.format) {
            let wrapped = hasher.wrap(&PasswordHash::from_encoded(fixture.hash.as_str())).await.unwrap();
            hashes.extend(wrapped.map(|hash| hash.as_encoded().to_owned()));
            hashes.push(fixture.hash);
        }
    }
    hashes
}

#[tokio::test]
async fn a_hash_that_was_cut_anywhere_is_refused_and_costs_no_more_than_nobody_s() {
    let hasher = hasher();
    let start = Instant::now();
    let mut cut = 0;
    for hash in one_of_each(&hasher).await {
        for length in 0..hash.len() {
            assert!(!verdict(&hasher, "any", &hash[..length]).await.is_valid(), "{}", &hash[..length]);
            cut += 1;
        }
        let changed = format!("{hash}\u{e9}");
        assert!(!PasswordHash::from_encoded(changed).is_usable());
        assert!(!PasswordHash::from_encoded(format!("{hash}$")).is_usable(), "{hash}");
    }
    assert!(cut > 2000);
    // A few lengths of Argon2's and scrypt's free output are hashes still; the rest takes microseconds.
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn what_is_no_password_is_told_from_what_is_not_known() {
    let format = |text: &str| PasswordHash::from_encoded(text).format();
    for unusable in ["", "*", "x", "!", "!abc"] {
        assert_eq!(format(unusable), HashFormat::Unusable, "{unusable}");
    }
    let long = "flask-security$".repeat(100_000);
    for unknown in
        ["plain", "$3$salt$digest", "$y$", "wrapped$", "wrapped$wrapped$md5$", "flask-security$x", &long]
    {
        assert_eq!(format(unknown), HashFormat::Unknown, "{:.40}", unknown);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic_or_pass_a_cap(
        text in prop_oneof![
            any::<String>(),
            r"(wrapped\$)?(flask-security\$)?(md5|sha1|sha256|scrypt|pbkdf2_sha256|pbkdf2_sha1)\$[0-9]{0,10}\$[a-z]{0,3}\$[0-9]{1,2}\$[0-9]{1,2}\$[A-Za-z0-9+/]{86}==",
            r"(wrapped\$)?(scrypt|pbkdf2:sha256):[0-9]{1,10}:[0-9]{1,10}:[0-9]{1,10}\$[a-z]{0,3}\$([0-9a-f]{128}|[0-9a-f]{64})",
            r"\$(1|apr1|5|6|2b|2a|scrypt|bcrypt-sha256|pbkdf2-sha512)\$(rounds=|v=2,t=2b,r=|ln=)?[0-9]{1,9}(,r=[0-9]{1,9},p=[0-9]{1,9})?\$[./A-Za-z0-9$]{0,90}",
            r"(\$|:|,|=|wrapped|flask-security|md5|scrypt|pbkdf2|bcrypt|2b|5|6|argon2|[0-9]|[A-Z]){0,40}",
        ]
    ) {
        let hash = PasswordHash::from_encoded(text.as_str());
        let _ = hash.format().to_string();
        if let Some(Stored { recipe, expected, .. }) = hash.read() {
            prop_assert_eq!(recipe.output_bytes(), expected.len());
            prop_assert!(expected.len() >= 10);
            if let Recipe::Scrypt(Scrypt { log_n, r, p, .. }) = recipe {
                prop_assert!(scrypt::Params::new(log_n, r, p).is_ok());
                prop_assert!((128u64 << log_n) * u64::from(r) * u64::from(p) <= 256 * 1024 * 1024);
            }
        }
    }
}
