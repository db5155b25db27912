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
    /// It is there for providers of the registry only. A linked account may be of one that has left it.
    OfProvider,
    /// Its errors are in OAuth's form.
    OAuth,
    /// Its URL holds what nobody else may read, and no `Referer` may carry away: a code and a `state`.
    SecretUrl,
}

/// Rows of a table, each `METHOD NAME_OF_PATH => function [flags];`.
macro_rules! routes {
    ($($method:ident $path:ident => $area:ident::$function:ident $([$($flag:ident),+])?;)+) => {
        &[$(Route {
            method: stringify!($method),
            path: path::$path.pattern(),
            stands: path::$path.stands(),
            run: |exchange| Box::pin($area::$function(exchange)),
            flags: &[$($(Flag::$flag),+)?],
        }),+]
    };
}

/// The whole table. The rows of a path stand together; a HEAD is a GET.
pub(super) static TABLE: &[Route] = routes! {
    GET    ACCOUNTS           => provider::list_accounts;
    DELETE ACCOUNT            => provider::unlink_account;
    POST   ACCOUNT_DELETE     => provider::unlink_account;
    GET    LOGIN              => session::login_page;
    POST   LOGIN              => session::login;
    GET    PROVIDER           => provider::provider_page [OfProvider];
    POST   PROVIDER           => provider::begin_provider_login [OfProvider];
    POST   PROVIDER_LOGOUT    => provider::backchannel_logout [OfProvider, OAuth];
    GET    PROVIDER_CALLBACK  => provider::finish_provider_login [OfProvider, ChangesState, SecretUrl];
    POST   PROVIDER_CALLBACK  => provider::take_provider_post [OfProvider];
    POST   LOGOUT             => session::logout;
    GET    ME                 => session::me;
    POST   PASSWORD_CHANGE    => account::change_password;
    GET    REAUTHENTICATE     => session::reauthenticate_page;
    POST   REAUTHENTICATE     => session::reauthenticate;
    POST   REVOKE             => server::revoke [OAuth];
    GET    SESSIONS           => session::list_sessions;
    DELETE SESSIONS           => session::revoke_other_sessions;
    POST   SESSIONS_DELETE    => session::revoke_other_sessions;
    DELETE SESSION            => session::revoke_session;
    POST   SESSION_DELETE     => session::revoke_session;
    POST   TOKEN              => server::token [OAuth];
    GET    JWKS               => key::jwks;
};

/// The rows of each path.
pub(super) fn by_path() -> impl Iterator<Item = &'static [Route]> {
    TABLE.chunk_by(|one, next| one.path == next.path)
}

/// The paths beside the prefix.
pub(crate) fn beside() -> &'static [&'static str] {
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
        (self.run)(exchange).await
    }
}
