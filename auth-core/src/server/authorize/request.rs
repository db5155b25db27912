//! An authorization request, once it is read.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::throttle::Turn;

use super::answer::{Answer, WayBack};
use super::prompt::Prompt;
use super::read::Fault;

/// A request of which all holds that its registration asks for.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct AuthorizationRequest {
    pub(in crate::server) client_id: String,
    pub(in crate::server) way_back: WayBack,
    pub(in crate::server) scope: String,
    /// The hash of the verifier (RFC 7636 section 4.2).
    pub(in crate::server) code_challenge: String,
    pub(in crate::server) nonce: Option<String>,
    pub(super) prompt: Prompt,
    /// How many seconds ago the user may have proven who they are.
    pub(in crate::server) max_age: Option<u64>,
    pub(in crate::server) login_hint: Option<String>,
    pub(in crate::server) ui_locales: Option<String>,
    pub(super) factor: WantedFactor,
    pub(in crate::server) resource: Option<String>,
    /// Whom the client takes the user for: the subject of `id_token_hint`.
    pub(in crate::server) subject: Option<String>,
    /// The thumbprint of the key that the code is bound to (RFC 9449 section 10).
    #[serde(default)]
    pub(in crate::server) dpop_jkt: Option<String>,
    received_at: i64,
    sent: Sent,
    /// Of which network it holds a turn while it waits.
    held: Option<HeldTurn>,
}

/// A turn that is given back once a request waits no more.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct HeldTurn {
    at: Option<i64>,
    network: Option<IpAddr>,
}

/// How a request came.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Sent {
    /// By a link or a redirect.
    ByGet,
    /// By a form of another site's: nobody is let through by that without being asked.
    ByPost,
}

/// Whether a second factor is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(super) enum WantedFactor {
    #[default]
    No,
    /// Where the account has one.
    IfThere,
    /// In any case.
    Demanded,
}

/// What of a request its parameters say, before it is known when it came.
pub(super) struct Asked {
    pub(super) scope: String,
    pub(super) code_challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) prompt: Prompt,
    pub(super) max_age: Option<u64>,
    pub(super) login_hint: Option<String>,
    pub(super) ui_locales: Option<String>,
    pub(super) factor: WantedFactor,
    pub(super) resource: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) dpop_jkt: Option<String>,
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl AuthorizationRequest {
    pub(super) fn new(
        client_id: &str,
        way_back: WayBack,
        asked: Asked,
        (sent, now): (Sent, Timestamp),
    ) -> Self {
        Self {
            client_id: client_id.to_owned(),
            way_back,
            scope: asked.scope,
            code_challenge: asked.code_challenge,
            nonce: asked.nonce,
            prompt: asked.prompt,
            max_age: asked.max_age,
            login_hint: asked.login_hint,
            ui_locales: asked.ui_locales,
            factor: asked.factor,
            resource: asked.resource,
            subject: asked.subject,
            dpop_jkt: asked.dpop_jkt,
            received_at: now.unix_millis(),
            sent,
            held: None,
        }
    }

    /// The same, as its browser brings it: it was pushed before.
    pub(super) fn arriving(self, sent: Sent, now: Timestamp) -> Self {
        Self { sent, received_at: now.unix_millis(), ..self }
    }

    /// The same, which waits in this turn.
    pub(super) fn holding(self, turn: Turn, network: Option<IpAddr>) -> Self {
        let at = turn.at_in_store.map(Timestamp::unix_millis);
        Self { held: Some(HeldTurn { at, network }), ..self }
    }

    /// The turn in which it waits, and of which network it is.
    pub(super) fn held(&self) -> Option<(Turn, Option<IpAddr>)> {
        let HeldTurn { at, network } = self.held?;
        Some((Turn { at_in_store: at.map(Timestamp::from_unix_millis) }, network))
    }

    /// When it came.
    pub(super) fn received_at(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.received_at)
    }

    /// Whether its user is to be asked whatever they have allowed before.
    pub(super) fn always_asks(&self) -> bool {
        self.prompt.consent || self.prompt.select_account || self.sent == Sent::ByPost
    }

    /// Whether nothing may be shown for it.
    pub(crate) fn is_silent(&self) -> bool {
        self.prompt.none
    }

    /// What the client thinks that its user is called here.
    pub(crate) fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// In which languages the client speaks with its user, the dearest first.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> {
        self.ui_locales.iter().flat_map(|tags| tags.split(' ')).filter(|tag| !tag.is_empty())
    }

    /// Where its answer goes, as people know places.
    pub(crate) fn place(&self) -> &str {
        self.way_back.place()
    }

    /// Its refusal, for its client.
    pub(super) fn refused(&self, issuer: &str, fault: Fault) -> Answer {
        fault.answer(self.way_back.clone(), issuer)
    }
}
