//! A request as guards read it.

use std::net::IpAddr;

/// One request as guards read it: borrowed, nothing copied.
pub trait RequestView {
    /// The method, in capitals.
    fn method(&self) -> &str;

    /// The path as it came, percent-encoding and all.
    fn path(&self) -> &str;

    /// The query without its `?`.
    fn query(&self) -> Option<&str>;

    /// The values of every header line of this name (lower case), in order, as the framework has them.
    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]>;

    /// The address at the other end of the connection, if there is one.
    fn peer(&self) -> Option<IpAddr>;

    /// The values of every header line of this name that are UTF-8. Others count as absent: one of the frameworks never
    /// shows them, and all shall behave alike. Where a line is a list to which others have added, look at the
    /// [raw](Self::raw_header_lines) ones: no part of it spoils the rest.
    fn header_texts<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a str> {
        self.raw_header_lines(name).filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// Their bytes.
    fn header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.header_texts(name).map(str::as_bytes)
    }

    /// The first of them.
    fn header_text<'a>(&'a self, name: &'static str) -> Option<&'a str> {
        self.header_texts(name).next()
    }

    /// Path and query together, as a `next` parameter carries them.
    fn path_and_query(&self) -> String {
        match self.query() {
            Some(query) => format!("{}?{query}", self.path()),
            None => self.path().to_owned(),
        }
    }
}
