//! How the text of a CSV file is written: its encoding, what separates its fields, and where its header is.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use crate::failure::Failure;

use super::csv_column::Column;

/// Bytes that are read at a time. Headers are shorter.
const BUFFER: usize = 1 << 16;

/// What separates fields, the first where nothing tells them apart.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

type Decoded = BufReader<DecodeReaderBytes<File, Vec<u8>>>;

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    /// `None`: UTF-8, or what a byte order mark says.
    encoding: Option<&'static Encoding>,
    delimiter: u8,
    /// Whether the first line is Excel's `sep=;`.
    has_separator_line: bool,
    problem: Problem,
}

/// What is known of a first line that is no header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Problem {
    Empty,
    NotUtf8,
    Nul,
    Unknown,
}

/// A file, read up to the end of its header.
pub(super) struct Opened {
    pub(super) reader: Reader<Decoded>,
    pub(super) header: ByteRecord,
}

impl Text {
    /// Looks at the beginning of a file. What is `given` counts.
    pub(super) fn look(
        path: &Path,
        encoding: Option<&'static Encoding>,
        delimiter: Option<u8>,
    ) -> Result<Self, Failure> {
        let beginning = beginning(path, encoding);
        let beginning = beginning
            .map_err(|error| Failure::failed(format!("{} cannot be read: {error}", path.display())))?;
        let (separator, rest) = separator_line(&beginning);
        Ok(Self {
            encoding,
            delimiter: delimiter.or(separator).unwrap_or_else(|| likely_delimiter(rest)),
            has_separator_line: separator.is_some(),
            problem: problem(rest),
        })
    }

    /// Fields of another number than the header's are a row's own fault, and no reason to stop.
    pub(super) fn open(&self, path: &Path) -> Result<Opened, csv::Error> {
        let mut builder = ReaderBuilder::new();
        builder.flexible(true).has_headers(false).delimiter(self.delimiter).buffer_capacity(BUFFER);
        let mut reader = builder.from_reader(decoded(path, self.encoding)?);
        let mut header = ByteRecord::new();
        for _ in 0..=usize::from(self.has_separator_line) {
            reader.read_byte_record(&mut header)?;
        }
        Ok(Opened { reader, header })
    }

    /// Why the first line is no header.
    pub(super) fn no_header(&self) -> Failure {
        Failure::failed(match self.problem {
            Problem::Empty => "the file is empty: its first line has to be a header".to_owned(),
            Problem::NotUtf8 => {
                "the first line is not UTF-8 text, which it has to be, or UTF-16 with a byte order mark: \
                say how it is written, such as --encoding windows-1252"
                    .to_owned()
            }
            Problem::Nul => "the first line has NUL characters: it may be UTF-16 without a byte order mark, \
                --encoding utf-16le, or no text at all"
                .to_owned(),
            Problem::Unknown => format!(
                "the first line, read as fields with `{}` between them, names no column `username` and none `email`: it has to \
                 be a header, as `auth import csv --help` describes it; another separator is given as --delimiter ';'",
                char::from(self.delimiter).escape_debug()
            ),
        })
    }
}

fn decoded(path: &Path, encoding: Option<&'static Encoding>) -> io::Result<Decoded> {
    let mut builder = DecodeReaderBytesBuilder::new();
    // A mark wins over what is given: it is no text in any other encoding. UTF-8 passes, so that a row that is none is named.
    builder.encoding(encoding.filter(|encoding| *encoding != UTF_8)).bom_override(true).strip_bom(true);
    builder.utf8_passthru(true);
    let reader = builder.build_with_buffer(File::open(path)?, vec![0; BUFFER]).map_err(io::Error::other)?;
    Ok(BufReader::with_capacity(BUFFER, reader))
}

fn beginning(path: &Path, encoding: Option<&'static Encoding>) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    decoded(path, encoding)?.take(BUFFER as u64).read_to_end(&mut beginning)?;
    Ok(beginning)
}

/// The separator that a line `sep=;` names, and what follows that line.
fn separator_line(text: &[u8]) -> (Option<u8>, &[u8]) {
    let Some([separator, rest @ ..]) = text.strip_prefix(b"sep=") else { return (None, text) };
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    (Some(*separator), rest.strip_prefix(b"\n").unwrap_or(rest))
}

/// The one under which the first line names most columns.
fn likely_delimiter(text: &[u8]) -> u8 {
    let known = |delimiter: u8| {
        let mut header = ByteRecord::new();
        let mut reader = ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(text);
        let is_read = reader.read_byte_record(&mut header).unwrap_or(false);
        let names = header.iter().filter(|_| is_read).filter_map(|name| std::str::from_utf8(name).ok());
        names.filter(|name| Column::named(name).is_some()).count()
    };
    let mut best = (DELIMITERS[0], known(DELIMITERS[0]));
    for delimiter in &DELIMITERS[1..] {
        let count = known(*delimiter);
        if count > best.1 {
            best = (*delimiter, count);
        }
    }
    best.0
}

fn problem(text: &[u8]) -> Problem {
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    match line {
        _ if text.trim_ascii().is_empty() => Problem::Empty,
        _ if line.contains(&0) => Problem::Nul,
        _ if std::str::from_utf8(line).is_err() => Problem::NotUtf8,
        _ => Problem::Unknown,
    }
}

/// A separator as the command line gives it: one sign, or `tab`.
pub(crate) fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if matches!(text, "tab" | "\\t" | "\t") => Ok(b'\t'),
        [sign] if sign.is_ascii_punctuation() && *sign != b'"' || *sign == b' ' => Ok(*sign),
        _ => Err("a separator is one sign of ASCII, such as ';', or `tab`".to_owned()),
    }
}

/// An encoding by one of the names that the web has for it.
pub(crate) fn encoding(label: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
        "no encoding is known by that name: utf-8, utf-16le, windows-1252 and others are".to_owned()
    })
}
