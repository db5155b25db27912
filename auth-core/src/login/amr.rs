//! How somebody was authenticated.

/// How the user was authenticated: the `amr` values of RFC 8176, in the order in which they were used.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Amr(u16);

impl Amr {
    /// A password.
    pub const PWD: Self = Self(1);
    /// A one-time password.
    pub const OTP: Self = Self(1 << 1);
    /// Proof of possession of a hardware-secured key.
    pub const HWK: Self = Self(1 << 2);
    /// Several factors.
    pub const MFA: Self = Self(1 << 3);
    /// Another provider's word.
    pub const FED: Self = Self(1 << 4);

    /// A link or a code that was mailed. A name of ours: RFC 8176 has none.
    pub const EMAIL: Self = Self(1 << 5);

    /// One of the codes that were written down for the day when the other factors are gone. A name of ours.
    pub const RECOVERY: Self = Self(1 << 6);
    /// Proof of possession of a key that software keeps: a passkey that is synchronised.
    pub const SWK: Self = Self(1 << 7);
    /// Somebody was there and showed it, by a touch say: not who. That an authenticator verified them too is in [`MFA`](Self::MFA).
    pub const USER: Self = Self(1 << 8);

    const NAMES: [(Self, &'static str); 9] = [
        (Self::PWD, "pwd"),
        (Self::OTP, "otp"),
        (Self::HWK, "hwk"),
        (Self::SWK, "swk"),
        (Self::USER, "user"),
        (Self::MFA, "mfa"),
        (Self::FED, "fed"),
        (Self::EMAIL, "email"),
        (Self::RECOVERY, "recovery"),
    ];

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every method of `other` is among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether one of these methods is among those of `other`.
    pub(crate) const fn contains_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The integer that stores keep.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The methods of a stored integer; unknown bits are dropped.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & 0x1ff)
    }

    /// The methods of these names; unknown names are dropped.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().fold(Self::default(), |amr, name| {
            Self::NAMES.iter().find(|(_, known)| *known == name).map_or(amr, |(method, _)| amr.and(*method))
        })
    }

    /// The names, as the `amr` claim lists them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(method, _)| self.contains(*method)).map(|(_, name)| name)
    }
}
