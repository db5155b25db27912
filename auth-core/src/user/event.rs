//! What happened to accounts.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::circumstances::Circumstances;
use crate::clock::Timestamp;
use crate::event_id::EventId;

use super::{Denial, EventKind, UserId};

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
    /// How many: sessions that were ended, or refusals for which this row stands, which is nobody's then.
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
    fn details_of_a_newer_version_are_read_as_far_as_they_are_known() {
        let details: EventDetails =
            serde_json::from_str(r#"{"reason":"newer","newer":1,"amr":["pwd"]}"#).unwrap();
        assert_eq!((details.reason, details.amr), (Some(Denial::Other), vec!["pwd".to_owned()]));
    }
}
