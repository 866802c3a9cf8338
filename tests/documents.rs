//! Documents name files that exist: a map of dead folders is worse than none.

use std::fs;
use std::path::Path;

const DOCUMENTS: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "docs/hardening.md",
    "docs/operators/install.md",
    "docs/operators/monitoring.md",
    "docs/operators/security.md",
];

/// How the paths begin that documents name in back-quotes.
const FOLDERS: [&str; 12] = [
    "src/",
    "core/",
    "crds/",
    "webhook/",
    "controller/",
    "certs/",
    "charts/",
    "tests/",
    "examples/",
    "docs/",
    "fuzz/",
    "xtask/",
];

#[test]
fn every_path_that_a_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for document in DOCUMENTS {
        let text = fs::read_to_string(root.join(document)).unwrap();
        for word in text.split(['`', ' ', '\n', '(', ')', ',']) {
            // A place in a file is its path, a line and a column.
            let path = word.split(':').next().unwrap_or_default().trim_end_matches(['.', ';']);
            if FOLDERS.iter().any(|folder| path.starts_with(folder)) {
                assert!(
                    root.join(path).exists(),
                    "{document} names '{path}', which does not exist"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} paths were found");
}

/// Where tests are.
const SOURCES: [&str; 6] = ["src", "core", "webhook", "controller", "certs", "tests"];

#[test]
fn every_test_that_the_tables_of_hardening_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for folder in SOURCES {
        for entry in walkdir::WalkDir::new(root.join(folder)) {
            let path = entry.unwrap().into_path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let text = fs::read_to_string(root.join("docs/hardening.md")).unwrap();
    // Our tests are named as statements, so a name has several underscores and nothing else between its words.
    let is_test =
        |word: &&str| word.matches('_').count() > 2 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let words = text
        .split('`')
        .filter(is_test)
        .filter(|word| !word.starts_with("jobflow_"));
    let mut seen = 0;
    for test in words {
        assert!(
            sources.contains(&format!("fn {test}(")),
            "docs/hardening.md names the test '{test}', which does not exist"
        );
        seen += 1;
    }
    assert!(seen > 60, "only {seen} tests were found");
}
