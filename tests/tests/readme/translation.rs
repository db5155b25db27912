//! The Korean front pages follow the English ones: the same code, headings, tables and guides.

use std::path::{Component, Path, PathBuf};

const ENGLISH: &str = include_str!("../../../README.md");
const KOREAN: &str = include_str!("../../../README.ko.md");
const GUIDES: &str = include_str!("../../../examples/guides/README.ko.md");

/// Each heading of the English page, and what it is called on the Korean one, which ends with the guides.
const HEADINGS: [(&str, &str); 5] = [
    (
        "# One account system for axum, actix-web and rocket",
        "# axum, actix-web, rocket을 위한 하나의 계정 시스템",
    ),
    ("## A program of your own", "## 직접 만드는 프로그램"),
    ("## What a handler or a route can ask for", "## 핸들러나 라우트가 요구할 수 있는 것"),
    ("## What it is called here", "## 여기서는 무엇이라고 부르는가"),
    ("## The guides", "## 안내서"),
];

/// Every second part stands between fences.
fn parts(page: &str, first: usize) -> Vec<&str> {
    page.split("\n```").skip(first).step_by(2).collect()
}

fn headings(page: &str) -> Vec<&str> {
    let prose = parts(page, 0);
    prose
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| line.starts_with("# ") || line.starts_with("## "))
        .collect()
}

/// The code of each row of the tables that stand under a heading, but for the first row.
fn rows<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, section) = page.split_once(&format!("\n{heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(1);
    rows.map(|row| row.split('`').skip(1).step_by(2).collect()).collect()
}

/// Where the links of a page lead that stands in this folder, within the repository.
fn links(page: &str, folder: &str) -> Vec<PathBuf> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(|target| clean(&Path::new(folder).join(target))).collect()
}

fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

#[test]
fn the_korean_page_has_the_same_code() {
    assert_eq!(parts(KOREAN, 1), parts(ENGLISH, 1));
}

#[test]
fn the_korean_page_has_the_same_headings() {
    let (english, korean) = (headings(ENGLISH), headings(KOREAN));
    assert_eq!(korean, HEADINGS.map(|(_, korean)| korean));
    assert_eq!(english[..HEADINGS.len()], HEADINGS.map(|(english, _)| english));
    assert_eq!(
        english[HEADINGS.len()..],
        ["## The crates", "## Licence"],
        "the Korean page ends before them"
    );
}

#[test]
fn the_korean_tables_have_the_same_rows() {
    for (english, korean) in &HEADINGS[2..4] {
        assert_eq!(rows(KOREAN, korean), rows(ENGLISH, english), "{english}");
    }
}

#[test]
fn the_korean_page_of_the_guides_has_all_of_them() {
    let (_, section) = ENGLISH.split_once("\n## The guides\n").unwrap();
    let english = links(section.split("\n## ").next().unwrap(), "");
    let korean = links(GUIDES, "examples/guides");
    assert_eq!(korean[0], Path::new("README.ko.md"));
    assert_eq!(korean[1..], english);
    assert!(links(KOREAN, "").contains(&"examples/guides/README.ko.md".into()));
    assert!(links(ENGLISH, "").contains(&"README.ko.md".into()));
}
