//! Blocks of commands: what needs no cluster is run, and what it prints is compared. Of the rest, programs, verbs and flags are
//! checked, and that a test runs it, unless a reason is given.

use std::fs;
use std::path::Path;

use documented::{Block, NOT_RUN, PLAYED, Runner, Shown, commands, documents, is_offline, is_shown, root, runner};

use crate::assert_none;
use crate::cluster;
use crate::program::{shell, shown};

/// The mark of a session whose commands need a cluster, or take long.
const CLUSTER: &str = "cluster";

#[test]
fn what_needs_no_cluster_prints_what_is_shown() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut faults = Vec::new();
    let mut seen = 0;
    for document in documents() {
        let mut lines: Vec<String> = document.text.lines().map(str::to_owned).collect();
        // From the end, so that the numbers of lines before it stay.
        for block in document.blocks().iter().rev().filter(|block| is_offline(block)) {
            seen += 1;
            let now = run(block);
            if now == block.lines {
                continue;
            }
            let indent = " ".repeat(block.indent);
            let indented = now.iter().map(|line| format!("{indent}{line}").trim_end().to_owned());
            lines.splice(block.first..block.first + block.lines.len(), indented);
            if !update {
                faults.push(format!("{}: it prints now:\n{}", document.place(block), now.join("\n")));
            }
        }
        if update {
            fs::write(root().join(&document.path), lines.join("\n") + "\n").unwrap();
        }
    }
    assert!(seen >= 10, "only {seen} blocks were found");
    faults.extend((!faults.is_empty()).then(|| "UPDATE_EXPECT=1 writes it".to_owned()));
    assert_none(&faults);
}

/// The blocks of commands that need more than our program, each with its document and place.
fn others() -> Vec<(String, String, Block)> {
    let mut found = Vec::new();
    for document in documents() {
        for block in document.blocks() {
            if is_shown(&block) && !is_offline(&block) {
                found.push((document.path.clone(), document.place(&block), block));
            }
        }
    }
    found
}

#[test]
fn what_needs_a_cluster_is_marked_and_names_what_exists() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for (_, place, block) in others() {
        if block.is("console") && block.marks() != [CLUSTER] {
            faults.push(format!("{place}: must be marked `console {CLUSTER}`"));
        }
        for shown in commands(&block) {
            seen += 1;
            let found = cluster::faults(&shown);
            faults.extend(found.iter().map(|fault| format!("{place}: {fault}")));
        }
    }
    assert!(seen > 70, "only {seen} commands were found");
    assert_none(&faults);
}

#[test]
fn every_command_is_run_by_a_test_or_has_a_reason() {
    let mut faults = Vec::new();
    for (document, place, block) in others() {
        for shown in commands(&block) {
            if runner(&document, &shown).is_none() {
                faults.push(format!(
                    "{place}: nobody runs `{}`: name a test in tests/documented/src/runners.rs",
                    shown.command
                ));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn no_runner_and_no_reason_is_left_over() {
    let found: Vec<(String, Shown)> = others()
        .iter()
        .flat_map(|(document, _, block)| commands(block).into_iter().map(|shown| (document.clone(), shown)))
        .collect();
    let mut faults = Vec::new();
    for entry in &NOT_RUN {
        let is_there = |(document, shown): &(String, Shown)| {
            document == entry.document && shown.command.starts_with(entry.command)
        };
        if !found.iter().any(is_there) {
            faults.push(format!("{} has no `{}` any more", entry.document, entry.command));
        }
        if entry.reason.split(' ').count() < 4 {
            faults.push(format!("{}: `{}` has no reason", entry.document, entry.command));
        }
    }
    for entry in &PLAYED {
        let is_run = |(document, shown): &(String, Shown)| {
            document == entry.document && runner(document, shown) == Some(Runner::Test(entry.test))
        };
        if !found.iter().any(is_run) {
            faults.push(format!("{} has nothing for {}", entry.document, entry.test));
        }
        faults.extend(not_opened(entry.document, entry.test));
    }
    assert_none(&faults);
}

/// That a test exists and opens the document: with that it must run all that is its own.
fn not_opened(document: &str, test: &str) -> Option<String> {
    let (path, name) = test.split_once("::").unwrap_or((test, ""));
    let file = root().join(path);
    let text = fs::read_to_string(&file).unwrap_or_default();
    if !text.contains(&format!("fn {name}(")) {
        return Some(format!("there is no test {test}"));
    }
    // A folder's `main.rs` may leave it to the files beside it.
    let folder = file
        .parent()
        .filter(|_| file.ends_with("main.rs"))
        .unwrap_or(Path::new(""));
    let beside = fs::read_dir(folder).into_iter().flatten().flatten();
    let texts = beside.filter_map(|entry| fs::read_to_string(entry.path()).ok());
    let is_opened = texts
        .chain([text])
        .any(|text| text.contains(&format!("\"{document}\"")));
    (!is_opened).then(|| format!("{test} does not open {document}"))
}

/// The block as it is now.
fn run(block: &Block) -> Vec<String> {
    let mut lines = Vec::new();
    for Shown { command, .. } in commands(block) {
        lines.extend(format!("$ {command}").lines().map(str::to_owned));
        lines.extend(shown(&shell(&command)));
    }
    lines
}
