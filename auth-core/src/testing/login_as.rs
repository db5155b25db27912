//! Acting as somebody who is logged in.

use std::net::IpAddr;
use std::sync::Arc;

use crate::auth::Auth;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, RequestView};
use crate::login::{Amr, Credentials};
use crate::token::Client;
use crate::user::User;

/// Logs a user in without a password (Django's `client.force_login`), and answers the value of the `Cookie` header by which a
/// test sends its requests as that user: a session as fresh as a login of this moment.
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
    context.observe(&LoginByHand);
    context.login(&user.id).await?;
    let mut reply = AuthResponse::new(200);
    context.commit(&mut reply);
    let cookie = reply.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    cookie.map(str::to_owned).ok_or_else(|| ErrorKind::Internal.into())
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
    let admitted = auth.admit(Credentials::Vouched { user: &user.id, amr: Amr::PWD }, None).await?;
    let tokens = auth.tokens().grant(admitted, Client::FIRST_PARTY, scope).await?;
    Ok(format!("Bearer {}", tokens.access_token.expose()))
}

async fn find(auth: &Auth, login: &str) -> Result<Arc<User>, Error> {
    let missing = || Error::new(ErrorKind::NotFound).with_detail(format!("the test has no user {login:?}"));
    auth.users().find(login).await?.ok_or_else(missing)
}

/// The request that a handler which logs somebody in would have got.
struct LoginByHand;

impl RequestView for LoginByHand {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, _: &'static str) -> impl Iterator<Item = &'a [u8]> {
        std::iter::empty()
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
}
