//! Second factors: what somebody has, beside a password, to prove who they are.
//!
//! A right first factor on an account that has a second one lets nobody in: the login is [pending](crate::login#pending-logins), and
//! goes on by one of these:
//!
//! 1. **An authenticator app** (RFC 6238): a code of six digits that changes every 30 seconds. One step before and one behind the present
//!    one count too; no code counts twice, nor one of an earlier step than the last, on whatever server: a use is one conditional write.
//!    The secret, 160 bits, is sealed in the store.
//! 2. **A passkey**.
//! 3. **A mailed code** of eight digits, where [`MfaConfig::mailed_codes`] says so, of an account with a proven address that has another
//!    factor. Never behind a login that was itself by mail, nor behind a password that was set by a mailed link, until another factor was
//!    shown: a mailbox is one factor, however often it is asked.
//! 4. **A recovery code**: ten come with the first factor of any kind, each counts once, and the store has hashes of them, by a key that is sealed. They are
//!    shown once; its owner is told by mail when one is used.
//!
//! It is refused:
//!
//! 1. A code that is wrong, was used, or is none: 401 `invalid_code`. Spaces, hyphens between groups and digits in full width are taken as
//!    people paste them.
//! 2. After 5 wrong codes of one login that waits, or 10 minutes: 401 `login_expired`; it begins anew.
//! 3. After 20 wrong codes of an account in an hour, of all kinds together, on whatever login, route or network: 429. They are counted
//!    apart from passwords, and no right password makes that count anew
//!    ([`ThrottleConfig::codes`](crate::throttle::ThrottleConfig::codes)). The owner is mailed a link that allows 5 more, once a day.
//!
//! # Adding and removing
//!
//! Who may: a session at most 5 minutes old that has shown a second factor where the account has one. No access token may. An
//! account whose address is not proven gets no factor, where whoever proves it gets the account, and would be locked out; nor does a
//! guest's. An offered secret is
//! none of the account's until a code of it was typed. Adding the first factor and removing one end all other sessions and every refresh
//! token; each change is one transaction with its event and a letter to the owner.
//!
//! # Trusted devices
//!
//! Who shows a factor may have the browser spared it for 30 days, by a cookie (`__Host-device`) that names a record of the store. It spares
//! the second factor at a login of that user, never the first, and never that of a re-authentication. It ends with whatever ends the user's
//! sessions: a changed password above all, and ending all others; not with ending a single session. A login that was spared is none with a
//! factor: guards that ask for one ([`mfa_required`](crate::access::mfa_required)) send it to show it.
//!
//! # Who must have one
//!
//! [`MfaConfig::required_of`] says whose accounts must have a second factor: a [`MfaPolicy`] by group, by user, of the staff and
//! superusers, or of everybody. It is about having one; that a login has shown it is what a guard asks for by
//! [`mfa_required`](crate::access::mfa_required). So a trusted device spares the factor of whoever must have one, too.
//!
//! An account that must have one and has none can be logged in to, since its owner has to come in to add one, and then opens nothing
//! else, once the grace is over:
//!
//! 1. Every guard refuses it as one that asks for a factor would, 401 `mfa_required`; guards that ask for nobody, too, which would take a
//!    user for a stranger otherwise. A browser that opens a page is sent to `/auth/mfa`, which leads on to where a factor is added.
//!    Sessions, tokens and Basic are refused alike.
//! 2. The login routes for one's own account go on: second factors and passkeys, the proof of an address, which comes before the first
//!    factor, the password, the sessions, the logout. Routes that give others something in the name of the user do not.
//! 3. The password grant and Basic refuse it as they refuse an account that has a factor, and a refresh token of before gives no access
//!    token any more.
//! 4. A login that has shown a factor, or one that the application or a provider vouches for, is let through: it has one.
//! 5. Who must have a factor cannot remove the last one: 409 `last_login_method`. They replace it, or add another first. A reset by the
//!    staff removes it all the same, and is the end of this account's grace if it was over before.
//!
//! The grace begins with the first request by which a guard sees that the factor is missing, not with the account: who is made one of the
//! staff after years has it whole. When it began is kept among the short-lived values, so a store that loses these gives the grace
//! anew. Without a rule no guard looks at any of this; with one it costs a look at the user's groups, and for whoever comes under it
//! without having shown a factor a look at the store.
//!
//! # From code
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::login::{Admission, Credentials};
//! use auth_core::testing::enrol_totp;
//! # use auth_core::{Auth, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
//! # let alice = auth.users().create(auth.users().new_user("alice")?, "correct horse battery staple").await?;
//! let password = || Credentials::Password { login: "alice", password: "correct horse battery staple" };
//! assert!(matches!(auth.admit(password(), None).await?, Admission::Admitted(_)));
//!
//! enrol_totp(&auth, "alice").await?;
//! assert!(matches!(auth.admit(password(), None).await?, Admission::Pending(_)));
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`AuthBuilder::mfa`](crate::AuthBuilder::mfa). Over accounts of another system (Django's, the application's own) factors
//! are written beside them, and the account's epoch is raised by a second write.
//!
//! NIST SP 800-63B-4 sections 3.1.2 (recovery codes), 3.1.3 (mailed codes), 3.1.4 (authenticator apps) and 3.2.2 (limits); OWASP ASVS 5.0
//! chapter 6; RFC 4226, RFC 6238.

mod config;
mod devices;
mod digits;
mod due;
mod enrolment;
mod factors;
mod held;
mod mailed;
mod notices;
mod outside;
mod policy;
mod recovery;
mod reseal;
mod sealed;
mod service;
mod show;
mod store;
#[cfg(test)]
mod tests;
mod totp;

pub use self::config::MfaConfig;
pub use self::outside::{FactorImport, OutsideTotp};
pub use self::policy::MfaPolicy;
pub use self::store::FactorStore;
pub use crate::user::factor::{Factor, FactorChange, FactorId, FactorKind};

pub(crate) use self::due::Due;
pub(crate) use self::enrolment::TotpOffer;
pub(crate) use self::factors::{DEVICE_LIFE, Factors, Shown};
pub(crate) use self::held::Held;
pub(crate) use self::mailed::{CODE_LIFE, MailedCodes};
pub(crate) use self::notices::{FactorNotices, FactorTold};
pub(crate) use self::sealed::FactorSealer;
pub(crate) use self::service::Mfa;
#[cfg(any(test, feature = "testing"))]
pub(crate) use self::totp::TotpKey;
