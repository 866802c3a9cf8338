//! What `jobflow validate` and `jobflow normalize` take, leave out, mend and refuse, as a user calls them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const FLOW: &str = "\
apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: demo}
spec:
  flows:
    - {name: a, jobTemplateRef: build}
    - {name: b, jobTemplateRef: build, dependencies: [a, a]}
";

const TEMPLATE: &str = "\
apiVersion: api.practice.com/v1alpha1
kind: JobTemplate
metadata: {name: build}
spec: {jobTemplate: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}}}}
";

const OTHER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";

/// What a run printed, and how it ended.
struct Ended {
    out: String,
    err: String,
    code: i32,
}

impl Ended {
    /// The findings as `file:line rule`.
    fn findings(&self) -> Vec<String> {
        let printed: Value = serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err));
        let findings = printed["findings"].as_array().unwrap().iter();
        let shown = |it: &Value| {
            format!(
                "{}:{} {}",
                it["file"].as_str().unwrap(),
                it["line"],
                it["rule"].as_str().unwrap()
            )
        };
        findings.map(shown).collect()
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Runs `jobflow` in `folder` with `input` on standard input.
fn run(folder: &Path, args: &str, input: &str) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jobflow"))
        .args(args.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that reads no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

fn validate(folder: &TempDir, args: &str) -> Ended {
    run(folder.path(), &format!("validate -o json {args}"), "")
}

#[test]
fn patterns_and_excludes_choose_files() {
    let folder = folder(&[
        ("a/f.yaml", FLOW),
        ("b/f.yaml", FLOW),
        ("b/charts/f.yaml", "{{ no YAML"),
    ]);
    assert_eq!(
        validate(&folder, "a b --exclude charts").findings(),
        ["a/f.yaml:7 JF204", "b/f.yaml:7 JF204"]
    );
    assert_eq!(
        validate(&folder, "*/f.yaml --exclude a/**").findings(),
        ["b/f.yaml:7 JF204"]
    );
    let none = validate(&folder, "x/*.yaml");
    assert_eq!(
        (none.code, none.out.contains("matches no file")),
        (2, true),
        "{}",
        none.err
    );
    assert_eq!(validate(&folder, "a --exclude [").code, 2);
}

#[test]
fn standard_input_has_the_name_that_is_given() {
    let folder = folder(&[]);
    let ended = run(folder.path(), "validate -o json --stdin-filename deploy/f.yaml", FLOW);
    assert_eq!(ended.findings(), ["deploy/f.yaml:7 JF204"]);
}

#[test]
fn nothing_to_check_is_said_and_can_be_a_failure() {
    let folder = folder(&[("c.yaml", OTHER)]);
    let ended = validate(&folder, "c.yaml");
    assert_eq!(
        (ended.code, ended.err.starts_with("0 resources found")),
        (0, true),
        "{}",
        ended.err
    );
    assert_eq!(validate(&folder, "c.yaml --require-match").code, 2);
    assert_eq!(validate(&folder, "c.yaml --require-match=false").code, 0);
}

#[test]
fn kinds_are_passed_over_chosen_or_refused() {
    let folder = folder(&[("f.yaml", FLOW), ("c.yaml", OTHER)]);
    assert!(
        validate(&folder, ".")
            .err
            .contains("Valid: 1, Denied: 0, Passed over: 1,")
    );
    let others = validate(&folder, ". --kinds DaemonJob,managedjob");
    assert_eq!(
        (
            others.findings().len(),
            others.err.contains("Valid: 0, Denied: 0, Passed over: 2,")
        ),
        (0, true)
    );
    assert_eq!(validate(&folder, ". --kinds Job").code, 2);
    let strict = validate(&folder, ". --fail-on-unknown-kind");
    assert_eq!(
        (strict.code, strict.findings()),
        (1, vec!["./c.yaml:2 XX006".to_owned(), "./f.yaml:7 JF204".to_owned()])
    );
}

#[test]
fn templates_in_the_input_or_beside_it_resolve_references() {
    let folder = folder(&[("f.yaml", FLOW), ("shared/t.yaml", TEMPLATE), ("empty/c.yaml", OTHER)]);
    let lost = ["f.yaml:6 JF303", "f.yaml:7 JF303", "f.yaml:7 JF204"];
    assert_eq!(validate(&folder, "f.yaml").findings(), ["f.yaml:7 JF204"]);
    assert_eq!(validate(&folder, "f.yaml --templates empty").findings(), lost);
    assert_eq!(
        validate(&folder, "f.yaml --templates empty --ignore-missing-refs").findings(),
        ["f.yaml:7 JF204"]
    );
    assert_eq!(
        validate(&folder, "f.yaml shared --templates empty").findings(),
        ["f.yaml:7 JF204"]
    );
    let beside = validate(&folder, "f.yaml --templates shared");
    assert_eq!(beside.findings(), ["f.yaml:7 JF204"]);
    assert!(
        beside
            .err
            .starts_with("Summary: 1 resource found in 1 file - Valid: 1,"),
        "{}",
        beside.err
    );
    assert_eq!(validate(&folder, "f.yaml --templates nowhere").code, 2);
}

#[test]
fn severity_decides_how_it_ends() {
    let unknown = FLOW.replace("spec:", "spec:\n  colour: red").replace("[a, a]", "[a]");
    let folder = folder(&[("w.yaml", FLOW), ("u.yaml", &unknown)]);
    let code = |args: &str| validate(&folder, args).code;
    assert_eq!(
        (code("w.yaml"), code("w.yaml --fail-on warning"), code("u.yaml")),
        (0, 1, 1)
    );
    assert_eq!(
        (
            code("u.yaml --fail-on never"),
            code("u.yaml --lenient"),
            code("u.yaml nowhere --fail-on never")
        ),
        (0, 0, 2)
    );
    let lenient = validate(&folder, "u.yaml --lenient");
    assert_eq!(lenient.findings(), ["u.yaml:5 XX001"]);
    assert!(lenient.out.contains("\"severity\": \"warn\""), "{}", lenient.out);
}

#[test]
fn findings_beyond_a_number_count_but_are_not_shown() {
    let unknown = FLOW.replace("spec:", "spec:\n  colour: red");
    let folder = folder(&[("a.yaml", FLOW), ("b.yaml", &unknown)]);
    let ended = validate(&folder, "a.yaml b.yaml --max-findings 1");
    assert_eq!((ended.findings(), ended.code), (vec!["a.yaml:7 JF204".to_owned()], 1));
    assert!(
        ended
            .err
            .starts_with("2 more findings are not shown (--max-findings): 1 denied, 1 warned\n"),
        "{}",
        ended.err
    );
    assert!(
        ended
            .err
            .ends_with("Valid: 1, Denied: 1, Passed over: 0, Unreadable: 0 (1 error, 2 warnings)\n"),
        "{}",
        ended.err
    );
}

#[test]
fn the_nearest_configuration_file_counts_and_flags_win() {
    let config = "fail-on: warning\nexclude: [skipped]\ntemplates: [shared]\n";
    let folder = folder(&[
        (".jobflow.yaml", config),
        ("sub/deep/f.yaml", FLOW),
        ("sub/deep/skipped/f.yaml", FLOW),
        ("shared/t.yaml", TEMPLATE),
    ]);
    let deep = folder.path().join("sub/deep");
    let ended = run(&deep, "validate -o json .", "");
    assert_eq!((ended.findings(), ended.code), (vec!["./f.yaml:7 JF204".to_owned()], 1));
    assert_eq!(run(&deep, "validate . --fail-on error", "").code, 0);
    assert_eq!(run(&deep, "validate . --no-config", "").code, 0);
    fs::write(deep.join(".jobflow.yaml"), "\nfailon: never\n").unwrap();
    let refused = run(&deep, "validate .", "");
    assert_eq!(refused.code, 2);
    assert_eq!(
        refused.err,
        "error: .jobflow.yaml:2:1: 'failon' is no entry of .jobflow.yaml: did you mean 'fail-on'?\n"
    );
    assert_eq!(run(&deep, "validate . --config ../../.jobflow.yaml", "").code, 1);
    assert_eq!(run(&deep, "validate . --config nowhere", "").code, 2);
}

#[test]
fn the_template_of_a_chart_is_shown() {
    let folder = folder(&[]);
    let rendered = format!("---\n# Source: chart/templates/flow.yaml\n{FLOW}");
    let ended = run(folder.path(), "validate -o full", &rendered);
    assert!(
        ended.out.contains("= note: rendered from chart/templates/flow.yaml"),
        "{}",
        ended.out
    );
}

#[test]
fn fixes_are_written_and_what_is_fixed_validates() {
    let faulty = FLOW.replace("jobTemplateRef: build, dep", "jobTemplateReff: build, dep");
    let folder = folder(&[("f.yaml", &faulty), ("good.yaml", TEMPLATE)]);
    let path = folder.path().join("f.yaml");
    let shown = run(folder.path(), "validate . --diff", "");
    assert_eq!(shown.code, 1);
    assert!(
        shown.out.starts_with("--- a/./f.yaml\n+++ b/./f.yaml\n@@ "),
        "{}",
        shown.out
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), faulty, "a diff changes nothing");
    let fixed = run(folder.path(), "validate . --fix", "");
    assert_eq!((fixed.code, fixed.out.as_str()), (0, ""), "{}", fixed.err);
    assert!(fixed.err.ends_with("2 mended in 1 files\n"), "{}", fixed.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), FLOW.replace("[a, a]", "[a]"));
    assert_eq!(run(folder.path(), "validate . --fail-on warning", "").code, 0);
    let piped = run(folder.path(), "validate --fix", &faulty);
    assert_eq!(
        (piped.code, piped.err.contains("use --diff")),
        (2, true),
        "{}",
        piped.err
    );
    assert!(
        run(folder.path(), "validate --diff", &faulty)
            .out
            .contains("+    - {name: b, jobTemplateRef: build, dependencies: [a]}")
    );
}

#[test]
fn normalize_shows_what_would_be_stored() {
    let folder = folder(&[("t.yaml", &TEMPLATE.replace("Never", "OnFailure")), ("f.yaml", FLOW)]);
    let ended = run(folder.path(), "normalize t.yaml -o patch", "");
    assert_eq!(
        (ended.code, ended.out.contains("\"value\":\"Never\"")),
        (0, true),
        "{}",
        ended.out
    );
    assert!(
        ended
            .err
            .starts_with("warning: t.yaml: spec.jobTemplate.template.spec.restartPolicy: "),
        "{}",
        ended.err
    );
    let stored = run(folder.path(), "normalize t.yaml f.yaml", "").out;
    let again = run(folder.path(), "normalize -o diff", &stored);
    assert_eq!(
        (again.code, again.out.as_str()),
        (0, ""),
        "what is stored stays as it is"
    );
    let denied = run(folder.path(), "normalize", &FLOW.replace("name: a", "name: A"));
    assert_eq!((denied.code, denied.out.as_str()), (1, ""));
    assert!(
        denied
            .err
            .starts_with("denied: <stdin>: JobFlow demo: spec.flows[0].name: "),
        "{}",
        denied.err
    );
}
