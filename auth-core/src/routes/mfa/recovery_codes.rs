//! `/auth/mfa/recovery-codes`.

use serde::Serialize;

use crate::http::{AuthResponse, SafeRedirect, json_response, path, prefers_html};
use crate::page::RecoveryCodesPage;
use crate::routes::about::{About, Answer, Audience, Object, Schema, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::secret::Secret;

use super::{FACTOR_MISSING, require_changer, user_of};

#[derive(Serialize)]
struct CodesJson<'a> {
    recovery_codes: Vec<&'a str>,
}

pub(in crate::routes) const RECOVERY_CODES: Object = Object {
    name: "RecoveryCodes",
    about: "Codes that stand in for a second factor, once each. They are not shown again.",
    members: &[required("recovery_codes", Schema::List(&Schema::Secret), "")],
};

pub(crate) const RENEW: About =
    About::new("Makes other recovery codes", "Those of before are void. Of an account with a second factor.")
        .audience(Audience::FreshUser)
        .answers(&[Answer::json_or_page(&RECOVERY_CODES, "ten of them, this once")])
        .refuses(&[FACTOR_MISSING]);

/// `POST /auth/mfa/recovery-codes`.
pub(crate) async fn renew_recovery_codes(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_changer(exchange).await?;
    // Whoever has no factor has not shown one.
    exchange.require(&crate::access::mfa_required()).await?;
    let codes = exchange.mfa().renew_codes(user_of(&identity)?).await?;
    Ok(shown(exchange, &codes, None))
}

/// Shows codes, which is done once, and leads on to `next`.
pub(in crate::routes) fn shown(
    exchange: &Exchange,
    codes: &[Secret],
    next: Option<&SafeRedirect>,
) -> AuthResponse {
    let codes: Vec<_> = codes.iter().map(Secret::expose).collect();
    if !prefers_html(&exchange.request) {
        return json_response(200, &CodesJson { recovery_codes: codes });
    }
    let style = exchange.style();
    let done = next.map_or_else(|| style.path(path::FACTORS), |next| next.as_str().to_owned());
    style.page(200, &RecoveryCodesPage { codes: &codes, done: &done })
}
