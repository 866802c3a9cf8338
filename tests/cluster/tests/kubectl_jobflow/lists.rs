//! Lists of objects.

use expect_test::expect;
use serde_json::{Value, json};

use crate::arena::{apply, arena, bad, good, job_flow, jobflow, wait_for_state};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn lists_have_the_options_of_kubectl() {
    let namespace = arena("lists");
    let told = |args: &[&str]| jobflow(&namespace, args).masked(&namespace);
    assert_eq!(told(&["get"]), "No resources found in <namespace> namespace.\nexit 0\n");
    let labelled = job_flow(&json!({"name": "b", "labels": {"team": "data"}}), &[bad("x", &[])]);
    namespace.apply(&labelled).unwrap();
    apply(&namespace, "a", &[good("x", &[]), good("y", &["x"])]);
    wait_for_state(&namespace, "a", "Succeed");
    wait_for_state(&namespace, "b", "Failed");
    expect![[r#"
        NAME   STATUS   PROGRESS   DURATION   AGE
        jobflow/a   Succeed   2/2   <span>   <span>
        jobflow/b   Failed   0/1   <span>   <span>
        exit 0
    "#]]
    .assert_eq(&told(&["get"]));
    expect![[r#"
        b   Failed   0/1   <span>   <span>
        a   Succeed   2/2   <span>   <span>
        exit 0
    "#]]
    .assert_eq(&told(&["get", "jobflows", "--sort-by", "status", "--no-headers"]));
    expect![[r#"
        NAME   STATUS   PROGRESS   DURATION   AGE
        b   Failed   0/1   <span>   <span>
        exit 0
    "#]]
    .assert_eq(&told(&["get", "jf", "-l", "team=data"]));
    assert_eq!(told(&["get", "jf", "-o", "name"]), "jobflow/a\njobflow/b\nexit 0\n");
    assert_eq!(
        told(&["get", "--sort-by", "colour"]),
        "error: cannot sort by 'colour': use name, status, progress, duration, age, or a field such as .metadata.name\n\
         exit 2\n"
    );
    let everywhere = told(&["get", "jf", "-A"]);
    assert!(
        everywhere.starts_with("NAMESPACE   NAME   STATUS   PROGRESS   DURATION   AGE\n"),
        "{everywhere}"
    );
    assert!(
        everywhere.contains("<namespace>   a   Succeed   2/2   <span>   <span>\n"),
        "{everywhere}"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn yaml_and_json_are_what_is_stored_without_the_noise() {
    let namespace = arena("clean");
    apply(&namespace, "n", &[good("a", &[])]);
    wait_for_state(&namespace, "n", "Succeed");
    let json = |args: &[&str]| -> Value { serde_json::from_str(&jobflow(&namespace, args).stdout).unwrap() };
    let mut stored = namespace
        .kubectl()
        .json(&["get", "jobflow", "n", "--show-managed-fields"])
        .unwrap();
    let metadata = stored["metadata"].as_object_mut().unwrap();
    metadata.remove("annotations");
    let with_managed_fields = json(&["get", "n", "-o", "json", "--show-managed-fields"]);
    assert!(with_managed_fields["metadata"]["managedFields"].is_array());
    metadata.remove("managedFields");
    assert_eq!(json(&["get", "n", "-o", "json"]), stored);
    let yaml = jobflow(&namespace, &["get", "n", "-o", "yaml"]).stdout;
    let read: Value = serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!(read, stored, "{yaml}");
    assert_eq!(json(&["get", "jf", "-o", "json"])["items"], json!([stored]));
    // What is printed can be given back.
    namespace
        .kubectl()
        .run(&["delete", "jobflow", "n"])
        .unwrap()
        .success()
        .unwrap();
    namespace.apply(&yaml).unwrap();
}
