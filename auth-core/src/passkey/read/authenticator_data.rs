//! `authData`: what the authenticator says, and signs (WebAuthn Level 3 section 6.1).

use super::cbor::Cbor;

/// The longest id of a credential, in bytes (WebAuthn Level 3 section 4, "Credential ID").
pub(in crate::passkey) const MAX_ID: usize = 1023;

/// The bits of the flags (section 6.1).
const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENDED: u8 = 1 << 7;

/// What the authenticator says.
#[derive(Debug)]
pub(in crate::passkey) struct AuthenticatorData<'a> {
    pub(in crate::passkey) rp_id_hash: [u8; 32],
    pub(in crate::passkey) is_present: bool,
    pub(in crate::passkey) is_verified: bool,
    /// Whether the credential may be copied to other devices; that never changes.
    pub(in crate::passkey) can_be_backed_up: bool,
    pub(in crate::passkey) is_backed_up: bool,
    pub(in crate::passkey) counter: u32,
    /// At registration: the credential that was made.
    pub(in crate::passkey) attested: Option<Attested<'a>>,
}

/// A credential that was made (section 6.5.1).
#[derive(Debug)]
pub(in crate::passkey) struct Attested<'a> {
    /// The model of the authenticator; zeros where it does not say.
    pub(in crate::passkey) aaguid: [u8; 16],
    pub(in crate::passkey) id: &'a [u8],
    /// The public key, a COSE_Key (RFC 9052 section 7), as it came and as it was read.
    pub(in crate::passkey) key_bytes: &'a [u8],
    pub(in crate::passkey) key: Cbor<'a>,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads it, to the last byte; `None` where it is anything else. What is backed up and cannot be is no state (section 6.1.3).
    pub(in crate::passkey) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
        let (flags, rest) = rest.split_first()?;
        let (counter, mut rest) = rest.split_first_chunk::<4>()?;
        let has = |flag: u8| flags & flag != 0;
        let mut attested = None;
        if has(ATTESTED) {
            let (held, behind) = Attested::read(rest)?;
            (attested, rest) = (Some(held), behind);
        }
        if has(EXTENDED) {
            let (extensions, behind) = Cbor::read(rest)?;
            extensions.members()?;
            rest = behind;
        }
        let is_whole = rest.is_empty() && (has(BACKUP_ELIGIBLE) || !has(BACKED_UP));
        is_whole.then_some(Self {
            rp_id_hash: *rp_id_hash,
            is_present: has(USER_PRESENT),
            is_verified: has(USER_VERIFIED),
            can_be_backed_up: has(BACKUP_ELIGIBLE),
            is_backed_up: has(BACKED_UP),
            counter: u32::from_be_bytes(*counter),
            attested,
        })
    }
}

impl<'a> Attested<'a> {
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (aaguid, rest) = bytes.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (id, key_and_rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (key, rest) = Cbor::read(key_and_rest)?;
        let key_bytes = key_and_rest.get(..key_and_rest.len() - rest.len())?;
        let is_whole = (1..=MAX_ID).contains(&id.len()) && key.members().is_some();
        is_whole.then_some((Self { aaguid: *aaguid, id, key_bytes, key }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made credential of one byte, with a key that is an empty map.
    const MADE: [u8; 20] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0x77, 0xa0];

    fn data(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&[7; 32][..], &[flags], &[0, 0, 1, 2], rest].concat()
    }

    #[test]
    fn flags_counter_and_credential_are_read() {
        let bytes = data(USER_PRESENT | USER_VERIFIED | ATTESTED | EXTENDED, &[&MADE[..], &[0xa0]].concat());
        let read = AuthenticatorData::parse(&bytes).unwrap();
        assert_eq!((read.rp_id_hash, read.counter), ([7; 32], 258));
        assert!(read.is_present && read.is_verified && !read.can_be_backed_up && !read.is_backed_up);
        let made = read.attested.unwrap();
        assert_eq!((made.aaguid[15], made.id, made.key_bytes), (9, &[0x77][..], &[0xa0][..]));
        let bytes = data(BACKUP_ELIGIBLE | BACKED_UP, &[]);
        let read = AuthenticatorData::parse(&bytes).unwrap();
        assert!(read.can_be_backed_up && read.is_backed_up && !read.is_present && read.attested.is_none());
    }

    #[test]
    fn what_is_cut_off_goes_on_or_contradicts_itself_is_refused() {
        let whole = data(USER_PRESENT | ATTESTED, &MADE);
        assert!(AuthenticatorData::parse(&whole).is_some());
        for length in 0..whole.len() {
            assert!(AuthenticatorData::parse(&whole[..length]).is_none(), "{length}");
        }
        for (flags, rest) in [
            (ATTESTED, &[&MADE[..], &[0xa0]].concat()[..]),
            (USER_PRESENT, &MADE[..]),
            (USER_PRESENT, &[0][..]),
            (EXTENDED, &[][..]),
            (EXTENDED, &[0x01][..]),
            (EXTENDED, &[0xa2, 0x61, b'a', 0x01, 0x61, b'a', 0x01][..]),
            (BACKED_UP, &[][..]),
        ] {
            assert!(AuthenticatorData::parse(&data(flags, rest)).is_none(), "{flags} {rest:x?}");
        }
    }

    #[test]
    fn an_id_is_as_long_as_the_specification_lets_it_be() {
        for (length, is_taken) in [(0_u16, false), (1, true), (1023, true), (1024, false)] {
            let id = vec![1; length.into()];
            let made = [&[0; 16][..], &length.to_be_bytes(), &id, &[0xa0]].concat();
            let bytes = data(ATTESTED, &made);
            assert_eq!(AuthenticatorData::parse(&bytes).is_some(), is_taken, "{length}");
        }
    }
}
