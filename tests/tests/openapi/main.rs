//! The OpenAPI document as programs that others wrote read it: a validator, and schemathesis, which sends what the document allows and
//! what it does not, and holds every answer against it.
//!
//! They are Python's (`tests/openapi/requirements.txt`), installed as `software.rs` has it.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use auth_core::provider::ProviderConfig;
use auth_core::testing::FakeHttpClient;
use auth_core::throttle::ThrottleConfig;
use conformance::{ALICE, Framework, PythonPackages, TestApp};

/// The programs, or nothing, said loudly.
fn programs() -> Option<PythonPackages> {
    let pins = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/requirements.txt");
    PythonPackages::installed("openapi", &pins)
}

/// An example with every route, of which limits refuse none.
fn start(on: Framework) -> TestApp {
    let github = ProviderConfig::preset("github", "our-id-at-github").client_secret("a secret of theirs");
    on.start_with(|builder| {
        let builder = builder.provider(github).http_client(FakeHttpClient::default());
        builder.throttle(ThrottleConfig::insecure_off())
    })
}

/// What it says goes into the test's output where it fails.
fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{errors}");
}

#[test]
fn it_is_a_document_of_the_version_that_it_names() {
    let Some(programs) = programs() else { return };
    let app = start(Framework::Axum);
    let bare = app.block_on(async {
        let builder = auth_core::Auth::builder().base_url("https://app.example/shop");
        let builder = builder.secret_text("F3LC5Y0xefQ2BUNpGXanhcjtCWJ3ZY+aQsVW3JsKmCc=");
        builder.store(auth_core::store::MemoryStore::new()).build().await.unwrap().openapi()
    });
    let folder = tempfile::tempdir().unwrap();
    for (name, document) in [("whole.json", app.auth.openapi()), ("bare.json", bare)] {
        let file = folder.path().join(name);
        fs::write(&file, document.to_string()).unwrap();
        run(programs.command("openapi-spec-validator").args(["--schema", "3.1"]).arg(file));
    }
}

/// What schemathesis asks of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance";

/// For each of the three runs, in seconds: they run side by side.
const AT_MOST: u32 = 20;

fn hold(programs: &PythonPackages, app: &TestApp, headers: &[String]) {
    let mut command = programs.command("schemathesis");
    // In a folder of its own, so that no settings of whoever runs this are read.
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(&folder).args(["run", "--no-color", "--seed", "1", "--max-examples", "25"]);
    command.args(["--phases", "coverage,fuzzing", "--checks", CHECKS, "--suppress-health-check", "all"]);
    command.args(["--max-time", &AT_MOST.to_string(), "--request-timeout", "10", "--max-redirects", "0"]);
    for header in headers {
        command.args(["--header", header]);
    }
    run(command.arg(format!("{}/auth/openapi.json", app.base)));
}

#[test]
fn nobody_is_answered_what_it_does_not_say() {
    let Some(programs) = programs() else { return };
    hold(&programs, &start(Framework::Axum), &[]);
}

/// By an access token: nothing that is asked for here ends it.
#[test]
fn nobody_who_is_logged_in_is_answered_what_it_does_not_say() {
    let Some(programs) = programs() else { return };
    let app = start(Framework::Axum);
    let token = app.tokens(ALICE, "").access;
    hold(&programs, &app, &[format!("Authorization: Bearer {token}")]);
}

/// A browser's, whose answers are pages.
#[test]
fn no_browser_is_answered_what_it_does_not_say() {
    let Some(programs) = programs() else { return };
    hold(&programs, &start(Framework::Axum), &["Accept: text/html".to_owned()]);
}
