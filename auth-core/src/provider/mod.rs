//! Logging in WITH others: providers, their registry, the flow, and the accounts that are linked by it.

mod store;
mod types;

pub use self::store::{ExternalAccountStore, Unlinked};
pub use self::types::{ExternalAccount, ExternalAccountId, Profile, ProviderId};
