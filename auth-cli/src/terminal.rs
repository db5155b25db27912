//! A question whose answer is not shown. An interruption leaves the terminal as it was found, with its echo.

use auth_core::secret::Secret;

use crate::failure::Failure;

#[cfg(not(unix))]
pub(crate) async fn ask_in_secret(question: &'static str) -> Result<Secret, Failure> {
    Ok(Secret::new(rpassword::prompt_password(question)?))
}

#[cfg(unix)]
pub(crate) use self::unix::ask_in_secret;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::process::exit;

    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    use tokio::signal::unix::{SignalKind, signal};
    use tokio::task::spawn_blocking;

    use super::{Failure, Secret};

    /// The terminal and how it was set.
    struct Terminal(File, Termios);

    impl Terminal {
        fn open() -> io::Result<Self> {
            let terminal = File::options().read(true).write(true).open("/dev/tty")?;
            let settings = tcgetattr(&terminal)?;
            Ok(Self(terminal, settings))
        }
    }

    /// Waits for the answer on a thread of its own, so that a signal is heard meanwhile: it would end the program with the echo off.
    /// On Ctrl-C, rpassword sends itself the signal, and answers too.
    pub(crate) async fn ask_in_secret(question: &'static str) -> Result<Secret, Failure> {
        let Terminal(terminal, settings) = Terminal::open()?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let asked = spawn_blocking(move || rpassword::prompt_password(question).map(Secret::new));
        let ending = tokio::select! {
            answer = asked => match answer.map_err(io::Error::other)? {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => SignalKind::interrupt(),
                answer => return Ok(answer?),
            },
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
            _ = hangup.recv() => SignalKind::hangup(),
        };
        let _ = tcsetattr(&terminal, OptionalActions::Flush, &settings);
        eprintln!();
        // The thread goes on waiting for the answer, so there is no way to return. Shells give what a signal ended 128 and its number.
        exit(128 + ending.as_raw_value())
    }
}
