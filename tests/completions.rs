//! Completion in real shells and in kubectl, and manual pages, set up as the page about them says.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod offline;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use documented::{Completer, Page, Shell};
use offline::{run, stdout};

const TEST: &str = "tests/completions.rs::what_the_page_shows_is_saved_where_shells_and_man_find_it";

/// A shell with all that the page does.
fn set_up() -> Shell {
    let shell = Shell::new();
    shell.program("jobflow", Path::new(env!("CARGO_BIN_EXE_jobflow")));
    let mut page = Page::open("docs/completions.md", TEST, &shell);
    for beginning in [
        "source",
        "mkdir",
        "jobflow completions zsh",
        "mkdir",
        "jobflow completions fish",
        "jobflow man",
    ] {
        page.play(beginning);
    }
    if Command::new("man").arg("--version").output().is_ok() {
        page.play("man");
    } else {
        page.leave_out("man", "the manual pages by `man`: on Debian, `apt-get install man-db`");
    }
    drop(page);
    shell
}

#[test]
fn what_the_page_shows_is_saved_where_shells_and_man_find_it() {
    let shell = set_up();
    let home = |path: &str| fs::read_to_string(shell.home().join(path)).unwrap();
    assert!(home(".zfunc/_jobflow").starts_with("#compdef jobflow\n"));
    assert!(home(".config/fish/completions/jobflow.fish").starts_with("complete "));
    assert!(home(".local/share/man/man1/jobflow.1").contains(".SH SYNOPSIS"));
}

#[test]
fn every_shell_has_a_script_that_asks_the_program() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell]);
        assert!(
            stdout(&output).contains("JOBFLOW_COMPLETE"),
            "{shell}: {}",
            stdout(&output)
        );
        assert_eq!(output.status.code(), Some(0));
    }
}

/// Subcommands, values of flags, and values.
fn assert_completed_by(completer: Completer) {
    if !completer.is_here() {
        return;
    }
    let shell = set_up();
    for (line, wanted) in [
        ("jobflow ren", "render"),
        ("jobflow graph -o me", "mermaid"),
        ("jobflow completions z", "zsh"),
        ("jobflow validate --templ", "--templates"),
    ] {
        assert_eq!(completer.candidates(&shell, line), [wanted], "{line}");
    }
}

#[test]
fn bash_completes_subcommands_flags_and_values() {
    assert_completed_by(Completer::Bash);
}

#[test]
fn zsh_completes_subcommands_flags_and_values() {
    assert_completed_by(Completer::Zsh);
}

#[test]
fn fish_completes_subcommands_flags_and_values() {
    assert_completed_by(Completer::Fish);
}

#[test]
fn kubectl_is_answered_in_its_protocol() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("kubectl_complete-jobflow");
    fs::write(&script, run(&["completions", "kubectl"]).stdout).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    // The plugin is the program under another name.
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_jobflow"), folder.path().join("kubectl-jobflow")).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new(&script)
        .args(["graph", "-o", ""])
        .env("PATH", path)
        .output()
        .unwrap();
    let answer = stdout(&output);
    assert!(answer.starts_with("ascii\tA drawing"), "{answer}");
    assert!(answer.contains("\nsvg\t") && answer.ends_with("\n:4\n"), "{answer}");
}
