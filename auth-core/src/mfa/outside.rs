//! Second factors that another system handed out: for imports.

use std::fmt;
use std::sync::Arc;

use totp_rs::Secret as Key;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::key::ApplicationSecrets;
use crate::random::{Random, random_bytes};
use crate::secret::Secret;
use crate::user::UserId;

use super::sealed::FactorSealer;
use super::totp::TotpKey;
use super::{Factor, FactorId, FactorKind, recovery};

/// An authenticator app of somebody's, as another system knew it (RFC 6238 with SHA-1).
#[must_use]
pub struct OutsideTotp {
    secret: Zeroizing<Vec<u8>>,
    digits: u8,
    step: u8,
    last_step: u64,
}

impl OutsideTotp {
    /// With this secret in base 32, six digits and steps of 30 seconds, as most apps have it (django-allauth's). `None` for a text that
    /// is none, or holds less than 80 bits.
    pub fn of_base32(secret: &str) -> Option<Self> {
        let secret = Zeroizing::new(secret.trim().trim_end_matches('=').to_ascii_uppercase());
        Self::of_bytes(Key::try_from_base32(&secret).ok()?.as_bytes())
    }

    /// The same with a secret in hexadecimal digits (django-otp's).
    pub fn of_hex(secret: &str) -> Option<Self> {
        let digits = secret.trim().as_bytes();
        let value = |digit: u8| char::from(digit).to_digit(16);
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => u8::try_from(value(*high)? * 16 + value(*low)?).ok(),
            _ => None,
        });
        Self::of_bytes(&Zeroizing::new(pairs.collect::<Option<Vec<u8>>>()?))
    }

    fn of_bytes(secret: &[u8]) -> Option<Self> {
        let totp = Self { secret: Zeroizing::new(secret.to_vec()), digits: 6, step: 30, last_step: 0 };
        totp.key().map(|_| totp)
    }

    /// With codes of so many digits, and steps of so many seconds. `None` for what is not taken here: less than 6 digits, or more than 8; no
    /// step, or one of more than 255 seconds.
    pub fn with_codes(self, digits: u32, step_seconds: u32) -> Option<Self> {
        let (digits, step) = (u8::try_from(digits).ok()?, u8::try_from(step_seconds).ok()?);
        let totp = Self { digits, step, ..self };
        totp.key().map(|_| totp)
    }

    /// The last step, counted from 1970, of which a code was used: neither it nor an earlier one is taken here.
    pub fn used_up_to(self, step: u64) -> Self {
        Self { last_step: step, ..self }
    }

    fn key(&self) -> Option<TotpKey> {
        let sha1 = 1;
        let bytes = Zeroizing::new([&[sha1, self.digits, self.step], self.secret.as_slice()].concat());
        TotpKey::from_bytes(&bytes)
    }
}

impl fmt::Debug for OutsideTotp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutsideTotp([redacted])")
    }
}

/// Makes factors of what another system handed out, sealed with the application's secrets: for imports. They are added with their
/// account, as [attachments](crate::user::Attachment::Factor).
///
/// ```
/// use std::sync::Arc;
///
/// use auth_core::clock::Timestamp;
/// use auth_core::key::ApplicationSecrets;
/// use auth_core::mfa::{FactorImport, FactorKind, OutsideTotp};
/// use auth_core::random::OsRandom;
/// use auth_core::user::UserId;
///
/// # fn example() -> Result<(), auth_core::Error> {
/// let secrets = ApplicationSecrets::from_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=")?;
/// let import = FactorImport::new(&secrets, Arc::new(OsRandom));
/// let totp = OutsideTotp::of_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("160 bits");
/// let now = Timestamp::from_unix_seconds(1_800_000_000);
/// let factors = import.factors(&UserId::new("7"), &totp, &["8fjq-2mzk".into()], now);
/// assert_eq!(factors.iter().map(|factor| factor.kind).collect::<Vec<_>>(), [FactorKind::Totp, FactorKind::RecoveryCode]);
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
pub struct FactorImport {
    sealer: FactorSealer,
    random: Arc<dyn Random>,
}

impl FactorImport {
    /// Under these secrets of the application.
    pub fn new(secrets: &ApplicationSecrets, random: Arc<dyn Random>) -> Self {
        Self { sealer: FactorSealer::new(secrets), random }
    }

    /// The factors of a user, added at `now`: an authenticator app, and recovery codes, which count beside it. A code that is none here (of
    /// 6 to 32 letters and digits, apart from hyphens and spaces) is left out.
    pub fn factors(
        &self,
        user: &UserId,
        totp: &OutsideTotp,
        codes: &[Secret],
        now: Timestamp,
    ) -> Vec<Factor> {
        let key = recovery::new_key(&*self.random);
        let mut handles: Vec<_> = codes
            .iter()
            .filter_map(|code| recovery::read(code.expose()))
            .map(|code| recovery::handle(&*key, user, &code))
            .collect();
        handles.sort();
        handles.dedup();
        let codes = handles.into_iter().map(|handle| {
            let mut code = self.factor(user, FactorKind::RecoveryCode, handle, now);
            code.data = self.sealer.seal((&code.id, code.kind, user), &*key, &*self.random);
            code
        });
        let app = totp.key().map(|key| {
            let handle = user.as_str().as_bytes().to_vec();
            let mut app = self.factor(user, FactorKind::Totp, handle, now);
            app.data = self.sealer.seal((&app.id, app.kind, user), &key.to_bytes(), &*self.random);
            app.counter = totp.last_step;
            app
        });
        app.into_iter().chain(codes).collect()
    }

    fn factor(&self, user: &UserId, kind: FactorKind, handle: Vec<u8>, now: Timestamp) -> Factor {
        let id = FactorId::new(random_bytes(&*self.random));
        Factor::new(id, user.clone(), kind, handle, now)
    }
}

impl fmt::Debug for FactorImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactorImport").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reads_the_same_in_base_32_and_in_hexadecimal() {
        let (one, other) = (
            OutsideTotp::of_base32("gezdgnbvgy3tqojqgezdgnbvgy3tqojq").unwrap(),
            OutsideTotp::of_hex("3132333435363738393031323334353637383930").unwrap(),
        );
        assert_eq!(one.secret, other.secret);
        assert_eq!(format!("{one:?}"), "OutsideTotp([redacted])");
        // RFC 6238 appendix B, the last six digits.
        let code = one.key().unwrap().code_at(Timestamp::from_unix_seconds(59));
        assert_eq!(code, "287082");
    }

    #[test]
    fn what_is_no_secret_or_of_a_kind_that_is_not_taken_is_none() {
        for wrong in ["", "GEZDGNBV", "gAAAAABl-encrypted=", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ\u{e9}"] {
            assert!(OutsideTotp::of_base32(wrong).is_none(), "{wrong}");
        }
        for wrong in ["", "313", "3132", "zz32333435363738393031323334353637383930"] {
            assert!(OutsideTotp::of_hex(wrong).is_none(), "{wrong}");
        }
        let with =
            |digits, step| OutsideTotp::of_hex("31323334353637383930").unwrap().with_codes(digits, step);
        assert!(with(6, 30).is_some() && with(8, 60).is_some());
        for (digits, step) in [(5, 30), (9, 30), (6, 0), (6, 256), (u32::MAX, 30)] {
            assert!(with(digits, step).is_none(), "{digits} {step}");
        }
    }
}
