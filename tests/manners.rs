//! What all offline commands share: colours, quietness and manual pages, as a user meets them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are tests")]

mod offline;

use std::fs;

use offline::{jobflow, run, stderr, stdout};

#[test]
fn colours_are_where_they_are_asked_for() {
    let arguments = ["diff", "examples/jobflow", "examples/sequentialjob"];
    let is_colored = |arguments: &[&str], no_color: bool| {
        let mut command = jobflow(arguments);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        stdout(&command.output().unwrap()).contains('\u{1b}')
    };
    let with = |flag: &'static str| [&arguments[..], &[flag]].concat();
    assert!(!is_colored(&arguments, false), "no terminal, no colours");
    assert!(is_colored(&with("--color=always"), false));
    assert!(
        is_colored(&with("--color=always"), true),
        "a flag wins over the environment"
    );
    assert!(!is_colored(&with("--color=never"), false));
    assert!(!is_colored(&with("--color=auto"), true));
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/man1");
    let output = run(&["man", path.to_str().unwrap(), "-q"]);
    assert_eq!(
        (stdout(&output), stderr(&output), output.status.code()),
        ("", "", Some(0))
    );
    let help = run(&["--help"]);
    let commands = stdout(&help).lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty());
    // What is wrapped is indented further.
    let names = commands
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.len() >= 12, "{names:?}");
    for name in names {
        let page = fs::read_to_string(path.join(format!("jobflow-{name}.1"))).unwrap();
        assert!(
            page.contains("Example") && page.contains(".SH SYNOPSIS"),
            "{name}: {page}"
        );
    }
    assert!(path.join("jobflow.1").exists());
    assert!(!path.join("jobflow-__complete.1").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let output = run(&["man", "Cargo.toml/pages"]);
    assert!(
        stderr(&output).starts_with("error: Cargo.toml/pages cannot be written: "),
        "{}",
        stderr(&output)
    );
    assert_eq!((stderr(&output).lines().count(), output.status.code()), (1, Some(2)));
}
