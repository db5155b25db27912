//! `auth import …`: users from elsewhere.
//!
//! A source gives its rows twice: once to see which of them come and which addresses these share ([`mod@survey`]), once to bring
//! them in.
//! Each row is judged alone ([`person`]); the batches of good ones go to the store, or, in a dry run, are compared with it
//! ([`importer`]).

mod batch;
mod csv_column;
mod csv_file;
pub(crate) mod csv_text;
mod django;
mod django_factors;
mod flask_security;
mod importer;
mod person;
mod sql;
mod summary;
mod survey;
mod values;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use auth_core::clock::Timestamp;
use auth_core::mfa::FactorImport;
use auth_core::random::OsRandom;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;

use crate::args::{ImportArgs, ImportCommand};
use crate::failure::Failure;
use crate::keys;
use crate::out::Out;
use crate::store::Store;
use crate::user_model::UserModelArgs;

use self::batch::{Batch, Group};
use self::csv_file::CsvFile;
use self::importer::Importer;
use self::sql::SqlSource;
use self::summary::Summary;
use self::survey::{Findings, Survey};

/// The exit code of an import that skipped rows.
const SKIPPED: u8 = 3;

/// The exit code of an import that skipped none, and left out something that people log in by.
const LOST: u8 = 4;

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// Where users come from.
enum Source {
    Csv(CsvFile),
    Sql(SqlSource),
}

impl Source {
    /// The rows, read beside whatever is done with them.
    fn rows(&self) -> mpsc::Receiver<Result<Batch, Failure>> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        match self {
            Self::Csv(file) => {
                let file = file.clone();
                tokio::task::spawn_blocking(move || file.read(&sender));
            }
            Self::Sql(source) => {
                let source = source.clone();
                tokio::spawn(async move { source.read(&sender).await });
            }
        }
        receiver
    }

    /// Where `Batch::position` ends.
    fn length(&self) -> u64 {
        match self {
            Self::Csv(file) => file.length(),
            Self::Sql(source) => source.length(),
        }
    }

    fn groups(&self) -> &[Group] {
        match self {
            Self::Csv(_) => &[],
            Self::Sql(source) => source.groups(),
        }
    }
}

pub(crate) async fn run(
    store: &Store,
    user_model: &UserModelArgs,
    command: ImportCommand,
    out: Out<'_>,
) -> Result<ExitCode, Failure> {
    if store.has_django() {
        return Err(Failure::usage(
            "users are brought into the application's own table, and here it has those of a Django project (--django, \
             AUTH_DJANGO_DATABASE)",
        ));
    }
    let mut has_factors = false;
    let (source, args) = match command {
        ImportCommand::Csv(args) => (Source::Csv(CsvFile::open(&args)?), args.import),
        ImportCommand::Django(args) => {
            let (source, factors) = django::open(&args, &user_model.model()?).await?;
            has_factors = factors;
            (Source::Sql(source), args.import)
        }
        ImportCommand::FlaskSecurity(args) => (Source::Sql(flask_security::open(&args).await?), args.import),
    };
    let factors = has_factors.then(|| factor_import(&args)).transpose()?.flatten();
    let summary = import(store, &source, &args, factors).await?;
    summary.print(&args, out)?;
    Ok(match (summary.has_skipped(), summary.has_losses()) {
        (true, _) => ExitCode::from(SKIPPED),
        (false, true) => ExitCode::from(LOST),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// What seals second factors; `None` in a dry run, which writes none.
fn factor_import(args: &ImportArgs) -> Result<Option<FactorImport>, Failure> {
    if args.dry_run {
        return Ok(None);
    }
    let secrets = keys::secrets().map_err(|failure| match failure {
        Failure::Usage(message) => Failure::Usage(format!(
            "second factors come along, sealed, unless they are left behind by --without-second-factors: {message}"
        )),
        other => other,
    })?;
    Ok(Some(FactorImport::new(&secrets, Arc::new(OsRandom))))
}

async fn import(
    store: &Store,
    source: &Source,
    args: &ImportArgs,
    factors: Option<FactorImport>,
) -> Result<Summary, Failure> {
    let now = store.clock.now();
    let findings = survey(store, source, args, now).await?;
    let mut importer = Importer::new(store, args, findings, (now, factors))?;
    importer.add_groups(source.groups()).await?;
    let progress = progress(source, if args.dry_run { "checking" } else { "importing" });
    let mut batches = source.rows();
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        importer.take(batch.rows).await?;
        progress.set_position(batch.position);
    }
    progress.finish_and_clear();
    Ok(importer.finish())
}

/// Looks through the source once before anything is brought in.
async fn survey(
    store: &Store,
    source: &Source,
    args: &ImportArgs,
    now: Timestamp,
) -> Result<Findings, Failure> {
    let progress = progress(source, "reading");
    let (mut survey, mut batches) = (Survey::new(store, &args.id_prefix, now).await?, source.rows());
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        survey.take(batch.rows).await?;
        progress.set_position(batch.position);
    }
    progress.finish_and_clear();
    Ok(survey.finish())
}

/// On the standard error, where that is a terminal.
fn progress(source: &Source, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(source.length()).with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{msg:>9} {wide_bar} {percent:>3} %  {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
