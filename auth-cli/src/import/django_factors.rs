//! Second factors from the database of a Django project: those of django-allauth (`allauth.mfa`) and of django-otp, which
//! django-two-factor-auth stands on.

use std::collections::HashMap;
use std::sync::Arc;

use auth_core::mfa::OutsideTotp;
use auth_core::secret::Secret;
use futures_util::StreamExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha1::Sha1;

use crate::failure::Failure;

use super::person::Note;
use super::sql::{Column, Reader};

/// How many recovery codes django-allauth makes of a seed, and of how many digits, unless a project's settings say otherwise
/// (`MFA_RECOVERY_CODE_COUNT`, `MFA_RECOVERY_CODE_DIGITS`), which its database does not tell.
const ALLAUTH_CODES: u32 = 10;
const ALLAUTH_DIGITS: u32 = 8;

/// By how many steps an app's clock may be wrong: more than that is not taken at a login here.
const MOST_DRIFT: i64 = 1;

/// What somebody has.
#[derive(Debug, Default)]
pub(super) struct SourceFactors {
    pub(super) totp: Option<OutsideTotp>,
    pub(super) codes: Vec<Secret>,
    /// What is not brought along.
    pub(super) notes: Vec<Note>,
}

impl SourceFactors {
    /// The newest of several stays.
    fn take(&mut self, totp: Result<OutsideTotp, Note>) {
        match totp {
            Ok(totp) => {
                if self.totp.replace(totp).is_some() {
                    self.note(Note::FactorOneOfSeveral);
                }
            }
            Err(note) => self.note(note),
        }
    }

    fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// The factors of each user, by the id as the database prints it.
pub(super) type FactorsByUser = HashMap<String, Arc<SourceFactors>>;

type Found = HashMap<String, SourceFactors>;

pub(super) async fn read(reader: &Reader) -> Result<FactorsByUser, Failure> {
    let mut found = HashMap::new();
    read_otp(reader, &mut found).await?;
    read_allauth(reader, &mut found).await?;
    Ok(found.into_iter().map(|(user, factors)| (user, Arc::new(factors))).collect())
}

async fn read_allauth(reader: &Reader, found: &mut Found) -> Result<(), Failure> {
    if !has(&reader.columns("mfa_authenticator").await?, &["user_id", "type", "data"]) {
        return Ok(());
    }
    let sql = "SELECT CAST(user_id AS TEXT), CAST(\"type\" AS TEXT), CAST(data AS TEXT) FROM mfa_authenticator ORDER BY id";
    let mut rows = reader.rows(sql.to_owned(), 3);
    while let Some(row) = rows.next().await {
        let Ok(row) = row? else { continue };
        let Ok([Some(user), Some(kind), Some(data)]) = <[_; 3]>::try_from(row) else { continue };
        let factors = found.entry(user).or_default();
        let data: Value = serde_json::from_str(&data).unwrap_or_default();
        match kind.as_str() {
            "totp" => factors.take(allauth_totp(&data)),
            "recovery_codes" => match allauth_codes(&data) {
                Some(codes) => factors.codes.extend(codes),
                None => factors.note(Note::FactorUnreadable),
            },
            _ => factors.note(Note::SecondFactor),
        }
    }
    Ok(())
}

fn allauth_totp(data: &Value) -> Result<OutsideTotp, Note> {
    data["secret"].as_str().and_then(OutsideTotp::of_base32).ok_or(Note::FactorUnreadable)
}

/// The codes that are left: those that another system had made, or what follows from the seed, the used ones apart
/// (`allauth/mfa/recovery_codes/internal/auth.py`). `None` where the project has sealed them.
fn allauth_codes(data: &Value) -> Option<Vec<Secret>> {
    if let Some(codes) = data["migrated_codes"].as_array() {
        return codes
            .iter()
            .map(|code| code.as_str().filter(|code| is_code(code)).map(Secret::new))
            .collect();
    }
    let seed = data["seed"].as_str().filter(|seed| seed.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let used = data["used_mask"].as_u64()?;
    let mut hash = Hmac::<Sha1>::new_from_slice(seed.as_bytes()).ok()?;
    let mut codes = Vec::new();
    for index in 0..ALLAUTH_CODES {
        hash.update(format!("{index:3},").as_bytes());
        let digest = hash.clone().finalize().into_bytes();
        let number = digest[..ALLAUTH_DIGITS as usize / 2]
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        if used >> index & 1 == 0 {
            let code = number % 10_u64.pow(ALLAUTH_DIGITS);
            codes.push(Secret::new(format!("{code:0width$}", width = ALLAUTH_DIGITS as usize)));
        }
    }
    Some(codes)
}

/// Whether it is a code as people write one down, and no text that was sealed.
fn is_code(text: &str) -> bool {
    (6..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

const TOTP: [&str; 6] = ["key", "step", "t0", "digits", "drift", "last_t"];

async fn read_otp(reader: &Reader, found: &mut Found) -> Result<(), Failure> {
    let columns = reader.columns("otp_totp_totpdevice").await?;
    if has(&columns, &TOTP) {
        let texts: Vec<_> = TOTP.iter().map(|name| format!("CAST(\"{name}\" AS TEXT)")).collect();
        let sql = format!(
            "SELECT CAST(user_id AS TEXT), {} FROM otp_totp_totpdevice WHERE confirmed ORDER BY id",
            texts.join(", ")
        );
        let mut rows = reader.rows(sql, TOTP.len() + 1);
        while let Some(row) = rows.next().await {
            let Ok(mut row) = row? else { continue };
            let Some(user) = row.first_mut().and_then(Option::take) else { continue };
            found.entry(user).or_default().take(otp_totp(&row[1..]));
        }
    }
    if has(&reader.columns("otp_static_statictoken").await?, &["device_id", "token"]) {
        let sql = "SELECT CAST(d.user_id AS TEXT), t.token FROM otp_static_statictoken AS t \
            JOIN otp_static_staticdevice AS d ON d.id = t.device_id WHERE d.confirmed";
        for (user, token) in reader.pairs(sql.to_owned()).await? {
            found.entry(user).or_default().codes.push(Secret::new(token));
        }
    }
    Ok(())
}

/// An app that counts its steps from another moment, or by a clock that is far off, shows codes that are not taken here.
fn otp_totp(row: &[Option<String>]) -> Result<OutsideTotp, Note> {
    let number = |at: usize| row.get(at)?.as_deref()?.parse::<i64>().ok();
    let key =
        row.first().and_then(|key| OutsideTotp::of_hex(key.as_deref()?)).ok_or(Note::FactorUnreadable)?;
    let fitting = || {
        let small = |at| u32::try_from(number(at)?).ok();
        let is_plain = number(2)? == 0 && number(4)?.abs() <= MOST_DRIFT;
        let totp = key.with_codes(small(3)?, small(1)?).filter(|_| is_plain)?;
        // It is -1 where none was used.
        Some(totp.used_up_to(u64::try_from(number(5)?).unwrap_or(0)))
    };
    fitting().ok_or(Note::FactorUnfit)
}

fn has(columns: &[Column], names: &[&str]) -> bool {
    names.iter().all(|name| columns.iter().any(|column| column.name == *name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What django-allauth 65.22.1 says of this seed.
    #[test]
    fn the_codes_of_a_seed_are_those_of_allauth() {
        let seed = "0123456789abcdef".repeat(5);
        let codes = allauth_codes(&json!({"seed": seed, "used_mask": 2})).unwrap();
        let codes: Vec<_> = codes.iter().map(Secret::expose).collect();
        assert_eq!(
            codes,
            [
                "64942586", "07990366", "16418492", "08962862", "26762693", "03257366", "85808163",
                "85026242", "60612046"
            ]
        );
    }

    #[test]
    fn what_a_project_has_sealed_is_not_taken_for_codes() {
        for sealed in [
            json!({"seed": "gAAAAABl:sealed", "used_mask": 0}),
            json!({"migrated_codes": ["gAAAAABl_sealed==", "abcdefgh"]}),
            json!({}),
            json!(null),
        ] {
            assert!(allauth_codes(&sealed).is_none(), "{sealed}");
        }
        assert!(allauth_totp(&json!({"secret": "gAAAAABl:sealed"})).is_err());
    }
}
