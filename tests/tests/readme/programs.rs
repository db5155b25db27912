//! The three programs of the README.

use std::path::Path;
use std::process::{Command, Stdio};

use conformance::{Framework, Program, without_settings};

use crate::build::BUILT;

/// What `openssl rand -base64 32` prints.
const SECRET: &str = "pPcYv4lV2dN3hY7oWb8dWJ1Q1mXbC0y5rI0dQ2n8T3s=";

const PASSWORD: &str = "correct horse battery staple";

fn start(on: Framework, folder: &Path) -> Program {
    let (program, port) = BUILT.program(on);
    let mut command = Command::new(program);
    command.env("AUTH_SECRET", SECRET).current_dir(folder);
    Program::start(&mut command, |line| line.contains(&format!(":{port}")).then_some(port))
}

fn logs_in(on: Framework) {
    let folder = tempfile::tempdir().unwrap();
    let app = start(on, folder.path());
    app.get("/private").browser().send().redirect("/auth/login?next=%2Fprivate");
    app.get("/private").send().problem(401, "unauthenticated");
    let login = [("username", "alice"), ("password", PASSWORD), ("next", "/private")];
    let reply = app.post("/auth/login").form(&login).browser().send().redirect("/private");
    let session = reply.session().unwrap();
    assert_eq!(app.get("/private").session(&session).send().expect(200).text(), "hello alice");
    drop(app);

    // Started again, it finds the account and the session.
    let app = start(on, folder.path());
    assert_eq!(app.get("/private").session(&session).send().expect(200).text(), "hello alice");
}

#[test]
fn the_program_for_axum_logs_in() {
    logs_in(Framework::Axum);
}

#[test]
fn the_program_for_actix_logs_in() {
    logs_in(Framework::Actix);
}

#[test]
fn the_program_for_rocket_logs_in() {
    logs_in(Framework::Rocket);
}

#[test]
fn without_a_secret_they_say_how_to_make_one() {
    for on in Framework::ALL {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(BUILT.program(on).0);
        command.current_dir(folder.path()).stdin(Stdio::null());
        let output = without_settings(&mut command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("openssl rand -base64 32"), "{on:?}: {said}");
    }
}

#[test]
fn the_profile_makes_a_login_in_a_debug_build_quick() {
    for package in ["argon2", "blake2"] {
        let level = BUILT
            .artifacts()
            .find(|artifact| artifact["target"]["name"] == package)
            .map(|artifact| &artifact["profile"]["opt_level"]);
        assert_eq!(level.unwrap(), "3", "{package}");
    }
}
