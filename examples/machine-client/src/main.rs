//! Calls an API with a token of the issuer's, in the program's own name or in that of a person:
//!
//! ```sh
//! export ISSUER=https://login.example.com SCOPE=reports:read API=http://localhost:3000/reports
//!
//! CLIENT_ID=nightly-report CLIENT_SECRET=... cargo run -p example-machine-client
//! CLIENT_ID=my-cli cargo run -p example-machine-client -- --device    # prints an access token
//! curl -H "Authorization: Bearer $TOKEN" http://localhost:3000/reports
//! ```
//!
//! `example-resource-server` is such an API.

use std::env;
use std::error::Error;

use example_machine_client::{Settings, builder, call, log_in};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings {
        issuer: variable("ISSUER")?,
        client_id: variable("CLIENT_ID")?,
        client_secret: env::var("CLIENT_SECRET").ok(),
        scope: env::var("SCOPE").unwrap_or_default(),
        api: env::var("API").as_deref().unwrap_or("http://localhost:3000/whoami").parse()?,
    };
    let client = builder(&settings).build().await?;
    let said = match env::args().nth(1).as_deref() {
        None => call(client, &settings).await?,
        Some("--device") => log_in(client, &settings, |text| println!("{text}"), tokio::time::sleep).await?,
        Some(_) => return Err("use: --device, or nothing".into()),
    };
    println!("{said}");
    Ok(())
}

fn variable(name: &str) -> Result<String, auth_core::Error> {
    let unset = format!("set {name}: the first lines of src/main.rs say how");
    env::var(name).map_err(|_| auth_core::Error::configuration(unset))
}
