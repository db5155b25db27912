//! A user as one string: what guards know of an account, and never its password.

use auth_core::clock::Timestamp;
use auth_core::error::BoxError;
use auth_core::user::{Email, Ending, EndingCause, LanguageTag, PersonName, User, UserId, Username};

use super::codec::{Decoder, Encoder};

const HAS_EMAIL: u8 = 1;
const EMAIL_VERIFIED: u8 = 1 << 1;
const ACTIVE: u8 = 1 << 2;
const STAFF: u8 = 1 << 3;
const SUPERUSER: u8 = 1 << 4;
const LOGGED_IN: u8 = 1 << 5;
/// The name is compared as other systems do.
const FOREIGN_NAME: u8 = 1 << 6;

/// A user as read at this time.
pub(super) fn encode(user: &User, read_at: Timestamp) -> Result<Vec<u8>, BoxError> {
    let mut encoder = Encoder::new();
    encoder.byte(flags(user)).small(user.auth_epoch).time(user.date_joined);
    if let Some(at) = user.last_login {
        encoder.time(at);
    }
    encoder.counted(user.username().as_bytes());
    if let Some(email) = &user.email {
        encoder.counted(email.as_str().as_bytes());
    }
    for list in [&user.groups, &user.direct_permissions, &user.permissions] {
        encoder.small(list.len() as u64);
        for text in list {
            encoder.counted(text.as_bytes());
        }
    }
    encoder.counted(&serde_json::to_vec(&user.attributes)?);
    encoder.counted(user.first_name.as_str().as_bytes()).counted(user.last_name.as_str().as_bytes());
    encoder.counted(user.ending.map_or("", |ending| ending.cause.as_str()).as_bytes());
    if let Some(ending) = user.ending {
        encoder.time(ending.at);
    }
    encoder.counted(user.language.as_ref().map_or("", |language| language.as_str()).as_bytes());
    Ok(encoder.time(read_at).finish())
}

/// The user, and when they were read.
pub(super) fn decode(id: &UserId, stored: &[u8]) -> Result<(User, Timestamp), BoxError> {
    let mut decoder = Decoder::new(stored)?;
    let (flags, auth_epoch, date_joined) = (decoder.byte()?, decoder.small()?, decoder.time()?);
    let has = |flag| flags & flag != 0;
    let last_login = has(LOGGED_IN).then(|| decoder.time()).transpose()?;
    let name = decoder.text()?;
    let name = if has(FOREIGN_NAME) { Username::from_store(name) } else { Username::new(name)? };
    let mut user = User::new(id.clone(), name, date_joined);
    user.email = has(HAS_EMAIL).then(|| Ok::<_, BoxError>(Email::new(decoder.text()?)?)).transpose()?;
    user.groups = texts(&mut decoder)?;
    user.direct_permissions = texts(&mut decoder)?;
    user.permissions = texts(&mut decoder)?;
    user.attributes = serde_json::from_slice(decoder.counted()?)?;
    (user.first_name, user.last_name) = (name_of(&mut decoder)?, name_of(&mut decoder)?);
    user.ending = ending(&mut decoder)?;
    user.language = LanguageTag::new(decoder.text()?);
    let read_at = decoder.time()?;
    decoder.end()?;
    (user.auth_epoch, user.last_login) = (auth_epoch, last_login);
    (user.email_verified, user.is_active) = (has(EMAIL_VERIFIED), has(ACTIVE));
    (user.is_staff, user.is_superuser) = (has(STAFF), has(SUPERUSER));
    Ok((user, read_at))
}

fn flags(user: &User) -> u8 {
    let is_foreign = Username::new(user.username()).map_or(true, |name| {
        name.as_str() != user.username() || name.canonical() != user.username.canonical()
    });
    [
        (user.email.is_some(), HAS_EMAIL),
        (user.email_verified, EMAIL_VERIFIED),
        (user.is_active, ACTIVE),
        (user.is_staff, STAFF),
        (user.is_superuser, SUPERUSER),
        (user.last_login.is_some(), LOGGED_IN),
        (is_foreign, FOREIGN_NAME),
    ]
    .into_iter()
    .filter_map(|(is_set, flag)| is_set.then_some(flag))
    .sum()
}

fn name_of(decoder: &mut Decoder<'_>) -> Result<PersonName, BoxError> {
    Ok(PersonName::from_store(decoder.text()?))
}

fn ending(decoder: &mut Decoder<'_>) -> Result<Option<Ending>, BoxError> {
    let cause = match decoder.text()? {
        "" => return Ok(None),
        word => EndingCause::parse(word),
    };
    Ok(Some(Ending { cause, at: decoder.time()? }))
}

fn texts(decoder: &mut Decoder<'_>) -> Result<Vec<String>, BoxError> {
    (0..decoder.small()?).map(|_| Ok(decoder.text()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ_AT: Timestamp = Timestamp::from_unix_seconds(3);

    fn user() -> User {
        let id = UserId::new("u1");
        let mut user = User::new(id, Username::new("Alice").unwrap(), Timestamp::from_unix_seconds(1));
        user.email = Some(Email::new("Alice@Example.com").unwrap());
        (user.email_verified, user.is_staff, user.auth_epoch) = (true, true, u64::MAX);
        user.last_login = Some(Timestamp::from_unix_seconds(2));
        user.groups = vec!["editors".to_owned(), "writers".to_owned()];
        user.direct_permissions = vec!["a.b_c".to_owned()];
        user.permissions = vec!["a.b_c".to_owned(), "d.e_f".to_owned()];
        user.attributes = serde_json::json!({ "theme": "dark", "n": [1, 2] });
        (user.first_name, user.last_name) =
            (PersonName::from_store("Alice"), PersonName::from_store("Li\u{1f338}"));
        user.ending = Some(Ending { cause: EndingCause::Closed, at: Timestamp::from_unix_seconds(9) });
        user.language = LanguageTag::new("ko");
        user
    }

    #[test]
    fn a_record_comes_out_as_it_went_in() {
        let bare = User::new(UserId::new("u1"), Username::from_store("Al@home"), Timestamp::FAR_FUTURE);
        let mut disabled = bare.clone();
        (disabled.is_active, disabled.is_superuser) = (false, true);
        for user in [user(), bare, disabled] {
            let (read, read_at) = decode(&user.id, &encode(&user, READ_AT).unwrap()).unwrap();
            assert_eq!((format!("{read:?}"), read_at), (format!("{user:?}"), READ_AT));
        }
    }

    #[test]
    fn whatever_is_cut_off_or_turned_over_is_read_without_a_panic() {
        let whole = encode(&user(), READ_AT).unwrap();
        for length in 0..whole.len() {
            assert!(decode(&UserId::new("u1"), &whole[..length]).is_err(), "{length}");
        }
        for i in 0..whole.len() {
            for bit in 0..8 {
                let mut turned = whole.clone();
                turned[i] ^= 1 << bit;
                let _ = decode(&UserId::new("u1"), &turned);
            }
        }
    }
}
