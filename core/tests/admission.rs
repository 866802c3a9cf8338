//! Admission as a whole: what `/mutate` and `/validate` decide, before any wire format.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::borrow::Cow;

use jobflow_core::admission::{
    NoTemplates, Operation, Presence, Recognized, Review, TemplateIndex, Verdict, mutate, parse_object, recognize,
    validate,
};
use jobflow_core::job_flow::{self, examine};
use jobflow_core::job_template;
use proptest::prelude::*;
use serde_json::{Value, json};

fn job() -> Value {
    json!({"template": {"spec": {"containers": [{"name": "main", "image": "busybox:1.28"}]}}})
}

fn flow(name: &str, dependencies: &[&str]) -> Value {
    json!({"name": name, "dependencies": dependencies, "jobTemplate": job()})
}

fn job_flow(flows: &[Value]) -> Value {
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
        "metadata": {"name": "demo", "namespace": "default"}, "spec": {"flows": flows},
    })
}

fn create(object: &Value) -> Review<'_> {
    let kind = &job_flow::KIND;
    Review {
        kind,
        operation: Operation::Create,
        namespace: "default",
        object: Some(Cow::Borrowed(object)),
        old_object: None,
    }
}

fn update<'a>(old: &'a Value, new: &'a Value) -> Review<'a> {
    Review {
        operation: Operation::Update,
        old_object: Some(Cow::Borrowed(old)),
        ..create(new)
    }
}

fn ids(verdict: &Verdict) -> Vec<&'static str> {
    verdict.report.denials().map(|finding| finding.rule.id).collect()
}

fn patched(object: &Value, verdict: &Verdict) -> Value {
    let mut object = object.clone();
    json_patch::patch(&mut object, &verdict.patch.0).unwrap();
    object
}

fn set_policy(object: &mut Value, index: usize, policy: &str) {
    object["spec"]["flows"][index]["jobTemplate"]["template"]["spec"]["restartPolicy"] = json!(policy);
}

#[test]
fn a_good_object_is_normalized_once_and_then_left_alone() {
    let object = job_flow(&[flow("a", &[]), flow("b", &["a"])]);
    let first = mutate(create(&object), &NoTemplates);
    assert!(first.allowed());
    assert_eq!(first.patch.0.len(), 2);
    let stored = patched(&object, &first);
    let second = mutate(create(&stored), &NoTemplates);
    assert!(second.allowed() && second.patch.0.is_empty() && second.report.findings().is_empty());
    assert!(validate(create(&stored), &NoTemplates).allowed());
}

#[test]
fn mutation_refuses_with_every_fault_before_the_schema_can_hide_some() {
    let mut object = job_flow(&[
        flow("a", &["c"]),
        flow("b", &["a"]),
        flow("c", &["b"]),
        flow("a", &["bb"]),
    ]);
    object["spec"]["flows"][1]["jobTemplateRef"] = json!("t");
    let verdict = mutate(create(&object), &NoTemplates);
    assert_eq!(ids(&verdict), ["JF203", "JF301", "JF201", "JF102"]);
    assert!(verdict.patch.0.is_empty());
}

#[test]
fn mutation_passes_on_what_has_the_wrong_type_for_the_schema_to_refuse() {
    for flows in [
        json!("oops"),
        json!(5),
        json!([1, 2]),
        json!([{"name": "a", "jobTemplate": []}]),
    ] {
        let object = json!({"metadata": {"name": "demo"}, "spec": {"flows": flows}});
        let verdict = mutate(create(&object), &NoTemplates);
        assert!(verdict.allowed() && verdict.patch.0.is_empty(), "{flows}");
        assert!(!validate(create(&object), &NoTemplates).allowed(), "{flows}");
    }
}

#[test]
fn validation_refuses_what_mutation_would_have_changed() {
    let mut object = job_flow(&[flow("a", &[])]);
    set_policy(&mut object, 0, "OnFailure");
    let verdict = validate(create(&object), &NoTemplates);
    let text = verdict.report.findings()[0].to_string();
    assert_eq!(
        text,
        "spec.flows[0].jobTemplate.template.spec.restartPolicy: Invalid value: must be \"Never\" (was the mutating webhook \
         skipped?) [XX402]"
    );
}

#[test]
fn an_update_that_leaves_the_spec_alone_passes_whatever_the_spec() {
    let bad = job_flow(&[flow("a", &["nowhere"])]);
    let mut labelled = bad.clone();
    labelled["metadata"]["labels"] = json!({"new": "label"});
    assert!(mutate(update(&bad, &labelled), &NoTemplates).allowed());
    assert!(validate(update(&bad, &labelled), &NoTemplates).allowed());
}

#[test]
fn an_object_that_is_being_deleted_passes() {
    let old = job_flow(&[flow("a", &[])]);
    let mut new = job_flow(&[flow("b", &["nowhere"])]);
    new["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert!(mutate(update(&old, &new), &NoTemplates).allowed());
    assert!(validate(update(&old, &new), &NoTemplates).allowed());
}

#[test]
fn a_stored_fault_may_stay_and_a_new_one_may_not() {
    let mut old = job_flow(&[flow("a", &["nowhere"])]);
    set_policy(&mut old, 0, "Never");
    let mut new = old.clone();
    new["spec"]["suspend"] = json!(true);
    assert!(validate(update(&old, &new), &NoTemplates).allowed());
    let mut worse = old.clone();
    worse["spec"]["globalParams"] = json!({"nodeName": "Not_A_Node"});
    assert_eq!(ids(&validate(update(&old, &worse), &NoTemplates)), ["JF601", "JF504"]);
}

#[test]
fn deleting_a_template_that_is_needed_warns_and_is_allowed() {
    struct Needed;
    impl TemplateIndex for Needed {
        fn presence(&self, _: &str, _: &str) -> Presence {
            Presence::Present
        }
        fn unfinished_users(&self, namespace: &str, name: &str) -> Vec<String> {
            vec![format!("{namespace}-{name}-user")]
        }
    }
    let old = json!({"metadata": {"name": "build"}, "spec": {"jobTemplate": job()}});
    let review = Review {
        kind: &job_template::KIND,
        operation: Operation::Delete,
        namespace: "ci",
        object: None,
        old_object: Some(Cow::Borrowed(&old)),
    };
    let verdict = validate(review, &Needed);
    assert!(verdict.allowed());
    let warning = verdict.report.warnings().next().unwrap().warning_text();
    assert_eq!(
        warning,
        "metadata.name: \"build\" is still needed by JobFlow 'ci-build-user' [JT301]"
    );
}

#[test]
fn nesting_is_read_up_to_a_limit_and_refused_beyond() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(parse_object(&nested(127)).is_ok());
    for levels in [129, 9_900, 1_000_000] {
        assert_eq!(parse_object(&nested(levels)).unwrap_err().rule.id, "XX901", "{levels}");
    }
}

#[test]
fn a_body_full_of_faults_is_refused_with_a_bounded_report() {
    let mut object = job_flow(&[flow("a", &[])]);
    for index in 0..50_000 {
        object["spec"][format!("f{index}")] = json!(1);
    }
    let report = validate(create(&object), &NoTemplates).report;
    assert!(report.denies());
    assert_eq!(report.denials().count(), jobflow_core::limits::FINDINGS_MAX);
}

#[test]
fn a_misspelt_kind_of_our_group_is_no_stranger() {
    let of = |api_version: &str, kind: &str| recognize(&json!({"apiVersion": api_version, "kind": kind}));
    assert!(matches!(of("batch/v1", "Job"), Recognized::Foreign));
    assert!(matches!(of("v1", "JobFlow"), Recognized::Foreign));
    assert!(matches!(
        of("api.practice.com/v1alpha1", "JobFlow"),
        Recognized::Ours(_)
    ));
    let text = |recognized| match recognized {
        Recognized::UnknownKind(finding) => finding.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        text(of("api.practice.com/v1alpha1", "jobflows")),
        "kind: Unsupported value: \"jobflows\": group 'api.practice.com' has the kinds 'JobFlow', 'JobTemplate' and 'DaemonJob' \
         (did you mean 'JobFlow'?) [XX006]"
    );
    assert_eq!(
        text(of("api.practice.com/v1", "JobFlow")),
        "apiVersion: Invalid value: \"api.practice.com/v1\": must be 'api.practice.com/v1alpha1' for kind 'JobFlow' [XX006]"
    );
}

#[test]
fn numbers_and_key_order_do_not_change_the_verdict() {
    let mut whole = job_flow(&[flow("a", &[])]);
    whole["spec"]["flows"][0]["jobTemplate"]["completions"] = json!(2);
    let mut float = whole.clone();
    float["spec"]["flows"][0]["jobTemplate"]["completions"] = json!(2.0);
    assert!(mutate(create(&float), &NoTemplates).allowed());
    float["spec"]["flows"][0]["jobTemplate"]["completions"] = json!(2.5);
    let verdict = validate(create(&float), &NoTemplates);
    assert!(ids(&verdict).contains(&"XX002"));
}

/// Flows that depend on earlier ones only, so every one is good.
fn any_good_flows() -> impl Strategy<Value = Value> {
    let policy = prop_oneof![
        Just(None),
        Just(Some("Never")),
        Just(Some("OnFailure")),
        Just(Some("Always"))
    ];
    proptest::collection::vec(
        (
            policy,
            proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
        ),
        1..12,
    )
    .prop_map(|flows| {
        let flows = flows.into_iter().enumerate().map(|(at, (policy, dependencies))| {
            let earlier = |index: proptest::sample::Index| format!("f{}", index.index(at));
            let dependencies: Vec<String> = if at == 0 {
                Vec::new()
            } else {
                dependencies.into_iter().map(earlier).collect()
            };
            let mut flow = json!({"name": format!("f{at}"), "dependencies": dependencies, "jobTemplate": job()});
            if let Some(policy) = policy {
                flow["jobTemplate"]["template"]["spec"]["restartPolicy"] = json!(policy);
            }
            flow
        });
        job_flow(&flows.collect::<Vec<_>>())
    })
}

proptest! {
    /// Invariant 2: `/mutate` applied to its own result returns no patch. And what it made is admitted and can be run.
    #[test]
    fn mutating_twice_is_mutating_once(object in any_good_flows()) {
        let first = mutate(create(&object), &NoTemplates);
        prop_assert!(first.allowed());
        let stored = patched(&object, &first);
        let second = mutate(create(&stored), &NoTemplates);
        prop_assert!(second.patch.0.is_empty());
        prop_assert!(validate(create(&stored), &NoTemplates).allowed());
        prop_assert!(examine(&stored, &NoTemplates).model.is_some());
    }

    /// Invariant 9: the same input gives the same bytes, and findings are in the order of their paths.
    #[test]
    fn reports_are_sorted_and_repeatable(
        edges in proptest::collection::vec((0..6_usize, 0..8_usize), 0..20), names in proptest::collection::vec("[ab]{0,2}", 6)
    ) {
        let mut flows: Vec<Value> = names.iter().map(|name| flow(name, &[])).collect();
        for (from, to) in edges {
            let to = names.get(to).cloned().unwrap_or_else(|| "none".to_owned());
            flows[from]["dependencies"].as_array_mut().unwrap().push(json!(to));
        }
        let object = job_flow(&flows);
        let text = |verdict: &Verdict| verdict.report.findings().iter().map(ToString::to_string).collect::<Vec<_>>();
        let first = mutate(create(&object), &NoTemplates);
        prop_assert_eq!(text(&first), text(&mutate(create(&object), &NoTemplates)));
        let paths: Vec<_> = first.report.findings().iter().map(|finding| &finding.path).collect();
        prop_assert!(paths.is_sorted());
        // What mutation admits, validation admits, and the other way round.
        prop_assert_eq!(first.allowed(), validate(create(&patched(&object, &first)), &NoTemplates).allowed());
    }
}
