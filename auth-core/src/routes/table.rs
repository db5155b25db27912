//! The table of login routes: what stands where, and how it is dealt with.

use std::pin::Pin;
use std::sync::LazyLock;

use crate::http::AuthResponse;
use crate::http::path::{self, Stands};

use super::exchange::{Exchange, Failure};
use super::{account, key, provider, server, session};

/// One row: the function that answers a method at a path.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) stands: Stands,
    run: for<'a> fn(&'a Exchange) -> Answering<'a>,
    flags: &'static [Flag],
}

/// An endpoint at work.
type Answering<'a> = Pin<Box<dyn Future<Output = Result<AuthResponse, Failure>> + Send + 'a>>;

/// In what a route differs from most others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flag {
    /// It changes something though it is a GET: a provider sends the browser back by one.
    ChangesState,
    /// Its path shows a form, to which people are led back when what they sent could not be read.
    Form,
    /// It goes by nothing that a browser sends by itself, and may be asked from other sites.
    NoCredentials,
    /// It is there for providers of the registry only. A linked account may be of one that has left it.
    OfProvider,
    /// Its errors are in OAuth's form.
    OAuth,
    /// It acts on browsers that come without a credential too, and keeps the origin rule whatever comes: logging somebody in as
    /// somebody else is an attack of its own (login CSRF, RFC 6749 section 10.12). Where a guard decides, the guard keeps it.
    SameOrigin,
    /// Its URL holds what nobody else may read, and no `Referer` may carry away: a code and a `state`.
    SecretUrl,
}

/// Rows of a table, each `METHOD PATH => area::file::function [flags];`.
macro_rules! routes {
    ($($method:ident $path:ident => $($function:ident)::+ $([$($flag:ident),+])?;)+) => {
        &[$(Route {
            method: stringify!($method),
            path: path::$path.pattern(),
            stands: path::$path.stands(),
            run: |exchange| Box::pin($($function)::+(exchange)),
            flags: &[$($(Flag::$flag),+)?],
        }),+]
    };
}

/// The whole table. The rows of a path stand together; a HEAD is a GET.
pub(super) static TABLE: &[Route] = routes! {
    GET    ACCOUNTS          => provider::accounts::list_accounts;
    DELETE ACCOUNT           => provider::accounts::unlink_account;
    POST   ACCOUNT_DELETE    => provider::accounts::unlink_account;
    GET    LOGIN             => session::login::login_page [Form];
    POST   LOGIN             => session::login::login [Form, SameOrigin];
    GET    PROVIDER          => provider::login::provider_page [OfProvider];
    POST   PROVIDER          => provider::login::begin_provider_login [OfProvider, SameOrigin];
    POST   PROVIDER_LOGOUT   => provider::login::backchannel_logout [OfProvider, OAuth, NoCredentials];
    GET    PROVIDER_CALLBACK => provider::login::finish_provider_login [OfProvider, ChangesState, SecretUrl];
    POST   PROVIDER_CALLBACK => provider::login::take_provider_post [OfProvider, NoCredentials];
    POST   LOGOUT            => session::login::logout [SameOrigin];
    GET    ME                => session::me::me;
    POST   PASSWORD_CHANGE   => account::password::change_password;
    GET    REAUTHENTICATE    => session::reauthenticate::reauthenticate_page [Form];
    POST   REAUTHENTICATE    => session::reauthenticate::reauthenticate [Form];
    POST   REVOKE            => server::token::revoke [OAuth, NoCredentials];
    GET    SESSIONS          => session::sessions::list_sessions;
    DELETE SESSIONS          => session::sessions::revoke_other_sessions;
    POST   SESSIONS_DELETE   => session::sessions::revoke_other_sessions;
    DELETE SESSION           => session::sessions::revoke_session;
    POST   SESSION_DELETE    => session::sessions::revoke_session;
    POST   TOKEN             => server::token::token [OAuth, NoCredentials];
    GET    JWKS              => key::jwks::jwks;
};

/// The rows of each path.
pub(super) fn by_path() -> impl Iterator<Item = &'static [Route]> {
    TABLE.chunk_by(|one, next| one.path == next.path)
}

/// The paths beside the prefix.
pub(super) fn beside() -> &'static [&'static str] {
    static BESIDE: LazyLock<Vec<&str>> = LazyLock::new(|| {
        by_path()
            .map(|routes| &routes[0])
            .filter(|route| route.stands == Stands::Beside)
            .map(|route| route.path)
            .collect()
    });
    &BESIDE
}

/// Method and path of every row.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn login_routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().map(|route| (route.method, route.path))
}

impl Route {
    pub(super) fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    /// Lets the endpoint answer.
    pub(super) async fn run(&self, exchange: &Exchange) -> Result<AuthResponse, Failure> {
        if self.has(Flag::SameOrigin) {
            exchange.check_origin()?;
        }
        (self.run)(exchange).await
    }
}
