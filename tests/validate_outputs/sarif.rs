//! SARIF against its official schema, and against what viewers make of it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{cases, folder, jobflow, root, stdout, validate};

/// The schema of OASIS, which the package serde-sarif carries. Cargo holds the package for us without ever building it.
fn official_schema() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let args = ["metadata", "--format-version", "1", "--locked"];
    let output = Command::new(cargo).args(args).current_dir(root()).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata failed");
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "serde-sarif")
        .unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let text = fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // It has one regular expression that is none, of members that we do not write.
    for owner in ["run", "toolComponent"] {
        let language = schema["definitions"][owner]["properties"]["language"].as_object_mut();
        language.unwrap().remove("pattern");
    }
    assert_eq!(schema["properties"]["version"]["enum"], serde_json::json!(["2.1.0"]));
    schema
}

fn log(args: &[&str]) -> Value {
    serde_json::from_str(stdout(&validate(&[args, &["-o", "sarif"]].concat()))).unwrap()
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn every_log_passes_the_official_schema() {
    let options = jsonschema::options().should_validate_formats(true);
    let schema = options.build(&official_schema()).unwrap();
    let check = |log: &Value, what: &str| {
        let faults: Vec<String> = schema.iter_errors(log).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{what}: {faults:?}");
    };
    for case in cases() {
        check(&log(&[&case]), &case);
        check(&log(&[&case, "--docs-url", "https://docs.example.com/rules"]), &case);
    }
    check(&log(&["no/such.yaml"]), "a file that is not there");
    let strange = tempfile::tempdir().unwrap();
    fs::copy(
        folder().join("cases/faults.yaml"),
        strange.path().join("ä b%:#?\".yaml"),
    )
    .unwrap();
    check(
        &log(&[strange.path().to_str().unwrap()]),
        "an absolute path of strange characters",
    );
    // The schema can refuse.
    let mut broken = log(&["cases/faults.yaml"]);
    broken["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!schema.is_valid(&broken));
    let mut broken = log(&["cases/faults.yaml"]);
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a b".into();
    assert!(!schema.is_valid(&broken), "formats are not checked");
}

#[test]
fn regions_cut_out_exactly_what_is_wrong() {
    let cut = |file: &str| -> Vec<String> {
        let text = fs::read_to_string(folder().join(file)).unwrap();
        let log = log(&[file]);
        let regions = results(&log)
            .iter()
            .map(|result| &result["locations"][0]["physicalLocation"]["region"]);
        regions.map(|region| cut_out(&text, region)).collect()
    };
    assert_eq!(
        cut("cases/faults.yaml"),
        [
            "flow",
            "train",
            "fecth",
            "train",
            "\"3\"",
            "OnFailure",
            "image: busybox:1.28",
            "name",
            "name"
        ]
    );
}

#[test]
fn columns_count_characters_and_not_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "{apiVersion: api.practice.com/v1alpha1, kind: JobFlow, metadata: {name: a, labels: {x: \"ä☃𝄞\"}}, flow: 1}\n";
    fs::write(folder.path().join("a.yaml"), text).unwrap();
    let output = jobflow(folder.path(), &["validate", "a.yaml", "-o", "sarif"])
        .output()
        .unwrap();
    let log: Value = serde_json::from_str(stdout(&output)).unwrap();
    let region = |result: &Value| cut_out(text, &result["locations"][0]["physicalLocation"]["region"]);
    let found: Vec<String> = results(&log).iter().map(region).collect();
    assert!(found.contains(&"flow".to_owned()), "{found:?}");
}

/// What a viewer would mark.
fn cut_out(text: &str, region: &Value) -> String {
    let number = |name: &str| usize::try_from(region[name].as_u64().unwrap()).unwrap() - 1;
    assert_eq!(number("startLine"), number("endLine"), "{region}");
    let line = text.lines().nth(number("startLine")).unwrap();
    line.chars()
        .take(number("endColumn"))
        .skip(number("startColumn"))
        .collect()
}

#[test]
fn every_result_points_at_its_rule_and_has_a_fingerprint_of_its_own() {
    let log = log(&["cases"]);
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let mut fingerprints: Vec<&Value> = Vec::new();
    for result in results(&log) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().len() > 40, "{rule}");
        assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
        fingerprints.push(&result["partialFingerprints"]["jobflowFinding/v1"]);
    }
    let all = fingerprints.len();
    fingerprints.sort_by_key(|fingerprint| fingerprint.as_str());
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), all);
    assert!(all > 20, "only {all}");
}

#[test]
fn a_fingerprint_outlives_lines_and_flows_that_are_inserted_above() {
    let folder = tempfile::tempdir().unwrap();
    let fingerprints = |text: &str| -> Vec<String> {
        fs::write(folder.path().join("a.yaml"), text).unwrap();
        let output = jobflow(folder.path(), &["validate", "a.yaml", "-o", "sarif"])
            .output()
            .unwrap();
        let log: Value = serde_json::from_str(stdout(&output)).unwrap();
        let found = results(&log)
            .iter()
            .map(|result| result["partialFingerprints"].to_string());
        let mut found: Vec<String> = found.collect();
        found.sort();
        found
    };
    let text = "apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata: {name: a}\nspec:\n  flows:\n    \
                - {name: x, jobTemplateRef: t, dependencies: [y, z]}\n    - {name: x, jobTemplateRef: t, deps: []}\n";
    let before = fingerprints(text);
    assert_eq!(before.len(), 4, "{before:?}");
    let inserted = text.replace(
        "  flows:\n",
        "  # A comment.\n  flows:\n    - {name: first, jobTemplateRef: t}\n",
    );
    assert_eq!(fingerprints(&inserted), before);
    let renamed = text.replace("{name: a}", "{name: b}");
    assert!(
        fingerprints(&renamed)
            .iter()
            .all(|fingerprint| !before.contains(fingerprint))
    );
}
