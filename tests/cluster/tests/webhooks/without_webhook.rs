//! With the webhooks gone: which faults are still refused, and that the controller runs none of the others.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect_file;
use jobflow_core::diagnostic::Severity;
use jobflow_core::job_flow;
use jobflow_core::rules::{ALL, Rule};
use serde_json::{Value, json};
use test_cluster::{Cluster, Deadline, Namespace, Reach, until};

use crate::Lab;
use crate::api::{Api, Refusal};
use crate::cases::Case;

const CONFIGURATIONS: &str = "mutatingwebhookconfigurations,validatingwebhookconfigurations";

/// Refused by the webhook only, since it was never normalized.
const PROBE: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: probe}
spec: {flows: [{name: a, dependencies: [missing], jobTemplateRef: none}]}
";

/// The head of the page; the tables below it are made by the test.
const HEAD: &str = include_str!("without_webhook.md");

/// The cluster without webhook configurations. Whoever needs them next installs them anew.
fn remove_webhooks(cluster: &Cluster) {
    let kubectl = cluster.kubectl();
    kubectl
        .run(&["delete", CONFIGURATIONS, "--all"])
        .unwrap()
        .success()
        .unwrap();
    until(
        "nobody calls the webhooks",
        Deadline::after(Duration::from_secs(30)),
        || {
            let output = kubectl.run_with_input(&["create", "--dry-run=server", "-f", "-"], PROBE)?;
            output.success().map(drop)
        },
    )
    .unwrap();
}

/// What became of the faults of one rule.
#[derive(Default)]
struct Outcome {
    refused: Vec<Refusal>,
    admitted: usize,
}

/// Asks about each denied case.
fn outcomes(api: &Api, namespace: &Namespace) -> BTreeMap<&'static str, Outcome> {
    let mut outcomes: BTreeMap<&str, Outcome> = BTreeMap::new();
    for case in Case::all().iter().filter(|case| case.verdict == "denied") {
        let outcome = outcomes.entry(case.rule.id).or_default();
        match case.try_in(api, namespace.name()) {
            Ok(_) => outcome.admitted += 1,
            Err(refusal) => outcome.refused.push(refusal),
        }
    }
    outcomes
}

fn page(outcomes: &BTreeMap<&str, Outcome>) -> String {
    let mut refused = String::new();
    let mut admitted = String::new();
    for rule in ALL.iter().filter(|rule| rule.severity == Severity::Deny) {
        let Some(outcome) = outcomes.get(rule.id) else { continue };
        let name = format!("[{id}](rules/{id}.md) `{name}`", id = rule.id, name = rule.name);
        match outcome.refused.first() {
            Some(refusal) => {
                let some = if outcome.admitted > 0 {
                    "; other forms of it are admitted"
                } else {
                    ""
                };
                let (by, text) = told(rule, refusal);
                writeln!(refused, "| {name} | {by}{some} | {text} |").unwrap();
            }
            None => writeln!(admitted, "| {name} | {} |", rule.summary()).unwrap(),
        }
    }
    HEAD.replace("@REFUSED@\n", &refused).replace("@ADMITTED@\n", &admitted)
}

/// Which part of the schema refuses, and in which words.
fn told(rule: &Rule, refusal: &Refusal) -> (&'static str, String) {
    // The API server tells the faults of a schema in another order each time.
    let text = refusal.causes.iter().min().unwrap_or(&refusal.message);
    let by = if text.contains(&format!("[{}]", rule.id)) {
        "rule in the schema"
    } else {
        "schema"
    };
    (by, format!("`{}`", text.replace('`', "'").replace('|', "\\|")))
}

/// Stores every JobFlow with a fault that is admitted now, and returns their names.
fn store_faults(api: &Api, namespace: &Namespace) -> Vec<(String, &'static str)> {
    let cases = Case::all();
    let ours = cases
        .iter()
        .filter(|case| case.verdict == "denied" && case.is_of(&job_flow::KIND) && !case.is_update());
    let stored = ours.enumerate().filter_map(|(number, case)| {
        let name = case.store_in(api, namespace.name(), number)?;
        Some((name, case.rule.id))
    });
    stored.collect()
}

/// A template that is not what it should be, and a flow that would run it.
fn store_template_fault(namespace: &Namespace) {
    let job = json!({"parallelism": -1, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox:1.28"}]}}});
    let version = "api.practice.com/v1alpha1";
    for object in [
        json!({"apiVersion": version, "kind": "JobTemplate", "metadata": {"name": "broken"}, "spec": {"jobTemplate": job}}),
        json!({"apiVersion": version, "kind": "JobFlow", "metadata": {"name": "by-template"}, "spec": {"flows": [{"name": "a", "jobTemplateRef": "broken"}]}}),
    ] {
        namespace.apply(&object.to_string()).unwrap();
    }
}

fn stalled_reason(flow: &Value) -> Option<String> {
    let conditions = flow.pointer("/status/conditions")?.as_array()?;
    let stalled = conditions
        .iter()
        .find(|condition| condition["type"] == "Stalled" && condition["status"] == "True")?;
    Some(stalled["reason"].as_str()?.to_owned())
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn without_the_webhooks_plain_faults_are_refused_and_nothing_invalid_runs() {
    let lab = Lab::new(Reach::Loopback);
    let tried = lab.cluster.namespace("tried").unwrap();
    let stored = lab.cluster.namespace("stored").unwrap();
    remove_webhooks(&lab.cluster);
    let api = Api::connect(&lab.cluster);
    expect_file!["../../../../docs/without-webhook.md"].assert_eq(&page(&outcomes(&api, &tried)));

    let faults = store_faults(&api, &stored);
    assert!(faults.len() > 10, "only {faults:?} were stored");
    store_template_fault(&stored);
    let limit = Deadline::after(Duration::from_secs(60));
    for (name, rule) in faults {
        let reason = stored.wait_for("jobflow", &name, limit, stalled_reason).unwrap();
        assert_eq!(reason, "Invalid", "{name} with the fault {rule}");
    }
    let refused = |flow: &Value| (flow.pointer("/status/flows/0/reason")? == "TemplateInvalid").then_some(());
    stored.wait_for("jobflow", "by-template", limit, refused).unwrap();
    let jobs = stored.kubectl().json(&["get", "jobs"]).unwrap();
    assert_eq!(jobs["items"], json!([]), "something invalid runs");
}
