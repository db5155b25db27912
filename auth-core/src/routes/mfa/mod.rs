//! Second factors.

pub(in crate::routes) mod challenge;
pub(super) mod devices;
pub(in crate::routes) mod factors;
pub(super) mod recovery_codes;
pub(in crate::routes) mod totp;

use std::sync::Arc;

use crate::access::{FACTOR, fresh_login_required, login_required, mfa_required};
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, path, prefers_html, see_other_route};
use crate::identity::Identity;
use crate::login::{Amr, Method};
use crate::mfa::{Held, Mfa};
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
    require_recent(exchange).await
}

/// A recent login, with a second factor where the account has one.
pub(in crate::routes) async fn require_recent(exchange: &Exchange) -> Result<Arc<Identity>, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let has_factor = match identity.acting_user() {
        Some(user) => exchange.mfa().held(user).await?.has_factor(),
        None => false,
    };
    let recent = fresh_login_required(FRESH);
    exchange.require(&if has_factor { recent.and(mfa_required()) } else { recent }).await
}

/// Whether this identity may change the factors of its account; what a page looks at that shows forms for it.
pub(in crate::routes) fn can_change(exchange: &Exchange, identity: &Identity, held: &Held) -> bool {
    let has_shown = !held.has_factor() || identity.amr().contains(Amr::MFA);
    identity.is_fresh(exchange.now()) && has_shown && identity.session_record().is_some()
}

/// Which second factors are asked for, as the address of a page says; words that name none are left out.
pub(in crate::routes) fn asked_for(fields: &Fields) -> Result<Vec<Method>, Error> {
    let words = fields.text(FACTOR)?.unwrap_or_default();
    Ok(words.split_ascii_whitespace().filter_map(Method::parse).collect())
}

/// The address of a page, with which factor is asked for.
fn asking_for(page: String, factor: Method) -> String {
    let join = if page.contains('?') { '&' } else { '?' };
    format!("{page}{join}{FACTOR}={}", factor.as_str())
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
        self.auth.mfa().in_language(self.style().asked_language())
    }
}

/// How a route refuses whose login lacks the factor that the account has.
pub(in crate::routes) const FACTOR_MISSING: (ErrorKind, &str) =
    (ErrorKind::MfaRequired, "the account has a second factor, and the login did not show it");
