//! How fast `auth import csv` brings users into PostgreSQL.

use std::fmt::Write as _;
use std::fs;
use std::io;

use crate::options::Options;
use crate::program;
use crate::stores::postgres::PostgresDatabase;
use crate::table::{Row, median};

const USERS: usize = 200_000;

/// Rows a second, at least.
const BAR: f64 = 20_000.0;

/// As Django writes them.
const HASH: &str = "pbkdf2_sha256$1000000$c2FsdHNhbHRzYWx0$YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";

pub(crate) fn measure(options: &Options) -> io::Result<Row> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("users.csv");
    fs::write(&file, users())?;
    let file = file.display().to_string();
    let mut rates = Vec::new();
    for round in 0..options.rounds {
        eprintln!("import, round {} of {}", round + 1, options.rounds);
        let database = PostgresDatabase::create()?;
        program::auth(database.url(), &["migrate"])?;
        let took = program::auth(database.url(), &["import", "csv", &file])?;
        rates.push(USERS as f64 / took.as_secs_f64());
    }
    let rate = median(rates);
    Ok(Row {
        what: format!("auth import csv, {USERS} users into PostgreSQL"),
        rate: Some(rate),
        measured: format!("{:.1} s", USERS as f64 / rate),
        beside: String::new(),
        difference: String::new(),
        bar: format!("{BAR}/s"),
        passes: Some(rate >= BAR),
    })
}

fn users() -> String {
    let mut csv = "id,username,email,email_verified,password_hash,date_joined\n".to_owned();
    for n in 0..USERS {
        let _ = writeln!(csv, "{n},user{n},user{n}@example.com,true,{HASH},2023-11-14T22:13:20Z");
    }
    csv
}
