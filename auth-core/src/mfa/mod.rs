//! What somebody has, beside a password, to prove who they are: as stores keep it.

mod store;

pub use self::store::FactorStore;
pub use crate::user::factor::{Factor, FactorChange, FactorId, FactorKind};
