//! A session as one string.
//!
//! | bytes | |
//! |---|---|
//! | 0 | version of the layout |
//! | 1 to 8 | when it was last used: the touch script writes here |
//! | 9 to 16 | version of the data |
//! | 17 and 18 | where the data begins |
//! | 19 and on | what stays as it is; then the data, which its script replaces whole |
//!
//! With a browser's name of 70 bytes that makes 190, and some 310 with all that Redis has about it.
//!
//! The version is 2 where the data say when second factors were shown, which a program that knows version 1 alone cannot read; else 1.

use std::net::IpAddr;
use std::sync::Arc;

use auth_core::clock::Timestamp;
use auth_core::error::BoxError;
use auth_core::login::{FactorTimes, Method};
use auth_core::session::{Amr, ProviderSession, SessionData, SessionHandle, SessionRecord};
use auth_core::user::UserId;

use super::codec::{Decoder, Encoder, VERSION, ordered};

/// Where what stays as it is begins.
const FIXED_FROM: usize = 19;

const REMEMBER: u8 = 1;
const IPV4: u8 = 1 << 1;
const IPV6: u8 = 1 << 2;
const USER_AGENT: u8 = 1 << 3;

const CLIENT: u8 = 1;
const PROVIDER: u8 = 1 << 1;
const SID: u8 = 1 << 2;
const ID_TOKEN: u8 = 1 << 3;
const FACTOR_TIMES: u8 = 1 << 4;
const TOLD_CLIENTS: u8 = 1 << 5;

/// The layout of a session whose data say when second factors were shown.
const WITH_FACTOR_TIMES: u8 = 2;

/// Which factors have a time, in the order in which the times stand: a bit each.
const FACTORS: [Method; 4] = [Method::Passkey, Method::Totp, Method::Email, Method::RecoveryCode];

pub(super) fn encode(record: &SessionRecord) -> Result<Vec<u8>, BoxError> {
    let fixed = encode_fixed(record);
    let data_from =
        u16::try_from(FIXED_FROM + fixed.len()).map_err(|_| "a session is too large to be stored")?;
    let data = record.extra.as_deref().map(encode_data).transpose()?.unwrap_or_default();
    let has_times = record.extra.as_ref().is_some_and(|data| !data.factor_times.is_empty());
    let mut encoder = Encoder::of_version(if has_times { WITH_FACTOR_TIMES } else { VERSION });
    encoder.bytes(&ordered(record.last_seen_at)).number(record.data_version());
    Ok(encoder.bytes(&data_from.to_be_bytes()).bytes(&fixed).bytes(&data).finish())
}

pub(super) fn decode(stored: &[u8]) -> Result<SessionRecord, BoxError> {
    let mut head = Decoder::of_versions(stored, &[VERSION, WITH_FACTOR_TIMES])?;
    let (last_seen_at, version) = (head.time()?, head.number()?);
    let data_from = usize::from(u16::from_be_bytes(head.array()?));
    let fixed = stored.get(FIXED_FROM..data_from).ok_or("a session in Redis is cut short")?;
    let extra = decode_data(&stored[data_from..], version)?.map(Box::new);
    Ok(SessionRecord { last_seen_at, extra, ..decode_fixed(fixed)? })
}

fn encode_fixed(record: &SessionRecord) -> Vec<u8> {
    let mut encoder = Encoder::part();
    encoder.bytes(record.handle.as_bytes()).small(record.epoch);
    encoder.time(record.created_at).time(record.expires_at).time(record.auth_time);
    encoder
        .bytes(&record.amr.bits().to_be_bytes())
        .byte(flags(record))
        .counted(record.user.as_str().as_bytes());
    match record.ip {
        Some(IpAddr::V4(ip)) => encoder.bytes(&ip.octets()),
        Some(IpAddr::V6(ip)) => encoder.bytes(&ip.octets()),
        None => &mut encoder,
    };
    if let Some(name) = &record.user_agent {
        encoder.counted(name.as_bytes());
    }
    encoder.finish()
}

fn flags(record: &SessionRecord) -> u8 {
    let ip = match record.ip {
        Some(IpAddr::V4(_)) => IPV4,
        Some(IpAddr::V6(_)) => IPV6,
        None => 0,
    };
    ip | set(record.remember, REMEMBER) | set(record.user_agent.is_some(), USER_AGENT)
}

fn set(is_set: bool, flag: u8) -> u8 {
    if is_set { flag } else { 0 }
}

/// All but the last use and the data.
fn decode_fixed(fixed: &[u8]) -> Result<SessionRecord, BoxError> {
    let mut decoder = Decoder::part(fixed);
    let (handle, epoch) = (SessionHandle::new(decoder.array()?), decoder.small()?);
    let (created_at, expires_at, auth_time) = (decoder.time()?, decoder.time()?, decoder.time()?);
    let (amr, flags) = (Amr::from_bits(u16::from_be_bytes(decoder.array()?)), decoder.byte()?);
    let user = UserId::new(decoder.text()?);
    let ip = match flags & (IPV4 | IPV6) {
        IPV4 => Some(IpAddr::from(decoder.array::<4>()?)),
        IPV6 => Some(IpAddr::from(decoder.array::<16>()?)),
        _ => None,
    };
    let user_agent = (flags & USER_AGENT != 0).then(|| decoder.text().map(Arc::from)).transpose()?;
    decoder.end()?;
    Ok(SessionRecord {
        handle,
        user,
        epoch,
        created_at,
        last_seen_at: created_at,
        expires_at,
        auth_time,
        amr,
        remember: flags & REMEMBER != 0,
        ip,
        user_agent,
        extra: None,
    })
}

/// The data without its version: that stands at the beginning of the record.
pub(super) fn encode_data(data: &SessionData) -> Result<Vec<u8>, BoxError> {
    let mut encoder = Encoder::part();
    let provider = data.provider.as_ref();
    let sid = provider.and_then(|provider| provider.sid.as_deref());
    let id_token = provider.and_then(|provider| provider.id_token.as_deref());
    encoder.byte(
        set(data.client.is_some(), CLIENT)
            | set(provider.is_some(), PROVIDER)
            | set(sid.is_some(), SID)
            | set(id_token.is_some(), ID_TOKEN)
            | set(!data.factor_times.is_empty(), FACTOR_TIMES)
            | set(!data.told_clients.is_empty(), TOLD_CLIENTS),
    );
    let named = provider.map(|provider| [&provider.provider, &provider.issuer, &provider.account]);
    let named = named.into_iter().flatten().map(|text| text.as_bytes());
    let parts = data.client.as_deref().map(str::as_bytes).into_iter().chain(named);
    for part in parts.chain(sid.map(str::as_bytes)).chain(id_token) {
        encoder.counted(part);
    }
    encode_factor_times(&mut encoder, data.factor_times);
    encode_told_clients(&mut encoder, &data.told_clients)?;
    Ok(encoder.bytes(&serde_json::to_vec(&data.values)?).finish())
}

fn decode_data(part: &[u8], version: u64) -> Result<Option<SessionData>, BoxError> {
    match (part, version) {
        ([], 0) => return Ok(None),
        ([], _) => return Err("the data of a session in Redis is missing".into()),
        _ => {}
    }
    let mut decoder = Decoder::part(part);
    let flags = decoder.byte()?;
    let client = (flags & CLIENT != 0).then(|| decoder.text().map(Arc::from)).transpose()?;
    let provider = (flags & PROVIDER != 0).then(|| decode_provider(&mut decoder, flags)).transpose()?;
    let has_times = flags & FACTOR_TIMES != 0;
    let factor_times = if has_times { decode_factor_times(&mut decoder)? } else { FactorTimes::default() };
    let has_told = flags & TOLD_CLIENTS != 0;
    let told_clients = if has_told { decode_told_clients(&mut decoder)? } else { Vec::new() };
    let values = serde_json::from_slice(decoder.rest())?;
    Ok(Some(SessionData { client, provider, factor_times, told_clients, values, version }))
}

/// Nothing where there are none; else a byte that says how many, and each.
fn encode_told_clients(encoder: &mut Encoder, clients: &[Arc<str>]) -> Result<(), BoxError> {
    if clients.is_empty() {
        return Ok(());
    }
    encoder.byte(u8::try_from(clients.len()).map_err(|_| "a session has too many clients to be stored")?);
    for client in clients {
        encoder.counted(client.as_bytes());
    }
    Ok(())
}

fn decode_told_clients(decoder: &mut Decoder<'_>) -> Result<Vec<Arc<str>>, BoxError> {
    let count = decoder.byte()?;
    (0..count).map(|_| Ok(Arc::from(decoder.text()?))).collect()
}

/// Nothing where there are none; else a byte that says of which factors, and the times in whole seconds.
fn encode_factor_times(encoder: &mut Encoder, times: FactorTimes) {
    if times.is_empty() {
        return;
    }
    let of_each = FACTORS.map(|factor| times.get(factor));
    let which = of_each.iter().enumerate().map(|(bit, at)| set(at.is_some(), 1 << bit));
    encoder.byte(which.fold(0, |all, one| all | one));
    for at in of_each.into_iter().flatten() {
        encoder.small(at.unix_seconds().cast_unsigned());
    }
}

fn decode_factor_times(decoder: &mut Decoder<'_>) -> Result<FactorTimes, BoxError> {
    let (which, mut times) = (decoder.byte()?, Vec::new());
    for (_, factor) in FACTORS.into_iter().enumerate().filter(|(bit, _)| which & (1 << bit) != 0) {
        times.push((factor, Timestamp::from_unix_seconds(i64::try_from(decoder.small()?)?)));
    }
    Ok(FactorTimes::of(times))
}

fn decode_provider(decoder: &mut Decoder<'_>, flags: u8) -> Result<ProviderSession, BoxError> {
    Ok(ProviderSession {
        provider: decoder.text()?.to_owned(),
        issuer: decoder.text()?.to_owned(),
        account: decoder.text()?.to_owned(),
        sid: (flags & SID != 0).then(|| decoder.text().map(str::to_owned)).transpose()?,
        id_token: (flags & ID_TOKEN != 0).then(|| decoder.counted().map(<[u8]>::to_vec)).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> SessionRecord {
        let at = Timestamp::from_unix_seconds;
        let provider =
            ProviderSession { sid: Some("s".to_owned()), id_token: Some(vec![0; 300]), ..Default::default() };
        let data = SessionData {
            client: Some("app".into()),
            provider: Some(provider),
            told_clients: vec!["shop".into(), "x".repeat(255).into()],
            factor_times: FactorTimes::of([(Method::Totp, at(1_900_000_000)), (Method::Email, at(3))]),
            version: 3,
            ..Default::default()
        };
        SessionRecord {
            handle: SessionHandle::new([1; 16]),
            user: UserId::new("u1"),
            epoch: 7,
            created_at: at(1),
            last_seen_at: at(2),
            expires_at: at(3),
            auth_time: at(4),
            amr: Amr::PWD,
            remember: true,
            ip: Some([203, 0, 113, 7].into()),
            user_agent: Some("x".repeat(256).into()),
            extra: Some(Box::new(data)),
        }
    }

    #[test]
    fn a_record_comes_out_as_it_went_in() {
        let bare = SessionRecord { ip: None, user_agent: None, extra: None, remember: false, ..record() };
        let without_times = SessionData { factor_times: FactorTimes::default(), ..*record().extra.unwrap() };
        let of_before = SessionRecord { extra: Some(Box::new(without_times)), ..record() };
        for (record, version) in [(record(), 2), (bare, 1), (of_before, 1)] {
            let stored = encode(&record).unwrap();
            assert_eq!(stored[0], version);
            let read = decode(&stored).unwrap();
            assert_eq!(format!("{read:?}"), format!("{record:?}"));
        }
    }

    #[test]
    fn whatever_is_cut_off_or_turned_over_is_read_without_a_panic() {
        let whole = encode(&record()).unwrap();
        for length in 0..whole.len() {
            assert!(decode(&whole[..length]).is_err(), "{length}");
        }
        for i in 0..whole.len() {
            for bit in 0..8 {
                let mut turned = whole.clone();
                turned[i] ^= 1 << bit;
                let _ = decode(&turned);
            }
        }
    }

    #[test]
    fn a_layout_that_is_unknown_is_no_session_to_guess_at() {
        let mut newer = encode(&record()).unwrap();
        newer[0] = 3;
        assert_eq!(
            decode(&newer).unwrap_err().to_string(),
            "a record in Redis has the version 3, which is unknown here"
        );
    }
}
