//! Documents are true: their commands print what they show, their manifests are judged as they say, and what they name exists.
//!
//! `UPDATE_EXPECT=1` rewrites the output of the commands that need no cluster.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

mod cluster;
mod console;
mod manifests;
mod program;

use std::collections::BTreeSet;
use std::fs;

use documented::{Document, documents, root};
use jobflow_core::rules;

/// How the paths begin that documents name.
const FOLDERS: [&str; 13] = [
    ".ci/",
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

/// Where tests are.
const SOURCES: [&str; 6] = ["src", "core", "webhook", "controller", "certs", "tests"];

/// Tells of ids that are gone.
const HISTORY: &str = "CHANGELOG.md";

/// Fails with all of `faults` at once.
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for document in documents() {
        for word in document.text.split(['`', ' ', '\n', '(', ')', ',', '|', '"']) {
            // A place in a file is its path, a line and a column; a test is its file and its name.
            let path = word.split(':').next().unwrap_or_default().trim_end_matches(['.', ';']);
            let is_pattern = path.contains(['<', '*', '{']);
            if is_pattern || !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            seen += 1;
            let beside = document.folder().join(path);
            if !root().join(path).exists() && !beside.exists() {
                faults.push(format!("{} names '{path}', which does not exist", document.path));
            }
        }
    }
    assert!(seen > 150, "only {seen} paths were found");
    assert_none(&faults);
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let mut faults = Vec::new();
    let mut seen = 0;
    for document in &documents {
        for link in document.links().filter(|link| !link.contains("://")) {
            seen += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let target = match path {
                "" => root().join(&document.path),
                path => document.folder().join(path),
            };
            let has_anchor = || Document::read(&target).anchors().contains(anchor);
            if !target.exists() {
                faults.push(format!("{} links to '{link}', which does not exist", document.path));
            } else if !anchor.is_empty() && !has_anchor() {
                faults.push(format!(
                    "{} links to '{link}', which has no such heading",
                    document.path
                ));
            }
        }
    }
    assert!(seen > 300, "only {seen} links were found");
    assert_none(&faults);
}

#[test]
fn every_rule_that_a_document_names_exists() {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for document in documents().iter().filter(|document| document.path != HISTORY) {
        let words = document.text.split(|c: char| !c.is_ascii_alphanumeric());
        for id in words.filter(|word| is_rule_id(word)) {
            seen.insert(id.to_owned());
            if rules::by_id(id).is_none() {
                faults.push(format!("{} names the rule '{id}', which does not exist", document.path));
            }
        }
    }
    assert!(seen.len() >= rules::ALL.len(), "only {} rules are named", seen.len());
    assert_none(&faults);
}

fn is_rule_id(word: &str) -> bool {
    let kinds = ["JF", "JT", "DJ", "MJ", "SJ", "XX"];
    word.len() == 5 && kinds.iter().any(|kind| word.starts_with(kind)) && word[2..].bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn every_test_that_a_document_names_by_its_file_exists() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for document in documents() {
        for word in document.text.split(['`', ' ', '\n', '(', ')', ',', '|']) {
            let Some((path, test)) = word.split_once(".rs::") else {
                continue;
            };
            seen += 1;
            let source = fs::read_to_string(root().join(format!("{path}.rs"))).unwrap_or_default();
            if !source.contains(&format!("fn {test}(")) {
                faults.push(format!(
                    "{} names the test '{word}', which does not exist",
                    document.path
                ));
            }
        }
    }
    assert!(seen > 30, "only {seen} tests were found");
    assert_none(&faults);
}

#[test]
fn every_test_that_the_tables_of_hardening_name_exists() {
    let mut sources = String::new();
    for folder in SOURCES {
        for entry in walkdir::WalkDir::new(root().join(folder)) {
            let path = entry.unwrap().into_path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let text = fs::read_to_string(root().join("docs/hardening.md")).unwrap();
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
