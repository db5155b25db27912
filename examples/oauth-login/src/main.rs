//! Register the application at a provider with the callback `http://localhost:3000/auth/login/github/callback` (for the generic
//! one, `…/login/work/callback`), then:
//!
//! ```sh
//! export AUTH_SECRET=$(openssl rand -base64 32)
//! export GITHUB_CLIENT_ID=… GITHUB_CLIENT_SECRET=…
//! export OIDC_ISSUER=https://login.example.com OIDC_CLIENT_ID=… OIDC_CLIENT_SECRET=…   # either, or both
//! cargo run -p example-oauth-login
//! ```
//!
//! and open <http://localhost:3000> in a browser. Without one, look where it would be sent:
//!
//! ```sh
//! curl -i -X POST http://localhost:3000/auth/login/github
//! curl -i http://localhost:3000/
//! ```

use std::env;
use std::net::SocketAddr;

use auth_core::Auth;
use auth_store::SqlStore;
use example_oauth_login::{app, providers};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = Auth::builder()
        .base_url("http://localhost:3000")
        .secret_from_env("AUTH_SECRET")
        .store(SqlStore::connect("sqlite:oauth-login.db?mode=rwc").await?)
        .providers(providers(|name| env::var(name).ok()))
        .build()
        .await?;
    auth.migrate().await?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://localhost:3000");
    axum::serve(listener, app(&auth).into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
