//! Asking.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::clock::Clock;
use crate::error::{BoxError, Error, ErrorKind};
use crate::event::{Budget, EventDraft, EventKind, Events};
use crate::http::Fields;
use crate::metric;
use crate::outbound::Outbound;
use crate::text::Text;
use crate::throttle::{FreeTry, Source, Throttle};
use crate::user::LoginName;

use super::config::{Captcha, Started};
use super::siteverify::NoOutage;
use super::{HUMAN_RESPONSE, HumanChallenge, HumanForm, HumanRequest};

/// The kind of turn that being asked takes.
const ASKED: &str = "human check";

/// When to come back where nobody can tell.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// How often one process says in the log that nobody can tell, for each of the two reasons.
const SAID_EVERY_MS: u64 = 60_000;

/// Whether forms are sent by people, as far as somebody is asked; by default nobody is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Humans(Option<Arc<Gate>>);

#[derive(Debug)]
struct Gate {
    started: Started,
    throttle: Throttle,
    events: Events,
    clock: Arc<dyn Clock>,
    lines: Lines,
}

/// How often it is said that nobody can tell: what a client brings about does not keep an outage out of the log, nor the other way round.
#[derive(Debug)]
struct Lines {
    outages: Budget,
    refusals: Budget,
}

impl Default for Lines {
    fn default() -> Self {
        Self { outages: Budget::new(1, SAID_EVERY_MS), refusals: Budget::new(1, SAID_EVERY_MS) }
    }
}

impl Lines {
    fn of(&self, is_outage: bool) -> &Budget {
        if is_outage { &self.outages } else { &self.refusals }
    }
}

/// What [`Humans`] are made of, beside who is asked.
pub(crate) struct HumanParts {
    pub(crate) throttle: Throttle,
    pub(crate) events: Events,
    pub(crate) clock: Arc<dyn Clock>,
    /// The hosts of our pages and of those that may send their forms; `None` for `localhost`.
    pub(crate) own_hosts: Option<Vec<String>>,
}

/// An attempt to log in that is on its way, and whether it had to show that a person makes it.
#[derive(Debug)]
#[must_use = "an attempt that is not over counts as a failure"]
pub(crate) enum LoginTurn {
    /// It was asked, and let through.
    Asked,
    /// Nobody was asked.
    Free(FreeTry),
}

impl Humans {
    /// By whom, on this way out.
    ///
    /// # Errors
    /// `Configuration`.
    pub(crate) fn start(
        captcha: Captcha,
        parts: HumanParts,
        outbound: impl FnOnce() -> Result<Outbound, Error>,
    ) -> Result<Self, Error> {
        let HumanParts { throttle, events, clock, own_hosts } = parts;
        let (started, lines) = (captcha.start(own_hosts, outbound)?, Lines::default());
        Ok(Self(Some(Arc::new(Gate { started, throttle, events, clock, lines }))))
    }

    fn gate(&self, form: HumanForm) -> Option<&Gate> {
        self.0.as_deref().filter(|gate| gate.started.forms.contains(&form))
    }

    /// What the page of a form shows; nothing where nobody is asked on it.
    pub(crate) fn challenge(&self, form: HumanForm) -> Option<HumanChallenge> {
        self.gate(form)?.started.check.challenge(form)
    }

    /// Who is asked on a form, and what was sent with it to show that a person sent it. A field of another type is wrong whether or not
    /// anybody is asked.
    ///
    /// # Errors
    /// `InvalidRequest`, also where it was sent twice, in the widget's field and in ours.
    fn read<'a>(
        &self,
        form: HumanForm,
        fields: &'a Fields,
    ) -> Result<Option<(&Gate, Option<&'a str>)>, Error> {
        let ours = fields.text(HUMAN_RESPONSE)?;
        let Some(gate) = self.gate(form) else { return Ok(None) };
        let field = gate.started.check.field();
        let theirs = if field == HUMAN_RESPONSE { None } else { fields.text(field)? };
        match (ours, theirs) {
            (Some(_), Some(_)) => Err(Error::invalid(Text::HumanCheckTwice)),
            (ours, theirs) => Ok(Some((gate, ours.or(theirs).filter(|response| !response.is_empty())))),
        }
    }

    /// Whether a person sent a form. Nothing has been looked up before.
    ///
    /// # Errors
    /// `HumanCheckRequired`; `TooManyAttempts` for a network that is asked too often; `InvalidRequest`; `Unavailable` where nobody can
    /// tell.
    pub(crate) async fn check(
        &self,
        form: HumanForm,
        fields: &Fields,
        network: Option<IpAddr>,
    ) -> Result<(), Error> {
        let Some((gate, response)) = self.read(form, fields)? else { return Ok(()) };
        gate.check(HumanRequest { form, ip: network, response }).await
    }

    /// The same of a form of the application's own.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) async fn check_own(
        &self,
        response: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<(), Error> {
        let Some(gate) = self.gate(HumanForm::Own) else { return Ok(()) };
        gate.check(HumanRequest { form: HumanForm::Own, ip: network, response }).await
    }

    /// Whether somebody may try to log in: nobody is asked before there were too many failures at the name, or from the network.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) async fn before_login(
        &self,
        name: &str,
        fields: &Fields,
        source: &Source,
    ) -> Result<LoginTurn, Error> {
        let Some((gate, response)) = self.read(HumanForm::Login, fields)? else {
            return Ok(LoginTurn::Free(FreeTry::default()));
        };
        if let Some(free) = gate.free_try(name, source).await {
            return Ok(LoginTurn::Free(free));
        }
        gate.check(HumanRequest { form: HumanForm::Login, ip: source.network(), response }).await?;
        Ok(LoginTurn::Asked)
    }

    /// They are in: what was taken is given back.
    pub(crate) async fn after_login(&self, turn: LoginTurn) {
        if let (Some(gate), LoginTurn::Free(free)) = (&self.0, turn) {
            gate.throttle.give_free_try_back(free).await;
        }
    }

    /// Whether the next attempt at this name is asked, for the page that shows the form; the name is empty where nobody has typed one.
    /// Nothing is counted by that.
    pub(crate) async fn asks_at_login(&self, name: &str, source: &Source) -> bool {
        match self.gate(HumanForm::Login) {
            Some(gate) => !gate.has_free_try(name, source).await,
            None => false,
        }
    }
}

impl Gate {
    /// A browser that is known has as many as it likes.
    async fn free_try(&self, name: &str, source: &Source) -> Option<FreeTry> {
        let (limits, name) = (self.started.free.as_ref()?, LoginName::parse(name));
        if self.throttle.is_known_at(&name, source).await {
            return Some(FreeTry::default());
        }
        self.throttle.take_free_try(&name, source, limits).await
    }

    async fn has_free_try(&self, name: &str, source: &Source) -> bool {
        let (Some(limits), name) = (&self.started.free, LoginName::parse(name)) else { return false };
        self.throttle.is_known_at(&name, source).await
            || self.throttle.has_free_try(&name, source, limits).await
    }

    async fn check(&self, request: HumanRequest<'_>) -> Result<(), Error> {
        let checked = self.limited(request).await;
        checked.map_err(|error| self.events.telling(EventDraft::of(EventKind::HumanRefused), error))
    }

    async fn limited(&self, request: HumanRequest<'_>) -> Result<(), Error> {
        let turn = self.throttle.take_turn(ASKED, request.ip).await?;
        let answered = self.ask(&request).await;
        // An outage refuses nobody; what a client may have brought about stays counted.
        let is_refused = match &answered {
            Ok(is_person) => !is_person,
            Err(error) => error.is::<NoOutage>(),
        };
        if !is_refused {
            self.throttle.give_turn_back(ASKED, request.ip, turn).await;
        }
        match answered {
            Ok(true) => {
                metric::human_check("person");
                Ok(())
            }
            Ok(false) => {
                metric::human_check("refused");
                let text = match request.response {
                    Some(_) => Text::HumanCheckFailed,
                    None => Text::HumanCheckMissing,
                };
                Err(Error::new(ErrorKind::HumanCheckRequired).saying(text))
            }
            Err(error) => self.unanswered(error),
        }
    }

    fn unanswered(&self, error: BoxError) -> Result<(), Error> {
        metric::human_check("unanswered");
        let is_outage = !error.is::<NoOutage>();
        let is_let_through = self.started.is_open_on_failure && is_outage;
        if let Some(others) = self.lines.of(is_outage).take(self.clock.now()) {
            tracing::error!(%error, is_let_through, others, "nobody can tell whether a person sends a form");
        }
        match is_let_through {
            true => Ok(()),
            false => {
                let unavailable = Error::new(ErrorKind::Unavailable).with_retry_after(RETRY_AFTER);
                Err(unavailable.with_source(error).logged())
            }
        }
    }

    async fn ask(&self, request: &HumanRequest<'_>) -> Result<bool, BoxError> {
        let within = self.started.within;
        let answered = timeout(within, self.started.check.is_human(request)).await;
        answered.map_err(|_| format!("there was no answer within {within:?}"))?
    }
}
