//! What a tenant may be called.

use auth_core::error::Error;

/// The longest name, in bytes: it stands first in every key.
const MAX_TENANT: usize = 64;

/// That this is the name of a tenant.
pub(crate) fn check(name: &str) -> Result<(), Error> {
    if name.len() <= MAX_TENANT && !name.contains(char::is_control) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "`{}` is no name of a tenant: it has at most {MAX_TENANT} bytes and no control characters",
        name.chars().take(MAX_TENANT).collect::<String>().escape_debug()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_printable() {
        for good in ["", "acme", "a:b", "\u{e9}", &"x".repeat(64)] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["a\nb", "\0", &"x".repeat(65), &"\u{e9}".repeat(33)] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
