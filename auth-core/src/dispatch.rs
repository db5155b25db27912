//! From path and method to endpoint.

use matchit::Router;

use crate::account;
use crate::auth::{Auth, Exchange, Failure, detached};
use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, AuthResponse, RequestView as _, is_unsafe};
use crate::key::JWKS_MAX_AGE;
use crate::token;

/// The login routes, ready to be looked up.
#[derive(Clone, Debug)]
pub(crate) struct Routes(Router<&'static Route>);

/// One path and what it answers.
#[derive(Debug)]
struct Route {
    path: &'static str,
    methods: &'static [(&'static str, Endpoint)],
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Endpoint {
    ChangePassword,
    Jwks,
    ListSessions,
    Login,
    LoginPage,
    Logout,
    Me,
    Reauthenticate,
    ReauthenticatePage,
    Revoke,
    RevokeOtherSessions,
    RevokeSession,
    Token,
}

/// The whole table. A path that starts with `/.well-known/` stands beside the prefix, every other one under it.
const ROUTES: &[Route] = &[
    Route { path: "/login", methods: &[("GET", Endpoint::LoginPage), ("POST", Endpoint::Login)] },
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

impl Routes {
    /// The table under this prefix.
    ///
    /// # Errors
    /// `Configuration` when the prefix makes two routes collide.
    pub(crate) fn new(prefix: &str) -> Result<Self, Error> {
        let mut router = Router::new();
        for route in ROUTES {
            let prefix = if route.path.starts_with("/.well-known/") { "" } else { prefix };
            router.insert(format!("{prefix}{}", route.path), route).map_err(|error| {
                Error::configuration("the prefix of the login routes does not work: give another")
                    .with_source(error)
            })?;
        }
        Ok(Self(router))
    }

    pub(crate) async fn handle(&self, auth: &Auth, request: AuthRequest) -> AuthResponse {
        let Ok(found) = self.0.at(request.path()) else {
            return finish(auth.style().error(&request, &ErrorKind::NotFound.into()));
        };
        let parameter = found.params.get("id").map(str::to_owned);
        let Some(endpoint) = found.value.endpoint(request.method()) else {
            return finish(found.value.wrong_method(auth, &request));
        };
        let exchange = Exchange { auth: auth.clone(), context: auth.context(), request, parameter };
        if !is_unsafe(&exchange.request) {
            return answer(endpoint, &exchange).await;
        }
        let spawned = detached(async move { Ok(answer(endpoint, &exchange).await) }).await;
        spawned.unwrap_or_else(|error| {
            tracing::error!(?error, "a login route failed");
            finish(AuthResponse::new(500))
        })
    }
}

impl Route {
    /// A HEAD is a GET whose body the server leaves out (RFC 9110 section 9.3.2).
    fn endpoint(&self, method: &str) -> Option<Endpoint> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.methods.iter().find(|(held, _)| *held == method).map(|(_, endpoint)| *endpoint)
    }

    fn wrong_method(&self, auth: &Auth, request: &AuthRequest) -> AuthResponse {
        let error = Error::new(ErrorKind::MethodNotAllowed);
        let is_oauth = self.methods.iter().any(|(_, endpoint)| endpoint.is_oauth());
        let reply = if is_oauth {
            token::oauth_error(auth.style(), request, &error)
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
        matches!(self, Self::Revoke | Self::Token)
    }

    async fn run(self, exchange: &Exchange) -> Result<AuthResponse, Failure> {
        match self {
            Self::ChangePassword => account::change_password(exchange).await,
            Self::Jwks => jwks(exchange).await,
            Self::ListSessions => account::list_sessions(exchange).await,
            Self::Login => account::login(exchange).await,
            Self::LoginPage => account::login_page(exchange).await,
            Self::Logout => account::logout(exchange).await,
            Self::Me => account::me(exchange).await,
            Self::Reauthenticate => account::reauthenticate(exchange).await,
            Self::ReauthenticatePage => account::reauthenticate_page(exchange).await,
            Self::Revoke => Ok(token::revoke(&exchange.auth, &exchange.request).await?),
            Self::RevokeOtherSessions => account::revoke_other_sessions(exchange).await,
            Self::RevokeSession => account::revoke_session(exchange).await,
            Self::Token => Ok(token::token(&exchange.auth, &exchange.request).await?),
        }
    }
}

async fn answer(endpoint: Endpoint, exchange: &Exchange) -> AuthResponse {
    let mut response = match endpoint.run(exchange).await {
        Ok(response) => response,
        Err(Failure::Rejected(rejection)) => rejection.into_response(),
        Err(Failure::Error(error)) => error_reply(endpoint, exchange, &error),
    };
    exchange.context.commit(&mut response);
    finish(response)
}

fn error_reply(endpoint: Endpoint, exchange: &Exchange, error: &Error) -> AuthResponse {
    if matches!(error.kind(), ErrorKind::Internal | ErrorKind::Configuration | ErrorKind::Unavailable) {
        tracing::error!(?error, "a login route could not be answered");
    }
    if endpoint.is_oauth() {
        return token::oauth_error(exchange.auth.style(), &exchange.request, error);
    }
    exchange.auth.style().error(&exchange.request, error)
}

/// `GET /.well-known/jwks.json` (RFC 7517 section 5).
async fn jwks(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let keys = exchange.auth.keys()?;
    keys.reload_if_stale().await;
    let body = keys.jwks(exchange.now());
    Ok(AuthResponse::new(200)
        .with_body("application/json", body)
        .with_header("cache-control", format!("public, max-age={}", JWKS_MAX_AGE.as_secs())))
}

/// Every reply of the login routes that says nothing else is not to be kept.
fn finish(response: AuthResponse) -> AuthResponse {
    if response.header("cache-control").is_some() {
        return response;
    }
    response.with_header("cache-control", "no-store")
}
