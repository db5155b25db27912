//! Real programs, started as a person starts them.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
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

    /// A GET.
    pub fn get(&self, target: &str) -> Request {
        Request::to(self.port, "GET", target)
    }

    /// A POST.
    pub fn post(&self, target: &str) -> Request {
        Request::to(self.port, "POST", target)
    }
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
