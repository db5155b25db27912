//! The table of login routes: what stands where, and how it is dealt with.

use std::pin::Pin;
use std::sync::LazyLock;

use crate::http::{AuthResponse, path};

use super::exchange::{Exchange, Failure};
use super::{account, health, key, provider, server, session};

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

/// Where a login route stands, within the application.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stands {
    /// Below the prefix of the login routes.
    Below,
    /// Beside the prefix, where a specification wants it; below the base URL's path too, where nothing else of the host is ours.
    Beside,
}

/// In what a route differs from most others.
///
/// What is no GET keeps the origin rule whatever comes, unless its row says who keeps it instead (`Guarded`) or why nobody has to
/// (`NoCredentials`): it acts on browsers that come without a credential too, and logging somebody in as somebody else is an attack of
/// its own (login CSRF, RFC 6749 section 10.12).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flag {
    /// It changes something though it is a GET: a provider sends the browser back by one.
    ChangesState,
    /// Its path shows a form, to which people are led back when what they sent could not be read.
    Form,
    /// It begins with a guard, which keeps the origin rule for whoever comes by what a browser sends by itself. Whoever brings an
    /// access token may come from any site.
    Guarded,
    /// It is there only where the application sends mail.
    Mail,
    /// It is for whoever watches the servers, and there only where the application has it so.
    Health,
    /// It goes by nothing that a browser sends by itself, and may be asked from any site.
    NoCredentials,
    /// It is there for providers of the registry only. A linked account may be of one that has left it.
    OfProvider,
    /// Its errors are in OAuth's form.
    OAuth,
    /// It is there only where people log in by mail.
    MagicLink,
    /// Its URL holds what nobody else may read, and no `Referer` may carry away: a code and a `state`.
    SecretUrl,
}

/// Rows of a table, each `METHOD PATH => area::file::function [flags];`. The path is a name of `http/path.rs` where something else
/// writes it (a redirect, a form, a URL that others are told), and is spelled out here where nothing does: `"/ping"` below the prefix,
/// `beside "/ping"` beside it.
macro_rules! routes {
    ($($method:ident $($name:ident)? $($path:literal)? => $($function:ident)::+ $([$($flag:ident),+])?;)+) => {
        &[$(Route::new(
            stringify!($method),
            place!($($name)? $($path)?),
            |exchange| Box::pin($($function)::+(exchange)),
            &[$($(Flag::$flag),+)?],
        )),+]
    };
}

macro_rules! place {
    (beside $path:literal) => {
        (Stands::Beside, $path)
    };
    ($path:literal) => {
        (Stands::Below, $path)
    };
    ($name:ident) => {
        (Stands::Below, path::$name.pattern())
    };
}

/// The whole table. The rows of a path stand together; a HEAD is a GET.
pub(super) static TABLE: &[Route] = routes! {
    GET    ACCOUNT                     => account::page::account_page;
    POST   ACCOUNT                     => account::profile::change [Guarded];
    DELETE ACCOUNT                     => account::close::close [Guarded];
    GET    ACCOUNT_CLOSED              => account::close::closed_page [Mail];
    GET    ACCOUNT_DELETE              => account::close::close_page [Mail];
    POST   ACCOUNT_DELETE              => account::close::close [Mail, Guarded];
    GET    ACCOUNT_EXPORT              => account::page::export;
    GET    ACCOUNT_REOPEN              => account::close::reopen_page [Mail, SecretUrl];
    POST   ACCOUNT_REOPEN              => account::close::reopen [Mail];
    GET    ACCOUNT_SECURE              => account::close::secure_page [Mail, SecretUrl];
    POST   ACCOUNT_SECURE              => account::close::secure [Mail];
    GET    LINKED_ACCOUNTS             => provider::linked_accounts::list_accounts;
    DELETE "/accounts/{provider}/{id}" => provider::linked_accounts::unlink_account [Guarded];
    POST   LINKED_ACCOUNT_DELETE       => provider::linked_accounts::unlink_account [Guarded];
    POST   EMAIL_CHANGE                => account::email::change [Mail, Guarded];
    GET    EMAIL_RESEND                => account::ask::verification_page [Mail, Form];
    POST   EMAIL_RESEND                => account::ask::verification [Mail, Form];
    GET    EMAIL_UNDO                  => account::email::undo_page [Mail, SecretUrl];
    POST   EMAIL_UNDO                  => account::email::undo [Mail];
    GET    EMAIL_VERIFY                => account::email::verify_page [Mail, SecretUrl];
    POST   EMAIL_VERIFY                => account::email::verify [Mail];
    GET    "/health/live"              => health::probes::live [Health];
    GET    "/health/ready"             => health::probes::ready [Health];
    POST   LANGUAGE                    => session::language::choose;
    GET    LOGIN                       => session::login::login_page [Form];
    POST   LOGIN                       => session::login::login [Form];
    GET    PROVIDER                    => provider::login::provider_page [OfProvider];
    POST   PROVIDER                    => provider::login::begin_provider_login [OfProvider];
    POST   "/login/{provider}/backchannel-logout"
                                       => provider::login::backchannel_logout [OfProvider, OAuth, NoCredentials];
    GET    PROVIDER_CALLBACK           => provider::login::finish_provider_login [OfProvider, ChangesState, SecretUrl];
    POST   PROVIDER_CALLBACK           => provider::login::take_provider_post [OfProvider, NoCredentials];
    POST   LOGOUT                      => session::login::logout;
    GET    MAGIC_LINK                  => account::ask::magic_link_page [MagicLink, Form];
    POST   MAGIC_LINK                  => account::ask::magic_link [MagicLink, Form];
    GET    MAGIC_LINK_CONFIRM          => account::magic_link::confirm_page [MagicLink, SecretUrl];
    POST   MAGIC_LINK_CONFIRM          => account::magic_link::confirm [MagicLink];
    GET    "/me"                       => session::me::me;
    POST   PASSWORD_CHANGE             => account::password::change_password [Guarded];
    GET    PASSWORD_FORGOT             => account::ask::password_page [Mail, Form];
    POST   PASSWORD_FORGOT             => account::ask::password [Mail, Form];
    GET    PASSWORD_FORGOT_SENT        => account::recover::forgot_sent [Mail];
    GET    PASSWORD_RESET              => account::recover::reset_page [Mail, SecretUrl];
    POST   PASSWORD_RESET              => account::recover::reset [Mail];
    GET    REAUTHENTICATE              => session::reauthenticate::reauthenticate_page [Form];
    POST   REAUTHENTICATE              => session::reauthenticate::reauthenticate [Form, Guarded];
    GET    REGISTER                    => account::register::register_page [Mail, Form, SecretUrl];
    POST   REGISTER                    => account::register::register [Mail, Form];
    GET    REGISTER_SENT               => account::register::register_sent [Mail];
    POST   "/revoke"                   => server::token::revoke [OAuth, NoCredentials];
    GET    "/sessions"                 => session::sessions::list_sessions;
    DELETE "/sessions"                 => session::sessions::revoke_other_sessions [Guarded];
    POST   SESSIONS_DELETE             => session::sessions::revoke_other_sessions [Guarded];
    DELETE "/sessions/{id}"            => session::sessions::revoke_session [Guarded];
    POST   SESSION_DELETE              => session::sessions::revoke_session [Guarded];
    POST   "/token"                    => server::token::token [OAuth, NoCredentials];
    GET    beside "/.well-known/change-password" => account::page::change_password;
    GET    beside "/.well-known/jwks.json" => key::jwks::jwks;
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
    const fn new(
        method: &'static str,
        (stands, path): (Stands, &'static str),
        run: for<'a> fn(&'a Exchange) -> Answering<'a>,
        flags: &'static [Flag],
    ) -> Self {
        Self { method, path, stands, run, flags }
    }

    pub(super) fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    /// Lets the endpoint answer.
    pub(super) async fn run(&self, exchange: &Exchange) -> Result<AuthResponse, Failure> {
        if self.keeps_the_origin_rule() {
            exchange.check_origin()?;
        }
        (self.run)(exchange).await
    }

    fn keeps_the_origin_rule(&self) -> bool {
        self.method != "GET" && !self.has(Flag::Guarded) && !self.has(Flag::NoCredentials)
    }
}
