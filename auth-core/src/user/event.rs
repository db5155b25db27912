//! What happened to accounts.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::circumstances::Circumstances;
use crate::clock::Timestamp;
use crate::event_id::EventId;

use super::UserId;

/// Something that happened to an account, or that somebody was refused.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// To whose account; `None` where there is none. Of an account that was erased a pseudonym, which is nobody's id.
    pub user: Option<UserId>,
    /// From which address; `None` for what no request asked for.
    pub ip: Option<IpAddr>,
    /// With which program, as that names itself: anybody can say anything. Without control characters.
    pub user_agent: Option<Arc<str>>,
    /// By which route: a method and a path below the prefix of the login routes (`POST /login`), `basic` for a guard that takes Basic,
    /// `handler` for what a handler of the application's own did, `exchange` for another system's session, `command` for `auth`.
    pub route: Option<Arc<str>>,
    /// The rest, as far as it applies.
    pub details: EventDetails,
}

impl Event {
    /// An event of which nothing else is known: for backends, and for tests of listeners.
    pub fn new(id: EventId, at: Timestamp, kind: EventKind) -> Self {
        let details = EventDetails::default();
        Self { id, at, kind, user: None, ip: None, user_agent: None, route: None, details }
    }
}

/// One flat object: `id`, `type` (the name of the kind), `timestamp` (RFC 3339), `user`, `ip`, `user_agent`, `route`, and the details,
/// each where it applies.
impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Flat<'a> {
            id: String,
            r#type: &'static str,
            timestamp: String,
            #[serde(flatten)]
            rest: Rest<'a>,
        }
        let (id, timestamp) = (self.id.to_string(), self.at.rfc3339());
        Flat { id, r#type: self.kind.name(), timestamp, rest: self.rest() }.serialize(serializer)
    }
}

/// What an event says beside its kind and its time.
#[derive(Serialize)]
pub(crate) struct Rest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    #[serde(flatten)]
    details: &'a EventDetails,
}

impl Event {
    pub(crate) fn rest(&self) -> Rest<'_> {
        Rest {
            user: self.user.as_ref().map(UserId::as_str),
            ip: self.ip,
            user_agent: self.user_agent.as_deref(),
            route: self.route.as_deref(),
            details: &self.details,
        }
    }
}

/// What events say beside who, when and where.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EventDetails {
    /// How somebody proved who they are: the `amr` values of RFC 8176.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// What of the account was written: names of [`UserUpdate`](super::UserUpdate)'s fields, `password`, `sessions`, `linked_accounts`,
    /// `factors`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// The OAuth client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// A pseudonym of the name that was typed: the same for the same name, and nothing by which that could be found. People type
    /// passwords there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// The factor: `totp`, `passkey`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<String>,
    /// The provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Denial>,
    /// The session or the refresh family, by the id that lists of sessions have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// Why somebody was refused. Only the operator learns that.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The account is closed by too many failures in a row.
    AccountLocked,
    /// The address is another account's.
    AddressTaken,
    /// The account at the provider is linked to another one here.
    AlreadyLinked,
    /// The account is switched off.
    Disabled,
    /// Another factor is missing, which cannot be asked for there.
    FactorMissing,
    /// The link that was mailed is used, expired, voided or none of ours.
    InvalidLink,
    /// An account has the address that a provider vouches for: its owner logs in to it first.
    LinkRequired,
    /// Nothing showed that a person sent the form.
    NotHuman,
    /// The signature counter of a passkey went back: there may be a copy of it. Worth a look.
    PasskeyCopied,
    /// Somebody said no at the provider, or it did.
    ProviderDenied,
    /// The provider could not be reached, or what it answered does not hold.
    ProviderError,
    /// Nobody makes an account of their own here, or the application said no.
    RegistrationClosed,
    /// Nobody registers by that provider here.
    SignUpClosed,
    /// What came back from a provider belongs to no login that this browser began, or to none any more.
    StateMismatch,
    /// A limit was reached.
    TooManyAttempts,
    /// Nobody is called so.
    UnknownUser,
    /// The address has to be proven before.
    UnprovenAddress,
    /// A code is another one than was mailed or made, was used, or there were too many tries.
    WrongCode,
    /// A passkey is not what was asked for.
    WrongPasskey,
    /// The password is wrong.
    WrongPassword,
    /// A reason of a newer version's.
    #[serde(other)]
    Other,
}

impl Denial {
    /// The word for it, as logs, tables and webhooks have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccountLocked => "account_locked",
            Self::AddressTaken => "address_taken",
            Self::AlreadyLinked => "already_linked",
            Self::Disabled => "disabled",
            Self::FactorMissing => "factor_missing",
            Self::InvalidLink => "invalid_link",
            Self::LinkRequired => "link_required",
            Self::NotHuman => "not_human",
            Self::PasskeyCopied => "passkey_copied",
            Self::ProviderDenied => "provider_denied",
            Self::ProviderError => "provider_error",
            Self::RegistrationClosed => "registration_closed",
            Self::SignUpClosed => "sign_up_closed",
            Self::StateMismatch => "state_mismatch",
            Self::TooManyAttempts => "too_many_attempts",
            Self::UnknownUser => "unknown_user",
            Self::UnprovenAddress => "unproven_address",
            Self::WrongCode => "wrong_code",
            Self::WrongPasskey => "wrong_passkey",
            Self::WrongPassword => "wrong_password",
            Self::Other => "other",
        }
    }
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal,)+) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[doc = $doc])+ $kind,)+
            /// Something that only a newer version knows.
            Other,
        }

        impl EventKind {
            /// Every kind that this version knows.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The name of the kind, as tables, logs and webhooks have it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                    Self::Other => "other",
                }
            }
        }
    };
}

kinds! {
    /// Something of an account was written: `changed` says what.
    AccountChanged = "account.changed",
    /// An account was made, from code or by a provider's sign-up.
    AccountCreated = "account.created",
    /// An account was removed, and events of before name it by a pseudonym.
    AccountErased = "account.erased",
    /// An account takes no password any more, after too many failures in a row: worth an alarm.
    AccountLocked = "account.locked",
    /// A user has allowed a client to do something in their name.
    ConsentGiven = "consent.given",
    /// What a user had allowed a client was withdrawn, and what it held has ended.
    ConsentWithdrawn = "consent.withdrawn",
    /// A browser is not spared the second factor any more.
    DeviceDistrusted = "device.distrusted",
    /// A browser is spared the second factor for 30 days, in which somebody has just shown it.
    DeviceTrusted = "device.trusted",
    /// An account takes its password again, by the link that its owner was mailed or by support.
    AccountUnlocked = "account.unlocked",
    /// The address was changed.
    EmailChanged = "email.changed",
    /// The address of before is back, and what the account had beside it has ended.
    EmailRestored = "email.restored",
    /// The owner of the address proved it.
    EmailVerified = "email.verified",
    /// A second factor was added, or has taken the place of another one: `factor` says which.
    FactorAdded = "factor.added",
    /// Somebody showed a wrong code of a second factor, which the first one had led to.
    FactorRefused = "factor.refused",
    /// A second factor was removed: `factor` says which.
    FactorRemoved = "factor.removed",
    /// The staff took all second factors from an account, whose owner had lost them.
    FactorsReset = "factors.reset",
    /// Somebody did not show that a person sends a form.
    HumanRefused = "human.refused",
    /// A link that was mailed was refused, which logs nobody in: `reason` says why, the route what it would have done.
    LinkRefused = "link.refused",
    /// Somebody was not let in: `reason` says why.
    LoginFailed = "login.failed",
    /// Somebody was let in: `amr` says by what.
    LoginSucceeded = "login.succeeded",
    /// Somebody logged out.
    Logout = "logout",
    /// The password was changed, by its owner or by support staff.
    PasswordChanged = "password.changed",
    /// The password was set by a link that was mailed.
    PasswordReset = "password.reset",
    /// An account at a provider was linked.
    ProviderLinked = "provider.linked",
    /// An account at a provider was not linked: `reason` says why.
    ProviderRefused = "provider.refused",
    /// An account at a provider was unlinked.
    ProviderUnlinked = "provider.unlinked",
    /// A recovery code stood in for the second factor, and is used up.
    RecoveryCodeUsed = "recovery_code.used",
    /// There are other recovery codes, and those of before are void.
    RecoveryCodesMade = "recovery_codes.made",
    /// Somebody signed up.
    Registered = "registration.succeeded",
    /// Somebody signed up, and no account was made.
    RegistrationRefused = "registration.refused",
    /// A session or a refresh family was ended from elsewhere.
    SessionEnded = "session.ended",
    /// All sessions were ended, or all but one.
    SessionsEnded = "sessions.ended",
    /// A refresh token that was used before was presented, and its family has ended: somebody else may have it. Worth an alarm.
    TokenReused = "token.reused",
    /// A refresh family was revoked by its client.
    TokenRevoked = "token.revoked",
    /// A request was refused because there were too many: many of these are a flood.
    TooManyAttempts = "throttle.refused",
}

impl EventKind {
    /// The kind of this name; `None` for one that this version does not know.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind of a stored name.
    pub fn of_store(name: &str) -> Self {
        Self::parse(name).unwrap_or(Self::Other)
    }

    /// Whether somebody was refused.
    pub const fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::FactorRefused
                | Self::HumanRefused
                | Self::LinkRefused
                | Self::LoginFailed
                | Self::ProviderRefused
                | Self::RegistrationRefused
                | Self::TooManyAttempts
        )
    }

    /// Whether it is of the kind that alarms are made of: somebody may be at work who should not be.
    pub const fn is_alarm(self) -> bool {
        matches!(self, Self::AccountLocked | Self::TokenReused | Self::TooManyAttempts)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an event is to say; when, where and by which name is added when it is written.
#[derive(Clone, Debug)]
#[must_use = "nothing is told until it is written"]
pub struct EventDraft {
    kind: EventKind,
    user: Option<UserId>,
    details: EventDetails,
}

impl EventDraft {
    /// An event of this kind.
    pub fn of(kind: EventKind) -> Self {
        Self { kind, user: None, details: EventDetails::default() }
    }

    /// The same, of this user's account. What comes with a change of an account is of that one's.
    pub fn to(self, user: &UserId) -> Self {
        Self { user: Some(user.clone()), ..self }
    }

    /// The same, with more.
    pub fn with(mut self, add: impl FnOnce(&mut EventDetails)) -> Self {
        add(&mut self.details);
        self
    }

    /// The same of another kind.
    pub(crate) fn instead(self, kind: EventKind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn because(self, reason: Denial) -> Self {
        self.with(|details| details.reason = Some(reason))
    }

    /// The event, as of this request.
    pub(crate) fn written(self, id: EventId, at: Timestamp) -> Event {
        let here = Circumstances::here();
        Event {
            user: self.user,
            ip: here.ip,
            user_agent: here.user_agent.clone(),
            route: here.route.clone(),
            details: self.details,
            ..Event::new(id, at, self.kind)
        }
    }
}

/// What becomes of an account that is removed, beside its row: for backends.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Erasure {
    /// What stands for the account's id in its events from now on. Where from and with what they came goes.
    pub pseudonym: UserId,
    /// What is written with it.
    pub attached: Vec<super::Attachment>,
}

impl Erasure {
    /// An account that is known by this from now on.
    pub fn new(pseudonym: UserId, attached: Vec<super::Attachment>) -> Self {
        Self { pseudonym, attached }
    }
}

/// What is told of somebody who signs up: one of the two is written, so that the same is done.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SignUpEvents {
    /// With the account.
    pub added: Vec<super::Attachment>,
    /// Where the address is another account's.
    pub address_taken: Vec<super::Attachment>,
}

impl SignUpEvents {
    /// With an account, or where its address is taken.
    pub fn new(added: Vec<super::Attachment>, address_taken: Vec<super::Attachment>) -> Self {
        Self { added, address_taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_no_two_share_one() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.name()), Some(*kind));
        }
        assert_eq!((EventKind::parse("other"), EventKind::of_store("newer.thing")), (None, EventKind::Other));
    }

    #[test]
    fn details_of_a_newer_version_are_read_as_far_as_they_are_known() {
        let details: EventDetails =
            serde_json::from_str(r#"{"reason":"newer","newer":1,"amr":["pwd"]}"#).unwrap();
        assert_eq!((details.reason, details.amr), (Some(Denial::Other), vec!["pwd".to_owned()]));
    }

    #[test]
    fn a_denial_is_called_in_tables_what_it_is_called_elsewhere() {
        for denial in [
            Denial::AccountLocked,
            Denial::AddressTaken,
            Denial::AlreadyLinked,
            Denial::Disabled,
            Denial::FactorMissing,
            Denial::InvalidLink,
            Denial::LinkRequired,
            Denial::NotHuman,
            Denial::PasskeyCopied,
            Denial::ProviderDenied,
            Denial::ProviderError,
            Denial::RegistrationClosed,
            Denial::SignUpClosed,
            Denial::StateMismatch,
            Denial::TooManyAttempts,
            Denial::UnknownUser,
            Denial::UnprovenAddress,
            Denial::WrongCode,
            Denial::WrongPasskey,
            Denial::WrongPassword,
            Denial::Other,
        ] {
            assert_eq!(serde_json::to_value(denial).unwrap(), denial.name());
        }
    }
}
