//! People before a real browser, Chromium without a window: they sign up, open the link that they are mailed, log in, change their
//! password, forget it, and log in by mail, on each example app, in each language. What they do stands in `tests/browser/visit.mjs`. And the
//! page of the guide for single-page applications, on another port, with the app as its API (`tests/browser/spa.mjs`).

#![expect(clippy::unwrap_used, reason = "a visit that fails is a test that panics")]

use std::fs;
use std::process::Command;

use conformance::{ALICE, Framework, Program, Visitors, example_programs, port_of_example, without_settings};

const LANGUAGES: [&str; 2] = ["en", "ko"];

#[test]
fn people_find_their_way_on_axum() {
    visited(0);
}

#[test]
fn people_find_their_way_on_actix_web() {
    visited(1);
}

#[test]
fn people_find_their_way_on_rocket() {
    visited(2);
}

#[test]
fn people_use_passkeys_on_axum() {
    visited_with_passkey(0);
}

#[test]
fn people_use_passkeys_on_actix_web() {
    visited_with_passkey(1);
}

#[test]
fn people_use_passkeys_on_rocket() {
    visited_with_passkey(2);
}

/// Has a person make a passkey, use it in every way, and be refused with it: `tests/browser/passkeys.mjs`.
fn visited_with_passkey(program: usize) {
    let Some(visitors) = Visitors::installed() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(&example_programs()[program]);
    without_settings(&mut command).env("PORT", "0").env("DATABASE_URL", "memory:");
    let app = Program::start(command.current_dir(folder.path()), port_of_example);
    visitors.begin_with_passkey(&app.base()).end().unwrap_or_else(|told| panic!("{told}"));
}

/// Has a person of each language visit the program, side by side.
fn visited(program: usize) {
    let Some(visitors) = Visitors::installed() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mails = folder.path().join("mails");
    fs::create_dir(&mails).unwrap();
    let mut command = Command::new(&example_programs()[program]);
    without_settings(&mut command).env("PORT", "0").env("DATABASE_URL", "memory:").env("MAIL_DIR", &mails);
    let app = Program::start(command.current_dir(folder.path()), port_of_example);
    // The pages are the same to the byte on all three: one is enough for how they look.
    let visits = LANGUAGES.map(|language| visitors.begin(&app.base(), &mails, language, program == 0));
    for (language, visit) in LANGUAGES.into_iter().zip(visits) {
        visit.end().unwrap_or_else(|told| panic!("in {language}: {told}"));
    }
}

#[test]
fn a_page_on_another_port_lives_by_the_cookie_on_axum() {
    served_elsewhere(Framework::Axum);
}

#[test]
fn a_page_on_another_port_lives_by_the_cookie_on_actix_web() {
    served_elsewhere(Framework::Actix);
}

#[test]
fn a_page_on_another_port_lives_by_the_cookie_on_rocket() {
    served_elsewhere(Framework::Rocket);
}

fn served_elsewhere(on: Framework) {
    let Some(visitors) = Visitors::installed() else { return };
    let front_end = visitors.front_end();
    let app = on.start_with(|builder| builder.allow_origin(front_end.origin()));
    front_end.visit(&app.base, &ALICE).unwrap_or_else(|told| panic!("{told}"));
}
