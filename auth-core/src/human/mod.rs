//! Whether a person sends a form: a hook for a CAPTCHA, a proof of work, or whatever else an application goes by.
//!
//! Off unless [`AuthBuilder::human_check`](crate::AuthBuilder::human_check) says who is asked. Then
//!
//! 1. registration, and each form that asks for a mail, takes what shows that a person sent it: in the field that a widget adds
//!    ([`HumanCheck::field`]), or in `human_response`, which every check takes. It is asked for before anything is looked up, so that the
//!    answer tells nobody who exists, and after the network's limit. Whoever accepts an invitation is not asked.
//! 2. The login form takes it once there were too many failures at that name, or from that network: 5 an hour, and 20, unless
//!    [`Captcha::at_login_after`] says otherwise. The name is counted as it was typed, whether or not somebody has it; an attempt without
//!    a name counts for its network alone. A browser that is known from an earlier login to the account that has the name now is not
//!    asked. The page shows the check where the network has to be asked, and nothing is counted by looking at it.
//! 3. Missing, wrong or used before: 403 `human_check_required`, and nothing is done. A page is shown again, with the check on it.
//! 4. **Whoever is asked may not answer, and then nobody is let through** ("fail closed"): 503, with `Retry-After`. For an application that
//!    would rather be flooded than closed there is [`Captcha::fail_open`], by which an outage of the service lets everybody through: it
//!    cannot be reached, is too slow, or says that it is down itself (a 5xx, `internal-error`). An answer that a client may have brought about is
//!    none of these. Either is logged, once a minute, and counted in `auth_human_checks_total`. It costs nobody a turn. The limits on
//!    guessing and on mails hold in any case.
//! 5. On those pages, and on no other, the browser may run the [script that the check needs](HumanChallenge::from_source): it is allowed by
//!    the `Content-Security-Policy` of the page that shows it. **A password is typed on two of them**, and whoever serves that script
//!    could read it. A check without anybody else's script (a proof of work, served by the application itself) is the safer choice.
//!
//! 6. What was solved on another host than that of the base URL or of an [allowed origin](crate::AuthBuilder::allow_origin), or at another
//!    form, shows nothing, as far as the service says where (Turnstile both, reCAPTCHA and hCaptcha the host). A widget on a page of the application's own names its form by
//!    [`HumanForm::action`]; [`Captcha::shown_on`], [`Captcha::shown_anywhere`] and [`Captcha::for_any_form`] say otherwise. On
//!    `http://localhost` neither is looked at: the keys that services have for tests name other hosts.
//!
//! Nobody is asked at `POST /auth/token` and by HTTP Basic, which programs use: where the login form has to be guarded, leave
//! [`password_grant`](crate::AuthBuilder::password_grant) off.
//!
//! # Services
//!
//! ```
//! use auth_core::Auth;
//! use auth_core::human::{Captcha, HumanForm};
//!
//! # fn run(secret: String) {
//! let check = Captcha::turnstile("0x4AAAAAAA…", secret).on([HumanForm::Register, HumanForm::Login]);
//! let builder = Auth::builder().human_check(check);
//! # let _ = builder;
//! # }
//! ```
//!
//! # One of your own
//!
//! ```
//! use auth_core::error::BoxError;
//! use auth_core::human::{Captcha, HumanCheck, HumanRequest};
//!
//! /// Nobody but the office signs up.
//! #[derive(Debug)]
//! struct Office;
//!
//! #[async_trait::async_trait]
//! impl HumanCheck for Office {
//!     async fn is_human(&self, request: &HumanRequest<'_>) -> Result<bool, BoxError> {
//!         Ok(request.ip.is_some_and(|ip| ip.to_string().starts_with("192.0.2.")))
//!     }
//! }
//!
//! let builder = auth_core::Auth::builder().human_check(Captcha::by(Office));
//! ```
//!
//! OWASP ASVS 5.0 2.4.1 (anti-automation); [Turnstile](https://developers.cloudflare.com/turnstile/get-started/server-side-validation/),
//! [hCaptcha](https://docs.hcaptcha.com/#verify-the-user-response-server-side) and
//! [reCAPTCHA](https://developers.google.com/recaptcha/docs/verify) share one protocol.

mod challenge;
mod check;
mod config;
mod service;
mod siteverify;
#[cfg(test)]
mod tests;

pub use self::challenge::{HumanChallenge, ScriptSource};
pub use self::check::{HUMAN_RESPONSE, HumanCheck, HumanForm, HumanRequest};
pub use self::config::Captcha;

pub(crate) use self::service::{HumanParts, Humans};
