//! `cargo run -p example-own-users`, then:
//!
//! ```sh
//! curl -c jar -d username=irma --data-urlencode 'password=a card index of old' http://localhost:3000/auth/login
//! curl -b jar http://localhost:3000/lend
//! ```

use std::net::SocketAddr;

use auth_core::Auth;
use example_own_users::{app, auth, people::People};

const DATABASE: &str = "sqlite:library.db?mode=rwc";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let people = People::open(DATABASE).await?;
    let builder = Auth::builder().base_url("http://localhost:3000").secret_from_env("AUTH_SECRET");
    let auth = auth(DATABASE, people.clone(), builder).await?;
    people.add(auth.hasher(), "Irma", "a card index of old", true).await?;
    people.add(auth.hasher(), "Paul", "reads on the tram daily", false).await?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://localhost:3000");
    axum::serve(listener, app(&auth).into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
