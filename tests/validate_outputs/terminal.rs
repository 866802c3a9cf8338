//! What only a terminal shows. `script` of util-linux gives the program one.

use std::process::Command;

use super::{VARIABLES, folder};

/// What `command` shows on a terminal of 60 columns, where `jobflow` is the program.
fn shown(command: &str) -> String {
    let program = env!("CARGO_BIN_EXE_jobflow");
    let line = format!("stty rows 40 cols 60; jobflow() {{ '{program}' \"$@\"; }}; {command}");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    for name in VARIABLES {
        script.env_remove(name);
    }
    let output = script
        .env("TERM", "xterm-256color")
        .env("SHELL", "/bin/sh")
        .current_dir(folder())
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

#[test]
fn a_terminal_gets_the_full_text_in_colour_and_in_its_width() {
    let text = shown("jobflow validate cases/letter.yaml cases/faults.yaml");
    assert!(
        text.contains("\u{1b}[1m\u{1b}[91merror[XX001]") || text.contains("\u{1b}[91m"),
        "{text}"
    );
    assert!(text.contains("--> "), "{text}");
    let wide = shown("stty rows 40 cols 200; jobflow validate cases/one-line.json --color never");
    let narrow = shown("jobflow validate cases/one-line.json --color never");
    let longest = |text: &str| {
        text.lines()
            .filter(|line| line.contains(" | "))
            .map(|line| line.trim_end().len())
            .max()
    };
    assert!(longest(&narrow).unwrap() <= 64, "{narrow}");
    assert!(longest(&wide).unwrap() > 64, "{wide}");
}

#[test]
fn colour_can_be_refused() {
    for command in [
        "jobflow validate cases/faults.yaml --color never",
        "jobflow --color never validate cases/faults.yaml",
        "export NO_COLOR=1; jobflow validate cases/faults.yaml",
    ] {
        let text = shown(command);
        assert!(
            !text.contains('\u{1b}') && text.contains("error[XX001]"),
            "{command}: {text}"
        );
    }
}

#[test]
fn a_bar_shows_only_where_it_takes_long() {
    let slow = "(sleep 0.8; cat cases/good.yaml) | jobflow validate -";
    let text = shown(slow);
    assert!(text.contains("checking 1 file"), "{text}");
    assert!(!shown("jobflow validate cases/good.yaml").contains("checking"));
    assert!(!shown(&format!("{slow} --quiet")).contains("checking"));
    assert!(!shown(&format!("{slow} 2>&1 | cat")).contains("checking"));
}
