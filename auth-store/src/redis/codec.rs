//! Records as bytes: numbers of fixed length, texts behind their length, and first of all the version of the layout.
//!
//! A version that this program does not know is an error, never "no such record": a newer program wrote it, and what it says is
//! not for guessing.

use auth_core::clock::Timestamp;
use auth_core::error::BoxError;

/// The layout that this program writes.
pub(super) const VERSION: u8 = 1;

/// What the sign of a number is turned over by, so that numbers are ordered as their bytes are.
const SIGN: i64 = i64::MIN;

/// Of the bytes of a small number: what says that another one follows, and the largest that stands in one alone.
const MARK: u8 = 1 << 7;
const LOW: u64 = 0x7f;

/// The time as eight bytes that are ordered as times are. The scripts compare them.
pub(super) fn ordered(time: Timestamp) -> [u8; 8] {
    (time.unix_millis() ^ SIGN).to_be_bytes()
}

/// Puts a record together.
pub(super) struct Encoder(Vec<u8>);

impl Encoder {
    /// A record of the present version.
    pub(super) fn new() -> Self {
        Self(vec![VERSION])
    }

    /// A record of another version.
    pub(super) fn of_version(version: u8) -> Self {
        Self(vec![version])
    }

    /// A part of a record.
    pub(super) fn part() -> Self {
        Self(Vec::new())
    }

    pub(super) fn byte(&mut self, byte: u8) -> &mut Self {
        self.bytes(&[byte])
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_be_bytes())
    }

    pub(super) fn short(&mut self, number: u32) -> &mut Self {
        self.bytes(&number.to_be_bytes())
    }

    pub(super) fn time(&mut self, time: Timestamp) -> &mut Self {
        self.bytes(&ordered(time))
    }

    /// Bytes whose number is known.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A number that mostly is small: seven bits a byte, the lowest first, all but the last byte marked.
    pub(super) fn small(&mut self, mut number: u64) -> &mut Self {
        while number > LOW {
            self.byte(MARK | number.to_le_bytes()[0]);
            number >>= 7;
        }
        self.bytes(&number.to_le_bytes()[..1])
    }

    /// Bytes behind their number.
    pub(super) fn counted(&mut self, bytes: &[u8]) -> &mut Self {
        self.small(bytes.len() as u64).bytes(bytes)
    }

    pub(super) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

/// Takes a record apart.
pub(super) struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    /// Of a record of the present version.
    pub(super) fn new(record: &'a [u8]) -> Result<Self, BoxError> {
        Self::of_versions(record, &[VERSION])
    }

    /// Of a record of one of these versions.
    pub(super) fn of_versions(record: &'a [u8], known: &[u8]) -> Result<Self, BoxError> {
        match record.split_first() {
            Some((version, rest)) if known.contains(version) => Ok(Self(rest)),
            Some((version, _)) => {
                Err(format!("a record in Redis has the version {version}, which is unknown here").into())
            }
            None => Err(cut_short()),
        }
    }

    /// Of a part of a record.
    pub(super) fn part(part: &'a [u8]) -> Self {
        Self(part)
    }

    pub(super) fn byte(&mut self) -> Result<u8, BoxError> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn number(&mut self) -> Result<u64, BoxError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn short(&mut self) -> Result<u32, BoxError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, BoxError> {
        Ok(Timestamp::from_unix_millis(i64::from_be_bytes(self.array()?) ^ SIGN))
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BoxError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn small(&mut self) -> Result<u64, BoxError> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= (u64::from(byte) & LOW) << shift;
            if byte & MARK == 0 {
                return Ok(number);
            }
        }
        Err("a record in Redis has a number that is too large".into())
    }

    pub(super) fn counted(&mut self) -> Result<&'a [u8], BoxError> {
        let count = usize::try_from(self.small()?)?;
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, BoxError> {
        Ok(std::str::from_utf8(self.counted()?)?)
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    /// That nothing is left.
    pub(super) fn end(&self) -> Result<(), BoxError> {
        if self.0.is_empty() { Ok(()) } else { Err("a record in Redis is too long".into()) }
    }
}

fn cut_short() -> BoxError {
    "a record in Redis is cut short".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out() {
        let long = vec![7; 300];
        let edge = vec![8; 255];
        let record = Encoder::new()
            .byte(9)
            .number(u64::MAX)
            .short(5)
            .counted(b"")
            .counted(&long)
            .counted(&edge)
            .finish();
        let mut decoder = Decoder::new(&record).unwrap();
        assert_eq!((decoder.byte().unwrap(), decoder.number().unwrap()), (9, u64::MAX));
        assert_eq!((decoder.short().unwrap(), decoder.counted().unwrap()), (5, &b""[..]));
        assert!(decoder.counted().unwrap() == long && decoder.end().is_err());
        assert!(decoder.counted().unwrap() == edge && decoder.end().is_ok());
    }

    #[test]
    fn small_numbers_take_few_bytes_and_large_ones_are_kept() {
        for (number, length) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (u64::MAX, 10)] {
            let written = Encoder::part().small(number).finish();
            assert_eq!((written.len(), Decoder::part(&written).small().unwrap()), (length, number));
        }
    }

    #[test]
    fn times_are_ordered_as_their_bytes_are() {
        let times = [i64::MIN, -1, 0, 1, 1_700_000_000_000, i64::MAX].map(Timestamp::from_unix_millis);
        assert!(times.map(ordered).is_sorted());
        for time in times {
            assert_eq!(Decoder::part(&ordered(time)).time().unwrap(), time);
        }
    }

    #[test]
    fn what_was_not_written_here_is_an_error() {
        assert!(Decoder::new(&[]).is_err() && Decoder::new(&[2, 0]).is_err());
        assert!(Decoder::part(&[5, 1]).counted().is_err());
        assert!(Decoder::part(&[255; 9]).small().is_err() && Decoder::part(&[255; 20]).counted().is_err());
        assert!(Decoder::part(&[1, 0xff]).text().is_err());
        assert!(Decoder::part(&[1]).number().is_err());
    }
}
