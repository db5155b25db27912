//! From a device's question to its owner's answer.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq as _;

use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::link::read_typed;
use crate::secret::Secret;
use crate::session::SessionRecord;
use crate::text::Texts;
use crate::token::ScopeSet;
use crate::user::User;

use super::super::{Decision, OAuthClient, Server};
use super::kept::{Decided, INTERVAL, LIFE};

/// As what is counted that devices begin.
const BEGUN: &str = "device";

/// As what codes are counted that people type.
const TYPED: &str = "user code";

/// What a device is answered (RFC 8628 section 3.2).
pub(crate) struct DeviceAuthorization {
    pub(crate) device_code: Secret,
    pub(crate) user_code: Secret,
    pub(crate) expires_in: Duration,
    pub(crate) interval: Duration,
}

/// What a device asks its owner for.
pub(crate) struct DeviceRequest {
    client: Arc<OAuthClient>,
    /// What of the scope that it asked for its owner may give.
    scope: String,
    /// The code that was typed, as the device shows it.
    user_code: String,
    ticket: String,
    /// What its owner had [taken back](super::super::withdrawal) last when they were asked.
    withdrawn: String,
}

impl DeviceRequest {
    /// Who asks.
    pub(crate) fn client(&self) -> &OAuthClient {
        &self.client
    }

    /// For what.
    pub(crate) fn scope(&self) -> &str {
        &self.scope
    }

    /// The code that the device has to show: its owner compares the two (RFC 8628 section 3.3.1).
    pub(crate) fn user_code(&self) -> &str {
        &self.user_code
    }

    /// What the page carries on which its owner is asked.
    pub(crate) fn ticket(&self) -> &str {
        &self.ticket
    }

    fn is_ticket(&self, brought: &str) -> bool {
        brought.as_bytes().ct_eq(self.ticket.as_bytes()).into()
    }

    /// For what, in words.
    pub(crate) fn words<'a>(&'a self, server: &'a Server, texts: &'a Texts) -> Vec<Cow<'a, str>> {
        server.words(&self.scope, texts)
    }
}

impl DeviceAuthorization {
    /// The owner's code, as it is read out and typed: in two groups.
    pub(crate) fn spaced_user_code(&self) -> String {
        spaced(&self.user_code)
    }
}

fn spaced(user_code: &Secret) -> String {
    let (one, other) = user_code.expose().split_at(4);
    format!("{one}-{other}")
}

impl Server {
    /// Begins the login of a device of this client's.
    ///
    /// # Errors
    /// `UnauthorizedClient`; `InvalidScope` for more than the client is registered for; `InvalidTarget`; `TooManyAttempts` of this network;
    /// `Unavailable`.
    pub(crate) async fn begin_device(
        &self,
        client: &OAuthClient,
        scope: Option<&str>,
        resource: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<DeviceAuthorization, Error> {
        self.check_grant(client, super::super::GrantType::DeviceCode.as_str())?;
        let scope = ScopeSet::parse(scope.unwrap_or_default())?;
        if !scope.iter().all(|word| client.may_ask_for(word)) {
            return Err(ErrorKind::InvalidScope.into());
        }
        let resource = self.audience(client, resource)?;
        // Anybody can ask in the name of a public client, and each question takes room.
        self.throttle.take_turn(BEGUN, network).await?;
        let scope = scope.as_str().to_owned();
        let (device_code, user_code) = self.devices.begin(client.id(), scope, resource).await?;
        Ok(DeviceAuthorization { device_code, user_code, expires_in: LIFE, interval: INTERVAL })
    }

    /// What the device asks for whose code somebody has typed; from now on it is this session's.
    ///
    /// # Errors
    /// `InvalidUserCode` for one that is unknown, has ended or is another session's; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn claim_device(
        &self,
        code: &str,
        caller: &Identity,
        network: Option<IpAddr>,
    ) -> Result<DeviceRequest, Error> {
        let (user, session) = in_session(caller)?;
        let guess = self.throttle.reserve_typed(TYPED, &user.id, network).await?;
        let asked = self.devices.claim(code, &session.handle).await;
        let asked = match asked {
            Ok(None) => return Err(ErrorKind::InvalidUserCode.into()),
            asked => {
                self.throttle.give_code_back(guess).await;
                asked?.ok_or(ErrorKind::InvalidUserCode)?
            }
        };
        let client = self.clients.find(&asked.client_id).await?.ok_or(ErrorKind::InvalidUserCode)?;
        let scope = self.tokens.grantable(user, client.for_tokens(), &asked.scope).await?;
        let user_code = spaced(&read_typed(code).ok_or(ErrorKind::InvalidUserCode)?);
        let withdrawn = self.withdrawals.latest(&user.id, client.id()).await?;
        let ticket = self.devices.ticket(&asked, &session.handle, [&scope, &withdrawn]);
        Ok(DeviceRequest { client, scope, user_code, ticket, withdrawn })
    }

    /// Takes the decision of the session that has claimed a code, and was shown what it stands for.
    ///
    /// # Errors
    /// As of [`claim_device`](Self::claim_device); `CsrfFailed` where something else was shown to it, or nothing.
    pub(crate) async fn decide_device(
        &self,
        code: &str,
        caller: &Identity,
        (decision, ticket): (Decision, &str),
        network: Option<IpAddr>,
    ) -> Result<DeviceRequest, Error> {
        let request = self.claim_device(code, caller, network).await?;
        if !request.is_ticket(ticket) {
            return Err(ErrorKind::CsrfFailed.into());
        }
        let (user, session) = in_session(caller)?;
        let decided = match decision {
            Decision::Deny => Decided::Denied,
            Decision::Allow => {
                let asked = (&**user, &*request.withdrawn);
                // First, so that the device that asks at once finds it.
                let key = caller.session_key().ok_or(ErrorKind::Unauthenticated)?;
                self.tell_at_end(&request.client, &key, session).await?;
                match self.remember(&request.client, asked, &request.scope).await? {
                    true => allowed(user, session, &request),
                    false => Decided::Denied,
                }
            }
        };
        if !self.devices.decide(code, &session.handle, &decided).await? {
            return Err(ErrorKind::InvalidUserCode.into());
        }
        Ok(request)
    }
}

fn allowed(user: &User, session: &SessionRecord, request: &DeviceRequest) -> Decided {
    Decided::Allowed {
        user: user.id.as_str().to_owned(),
        epoch: user.auth_epoch,
        session: session.handle.to_string(),
        scope: request.scope.clone(),
        auth_time: session.auth_time.unix_millis(),
        amr: session.amr.bits(),
        withdrawn: request.withdrawn.clone(),
    }
}

fn in_session(caller: &Identity) -> Result<(&Arc<User>, &Arc<SessionRecord>), Error> {
    let in_session = caller.acting_user().zip(caller.session_record());
    in_session.ok_or_else(|| ErrorKind::Unauthenticated.into())
}
