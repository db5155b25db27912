//! The settings that the servers read from their environment.

use std::env;

use auth_core::Auth;
use auth_core::key::ApplicationSecrets;
use url::Url;

use super::Report;
use crate::keys::SECRET;

/// Variables that begin like settings of the core and are read by others: by this command, and by the example applications.
const READ_ELSEWHERE: [&str; 10] = [
    "AUTH_CACHE_SECONDS",
    "AUTH_CLIENTS",
    "AUTH_DJANGO_DATABASE",
    "AUTH_IMPORT_FROM",
    "AUTH_MAX_SESSIONS",
    "AUTH_OUTSIDE_ISSUERS",
    "AUTH_PROVIDERS",
    "AUTH_REGISTER_CLIENTS",
    "AUTH_REGISTRATION",
    "AUTH_SMTP",
];

/// Looks at them all, and answers the application's secrets where they are there and good.
pub(super) fn check(report: &mut Report) -> Option<ApplicationSecrets> {
    match Auth::builder().own_variables(READ_ELSEWHERE).from_env() {
        Ok(_) => report.well("The settings in the environment (AUTH_…) make sense."),
        Err(error) => report.wrong(format!("A setting in the environment: {error}.")),
    }
    base_url(report);
    proxies(report);
    if variable("AUTH_THROTTLE").as_deref() == Some("off") {
        report.note("AUTH_THROTTLE is off: passwords can be guessed without a limit. That is for load measurements only.");
    }
    secrets(report)
}

fn base_url(report: &mut Report) {
    match variable("AUTH_BASE_URL").map(|url| origin(&url)) {
        Some(Some(origin)) if origin.starts_with("https://") => {
            report.well(format!("Browsers come to {origin}."));
        }
        Some(Some(origin)) => {
            report.note(format!("Browsers come to {origin}: good on this machine only, anywhere else the base URL begins with https://."));
        }
        // What is wrong with it was said with the other settings.
        Some(None) => {}
        None => report.note(
            "AUTH_BASE_URL is not set here: where the application does not say it in code, its servers have it elsewhere. It begins \
             with https:// wherever others can reach it.",
        ),
    }
}

/// Scheme, host and port alone: a password that does not belong there is not shown.
fn origin(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

fn proxies(report: &mut Report) {
    match variable("AUTH_TRUSTED_PROXIES") {
        Some(list) => report.well(format!("The proxies whose X-Forwarded-For is believed: {list}.")),
        None => report.note(
            "AUTH_TRUSTED_PROXIES is not set here: behind a proxy all people share one address then, and one limit on failed logins. \
             Set it to the proxy's address; leave it out where clients connect to the servers themselves.",
        ),
    }
}

fn secrets(report: &mut Report) -> Option<ApplicationSecrets> {
    let Some(text) = variable(SECRET) else {
        report.note(format!(
            "{SECRET} is not set here, so whether it is good and opens the signing keys is not known: run this with what the servers have."
        ));
        return None;
    };
    // What is wrong with it was said with the other settings.
    let secrets = ApplicationSecrets::from_text(&text).ok()?;
    let version = secrets.current_version();
    report.well(format!(
        "{SECRET} is long and random enough; its version {version} is what new things are made with."
    ));
    Some(secrets)
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
