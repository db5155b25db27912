//! Codes of digits, as somebody types them.

use crate::secret::Secret;

/// The longest text that is looked at, in bytes: a code with much room in it.
const LONGEST: usize = 64;

/// What mail programs, keyboards and people write between groups of digits: a hyphen, and the ones that look like it.
const HYPHENS: [char; 6] = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{ff0d}'];

/// A code of so many digits at least and at most, with spaces and with hyphens between groups, in full width; `None` for anything else.
/// A sign in front is none of these: what a program took for a number has lost its leading zeros.
pub(super) fn read(typed: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<Secret> {
    if typed.len() > LONGEST {
        return None;
    }
    let typed = typed.trim();
    let is_digit = |c: char| digit(c).is_some();
    if !typed.starts_with(is_digit) || !typed.ends_with(is_digit) {
        return None;
    }
    let rest = typed.chars().filter(|c| !c.is_whitespace() && !HYPHENS.contains(c));
    let code: String = rest.map(digit).collect::<Option<_>>()?;
    lengths.contains(&code.len()).then(|| Secret::new(code))
}

/// An ASCII digit, or one in full width (U+FF10 to U+FF19), as East Asian keyboards write it.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for typed in [
            "123456",
            " 123 456\n",
            "123-456",
            "123\u{2011}456",
            "\u{ff11}\u{ff12}\u{ff13}\u{3000}\u{ff14}\u{ff15}\u{ff16}",
            "12\u{2013}34-56",
        ] {
            assert_eq!(read(typed, 6..=6).unwrap().expose(), "123456", "{typed:?}");
        }
        assert_eq!(read("000 001", 6..=8).unwrap().expose(), "000001");
    }

    #[test]
    fn what_is_no_code_is_none() {
        let long = "1".repeat(4096);
        for wrong in [
            "",
            "12345",
            "1234567",
            "+123456",
            "-123456",
            "\u{2212}123456",
            "123456-",
            "12345a",
            "0x1234",
            "1e5000",
            "123.456",
            "123456.0",
            "\u{0661}\u{0662}\u{0663}\u{0664}\u{0665}\u{0666}",
            "12345\u{0}",
            &long,
        ] {
            assert!(read(wrong, 6..=6).is_none(), "{wrong:?}");
        }
    }
}
