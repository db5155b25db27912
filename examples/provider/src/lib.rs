//! Three applications: an authorization server, a client that people log in to with it, and an API that takes its tokens.

use std::io;
use std::net::SocketAddr;

use async_trait::async_trait;
use auth_axum::CurrentUser;
use auth_core::access::{ScopePolicy, ScopeRequest};
use auth_core::oauth_client::ApiClient as _;
use auth_core::random::{OsRandom, random_bytes};
use auth_core::server::{OAuthClient, ServerConfig};
use auth_core::store::MemoryStore;
use auth_core::user::Email;
use auth_core::{Auth, AuthBuilder, Error};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, serve as serve_on};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpListener;

/// The resource owner: a name and a password, public as everything about an example is.
pub const ALICE: (&str, &str) = ("alice", "correct horse battery staple");

/// What the client asks for beside who somebody is.
const READ_REPORTS: &str = "reports:read";

/// Where each of the three is.
#[derive(Clone, Debug)]
pub struct Places {
    /// The client.
    pub client: String,
    /// The authorization server, on another host than the client: cookies do not tell ports apart.
    pub server: String,
    /// The resource server.
    pub api: String,
}

impl Places {
    /// The places of these listeners: the client's, the server's, the API's.
    ///
    /// # Errors
    /// When one of them is not open.
    pub fn of([client, server, api]: &[TcpListener; 3]) -> io::Result<Self> {
        let at =
            |host: &str, on: &TcpListener| on.local_addr().map(|at| format!("http://{host}:{}", at.port()));
        Ok(Self {
            client: at("localhost", client)?,
            server: at("127.0.0.1", server)?,
            api: at("127.0.0.1", api)?,
        })
    }
}

/// Serves all three until one of them fails.
///
/// # Errors
/// When one of them cannot be built, or its listener fails.
pub async fn serve([on_client, on_server, on_api]: [TcpListener; 3], places: &Places) -> Result<(), Error> {
    let secret = random_secret();
    let server = authorization_server(places, &secret).await?;
    let client = client(places, &secret).await?;
    let api = resource_server(places).await?;
    let server = auth_axum::routes(&server).layer(auth_axum::layer(&server));
    let run = |listener, app: Router| async {
        serve_on(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
    };
    let served = tokio::try_join!(
        run(on_client, client_app(&client, places)),
        run(on_server, server),
        run(on_api, example_resource_server::on_axum::app(&api)),
    );
    served.map(drop).map_err(|error| Error::configuration(format!("the listener fails: {error}")))
}

/// Over one account, with one client.
async fn authorization_server(places: &Places, secret: &str) -> Result<Auth, Error> {
    let client = OAuthClient::new("oauth-login")
        .name("The example oauth-login")
        .secret(secret)
        .redirect_uris([format!("{}/auth/login/work/callback", places.client)])
        .scopes(["openid", "profile", "email", "offline_access", READ_REPORTS]);
    let server = ServerConfig::new().clients([client]).scope(READ_REPORTS, [("en", "Read your reports")]);
    let auth = builder(&places.server).server(server).scope_policy(OwnReports).build().await?;
    let mut alice = auth.users().new_user(ALICE.0)?;
    (alice.email, alice.email_verified) = (Some(Email::new("alice@example.com")?), true);
    auth.users().create(alice, ALICE.1).await?;
    Ok(auth)
}

/// Everybody's reports are their own to show.
#[derive(Debug)]
struct OwnReports;

#[async_trait]
impl ScopePolicy for OwnReports {
    async fn allows(&self, request: ScopeRequest<'_>) -> Result<bool, Error> {
        Ok(request.scope == READ_REPORTS)
    }
}

/// The example `oauth-login`, as it would be for any OpenID Connect provider.
async fn client(places: &Places, secret: &str) -> Result<Auth, Error> {
    let variable = |name: &str| match name {
        "OIDC_ISSUER" => Some(places.server.clone()),
        "OIDC_CLIENT_ID" => Some("oauth-login".to_owned()),
        "OIDC_CLIENT_SECRET" => Some(secret.to_owned()),
        _ => None,
    };
    let scopes = ["openid", "profile", "email", "offline_access", READ_REPORTS];
    let providers = example_oauth_login::providers(variable).into_iter().map(|provider| {
        // To call the API in the user's name.
        provider.scopes(scopes).keep_tokens(true).api_origins([&places.api])
    });
    builder(&places.client).providers(providers).build().await
}

/// It takes tokens of the server that are for the server's own address, which is what a client gets that names no other.
async fn resource_server(places: &Places) -> Result<Auth, Error> {
    let builder = Auth::builder().base_url(&places.api).secret_text(&random_secret());
    example_resource_server::auth(builder, &places.server, &places.server).await
}

fn builder(base: &str) -> AuthBuilder {
    Auth::builder().base_url(base).secret_text(&random_secret()).store(MemoryStore::new())
}

/// Nothing outlives the program.
fn random_secret() -> String {
    STANDARD.encode(random_bytes::<32>(&OsRandom))
}

/// The example, and a page that shows what the API keeps about its user.
fn client_app(auth: &Auth, places: &Places) -> Router {
    let reports = Router::new()
        .route("/reports", get(reports))
        .with_state(auth.clone())
        .layer(Extension(places.clone()))
        .layer(auth_axum::layer(auth));
    example_oauth_login::app(auth).merge(reports)
}

async fn reports(
    State(auth): State<Auth>,
    Extension(places): Extension<Places>,
    user: CurrentUser,
) -> Result<String, (StatusCode, String)> {
    let failed = |error: Error| (StatusCode::BAD_GATEWAY, error.to_string());
    let api = auth.providers().client(&user.id, "work").await.map_err(failed)?;
    let answer = api.get(&format!("{}/reports", places.api)).await.map_err(failed)?;
    Ok(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}
