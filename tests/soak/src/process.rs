//! Programs of this run's own, which it may stop, pause and kill.

use std::ffi::OsStr;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// A port of loopback that nobody listens on, below those that outgoing connections are given.
pub(crate) fn free_port() -> io::Result<u16> {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let mut tries = std::iter::repeat_with(|| fastrand::u16(10_000..30_000)).take(100);
    tries.find(is_free).ok_or_else(|| io::Error::other("no port of loopback is free"))
}

/// Sends a signal to a program that this run started.
pub(crate) fn signal(process: u32, signal: Signal) -> io::Result<()> {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    Ok(kill_process(process.ok_or_else(|| io::Error::other("no process has this number"))?, signal)?)
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> io::Result<()> {
    let name = command.get_program().to_owned();
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("{}: {}", Path::new(&name).display(), said.trim())))
}

/// A program as the user `postgres` where this one is root: PostgreSQL refuses to run as root.
pub(crate) fn as_postgres(program: impl AsRef<OsStr>) -> Command {
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// Asks until the answer is yes.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) -> io::Result<()> {
    const PAUSE: Duration = Duration::from_millis(50);
    for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
        if is_so() {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    Err(io::Error::other(format!("{what} is not there after {} s", PATIENCE.as_secs())))
}
