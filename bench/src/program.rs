//! The programs under load: building, starting, watching and stopping them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::options::Framework;

/// Under what the examples sign, seal and hash. Nothing of a run outlives it.
pub(crate) const SECRET: &str = "yVMzD3DjSj+UqFpcE1XvjUemRRDZM7bz9o1xG6Tf+Fw=";

/// Builds the examples, their twins and the command `auth` as release programs, beside this one. All of them, whichever are measured:
/// what is built together decides about the features of what they have in common.
pub(crate) fn build() -> io::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--bins"]);
    for package in ["bench", "auth-cli", "example-axum", "example-actix", "example-rocket"] {
        command.args(["--package", package]);
    }
    if command.status()?.success() { Ok(()) } else { Err(io::Error::other("the examples do not build")) }
}

/// Runs the command `auth` on a database, and answers how long it took.
pub(crate) fn auth(database: &str, arguments: &[&str]) -> io::Result<Duration> {
    let began = Instant::now();
    let mut command = Command::new(beside_this_one("auth")?);
    let status =
        command.env_clear().env("DATABASE_URL", database).args(arguments).stdout(Stdio::null()).status()?;
    let took = began.elapsed();
    if status.success() { Ok(took) } else { Err(io::Error::other("the command `auth` failed")) }
}

fn beside_this_one(name: &str) -> io::Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(name))
}

/// A program under load. It is stopped when this is dropped.
pub(crate) struct Program {
    child: Child,
    port: u16,
    /// Kept open, so that the program may go on writing.
    _output: BufReader<ChildStdout>,
    /// Where the program runs and keeps its files.
    _folder: TempDir,
}

/// Where an example keeps accounts and sessions, in itself.
#[derive(Clone, Copy)]
pub(crate) enum Database {
    Memory,
    SqliteFile,
}

impl Program {
    /// The example, without limits on guessing, with tokens of this algorithm.
    pub(crate) fn example(framework: Framework, database: Database, algorithm: &str) -> io::Result<Self> {
        let url = match database {
            Database::Memory => "memory:",
            Database::SqliteFile => "sqlite:bench.db?mode=rwc",
        };
        Self::start_example(framework, &[("DATABASE_URL", url), ("AUTH_JWT_ALG", algorithm)])
    }

    /// The example over stores that outlive it.
    pub(crate) fn over(framework: Framework, stores: &Stores) -> io::Result<Self> {
        let redis = stores.redis.as_deref().unwrap_or_default();
        Self::start_example(framework, &[("DATABASE_URL", &stores.database), ("REDIS_URL", redis)])
    }

    /// The example over such stores, which sends its mails to this SMTP server.
    pub(crate) fn mailing(framework: Framework, stores: &Stores, smtp: &str) -> io::Result<Self> {
        Self::start_example(framework, &[("DATABASE_URL", &stores.database), ("AUTH_SMTP", smtp)])
    }

    fn start_example(framework: Framework, variables: &[(&str, &str)]) -> io::Result<Self> {
        let always = [("AUTH_THROTTLE", "off"), ("PORT", "0"), ("AUTH_SECRET", SECRET)];
        Self::start(&format!("example-{framework}"), &[variables, &always].concat())
    }

    /// The same routes on the same framework without authentication.
    pub(crate) fn twin(framework: Framework) -> io::Result<Self> {
        Self::start(&format!("twin_{framework}"), &[])
    }

    /// The twin with a store that it asks by hand, through this driver.
    pub(crate) fn twin_over(framework: Framework, driver: &str, url: &str) -> io::Result<Self> {
        Self::start(&format!("twin_{framework}"), &[("BARE", driver), ("BARE_URL", url)])
    }

    fn start(name: &str, variables: &[(&str, &str)]) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(beside_this_one(name)?)
            .env_clear()
            .envs(variables.iter().copied())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("the output is piped"))?;
        let mut program = Self { child, port: 0, _output: BufReader::new(output), _folder: folder };
        program.port = program.read_port()?;
        Ok(program)
    }

    fn read_port(&mut self) -> io::Result<u16> {
        let mut line = String::new();
        while self._output.read_line(&mut line)? > 0 {
            if let Some(port) = line.trim().strip_prefix("listening on http://localhost:") {
                return port.parse().map_err(io::Error::other);
            }
            line.clear();
        }
        Err(io::Error::other("the program ended before it was ready"))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The processor time that its threads have taken, from the scheduler's own count.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let mut total = Duration::ZERO;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            // A thread may end between being listed and being read.
            total += read_schedstat(&task?.path().join("schedstat")).unwrap_or_default();
        }
        Ok(total)
    }

    /// Resident memory in bytes: now, and the most it ever was.
    pub(crate) fn memory(&self) -> io::Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
            Some(kilobytes * 1024)
        };
        let memory = field("VmRSS:").zip(field("VmHWM:"));
        memory.map(|(now, peak)| Memory { now, peak }).ok_or_else(|| io::Error::other("no memory figures"))
    }
}

/// The stores of an example, by their URLs.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) database: String,
    /// For what is hot, if not in the database.
    pub(crate) redis: Option<String>,
}

/// Resident memory in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    pub(crate) peak: u64,
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processor time that the calling thread has taken.
pub(crate) fn thread_cpu() -> io::Result<Duration> {
    read_schedstat(Path::new("/proc/thread-self/schedstat"))
}

/// Nanoseconds on the processor are the first number (Documentation/scheduler/sched-stats.rst of Linux).
fn read_schedstat(path: &Path) -> io::Result<Duration> {
    let text = fs::read_to_string(path)?;
    let nanos = text.split_whitespace().next().and_then(|number| number.parse().ok());
    nanos.map(Duration::from_nanos).ok_or_else(|| io::Error::other("no processor time"))
}
