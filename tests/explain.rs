//! `jobflow explain` and `jobflow rules`, run as a user runs them.

use std::process::{Command, Output};

use jobflow_core::rules::ALL;

fn jobflow(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_jobflow"))
        .args(arguments)
        .output()
        .expect("cargo built the program for this test")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("jobflow prints UTF-8")
}

#[test]
fn a_rule_is_explained_by_its_id_in_any_case_and_by_its_name() {
    let page = jobflow(&["explain", "JF203"]);
    assert!(page.status.success());
    assert!(text(&page.stdout).starts_with("# JF203 `dependency-cycle`: "));
    for name in ["jf203", "dependency-cycle"] {
        assert_eq!(jobflow(&["explain", name]).stdout, page.stdout, "{name}");
    }
}

#[test]
fn an_unknown_rule_is_wrong_usage_and_the_nearest_one_is_named() {
    let output = jobflow(&["explain", "dependency-cycl"]);
    assert_eq!(output.status.code(), Some(2));
    let expected = "error: no rule has the id or name 'dependency-cycl': did you mean 'dependency-cycle'?\n";
    assert_eq!(text(&output.stderr), expected);
}

#[test]
fn a_part_of_a_name_leads_to_the_rules_that_have_it() {
    let advice = |word: &str| {
        let output = jobflow(&["explain", word]);
        assert_eq!(output.status.code(), Some(2));
        text(&output.stderr).to_owned()
    };
    assert_eq!(
        advice("cycle"),
        "error: no rule has the id or name 'cycle': did you mean JF203 (dependency-cycle) or MJ203 (managed-dependency-cycle)?\n"
    );
    let many = advice("invalid");
    assert!(
        many.ends_with(" rules have it in their names, and `jobflow rules` lists all\n"),
        "{many}"
    );
    for word in ["", "nonsense"] {
        assert!(advice(word).ends_with("': `jobflow rules` lists all\n"), "{word}");
    }
}

#[test]
fn every_rule_is_listed_as_text_and_as_json() {
    let table = jobflow(&["rules"]);
    let lines: Vec<&str> = text(&table.stdout).lines().collect();
    assert_eq!(lines.len(), ALL.len() + 1);
    let list: serde_json::Value = serde_json::from_slice(&jobflow(&["rules", "-o", "json"]).stdout).unwrap();
    let list = list.as_array().unwrap();
    for ((rule, line), entry) in ALL.iter().zip(&lines[1..]).zip(list) {
        assert!(line.starts_with(rule.id) && line.ends_with(rule.summary()), "{line}");
        assert_eq!(entry["id"], rule.id);
        assert_eq!(entry["severity"], rule.severity.as_str());
    }
    assert_eq!(list.len(), ALL.len());
}
