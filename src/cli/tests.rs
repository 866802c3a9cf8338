//! The manners of the command line: every subcommand has a help that a new user can read, with examples that work.

use clap::{Command, CommandFactory, Parser};

use super::Cli;

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
}

/// Every subcommand that users see, with its path.
fn commands() -> Vec<(String, Command)> {
    let mut root = Cli::command();
    root.build();
    let mut found = vec![("jobflow".to_owned(), root.clone())];
    let mut open = vec![("jobflow".to_owned(), root)];
    while let Some((path, command)) = open.pop() {
        let visible = command
            .get_subcommands()
            .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
        for sub in visible {
            let path = format!("{path} {}", sub.get_name());
            found.push((path.clone(), sub.clone()));
            open.push((path, sub.clone()));
        }
    }
    found
}

/// What a shell would run of an example: each part of a pipeline that is ours, without what it redirects.
fn command_lines(example: &str) -> Vec<Vec<String>> {
    let parts = example.split(['|', '&', ';', '(', ')']);
    let ours = parts.filter_map(|part| {
        let words: Vec<String> = part.split_whitespace().map(str::to_owned).collect();
        let end = words
            .iter()
            .position(|word| word.starts_with('>'))
            .unwrap_or(words.len());
        let start = words.iter().position(|word| word == "jobflow")?;
        // `kubectl get jobflow nightly` names our kind, not us.
        (start == 0 || words[start - 1] == "source").then(|| words[start..end].to_vec())
    });
    ours.collect()
}

#[test]
fn every_help_has_examples_and_every_example_parses() {
    let commands = commands();
    assert!(commands.len() >= 12, "only {} commands", commands.len());
    for (path, command) in commands {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines: Vec<&str> = after.lines().skip(1).filter(|line| !line.trim().is_empty()).collect();
        assert!(after.starts_with("Example"), "{path} has no examples");
        // A command that takes a name and little else has one way to be called.
        let least = if path.ends_with(" suspend") || path.ends_with(" resume") {
            1
        } else {
            2
        };
        assert!(
            (least..=5).contains(&lines.len()),
            "{path} has {} examples",
            lines.len()
        );
        for line in lines {
            let ours = command_lines(line);
            assert!(!ours.is_empty(), "{path}: the example '{line}' does not run jobflow");
            for words in ours {
                if let Err(error) = Cli::try_parse_from(&words) {
                    panic!("{path}: the example '{line}' does not parse: {error}");
                }
            }
        }
    }
}

#[test]
fn every_command_argument_and_value_is_described_in_short() {
    for (path, command) in commands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(
            !about.is_empty() && about.len() <= 120 && !about.contains('\n'),
            "{path}: '{about}'"
        );
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty(), "{path}: {} has no help", argument.get_id());
        }
    }
}

#[test]
fn the_files_that_examples_name_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for (path, command) in commands() {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for word in after.split_whitespace().filter(|word| word.starts_with("examples/")) {
            assert!(root.join(word).exists(), "{path} names {word}");
            seen += 1;
        }
    }
    assert!(seen >= 5, "only {seen} files");
}

#[test]
fn global_flags_stand_before_and_behind_the_subcommand() {
    for words in [
        ["jobflow", "-q", "rules"],
        ["jobflow", "rules", "-q"],
        ["jobflow", "rules", "--color=never"],
        ["jobflow", "-v", "crds"],
    ] {
        assert!(Cli::try_parse_from(words).is_ok(), "{words:?}");
    }
    assert!(Cli::try_parse_from(["jobflow", "-q", "-v", "rules"]).is_err());
}
