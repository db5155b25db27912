//! The clients that are no Rust programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use conformance::{Framework, NodePackages, PythonPackages};

use crate::registered::{settings, start};

/// With what has to be encoded in it (RFC 6749 section 2.3.1).
const SECRET: &str = "some words + of thirty-two bytes: %so";

/// Without: neither Authlib nor requests encode what they send by Basic.
const PLAIN_SECRET: &str = "some-words-of-thirty-two-bytes-or-so";

fn sources(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(language)
}

pub(crate) fn by_node(script: &str) -> Option<Command> {
    static INSTALLED: OnceLock<Option<NodePackages>> = OnceLock::new();
    let installed = INSTALLED.get_or_init(|| NodePackages::installed("clients-node", &sources("node")));
    installed.as_ref().map(|packages| packages.command(script))
}

fn by_python(script: &str) -> Option<Command> {
    let packages = PythonPackages::installed("clients-python", &sources("python").join("requirements.txt"))?;
    let mut command = packages.command("python");
    // Nothing is written beside the scripts.
    command.arg("-B").arg(sources("python").join(script));
    Some(command)
}

/// Runs it to its end. Where it fails, it says in which step.
#[track_caller]
pub(crate) fn succeed(mut command: Command, settings: &str) {
    let output = command.arg(settings).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn run(on: Framework, secret: &str, command: Option<Command>) {
    let Some(command) = command else { return };
    let app = start(on, secret);
    succeed(command, &settings(&app, secret));
}

pub(crate) fn openid_client_goes_through_each_flow(on: Framework) {
    run(on, SECRET, by_node("openid-client.mjs"));
}

pub(crate) fn oauth4webapi_goes_through_each_flow(on: Framework) {
    run(on, SECRET, by_node("oauth4webapi.mjs"));
}

pub(crate) fn authlib_goes_through_each_flow(on: Framework) {
    run(on, PLAIN_SECRET, by_python("authlib_client.py"));
}

pub(crate) fn requests_oauthlib_goes_through_each_flow(on: Framework) {
    run(on, PLAIN_SECRET, by_python("requests_oauthlib_client.py"));
}
