//! Prompts on a terminal, played by a pseudo-terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
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
        self.wait_for(question);
        self.shown.push('\u{2026}');
        self.screen.write_all(format!("{text}\r").as_bytes()).unwrap();
    }

    /// Waits until the question is shown, and types.
    fn type_after(&mut self, question: &str, text: &str) {
        self.read_up_to(question);
        self.screen.write_all(format!("{text}\r").as_bytes()).unwrap();
    }

    fn wait_for(&mut self, question: &str) {
        self.read_up_to(question);
        while tcgetattr(&self.screen).unwrap().local_modes.contains(LocalModes::ECHO) {
            std::thread::yield_now();
        }
    }

    fn read_up_to(&mut self, question: &str) {
        while !self.shown.ends_with(question) {
            let mut bytes = [0; 256];
            let count = self.screen.read(&mut bytes).unwrap();
            assert!(count > 0, "the program went away: {}", self.shown);
            self.shown.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
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
async fn a_weak_password_is_refused_before_it_is_repeated_and_asked_for_again() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, &["user", "create", "alice"]);
    terminal.answer("Password: ", "password1");
    terminal.answer("Password: ", PASSWORD);
    terminal.answer("Password (again): ", PASSWORD);
    let (shown, is_ok) = terminal.end();
    assert!(is_ok && shown.contains("once more") && shown.contains("15"), "{shown}");
    assert!(!shown.contains("password1") && home.logs_in("alice", PASSWORD).await);
}

#[test]
fn a_name_or_an_address_that_is_taken_is_said_before_the_password_is_asked() {
    let home = Home::new();
    home.auth(&["user", "create", "alice", "--email", "alice@example.com", "--no-password"]).ok();
    for args in [&["ALICE"][..], &["bob", "--email", "Alice@Example.com"]] {
        let (shown, is_ok) = Terminal::run(&home, &[&["user", "create"], args].concat()).end();
        assert!(!is_ok && shown.contains("another account") && !shown.contains("Password"), "{shown}");
    }
}

#[tokio::test]
async fn an_interruption_at_the_question_gives_the_echo_back() {
    let home = Home::new();
    for (is_key, code) in [(true, 130), (false, 143)] {
        let mut terminal = Terminal::run(&home, &["user", "create", "alice"]);
        terminal.wait_for("Password: ");
        if is_key {
            terminal.screen.write_all(b"half a pass\x03").unwrap();
        } else {
            kill_process(Pid::from_child(&terminal.child), Signal::TERM).unwrap();
        }
        assert_eq!(terminal.child.wait().unwrap().code(), Some(code));
        assert!(tcgetattr(&terminal.screen).unwrap().local_modes.contains(LocalModes::ECHO));
    }
    assert!(home.user("alice").await.is_none());
}

#[tokio::test]
async fn an_account_is_deleted_when_its_name_is_typed() {
    let home = Home::new();
    home.auth(&["user", "create", "alice", "--no-password"]).ok();
    for (typed, is_gone) in [("y", false), ("alice", true)] {
        let mut terminal = Terminal::run(&home, &["user", "delete", "alice"]);
        terminal.type_after("to go on: ", typed);
        assert_eq!(terminal.end().1, is_gone);
        assert_eq!(home.user("alice").await.is_none(), is_gone);
    }
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
