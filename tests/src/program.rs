//! Real programs, started as a person starts them.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use crate::client::Request;

/// A running program on a port of 127.0.0.1, which ends with this.
#[derive(Debug)]
pub struct Program {
    child: Child,
    port: u16,
}

impl Program {
    /// Starts it, with none of the settings that the tests themselves were given, and waits for the line by which it says on
    /// which port it is ready.
    pub fn start(command: &mut Command, port: impl FnMut(String) -> Option<u16>) -> Self {
        let child = without_settings(command).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut started = Self { child, port: 0 };
        let mut lines = BufReader::new(started.child.stdout.take().unwrap()).lines().map(Result::unwrap);
        started.port = lines.find_map(port).expect("the ready line comes before the program ends");
        // Read on: a program whose output nobody takes stops, or fails.
        thread::spawn(move || lines.for_each(drop));
        started
    }

    /// Where it is for a browser.
    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// A GET.
    pub fn get(&self, target: &str) -> Request {
        Request::to(self.port, "GET", target)
    }

    /// A POST.
    pub fn post(&self, target: &str) -> Request {
        Request::to(self.port, "POST", target)
    }
}

/// The programs of the three examples, by name.
const EXAMPLES: [&str; 3] = ["example-axum", "example-actix", "example-rocket"];

/// The programs of the three examples, beside the test programs of this profile: built if need be.
pub fn example_programs() -> &'static [PathBuf; 3] {
    static BUILT: OnceLock<[PathBuf; 3]> = OnceLock::new();
    BUILT.get_or_init(build_examples)
}

fn build_examples() -> [PathBuf; 3] {
    let own = env::current_exe().unwrap();
    let folder = own.parent().and_then(Path::parent).unwrap().to_owned();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    // Together with this package, so that what it depends on is built with the same features, and not again.
    build.args(["build", "--quiet", "--bins", "-p", env!("CARGO_PKG_NAME")]);
    for program in EXAMPLES {
        build.args(["-p", program]);
    }
    build.arg("--target-dir").arg(folder.parent().unwrap());
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let status = build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
    assert!(status.success(), "the examples do not build");
    EXAMPLES.map(|program| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)))
}

/// The port out of the line by which an example says that it is ready.
pub fn port_of_example(line: String) -> Option<u16> {
    line.strip_prefix("listening on http://localhost:").map(|port| port.parse().unwrap())
}

/// The command without the variables of the environment that could be meant for it.
pub fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("AUTH_") || name.ends_with("_URL")) {
        if !command.get_envs().any(|(set, value)| set == name.as_str() && value.is_some()) {
            command.env_remove(name);
        }
    }
    command
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
