//! Second factors.

pub(super) mod challenge;
pub(super) mod devices;
pub(in crate::routes) mod factors;
pub(super) mod recovery_codes;
pub(super) mod totp;

use std::sync::Arc;

use crate::access::{fresh_login_required, login_required, mfa_required};
use crate::error::ErrorKind;
use crate::http::{AuthResponse, path, prefers_html, see_other_route};
use crate::identity::Identity;
use crate::mfa::Mfa;
use crate::session::FRESH;
use crate::user::User;

use super::exchange::{Exchange, Failure};

/// Who may change the factors of an account: its user, in a browser, by a recent login, with a second factor where there is one. No
/// program changes what its user is recognised by.
pub(in crate::routes) async fn require_changer(exchange: &Exchange) -> Result<Arc<Identity>, Failure> {
    let identity = exchange.require(&login_required()).await?;
    if identity.session_record().is_none() {
        return Err(ErrorKind::UserRequired.into());
    }
    let recent = fresh_login_required(FRESH);
    let demanded = match exchange.mfa().held(user_of(&identity)?).await?.has_factor() {
        true => recent.and(mfa_required()),
        false => recent,
    };
    exchange.require(&demanded).await
}

fn user_of(identity: &Identity) -> Result<&Arc<User>, Failure> {
    Ok(identity.acting_user().ok_or(ErrorKind::Internal)?)
}

/// 204, or the page of factors again.
fn changed(exchange: &Exchange) -> AuthResponse {
    match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.style().path(path::FACTORS)),
        false => AuthResponse::new(204),
    }
}

impl Exchange {
    /// Second factors; people are written to in their language.
    pub(in crate::routes) fn mfa(&self) -> Mfa {
        self.auth.mfa().in_language(self.style().language())
    }
}

/// How a change of factors refuses whose login lacks one.
const FACTOR_MISSING: (ErrorKind, &str) =
    (ErrorKind::MfaRequired, "the account has a second factor, and the login did not show it");
