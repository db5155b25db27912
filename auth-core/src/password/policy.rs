//! What a new password must be like: long, not common, not about the user or the application.
//!
//! Nothing else is asked: no digit, no sign, no upper case (NIST SP 800-63B-4 section 3.1.1.2 forbids such rules).

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Violation};
use crate::text::Text;

use super::guess::{is_guessable, unswapped};
use super::text::MAX_PASSWORD_BYTES;

/// Default least length in code points: NIST SP 800-63B-4 section 3.1.1.2, where the password is the only factor.
pub const DEFAULT_MIN_LENGTH: usize = 15;

/// The lowest least length that can be configured: the same section, where a second factor is always asked for.
pub const LOWEST_MIN_LENGTH: usize = 8;

/// The highest: passwords of 64 characters must be taken (the same section).
const HIGHEST_MIN_LENGTH: usize = 64;

/// User names and local parts of e-mail addresses this long (code points) may not occur in the password at all.
const LONG_NAME: usize = 4;

/// So may words of the application's name and of the e-mail domain, which are more often ordinary words, from this length.
const LONG_LABEL: usize = 5;

/// The rules for new passwords. They are never applied at login: an old password keeps working until it is changed.
///
/// ```
/// use auth_core::password::PasswordPolicy;
///
/// let policy = PasswordPolicy::default().app_name("Acme Warehouse");
/// assert!(policy.check("correct horse battery staple", &["alice"]).is_ok());
///
/// let error = policy.check("alice in the warehouse", &["alice"]).unwrap_err();
/// assert_eq!(error.violations()[0].code, "contains_context");
/// # Ok::<(), auth_core::error::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PasswordPolicy {
    min_length: usize,
    app_name: String,
}

impl PasswordPolicy {
    /// Sets the least length in code points; 15 by default. Lower it only where each login asks for a second factor.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] below 8 and above 64.
    pub fn min_length(mut self, code_points: usize) -> Result<Self, Error> {
        if !(LOWEST_MIN_LENGTH..=HIGHEST_MIN_LENGTH).contains(&code_points) {
            return Err(Error::configuration(format!(
                "password length: {code_points} is out of range, use {LOWEST_MIN_LENGTH} to {HIGHEST_MIN_LENGTH}"
            )));
        }
        self.min_length = code_points;
        Ok(self)
    }

    /// Sets the application's name, whose words passwords may not be built on.
    #[must_use]
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = name.into();
        self
    }

    /// Checks a new password. `context` holds what an attacker knows of this user: the user name, e-mail addresses
    /// (recognised by their `@`), a display name.
    ///
    /// # Errors
    /// [`ErrorKind::WeakPassword`] with every broken rule:
    ///
    /// | code | when |
    /// |---|---|
    /// | `too_short` | fewer code points, in NFC, than the least length |
    /// | `too_long` | more than [`MAX_PASSWORD_BYTES`] bytes, before or after NFC |
    /// | `too_common` | it comes down to a common word or two, a keyboard run, a repetition |
    /// | `contains_context` | it contains the user name or the local part of an e-mail address (from 4 code points), a word of the application's name or of an e-mail domain (from 5), or comes down to shorter ones |
    ///
    /// Case, width and common letter swaps (`@` for `a`) make no difference.
    pub fn check(&self, password: &str, context: &[&str]) -> Result<(), Error> {
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(weak(vec![too_long()]));
        }
        let normalised = Zeroizing::new(password.nfc().collect::<String>());
        if normalised.len() > MAX_PASSWORD_BYTES {
            return Err(weak(vec![too_long()]));
        }
        // Compatibility forms can be eighteen times as long as what was typed.
        let folded: String = fold(&normalised).chars().take(MAX_PASSWORD_BYTES).collect();
        let words = ContextWords::new(&self.app_name, context);
        let mut violations = Vec::new();
        if normalised.chars().count() < self.min_length {
            violations.push(too_short(self.min_length));
        }
        let is_common = is_guessable(&folded, &HashSet::new());
        if is_common {
            violations.push(too_common());
        }
        if words.are_in(&folded) || (!is_common && is_guessable(&folded, &words.all)) {
            violations.push(contains_context());
        }
        if violations.is_empty() { Ok(()) } else { Err(weak(violations)) }
    }
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_length: DEFAULT_MIN_LENGTH, app_name: String::new() }
    }
}

/// What an attacker knows, folded.
struct ContextWords {
    /// Not to occur in a password at all.
    long: Vec<String>,
    /// These and shorter ones: words like those of the list.
    all: HashSet<String>,
}

impl ContextWords {
    fn new(app_name: &str, context: &[&str]) -> Self {
        let mut words = Self { long: Vec::new(), all: HashSet::new() };
        words.add(app_name, LONG_LABEL);
        words.add_parts(app_name, LONG_LABEL);
        for entry in context {
            match entry.rsplit_once('@') {
                Some((local, domain)) => words.add_email(local, domain),
                None => words.add_name(entry),
            }
        }
        words
    }

    fn add_email(&mut self, local: &str, domain: &str) {
        self.add_name(local);
        // The part before a tag, as in alice+shop@example.com.
        self.add_name(local.split('+').next().unwrap_or(local));
        // The last label is a country or a kind of organisation; it says nothing about the user.
        let own_labels = domain.rsplit_once('.').map_or(domain, |(labels, _)| labels);
        self.add_parts(own_labels, LONG_LABEL);
    }

    /// A whole name may not occur; its parts are ordinary words too often (`test-user-2`), and only count as words.
    fn add_name(&mut self, name: &str) {
        self.add(name, LONG_NAME);
        self.add_parts(name, usize::MAX);
    }

    fn add_parts(&mut self, text: &str, long: usize) {
        for part in text.split(|character: char| !character.is_alphanumeric()) {
            self.add(part, long);
        }
    }

    fn add(&mut self, word: &str, long: usize) {
        let word = squeezed(&fold(word), |character| character);
        if word.chars().count() >= long {
            self.long.push(word.to_string());
        }
        if !word.is_empty() {
            self.all.insert(word.to_string());
        }
    }

    fn are_in(&self, folded: &str) -> bool {
        let readings: [fn(char) -> char; 3] = [
            |character| character,
            |character| unswapped(character, 'i'),
            |character| unswapped(character, 'l'),
        ];
        readings.into_iter().any(|reading| {
            let password = squeezed(folded, reading);
            self.long.iter().any(|word| password.contains(squeezed(word, reading).as_str()))
        })
    }
}

/// NFKC and lower case: width, ligatures and case make no difference.
fn fold(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.nfkc().flat_map(char::to_lowercase).collect())
}

/// Letters and digits only, each read by `reading`.
fn squeezed(text: &str, reading: fn(char) -> char) -> Zeroizing<String> {
    Zeroizing::new(text.chars().map(reading).filter(|character| character.is_alphanumeric()).collect())
}

fn weak(violations: Vec<Violation>) -> Error {
    Error::new(ErrorKind::WeakPassword).with_violations(violations)
}

fn too_short(least: usize) -> Violation {
    Violation::saying("too_short", Text::PasswordTooShort { least })
}

fn too_long() -> Violation {
    Violation::saying("too_long", Text::PasswordTooLong { most: MAX_PASSWORD_BYTES })
}

fn too_common() -> Violation {
    Violation::saying("too_common", Text::PasswordCommon)
}

fn contains_context() -> Violation {
    Violation::saying("contains_context", Text::PasswordContext)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(policy: &PasswordPolicy, password: &str, context: &[&str]) -> Vec<&'static str> {
        match policy.check(password, context) {
            Ok(()) => Vec::new(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WeakPassword);
                error.violations().iter().map(|violation| violation.code).collect()
            }
        }
    }

    #[test]
    fn length_counts_code_points_of_the_normalised_text() {
        let policy = PasswordPolicy::default();
        assert_eq!(codes(&policy, "kqzvjwpxbtrnmh", &[]), ["too_short"]);
        assert!(codes(&policy, "kqzvjwpxbtrnmhg", &[]).is_empty());
        let decomposed = "e\u{301}kqzvjwpxbtrnm";
        assert_eq!(decomposed.chars().count(), 15);
        assert_eq!(codes(&policy, decomposed, &[]), ["too_short"]);
        assert!(codes(&policy, "😀🚀🌈🍕🎸🐙🌋🧩🪐🦉🍄🎯🧵🛶🏔", &[]).is_empty());
    }

    #[test]
    fn the_floor_can_be_eight_and_no_less() {
        let policy = PasswordPolicy::default().min_length(8).unwrap();
        assert_eq!(codes(&policy, "kqzvjwp", &[]), ["too_short"]);
        assert!(codes(&policy, "kqzvjwpx", &[]).is_empty());
        for length in [0, 7, 65] {
            let error = PasswordPolicy::default().min_length(length).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
        }
    }

    #[test]
    fn long_passwords_pass_up_to_1024_bytes() {
        let policy = PasswordPolicy::default();
        let text: String =
            (0..1024_u32).map(|index| char::from(b'a' + (index * index * 7 % 1009 % 26) as u8)).collect();
        for length in [64, 128, 1024] {
            assert!(codes(&policy, &text[..length], &[]).is_empty(), "{length}");
        }
        assert_eq!(codes(&policy, &format!("{text}a"), &[]), ["too_long"]);
        assert_eq!(codes(&policy, &"\u{1d160}".repeat(256), &[]), ["too_long"]);
        assert_eq!(codes(&policy, &"a".repeat(1 << 20), &[]), ["too_long"]);
    }

    #[test]
    fn common_passwords_are_refused_with_a_reason() {
        let policy = PasswordPolicy::default();
        for password in [
            "password1234567",
            "PasswordPassword",
            "ＰＡＳＳＷＯＲＤ1234567",
            "aaaaaaaaaaaaaaa",
            "P@ssw0rd!P@ssw0rd!",
        ] {
            assert_eq!(codes(&policy, password, &[]), ["too_common"], "{password}");
        }
        assert_eq!(codes(&policy, "letmein", &[]), ["too_short", "too_common"]);
    }

    #[test]
    fn no_composition_is_asked_for() {
        let policy = PasswordPolicy::default();
        for password in [
            "kqzvjwpxbtrnmhgdylcf",
            "correct horse battery staple",
            "trustworthy demo passphrase",
            "another fine demo passphrase",
        ] {
            assert!(codes(&policy, password, &["alice", "alice@example.com"]).is_empty(), "{password}");
        }
    }

    #[test]
    fn what_an_attacker_knows_is_refused() {
        let policy = PasswordPolicy::default().app_name("Acme Warehouse");
        let context = ["zorbly.quint", "mivvok+news@quibblecorp.example"];
        let cases = [
            "the zorblyquint of lakes and rivers",
            "the Z0rbly-Qu1nt of lakes and rivers",
            "mivvok walks along northern lakes",
            "quibblecorp lakes and northern rivers",
            "my warehouse on northern lakes",
            "acmewarehouse of northern lakes",
            "acme7391-warehouse",
            "zorbly836194720",
        ];
        for password in cases {
            assert!(codes(&policy, password, &context).contains(&"contains_context"), "{password}");
        }
        assert!(codes(&policy, "zorbly walks along northern lakes", &context).is_empty());
    }

    #[test]
    fn short_names_only_matter_when_the_password_comes_down_to_them() {
        let policy = PasswordPolicy::default();
        assert_eq!(codes(&policy, "bxb836194720472", &["bxb"]), ["contains_context"]);
        assert_eq!(codes(&policy, "bxb-qj-836194720472", &["bxb", "qj@example.com"]), ["contains_context"]);
        assert!(codes(&policy, "bxb walks along northern lakes", &["bxb", "a@b.c", "", "@"]).is_empty());
    }

    #[test]
    fn messages_hold_nothing_of_the_password() {
        let error = PasswordPolicy::default().check("zorbly", &["zorbly"]).unwrap_err();
        assert!(error.violations().iter().all(|violation| !violation.message.contains("zorbly")));
        assert!(!format!("{error:?} {error}").contains("zorbly"));
    }
}
