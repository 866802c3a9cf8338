//! Blocks of commands: what needs no cluster is run, and what it prints is compared; the rest is checked.

use std::fs;

use crate::assert_none;
use crate::cluster;
use crate::markdown::{Block, documents, root};
use crate::program::{shell, shown};

/// The mark of a block whose commands need a cluster, or take long.
const CLUSTER: &str = "cluster";

/// Pages that are all about clusters, and mark nothing.
const UNMARKED: [&str; 2] = ["docs/operators/", "docs/kubectl-jobflow.md"];

/// Programs that may stand beside ours in a command that is run.
const BESIDE: [&str; 9] = ["cat", "echo", "grep", "head", "jobflow", "sed", "sort", "tail", "wc"];

/// A command, and the output that is shown below it.
pub struct Shown {
    pub command: String,
    pub output: Vec<String>,
}

/// The commands of a block.
pub fn commands(block: &Block) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    let mut is_continued = false;
    for line in &block.lines {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) if !is_continued => commands.push(Shown {
                command: command.to_owned(),
                output: Vec::new(),
            }),
            (_, Some(last)) if is_continued => last.command = format!("{}\n{line}", last.command),
            (_, Some(last)) => last.output.push(line.clone()),
            (_, None) => {}
        }
        is_continued = line.ends_with('\\');
    }
    commands
}

#[test]
fn what_needs_no_cluster_prints_what_is_shown() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut faults = Vec::new();
    let mut seen = 0;
    for document in documents() {
        let mut lines: Vec<String> = document.text.lines().map(str::to_owned).collect();
        // From the end, so that the numbers of lines before it stay.
        for block in document.blocks().iter().rev().filter(|block| is_run(block)) {
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

#[test]
fn what_needs_a_cluster_is_marked_and_names_what_exists() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for document in documents() {
        for block in document
            .blocks()
            .iter()
            .filter(|block| block.is("console") && !is_run(block))
        {
            let is_marked = block.marks() == [CLUSTER] || UNMARKED.iter().any(|page| document.path.starts_with(page));
            if !is_marked {
                faults.push(format!("{}: must be marked `console {CLUSTER}`", document.place(block)));
            }
            for shown in commands(block) {
                seen += 1;
                let found = cluster::faults(&shown);
                faults.extend(found.iter().map(|fault| format!("{}: {fault}", document.place(block))));
            }
        }
    }
    assert!(seen > 40, "only {seen} commands were found");
    assert_none(&faults);
}

/// Whether all commands are of `jobflow` and of what stands beside it, and the block is not marked.
fn is_run(block: &Block) -> bool {
    let commands = commands(block);
    block.is("console") && block.marks().is_empty() && !commands.is_empty() && commands.iter().all(is_ours)
}

fn is_ours(shown: &Shown) -> bool {
    let stages: Vec<&str> = shown.command.split(['|', ';']).filter_map(program).collect();
    stages.contains(&"jobflow") && stages.iter().all(|program| BESIDE.contains(program))
}

/// The program of a stage, behind variables that are set for it.
fn program(stage: &str) -> Option<&str> {
    stage.split_whitespace().find(|word| !word.contains('='))
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
