//! CBOR as authenticators write it, read strictly.
//!
//! CTAP 2.2 section 8 ("Message Encoding") knows no tags, no floating point and no lengths that are left open; RFC 8949 section 5.6 calls
//! a map invalid in which a key stands twice. A reader that takes such a map has to pick one of the two, and another reader picks the
//! other.

/// The deepest nesting that is followed: an attestation statement needs four levels (CTAP 2.2 section 8).
const MAX_DEPTH: usize = 6;
/// The most members of one map. It keeps the search for duplicates short.
const MAX_MEMBERS: usize = 64;

/// A value, borrowed from what was read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::passkey) enum Cbor<'a> {
    Array(Vec<Cbor<'a>>),
    Bool(bool),
    Bytes(&'a [u8]),
    /// In the range of CBOR's own: from -2^64 to 2^64 - 1.
    Integer(i128),
    Map(Vec<(Cbor<'a>, Cbor<'a>)>),
    /// `null`, or `undefined`.
    Nothing,
    Text(&'a str),
}

impl<'a> Cbor<'a> {
    /// The one value that these bytes are, up to the last of them.
    pub(in crate::passkey) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (value, rest) = Self::read(bytes)?;
        rest.is_empty().then_some(value)
    }

    /// The value that stands first, and what follows it.
    pub(in crate::passkey) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut reader = Reader(bytes);
        let value = reader.value(MAX_DEPTH)?;
        Some((value, reader.0))
    }

    /// The member of a map under this key.
    pub(in crate::passkey) fn get(&self, key: &Cbor<'_>) -> Option<&Cbor<'a>> {
        let Self::Map(members) = self else { return None };
        members.iter().find(|(held, _)| held == key).map(|(_, value)| value)
    }

    /// The member of a map under this text.
    pub(in crate::passkey) fn named(&self, name: &str) -> Option<&Cbor<'a>> {
        self.get(&Cbor::Text(name))
    }

    /// The member of a map under this number, as COSE has them (RFC 9052 section 7).
    pub(in crate::passkey) fn labelled(&self, label: i128) -> Option<&Cbor<'a>> {
        self.get(&Cbor::Integer(label))
    }

    pub(in crate::passkey) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(in crate::passkey) fn integer(&self) -> Option<i128> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub(in crate::passkey) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a map, and how many members it has.
    pub(in crate::passkey) fn members(&self) -> Option<usize> {
        match self {
            Self::Map(members) => Some(members.len()),
            _ => None,
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Cbor<'a>> {
        let depth = depth.checked_sub(1)?;
        let first = *self.take(1)?.first()?;
        let argument = self.argument(first & 0b1_1111, first >> 5)?;
        Some(match first >> 5 {
            0 => Cbor::Integer(argument.into()),
            1 => Cbor::Integer(-1 - i128::from(argument)),
            2 => Cbor::Bytes(self.take(usize::try_from(argument).ok()?)?),
            3 => Cbor::Text(std::str::from_utf8(self.take(usize::try_from(argument).ok()?)?).ok()?),
            4 => Cbor::Array(self.array(argument, depth)?),
            5 => Cbor::Map(self.map(argument, depth)?),
            // Simple values (RFC 8949 section 3.3): false, true, null, undefined. Those that are written in two bytes are others.
            7 => match first & 0b1_1111 {
                20 => Cbor::Bool(false),
                21 => Cbor::Bool(true),
                22 | 23 => Cbor::Nothing,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// What follows the first byte (RFC 8949 section 3): the number itself, or in how many bytes it stands.
    fn argument(&mut self, short: u8, major: u8) -> Option<u64> {
        let long = match short {
            0..=23 => return Some(short.into()),
            24 if major != 7 => 1,
            25 if major != 7 => 2,
            26 if major != 7 => 4,
            27 if major != 7 => 8,
            _ => return None,
        };
        Some(self.take(long)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn array(&mut self, count: u64, depth: usize) -> Option<Vec<Cbor<'a>>> {
        // Each takes a byte at least: no room is made for what cannot be there.
        if count > self.0.len() as u64 {
            return None;
        }
        (0..count).map(|_| self.value(depth)).collect()
    }

    fn map(&mut self, count: u64, depth: usize) -> Option<Vec<(Cbor<'a>, Cbor<'a>)>> {
        if count > MAX_MEMBERS as u64 {
            return None;
        }
        let mut members: Vec<(Cbor<'a>, Cbor<'a>)> = Vec::new();
        for _ in 0..count {
            let (key, value) = (self.value(depth)?, self.value(depth)?);
            if members.iter().any(|(held, _)| *held == key) {
                return None;
            }
            members.push((key, value));
        }
        Some(members)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authenticators_write_is_read() {
        let map = [0xa4, 0x01, 0x02, 0x03, 0x26, 0x20, 0x41, 0x07, 0x61, b'x', 0x82, 0xf5, 0xf6];
        let value = Cbor::parse(&map).unwrap();
        assert_eq!(value.labelled(1), Some(&Cbor::Integer(2)));
        assert_eq!(value.labelled(3).and_then(Cbor::integer), Some(-7));
        assert_eq!(value.labelled(-1).and_then(Cbor::bytes), Some(&[7][..]));
        assert_eq!(value.named("x"), Some(&Cbor::Array(vec![Cbor::Bool(true), Cbor::Nothing])));
        assert_eq!(value.members(), Some(4));
        let (first, rest) = Cbor::read(&[0x18, 0x2a, 0xff]).unwrap();
        assert_eq!((first, rest), (Cbor::Integer(42), &[0xff][..]));
    }

    #[test]
    fn the_ends_of_the_numbers_are_read() {
        let most = [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Cbor::parse(&most), Some(Cbor::Integer(u64::MAX.into())));
        let least = [0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Cbor::parse(&least), Some(Cbor::Integer(-1 - i128::from(u64::MAX))));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_however_it_is_written() {
        for twice in [
            &[0xa2, 0x01, 0x02, 0x01, 0x03][..],
            &[0xa2, 0x01, 0x02, 0x18, 0x01, 0x03],
            &[0xa2, 0x61, b'x', 0x02, 0x78, 0x01, b'x', 0x03],
            // In a map within the map.
            &[0xa1, 0x01, 0xa2, 0x20, 0x02, 0x20, 0x02],
        ] {
            assert_eq!(Cbor::parse(twice), None, "{twice:x?}");
        }
    }

    #[test]
    fn what_is_broken_or_is_not_written_by_authenticators_is_refused() {
        for broken in [
            &[][..],
            &[0xa1],
            &[0xa1, 0x01],
            &[0x41],
            &[0x19, 0x01],
            &[0x1c],
            &[0x62, 0xc3, 0x28],
            // More than one value.
            &[0x01, 0x02],
            // Lengths that are left open.
            &[0x5f, 0x41, 0x00, 0xff],
            &[0x9f, 0xff],
            &[0xbf, 0xff],
            // A tag, floating point, a simple value in two bytes, the break by itself.
            &[0xc0, 0x01],
            &[0xf9, 0x00, 0x00],
            &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0xf8, 0x15],
            &[0xff],
            // Lengths beyond what is there.
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00],
            &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00],
        ] {
            assert_eq!(Cbor::parse(broken), None, "{broken:x?}");
        }
        assert_eq!(Cbor::parse(&[0x81; 60_000]), None, "nested without end");
        assert_eq!(Cbor::parse(&[&[0x81; MAX_DEPTH][..], &[0x01]].concat()), None);
        assert!(Cbor::parse(&[&[0x81; MAX_DEPTH - 1][..], &[0x01]].concat()).is_some());
        let members: Vec<u8> = (0..=64_u8).flat_map(|key| [0x18, key, 0x01]).collect();
        assert_eq!(Cbor::parse(&[&[0xb8, 65][..], &members].concat()), None, "too many members");
    }
}
