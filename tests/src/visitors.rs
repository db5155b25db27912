//! People before a real browser: Chromium without a window, driven by Playwright (npm, pinned in `tests/browser`), which is installed
//! once into the target folder.
//!
//! `CHROMIUM` names the browser, or else it is what is found under one of its usual names; `NODE` names Node. Where one is missing, a
//! test is skipped and says so; where `CI` is set, it fails. `SCREENSHOTS` names a folder for pictures of each page.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::app::Person;
use crate::software::{install_npm, install_once, node, skip};

/// The names under which systems have the browser.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// What visits are made with.
#[derive(Debug)]
pub struct Visitors {
    sources: PathBuf,
    packages: PathBuf,
    chromium: PathBuf,
}

/// A visit that goes on.
#[derive(Debug)]
pub struct Visit(Child);

impl Visitors {
    /// Everything that a visit takes; nothing, said loudly, where it cannot be had.
    pub fn installed() -> Option<Self> {
        Self::install().map_err(|reason| skip("a browser", &reason)).ok()
    }

    fn install() -> Result<Self, String> {
        let chromium = chromium().ok_or("Chromium is missing: install it, or name it in CHROMIUM")?;
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
        let pins = sources.join("package-lock.json");
        let packages = install_once("browser", &pins, |home| install_npm(&sources, home))?;
        Ok(Self { sources, packages, chromium })
    }

    /// Sends somebody to the app at this address, who gets their mail out of that folder and wants its pages in that language.
    ///
    /// With `is_thorough` they look at each page in the dark too.
    pub fn begin(&self, base: &str, mails: &Path, language: &str, is_thorough: bool) -> Visit {
        let looks = if is_thorough { "both" } else { "light" };
        let mut command = self.command("visit.mjs");
        command.arg(base).arg(mails).arg(language).arg(looks).stdin(Stdio::null());
        Visit(command.spawn().unwrap())
    }

    /// Serves the page of the guide for single-page applications, on a port of its own, which nobody visits yet.
    pub fn front_end(&self) -> FrontEnd {
        let guide =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/guides/single_page_applications.md");
        let mut child = self.command("spa.mjs").arg(guide).stdin(Stdio::piped()).spawn().unwrap();
        let mut origin = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut origin).unwrap();
        FrontEnd { visit: Visit(child), origin: origin.trim().to_owned() }
    }

    /// Sends somebody with a passkey to the app at this address.
    pub fn begin_with_passkey(&self, base: &str) -> Visit {
        Visit(self.command("passkeys.mjs").arg(base).stdin(Stdio::null()).spawn().unwrap())
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(node());
        command.arg(self.sources.join(script)).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("CHROMIUM", &self.chromium).env("PACKAGES", &self.packages);
        command
    }
}

/// A page on another port.
#[derive(Debug)]
pub struct FrontEnd {
    visit: Visit,
    origin: String,
}

impl FrontEnd {
    /// Where it is.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Has this user visit the page, whose API is the app at this address.
    ///
    /// # Errors
    /// As of [`Visit::end`].
    pub fn visit(mut self, base: &str, user: &Person) -> Result<(), String> {
        let asked = json!({"app": base, "username": user.name, "password": user.password});
        // One that is over already says why.
        let _ = writeln!(self.visit.0.stdin.take().unwrap(), "{asked}");
        self.visit.end()
    }
}

impl Visit {
    /// Waits for its end.
    ///
    /// # Errors
    /// What the visitor met that they should not have.
    pub fn end(self) -> Result<(), String> {
        let output = self.0.wait_with_output().map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM").filter(|path| !path.is_empty()) {
        return Some(named.into());
    }
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let mut all = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.find(|path| path.is_file())
}
