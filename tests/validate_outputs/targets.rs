//! Where formats go, and which one is chosen where none is.

use std::fs;

use super::{FORMATS, folder, jobflow, stderr, stdout, validate};

#[test]
fn pairs_write_files_and_leave_standard_output_to_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut args = vec!["cases/faults.yaml".to_owned(), "-o".to_owned(), "github".to_owned()];
    for format in FORMATS {
        args.extend(["-o".to_owned(), format!("{format}={}", path(format))]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = validate(&[&args[..], &["--color", "always"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).lines().all(|line| line.starts_with("::")));
    for format in FORMATS {
        let alone = validate(&["cases/faults.yaml", "-o", format, "--color", "never"]);
        assert_eq!(fs::read_to_string(path(format)).unwrap(), stdout(&alone), "{format}");
        assert!(!stdout(&alone).is_empty(), "{format}");
    }
}

#[test]
fn output_file_takes_what_would_go_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("out"), folder.path().join("other"));
    let (path, pair) = (file.to_str().unwrap(), format!("tap={}", other.to_str().unwrap()));
    let output = validate(&["cases/faults.yaml", "-o", "junit", "-o", &pair, "--output-file", path]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), ""));
    assert!(fs::read_to_string(&file).unwrap().starts_with("<?xml"));
    assert!(fs::read_to_string(&other).unwrap().starts_with("TAP version 14"));
    validate(&["cases/faults.yaml", "--output-file", path]);
    assert!(
        fs::read_to_string(&file)
            .unwrap()
            .starts_with("cases/faults.yaml:6:3: error[XX001]")
    );
}

#[test]
fn what_cannot_be_read_is_told_even_where_every_format_has_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let pair = format!("sarif={}", folder.path().join("x").to_str().unwrap());
    let output = validate(&["no/such.yaml", "-o", &pair]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert!(
        stderr(&output).starts_with("error: no/such.yaml: is not there\n"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn two_formats_for_one_place_are_refused() {
    for (args, complaint) in [
        (
            &["-o", "sarif", "-o", "tap=-"][..],
            "error: only one --output may go to standard output",
        ),
        (&["-o", "sarif=x", "-o", "tap=x"], "error: 'x' may be written only once"),
        (
            &["-o", "sarif=x", "--output-file", "y"],
            "error: --output-file has nothing to write",
        ),
        (&["-o", "xml=x"], "error: invalid value 'xml'"),
    ] {
        let output = validate(&[&["cases/good.yaml"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).starts_with(complaint), "{args:?}: {}", stderr(&output));
    }
    assert!(!folder().join("x").exists());
}

#[test]
fn a_file_that_cannot_be_written_is_an_internal_error() {
    let output = validate(&["cases/good.yaml", "-o", "sarif=no/such/folder/x"]);
    assert_eq!(output.status.code(), Some(3));
    let complaint = "error: cannot write 'no/such/folder/x': ";
    assert!(stderr(&output).starts_with(complaint), "{}", stderr(&output));
}

#[test]
fn a_pipe_gets_concise_lines_and_a_job_of_github_gets_commands() {
    let usual = validate(&["cases/faults.yaml"]);
    assert_eq!(
        stdout(&usual),
        stdout(&validate(&["cases/faults.yaml", "-o", "concise"]))
    );
    let command = |value| {
        let mut command = jobflow(&folder(), &["validate", "cases/faults.yaml"]);
        command.env("GITHUB_ACTIONS", value).output().unwrap()
    };
    assert!(stdout(&command("true")).starts_with("::error file="));
    assert_eq!(stdout(&command("false")), stdout(&usual));
}

#[test]
fn paths_begin_at_the_checkout_of_the_pipeline() {
    for variable in ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"] {
        for (format, expected) in [
            ("github", "file=cli/cases/faults.yaml,"),
            ("gitlab", "\"path\": \"cli/cases/faults.yaml\""),
            ("sarif", "\"uri\": \"cli/cases/faults.yaml\""),
        ] {
            let mut command = jobflow(&folder(), &["validate", "cases/faults.yaml", "-o", format]);
            let output = command.env(variable, folder().parent().unwrap()).output().unwrap();
            assert!(
                stdout(&output).contains(expected),
                "{variable} {format}: {}",
                stdout(&output)
            );
        }
    }
}
