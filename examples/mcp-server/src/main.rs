//! An MCP server that agents log in to:
//!
//! ```sh
//! cargo run -p example-mcp-server
//! ```
//!
//! Give an MCP client the address `http://localhost:3000/mcp` and the client id `agent`, and log in as alice where it sends your browser.
//! What leads it there is the 401 and what that names:
//!
//! ```sh
//! curl -i -X POST http://localhost:3000/mcp
//! curl http://localhost:3000/.well-known/oauth-protected-resource
//! curl http://localhost:3000/.well-known/oauth-authorization-server
//! ```

use std::net::SocketAddr;

use example_mcp_server::{ALICE, app, auth};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base = "http://localhost:3000";
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    let app = app(&auth(base).await?, base);
    println!("{base}/mcp, for the client `agent`; log in as {} with: {}", ALICE.0, ALICE.1);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
