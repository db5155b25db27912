//! `auth doctor`: what a deployment needs, looked at where its servers run, and what to do about what is not there.

mod database;
mod django;
mod keys;
mod redis;
mod settings;

use std::io;
use std::process::ExitCode;

use crate::Out;
use crate::args::StoreArgs;
use crate::failure::Failure;

/// Something has to be changed. It is no code of a command that could not be run, so that a script can tell the two apart.
const WRONG: u8 = 5;

pub(crate) async fn run(store: &StoreArgs, out: Out<'_>) -> Result<ExitCode, Failure> {
    let mut report = Report::default();
    let secrets = settings::check(&mut report);
    let redis = redis::check(&mut report, store).await;
    if let Some(sql) = database::check(&mut report, store).await {
        redis::compare(&mut report, &sql, redis.as_ref(), store).await;
        keys::check(&mut report, &sql, secrets.as_ref()).await;
    }
    django::check(&mut report, store).await;
    report.print(out)?;
    Ok(if report.is_well() { ExitCode::SUCCESS } else { ExitCode::from(WRONG) })
}

/// What was found, in the order in which it was looked at.
#[derive(Debug, Default)]
struct Report(Vec<(Level, String)>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Level {
    /// As it should be.
    Well,
    /// It may be meant so.
    Note,
    /// It has to be changed.
    Wrong,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Note => "note",
            Self::Wrong => "WRONG",
        }
    }
}

impl Report {
    fn well(&mut self, sentence: impl Into<String>) {
        self.0.push((Level::Well, sentence.into()));
    }

    fn note(&mut self, sentence: impl Into<String>) {
        self.0.push((Level::Note, sentence.into()));
    }

    fn wrong(&mut self, sentence: impl Into<String>) {
        self.0.push((Level::Wrong, sentence.into()));
    }

    fn count(&self, level: Level) -> usize {
        self.0.iter().filter(|(found, _)| *found == level).count()
    }

    fn is_well(&self) -> bool {
        self.count(Level::Wrong) == 0
    }

    fn print(&self, out: Out<'_>) -> io::Result<()> {
        for (level, sentence) in &self.0 {
            writeln!(out, "{:<6} {sentence}", level.word())?;
        }
        match self.count(Level::Wrong) {
            0 => writeln!(out, "\nNothing has to be changed."),
            1 => writeln!(out, "\nOne thing has to be changed."),
            many => writeln!(out, "\n{many} things have to be changed."),
        }
    }
}
