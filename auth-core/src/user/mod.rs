//! Accounts: who exists, what they are called, what they may do.
//!
//! [`User`] is what guards hand to handlers. It never carries the password hash: that travels in an [`Account`], which
//! only logging in and changing a password ask for.

mod email;
mod name;
mod service;
mod store;
mod types;

pub use self::email::{Email, Verified};
pub use self::name::{LoginName, Username};
pub use self::service::Users;
pub use self::store::{UserAdmin, UserStore};
pub use self::types::{Account, NewUser, User, UserId, UserUpdate};

pub(crate) use self::name::MAX_LOGIN;
