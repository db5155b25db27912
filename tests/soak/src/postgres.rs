//! A PostgreSQL of this run's own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{as_postgres, free_port, run, signal};

/// The server. It is stopped, and what it kept removed, when this is dropped.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    pub(crate) fn start() -> io::Result<Self> {
        let postgres = Self { programs: programs()?, folder: tempfile::tempdir()?, port: free_port()? };
        // The server runs as somebody else where this program is root, and makes the folder of its data itself.
        run(Command::new("chmod").arg("777").arg(postgres.folder.path()))?;
        let mut make = as_postgres(postgres.programs.join("initdb"));
        make.arg("--pgdata").arg(postgres.data());
        run(make.args([
            "--username",
            "postgres",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
        ]))?;
        postgres.begin()?;
        Ok(postgres)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it again, where it left off.
    pub(crate) fn begin(&self) -> io::Result<()> {
        let options = format!("-p {} -h 127.0.0.1 -k ''", self.port);
        let log = self.folder.path().join("log");
        run(self.control(&["start", "--wait"]).arg("--options").arg(options).arg("--log").arg(log))
    }

    /// Ends it in the middle of whatever it does, as a crash would: nothing is written down first.
    pub(crate) fn crash(&self) -> io::Result<()> {
        run(&mut self.control(&["stop", "--mode", "immediate"]))
    }

    /// Lets it hang: connections stay, and nothing is answered.
    pub(crate) fn pause(&self) -> io::Result<()> {
        self.to_all(Signal::STOP)
    }

    pub(crate) fn resume(&self) -> io::Result<()> {
        self.to_all(Signal::CONT)
    }

    /// Whether it takes changes: without, it is what a failover leaves behind.
    pub(crate) fn take_changes(&self, does: bool) -> io::Result<()> {
        let set =
            format!("ALTER SYSTEM SET default_transaction_read_only = {}", if does { "off" } else { "on" });
        for sql in ["SET transaction_read_only = off", &set, "SELECT pg_reload_conf()"] {
            self.ask(sql)?;
        }
        Ok(())
    }

    fn ask(&self, sql: &str) -> io::Result<()> {
        run(Command::new(self.programs.join("psql"))
            .arg(self.url())
            .args(["--no-psqlrc", "--quiet", "--command", sql])
            .env("PGOPTIONS", "-c default_transaction_read_only=off"))
    }

    fn control(&self, arguments: &[&str]) -> Command {
        let mut command = as_postgres(self.programs.join("pg_ctl"));
        command.arg("--silent").arg("--pgdata").arg(self.data()).args(arguments);
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// To the server's first process and to those that serve its connections.
    fn to_all(&self, to_send: Signal) -> io::Result<()> {
        let written = fs::read_to_string(self.data().join("postmaster.pid"))?;
        let first: u32 = written.lines().next().and_then(|line| line.parse().ok()).ok_or_else(gone)?;
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children"))?;
        let children = children.split_whitespace().filter_map(|child| child.parse().ok());
        for process in [first].into_iter().chain(children) {
            // One that served a connection may have ended with it.
            let _ = signal(process, to_send);
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.resume();
        let _ = self.crash();
    }
}

fn gone() -> io::Error {
    io::Error::other("PostgreSQL left no process number behind")
}

/// Where the programs of the newest PostgreSQL are; Debian keeps them out of the `PATH`.
fn programs() -> io::Result<PathBuf> {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let in_path =
        std::env::split_paths(&in_path).find(|folder: &PathBuf| Path::new(folder).join("initdb").exists());
    in_path
        .or_else(|| found.pop())
        .ok_or_else(|| io::Error::other("the programs of PostgreSQL are missing: install it"))
}
