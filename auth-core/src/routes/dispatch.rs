//! From path and method to endpoint.

use std::sync::LazyLock;

use matchit::Router;

use crate::auth::Auth;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, AuthResponse, Place, RequestView as _, is_unsafe, problem, redirect_for};
use crate::task::detached;

use super::exchange::{Exchange, Failure, Parameters};
use super::{account, key, provider, server, session};

/// One path and what it answers.
#[derive(Debug)]
struct Route {
    path: &'static str,
    methods: &'static [(&'static str, Endpoint)],
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Endpoint {
    BackchannelLogout,
    BeginProviderLogin,
    ChangePassword,
    FinishProviderLogin,
    Jwks,
    ListAccounts,
    ListSessions,
    Login,
    LoginPage,
    Logout,
    Me,
    ProviderPage,
    Reauthenticate,
    ReauthenticatePage,
    Revoke,
    RevokeOtherSessions,
    RevokeSession,
    TakeProviderPost,
    Token,
    UnlinkAccount,
}

/// What stands beside the prefix instead of under it; below the base URL's path too, where nothing else of the host is ours.
const WELL_KNOWN: &str = "/.well-known/";

/// The whole table. A path that starts with `/.well-known/` stands beside the prefix, every other one under it.
const ROUTES: &[Route] = &[
    Route { path: "/accounts", methods: &[("GET", Endpoint::ListAccounts)] },
    Route { path: "/accounts/{provider}/{id}", methods: &[("DELETE", Endpoint::UnlinkAccount)] },
    Route { path: "/accounts/{provider}/{id}/delete", methods: &[("POST", Endpoint::UnlinkAccount)] },
    Route { path: "/login", methods: &[("GET", Endpoint::LoginPage), ("POST", Endpoint::Login)] },
    Route {
        path: "/login/{provider}",
        methods: &[("GET", Endpoint::ProviderPage), ("POST", Endpoint::BeginProviderLogin)],
    },
    Route { path: "/login/{provider}/backchannel-logout", methods: &[("POST", Endpoint::BackchannelLogout)] },
    Route {
        path: "/login/{provider}/callback",
        methods: &[("GET", Endpoint::FinishProviderLogin), ("POST", Endpoint::TakeProviderPost)],
    },
    Route { path: "/logout", methods: &[("POST", Endpoint::Logout)] },
    Route { path: "/me", methods: &[("GET", Endpoint::Me)] },
    Route { path: "/password/change", methods: &[("POST", Endpoint::ChangePassword)] },
    Route {
        path: "/reauthenticate",
        methods: &[("GET", Endpoint::ReauthenticatePage), ("POST", Endpoint::Reauthenticate)],
    },
    Route { path: "/revoke", methods: &[("POST", Endpoint::Revoke)] },
    Route {
        path: "/sessions",
        methods: &[("GET", Endpoint::ListSessions), ("DELETE", Endpoint::RevokeOtherSessions)],
    },
    Route { path: "/sessions/delete", methods: &[("POST", Endpoint::RevokeOtherSessions)] },
    Route { path: "/sessions/{id}", methods: &[("DELETE", Endpoint::RevokeSession)] },
    Route { path: "/sessions/{id}/delete", methods: &[("POST", Endpoint::RevokeSession)] },
    Route { path: "/token", methods: &[("POST", Endpoint::Token)] },
    Route { path: "/.well-known/jwks.json", methods: &[("GET", Endpoint::Jwks)] },
];

/// Method and path of every row.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn login_routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().flat_map(|route| route.methods.iter().map(|(method, _)| (*method, route.path)))
}

/// The table, ready to be looked up.
static ROUTER: LazyLock<Router<&'static Route>> = LazyLock::new(|| {
    let mut router = Router::new();
    for route in ROUTES {
        router.insert(route.path, route).expect("no two routes of the table collide");
    }
    router
});

impl Auth {
    /// Answers a login route.
    #[doc(hidden)]
    pub async fn handle(&self, request: AuthRequest) -> AuthResponse {
        let Some((route, parameters)) = find(self, request.path()) else {
            self.note_stray(request.path());
            return finish(self.style().error(&request, &ErrorKind::NotFound.into()));
        };
        self.note_arrival();
        let Some(endpoint) = route.endpoint(request.method()) else {
            return finish(route.wrong_method(self, &request));
        };
        let exchange = Exchange { auth: self.clone(), context: self.context(), request, parameters };
        if !is_unsafe(&exchange.request) && !endpoint.changes_state() {
            return answer(endpoint, &exchange).await;
        }
        let answered = detached(async move { Ok(answer(endpoint, &exchange).await) }).await;
        answered.unwrap_or_else(|error| {
            tracing::error!(?error, "a login route failed");
            finish(problem(&error))
        })
    }
}

/// The route of a path as it came, with the base path or without it: a spelling that is not in the table is not found.
fn find(auth: &Auth, path: &str) -> Option<(&'static Route, Parameters)> {
    let place = &auth.style().place;
    let found = place.within(path).find_map(|path| ROUTER.at(in_table(place, path)?).ok())?;
    if found.value.is_of_provider() && auth.providers().get(found.params.get("provider")?).is_none() {
        return None;
    }
    let parameters = found.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some((found.value, Parameters(parameters.collect())))
}

/// A path within the application as the table writes it.
fn in_table<'a>(place: &Place, path: &'a str) -> Option<&'a str> {
    match place.login_route(path) {
        Some(route) => Some(route).filter(|route| !route.starts_with(WELL_KNOWN)),
        None => Some(path).filter(|path| path.starts_with(WELL_KNOWN)),
    }
}

impl Route {
    /// Whether the route is there for providers of the registry only. A linked account may be of one that has left it.
    fn is_of_provider(&self) -> bool {
        self.path.starts_with("/login/{provider}")
    }

    /// A HEAD is a GET whose body the server leaves out (RFC 9110 section 9.3.2).
    fn endpoint(&self, method: &str) -> Option<Endpoint> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.methods.iter().find(|(held, _)| *held == method).map(|(_, endpoint)| *endpoint)
    }

    fn wrong_method(&self, auth: &Auth, request: &AuthRequest) -> AuthResponse {
        let error = Error::new(ErrorKind::MethodNotAllowed);
        let is_oauth = self.methods.iter().any(|(_, endpoint)| endpoint.is_oauth());
        let reply = if is_oauth {
            server::oauth_error(auth.style(), request, &error)
        } else {
            auth.style().error(request, &error)
        };
        reply.with_header("allow", self.allow())
    }

    fn allow(&self) -> String {
        let names = self.methods.iter().flat_map(|(method, _)| match *method {
            "GET" => vec!["GET", "HEAD"],
            other => vec![other],
        });
        names.collect::<Vec<_>>().join(", ")
    }
}

impl Endpoint {
    fn is_oauth(self) -> bool {
        matches!(self, Self::BackchannelLogout | Self::Revoke | Self::Token)
    }

    /// Whether it changes something whatever the method: a provider sends the browser back by GET.
    fn changes_state(self) -> bool {
        self == Self::FinishProviderLogin
    }

    /// Whether the URL holds what nobody else may read, and no `Referer` may carry away: a code and a `state`.
    fn has_secret_url(self) -> bool {
        self == Self::FinishProviderLogin
    }

    async fn run(self, exchange: &Exchange) -> Result<AuthResponse, Failure> {
        match self {
            Self::BackchannelLogout => provider::backchannel_logout(exchange).await,
            Self::BeginProviderLogin => provider::begin_provider_login(exchange).await,
            Self::ChangePassword => account::change_password(exchange).await,
            Self::FinishProviderLogin => provider::finish_provider_login(exchange).await,
            Self::Jwks => key::jwks(exchange).await,
            Self::ListAccounts => provider::list_accounts(exchange).await,
            Self::ListSessions => session::list_sessions(exchange).await,
            Self::Login => session::login(exchange).await,
            Self::LoginPage => session::login_page(exchange).await,
            Self::Logout => session::logout(exchange).await,
            Self::Me => session::me(exchange).await,
            Self::ProviderPage => provider::provider_page(exchange).await,
            Self::Reauthenticate => session::reauthenticate(exchange).await,
            Self::ReauthenticatePage => session::reauthenticate_page(exchange).await,
            Self::Revoke => server::revoke(exchange).await,
            Self::RevokeOtherSessions => session::revoke_other_sessions(exchange).await,
            Self::RevokeSession => session::revoke_session(exchange).await,
            Self::TakeProviderPost => provider::take_provider_post(exchange).await,
            Self::Token => server::token(exchange).await,
            Self::UnlinkAccount => provider::unlink_account(exchange).await,
        }
    }
}

async fn answer(endpoint: Endpoint, exchange: &Exchange) -> AuthResponse {
    let mut response = match endpoint.run(exchange).await {
        Ok(response) => response,
        Err(Failure::Rejected(rejection)) => rejection.into_response(),
        Err(Failure::Error(error)) => error_reply(endpoint, exchange, &error),
    };
    response = redirect_for(&exchange.request, response);
    exchange.context.commit(&mut response);
    if endpoint.has_secret_url() {
        response.replace_header("referrer-policy", "no-referrer");
    }
    finish(response)
}

fn error_reply(endpoint: Endpoint, exchange: &Exchange, error: &Error) -> AuthResponse {
    exchange.note(error);
    if endpoint.is_oauth() {
        return server::oauth_error(exchange.auth.style(), &exchange.request, error);
    }
    super::refusal(exchange, error)
}

/// Every reply of the login routes that says nothing else is not to be kept.
fn finish(response: AuthResponse) -> AuthResponse {
    if response.header("cache-control").is_some() {
        return response;
    }
    response.with_header("cache-control", "no-store")
}
