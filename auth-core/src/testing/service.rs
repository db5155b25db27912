//! Databases and other services that tests of stores need.

use std::env;
use std::io::{self, Write as _};

/// Where a service is that tests need, by the environment variable that says so: `TEST_POSTGRES_URL` and its like. `None`, and a line
/// on the standard error output that the test is skipped, where the variable is unset.
///
/// # Panics
/// Where it is unset although `CI` is set: there, nothing is skipped in silence.
pub fn service(variable: &str) -> Option<String> {
    let address = env::var(variable).ok().filter(|address| !address.is_empty());
    if address.is_none() {
        assert!(env::var_os("CI").is_none(), "{variable} is unset, and CI is set: nothing is skipped there");
        // Not through the macro, whose output the test harness keeps to itself.
        let _ = writeln!(io::stderr(), "\nSKIPPED, because {variable} is unset");
    }
    address
}
