//! Logging in on a device without a browser (RFC 8628), as its client.

use std::future::Future;
use std::time::Duration;

use oauth2::basic::BasicErrorResponseType;
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::outbound::{
    OutboundError, OutboundFault, OutboundResponse, OutboundUrl, OutsideError, OutsideFault,
};
use crate::secret::Secret;
use crate::text::Text;

use super::IssuedTokens;
use super::answer::{TokenAnswer, error_code, expires_in, interval};
use super::bridge::real_status;
use super::neighbours::{endpoint, refusal};
use super::registration::Registration;

/// The grant type of a device login (RFC 8628 section 3.4).
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How long to wait between two questions where the server does not say (RFC 8628 section 3.2).
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// How much longer to wait after each `slow_down` (RFC 8628 section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// The longest user code that is shown: it is typed by hand.
const MAX_USER_CODE: usize = 64;

/// A login that a person confirms in a browser elsewhere: show them [`user_code`](Self::user_code) and
/// [`verification_uri`](Self::verification_uri), then give it to [`OAuthClient::finish_device_login`](super::OAuthClient::finish_device_login).
#[derive(Debug)]
pub struct DeviceLogin {
    device_code: Secret,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_at: Timestamp,
    interval: Duration,
}

impl DeviceLogin {
    /// What the person types in: at most 64 visible characters of ASCII.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// The page where they type it in.
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// The page with the code filled in already, for a QR code.
    pub fn verification_uri_complete(&self) -> Option<&str> {
        self.verification_uri_complete.as_deref()
    }

    /// When the code ends.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// How long to wait before the next question. Each one that comes too early makes it longer.
    pub fn interval(&self) -> Duration {
        self.interval
    }
}

/// RFC 8628 section 3.2.
#[derive(Deserialize)]
struct DeviceAnswer {
    device_code: String,
    user_code: String,
    /// Google's name for it is the one of an early draft.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(alias = "verification_url_complete")]
    verification_uri_complete: Option<String>,
    #[serde(deserialize_with = "expires_in")]
    expires_in: Option<u64>,
    #[serde(default, deserialize_with = "interval")]
    interval: Option<u64>,
}

impl Registration {
    /// See [`OAuthClient::begin_device_login`](super::OAuthClient::begin_device_login).
    pub(super) async fn begin_device_login(&self, scope: &str) -> Result<DeviceLogin, OutsideError> {
        let endpoint =
            endpoint(self.endpoints.device_authorization.as_ref(), "device authorization endpoint")?;
        let now = self.clock.now();
        let parameters: &[_] = if scope.is_empty() { &[] } else { &[("scope", scope)] };
        let answer = self.post(endpoint, parameters).await?;
        answer.json::<DeviceAnswer>().map_err(OutsideError::failed)?.login(now)
    }

    /// See [`OAuthClient::poll_device_login`](super::OAuthClient::poll_device_login).
    pub(super) async fn poll_device_login(
        &self,
        login: &mut DeviceLogin,
    ) -> Result<Option<IssuedTokens>, OutsideError> {
        let now = self.clock.now();
        if now >= login.expires_at {
            let over = Error::new(ErrorKind::InvalidGrant).saying(Text::DeviceCodeEnded);
            return Err(over.into());
        }
        let parameters = [("grant_type", DEVICE_CODE), ("device_code", login.device_code.expose())];
        match self.send_form(&self.endpoints.token, &parameters).await? {
            Ok(answer) if real_status(&answer) == 200 => {
                answer.json::<TokenAnswer>().map_err(OutsideError::failed)?.issued(now).map(Some)
            }
            Ok(answer) => login.not_yet(&self.endpoints.token, &answer).map(|()| None),
            Err(fault) => login.not_reached(fault).map(|()| None),
        }
    }

    /// See [`OAuthClient::finish_device_login`](super::OAuthClient::finish_device_login).
    pub(super) async fn finish_device_login<S: Future<Output = ()>>(
        &self,
        mut login: DeviceLogin,
        sleep: impl Fn(Duration) -> S,
    ) -> Result<IssuedTokens, OutsideError> {
        loop {
            // Nobody has typed the code in at once, and a question that comes too early only slows the rest down.
            sleep(login.interval.min(login.expires_at.since(self.clock.now()))).await;
            if let Some(tokens) = self.poll_device_login(&mut login).await? {
                return Ok(tokens);
            }
        }
    }
}

impl DeviceAnswer {
    fn login(self, now: Timestamp) -> Result<DeviceLogin, OutsideError> {
        // It is printed to terminals, some of which take orders from control characters.
        let is_shown = (1..=MAX_USER_CODE).contains(&self.user_code.len())
            && self.user_code.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_shown {
            return Err(OutsideError::failed("the user code is not one that can be shown"));
        }
        let life = self.expires_in.ok_or_else(|| OutsideError::failed("the device code has no end"))?;
        Ok(DeviceLogin {
            device_code: self.device_code.into(),
            user_code: self.user_code,
            verification_uri: page(&self.verification_uri)?,
            verification_uri_complete: self.verification_uri_complete.as_deref().map(page).transpose()?,
            expires_at: now + Duration::from_secs(life),
            interval: self.interval.map_or(DEFAULT_INTERVAL, |seconds| Duration::from_secs(seconds.max(1))),
        })
    }
}

impl DeviceLogin {
    /// What an answer without tokens says (RFC 8628 section 3.5).
    fn not_yet(&mut self, endpoint: &OutboundUrl, answer: &OutboundResponse) -> Result<(), OutsideError> {
        match error_code(answer) {
            Some(BasicErrorResponseType::Extension(code)) => match code.as_str() {
                "authorization_pending" => Ok(()),
                "slow_down" => {
                    self.interval = self.interval.saturating_add(SLOW_DOWN);
                    Ok(())
                }
                "access_denied" => Err(OutsideError::new(OutsideFault::Denied)),
                "expired_token" => Err(OutsideError::new(OutsideFault::Grant)),
                _ => Err(refusal(endpoint, answer)),
            },
            None if answer.status == 429 || answer.status >= 500 => {
                self.back_off();
                Ok(())
            }
            _ => Err(refusal(endpoint, answer)),
        }
    }

    fn not_reached(&mut self, fault: OutboundError) -> Result<(), OutsideError> {
        match fault.fault() {
            OutboundFault::Connection | OutboundFault::Timeout => {
                self.back_off();
                Ok(())
            }
            _ => Err(fault.into()),
        }
    }

    /// Exponential, as RFC 8628 section 3.5 suggests.
    fn back_off(&mut self) {
        self.interval = self.interval.saturating_mul(2);
    }
}

/// A page that a person is sent to.
fn page(uri: &str) -> Result<String, OutsideError> {
    let page =
        OutboundUrl::parse(uri).map_err(|_| OutsideError::failed("the verification URI is no web page"))?;
    Ok(page.as_str().to_owned())
}
