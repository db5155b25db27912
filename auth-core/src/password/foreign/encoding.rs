//! How digests are written.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::digest::Digest;

/// crypt(3)'s digits.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The order in which MD5-crypt writes the bytes of a digest, four digits for three bytes.
const MD5_ORDER: [u8; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];

/// The same for SHA-crypt (step 22 of its specification).
const ORDER_256: [u8; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29,
    19, 9, 30, 31,
];
const ORDER_512: [u8; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51,
    30, 9, 10, 52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59,
    60, 39, 18, 19, 61, 40, 41, 20, 62, 63,
];

/// How a digest is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Encoding {
    /// RFC 4648 with padding.
    Base64,
    /// passlib's `ab64`: `.` for `+`, and no padding.
    Ab64,
    /// Lower-case hexadecimal.
    Hex,
    /// crypt(3)'s own order of bytes and bits, of MD5.
    Md5Crypt,
    /// The same, of a digest of this kind.
    ShaCrypt(Digest),
}

impl Encoding {
    pub(super) fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Ab64 => decode_ab64(text),
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Hex => decode_hex(text),
            Self::Md5Crypt => decode_in_order(&MD5_ORDER, text),
            Self::ShaCrypt(Digest::Sha512) => decode_in_order(&ORDER_512, text),
            Self::ShaCrypt(_) => decode_in_order(&ORDER_256, text),
        }
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(nibble(pair[0])? << 4 | nibble(*pair.get(1)?)?)).collect()
}

pub(super) fn decode_ab64(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text.replace('.', "+")).ok()
}

/// Reads little-endian groups of six bits, over bytes in this order.
fn decode_in_order(order: &[u8], text: &str) -> Option<Vec<u8>> {
    if text.len() != (order.len() * 8).div_ceil(6) {
        return None;
    }
    let mut bytes = vec![0; order.len()];
    let groups = text.as_bytes().chunks(4).zip(order.chunks(3));
    for (digits, places) in groups {
        let mut bits = 0;
        for (number, digit) in digits.iter().enumerate() {
            let value = DIGITS.iter().position(|known| known == digit)?;
            bits |= value << (6 * number);
        }
        for (number, place) in places.iter().enumerate() {
            bytes[usize::from(*place)] = (bits >> (8 * number)) as u8;
        }
    }
    Some(bytes)
}
