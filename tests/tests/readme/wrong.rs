//! What the compiler says to somebody who takes guards wrongly.

use crate::build::BUILT;

/// The name of the crate.
pub(crate) const NAME: &str = "hello";

/// Each guard of this program wants something that is not there.
pub(crate) const PROGRAM: &str = r"
use auth_axum::{Guarded, OAuthToken, Require, Scoped};

struct ViewReports;
struct ReadReports;
struct Reader;

async fn reports(user: Require<ViewReports>) {}
async fn api(token: Scoped<ReadReports>) {}
async fn outside(token: OAuthToken<ReadReports>) {}
async fn own(reader: Guarded<Reader>) {}

fn main() {}
";

#[test]
fn a_guard_without_its_impl_says_what_to_write() {
    let errors = BUILT.errors();
    for (of, said, fix) in [
        ("Require<ViewReports>", "`ViewReports` is no policy", "impl Policy for ViewReports"),
        ("Scoped<ReadReports>", "`ReadReports` names no scope", "impl ScopeName for ReadReports"),
        ("OAuthToken<ReadReports>", "`ReadReports` names no scope", "impl ScopeName for ReadReports"),
        ("Guarded<Reader>", "`Reader` is no guard", "impl Guard for Reader"),
    ] {
        let is_it = |error: &&&str| error.contains(of) && error.contains(said) && error.contains(fix);
        assert!(errors.iter().any(|error| is_it(&error)), "{of}:\n{}", errors.join("\n"));
    }
}
