//! Users from a CSV file.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use auth_core::clock::Timestamp;
use auth_core::password::PasswordHash;
use csv::ByteRecord;

use crate::args::CsvArgs;
use crate::failure::Failure;

use super::batch::{BATCH, Batch, Batches};
use super::csv_column::Column;
use super::csv_text::{Opened, Text};
use super::person::{Person, Place, Row};
use super::values::{flag, list, time};

/// A CSV file whose header makes sense.
#[derive(Clone, Debug)]
pub(super) struct CsvFile {
    path: PathBuf,
    text: Text,
    columns: Arc<[Option<Column>]>,
    length: u64,
}

impl CsvFile {
    pub(super) fn open(args: &CsvArgs) -> Result<Self, Failure> {
        let failed = |error: csv::Error| unreadable(&args.file, &error);
        let text = Text::look(&args.file, args.encoding, args.delimiter)?;
        let Opened { header, .. } = text.open(&args.file).map_err(failed)?;
        let columns = columns(&header, &text, args.ignore_unknown)?.into();
        let length = fs::metadata(&args.file)?.len();
        Ok(Self { path: args.file.clone(), text, columns, length })
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn read(&self, batches: &Batches) {
        if let Err(error) = self.read_all(batches) {
            // Where nobody listens, nobody wants to know.
            let _ = batches.blocking_send(Err(unreadable(&self.path, &error)));
        }
    }

    fn read_all(&self, batches: &Batches) -> Result<(), csv::Error> {
        let Opened { mut reader, .. } = self.text.open(&self.path)?;
        let (mut record, mut rows) = (ByteRecord::new(), Vec::with_capacity(BATCH));
        let mut is_more = true;
        while is_more {
            is_more = reader.read_byte_record(&mut record)?;
            if is_more {
                rows.push(self.row(&record));
            }
            if rows.len() == BATCH || !is_more {
                let rows = std::mem::replace(&mut rows, Vec::with_capacity(BATCH));
                let batch = Batch { rows, position: reader.position().byte() };
                if batches.blocking_send(Ok(batch)).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn row(&self, record: &ByteRecord) -> Row {
        let line = record.position().map_or(0, csv::Position::line);
        (Place::Line(line), self.person(record))
    }

    fn person(&self, record: &ByteRecord) -> Result<Person, String> {
        if record.len() != self.columns.len() {
            return Err(format!("it has {} fields instead of {}", record.len(), self.columns.len()));
        }
        let mut person = Person::default();
        for (field, column) in record.iter().zip(&*self.columns) {
            let Some(column) = column else { continue };
            let text = std::str::from_utf8(field);
            let text =
                text.map_err(|_| "it is not UTF-8: an older file may be --encoding windows-1252")?.trim();
            if !text.is_empty() {
                set(&mut person, *column, text)?;
            }
        }
        Ok(person)
    }
}

fn unreadable(path: &std::path::Path, error: &csv::Error) -> Failure {
    Failure::failed(format!("{} cannot be read: {error}", path.display()))
}

fn columns(header: &ByteRecord, text: &Text, ignore_unknown: bool) -> Result<Vec<Option<Column>>, Failure> {
    let mut columns = Vec::new();
    let mut unknown = Vec::new();
    for name in header {
        let name = String::from_utf8_lossy(name);
        let column = Column::named(&name);
        if column.is_some() && columns.contains(&column) {
            let name = name.trim();
            return Err(Failure::failed(format!(
                "the column `{}` is there twice: remove one",
                name.escape_debug()
            )));
        }
        if column.is_none() {
            unknown.push(format!("`{}`", name.escape_debug()));
        }
        columns.push(column);
    }
    if !columns.contains(&Some(Column::Username)) && !columns.contains(&Some(Column::Email)) {
        return Err(text.no_header());
    }
    if !unknown.is_empty() && !ignore_unknown {
        return Err(Failure::failed(format!(
            "columns that mean nothing here: {}; rename them as `auth import csv --help` says, or leave them out by \
             --ignore-unknown",
            unknown.join(", ")
        )));
    }
    Ok(columns)
}

fn set(person: &mut Person, column: Column, text: &str) -> Result<(), String> {
    match column {
        Column::Attributes => {
            person.attributes =
                serde_json::from_str(text).map_err(|_| "the attributes are no JSON object")?;
        }
        Column::DateJoined => person.date_joined = Some(moment("date_joined", text)?),
        Column::Email => person.email = Some(text.to_owned()),
        Column::EmailVerified => person.email_verified = yes_or_no("email_verified", text)?,
        Column::FirstName => person.first_name = Some(text.to_owned()),
        Column::Groups => person.groups = list(text, ';'),
        Column::Id => person.id = Some(text.to_owned()),
        Column::IsActive => person.is_active = yes_or_no("is_active", text)?,
        Column::IsStaff => person.is_staff = yes_or_no("is_staff", text)?,
        Column::IsSuperuser => person.is_superuser = yes_or_no("is_superuser", text)?,
        Column::LastLogin => person.last_login = Some(moment("last_login", text)?),
        Column::LastName => person.last_name = Some(text.to_owned()),
        Column::PasswordHash => person.password = Some(PasswordHash::from_encoded(text)),
        Column::Permissions => person.permissions = list(text, ';'),
        Column::Username => person.username = Some(text.to_owned()),
    }
    Ok(())
}

fn yes_or_no(column: &str, text: &str) -> Result<bool, String> {
    flag(text).ok_or_else(|| format!("{column} is neither yes nor no"))
}

fn moment(column: &str, text: &str) -> Result<Timestamp, String> {
    time(text).ok_or_else(|| format!("{column} is no time"))
}
