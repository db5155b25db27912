//! Who is asked, where, and what becomes of those whom nobody can tell.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::outbound::{Outbound, OutboundUrl};
use crate::secret::Secret;
use crate::throttle::{Limit, ThrottleConfig};

use super::siteverify::{Expected, Place, Service, SiteVerify, hcaptcha, recaptcha, turnstile};
use super::{HumanCheck, HumanForm};

/// How long whoever sends a form waits at most.
const WITHIN: Duration = Duration::from_secs(3);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How many failures at a name nobody is asked for: a person who has forgotten a password tries that often.
const AT_A_NAME: u32 = 5;

/// How many times as many from one network, which people share.
const FROM_A_NETWORK: u32 = 4;

/// That forms have to be sent by a person, and who says whether one was.
#[derive(Clone, Debug)]
#[doc(alias("recaptcha", "RECAPTCHA_PRIVATE_KEY", "ACCOUNT_FORMS"))]
pub struct Captcha {
    by: By,
    forms: Vec<HumanForm>,
    within: Duration,
    is_open_on_failure: bool,
    free_failures: u32,
}

#[derive(Clone)]
enum By {
    Own(Arc<dyn HumanCheck>),
    Service { service: Service, site_key: String, secret: Secret, shown: Shown },
}

/// Where a widget has to have been shown.
#[derive(Clone)]
struct Shown {
    host: Host,
    is_for_any_form: bool,
}

#[derive(Clone)]
enum Host {
    Any,
    /// The one of the base URL, and those of the origins that are allowed beside it.
    Own,
    This(String),
}

impl fmt::Debug for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(check) => check.fmt(f),
            Self::Service { service, .. } => service.fmt(f),
        }
    }
}

/// A check as it is in use.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) check: Arc<dyn HumanCheck>,
    pub(super) forms: Vec<HumanForm>,
    pub(super) within: Duration,
    pub(super) is_open_on_failure: bool,
    /// How many failures nobody is asked for; `None` where everybody is asked at once.
    pub(super) free: Option<ThrottleConfig>,
}

impl Captcha {
    /// By [Cloudflare Turnstile](https://developers.cloudflare.com/turnstile/). Requests go out as those to login providers do
    /// ([`AuthBuilder::http_client`](crate::AuthBuilder::http_client)).
    pub fn turnstile(site_key: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::service(turnstile(), site_key, secret)
    }

    /// By [hCaptcha](https://docs.hcaptcha.com/).
    pub fn hcaptcha(site_key: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::service(hcaptcha(), site_key, secret)
    }

    /// By [reCAPTCHA](https://developers.google.com/recaptcha/intro), version 2 on our pages. An answer of version 3 comes from a form of your
    /// own, whose script asks for it; a score of 0.5 counts.
    pub fn recaptcha(site_key: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::service(recaptcha(), site_key, secret)
    }

    /// By the application's own, or by one of another service.
    pub fn by(check: impl HumanCheck + 'static) -> Self {
        Self::with(By::Own(Arc::new(check)))
    }

    fn service(service: Service, site_key: impl Into<String>, secret: impl Into<String>) -> Self {
        let (site_key, secret) = (site_key.into(), Secret::new(secret.into()));
        let shown = Shown { host: Host::Own, is_for_any_form: false };
        Self::with(By::Service { service, site_key, secret, shown })
    }

    fn with(by: By) -> Self {
        Self {
            by,
            forms: vec![
                HumanForm::EmailResend,
                HumanForm::Login,
                HumanForm::MagicLink,
                HumanForm::Own,
                HumanForm::PasswordForgot,
                HumanForm::Register,
            ],
            within: WITHIN,
            is_open_on_failure: false,
            free_failures: AT_A_NAME,
        }
    }

    /// Only on these forms; on all of them by default.
    #[must_use]
    pub fn on(self, forms: impl IntoIterator<Item = HumanForm>) -> Self {
        Self { forms: forms.into_iter().collect(), ..self }
    }

    /// After how many failures an hour at a name the login form asks, 5 by default, and after four times as many from a network; 0: always,
    /// also of browsers that are known.
    #[must_use]
    pub fn at_login_after(self, failures: u32) -> Self {
        Self { free_failures: failures, ..self }
    }

    /// The service is asked at this URL: one of its mirrors (`https://www.recaptcha.net/recaptcha/api/siteverify`), or another that speaks
    /// the same protocol. Of a check of the application's own, nothing.
    #[must_use]
    pub fn verified_at(mut self, url: impl Into<String>) -> Self {
        if let By::Service { service, .. } = &mut self.by {
            service.url = url.into();
        }
        self
    }

    /// The widget has to have been shown on this host (`app.example`), and the service has to say so: for forms that stand elsewhere than
    /// at the base URL. By default it is the host of that, or of an [allowed origin](crate::AuthBuilder::allow_origin), as far as the
    /// service says where.
    #[must_use]
    pub fn shown_on(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.showing(|shown| shown.host = Host::This(name))
    }

    /// The widget may have been shown on any host that the service's own list for the site key has.
    ///
    /// # Security
    /// What people solve on another site with this key counts here: keep that list in the service's settings.
    #[must_use]
    pub fn shown_anywhere(self) -> Self {
        self.showing(|shown| shown.host = Host::Any)
    }

    /// What was shown for one form counts for any other: for widgets of the application's own that name another action than
    /// [`HumanForm::action`], or none.
    ///
    /// # Security
    /// What somebody solved at a form that costs nothing counts at the login form.
    #[must_use]
    pub fn for_any_form(self) -> Self {
        self.showing(|shown| shown.is_for_any_form = true)
    }

    fn showing(mut self, change: impl FnOnce(&mut Shown)) -> Self {
        if let By::Service { shown, .. } = &mut self.by {
            change(shown);
        }
        self
    }

    /// How long an answer is waited for; 3 seconds by default.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        Self { within: time, ..self }
    }

    /// Where nobody can tell, because the service is down or slow, everybody is let through. An attacker who can bring that about has a
    /// way around the check; the limits on guessing and on mails stay. A service that answers, and refuses us or what was sent, is not down:
    /// nobody is let through then.
    #[must_use]
    pub fn fail_open(self) -> Self {
        Self { is_open_on_failure: true, ..self }
    }

    /// What asks, on this way out, for pages at these hosts; `None` for `localhost`, where a service's keys for tests name other hosts and
    /// forms.
    pub(super) fn start(
        self,
        own_hosts: Option<Vec<String>>,
        outbound: impl FnOnce() -> Result<Outbound, Error>,
    ) -> Result<Started, Error> {
        let check: Arc<dyn HumanCheck> = match self.by {
            By::Own(check) => check,
            By::Service { service, site_key, secret, shown } => {
                check_keys(&site_key, &secret)?;
                let (outbound, url) = (outbound()?, OutboundUrl::parse(&service.url)?);
                outbound.check(&url).map_err(|error| {
                    Error::configuration(format!("who says whether a person sends a form: {error}"))
                })?;
                let place = shown.place(own_hosts);
                Arc::new(SiteVerify { service, site_key, secret, place, url, outbound })
            }
        };
        let at_a_name = Limit::new(self.free_failures, HOUR);
        let from_a_network = Limit::new(self.free_failures.saturating_mul(FROM_A_NETWORK), HOUR);
        Ok(Started {
            check,
            forms: self.forms,
            within: self.within,
            is_open_on_failure: self.is_open_on_failure,
            free: (self.free_failures > 0)
                .then(|| ThrottleConfig::default().account([at_a_name]).network([from_a_network])),
        })
    }
}

impl Shown {
    fn place(self, own_hosts: Option<Vec<String>>) -> Place {
        let is_for_its_form = !self.is_for_any_form && own_hosts.is_some();
        let host = match self.host {
            Host::Any => Expected::Anything,
            Host::Own => own_hosts.map_or(Expected::Anything, Expected::IfSaid),
            Host::This(host) => Expected::This(host),
        };
        Place { host, is_for_its_form }
    }
}

/// The site key stands in every page, as it is.
fn check_keys(site_key: &str, secret: &Secret) -> Result<(), Error> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if site_key.is_empty() || !site_key.chars().all(is_plain) {
        return Err(Error::configuration(
            "the site key of the human check is none: copy the one that its service shows",
        ));
    }
    match secret.expose().trim().is_empty() {
        true => {
            Err(Error::configuration("the secret of the human check is empty: give the one of its service"))
        }
        false => Ok(()),
    }
}
