//! When each factor was shown.

use crate::clock::Timestamp;

use super::{Amr, Method};

/// When second factors were last shown, of those that were at another time than the user last proved who they are. Whole seconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FactorTimes([u32; Method::ALL.len()]);

impl FactorTimes {
    /// Those times. One outside of the years 1970 to 2106 is left out.
    pub fn of(times: impl IntoIterator<Item = (Method, Timestamp)>) -> Self {
        times.into_iter().fold(Self::default(), |mut all, (factor, at)| {
            if let (Some(kept), Ok(at)) = (all.0.get_mut(factor as usize), u32::try_from(at.unix_seconds())) {
                *kept = at;
            }
            all
        })
    }

    /// The factors of `amr`, all at the same time.
    pub(crate) fn of_all(amr: Amr, at: Timestamp) -> Self {
        Self::of(
            Method::ALL
                .into_iter()
                .filter(|factor| amr.contains_any(factor.amr()))
                .map(|factor| (factor, at)),
        )
    }

    /// When this one was shown; `None` where that is not kept of it.
    pub fn get(&self, factor: Method) -> Option<Timestamp> {
        let at = self.0.get(factor as usize).copied().filter(|at| *at > 0)?;
        Some(Timestamp::from_unix_seconds(at.into()))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Method, Timestamp)> {
        Method::ALL.into_iter().filter_map(|factor| Some((factor, self.get(factor)?)))
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same without those of this second: what a session's `auth_time` says already.
    pub(crate) fn other_than(self, at: Timestamp) -> Self {
        Self::of(self.iter().filter(|(_, shown)| shown.unix_seconds() != at.unix_seconds()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_factor_has_a_time_of_its_own_or_none() {
        let at = Timestamp::from_unix_seconds;
        let times =
            FactorTimes::of([(Method::Totp, at(7)), (Method::Passkey, at(9)), (Method::Email, at(-1))]);
        assert_eq!(times.iter().collect::<Vec<_>>(), [(Method::Passkey, at(9)), (Method::Totp, at(7))]);
        assert_eq!((times.get(Method::Email), times.get(Method::RecoveryCode)), (None, None));
        assert_eq!(times.other_than(at(9)).iter().collect::<Vec<_>>(), [(Method::Totp, at(7))]);
        assert!(times.other_than(at(9)).other_than(at(7)).is_empty());
        let all = FactorTimes::of_all(Amr::PWD.and(Amr::SWK).and(Amr::USER).and(Amr::RECOVERY), at(5));
        assert_eq!(all, FactorTimes::of([(Method::Passkey, at(5)), (Method::RecoveryCode, at(5))]));
    }
}
