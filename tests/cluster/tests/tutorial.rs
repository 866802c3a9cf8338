//! The tutorial, done as it stands there: each command of kubectl, and what it prints.

#![expect(
    clippy::unwrap_used,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::path::PathBuf;

use test_cluster::{Cluster, Namespace, OperatorOptions};

/// What opens a block whose commands need a cluster.
const FENCE: &str = "```console cluster";

/// A command of the tutorial, and what is shown below it.
struct Shown {
    arguments: Vec<String>,
    output: Vec<String>,
}

fn checkout() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The commands of kubectl in the tutorial, in its order.
fn commands() -> Vec<Shown> {
    let text = std::fs::read_to_string(checkout().join("docs/tutorial.md")).unwrap();
    let mut commands: Vec<Shown> = Vec::new();
    let mut is_open = false;
    let mut is_kubectl = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_open = line == FENCE;
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| is_open) {
            is_kubectl = command.starts_with("kubectl ");
            if is_kubectl {
                let arguments = command.split(' ').skip(1).map(here).collect();
                commands.push(Shown {
                    arguments,
                    output: Vec::new(),
                });
            }
        } else if let Some(last) = commands.last_mut().filter(|_| is_open && is_kubectl) {
            last.output.push(line.to_owned());
        }
    }
    commands
}

/// The tutorial is done in the checkout, and tests are not.
fn here(argument: &str) -> String {
    if argument.starts_with("examples/") {
        checkout().join(argument).display().to_string()
    } else {
        argument.to_owned()
    }
}

/// A line without what differs from run to run: ages, the widths of columns, and the namespace.
fn normal(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let is_age = word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(['s', 'm']);
        if is_age { "#s" } else { word }
    });
    let line = words.collect::<Vec<_>>().join(" ");
    // Newer versions of kubectl say where they have deleted something.
    line.split(" deleted from ")
        .next()
        .filter(|_| line.contains(" deleted from "))
        .map_or(line.clone(), |name| format!("{name} deleted"))
}

/// Runs a command as the tutorial does, and says what it prints.
fn printed(namespace: &Namespace, shown: &Shown) -> Vec<String> {
    let arguments: Vec<&str> = shown.arguments.iter().map(String::as_str).collect();
    let output = namespace.kubectl().run(&arguments).unwrap();
    let text = output.stdout + &output.stderr;
    lines(text.lines(), &shown.arguments)
}

/// Events of one second are shown in any order.
fn lines<'a>(lines: impl Iterator<Item = &'a str>, arguments: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = lines.map(normal).collect();
    if arguments.first().is_some_and(|verb| verb == "events") {
        lines.sort();
    }
    lines
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_tutorial_prints_what_it_shows() {
    let cluster = Cluster::shared().unwrap();
    let _operator = cluster
        .start_operator(&OperatorOptions::from_environment().unwrap())
        .unwrap();
    let namespace = cluster.namespace("tutorial").unwrap();
    let commands = commands();
    assert!(commands.len() > 12, "only {} commands were found", commands.len());
    for shown in &commands {
        assert_eq!(
            printed(&namespace, shown),
            lines(shown.output.iter().map(String::as_str), &shown.arguments),
            "kubectl {}",
            shown.arguments.join(" ")
        );
    }
}
