//! The example `mcp-server`, by the MCP client of the protocol's authors.

use std::net::SocketAddr;

use example_mcp_server::{ALICE, app, auth};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::scripts::{by_node, succeed};

/// Where it is served, for as long as the runtime lives.
fn start(runtime: &Runtime) -> String {
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let app = app(&auth(&base).await.unwrap(), &base);
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async { axum::serve(listener, service).await.unwrap() });
        base
    })
}

#[test]
fn an_agent_finds_its_way_from_a_401_alone() {
    let Some(command) = by_node("mcp.mjs") else { return };
    let runtime = Runtime::new().unwrap();
    let base = start(&runtime);
    let user = json!({"username": ALICE.0, "password": ALICE.1});
    // Another host than the server's, where the browser stops.
    let redirect = "http://127.0.0.1:8765/callback";
    succeed(
        command,
        &json!({"issuer": base, "agent": "agent", "user": user, "redirect_uri": redirect}).to_string(),
    );
}
