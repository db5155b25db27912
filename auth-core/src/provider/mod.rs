//! Logging in WITH others: providers, their registry, the flow, and the accounts that are linked by it.

mod accounts;
mod attempt;
mod callback;
mod claims;
mod decision;
mod id_token;
mod identify;
mod logout;
mod logout_token;
mod registry;
mod remote;
mod service;
mod sign_up;
mod store;
mod types;

pub use self::registry::{Provider, ProviderConfig};
pub use self::service::Providers;
pub use self::sign_up::{Newcomer, SignUp};
pub use self::store::{ExternalAccountStore, Unlinked};
pub use self::types::{ExternalAccount, ExternalAccountId, Profile, ProviderId};

pub(crate) use self::attempt::{Attempt, Attempts, BROWSER_LIFE, Caller, Purpose};
pub(crate) use self::accounts::Accounts;
pub(crate) use self::callback::CallbackParameters;
pub(crate) use self::identify::Vouched;
pub(crate) use self::registry::Registry;
pub(crate) use self::remote::Remote;
pub(crate) use self::service::Inner;
