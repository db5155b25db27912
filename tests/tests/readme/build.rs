//! The crates of a new user, built.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use conformance::{Framework, without_settings};
use serde_json::Value;
use tempfile::TempDir;

use crate::{page, wrong};

/// What came of the build.
pub(crate) struct Built {
    /// What cargo said, a message a line.
    messages: Vec<Value>,
    ports: HashMap<&'static str, u16>,
    _folder: TempDir,
}

/// One build for all tests.
pub(crate) static BUILT: LazyLock<Built> = LazyLock::new(Built::new);

impl Built {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listeners: Vec<_> =
            Framework::ALL.iter().map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
        let mut ports = HashMap::new();
        for (framework, listener) in Framework::ALL.into_iter().zip(&listeners) {
            let port = listener.local_addr().unwrap().port();
            ports.insert(name(framework), port);
            let shown = page::shown(framework);
            // Three crates in one workspace have a name each, and not all can have one port.
            let manifest =
                replace(&shown.manifest, "name = \"hello\"", &format!("name = \"{}\"", name(framework)));
            write(
                folder.path(),
                name(framework),
                &manifest,
                &replace(shown.program, "3000", &port.to_string()),
            );
        }
        write(folder.path(), wrong::NAME, &page::shown(Framework::Axum).manifest, wrong::PROGRAM);
        let members: Vec<_> = ports.keys().copied().chain([wrong::NAME]).collect();
        let root = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n{}", page::profile());
        fs::write(folder.path().join("Cargo.toml"), root).unwrap();
        fs::copy(checkout().join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        Self { messages: cargo_build(folder.path()), ports, _folder: folder }
    }

    /// The program for this framework, and the port that it opens.
    pub(crate) fn program(&self, on: Framework) -> (PathBuf, u16) {
        let artifact = self
            .artifacts()
            .find(|artifact| artifact["target"]["name"] == name(on) && artifact["executable"].is_string());
        let artifact = artifact.unwrap_or_else(|| panic!("{on:?}: {}", self.errors().join("\n")));
        (artifact["executable"].as_str().unwrap().into(), self.ports[name(on)])
    }

    /// Everything that was built, or was there already.
    pub(crate) fn artifacts(&self) -> impl Iterator<Item = &Value> {
        self.messages.iter().filter(|message| message["reason"] == "compiler-artifact")
    }

    /// The errors of the compiler, as people see them.
    pub(crate) fn errors(&self) -> Vec<&str> {
        let said = self.messages.iter().map(|message| &message["message"]);
        said.filter(|said| said["level"] == "error").filter_map(|said| said["rendered"].as_str()).collect()
    }
}

fn name(on: Framework) -> &'static str {
    match on {
        Framework::Axum => "hello-axum",
        Framework::Actix => "hello-actix",
        Framework::Rocket => "hello-rocket",
    }
}

/// What stands in the README and has to be another thing here.
fn replace(text: &str, shown: &str, here: &str) -> String {
    assert!(text.contains(shown), "the README has no `{shown}` any more:\n{text}");
    text.replace(shown, here)
}

fn write(folder: &Path, name: &str, manifest: &str, program: &str) {
    let manifest = replace(manifest, "../auth/", &format!("{}/", checkout().display()));
    fs::create_dir_all(folder.join(name).join("src")).unwrap();
    fs::write(folder.join(name).join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join(name).join("src/main.rs"), program).unwrap();
}

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Builds all crates that build. What this takes from the registry, this workspace has taken before.
fn cargo_build(folder: &Path) -> Vec<Value> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--workspace", "--keep-going", "--message-format=json", "--target-dir"])
        .arg(target())
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = without_settings(&mut cargo).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// A folder of its own below the one that this test was built in.
fn target() -> PathBuf {
    let own = env::current_exe().unwrap();
    own.ancestors().nth(3).unwrap().join("readme")
}
