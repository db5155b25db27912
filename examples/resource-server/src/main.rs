//! An API that accepts access tokens of another issuer, an OpenID provider or any other that publishes its keys:
//!
//! ```sh
//! export ISSUER=https://login.example.com AUDIENCE=https://api.example.com
//! export AUTH_SECRET=$(openssl rand -base64 32)
//! cargo run -p example-resource-server -- --framework axum    # or actix, or rocket
//!
//! curl -i http://localhost:3000/whoami
//! curl -H "Authorization: Bearer $TOKEN" http://localhost:3000/whoami
//! curl -H "Authorization: Bearer $TOKEN" http://localhost:3000/reports    # wants the scope reports:read
//! ```
//!
//! `example-machine-client` gets such a token. `PORT` is 3000 unless it is set. An issuer on this machine may be plain `http`.

use std::env;
use std::error::Error;

use auth_core::Auth;
use example_resource_server::{auth, on_actix, on_axum, on_rocket};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::var("PORT").as_deref().unwrap_or("3000").parse()?;
    let builder = Auth::builder().base_url(format!("http://localhost:{port}")).secret_from_env("AUTH_SECRET");
    let auth = auth(builder, &variable("ISSUER")?, &variable("AUDIENCE")?).await?;

    let arguments: Vec<String> = env::args().skip(1).collect();
    println!("on http://localhost:{port}");
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["--framework", "axum"] => on_axum::serve(&auth, port).await?,
        ["--framework", "actix"] => on_actix::serve(&auth, port).await?,
        ["--framework", "rocket"] => on_rocket::serve(&auth, port).await?,
        _ => return Err("use: --framework axum|actix|rocket".into()),
    }
    Ok(())
}

fn variable(name: &str) -> Result<String, auth_core::Error> {
    let unset = format!("set {name}: the first lines of src/main.rs say how");
    env::var(name).map_err(|_| auth_core::Error::configuration(unset))
}
