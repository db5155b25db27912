//! What is done with a person's account, once it is there.
//!
//! 1. [`Accounts::set_password`] is for support staff and commands, and asks nobody. It is the only one: whoever sets a password
//!    lets the account in again that too many failures in a row had closed, or its owner would be locked out with a right one.
//! 2. `POST /auth/password/change`, and in a handler [`AuthContext::change_password`](crate::AuthContext::change_password), is for the
//!    owner, who shows the present one. It leaves the session alone that the owner is in, under a new id.
//! 3. Both raise the account's epoch in the write that sets the password, so that every session, refresh family and mailed token of
//!    before is dead at once, in every store.
//! 4. [`Accounts::close`] and `DELETE /auth/account` switch an account off at once and erase it later; its owner can open it again until
//!    then. What goes with it stands in `closing.rs`.
//! 5. [`SelfService`] does from code what people do by mail: signing up, proving an address, setting a password that was forgotten.
//! 6. The policy weighs the new password before anything is written: `WeakPassword`, and nothing has changed.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::ErrorKind;
//! use auth_core::login::Credentials;
//! # use auth_core::{Auth, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
//! let alice = auth.users().new_user("alice")?;
//! let alice = auth.users().create(alice, "correct horse battery staple").await?;
//!
//! let weak = auth.accounts().set_password(&alice.id, "password").await.unwrap_err();
//! assert_eq!(weak.kind(), ErrorKind::WeakPassword);
//! assert!(auth.accounts().set_password(&alice.id, "another good demo passphrase").await?);
//!
//! let old = Credentials::Password { login: "alice", password: "correct horse battery staple" };
//! assert_eq!(auth.admit(old, None).await.unwrap_err().kind(), ErrorKind::InvalidCredentials);
//! # Ok(())
//! # }
//! ```
//!
//! What passwords have to be like is set by [`AuthBuilder::password_policy`](crate::AuthBuilder::password_policy). Making accounts and
//! writing their fields is the matter of [`user::Users`](crate::user::Users), which ends no session.
//!
//! NIST SP 800-63B-4 section 3.1.1.2 (passwords).

mod address;
mod closing;
mod config;
mod guest;
mod invitation;
mod letter;
mod lock_out;
mod locked;
mod magic_link;
mod notice_words;
mod notices;
mod own;
mod profile;
mod recovery;
mod registration;
mod reset_factors;
mod self_service;
mod service;
mod sign_up_by_passkey;
mod signed_up;
#[cfg(test)]
mod tests;
mod writer;

pub use self::config::{EmailVerification, Registration};
pub use self::invitation::Invitation;
pub use self::profile::ProfilePolicy;
pub use self::reset_factors::FactorReset;
pub use self::self_service::SelfService;
pub use self::service::Accounts;

pub(crate) use self::closing::GRACE;
pub(crate) use self::guest::Guests;
pub(crate) use self::invitation::Acceptance;
pub(crate) use self::locked::LockLetters;
pub(crate) use self::magic_link::Mailed;
pub(crate) use self::notices::Notices;
pub(crate) use self::own::OwnAccounts;
pub(crate) use self::recovery::{Claimant, Proven, Recovery};
pub(crate) use self::registration::{Registrations, SignUpForm, UNPROVEN_LIFE};
pub(crate) use self::sign_up_by_passkey::{MadePasskey, SignedUp};
pub(crate) use self::signed_up::{SIGN_UP_BROWSER_LIFE, SignUpBrowsers};
pub(crate) use self::writer::LetterWriter;
