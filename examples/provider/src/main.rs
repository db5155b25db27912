//! The four roles of OAuth, started by one command:
//!
//! ```sh
//! cargo run -p example-provider
//! ```
//!
//! Open <http://localhost:3000> and log in as alice. `README.md` says who is who; from a shell, look at what the authorization server says
//! of itself, and at what the API answers somebody without a token:
//!
//! ```sh
//! curl http://127.0.0.1:4000/.well-known/openid-configuration
//! curl -i http://127.0.0.1:5000/reports
//! ```

use example_provider::{ALICE, Places};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let on = |port: u16| TcpListener::bind(("127.0.0.1", port));
    let listeners = [on(3000).await?, on(4000).await?, on(5000).await?];
    let places = Places::of(&listeners)?;
    println!("client                http://localhost:3000    open this one");
    println!("authorization server  {}    log in as {} with: {}", places.server, ALICE.0, ALICE.1);
    println!("resource server       {}", places.api);
    example_provider::serve(listeners, &places).await?;
    Ok(())
}
