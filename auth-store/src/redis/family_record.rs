//! A refresh family as one string.
//!
//! | bytes | |
//! |---|---|
//! | 0 | version of the layout |
//! | 1 to 32 | the hash of the living token: the rotation script compares it |
//! | 33 to 90 | the rest of the rotation, which the script writes with it |
//! | 91 and on | what stays as it is |

use auth_core::clock::Timestamp;
use auth_core::error::BoxError;
use auth_core::session::{Amr, SessionHandle};
use auth_core::token::{Predecessor, RefreshFamily, Rotation};
use auth_core::user::UserId;

use super::codec::{Decoder, Encoder};

pub(super) fn encode(family: &RefreshFamily) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.bytes(&encode_rotation(&family.rotation));
    encoder.bytes(family.sid.as_bytes()).number(family.epoch);
    encoder.time(family.auth_time).time(family.created_at).time(family.expires_at);
    encoder.bytes(&family.amr.bits().to_be_bytes());
    encoder.counted(family.session.as_ref().map_or(&[], |session| session.as_bytes()));
    for text in [family.user.as_str(), &family.client_id, &family.scope] {
        encoder.counted(text.as_bytes());
    }
    encoder.counted(family.resource.as_deref().unwrap_or_default().as_bytes());
    // Only where it is there: a server of before this was kept reads the others.
    if let Some(jkt) = &family.jkt {
        encoder.counted(jkt.as_bytes());
    }
    encoder.finish()
}

/// Bytes 1 to 90.
pub(super) fn encode_rotation(rotation: &Rotation) -> Vec<u8> {
    let mut encoder = Encoder::part();
    encoder.bytes(&rotation.current).time(rotation.rotated_at);
    let none = Predecessor { hash: [0; 32], salt: [0; 16], key_version: 0 };
    let previous = rotation.previous.as_ref();
    let Predecessor { hash, salt, key_version } = previous.unwrap_or(&none);
    encoder.byte(u8::from(previous.is_some())).bytes(hash).bytes(salt).byte(*key_version).finish()
}

pub(super) fn decode(stored: &[u8]) -> Result<RefreshFamily, BoxError> {
    let mut decoder = Decoder::new(stored)?;
    let rotation = decode_rotation(&mut decoder)?;
    let (sid, epoch) = (SessionHandle::new(decoder.array()?), decoder.number()?);
    let (auth_time, created_at, expires_at) = (decoder.time()?, decoder.time()?, decoder.time()?);
    let amr = Amr::from_bits(u16::from_be_bytes(decoder.array()?));
    let session = match decoder.counted()? {
        [] => None,
        handle => Some(SessionHandle::new(handle.try_into()?)),
    };
    let (user, client_id, scope) = (decoder.text()?, decoder.text()?, decoder.text()?);
    // A record of before this was kept ends here.
    let resource = if decoder.end().is_ok() { "" } else { decoder.text()? };
    let jkt = if decoder.end().is_ok() { None } else { Some(decoder.text()?.into()) };
    decoder.end()?;
    Ok(RefreshFamily {
        sid,
        client_id: client_id.into(),
        user: UserId::new(user),
        epoch,
        scope: scope.to_owned(),
        session,
        resource: (!resource.is_empty()).then(|| resource.into()),
        jkt,
        auth_time,
        amr,
        created_at,
        expires_at,
        rotation,
    })
}

fn decode_rotation(decoder: &mut Decoder<'_>) -> Result<Rotation, BoxError> {
    let (current, rotated_at): (_, Timestamp) = (decoder.array()?, decoder.time()?);
    let has_previous = decoder.byte()? != 0;
    let previous =
        Predecessor { hash: decoder.array()?, salt: decoder.array()?, key_version: decoder.byte()? };
    Ok(Rotation { current, rotated_at, previous: has_previous.then_some(previous) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family() -> RefreshFamily {
        let at = Timestamp::from_unix_seconds;
        let previous = Predecessor { hash: [2; 32], salt: [3; 16], key_version: 255 };
        RefreshFamily {
            sid: SessionHandle::new([1; 16]),
            client_id: "app".into(),
            user: UserId::new("u1"),
            epoch: u64::MAX,
            scope: "reports:read ".repeat(50),
            session: Some(SessionHandle::new([9; 16])),
            resource: Some("https://api.example".into()),
            jkt: Some("a thumbprint".into()),
            auth_time: at(1),
            amr: Amr::PWD,
            created_at: at(2),
            expires_at: at(3),
            rotation: Rotation { current: [4; 32], rotated_at: at(5), previous: Some(previous) },
        }
    }

    #[test]
    fn a_family_comes_out_as_it_went_in() {
        let bare = Rotation { previous: None, ..family().rotation };
        let bare = RefreshFamily {
            session: None,
            resource: None,
            jkt: None,
            scope: String::new(),
            rotation: bare,
            ..family()
        };
        for family in [family(), bare] {
            assert_eq!(encode_rotation(&family.rotation).len(), 90);
            let read = decode(&encode(&family)).unwrap();
            assert_eq!(format!("{read:?}"), format!("{family:?}"));
        }
    }

    #[test]
    fn whatever_is_cut_off_is_an_error() {
        let whole = encode(&family());
        let without_key = whole.len() - family().jkt.unwrap().len() - 1;
        let older = without_key - family().resource.unwrap().len() - 1;
        for length in (0..whole.len()).filter(|length| ![older, without_key].contains(length)) {
            assert!(decode(&whole[..length]).is_err(), "{length}");
        }
        assert_eq!(decode(&whole[..older]).unwrap().resource, None);
        assert_eq!(decode(&whole[..without_key]).unwrap().jkt, None);
        assert!(decode(&[whole, vec![0]].concat()).is_err());
    }
}
