//! Who may have an account of their own, and what it starts with: the application's word.

use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use crate::error::Error;

use super::{Email, Username};

/// Somebody who is about to have an account.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Applicant<'a> {
    /// The user name.
    pub username: &'a Username,
    /// The address, if there is one. It need not be theirs, unless they come by an invitation or by a provider. A guest who registers has
    /// none yet: the one they typed is asked about by nobody before they prove it.
    pub email: Option<&'a Email>,
    /// How they come.
    pub way: SignUpWay<'a>,
}

/// How somebody comes who is about to have an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignUpWay<'a> {
    /// By the registration form.
    Form,
    /// As a guest whose account becomes one of their own.
    Guest,
    /// By an invitation.
    Invitation,
    /// By this provider of the registry.
    Provider(&'a str),
}

/// What becomes of somebody who asks for an account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Ruling {
    /// They get one, which starts with this.
    Allow(FirstThings),
    /// They get none, and are told this sentence.
    Refuse(String),
}

/// What an account starts with, beside what its owner typed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FirstThings {
    /// Groups to join; each exists afterwards.
    pub groups: Vec<String>,
    /// The application's own data about the user, a JSON object; `None`: nothing.
    pub attributes: Option<Value>,
}

impl Ruling {
    /// They get an account, and nothing with it.
    pub fn allow() -> Self {
        Self::Allow(FirstThings::default())
    }

    /// They get an account in these groups.
    pub fn allow_in(groups: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let groups = groups.into_iter().map(Into::into).collect();
        Self::Allow(FirstThings { groups, ..FirstThings::default() })
    }
}

/// Says who may have an account of their own, and what it starts with: asked before anything is looked up or made, by whichever way
/// somebody comes. Accounts that are made from code or by a command are not asked about.
///
/// ```
/// use async_trait::async_trait;
/// use auth_core::Error;
/// use auth_core::user::{Applicant, Ruling, SignUpRules};
///
/// /// For the people of one company.
/// #[derive(Debug)]
/// struct OursOnly;
///
/// #[async_trait]
/// impl SignUpRules for OursOnly {
///     async fn rule(&self, applicant: Applicant<'_>) -> Result<Ruling, Error> {
///         Ok(match applicant.email {
///             Some(email) if email.canonical().ends_with("@ours.example") => Ruling::allow_in(["staff"]),
///             _ => Ruling::Refuse("This is for people with an address of ours.".to_owned()),
///         })
///     }
/// }
/// ```
///
/// # Contract
/// - The answer follows from the applicant alone. What depends on who has an account tells the one who asks.
/// - Whoever registers out of a guest's session comes without an address. Rules that want one send them to the form by that.
/// - The address is what somebody typed: what it gives (a group by its domain, above all) is theirs before it is proven. Where that
///   matters, say [`EmailVerification::BeforeLogin`](crate::account::EmailVerification::BeforeLogin).
#[async_trait]
#[doc(alias("is_open_for_signup", "ACCOUNT_ADAPTER", "SignupPolicy"))]
pub trait SignUpRules: fmt::Debug + Send + Sync {
    /// What becomes of somebody.
    ///
    /// # Errors
    /// Any: nothing is made, and it is the answer.
    async fn rule(&self, applicant: Applicant<'_>) -> Result<Ruling, Error>;
}
