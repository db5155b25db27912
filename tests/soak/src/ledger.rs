//! What was counted, and what contradicted what somebody had been told.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What must never be.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Wrong {
    /// What had ended lets somebody in: a session, an access token, a refresh token, a password.
    LetIn,
    /// What had been acknowledged and never ended lets nobody in.
    LoggedOut,
    /// A one-time value had two successors.
    TakenTwice,
    /// A change that had been acknowledged is not there.
    Lost,
    /// A right password is refused, or counted as a guess.
    Refused,
    /// An answer that is none of the contract's.
    Unknown,
    /// An answer, or the end of a fault, that came too late.
    Late,
}

impl Wrong {
    const ALL: [Self; 7] = [
        Self::LetIn,
        Self::LoggedOut,
        Self::TakenTwice,
        Self::Lost,
        Self::Refused,
        Self::Unknown,
        Self::Late,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::LetIn => "let in by what had ended",
            Self::LoggedOut => "logged out by a fault",
            Self::TakenTwice => "one-time values used twice",
            Self::Lost => "acknowledged writes lost",
            Self::Refused => "right passwords refused",
            Self::Unknown => "answers that are none of the contract's",
            Self::Late => "answers that came too late",
        }
    }
}

/// The books of a run.
pub(crate) struct Ledger(Mutex<Books>);

#[derive(Default)]
struct Books {
    answers: BTreeMap<&'static str, Answers>,
    faults: BTreeMap<&'static str, Fault>,
    wrong: BTreeMap<Wrong, Vec<String>>,
}

#[derive(Default)]
struct Answers {
    good: u64,
    unavailable: u64,
    none: u64,
    slowest: Duration,
}

#[derive(Default)]
struct Fault {
    times: u64,
    slowest: Duration,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer to a request of this kind: 503 and none at all are told apart from the others.
    pub(crate) fn answered(&self, kind: &'static str, status: Option<u16>, after: Duration) {
        let mut books = self.books();
        let answers = books.answers.entry(kind).or_default();
        match status {
            None => answers.none += 1,
            Some(503) => answers.unavailable += 1,
            Some(_) => answers.good += 1,
        }
        answers.slowest = answers.slowest.max(after);
    }

    /// A fault, and how long after its end all servers did everything again.
    pub(crate) fn recovered(&self, fault: &'static str, after: Duration) {
        let mut books = self.books();
        let fault = books.faults.entry(fault).or_default();
        fault.times += 1;
        fault.slowest = fault.slowest.max(after);
    }

    /// A contradiction. It is said at once, and counted.
    pub(crate) fn wrong(&self, wrong: Wrong, what: String) {
        eprintln!("{}: {what}", wrong.title());
        self.books().wrong.entry(wrong).or_default().push(what);
    }

    /// Whether nothing was contradicted.
    pub(crate) fn is_clean(&self) -> bool {
        self.books().wrong.is_empty()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let books = self.books();
        writeln!(f, "| request | answered | 503 | no answer | slowest, ms |\n|---|---|---|---|---|")?;
        for (kind, answers) in &books.answers {
            let Answers { good, unavailable, none, slowest } = answers;
            writeln!(f, "| {kind} | {good} | {unavailable} | {none} | {} |", slowest.as_millis())?;
        }
        writeln!(f, "\n| fault | times | slowest recovery, ms |\n|---|---|---|")?;
        for (name, Fault { times, slowest }) in &books.faults {
            writeln!(f, "| {name} | {times} | {} |", slowest.as_millis())?;
        }
        writeln!(f, "\n| what must never be | times |\n|---|---|")?;
        for wrong in Wrong::ALL {
            writeln!(f, "| {} | {} |", wrong.title(), books.wrong.get(&wrong).map_or(0, Vec::len))?;
        }
        Ok(())
    }
}
