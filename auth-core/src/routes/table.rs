//! The table of login routes: what stands where, and how it is dealt with.

use std::pin::Pin;
use std::sync::LazyLock;

use crate::auth::Auth;
use crate::http::{AuthResponse, path};

use super::about::About;
use super::exchange::{Exchange, Failure};
use super::{account, health, key, mfa, passkey, provider, server, session};

/// One row: the function that answers a method at a path.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) stands: Stands,
    /// The folder and the name of its function.
    pub(super) area: &'static str,
    pub(super) function: &'static str,
    pub(super) about: &'static About,
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
    /// It says what the routes are, and is there unless the application has it otherwise.
    Documentation,
    /// Its path shows a form, to which people are led back when what they sent could not be read.
    Form,
    /// It begins with a guard, which keeps the origin rule for whoever comes by what a browser sends by itself. Whoever brings an
    /// access token may come from any site.
    Guarded,
    /// It is there only where the application sends mail.
    Mail,
    /// It is there only where a code that is mailed counts as a second factor.
    MailedCodes,
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
    /// It is there only where there are passkeys.
    Passkeys,
    /// It is there only where clients register themselves.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "its rows are built with the feature"))]
    ClientRegistration,
    /// It is there only where this application is an authorization server.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "its rows are built with the feature"))]
    Server,
    /// It is for whoever makes an account, and refuses everybody where nobody may.
    SignUp,
    /// Its URL holds what nobody else may read, and no `Referer` may carry away: a code and a `state`.
    SecretUrl,
    /// Its URL may hold an invitation, and is one of [`SecretUrl`](Self::SecretUrl) then. Without it the page's form says where it comes
    /// from: old browsers take the origin from that away with the `Referer`.
    InvitationUrl,
}

/// Rows of a table, each `METHOD PATH => area::file::{function, ABOUT} [flags];`, where `ABOUT` says what there is to know of it. The path is a name of `http/path.rs` where something else
/// writes it (a redirect, a form, a URL that others are told), and is spelled out here where nothing does: `"/ping"` below the prefix,
/// `beside "/ping"` beside it. A row that a cargo feature brings begins with `#[cfg(..)]`.
macro_rules! routes {
    ($($(#[$built:meta])? $method:ident $($name:ident)? $($path:literal)? => $area:ident::$file:ident::{$function:ident, $about:ident}
        $([$($flag:ident),+])?;)+) => {
        &[$($(#[$built])? Route {
            method: stringify!($method),
            path: place!($($name)? $($path)?).1,
            stands: place!($($name)? $($path)?).0,
            area: stringify!($area),
            function: stringify!($function),
            about: &$area::$file::$about,
            run: |exchange| Box::pin($area::$file::$function(exchange)),
            flags: &[$($(Flag::$flag),+)?],
        }),+]
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
        (if path::$name.is_well_known() { Stands::Beside } else { Stands::Below }, path::$name.pattern())
    };
}

/// The whole table. The rows of a path stand together; a HEAD is a GET.
pub(super) static TABLE: &[Route] = routes! {
    GET    ACCOUNT                     => account::page::{account_page, ACCOUNT_PAGE};
    POST   ACCOUNT                     => account::profile::{change_profile, CHANGE_PROFILE} [Guarded];
    DELETE ACCOUNT                     => account::close::{close, CLOSE} [Guarded];
    GET    ACCOUNT_CLOSED              => account::close::{closed_page, CLOSED_PAGE} [Mail];
    GET    ACCOUNT_DELETE              => account::close::{close_page, CLOSE_PAGE} [Mail];
    POST   ACCOUNT_DELETE              => account::close::{close, CLOSE} [Mail, Guarded];
    GET    ACCOUNT_EXPORT              => account::page::{export, EXPORT};
    GET    ACCOUNT_REOPEN              => account::close::{reopen_page, REOPEN_PAGE} [Mail, SecretUrl];
    POST   ACCOUNT_REOPEN              => account::close::{reopen, REOPEN} [Mail];
    GET    ACCOUNT_SECURE              => account::close::{secure_page, SECURE_PAGE} [Mail, SecretUrl];
    POST   ACCOUNT_SECURE              => account::close::{secure, SECURE} [Mail];
    GET    LINKED_ACCOUNTS             => provider::linked_accounts::{list_accounts, LIST_ACCOUNTS};
    DELETE "/accounts/{provider}/{id}" => provider::linked_accounts::{unlink_account, UNLINK_ACCOUNT} [Guarded];
    POST   LINKED_ACCOUNT_DELETE       => provider::linked_accounts::{unlink_account, UNLINK_ACCOUNT} [Guarded];
    #[cfg(feature = "server")]
    GET    AUTHORIZE                   => server::authorize::{authorize, AUTHORIZE} [Server, ChangesState, SecretUrl];
    #[cfg(feature = "server")]
    POST   AUTHORIZE                   => server::authorize::{take_authorization, TAKE_AUTHORIZATION} [Server, NoCredentials];
    #[cfg(feature = "server")]
    POST   CLIENTS                     => server::clients::{register_client, REGISTER_CLIENT} [ClientRegistration, OAuth, NoCredentials];
    #[cfg(feature = "server")]
    GET    CLIENT                      => server::clients::{show_client, SHOW_CLIENT} [ClientRegistration, OAuth];
    #[cfg(feature = "server")]
    PUT    CLIENT                      => server::clients::{replace_client, REPLACE_CLIENT} [ClientRegistration, OAuth, NoCredentials];
    #[cfg(feature = "server")]
    DELETE CLIENT                      => server::clients::{remove_client, REMOVE_CLIENT} [ClientRegistration, OAuth, NoCredentials];
    #[cfg(feature = "server")]
    GET    CONSENT                     => server::consent::{consent_page, CONSENT_PAGE} [Server, ChangesState];
    #[cfg(feature = "server")]
    POST   CONSENT                     => server::consent::{decide, DECIDE} [Server];
    #[cfg(feature = "server")]
    GET    DEVICE                      => server::device::{device_page, DEVICE_PAGE} [Server, ChangesState, SecretUrl];
    #[cfg(feature = "server")]
    POST   DEVICE                      => server::device::{device, DEVICE} [Server, Guarded];
    #[cfg(feature = "server")]
    POST   DEVICE_AUTHORIZATION        => server::device::{device_authorization, DEVICE_AUTHORIZATION} [Server, OAuth, NoCredentials];
    POST   EMAIL_CHANGE                => account::email::{change, CHANGE} [Mail, Guarded];
    GET    EMAIL_RESEND                => account::ask::{verification_page, VERIFICATION_PAGE} [Mail, Form];
    POST   EMAIL_RESEND                => account::ask::{verification, VERIFICATION} [Mail, Form];
    GET    EMAIL_UNDO                  => account::email::{undo_page, UNDO_PAGE} [Mail, SecretUrl];
    POST   EMAIL_UNDO                  => account::email::{undo, UNDO} [Mail];
    GET    EMAIL_VERIFY                => account::email::{verify_page, VERIFY_PAGE} [Mail, SecretUrl];
    POST   EMAIL_VERIFY                => account::email::{verify, VERIFY} [Mail];
    #[cfg(feature = "server")]
    GET    END_SESSION                 => server::end_session::{end_session, END_SESSION} [Server, ChangesState, SecretUrl];
    #[cfg(feature = "server")]
    POST   END_SESSION                 => server::end_session::{log_out, LOG_OUT} [Server, NoCredentials];
    #[cfg(feature = "server")]
    GET    GRANTS                      => server::grants::{list_grants, LIST_GRANTS} [Server];
    #[cfg(feature = "server")]
    DELETE "/grants/{client}"          => server::grants::{withdraw_grant, WITHDRAW_GRANT} [Server, Guarded];
    #[cfg(feature = "server")]
    POST   GRANT_DELETE                => server::grants::{withdraw_grant, WITHDRAW_GRANT} [Server, Guarded];
    GET    "/health/live"              => health::probes::{live, LIVE} [Health];
    GET    "/health/ready"             => health::probes::{ready, READY} [Health];
    #[cfg(feature = "server")]
    POST   INTROSPECT                  => server::introspect::{introspect, INTROSPECT} [Server, OAuth, NoCredentials];
    POST   LANGUAGE                    => session::language::{choose, CHOOSE};
    GET    LOGIN                       => session::login::{login_page, LOGIN_PAGE} [Form];
    POST   LOGIN                       => session::login::{login, LOGIN} [Form];
    GET    PROVIDER                    => provider::login::{provider_page, PROVIDER_PAGE} [OfProvider];
    POST   PROVIDER                    => provider::login::{begin_provider_login, BEGIN_PROVIDER_LOGIN} [OfProvider];
    POST   "/login/{provider}/backchannel-logout"
                                       => provider::login::{backchannel_logout, BACKCHANNEL_LOGOUT} [OfProvider, OAuth, NoCredentials];
    GET    PROVIDER_CALLBACK           => provider::login::{finish_provider_login, FINISH_PROVIDER_LOGIN} [OfProvider, ChangesState, SecretUrl];
    POST   PROVIDER_CALLBACK           => provider::login::{take_provider_post, TAKE_PROVIDER_POST} [OfProvider, NoCredentials];
    POST   LOGOUT                      => session::login::{logout, LOGOUT};
    GET    MAGIC_LINK                  => account::ask::{magic_link_page, MAGIC_LINK_PAGE} [MagicLink, Form];
    POST   MAGIC_LINK                  => account::ask::{magic_link, MAGIC_LINK} [MagicLink, Form];
    GET    MAGIC_LINK_CONFIRM          => account::magic_link::{confirm_page, CONFIRM_PAGE} [MagicLink, SecretUrl];
    POST   MAGIC_LINK_CONFIRM          => account::magic_link::{confirm, CONFIRM} [MagicLink];
    GET    "/me"                       => session::me::{me, ME};
    GET    MFA                         => mfa::challenge::{challenge_page, CHALLENGE_PAGE} [Form];
    POST   MFA                         => mfa::challenge::{challenge, CHALLENGE} [Form];
    POST   MFA_EMAIL                   => mfa::challenge::{mail_code, MAIL_CODE} [MailedCodes];
    GET    FACTORS                     => mfa::factors::{list_factors, LIST_FACTORS};
    POST   RECOVERY_CODES              => mfa::recovery_codes::{renew_recovery_codes, RENEW} [Guarded];
    POST   TOTP                        => mfa::totp::{offer_totp, OFFER} [Guarded];
    DELETE TOTP                        => mfa::totp::{remove_totp, REMOVE} [Guarded];
    POST   TOTP_CONFIRM                => mfa::totp::{confirm_totp, CONFIRM} [Guarded];
    POST   TOTP_DELETE                 => mfa::totp::{remove_totp, REMOVE} [Guarded];
    DELETE "/mfa/trusted-devices/{id}" => mfa::devices::{distrust, DISTRUST} [Guarded];
    POST   DEVICE_DELETE               => mfa::devices::{distrust, DISTRUST} [Guarded];
    #[cfg(feature = "server")]
    POST   PAR                         => server::par::{par, PAR} [Server, OAuth, NoCredentials];
    GET    PASSKEYS                    => passkey::list::{list_passkeys, LIST_PASSKEYS} [Passkeys];
    GET    PASSKEY_SCRIPT              => passkey::places::{passkey_script, PASSKEY_SCRIPT} [Passkeys];
    PATCH  "/passkeys/{id}"            => passkey::list::{rename_passkey, RENAME_PASSKEY} [Passkeys, Guarded];
    DELETE "/passkeys/{id}"            => passkey::list::{remove_passkey, REMOVE_PASSKEY} [Passkeys, Guarded];
    POST   PASSKEY_RENAME              => passkey::list::{rename_passkey, RENAME_PASSKEY} [Passkeys, Guarded];
    POST   PASSKEY_DELETE              => passkey::list::{remove_passkey, REMOVE_PASSKEY} [Passkeys, Guarded];
    POST   PASSKEY_LOGIN_START         => passkey::login::{begin_passkey_login, BEGIN_PASSKEY_LOGIN} [Passkeys];
    POST   PASSKEY_LOGIN_FINISH        => passkey::login::{finish_passkey_login, FINISH_PASSKEY_LOGIN} [Passkeys];
    POST   PASSKEY_REGISTER_START      => passkey::make::{begin_making_passkey, BEGIN_MAKING_PASSKEY} [Passkeys, Guarded];
    POST   PASSKEY_REGISTER_FINISH     => passkey::make::{finish_making_passkey, FINISH_MAKING_PASSKEY} [Passkeys, Guarded];
    POST   PASSKEY_SIGN_UP_START       => passkey::sign_up::{begin_sign_up, BEGIN_SIGN_UP} [Passkeys, Mail, SignUp];
    POST   PASSKEY_SIGN_UP_FINISH      => passkey::sign_up::{finish_sign_up, FINISH_SIGN_UP} [Passkeys, Mail, SignUp];
    POST   PASSKEY_STEP_UP_START       => passkey::step_up::{begin_step_up, BEGIN_STEP_UP} [Passkeys, Guarded];
    POST   PASSKEY_STEP_UP_FINISH      => passkey::step_up::{finish_step_up, FINISH_STEP_UP} [Passkeys, Guarded];
    POST   PASSWORD_CHANGE             => account::password::{change_password, CHANGE_PASSWORD} [Guarded];
    GET    PASSWORD_FORGOT             => account::ask::{password_page, PASSWORD_PAGE} [Mail, Form];
    POST   PASSWORD_FORGOT             => account::ask::{password, PASSWORD} [Mail, Form];
    GET    PASSWORD_FORGOT_SENT        => account::recover::{forgot_sent, FORGOT_SENT} [Mail];
    GET    PASSWORD_RESET              => account::recover::{reset_page, RESET_PAGE} [Mail, SecretUrl];
    POST   PASSWORD_RESET              => account::recover::{reset, RESET} [Mail];
    GET    REAUTHENTICATE              => session::reauthenticate::{reauthenticate_page, REAUTHENTICATE_PAGE} [Form];
    POST   REAUTHENTICATE              => session::reauthenticate::{reauthenticate, REAUTHENTICATE} [Form, Guarded];
    GET    REGISTER                    => account::register::{register_page, REGISTER_PAGE} [Mail, SignUp, Form, InvitationUrl];
    POST   REGISTER                    => account::register::{register, REGISTER} [Mail, SignUp, Form];
    GET    REGISTER_SENT               => account::register::{register_sent, REGISTER_SENT} [Mail];
    GET    "/openapi.json"             => server::openapi::{openapi, OPENAPI} [Documentation];
    POST   REVOKE                      => server::token::{revoke, REVOKE} [OAuth, NoCredentials];
    GET    "/sessions"                 => session::sessions::{list_sessions, LIST_SESSIONS};
    DELETE "/sessions"                 => session::sessions::{revoke_other_sessions, REVOKE_OTHER_SESSIONS} [Guarded];
    POST   SESSIONS_DELETE             => session::sessions::{revoke_other_sessions, REVOKE_OTHER_SESSIONS} [Guarded];
    DELETE "/sessions/{id}"            => session::sessions::{revoke_session, REVOKE_SESSION} [Guarded];
    POST   SESSION_DELETE              => session::sessions::{revoke_session, REVOKE_SESSION} [Guarded];
    POST   TOKEN                       => server::token::{token, TOKEN} [OAuth, NoCredentials];
    GET    UNLOCK                      => account::unlock::{unlock_page, UNLOCK_PAGE} [Mail, SecretUrl];
    POST   UNLOCK                      => account::unlock::{unlock, UNLOCK} [Mail];
    #[cfg(feature = "server")]
    GET    USERINFO                    => server::userinfo::{userinfo, USERINFO} [Server];
    #[cfg(feature = "server")]
    POST   USERINFO                    => server::userinfo::{userinfo_by_post, USERINFO} [Server, NoCredentials];
    GET    beside "/.well-known/change-password" => account::page::{password_managers, PASSWORD_MANAGERS};
    GET    JWKS                        => key::jwks::{jwks, JWKS};
    #[cfg(feature = "server")]
    GET    beside "/.well-known/oauth-authorization-server" => server::metadata::{authorization_server, METADATA_DOCUMENT} [Server];
    #[cfg(feature = "server")]
    GET    PROTECTED_RESOURCE          => server::metadata::{protected_resource, RESOURCE_DOCUMENT} [Server];
    #[cfg(feature = "server")]
    GET    beside "/.well-known/openid-configuration" => server::metadata::{openid_configuration, METADATA_DOCUMENT} [Server];
    GET    beside "/.well-known/webauthn" => passkey::places::{related_origins, RELATED_ORIGINS} [Passkeys];
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

/// The rows that the cargo features bring.
#[cfg(test)]
pub(super) fn built() -> impl Iterator<Item = &'static Route> {
    TABLE.iter().filter(|route| route.is_built())
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

    /// Whether the cargo features bring it.
    #[cfg(test)]
    pub(super) fn is_built(&self) -> bool {
        cfg!(feature = "passkeys") || !self.has(Flag::Passkeys)
    }

    /// Whether it is there with these settings; a provider's, whether there are any.
    pub(super) fn is_there(&self, auth: &Auth) -> bool {
        let config = auth.config();
        self.flags.iter().all(|flag| match flag {
            Flag::Documentation => config.has_openapi_route,
            Flag::Health => config.has_health_routes,
            Flag::MagicLink => config.has_magic_links,
            Flag::MailedCodes => config.mails_codes,
            Flag::Mail => auth.sends_mail(),
            Flag::Passkeys => auth.passkeys().is_some(),
            Flag::ClientRegistration => auth.registers_clients(),
            Flag::Server => auth.has_server(),
            Flag::OfProvider => auth.providers().list().next().is_some(),
            _ => true,
        })
    }

    /// Whether it is there and does not refuse everybody.
    pub(super) fn is_offered(&self, auth: &Auth) -> bool {
        let is_open = || {
            auth.registrations().is_ok_and(|registrations| registrations.check_takes_invitations().is_ok())
        };
        self.is_there(auth) && (!self.has(Flag::SignUp) || is_open())
    }

    /// Whether it is about the caller's own account alone, so that whoever has to add a second factor first gets this far. What gives
    /// others something in their name is not.
    pub(super) fn is_for_ones_own_account(&self) -> bool {
        matches!(self.area, "account" | "mfa" | "passkey" | "provider" | "session")
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
