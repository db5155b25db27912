//! bcrypt: `$2b$cost$salt-and-digest`.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::super::fields::decimal;

/// What bcrypt sees of a password, in bytes.
pub(in super::super) const BCRYPT_BYTES: usize = 72;

/// Least cost (the reference implementation's), and most: about a second of one core. The default of PHP, passlib and
/// Django is 12.
const MIN_COST: u32 = 4;
pub(in super::super) const MAX_COST: u32 = 14;

/// A salt of 16 bytes in its base64.
const SALT_CHARS: usize = 22;

/// bcrypt's alphabet. Some old writers left the loose bits of a salt as they came.
pub(in super::super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// How a password becomes what bcrypt hashes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum BcryptInput {
    /// HMAC-SHA-256 under the salt's text, in base64: passlib's `bcrypt-sha256`, version 2.
    Base64Hmac,
    /// SHA-256 in base64: passlib's `bcrypt-sha256`, version 1.
    Base64Sha256,
    /// SHA-256 in hexadecimal: Django's `bcrypt_sha256`.
    HexSha256,
    /// As it is. Longer ones than bcrypt sees are refused (ASVS 5.0 section 6.2.8: the whole password counts).
    Plain,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) struct Bcrypt {
    pub(in super::super) input: BcryptInput,
    pub(in super::super) cost: u32,
    pub(in super::super) salt: [u8; 16],
}

/// Reads `$2b$12$` and 53 characters. The versions `2a`, `2b` and `2y` differ in nothing for up to 72 bytes; `2x` marks
/// hashes of a faulty implementation.
pub(super) fn read(encoded: &str, input: BcryptInput) -> Option<(Bcrypt, Vec<u8>)> {
    let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|version| encoded.strip_prefix(version))?;
    let (cost, data) = rest.split_once('$')?;
    let cost = match cost.as_bytes() {
        [b'0', digit] => decimal(std::str::from_utf8(&[*digit]).ok()?)?,
        [_, _] => decimal(cost)?,
        _ => return None,
    };
    let (salt, digest) = data.split_at_checked(SALT_CHARS)?;
    read_parts(input, cost, salt, digest)
}

/// Reads salt and digest in bcrypt's base64.
pub(super) fn read_parts(
    input: BcryptInput,
    cost: u32,
    salt: &str,
    digest: &str,
) -> Option<(Bcrypt, Vec<u8>)> {
    let salt = BASE64.decode(salt).ok()?.try_into().ok()?;
    let expected = BASE64.decode(digest).ok()?;
    let is_possible = (MIN_COST..=MAX_COST).contains(&cost) && expected.len() == Bcrypt::OUTPUT_BYTES;
    is_possible.then_some((Bcrypt { input, cost, salt }, expected))
}

impl Bcrypt {
    /// bcrypt makes 24 bytes; every implementation drops the last.
    pub(super) const OUTPUT_BYTES: usize = 23;

    pub(super) fn takes(&self, input: &[u8]) -> bool {
        self.input != BcryptInput::Plain || input.len() <= BCRYPT_BYTES
    }

    pub(super) fn compute(&self, input: &[u8], output: &mut [u8]) {
        let mut key = self.key(input);
        // A C string, whose end counts where there is room for it.
        key.push(0);
        key.truncate(BCRYPT_BYTES);
        output.copy_from_slice(&bcrypt::bcrypt(self.cost, self.salt, &key)[..Self::OUTPUT_BYTES]);
    }

    fn key(&self, input: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(Vec::with_capacity(BCRYPT_BYTES + 1));
        match self.input {
            BcryptInput::Plain => key.extend_from_slice(&input[..input.len().min(BCRYPT_BYTES)]),
            BcryptInput::HexSha256 => key.extend(Sha256::digest(input).iter().flat_map(|byte| hex(*byte))),
            BcryptInput::Base64Sha256 => key.extend(STANDARD.encode(Sha256::digest(input)).bytes()),
            BcryptInput::Base64Hmac => {
                let salt = self.salt_text();
                let mut mac =
                    Hmac::<Sha256>::new_from_slice(salt.as_bytes()).expect("HMAC takes keys of any length");
                mac.update(input);
                key.extend(STANDARD.encode(mac.finalize().into_bytes()).bytes());
            }
        }
        key
    }

    fn salt_text(&self) -> String {
        BASE64.encode(self.salt)
    }

    /// The text of a hash up to its output.
    pub(in super::super) fn head(&self) -> String {
        format!("$2b${:02}${}", self.cost, self.salt_text())
    }
}

fn hex(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|nibble| b"0123456789abcdef"[usize::from(nibble)])
}
