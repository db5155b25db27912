//! The database: whether it is there, its tables, its rights, its clock, and the way to it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use auth_core::clock::{Clock as _, SystemClock, Timestamp};
use auth_core::store::Backend as _;
use auth_store::SqlStore;
use url::Url;

use super::Report;
use crate::args::StoreArgs;
use crate::failure::Failure;
use crate::store::{database_url, open_sql};

/// Clocks that differ by less are as right as NTP makes them, and no rule is finer.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// What the rules about tokens and keys allow. Readiness asks for the same.
const ALLOWED: Duration = Duration::from_secs(60);

/// Looks at it, and answers it where its tables can be asked.
pub(super) async fn check(report: &mut Report, args: &StoreArgs) -> Option<SqlStore> {
    let sql = match open_sql(args).await {
        Ok(sql) => sql,
        Err(failure) => {
            report.wrong(format!("The database: {}.", failure.into_message()));
            return None;
        }
    };
    report.well("The database answers.");
    way(report, args);
    clock(report, &sql).await;
    if !tables(report, &sql).await {
        return None;
    }
    permissions(report, &sql).await;
    indexes(report, &sql).await;
    Some(sql)
}

/// Whether somebody on the way could read along or answer in its place.
fn way(report: &mut Report, args: &StoreArgs) {
    let url = database_url(args.database.as_deref(), "--database", "DATABASE_URL").ok();
    if let Some(url) = url.and_then(|url| Url::parse(&url).ok()).filter(is_open) {
        let end = match url.scheme() {
            "mysql" | "mariadb" => "ssl-mode=verify_identity",
            _ => "sslmode=verify-full",
        };
        report.note(format!(
            "The database is on another machine, and its certificate is not checked: end the URL in ?{end}, unless nobody else can \
             be on the network between."
        ));
    }
}

fn is_open(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = |host: &str| host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_here = host.is_empty() || host == "localhost" || is_loopback(host);
    let is_checked = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
        matches!(&*name, "sslmode" | "ssl-mode") && value.to_ascii_lowercase().starts_with("verify")
    };
    !is_here && !url.query_pairs().any(is_checked)
}

async fn tables(report: &mut Report, sql: &SqlStore) -> bool {
    match sql.is_migrated().await {
        Ok(true) => {
            report.well("The tables are up to date.");
            return true;
        }
        Ok(false) => report.wrong("The tables are missing or out of date: run `auth migrate`."),
        Err(error) => report.wrong(format!("The tables: {}.", Failure::from(error).into_message())),
    }
    false
}

async fn permissions(report: &mut Report, sql: &SqlStore) {
    match sql.check_permissions().await {
        Ok(()) => report.well("The database's user may read and change every table."),
        Err(error) => report.wrong(format!(
            "{}: give the database's user SELECT, INSERT, UPDATE and DELETE on it, and name the primary if this is a replica.",
            Failure::from(error).into_message()
        )),
    }
}

async fn indexes(report: &mut Report, sql: &SqlStore) {
    match sql.missing_indexes().await {
        Ok(missing) if missing.is_empty() => report.well("Every index is there."),
        Ok(missing) => report.wrong(format!(
            "Indexes are missing: everything takes longer with each row, and without a unique one names may be taken twice. Run in the \
             database: {}",
            missing.join(" ")
        )),
        Err(error) => report.wrong(format!("The indexes: {}.", Failure::from(error).into_message())),
    }
}

async fn clock(report: &mut Report, sql: &SqlStore) {
    let asked = SystemClock.now();
    match sql.time().await {
        Ok(None) => {}
        Ok(Some(theirs)) => compare(report, asked, theirs),
        Err(error) => report.wrong(format!("The database's clock: {}.", Failure::from(error).into_message())),
    }
}

fn compare(report: &mut Report, ours: Timestamp, theirs: Timestamp) {
    let apart = ours.since(theirs).max(theirs.since(ours));
    let (ours, theirs) = (ours.rfc3339(), theirs.rfc3339());
    let sentence = format!("This machine's clock says {ours}, the database's {theirs}");
    if apart < LEFT_ALONE {
        report.well("This machine's clock and the database's agree.");
    } else if apart <= ALLOWED {
        report.note(format!("{sentence}: the servers go by the database's. Set the wrong one right (NTP)."));
    } else {
        report.wrong(format!("{sentence}: set the wrong one right (NTP)."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_database_on_another_machine_is_to_be_checked_by_its_certificate() {
        for (url, open) in [
            ("sqlite:app.db", false),
            ("postgres://app@localhost/shop", false),
            ("postgres://app@127.0.0.1:5433/shop", false),
            ("postgres://app@[::1]/shop", false),
            ("postgres:///shop", false),
            ("postgres://app@db.example/shop", true),
            ("postgres://app@db.example/shop?sslmode=require", true),
            ("postgres://app@db.example/shop?sslmode=verify-full", false),
            ("mysql://app@10.0.0.3/shop?ssl-mode=VERIFY_IDENTITY", false),
        ] {
            assert_eq!(is_open(&Url::parse(url).unwrap()), open, "{url}");
        }
    }

    #[test]
    fn clocks_that_differ_are_noted_and_those_that_differ_much_are_wrong() {
        let level = |seconds: i64| {
            let mut report = Report::default();
            compare(
                &mut report,
                Timestamp::from_unix_seconds(1000 + seconds),
                Timestamp::from_unix_seconds(1000),
            );
            report.0[0].0
        };
        assert_eq!([0, 30, -60, 61, -3600].map(level), {
            use Level::{Note, Well, Wrong};
            [Well, Note, Note, Wrong, Wrong]
        });
    }
}
