//! The login routes, as an adapter mounts and reads them.

use tokio::time::timeout;

use crate::auth::Auth;
use crate::http::RequestBody;
use crate::routes::Mounts;

/// Where to mount the login routes.
pub fn mounts(auth: &Auth) -> Mounts<'_> {
    auth.mounts()
}

/// The body of a request to a login route, which an adapter reads: as much of it as came within the
/// [time limit](crate::AuthBuilder::body_timeout).
pub async fn read_body(auth: &Auth, read: impl Future<Output = RequestBody>) -> RequestBody {
    timeout(auth.config().body_timeout, read).await.unwrap_or(RequestBody::Late)
}
