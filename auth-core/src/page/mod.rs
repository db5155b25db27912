//! The pages that a browser is shown: login, registration, what mailed links open, re-authentication, one provider's button, linked
//! accounts, errors.
//!
//! Each is a file here and a template in `templates/`; its words come from the texts, which an application changes by
//! [`AuthBuilder::texts`](crate::AuthBuilder::texts). Every value is escaped by the template engine, whatever it holds: a user name
//! is the visitor's text, a `next` comes from the address bar. A password is no field of any page, so none can be echoed.
//!
//! Ours load nothing, and hold no script but the one for passkeys, where there is a button for one. One inline style sheet is allowed by
//! its hash, everything else is refused by the `Content-Security-Policy` that goes out with each.
//!
//! # Pages of an application's own
//!
//! An application that wants another page answers its HTML from [`Pages`], given to
//! [`AuthBuilder::pages`](crate::AuthBuilder::pages). The route, its checks, the status and the headers stay ours, and so do the
//! fields that a form carries without showing them: [`Form::open`] writes the opening tag with all of them.
//!
//! ```
//! use auth_core::page::{LoginPage, Pages};
//!
//! #[derive(Debug)]
//! struct Branded;
//!
//! impl Pages for Branded {
//!     fn login(&self, page: &LoginPage<'_>) -> Option<String> {
//!         // The name is what a visitor typed: escape it, as every template engine does by itself.
//!         let name = page.username.replace('&', "&amp;").replace('"', "&quot;");
//!         let error = page.error.map(|error| format!("<p role=\"alert\">{error}</p>")).unwrap_or_default();
//!         let form = page.form.open();
//!         Some(format!(
//!             r#"<!doctype html><title>Welcome back</title><link rel="stylesheet" href="/own.css">{error}{form}
//!             <input name="username" value="{name}"><input name="password" type="password"><button>Log in</button></form>"#
//!         ))
//!     }
//! }
//! ```
//!
//! The `Content-Security-Policy` of such a page lets it load style sheets, images and fonts from its own origin, and nothing else:
//! no script but ours for passkeys, no inline style, no frame around it. A password is typed there, so nothing of anybody else's may run beside it. What shows
//! that a person sends a form ([`human`](crate::human)) is the one exception, on the pages that show it: a page of your own puts
//! [`HumanChallenge::html`] into that form.

mod account;
mod confirm;
#[cfg(feature = "server")]
mod consent;
mod device;
#[cfg(feature = "server")]
mod device_login;
mod email_verification;
mod error;
mod factors;
mod form;
mod frame;
#[cfg(feature = "server")]
mod grants;
#[cfg(feature = "server")]
mod hand_on;
mod linked_accounts;
mod login;
mod magic_link;
mod mail_request;
mod message;
mod mfa;
mod notice;
mod passkey;
mod passkeys;
mod password_reset;
mod provider;
mod reauthenticate;
mod recovery_codes;
mod register;
mod style;
#[cfg(test)]
mod tests;
mod totp;

use std::fmt;

use crate::human::HumanChallenge;
use crate::mail::MailParts;

pub use self::account::{AccountForm, AccountPage, AccountRefusal, SessionRow};
pub use self::confirm::{ConfirmPage, Confirmation};
#[cfg(feature = "server")]
pub use self::consent::ConsentPage;
#[cfg(feature = "server")]
pub use self::device_login::{DeviceAsker, DevicePage};
pub use self::email_verification::EmailVerificationPage;
pub use self::error::ErrorPage;
pub use self::factors::{DeviceRow, FactorsPage};
pub use self::form::{Form, Link};
#[cfg(feature = "server")]
pub use self::grants::{GrantRow, GrantsPage};
#[cfg(feature = "server")]
pub use self::hand_on::HandOnPage;
pub use self::linked_accounts::{LinkedAccountRow, LinkedAccountsPage};
pub use self::login::LoginPage;
pub use self::magic_link::{MagicLinkPage, MagicLinkStep};
pub use self::mail_request::{MailRequest, MailRequestPage};
pub use self::message::MailPage;
pub use self::mfa::MfaPage;
pub use self::notice::NoticePage;
pub use self::passkey::PasskeyButton;
pub use self::passkeys::{KnownPasskeys, PasskeyRow, PasskeysPage};
pub use self::password_reset::PasswordResetPage;
pub use self::provider::{ProviderAction, ProviderButton, ProviderPage};
pub use self::reauthenticate::ReauthenticatePage;
pub use self::recovery_codes::RecoveryCodesPage;
pub use self::register::RegisterPage;
pub use self::totp::TotpPage;

pub(crate) use self::message::Message;
pub(crate) use self::passkey::{PASSKEY_SCRIPT, PasskeyUse};
pub(crate) use self::style::{ReplyStyle, WayOn};

/// The pages of an application's own: whole documents, UTF-8. Each one that answers `None`, as all do at first, is ours.
///
/// What a page is given came from a visitor in part. Escape it, with a template engine that does so by itself.
///
/// # Contract
/// Every form of a page that is shown is opened by [`Form::open`], or holds its [`Form::hidden_fields`]: without them a login forgets
/// where it leads. A page that leaves them out is sent all the same, and named in the log.
pub trait Pages: fmt::Debug + Send + Sync {
    /// The pages of this language (`ko`), where these are not for all: what the visitor chose, or their browser asks for. `None`: these
    /// are.
    fn in_language(&self, language: &str) -> Option<&dyn Pages> {
        let _ = language;
        None
    }

    /// The page that asks for a user name and a password: at first, and again after a refusal.
    fn login(&self, page: &LoginPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page that asks a logged-in user for a proof once more.
    fn reauthenticate(&self, page: &ReauthenticatePage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page that asks for the second factor of a login that waits.
    fn mfa(&self, page: &MfaPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page of somebody's second factors.
    fn factors(&self, page: &FactorsPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page on which an authenticator app is set up.
    fn totp(&self, page: &TotpPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page that shows recovery codes, once.
    fn recovery_codes(&self, page: &RecoveryCodesPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page with one provider's button.
    fn provider(&self, page: &ProviderPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page of linked accounts.
    fn linked_accounts(&self, page: &LinkedAccountsPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page of somebody's passkeys.
    fn passkeys(&self, page: &PasskeysPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page of somebody's own account.
    fn account(&self, page: &AccountPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page on which somebody makes an account: at first, and again after a refusal.
    fn register(&self, page: &RegisterPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page that a mailed link opens, to prove an address.
    fn email_verification(&self, page: &EmailVerificationPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The pages on which somebody logs in by mail.
    fn magic_link(&self, page: &MagicLinkPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page on which somebody asks for a mail: at first, and again after a refusal.
    fn mail_request(&self, page: &MailRequestPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page that a mailed link opens, to set another password.
    fn password_reset(&self, page: &PasswordResetPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The pages on which one click changes an account: [`Confirmation`] says in what way.
    fn confirm(&self, page: &ConfirmPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page on which somebody is asked whether another application may.
    #[cfg(feature = "server")]
    fn consent(&self, page: &ConsentPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page on which the code of a device is typed, and its owner asked.
    #[cfg(feature = "server")]
    fn device(&self, page: &DevicePage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page of what somebody has allowed other applications.
    #[cfg(feature = "server")]
    fn grants(&self, page: &GrantsPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page whose form hands something on to another application.
    #[cfg(feature = "server")]
    fn hand_on(&self, page: &HandOnPage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The page that says what happens next: that a mail is on its way.
    fn notice(&self, page: &NoticePage<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// A mail, as plain text and HTML. The subject is a text: [`AuthBuilder::texts`](crate::AuthBuilder::texts) changes it.
    fn mail(&self, mail: &MailPage<'_>) -> Option<MailParts> {
        let _ = mail;
        None
    }

    /// The page that says what went wrong.
    fn error(&self, page: &ErrorPage<'_>) -> Option<String> {
        let _ = page;
        None
    }
}

/// None of its own.
#[derive(Debug)]
struct Ours;

impl Pages for Ours {}

/// One page, on its way to a reply.
pub(crate) trait Page {
    /// The application's own, if it has one.
    fn own(&self, pages: &dyn Pages) -> Option<String>;

    /// Ours.
    fn ours(&self, frame: frame::Frame<'_>) -> String;

    /// The path at which it is opened anew, where it can be the answer to a form.
    fn opened_at(&self) -> Option<String> {
        None
    }

    /// What support finds by what went wrong.
    fn reference(&self) -> Option<&str> {
        None
    }

    /// What it shows so that a person can show that they are one.
    fn challenge(&self) -> Option<&HumanChallenge> {
        None
    }

    /// The origin of a picture that it shows of somebody else's, for the policy.
    fn picture_origin(&self) -> Option<String> {
        None
    }

    /// The forms that it shows.
    fn forms(&self) -> Vec<&Form> {
        Vec::new()
    }

    /// The button for a passkey that it shows: then our script may run on it.
    fn passkey(&self) -> Option<&PasskeyButton> {
        None
    }
}
