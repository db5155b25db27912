//! How easily a password is guessed: a simple measure that looks through padding, repetition and letter swaps.
//!
//! Crackers do not try random characters: they try words, keyboard runs and repetitions first, then put digits and signs
//! around them. So a password is seen here as a row of pieces, in the cheapest way to cut it up:
//!
//! | piece | counts as |
//! |---|---|
//! | a word of the list (`common.md` names its sources), also with `0` for `o`, `@` for `a` and the like | 3 characters |
//! | a run of three or more: one character repeated, the alphabet, digits, keyboard rows and columns, either way | 1 |
//! | what stands directly before it, repeated (`abcabc`), or a word or run for the second time | 0 |
//! | any other character | 1 |
//!
//! It is too easily guessed when
//!
//! 1. the pieces together count for fewer than [`LEAST_EFFORT`] characters (`password1234567`, `aaaaaaaaaaaaaaa`); or
//! 2. one or two words or runs are all it is made of, whatever digits and signs stand before, after and, signs only,
//!    between them (`monkey836194720`, `dragon-monkey-1987`).
//!
//! Three words of the list and more pass: a passphrase is made of common words.

use std::collections::HashSet;
use std::sync::LazyLock;

use zeroize::Zeroizing;

/// A password must count for at least this many characters. Seven, not eight: one chance repetition in eight random
/// characters must not refuse them.
const LEAST_EFFORT: u32 = 7;

/// A word counts as three characters: the list has some 30 000, and 26 to the power of 3 is 17 576.
const WORD_EFFORT: u32 = 3;

/// Made of this many words and runs, and nothing else but padding: too few.
const FEW_PIECES: u32 = 2;

/// More than any row of allowed pieces can cost.
const FORBIDDEN: u32 = 1_000_000;

/// The longest word of the list; longer context words are found by the policy itself.
const LONGEST_WORD: usize = 20;

/// The shortest word looked up: context words may be shorter than the list's, which have four letters and more.
const SHORTEST_WORD: usize = 2;

/// The shortest run and the shortest repetition cut off by the end.
const SHORTEST_RUN: usize = 3;

/// The longest block whose repetition is noticed.
const LONGEST_BLOCK: usize = 32;

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common.txt").lines().filter(|line| !line.starts_with('#')).collect());

/// Rows that continue at their start.
const CIRCLES: [&str; 2] = ["abcdefghijklmnopqrstuvwxyz", "0123456789"];

/// Rows, columns and zigzags of the usual keyboards (QWERTY, QWERTZ, AZERTY, number pad).
const TRACKS: [&str; 16] = [
    "!@#$%^&*()_+",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "!qaz@wsx#edc$rfv%tgb^yhn&ujm*ik,(ol.)p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaqxswcdevfrbgtnhymjukilop",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "1q2w3e4r5t6y7u8i9o0p",
    "1!2@3#4$5%6^7&8*9(0)",
    "qweasdzxc",
    "147258369",
];

/// Whether a folded password (see [`fold`](super::policy)) is too easily guessed, with `extra` as further words.
pub(super) fn is_guessable(folded: &str, extra: &HashSet<String>) -> bool {
    let chars = Zeroizing::new(folded.chars().collect::<Vec<_>>());
    let text = Text { chars: &chars, extra };
    if text.cost(Measure::Effort) < LEAST_EFFORT {
        return true;
    }
    let has_letters = chars.iter().any(|character| character.is_alphabetic());
    has_letters && text.cost(Measure::Pieces) <= FEW_PIECES
}

/// The letter that a sign or digit is commonly put for; `one` is what `1`, `!` and `|` stand for, `i` or `l`.
pub(super) fn unswapped(character: char, one: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    }
}

/// What a piece costs.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Measure {
    /// How many characters it counts for.
    Effort,
    /// How many words and runs; padding is free, anything else forbidden.
    Pieces,
}

#[derive(Clone, Copy)]
enum Piece {
    Copy,
    Plain,
    Run,
    Word,
}

/// The cheapest way to a position: its cost, where its last piece starts, and what that piece is.
#[derive(Clone, Copy)]
struct Step {
    cost: u32,
    start: usize,
    piece: Piece,
}

struct Text<'a> {
    chars: &'a [char],
    extra: &'a HashSet<String>,
}

impl Text<'_> {
    /// The cost of the cheapest row of pieces, where a word or run counts only once.
    fn cost(&self, measure: Measure) -> u32 {
        let steps = self.steps(measure);
        let (mut seen, mut cost, mut end) = (HashSet::new(), 0, self.chars.len());
        while end > 0 {
            let Step { start, piece, .. } = steps[end];
            let is_again = matches!(piece, Piece::Run | Piece::Word) && !seen.insert(&self.chars[start..end]);
            if !is_again {
                cost += self.price(measure, piece, start);
            }
            end = start;
        }
        cost
    }

    /// For each position the cheapest way to it (dynamic programming, from left to right).
    fn steps(&self, measure: Measure) -> Vec<Step> {
        let first = Step { cost: 0, start: 0, piece: Piece::Plain };
        let unreached = Step { cost: u32::MAX, ..first };
        let mut steps = vec![unreached; self.chars.len() + 1];
        steps[0] = first;
        for start in 0..self.chars.len() {
            let so_far = steps[start].cost;
            self.pieces_from(start, |end, piece| {
                let cost = so_far.saturating_add(self.price(measure, piece, start));
                if cost < steps[end].cost {
                    steps[end] = Step { cost, start, piece };
                }
            });
        }
        steps
    }

    fn price(&self, measure: Measure, piece: Piece, start: usize) -> u32 {
        match (measure, piece) {
            (_, Piece::Copy) => 0,
            (Measure::Effort, Piece::Word) => WORD_EFFORT,
            (Measure::Effort | Measure::Pieces, Piece::Run) | (Measure::Effort, Piece::Plain) => 1,
            (Measure::Pieces, Piece::Word) => 1,
            (Measure::Pieces, Piece::Plain) if self.is_padding(start) => 0,
            (Measure::Pieces, Piece::Plain) => FORBIDDEN,
        }
    }

    /// Signs and spaces anywhere; digits before the first and after the last letter.
    fn is_padding(&self, at: usize) -> bool {
        let has_letter = |chars: &[char]| chars.iter().any(|character| character.is_alphabetic());
        let character = self.chars[at];
        !character.is_alphanumeric()
            || (character.is_numeric() && !(has_letter(&self.chars[..at]) && has_letter(&self.chars[at..])))
    }

    /// Every piece that starts here, by its end.
    fn pieces_from(&self, start: usize, mut found: impl FnMut(usize, Piece)) {
        found(start + 1, Piece::Plain);
        for length in SHORTEST_RUN..=self.run_at(start) {
            found(start + length, Piece::Run);
        }
        self.words_at(start, |end| found(end, Piece::Word));
        self.copies_at(start, |end| found(end, Piece::Copy));
    }

    /// Words that start here, as they stand and with swapped letters put back.
    fn words_at(&self, start: usize, mut found: impl FnMut(usize)) {
        let rest = &self.chars[start..];
        let readings: [fn(char) -> char; 3] = [
            |character| character,
            |character| unswapped(character, 'i'),
            |character| unswapped(character, 'l'),
        ];
        for reading in readings {
            let mut word = Zeroizing::new(String::with_capacity(LONGEST_WORD * 4));
            for (index, &character) in rest.iter().take(LONGEST_WORD).enumerate() {
                word.push(reading(character));
                let is_word = COMMON.contains(word.as_str()) || self.extra.contains(word.as_str());
                if index + 1 >= SHORTEST_WORD && is_word {
                    found(start + index + 1);
                }
            }
        }
    }

    /// The ends of what repeats the text directly before `start`: whole blocks, or a last one cut off by the end.
    fn copies_at(&self, start: usize, mut found: impl FnMut(usize)) {
        for block in 2..=start.min(LONGEST_BLOCK) {
            let before = &self.chars[start - block..];
            let same = self.chars[start..].iter().zip(before).take_while(|(one, other)| one == other).count();
            let is_cut_off = start + same == self.chars.len() && same >= SHORTEST_RUN;
            if same >= block || is_cut_off {
                found(start + same);
            }
            if same >= block {
                found(start + block);
            }
        }
    }

    /// The length of the longest run from here.
    fn run_at(&self, start: usize) -> usize {
        let rest = &self.chars[start..];
        let repeated = rest.iter().take_while(|&&character| character == rest[0]).count();
        let circles = CIRCLES.iter().map(|track| (track, true));
        let tracks = TRACKS.iter().map(|track| (track, false));
        let along =
            circles.chain(tracks).map(|(track, is_circle)| along_track(rest, track.as_bytes(), is_circle));
        along.max().unwrap_or(0).max(repeated)
    }
}

/// How far the text follows the track from its first character on, forwards or backwards.
fn along_track(text: &[char], track: &[u8], is_circle: bool) -> usize {
    let Some(from) = track.iter().position(|&byte| char::from(byte) == text[0]) else {
        return 0;
    };
    let forwards = count_along(text, &track[from..], track, is_circle);
    let reversed: Vec<u8> = track.iter().rev().copied().collect();
    let backwards = count_along(text, &reversed[track.len() - 1 - from..], &reversed, is_circle);
    forwards.max(backwards)
}

/// How many characters agree with the rest of the track and, on a circle, its further rounds.
fn count_along(text: &[char], rest: &[u8], track: &[u8], is_circle: bool) -> usize {
    let rounds = if is_circle { usize::MAX } else { 0 };
    let expected = rest.iter().chain(std::iter::repeat_n(track, rounds).flatten());
    text.iter().zip(expected).take_while(|&(&character, &byte)| character == char::from(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_guessable_alone(folded: &str) -> bool {
        is_guessable(folded, &HashSet::new())
    }

    #[test]
    fn the_list_is_sorted_lower_case_and_large() {
        let words: Vec<_> =
            include_str!("common.txt").lines().filter(|line| !line.starts_with('#')).collect();
        assert!(words.is_sorted());
        assert!(words.len() > 30_000);
        assert!(
            words.iter().all(|word| (4..=LONGEST_WORD).contains(&word.len()) && *word == word.to_lowercase())
        );
        assert_eq!(COMMON.len(), words.len());
    }

    #[test]
    fn every_word_padded_in_the_usual_ways_is_guessable() {
        let has_letter = |word: &&&str| word.contains(|character: char| character.is_alphabetic());
        for word in COMMON.iter().filter(has_letter).step_by(97) {
            let paddings = [
                format!("{word}1234567890"),
                format!("{word}836194720"),
                format!("2024!{word}!!!"),
                format!("{word}{word}{word}"),
                format!("{word} {word} {word} 7"),
                format!("{word:x<20}"),
                format!("{word:!>20}"),
                format!("{word}qwertyuiop"),
                format!("{word}-dragon-1987"),
            ];
            for padded in paddings {
                assert!(is_guessable_alone(&padded), "{padded}");
            }
        }
    }

    #[test]
    fn runs_and_repetitions_are_guessable() {
        let cases = [
            "aaaaaaaaaaaaaaa",
            "123456789012345",
            "987654321098765",
            "abcdefghijklmno",
            "zyxwvutsrqponmlkj",
            "qwertyuiopasdfgh",
            "asdfghjklqwertyuiop",
            "1qaz2wsx3edc4rfv",
            "!qaz@wsx#edc$rfv",
            "qazwsxedcrfvtgb",
            "1q2w3e4r5t6y7u8i",
            "!@#$%^&*()!@#$%^&*()",
            "abcabcabcabcabc",
            "xk7xk7xk7xk7xk7xk7",
            "monkeymonkeymon",
            "passwordpasswor",
            "               ",
            "................",
        ];
        for case in cases {
            assert!(is_guessable_alone(case), "{case}");
        }
    }

    #[test]
    fn swapped_letters_do_not_help() {
        for case in ["p@ssw0rd1234567", "$ecret836194720", "m0nk3y!!!!!!!!!", "f00tb@11-f00tba11"] {
            assert!(is_guessable_alone(case), "{case}");
        }
    }

    #[test]
    fn passphrases_and_random_text_pass() {
        let cases = [
            "correct horse battery staple",
            "trustworthy demo passphrase",
            "another fine demo passphrase",
            "long enough password",
            "kqzvjwpxbtrnmhgdylcf",
            "834926175037491",
            "k7#pq2xw",
            "73#kq2x9",
            "😀🚀🌈🍕🎸🐙🌋🧩🪐🦉🍄🎯🧵🛶🏔",
            "пять минут до рассвета",
        ];
        for case in cases {
            assert!(!is_guessable_alone(case), "{case}");
        }
    }

    #[test]
    fn extra_words_count_as_words() {
        let extra = HashSet::from(["zorbly".to_owned()]);
        assert!(!is_guessable_alone("zorbly836194720"));
        assert!(is_guessable("zorbly836194720", &extra));
    }
}
