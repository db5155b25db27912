//! Accounts: who exists, what they are called, what they may do.
//!
//! [`User`] is what guards hand to handlers. It never carries the password hash: that travels in an [`Account`],
//! which only logging in and changing a password ask for. [`Users`] makes and changes accounts from code and asks
//! nobody for leave.
//!
//! 1. A [`Username`] has 1 to 150 code points, no `@` and no `:`, nothing invisible and no space at its ends; else
//!    `InvalidRequest`. An [`Email`] is a plain address with a domain that IDNA accepts.
//! 2. Names and addresses are compared in one canonical form (NFKC, without case): what differs only by case, width
//!    or composition is the same, and the second to ask for it gets `AlreadyExists`.
//! 3. What somebody types is looked up as an address when it is one, else as a name, and never as both. An account that comes
//!    from elsewhere may have further names to log in by ([`NewUser::login_names`]); they are no less its own, and prove nothing.
//! 4. A user holds a permission (`app.verb_noun`) directly, through a group, or by being a superuser. Anything
//!    else, and every permission of a disabled account: no.
//! 5. A disabled account cannot log in, and its sessions and tokens are dead. So are those of an account whose
//!    epoch moved: by a password that was set, by disabling, by [`Users::end_all_sessions`].
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::ErrorKind;
//! # use auth_core::{Auth, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
//!
//! auth.users().put_group("writers", &["reports.view_report"]).await?;
//! let mut alice = auth.users().new_user("Alice")?;
//! alice.groups = vec!["writers".to_owned()];
//! let alice = auth.users().create(alice, "correct horse battery staple").await?;
//! assert!(alice.has_permission("reports.view_report"));
//! assert!(!alice.has_permission("reports.change_report"));
//!
//! let found = auth.users().find("ALICE").await?;
//! assert!(found.is_some_and(|found| found.id == alice.id));
//! let again = auth.users().create_without_password(auth.users().new_user("alice")?).await.unwrap_err();
//! assert_eq!(again.kind(), ErrorKind::AlreadyExists);
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`AuthBuilder::password_policy`](crate::AuthBuilder::password_policy). An application with a
//! users' table of its own implements [`UserStore`] and gives it to
//! [`AuthBuilder::user_store`](crate::AuthBuilder::user_store); making and changing accounts is then its own
//! business. Disable accounts instead of removing them: an id must never be used again. Names that look alike in
//! other scripts are different names here.
//!
//! RFC 8265 (user names; compare its section 3.3), RFC 5322 section 3.2.3, RFC 6531 and RFC 5891 (addresses),
//! Unicode Standard Annex 15 (NFKC), RFC 9562 (ids).

pub(crate) mod attachment;
mod backend_id;
mod canonical;
mod change;
mod denial;
mod email;
mod ended_sessions;
mod ending;
mod event;
mod event_kind;
pub(crate) mod factor;
mod held_names;
mod language;
mod login_name;
mod name;
mod person_name;
mod public_id;
mod rules;
mod service;
mod store;
mod types;
mod verified;
mod watched;

pub use self::attachment::{Attachment, LetterId, LetterKind, QueuedLetter};
pub use self::backend_id::BackendId;
pub use self::change::{AccountChange, UserUpdate};
pub use self::denial::Denial;
pub use self::email::Email;
pub use self::ending::{Ending, EndingCause};
pub use self::event::{Erasure, Event, EventDetails, EventDraft, SignUpEvents};
pub use self::event_kind::EventKind;
pub use self::language::LanguageTag;
pub use self::login_name::LoginName;
pub use self::name::Username;
pub use self::person_name::PersonName;
pub use self::rules::{Applicant, FirstThings, Ruling, SignUpRules, SignUpWay};
pub use self::service::Users;
pub use self::store::{UserAdmin, UserStore};
pub use self::types::{Account, Group, Insertion, NewUser, User, UserId};
pub use self::verified::Verified;
pub use self::watched::{UserWatcher, WatchedUsers};

pub(crate) use self::ended_sessions::EndedSessions;
pub(crate) use self::event::Rest as EventRest;
pub(crate) use self::held_names::HeldNames;
pub(crate) use self::login_name::MAX_LOGIN;
