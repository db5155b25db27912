//! Whom to ask, and how.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{BoxError, Error};
use crate::outbound::{Method, Outbound, OutboundRequest, OutboundUrl};

use super::{Breaches, HashPrefix};

/// Where the service has its ranges.
const HAVE_I_BEEN_PWNED: &str = "https://api.pwnedpasswords.com/range/";

/// How long whoever sets a password waits for it at most.
const WITHIN: Duration = Duration::from_secs(2);

/// Knows the passwords of breaches, by ranges of their hashes.
///
/// # Contract
/// - The answer is the whole range in the form of Have I Been Pwned: for each known password whose SHA-1 begins with the prefix one line, the other
///   35 digits, a colon, and how often it was seen. No line at all is no answer.
/// - It takes no longer than it has to: somebody waits. What is not there within the [time limit](BreachCheck::within) is not waited for.
#[async_trait]
pub trait BreachedPasswords: fmt::Debug + Send + Sync {
    /// The range of hashes that begin so.
    ///
    /// # Errors
    /// Whatever kept it from answering; it is logged.
    async fn range(&self, prefix: &HashPrefix) -> Result<Vec<u8>, BoxError>;
}

/// That new passwords are looked for among those of breaches, and where.
#[derive(Clone, Debug)]
#[doc(alias("hibp", "pwned", "PWNED_PASSWORDS"))]
pub struct BreachCheck {
    by: By,
    within: Duration,
}

#[derive(Clone, Debug)]
enum By {
    Ranges(String),
    Own(Arc<dyn BreachedPasswords>),
}

impl BreachCheck {
    /// By [Have I Been Pwned](https://haveibeenpwned.com/Passwords), which asks for no key. Requests go out as those to login providers do
    /// ([`AuthBuilder::http_client`](crate::AuthBuilder::http_client)), and ask for answers that are filled up, so that their length tells
    /// nothing.
    pub fn have_i_been_pwned() -> Self {
        Self { by: By::Ranges(HAVE_I_BEEN_PWNED.to_owned()), within: WITHIN }
    }

    /// By a mirror of it, of which this is the URL that five digits are put to the end of.
    pub fn mirror(url: impl Into<String>) -> Self {
        Self { by: By::Ranges(url.into()), within: WITHIN }
    }

    /// By the application's own.
    pub fn by(known: impl BreachedPasswords + 'static) -> Self {
        Self { by: By::Own(Arc::new(known)), within: WITHIN }
    }

    /// As an environment variable says it: `on` for [Have I Been Pwned](Self::have_i_been_pwned), `off` for nobody, or the URL of a
    /// [mirror](Self::mirror).
    ///
    /// # Errors
    /// `Configuration` for anything else.
    pub fn from_text(text: &str) -> Result<Option<Self>, Error> {
        match text {
            "off" => Ok(None),
            "on" => Ok(Some(Self::have_i_been_pwned())),
            url if url.contains("://") => OutboundUrl::parse(url).map(|_| Some(Self::mirror(url))),
            _ => Err(Error::configuration(format!(
                "`{}` is neither `on` nor `off`, nor the URL of a mirror",
                text.escape_debug()
            ))),
        }
    }

    /// How long an answer is waited for; 2 seconds by default. Without one the password is taken.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        Self { within: time, ..self }
    }

    /// What asks, on this way out.
    pub(crate) fn start(self, outbound: impl FnOnce() -> Result<Outbound, Error>) -> Result<Breaches, Error> {
        let known = match self.by {
            By::Own(known) => known,
            By::Ranges(url) => {
                let outbound = outbound()?;
                outbound.check(&OutboundUrl::parse(&url)?).map_err(|error| {
                    Error::configuration(format!("whom to ask about breached passwords: {error}"))
                })?;
                Arc::new(Ranges { url, outbound })
            }
        };
        Ok(Breaches::new(known, self.within))
    }
}

/// A server of ranges.
#[derive(Debug)]
struct Ranges {
    url: String,
    outbound: Outbound,
}

#[async_trait]
impl BreachedPasswords for Ranges {
    async fn range(&self, prefix: &HashPrefix) -> Result<Vec<u8>, BoxError> {
        let url = OutboundUrl::parse(&format!("{}{}", self.url, prefix.as_str()))?;
        let request = OutboundRequest::new(Method::Get, url).with_header("add-padding", "true");
        // The URL stays out of the error, and out of the log: the digits are in it.
        let response = self.outbound.send_for_200(request).await;
        Ok(response.map_err(|error| format!("{}: {:?}", error.host(), error.fault()))?.body)
    }
}
