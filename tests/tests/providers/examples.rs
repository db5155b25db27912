//! The examples against each other: `machine-client` gets its tokens from the certified provider and calls `resource-server`, on
//! each framework.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use auth_core::Auth;
use conformance::{Framework, Issuer, Software};
use example_machine_client::{Settings, builder, call};
use example_resource_server::{auth, on_actix, on_axum, on_rocket};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

/// The API's name in the provider's tokens.
const AUDIENCE: &str = "https://api.example.org";

const CLIENT: (&str, &str) = ("nightly-report", "a-secret-that-is-long-enough-for-all");

pub(crate) fn a_program_reads_what_its_token_is_for(on: Framework) {
    let Some(issuer) = issuer() else { return };
    let api = serve(on, &issuer, AUDIENCE);
    let said = run(&issuer, "reports:read", &format!("{api}/reports"));
    let who = format!("{0} of {1}, by the client {0}", CLIENT.0, issuer.issuer);
    assert_eq!(said, format!("200 reports for {who}"));
    assert_eq!(run(&issuer, "reports:write", &format!("{api}/whoami")), format!("200 {who}"));
    let refused = run(&issuer, "reports:write", &format!("{api}/reports"));
    assert!(refused.starts_with("403 ") && refused.contains("insufficient_scope"), "{refused}");
}

pub(crate) fn a_token_for_another_api_opens_nothing(on: Framework) {
    let Some(issuer) = issuer() else { return };
    let api = serve(on, &issuer, "https://other.example.org");
    for path in ["whoami", "reports"] {
        let refused = run(&issuer, "reports:read", &format!("{api}/{path}"));
        assert!(refused.starts_with("401 ") && refused.contains("invalid_token"), "{refused}");
    }
}

/// The provider, which knows the program.
fn issuer() -> Option<Issuer> {
    let issuer = Software::OidcProvider.issuer()?;
    issuer.client(&json!({
        "client_id": CLIENT.0, "client_secret": CLIENT.1, "redirect_uris": [], "response_types": [],
        "grant_types": ["client_credentials"],
    }));
    Some(issuer)
}

/// Runs `machine-client` once, and answers what it prints.
fn run(issuer: &Issuer, scope: &str, api: &str) -> String {
    let settings = Settings {
        issuer: issuer.issuer.clone(),
        client_id: CLIENT.0.to_owned(),
        client_secret: Some(CLIENT.1.to_owned()),
        scope: scope.to_owned(),
        api: api.parse().unwrap(),
    };
    runtime().block_on(async {
        let client = builder(&settings).build().await.unwrap();
        call(client, &settings).await.unwrap()
    })
}

/// Runs `resource-server` until the test program ends, and answers where it is.
fn serve(on: Framework, issuer: &Issuer, audience: &str) -> String {
    // The example takes the number of a port, not a port.
    let any = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = any.local_addr().unwrap().port();
    drop(any);
    let base = format!("http://localhost:{port}");
    let settings =
        Auth::builder().base_url(&base).secret_text("8cvmFWDeVzXDUT+kNs1mHBVszY0JhbKgPa4eYRY2GpQ=");
    let auth = runtime().block_on(auth(settings, &issuer.issuer, audience)).unwrap();
    thread::spawn(move || match on {
        Framework::Axum => runtime().block_on(on_axum::serve(&auth, port)),
        Framework::Actix => actix_web::rt::System::new().block_on(on_actix::serve(&auth, port)),
        Framework::Rocket => runtime().block_on(on_rocket::serve(&auth, port)),
    });
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        thread::yield_now();
    }
    format!("http://127.0.0.1:{port}")
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
