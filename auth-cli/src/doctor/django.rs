//! The database of a Django project, where the application has its users.

use super::Report;
use crate::args::StoreArgs;
use crate::store::open_django;

pub(super) async fn check(report: &mut Report, args: &StoreArgs) {
    match open_django(args).await {
        Ok(None) => {}
        Ok(Some(store)) => index(report, store.missing_email_index()),
        Err(failure) => report.wrong(format!("{}.", failure.into_message())),
    }
}

/// Django makes none of its own that serves.
fn index(report: &mut Report, missing: Option<&str>) {
    match missing {
        None => report.well("The Django database has its tables, and an index by which addresses are found."),
        Some(statement) => report.wrong(format!(
            "The Django database has no index by which addresses are found, so nobody logs in by one. Run in it, and start the servers \
             again: {statement}"
        )),
    }
}
