//! The language that somebody wants to be addressed in.

use std::fmt;
use std::sync::Arc;

/// The longest tag, in bytes: no tag of a language in use is longer (RFC 5646 section 4.4.1).
const MAX_LEN: usize = 35;

/// The tag of a language (RFC 5646), `ko` or `pt-BR`. Which are spoken is the application's to say.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct LanguageTag(Arc<str>);

impl LanguageTag {
    /// The language with this tag; `None` for what is none.
    pub fn new(tag: &str) -> Option<Self> {
        let is_subtag = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        (tag.len() <= MAX_LEN && tag.split('-').all(is_subtag)).then(|| Self(tag.into()))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LanguageTag({:?})", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_letters_and_digits_between_hyphens() {
        for tag in ["ko", "pt-BR", "zh-Hant-TW", "x-klingon"] {
            assert_eq!(LanguageTag::new(tag).unwrap().as_str(), tag);
        }
        for wrong in ["", "-", "ko-", "-ko", "ko_KR", "k\u{f6}", "<b>", "ko\n", "abcdefghi", &"a-".repeat(18)]
        {
            assert!(LanguageTag::new(wrong).is_none(), "{wrong}");
        }
    }
}
