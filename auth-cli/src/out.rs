//! Where commands print to.

use std::io;

/// Where commands print to.
pub(crate) type Out<'a> = &'a mut dyn io::Write;

/// A text that somebody else chose, without what a terminal would take for a command: a Django project may take names that hold such.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_not_printed() {
        assert_eq!(printable("Zo\u{eb} 東京"), "Zo\u{eb} 東京");
        assert_eq!(
            printable("a\u{1b}[2Jb\tc\nd\u{9b}e\0"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}"
        );
    }
}
