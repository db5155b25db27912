//! A Redis of this run's own, which writes down each change before it acknowledges it.

use std::io;
use std::process::{Child, Command, Stdio};

use redis::{Client, cmd};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{free_port, signal, wait_until};

/// The server. It is stopped, and what it kept removed, when this is dropped.
pub(crate) struct Redis {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Redis {
    pub(crate) fn start() -> io::Result<Self> {
        let mut redis = Self { folder: tempfile::tempdir()?, port: free_port()?, child: None };
        redis.begin()?;
        Ok(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it again, where it left off.
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"])
            .args(["--loglevel", "warning", "--port", &self.port.to_string(), "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.map_err(|error| io::Error::other(format!("redis-server: {error}")))?);
        wait_until("Redis", || self.tell("PING", &[]).is_ok())
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn crash(&mut self) -> io::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        child.kill()?;
        child.wait().map(drop)
    }

    /// Lets it hang: connections stay, and nothing is answered.
    pub(crate) fn pause(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    pub(crate) fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Whether it has room for more: without, it refuses what would take some.
    pub(crate) fn have_room(&self, has: bool) -> io::Result<()> {
        self.tell("CONFIG", &["SET", "maxmemory", if has { "0" } else { "1" }])
    }

    fn signal(&self, to_send: Signal) -> io::Result<()> {
        self.child.as_ref().map_or(Ok(()), |child| signal(child.id(), to_send))
    }

    fn tell(&self, command: &str, arguments: &[&str]) -> io::Result<()> {
        let ask = || {
            let mut connection = Client::open(self.url())?.get_connection()?;
            cmd(command).arg(arguments).exec(&mut connection)
        };
        ask().map_err(io::Error::other)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.crash();
    }
}
