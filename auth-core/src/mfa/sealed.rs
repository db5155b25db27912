//! What a factor keeps that the store must not know.

use zeroize::Zeroizing;

use crate::key::{ApplicationSecrets, Sealer};
use crate::random::Random;
use crate::user::UserId;

use super::{Factor, FactorId, FactorKind};

/// Seals the data of factors, and opens them.
#[derive(Clone, Debug)]
pub(crate) struct FactorSealer(Sealer);

impl FactorSealer {
    pub(crate) fn new(secrets: &ApplicationSecrets) -> Self {
        Self(secrets.sealer("factor"))
    }

    /// Seals the data of a factor: they open in its row alone.
    pub(crate) fn seal(
        &self,
        (id, kind, user): (&FactorId, FactorKind, &UserId),
        plain: &[u8],
        random: &dyn Random,
    ) -> Vec<u8> {
        self.0.seal(plain, &belonging(id, kind, user), random)
    }

    /// The data of a factor; `None` for what was sealed by a secret that is gone, or for another one.
    pub(crate) fn open(&self, factor: &Factor) -> Option<Zeroizing<Vec<u8>>> {
        self.0.open(&factor.data, &belonging(&factor.id, factor.kind, &factor.user))
    }

    /// The same data sealed with the newest secret; `None` where they are, or cannot be opened.
    pub(super) fn resealed(&self, factor: &Factor, random: &dyn Random) -> Option<Vec<u8>> {
        if factor.data.is_empty() || !self.0.is_outdated(&factor.data) {
            return None;
        }
        let plain = self.open(factor)?;
        Some(self.seal((&factor.id, factor.kind, &factor.user), &plain, random))
    }
}

/// To whom and to what they belong.
fn belonging(id: &FactorId, kind: FactorKind, user: &UserId) -> Vec<u8> {
    [id.as_bytes().as_slice(), kind.name().as_bytes(), b":", user.as_str().as_bytes()].concat()
}
