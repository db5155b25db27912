//! How CSV files come: separators, encodings, line ends, headers.

use crate::home::Home;

fn utf_16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// Imports a file of two, and looks for them.
async fn both_arrive(csv: impl AsRef<[u8]>, args: &[&str]) {
    let home = Home::new();
    let report = home.import(&csv, args).ok();
    assert!(report.contains("2 rows read: 2 users added"), "{report}: {:?}", csv.as_ref());
    let zoe = home.user("Zo\u{eb}").await.unwrap();
    assert_eq!(zoe.email.as_ref().unwrap().as_str(), "zoe@example.com");
    assert_eq!(zoe.groups, ["a", "b"]);
    assert!(home.user("bob").await.unwrap().email.is_none());
}

const CSV: &str = "Username,E-Mail,Groups\nZo\u{eb},zoe@example.com,\"a;b\"\nbob,,\n";

#[tokio::test]
async fn separators_are_told_by_the_header() {
    for separator in [",", ";", "\t", "|"] {
        both_arrive(CSV.replace(',', separator), &[]).await;
    }
    both_arrive(format!("sep=;\r\n{}", CSV.replace(',', ";").replace('\n', "\r\n")), &[]).await;
    both_arrive(format!("\u{feff}sep=\t\n{}", CSV.replace(',', "\t")), &[]).await;
    both_arrive(CSV.replace(',', ":"), &["--delimiter", ":"]).await;
    both_arrive(CSV.replace(',', "\t"), &["--delimiter", "tab"]).await;
}

#[tokio::test]
async fn line_ends_and_headers_are_read_as_people_write_them() {
    for end in ["\r\n", "\r"] {
        both_arrive(CSV.replace('\n', end), &[]).await;
    }
    both_arrive(CSV.replace("Username,E-Mail,Groups", " USER NAME , email,\"groups \""), &[]).await;
    both_arrive(CSV.replace("bob,,", "\" bob \", , "), &[]).await;
    both_arrive(CSV.trim_end(), &[]).await;
}

#[tokio::test]
async fn encodings_are_told_by_a_mark_or_by_name() {
    both_arrive(format!("\u{feff}{CSV}"), &[]).await;
    let marked = format!("\u{feff}{CSV}");
    both_arrive(utf_16(&marked, u16::to_le_bytes), &[]).await;
    both_arrive(utf_16(&marked.replace(',', "\t"), u16::to_be_bytes), &[]).await;
    both_arrive(utf_16(CSV, u16::to_le_bytes), &["--encoding", "utf-16le"]).await;
    let latin_1: Vec<u8> = CSV.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    both_arrive(&latin_1, &["--encoding", "latin1"]).await;
    both_arrive(CSV, &["--encoding", "utf-8"]).await;
}

#[test]
fn a_file_that_is_not_understood_says_why_and_what_to_give() {
    let home = Home::new();
    let refused = |csv: &[u8]| home.import(csv, &[]).refused(1);
    assert!(refused(b"").contains("the file is empty"));
    assert!(refused(b"\n\n").contains("the file is empty"));
    assert!(refused(b"name:mail\nalice:\n").contains("--delimiter ';'"));
    assert!(refused(&utf_16(CSV, u16::to_le_bytes)).contains("--encoding utf-16le"));
    assert!(refused(b"user\xe9name,mail\n").contains("--encoding windows-1252"));
    assert!(refused(b"username,Username \n").contains("`Username` is there twice"));
    assert!(refused(b"username;email;Email\n").contains("`Email` is there twice"));
    let latin_1 = home.import(b"username\nzo\xeb\n", &[]).skipped();
    assert!(latin_1.contains("--encoding windows-1252") && latin_1.contains("line 2"), "{latin_1}");
    for (option, nonsense) in [("--delimiter", "ab"), ("--delimiter", ""), ("--encoding", "klingon")] {
        assert!(home.import(CSV, &[option, nonsense]).refused(2).contains(option));
    }
}

#[test]
fn a_header_alone_is_an_import_of_nobody() {
    let home = Home::new();
    for csv in ["username,email", "username,email\n", "sep=;\nusername;email\n"] {
        assert!(home.import(csv, &[]).ok().contains("0 rows read: 0 users added"), "{csv}");
    }
}

#[tokio::test]
async fn lines_are_counted_as_in_the_file_and_a_nul_is_a_rows_own_fault() {
    let home = Home::new();
    let report =
        home.import("sep=;\nusername;attributes\n\"a\u{0}b\";\nalice;\"{\n}\"\nbad\u{0};\n", &[]).skipped();
    assert!(report.contains("line 3, line 6"), "{report}");
    assert!(home.user("alice").await.is_some());
}
