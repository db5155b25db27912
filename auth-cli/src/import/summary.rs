//! The report of an import.

use std::collections::BTreeMap;
use std::io;

use crate::args::ImportArgs;
use crate::out::Out;
use crate::report::Tally;

use super::person::{Candidate, Note, Place};
use super::survey::Refusal;

/// Rows that are named for each reason, unless all of them were asked for.
const NAMED_ROWS: usize = 20;

/// What came of the rows.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) read: u64,
    added: u64,
    /// Those that were there from an earlier run.
    pub(super) known: u64,
    pub(super) wrapped: u64,
    pub(super) groups: u64,
    pub(super) known_groups: Vec<String>,
    pub(super) broken_groups: Vec<String>,
    passwords: Tally,
    /// The rows, as they are named.
    notes: BTreeMap<Note, Vec<String>>,
    skipped: BTreeMap<String, Vec<String>>,
}

impl Summary {
    pub(super) fn add(&mut self, place: &Place, candidate: &Candidate) {
        self.added += 1;
        self.passwords.count(candidate.found.as_ref());
        for note in &candidate.notes {
            let row = match (note.is_rename(), &candidate.old_name) {
                (false, _) => place.to_string(),
                (true, None) => format!("{place} as {}", candidate.new.username),
                (true, Some(old)) => {
                    format!("{place}, {}, as {}", old.escape_debug(), candidate.new.username)
                }
            };
            self.notes.entry(*note).or_default().push(row);
        }
    }

    pub(super) fn skip(&mut self, refusal: Refusal, place: &Place) {
        let row = match refusal.other {
            Some(other) => format!("{place} with {other}"),
            None => place.to_string(),
        };
        self.skipped.entry(refusal.reason).or_default().push(row);
    }

    /// Whether somebody who was imported cannot log in as they did.
    pub(super) fn has_losses(&self) -> bool {
        self.notes.keys().any(|note| note.is_loss())
    }

    pub(super) fn has_skipped(&self) -> bool {
        !self.skipped.is_empty() || !self.broken_groups.is_empty()
    }

    pub(super) fn print(&self, args: &ImportArgs, out: Out<'_>) -> io::Result<()> {
        let added = if args.dry_run { "to be added" } else { "added" };
        let skipped: usize = self.skipped.values().map(Vec::len).sum();
        writeln!(
            out,
            "{} rows read: {} users {added}, {} here already, {skipped} skipped.",
            self.read, self.added, self.known
        )?;
        self.print_groups(args, out)?;
        if self.wrapped > 0 {
            writeln!(out, "{} weak hashes put into Argon2id.", self.wrapped)?;
        }
        self.passwords.print(out)?;
        for (note, rows) in &self.notes {
            print_rows(out, args, "imported", &note.to_string(), rows)?;
        }
        for (reason, rows) in &self.skipped {
            print_rows(out, args, "skipped", reason, rows)?;
        }
        if args.dry_run {
            writeln!(out, "\nThis was a dry run: nothing was written.")?;
        }
        Ok(())
    }

    fn print_groups(&self, args: &ImportArgs, out: Out<'_>) -> io::Result<()> {
        match self.groups {
            0 => {}
            groups if args.dry_run => {
                writeln!(out, "{groups} groups, of which those are added that are not here yet.")?
            }
            groups => writeln!(out, "{groups} groups added.")?,
        }
        if !self.known_groups.is_empty() {
            let groups = self.known_groups.join(", ");
            writeln!(
                out,
                "Groups that are here already, and permit their members what they permit here: {groups}."
            )?;
        }
        for group in &self.broken_groups {
            writeln!(
                out,
                "Skipped the group `{}`: it, or a permission of it, is no name.",
                group.escape_debug()
            )?;
        }
        Ok(())
    }
}

fn print_rows(out: Out<'_>, args: &ImportArgs, what: &str, reason: &str, rows: &[String]) -> io::Result<()> {
    let named = if args.all_rows { rows.len() } else { NAMED_ROWS.min(rows.len()) };
    let more = match rows.len() - named {
        0 => String::new(),
        more => format!(" and {more} more (--all-rows names them)"),
    };
    writeln!(out, "\n{what}, {}: {reason}\n  {}{more}", rows.len(), rows[..named].join(", "))
}
