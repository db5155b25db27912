//! The database of a Django project, where the application has its users.

use auth_store::{DjangoOptions, DjangoStore};

use super::Report;
use crate::args::DoctorArgs;
use crate::failure::Failure;
use crate::store::given_url;

pub(super) async fn check(report: &mut Report, args: &DoctorArgs) {
    let url = match given_url(args.django.as_deref(), "--django", "AUTH_DJANGO_DATABASE") {
        Ok(None) => return,
        Ok(Some(url)) => url,
        Err(failure) => return report.wrong(format!("{}.", failure.into_message())),
    };
    match DjangoStore::connect(&url, DjangoOptions::take_over()).await {
        Ok(store) => index(report, store.missing_email_index()),
        Err(error) => report.wrong(format!("The Django database: {}.", Failure::from(error).into_message())),
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
