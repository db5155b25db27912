//! Prompts on a terminal, played by a pseudo-terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::home::{Home, PASSWORD};

/// Somebody at a terminal with the program in it.
struct Terminal {
    screen: File,
    shown: String,
    child: Child,
}

impl Terminal {
    /// Runs the program with the terminal as its controlling one: that is where passwords are asked for.
    fn run(home: &Home, args: &[&str]) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap();
        let end = File::from(open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap());
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait", env!("CARGO_BIN_EXE_auth")]).args(args);
        command.env("DATABASE_URL", home.database_url());
        let ends = (end.try_clone().unwrap(), end.try_clone().unwrap());
        let child =
            command.stdin(end).stdout(Stdio::from(ends.0)).stderr(Stdio::from(ends.1)).spawn().unwrap();
        Self { screen: screen.into(), shown: String::new(), child }
    }

    /// Waits until the question is shown and the echo is off, and types.
    fn answer(&mut self, question: &str, text: &str) {
        while !self.shown.ends_with(question) {
            let mut bytes = [0; 256];
            let count = self.screen.read(&mut bytes).unwrap();
            assert!(count > 0, "the program went away: {}", self.shown);
            self.shown.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
        while tcgetattr(&self.screen).unwrap().local_modes.contains(LocalModes::ECHO) {
            std::thread::yield_now();
        }
        self.shown.push('\u{2026}');
        self.screen.write_all(format!("{text}\r").as_bytes()).unwrap();
    }

    /// Everything that was ever shown, and whether it went well.
    fn end(mut self) -> (String, bool) {
        // Reading fails when the last end of the terminal is closed.
        let mut bytes = [0; 256];
        while let Ok(count @ 1..) = self.screen.read(&mut bytes) {
            self.shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        let is_ok = self.child.wait().unwrap().success();
        (self.shown, is_ok)
    }
}

#[tokio::test]
async fn a_password_is_asked_for_twice_and_never_shown() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, &["user", "create", "alice", "--superuser"]);
    terminal.answer("Password: ", PASSWORD);
    terminal.answer("Password (again): ", "something else");
    terminal.answer("Password: ", PASSWORD);
    terminal.answer("Password (again): ", PASSWORD);
    let (shown, is_ok) = terminal.end();
    assert!(is_ok && shown.contains("not the same") && shown.contains("Made alice"), "{shown}");
    assert!(!shown.contains("battery") && !shown.contains("something"), "{shown}");
    assert!(home.logs_in("alice", PASSWORD).await);
}

#[tokio::test]
async fn three_slips_are_enough() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, &["user", "create", "alice"]);
    for _ in 0..3 {
        terminal.answer("Password: ", PASSWORD);
        terminal.answer("Password (again): ", "something else");
    }
    let (shown, is_ok) = terminal.end();
    assert!(!is_ok && !shown.contains("battery"), "{shown}");
    assert!(home.user("alice").await.is_none());
}
