//! Time-based codes of an authenticator app (RFC 6238).

use std::fmt;
use std::ops::RangeInclusive;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use totp_rs::{Algorithm, Builder, Secret as Key, Totp};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::random::Random;
use crate::secret::Secret;

use super::digits;

/// The length of a secret, in bytes: 160 bits (RFC 4226 section 4, requirement 6).
const SECRET_LEN: usize = 20;

/// For how many steps before and after this one a code counts: clocks of telephones are wrong, and people take their time to type (RFC
/// 6238 section 5.2 advises one).
const WINDOW: u16 = 1;

/// How long a step takes, in seconds (RFC 6238 section 4.1).
const STEP: u8 = 30;

/// How many digits a code has that we hand out (RFC 4226 section 5.3 asks for six at least), and may have that was made elsewhere.
const DIGITS: u8 = 6;
const ANY_DIGITS: RangeInclusive<u8> = 6..=8;

/// The shortest secret that somebody else may have made, in bytes: 80 bits, as the first authenticator apps had them.
const SHORTEST: usize = 10;

/// What an authenticator app and we have in common.
pub(crate) struct TotpKey {
    algorithm: Algorithm,
    digits: u8,
    step: u8,
    secret: Zeroizing<Vec<u8>>,
}

impl TotpKey {
    /// A new one, as every authenticator app takes it.
    pub(super) fn generate(random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new(vec![0; SECRET_LEN]);
        random.fill(&mut secret);
        Self { algorithm: Algorithm::SHA1, digits: DIGITS, step: STEP, secret }
    }

    /// As it is sealed: a byte for the algorithm, one for the digits, one for the seconds of a step, and the secret.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let algorithm = match self.algorithm {
            Algorithm::SHA256 => 2,
            Algorithm::SHA512 => 3,
            _ => 1,
        };
        Zeroizing::new([&[algorithm, self.digits, self.step], self.secret.as_slice()].concat())
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([algorithm, digits, step], secret) = bytes.split_first_chunk::<3>()?;
        let algorithm = match algorithm {
            1 => Algorithm::SHA1,
            2 => Algorithm::SHA256,
            3 => Algorithm::SHA512,
            _ => return None,
        };
        let is_sound = ANY_DIGITS.contains(digits) && *step > 0 && secret.len() >= SHORTEST;
        let secret = Zeroizing::new(secret.to_vec());
        is_sound.then_some(Self { algorithm, digits: *digits, step: *step, secret })
    }

    /// How many digits a code has.
    pub(super) fn digits(&self) -> usize {
        self.digits.into()
    }

    /// The step of a code that counts now; `None` for one that does not. Compared in constant time.
    pub(super) fn step_of(&self, typed: &str, now: Timestamp) -> Option<u64> {
        let code = digits::read(typed, self.digits()..=self.digits())?;
        let now = u64::try_from(now.unix_seconds()).ok()?;
        self.codes().check(code.expose(), now)
    }

    fn codes(&self) -> Totp {
        let key = Key::new(self.secret.to_vec().into_boxed_slice());
        let builder =
            Builder::new().with_algorithm(self.algorithm).with_digits(self.digits).with_skew(WINDOW);
        // What it would refuse of a key that was made elsewhere is no worse here than there.
        builder.with_step_duration(self.step.into()).with_secret(key).build_noncompliant()
    }

    /// The secret as people type it into an app that has no camera.
    pub(super) fn written(&self) -> Secret {
        Secret::new(Key::new(self.secret.to_vec().into_boxed_slice()).to_base32())
    }

    /// What a QR code says to an app: the [key URI format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
    pub(super) fn uri(&self, app: &str, account: &str) -> Secret {
        let (app, account) = (escaped(app), escaped(account));
        let algorithm = match self.algorithm {
            Algorithm::SHA256 => "SHA256",
            Algorithm::SHA512 => "SHA512",
            _ => "SHA1",
        };
        let (secret, digits, period) = (self.written(), self.digits, self.step);
        Secret::new(format!(
            "otpauth://totp/{app}:{account}?secret={}&issuer={app}&algorithm={algorithm}&digits={digits}&period={period}",
            secret.expose()
        ))
    }

    /// A key as it was offered to somebody.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn of_written(secret: &str) -> Option<Self> {
        let secret = Zeroizing::new(Key::try_from_base32(secret).ok()?.as_bytes().to_vec());
        Some(Self { algorithm: Algorithm::SHA1, digits: DIGITS, step: STEP, secret })
    }

    /// The code of this moment: for tests, which have no app.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn code_at(&self, at: Timestamp) -> String {
        self.codes().generate(u64::try_from(at.unix_seconds()).unwrap_or(0)).to_string()
    }
}

impl fmt::Debug for TotpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpKey([redacted])")
    }
}

/// All but what RFC 3986 section 2.3 leaves unreserved: a colon in a name would end it.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest part of a URI that a name becomes, in bytes: longer ones make a code that no camera reads.
const LONGEST_NAME: usize = 150;

fn escaped(name: &str) -> String {
    let mut written = String::new();
    for c in name.chars() {
        let next = utf8_percent_encode(c.encode_utf8(&mut [0; 4]), RESERVED).to_string();
        if written.len() + next.len() > LONGEST_NAME {
            break;
        }
        written += &next;
    }
    written
}

/// A text as a QR code, an `svg` element that a page can hold.
///
/// # Errors
/// `Internal` for a text that is too long, which none of ours is.
pub(super) fn qr_svg(text: &str) -> Result<Secret, Error> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M);
    let code = code.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    // It begins as a document of its own would.
    let element = image.find("<svg").map_or(image.as_str(), |at| &image[at..]);
    Ok(Secret::new(element))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    /// RFC 6238 appendix B: the seeds are these digits, as long as the hash.
    fn key_of(algorithm: Algorithm, length: usize) -> TotpKey {
        let secret = Zeroizing::new(b"1234567890".iter().copied().cycle().take(length).collect());
        TotpKey { algorithm, digits: 8, step: 30, secret }
    }

    /// RFC 6238 appendix B.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let table = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        let keys =
            [key_of(Algorithm::SHA1, 20), key_of(Algorithm::SHA256, 32), key_of(Algorithm::SHA512, 64)];
        for (second, codes) in table {
            let at = Timestamp::from_unix_seconds(second);
            for (key, code) in keys.iter().zip(codes) {
                assert_eq!(
                    key.step_of(code, at),
                    Some(u64::try_from(second).unwrap() / 30),
                    "{second} {code}"
                );
                assert_eq!(key.code_at(at), code);
            }
        }
    }

    /// RFC 4226 appendix D: the last six of the digits, of the counters 0 to 9.
    #[test]
    fn codes_of_six_digits_are_those_of_rfc_4226() {
        let key = TotpKey { digits: 6, ..key_of(Algorithm::SHA1, 20) };
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (counter, code) in (0..).zip(codes) {
            assert_eq!(key.code_at(Timestamp::from_unix_seconds(counter * 30)), code);
        }
    }

    #[test]
    fn a_code_counts_one_step_before_and_behind_its_own_and_no_further() {
        let key = TotpKey::generate(&OsRandom);
        let (start, step) = (1_700_000_010, 1_700_000_010 / 30);
        let code = key.code_at(Timestamp::from_unix_seconds(start));
        for (second, counts) in
            [(start - 31, false), (start - 30, true), (start, true), (start + 59, true), (start + 60, false)]
        {
            let at = Timestamp::from_unix_seconds(second);
            let expected = counts.then_some(u64::try_from(step).unwrap());
            assert_eq!(key.step_of(&code, at), expected, "{}", second - start);
        }
    }

    #[test]
    fn a_secret_is_160_random_bits_and_reads_back() {
        let key = TotpKey::generate(&OsRandom);
        assert_eq!(key.secret.len() * 8, 160);
        assert_ne!(key.secret, TotpKey::generate(&OsRandom).secret);
        let back = TotpKey::from_bytes(&key.to_bytes()).unwrap();
        assert_eq!((back.digits, back.step, &back.secret), (6, 30, &key.secret));
        assert_eq!(key.written().expose().len(), 32);
        assert_eq!(format!("{key:?}"), "TotpKey([redacted])");
        for broken in [&[][..], &[1, 6, 30], &[4, 6, 30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &[1, 9, 30, 0, 0]] {
            assert!(TotpKey::from_bytes(broken).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn a_uri_names_the_application_and_the_account_whatever_they_are_called() {
        let key = key_of(Algorithm::SHA1, 20);
        let uri = key.uri("Shop: & co", "a?b#c@\u{e9}");
        assert_eq!(
            uri.expose(),
            "otpauth://totp/Shop%3A%20%26%20co:a%3Fb%23c%40%C3%A9?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Shop%3A%20%26%20co&algorithm=SHA1&digits=8&period=30"
        );
        let long = key.uri(&"\u{d55c}".repeat(300), &"x".repeat(1000));
        assert!(qr_svg(long.expose()).unwrap().expose().starts_with("<svg "));
    }

    #[test]
    fn a_qr_code_is_an_element_without_script_or_style() {
        let svg = qr_svg("otpauth://totp/x").unwrap();
        let svg = svg.expose();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
        for refused in ["<?xml", "style", "script", "href"] {
            assert!(!svg.contains(refused), "{refused}");
        }
    }
}
