//! Passwords, asked for without an echo.

use std::io::{self, BufRead as _, IsTerminal as _};

use auth_core::secret::Secret;

use crate::args::PasswordArgs;
use crate::failure::Failure;

/// How often somebody may mistype the repetition.
const ATTEMPTS: usize = 3;

/// A new password: from the terminal, typed twice, or from the standard input.
pub(crate) fn new_password(args: &PasswordArgs) -> Result<Secret, Failure> {
    if args.password_stdin {
        return from_stdin();
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(
            "there is no terminal to ask for the password on: give it on the standard input with --password-stdin",
        ));
    }
    for _ in 0..ATTEMPTS {
        let password = Secret::new(rpassword::prompt_password("Password: ")?);
        let again = Secret::new(rpassword::prompt_password("Password (again): ")?);
        if password.is_same(&again) {
            return Ok(password);
        }
        eprintln!("auth: the two are not the same, once more");
    }
    Err(Failure::failed("the two passwords were not the same"))
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
