//! The protocol of Turnstile, hCaptcha and reCAPTCHA: the secret, the answer and the address go out by POST, and JSON says whether it
//! counts. Each of them takes an answer once.

use std::net::IpAddr;

use async_trait::async_trait;
use serde::Deserialize;

use crate::error::BoxError;
use crate::outbound::{Method, Outbound, OutboundRequest, OutboundUrl};
use crate::secret::Secret;

use super::{HumanChallenge, HumanCheck, HumanForm, HumanRequest, ScriptSource};

/// The longest answer that is passed on, in bytes: those of the three services are below half of it.
const MAX_RESPONSE: usize = 16 * 1024;

/// Of a reCAPTCHA of version 3, which lets everybody pass and says how sure it is, from 0 to 1 (the threshold that its documentation
/// begins with).
const LEAST_SCORE: f64 = 0.5;

/// A service: where it is asked, and what its widget needs.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) url: String,
    pub(super) field: String,
    /// The class of the element in which the widget stands, and its script.
    pub(super) class: &'static str,
    pub(super) script: &'static str,
    pub(super) sources: &'static [&'static str],
    /// Whether an answer has a score that is better the higher it is.
    pub(super) has_score: bool,
}

pub(super) fn turnstile() -> Service {
    Service {
        url: "https://challenges.cloudflare.com/turnstile/v0/siteverify".to_owned(),
        field: "cf-turnstile-response".to_owned(),
        class: "cf-turnstile",
        script: "https://challenges.cloudflare.com/turnstile/v0/api.js",
        sources: &["https://challenges.cloudflare.com"],
        has_score: false,
    }
}

pub(super) fn hcaptcha() -> Service {
    Service {
        url: "https://api.hcaptcha.com/siteverify".to_owned(),
        field: "h-captcha-response".to_owned(),
        class: "h-captcha",
        script: "https://js.hcaptcha.com/1/api.js",
        sources: &["https://hcaptcha.com", "https://*.hcaptcha.com"],
        has_score: false,
    }
}

pub(super) fn recaptcha() -> Service {
    Service {
        url: "https://www.google.com/recaptcha/api/siteverify".to_owned(),
        field: "g-recaptcha-response".to_owned(),
        class: "g-recaptcha",
        script: "https://www.google.com/recaptcha/api.js",
        sources: &[
            "https://www.google.com/recaptcha/",
            "https://www.gstatic.com/recaptcha/",
            "https://recaptcha.google.com/recaptcha/",
        ],
        has_score: true,
    }
}

/// Asks a service.
#[derive(Debug)]
pub(super) struct SiteVerify {
    pub(super) service: Service,
    pub(super) site_key: String,
    pub(super) secret: Secret,
    /// The host on which the widget has to have been shown, where that is asked for.
    pub(super) host: Option<String>,
    pub(super) url: OutboundUrl,
    pub(super) outbound: Outbound,
}

/// What a service answers.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default, rename = "error-codes")]
    error_codes: Vec<String>,
    hostname: Option<String>,
    score: Option<f64>,
}

/// What a service says of ourselves, and not of whoever sent the form (the lists of the three agree on these).
const OURS: [&str; 5] = [
    "missing-input-secret",
    "invalid-input-secret",
    "bad-request",
    "internal-error",
    "sitekey-secret-mismatch",
];

#[async_trait]
impl HumanCheck for SiteVerify {
    async fn is_human(&self, request: &HumanRequest<'_>) -> Result<bool, BoxError> {
        let Some(response) = request.response.filter(|response| (1..=MAX_RESPONSE).contains(&response.len()))
        else {
            return Ok(false);
        };
        let asked = OutboundRequest::new(Method::Post, self.url.clone())
            .with_body("application/x-www-form-urlencoded", self.question(response, request.ip));
        let answer: Answer = self.outbound.send_for_json(asked).await?;
        self.counts(&answer)
    }

    fn challenge(&self, _: HumanForm) -> Option<HumanChallenge> {
        let Service { class, script, sources, .. } = self.service;
        let html = format!(
            "<div class=\"{class}\" data-sitekey=\"{}\"></div>\n<script src=\"{script}\" async defer></script>",
            self.site_key
        );
        let sources = sources.iter().map(|source| ScriptSource::parse(source));
        let sources: Result<Vec<_>, _> = sources.collect();
        Some(sources.ok()?.into_iter().fold(HumanChallenge::new(html), HumanChallenge::from_source))
    }

    fn field(&self) -> &str {
        &self.service.field
    }
}

impl SiteVerify {
    fn question(&self, response: &str, ip: Option<IpAddr>) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("secret", self.secret.expose()).append_pair("response", response);
        form.append_pair("sitekey", &self.site_key);
        if let Some(ip) = ip {
            form.append_pair("remoteip", &ip.to_string());
        }
        form.finish()
    }

    fn counts(&self, answer: &Answer) -> Result<bool, BoxError> {
        if let Some(code) = answer.error_codes.iter().find(|code| OURS.contains(&code.as_str())) {
            return Err(format!("it says `{code}`").into());
        }
        let is_here = match (&self.host, &answer.hostname) {
            (None, _) => true,
            (Some(host), Some(shown)) => host.eq_ignore_ascii_case(shown),
            (Some(_), None) => false,
        };
        let is_sure = !self.service.has_score || answer.score.is_none_or(|score| score >= LEAST_SCORE);
        Ok(answer.success && is_here && is_sure)
    }
}
