//! Logging in WITH others: providers, their registry, the flow, and the accounts that are linked by it.

mod accounts;
mod attempt;
mod callback;
mod check;
mod claims;
mod config;
mod decision;
mod environment;
mod id_token;
mod identify;
mod logout;
mod logout_token;
mod presets;
mod profile;
mod registry;
mod remote;
mod service;
mod sign_up;
mod store;
mod types;

pub use self::config::{
    ProviderConfig, ProviderEndpoints, ProviderEntries, ProvidersFile, SignUpPolicy, TrustedEmailDomains,
};
pub use self::profile::ProfileFields;
pub use self::registry::{Kind, Provider};
pub use self::service::Providers;
pub use self::sign_up::{Newcomer, SignUp};
pub use self::store::{ExternalAccountStore, Unlinked};
pub use self::types::{ExternalAccount, ExternalAccountId, Profile, ProviderId};

pub(crate) use self::accounts::Accounts;
pub(crate) use self::attempt::{Attempt, Attempts, BROWSER_LIFE, Caller, Purpose};
pub(crate) use self::callback::CallbackParameters;
pub(crate) use self::identify::Vouched;
pub(crate) use self::registry::Registry;
pub(crate) use self::remote::Remote;
pub(crate) use self::service::Inner;
