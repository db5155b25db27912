//! The name of an event, by which its row, its line in the log and the reply to whoever was refused are one.

use std::fmt;

use uuid::{Builder, Uuid};

use crate::clock::Timestamp;
use crate::random::{Random, random_bytes};

/// The name of an event: a UUIDv7 (RFC 9562 section 5.7), so that ids are in the order of time. It says when, and nothing else.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EventId([u8; 16]);

/// The letters of a [reference](EventId::reference): Crockford's base 32, which has no letters that are read for one another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many letters a reference has: the time in milliseconds, and 12 of the random bits.
const REFERENCE: usize = 12;

impl EventId {
    /// The least of all ids.
    pub const FIRST: Self = Self([0; 16]);

    /// The greatest of all ids.
    pub const LAST: Self = Self([0xff; 16]);

    /// The id with these bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn generate(now: Timestamp, random: &dyn Random) -> Self {
        Self(Builder::from_unix_timestamp_millis(millis(now), &random_bytes(random)).into_uuid().into_bytes())
    }

    /// The id's bytes, which are in the order of the ids.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The least id of this moment: all events from then on have greater ones.
    pub fn at(moment: Timestamp) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis(moment).to_be_bytes()[2..]);
        Self(bytes)
    }

    /// The id behind this one.
    #[must_use]
    pub fn next(&self) -> Self {
        Self(u128::from_be_bytes(self.0).saturating_add(1).to_be_bytes())
    }

    /// Reads the written form, with `urn:uuid:` before it or without.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
        // The form with hyphens alone: others are no text of ours.
        let is_written = text.len() == 36;
        is_written.then(|| Uuid::try_parse(text).ok()).flatten().map(|uuid| Self(uuid.into_bytes()))
    }

    /// As the member `instance` of a problem document has it (RFC 9457 section 3.1.5, RFC 9562 section 4).
    pub fn urn(&self) -> String {
        format!("urn:uuid:{self}")
    }

    /// A short form for people to read out, such as `01K5-7Q2M-0ZX4`. It finds one event, or the few of the same millisecond that look
    /// alike.
    pub fn reference(&self) -> String {
        let letter =
            |place: usize| char::from(LETTERS[usize::try_from(self.bits() >> (5 * place) & 31).unwrap_or(0)]);
        let letters = (0..REFERENCE).rev().map(letter);
        let mut written = String::with_capacity(REFERENCE + 2);
        for (place, letter) in letters.enumerate() {
            if place > 0 && place % 4 == 0 {
                written.push('-');
            }
            written.push(letter);
        }
        written
    }

    /// The time, and the 12 bits behind the version.
    fn bits(&self) -> u64 {
        let number = u128::from_be_bytes(self.0);
        let (time, random) = (number >> 80, number >> 64 & 0xfff);
        u64::try_from(time << 12 | random).unwrap_or(u64::MAX)
    }

    /// The least id with a reference, and the least behind those that have it. What people read for other letters is taken as those.
    pub fn range_of_reference(text: &str) -> Option<(Self, Self)> {
        let mut bits: u64 = 0;
        let mut count = 0;
        for letter in text.chars().filter(|letter| *letter != '-' && !letter.is_whitespace()) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                letter => letter,
            };
            let value = LETTERS.iter().position(|known| char::from(*known) == letter)?;
            bits = bits << 5 | u64::try_from(value).ok()?;
            count += 1;
            if count > REFERENCE {
                return None;
            }
        }
        if count != REFERENCE {
            return None;
        }
        let from = u128::from(bits >> 12) << 80 | 7 << 76 | u128::from(bits & 0xfff) << 64;
        Some((Self(from.to_be_bytes()), Self((from + (1 << 64)).to_be_bytes())))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

/// As far as 48 bits go.
fn millis(moment: Timestamp) -> u64 {
    u64::try_from(moment.unix_millis()).unwrap_or(0).min((1 << 48) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    const NOW: Timestamp = Timestamp::from_unix_millis(1_800_000_000_123);

    #[test]
    fn ids_are_in_the_order_of_time() {
        let later = Timestamp::from_unix_millis(NOW.unix_millis() + 1);
        let (one, other) = (EventId::generate(NOW, &OsRandom), EventId::generate(later, &OsRandom));
        assert!(EventId::at(NOW) < one && one < EventId::at(later) && EventId::at(later) < other);
        assert!(one < one.next() && EventId::LAST.next() == EventId::LAST);
    }

    #[test]
    fn an_id_is_read_as_it_is_written_and_nothing_else_is() {
        let id = EventId::generate(NOW, &OsRandom);
        assert_eq!(EventId::parse(&id.to_string()), Some(id));
        assert_eq!(EventId::parse(&id.urn()), Some(id));
        for text in ["", "urn:uuid:", "0198", "{01985b3e-0000-7000-8000-000000000000}", "x"] {
            assert_eq!(EventId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_reference_leads_back_to_its_event_however_it_is_typed() {
        for _ in 0..100 {
            let id = EventId::generate(NOW, &OsRandom);
            let reference = id.reference();
            assert_eq!(reference.len(), 14, "{reference}");
            for typed in [reference.clone(), reference.to_lowercase(), reference.replace('-', "")] {
                let (from, to) = EventId::range_of_reference(&typed).unwrap();
                assert!(from <= id && id < to, "{typed}");
            }
        }
        for text in ["", "0123-4567-89A", "0123-4567-89AB-C", "0123-4567-89AU", "\u{e9}123-4567-89AB"] {
            assert_eq!(EventId::range_of_reference(text), None, "{text}");
        }
    }
}
