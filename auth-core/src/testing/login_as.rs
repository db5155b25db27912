//! Acting as somebody who is logged in.

use std::net::IpAddr;
use std::sync::Arc;

use crate::auth::Auth;
use crate::context::AuthContext;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, RequestView};
use crate::login::{Admission, Admitted, Amr, Credentials, NotShown};
use crate::token::Client;
use crate::user::User;

/// Logs a user in without a password (Django's `client.force_login`), and answers the value of the `Cookie` header by which a
/// test sends its requests as that user: a session as fresh as a login of this moment. A second factor that the user has counts as
/// shown.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), auth_core::Error> {
/// use auth_core::testing::login_as;
/// # use auth_core::{Auth, store::MemoryStore};
/// # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
/// # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
/// # auth.users().create_without_password(auth.users().new_user("alice")?).await?;
///
/// let cookie = login_as(&auth, "alice").await?;
/// // axum:   Request::get("/private").header("cookie", &cookie)
/// // actix:  TestRequest::get().uri("/private").insert_header(("cookie", cookie))
/// // rocket: client.get("/private").header(Header::new("cookie", cookie))
/// assert!(cookie.starts_with("session="));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `NotFound` for a name that nobody has; `InvalidCredentials` for an account that is not active; `Unavailable`.
pub async fn login_as(auth: &Auth, login: &str) -> Result<String, Error> {
    let user = find(auth, login).await?;
    let context = auth.context();
    context.observe(&LoginByHand(""));
    context.login_admitted(admit(auth, &user, Amr::default()).await?, false).await?;
    handed_out(&context)
}

/// The session's cookie, as the browser sends it back.
fn handed_out(context: &AuthContext) -> Result<String, Error> {
    let mut reply = AuthResponse::new(200);
    context.commit(&mut reply);
    let cookie = reply.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    cookie.map(str::to_owned).ok_or_else(|| ErrorKind::Internal.into())
}

/// What came of showing a factor to a login that waits for one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ShownFactor {
    /// It was not even looked at: no try is left.
    Exhausted,
    /// Somebody is in: a session was begun, or the caller's made fresh.
    LoggedIn {
        /// The value of the `Cookie` header for the session.
        cookie: String,
        /// Where they wanted to go.
        next: Option<String>,
    },
    /// No login waits there for this browser.
    NothingWaits,
    /// It was wrong.
    Wrong,
}

/// Shows the missing factor to the login that waits under these cookies (the value of a `Cookie` header), as the routes for second
/// factors will: takes one of its tries, and finishes it as if the factor had been shown in the way `shown`; `None` is a wrong one.
///
/// # Errors
/// `ProviderError` when a login by a provider was ended there meanwhile, or its account unlinked; `Unavailable`.
pub async fn show_factor(auth: &Auth, cookies: &str, shown: Option<Amr>) -> Result<ShownFactor, Error> {
    let context = auth.context();
    let verify = async |_: Arc<User>| Ok(shown);
    Ok(match context.finish_pending(&LoginByHand(cookies), verify).await? {
        Ok((_, next)) => {
            let next = next.map(|next| next.as_str().to_owned());
            ShownFactor::LoggedIn { cookie: handed_out(&context)?, next }
        }
        Err(NotShown::Exhausted) => ShownFactor::Exhausted,
        Err(NotShown::NothingWaits) => ShownFactor::NothingWaits,
        Err(NotShown::Wrong) => ShownFactor::Wrong,
    })
}

/// Grants the application's own client an access token for a user, with as much of `scope` as the
/// [`ScopePolicy`](crate::token::ScopePolicy) allows, and answers the value of the `Authorization` header that carries it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), auth_core::Error> {
/// use auth_core::testing::bearer_as;
/// # use auth_core::{Auth, store::MemoryStore};
/// # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
/// # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
/// # auth.migrate().await?;
/// # auth.users().create_without_password(auth.users().new_user("alice")?).await?;
///
/// let authorization = bearer_as(&auth, "alice", "reports:read").await?;
/// assert!(authorization.starts_with("Bearer "));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`login_as`].
pub async fn bearer_as(auth: &Auth, login: &str, scope: &str) -> Result<String, Error> {
    let user = find(auth, login).await?;
    let admitted = admit(auth, &user, Amr::PWD).await?;
    let tokens = auth.tokens().grant(admitted, Client::FIRST_PARTY, scope).await?;
    Ok(format!("Bearer {}", tokens.access_token.expose()))
}

async fn find(auth: &Auth, login: &str) -> Result<Arc<User>, Error> {
    let missing = || Error::new(ErrorKind::NotFound).with_detail(format!("the test has no user {login:?}"));
    auth.users().find(login).await?.ok_or_else(missing)
}

/// Lets a user in by what was shown, and by a second factor where they have one.
async fn admit(auth: &Auth, user: &User, amr: Amr) -> Result<Admitted, Error> {
    Ok(match auth.admit(Credentials::Vouched { user: &user.id, amr }, None).await? {
        Admission::Admitted(admitted) => admitted,
        Admission::Pending(pending) => pending.complete(Amr::OTP, auth.now()),
    })
}

/// The request that a handler which logs somebody in would have got, with these cookies.
struct LoginByHand<'a>(&'a str);

impl RequestView for LoginByHand<'_> {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        Some(self.0.as_bytes()).filter(|_| name == "cookie").into_iter()
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
}
