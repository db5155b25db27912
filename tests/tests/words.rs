//! The words that people look for in the documentation, having them from elsewhere, find something in the core and in each adapter.

use std::fs;
use std::path::Path;

/// What they are called in other places, or what the topic is called everywhere.
const WORDS: [&str; 12] = [
    "authenticate",
    "before_action",
    "cookie",
    "cors",
    "csrf",
    "current_user",
    "jwt",
    "login_required",
    "logout",
    "oauth",
    "remember_me",
    "session",
];

#[test]
fn the_words_that_people_search_find_something() {
    for package in ["auth-core", "auth-axum", "auth-actix", "auth-rocket"] {
        let mut sources = String::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package).join("src"), &mut sources);
        for word in WORDS {
            let is_alias =
                |line: &str| line.contains("#[doc(alias(") && line.contains(&format!("\"{word}\""));
            let is_item = |line: &str| {
                ["pub fn ", "pub const fn ", "pub async fn ", "pub mod "].iter().any(|kind| {
                    line.trim_start().strip_prefix(kind).is_some_and(|rest| {
                        rest.strip_prefix(word).is_some_and(|rest| rest.starts_with(['(', '<', ';']))
                    })
                })
            };
            assert!(sources.lines().any(|line| is_alias(line) || is_item(line)), "{package}: {word}");
        }
    }
}

/// Everything that stands in the files of a folder and its folders.
fn read(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            read(&entry.path(), sources);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            sources.push_str(&text);
        }
    }
}
