//! Questions on the terminal: passwords, without an echo.

use std::io::{self, BufRead as _, IsTerminal as _};

use auth_core::secret::Secret;

use crate::args::PasswordArgs;
use crate::failure::Failure;
use crate::terminal::ask_in_secret;

/// How often somebody may mistype the repetition, or choose a password that is refused.
const ATTEMPTS: usize = 3;

/// A new password that `check` lets pass: from the terminal, typed twice, or from the standard input.
pub(crate) async fn new_password(
    args: &PasswordArgs,
    check: impl Fn(&str) -> Result<(), Failure>,
) -> Result<Secret, Failure> {
    if args.password_stdin {
        let password = from_stdin()?;
        return check(password.expose()).map(|()| password);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(
            "there is no terminal to ask for the password on: give it on the standard input with --password-stdin",
        ));
    }
    for _ in 0..ATTEMPTS {
        let password = ask_in_secret("Password: ").await?;
        if let Err(Failure::Failed(reason)) = check(password.expose()) {
            eprintln!("auth: {reason}; once more");
            continue;
        }
        if password.is_same(&ask_in_secret("Password (again): ").await?) {
            return Ok(password);
        }
        eprintln!("auth: the two are not the same; once more");
    }
    Err(Failure::failed("no password was set: three were refused, or mistyped"))
}

/// Asks for the name of what is to be removed.
pub(crate) fn confirm(name: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("there is no terminal to ask on whether you are sure: say so with --yes"));
    }
    eprint!("This cannot be undone. Type the user name, {name}, to go on: ");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    match line.trim() == name {
        true => Ok(()),
        false => Err(Failure::failed("nothing was removed")),
    }
}

/// The first line, without its end. Spaces count.
fn from_stdin() -> Result<Secret, Failure> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        return Err(Failure::failed("there is no password on the standard input"));
    }
    Ok(Secret::new(password))
}
