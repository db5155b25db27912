//! `/auth/password/change`.

use crate::access::login_required;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, prefers_html, see_other};
use crate::login::Credentials;

use crate::routes::exchange::{Exchange, Failure};

/// `POST /auth/password/change`: the current password is proven as at a login, and counted by the same limits; every other
/// session and every refresh family ends, and this session gets a new id. A second factor of the account is wanted too, unless the
/// session has just shown it: where it is missing nothing is changed, and once it came the password can be.
pub(crate) async fn change_password(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let current = fields.required("current_password")?;
    let new = fields.required("new_password")?;
    let next = fields.text("next")?;

    let auth = &exchange.auth;
    let credentials = Credentials::PasswordOf { user, password: current };
    let shown = exchange.just_shown(&identity);
    let admission = auth.logins().admit_beside(shown, credentials, &exchange.source()).await?;
    let admitted = exchange.confirmed(&identity, admission, next).await?;
    let keep = identity.session_record().map(|record| &record.handle);
    let admitted = auth.accounts().change_password(admitted, new, keep).await?;
    exchange.context.renew(&identity, admitted).await?;

    Ok(match prefers_html(&exchange.request) {
        true => see_other(&exchange.or_home(next)),
        false => AuthResponse::new(204),
    })
}
