//! What the README shows.

use conformance::Framework;

const README: &str = include_str!("../../../README.md");

/// A crate as the README has it.
pub(crate) struct Shown {
    /// Its `Cargo.toml`, but for the profile.
    pub(crate) manifest: String,
    /// Its `main.rs`.
    pub(crate) program: &'static str,
}

/// The part of the manifest that counts at the root of a workspace only.
pub(crate) fn profile() -> &'static str {
    split_manifest().1
}

/// The crate for a framework.
pub(crate) fn shown(on: Framework) -> Shown {
    let index = Framework::ALL.iter().position(|framework| *framework == on).unwrap();
    let programs: Vec<_> = blocks("rust").filter(|block| block.contains("fn main()")).collect();
    assert_eq!(programs.len(), Framework::ALL.len(), "one program for each framework");
    Shown { manifest: manifest(index), program: programs[index] }
}

/// The README shows the whole manifest for the first framework, and for the others the lines that take the place of its own.
fn manifest(index: usize) -> String {
    let whole = split_manifest().0;
    if index == 0 {
        return whole.to_owned();
    }
    let lines = blocks("toml").filter(|block| !block.contains("[package]")).nth(index - 1).unwrap();
    let is_of_axum =
        |line: &&str| ["auth-axum ", "axum ", "tokio "].iter().any(|name| line.starts_with(name));
    let kept: Vec<_> = whole.lines().filter(|line| !is_of_axum(line)).collect();
    assert_eq!(kept.len() + 3, whole.lines().count(), "the README names three lines to replace");
    format!("{}\n{lines}", kept.join("\n").trim_end())
}

fn split_manifest() -> (&'static str, &'static str) {
    let manifest = blocks("toml").find(|block| block.contains("[package]")).unwrap();
    manifest.split_at(manifest.find("[profile.dev.package]").unwrap())
}

/// The blocks of code in this language.
fn blocks(language: &'static str) -> impl Iterator<Item = &'static str> {
    README
        .split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(move |block| block.strip_prefix(language)?.strip_prefix('\n'))
}
