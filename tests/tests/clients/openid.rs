//! The table of the OpenID Foundation's modules (`tests/openid/README.md`): nothing that was given is missing, and what is named is there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a row may come to; all but the first need a reason, and the first two a scenario.
const RESULTS: [&str; 5] = ["holds", "partly", "differs", "not here", "not checked"];

/// A row: the module, the scenarios, the result.
type Row = (String, Vec<String>, String);

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the table under each heading.
fn table() -> BTreeMap<String, Vec<Row>> {
    let mut sections: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut plan = None;
    for line in read(&package().join("openid/README.md")).lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            plan = Some(heading.to_owned());
        }
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        if let (Some(plan), [_, module, _, scenarios, result, _]) = (&plan, cells.as_slice())
            && !["module", "---"].contains(module)
        {
            let scenarios = scenarios.split(", ").filter(|name| !name.is_empty());
            let scenarios = scenarios.map(|name| name.trim_matches('`').to_owned()).collect();
            let row = ((*module).to_owned(), scenarios, (*result).to_owned());
            sections.entry(plan.clone()).or_default().push(row);
        }
    }
    sections
}

/// The file in which a scenario of this name would be, and its function.
fn place(scenario: &str) -> (PathBuf, &str) {
    let parts: Vec<_> = scenario.split("::").collect();
    let (function, path) = parts.split_last().unwrap();
    let folder = match path[0] {
        "auth_core" => package().join("../auth-core/src"),
        program => package().join("tests").join(program),
    };
    (folder.join(path[1..].join("/")).with_extension("rs"), function)
}

#[test]
fn every_module_that_was_given_has_its_row() {
    let given: BTreeMap<String, Vec<String>> =
        serde_json::from_str(&read(&package().join("openid/modules.json"))).unwrap();
    let names = |rows: Vec<Row>| rows.into_iter().map(|(module, ..)| module).collect();
    let held: BTreeMap<String, Vec<String>> =
        table().into_iter().map(|(plan, rows)| (plan, names(rows))).collect();
    assert_eq!(held, given);
}

#[test]
fn what_holds_is_shown_and_what_does_not_says_why() {
    for (module, scenarios, result) in table().into_values().flatten() {
        let (word, reason) = result.split_once(": ").unwrap_or((&result, ""));
        assert!(RESULTS.contains(&word), "{module}: {result}");
        assert_eq!(word == "holds", reason.is_empty(), "{module}: {result}");
        assert!(!["holds", "partly"].contains(&word) || !scenarios.is_empty(), "{module}: {result}");
        assert!(!["not here", "not checked"].contains(&word) || scenarios.is_empty(), "{module}: {result}");
        for scenario in scenarios {
            let (file, function) = place(&scenario);
            assert!(read(&file).contains(&format!("fn {function}(")), "{module}: there is no {scenario}");
        }
    }
}

/// The specifications in the guide: each row is shown by topics that are there, or says that it is not yet.
#[test]
fn each_specification_of_the_guide_is_shown_or_not_there_yet() {
    let guide = read(&package().join("../examples/guides/be_a_provider.md"));
    let (_, table) = guide.split_once("| specification |").unwrap();
    let rows: Vec<_> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 10, "{rows:#?}");
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, specification, what, topics, _] = cells.as_slice() else { panic!("not three cells: {row}") };
        assert_eq!(topics.is_empty(), what.starts_with("not yet"), "{specification}");
        for topic in topics.split(", ").filter(|topic| !topic.is_empty()) {
            let file = package().join("tests/conformance").join(topic.trim_matches('`')).with_extension("rs");
            assert!(file.is_file(), "{specification}: there is no {topic}");
        }
    }
}
