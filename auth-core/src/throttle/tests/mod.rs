mod accounts;
mod browsers;
mod names;
mod networks;
mod outages;

use std::net::IpAddr;

use crate::error::ErrorKind;
use crate::login::Credentials;
use crate::tests::System;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

async fn fail(system: &System, login: &str) -> ErrorKind {
    system.try_admit(login, "wrong").await.unwrap_err().kind()
}

/// What somebody is told who guesses at a name from an address.
async fn guess_from(system: &System, ip: &str, login: &str) -> ErrorKind {
    try_from(system, ip, login, "wrong").await.unwrap_err()
}

async fn try_from(system: &System, ip: &str, login: &str, password: &str) -> Result<(), ErrorKind> {
    let ip: IpAddr = ip.parse().unwrap();
    let admitted = system.auth.admit(Credentials::Password { login, password }, Some(ip)).await;
    admitted.map(|_| ()).map_err(|error| error.kind())
}
