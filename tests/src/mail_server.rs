//! A real mail server on loopback, aiosmtpd of PyPI (`tests/mail`): it takes mails, or does what mail servers do instead.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde::Deserialize;

use crate::software::{install_once, install_python, skip};

/// What it does from now on.
#[derive(Clone, Copy, Debug)]
pub enum Mood {
    /// It takes every mail.
    Take,
    /// It knows no mailbox, for good.
    Refuse,
    /// It takes a mail for a mailbox that it was asked for before, and has everybody else come back.
    Greylist,
    /// It hangs up before it answers, and has no mail.
    HangUp,
    /// It hangs up before it answers, and has the mail.
    Forget,
}

/// A mail that it took, as a mail program shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct TakenMail {
    /// The sender of its envelope.
    pub sender: String,
    /// The recipients of its envelope.
    pub recipients: Vec<String>,
    /// Its headers, decoded, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its part in plain text.
    pub text: String,
    /// Its part in HTML.
    pub html: String,
}

/// The running server. It ends with this.
#[derive(Debug)]
pub struct MailServer {
    place: String,
    talk: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    child: Child,
}

impl MailServer {
    /// Starts one; nothing, said loudly, where it cannot be had.
    pub fn start() -> Option<Self> {
        Self::started().map_err(|reason| skip("a mail server", &reason)).ok()
    }

    fn started() -> Result<Self, String> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("mail");
        let pins = sources.join("requirements.txt");
        let home = install_once("mail", &pins, |home| install_python(&pins, home))?;
        let mut command = Command::new(home.join("venv/bin/python"));
        command.arg(sources.join("server.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut lines = BufReader::new(output).lines();
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let place = first.strip_prefix("ready ").ok_or(format!("{command:?} did not start"))?.to_owned();
        Ok(Self { place, talk: Mutex::new((input, lines)), child })
    }

    /// Where it is, as `SmtpMailer` takes it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.place)
    }

    /// Changes what it does.
    pub fn be(&self, mood: Mood) {
        let word = match mood {
            Mood::Take => "take",
            Mood::Refuse => "refuse",
            Mood::Greylist => "greylist",
            Mood::HangUp => "hang-up",
            Mood::Forget => "forget",
        };
        assert_eq!(self.ask(word), "ok");
    }

    /// What it took, in order.
    pub fn mails(&self) -> Vec<TakenMail> {
        serde_json::from_str(&self.ask("mails")).unwrap()
    }

    /// How many mails somebody began to give it.
    pub fn attempts(&self) -> usize {
        self.ask("attempts").parse().unwrap()
    }

    fn ask(&self, command: &str) -> String {
        let mut talk = self.talk.lock().unwrap();
        writeln!(talk.0, "{command}").unwrap();
        talk.1.next().unwrap().unwrap()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
