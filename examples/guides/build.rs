//! Makes modules of the guides' code, so that what a reader sees is what the tests run: a block that begins with
//! ```` ```rust,run:name ```` becomes the module `name`, one with `rust,test:name` a module of tests. Every block compiles as a
//! documentation test besides.

use std::path::PathBuf;
use std::{env, fs, io};

const GUIDES: [&str; 5] = [
    "coming_from_authlib.md",
    "coming_from_django.md",
    "coming_from_fastapi.md",
    "coming_from_flask.md",
    "recipes.md",
];

/// What a block begins with, and what its module does.
const KINDS: [(&str, &str); 2] = [("run:", ""), ("test:", "#[cfg(test)]\n")];

fn main() -> io::Result<()> {
    let mut modules = String::new();
    for guide in GUIDES {
        println!("cargo::rerun-if-changed={guide}");
        for block in fs::read_to_string(guide)?.split("\n```rust,").skip(1) {
            let (kind, rest) = block.split_once('\n').unwrap_or_default();
            let code = rest.split("\n```").next().unwrap_or_default();
            for (begin, attribute) in KINDS {
                if let Some(name) = kind.strip_prefix(begin) {
                    modules.push_str(&format!("{attribute}pub(crate) mod {name} {{\n{code}\n}}\n"));
                }
            }
        }
    }
    let folder = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    fs::write(folder.join("shown.rs"), modules)
}
