//! Opaque bearer secrets: random bytes that name the version of the secret they are hashed under.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::random::Random;

/// Room for the longest token and what the decoder wants beyond it, in bytes.
const BUFFER_LEN: usize = 72;

/// A bearer secret of `N` random bytes (at most 64) that only its holder knows.
///
/// Written as base64url without padding of `version || bytes`; the version says under which application secret the
/// store knows the hash (see [`KeyedHash::hash_token`](super::KeyedHash::hash_token)). `Debug` shows nothing, the bytes
/// are overwritten on drop, and there is no `Clone`.
pub(crate) struct OpaqueToken<const N: usize> {
    version: u8,
    bytes: Zeroizing<[u8; N]>,
}

impl<const N: usize> OpaqueToken<N> {
    /// How long the written form is, in characters.
    pub(crate) const TEXT_LEN: usize = {
        assert!(N <= 64, "an opaque token has at most 64 bytes");
        ((N + 1) * 4).div_ceil(3)
    };

    /// A new token; `version` is that of the keyed hash under which it will be stored.
    pub(crate) fn generate(version: u8, random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; N]);
        random.fill(bytes.as_mut_slice());
        Self { version, bytes }
    }

    /// A token of known bytes: one that is derived instead of drawn, as a refresh token's successor is.
    pub(crate) fn from_bytes(version: u8, bytes: Zeroizing<[u8; N]>) -> Self {
        Self { version, bytes }
    }

    /// Reads the written form; `None` unless it is exactly that (length, alphabet, no padding, no loose bits).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::TEXT_LEN {
            return None;
        }
        let mut buffer = Zeroizing::new([0; BUFFER_LEN]);
        let len = URL_SAFE_NO_PAD.decode_slice(text, buffer.as_mut_slice()).ok()?;
        let (version, rest) = buffer[..len].split_first()?;
        let bytes = Zeroizing::new(<[u8; N]>::try_from(rest).ok()?);
        (*version != 0).then_some(Self { version: *version, bytes })
    }

    /// The version of the application secret that its hash is keyed with.
    pub(crate) fn version(&self) -> u8 {
        self.version
    }

    /// The random bytes: what is hashed for the store.
    pub(crate) fn bytes(&self) -> &[u8; N] {
        &self.bytes
    }

    /// The written form, for one purpose: handing it to its holder.
    pub(crate) fn expose(&self) -> String {
        let mut buffer = Zeroizing::new([0; BUFFER_LEN]);
        buffer[0] = self.version;
        buffer[1..=N].copy_from_slice(self.bytes.as_slice());
        URL_SAFE_NO_PAD.encode(&buffer[..=N])
    }
}

impl<const N: usize> fmt::Debug for OpaqueToken<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::OsRandom;

    type Token = OpaqueToken<32>;

    #[test]
    fn written_form_reads_back() {
        let token = Token::generate(7, &OsRandom);
        let text = token.expose();
        let back = Token::parse(&text).unwrap();
        assert_eq!(text.len(), Token::TEXT_LEN);
        assert_eq!((back.version(), back.bytes()), (7, token.bytes()));
        assert_eq!(
            OpaqueToken::<64>::parse(&OpaqueToken::<64>::generate(1, &OsRandom).expose()).unwrap().version(),
            1
        );
    }

    #[test]
    fn only_one_spelling_is_read() {
        // 17 bytes fill 23 characters but for two bits: "A" and "B" differ in those alone.
        let text = OpaqueToken::<16>::from_bytes(1, Zeroizing::new([0; 16])).expose();
        assert!(OpaqueToken::<16>::parse(&text).is_some());
        let mut loose = text.clone();
        loose.replace_range(text.len() - 1.., "B");
        for wrong in [loose, format!("{text}="), format!(" {text}"), text[1..].to_owned(), String::new()] {
            assert!(OpaqueToken::<16>::parse(&wrong).is_none(), "{wrong}");
        }
        assert!(Token::parse(&"+".repeat(Token::TEXT_LEN)).is_none());
    }

    #[test]
    fn version_zero_and_other_lengths_are_refused() {
        assert!(Token::parse(&Token::from_bytes(0, Zeroizing::new([5; 32])).expose()).is_none());
        assert!(Token::parse(&OpaqueToken::<31>::generate(1, &OsRandom).expose()).is_none());
        assert!(Token::parse(&OpaqueToken::<33>::generate(1, &OsRandom).expose()).is_none());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Token::generate(1, &OsRandom)), "OpaqueToken([redacted])");
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_the_same(text in "[A-Za-z0-9_-]{44}") {
            if let Some(token) = Token::parse(&text) {
                prop_assert_eq!(token.expose(), text);
            }
        }

        #[test]
        fn garbage_is_refused_quietly(text in any::<String>()) {
            prop_assert!(Token::parse(&text).is_none());
        }
    }
}
