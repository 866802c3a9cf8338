use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{What, compare};
use crate::admission::{KnownTemplates, Recognized, recognize};
use crate::testing::{daemon_job, flows_with, managed_job, sequential_job};

fn check(old: &Value, new: &Value, expected: &Expect) {
    let Recognized::Ours(kind) = recognize(new) else {
        panic!("{new} is not ours")
    };
    let found = compare(kind, old, new, &KnownTemplates::default());
    let mut text = String::new();
    for step in &found.steps {
        let (sign, fields) = match &step.what {
            What::Added => ("+", &[][..]),
            What::Removed => ("-", &[][..]),
            What::Changed { moved: true, fields } => (">", fields.as_slice()),
            What::Changed { moved: false, fields } => ("~", fields.as_slice()),
        };
        text += &format!("{sign} {} ({})\n", step.name, step.path);
        for field in fields {
            text += &format!("    {}: {} -> {}\n", field.path, field.old, field.new);
        }
    }
    for field in &found.fields {
        text += &format!("{}: {} -> {}\n", field.path, field.old, field.new);
    }
    for finding in found.verdict.report {
        text += &format!("{} [{}]\n", finding.path, finding.rule.id);
    }
    expected.assert_eq(&text);
}

#[test]
fn steps_are_matched_by_name_and_admission_is_asked() {
    let old = flows_with(&[("a", &[]), ("b", &["a"]), ("c", &[])]);
    let mut new = flows_with(&[("new", &[]), ("a", &[]), ("b", &["a"])]);
    new["spec"]["flows"][1]["jobTemplate"]["template"]["spec"]["containers"][0]["image"] = json!("other");
    new["spec"]["parallelism"] = json!(2);
    new["metadata"]["labels"] = json!({"team": "x"});
    check(
        &old,
        &new,
        &expect![[r#"
            + new (spec.flows[0])
            ~ a (spec.flows[1])
                spec.flows[1].jobTemplate.template.spec.containers[0].image: "busybox:1.28" -> "other"
            - c (spec.flows[2])
            metadata.labels: null -> {"team":"x"}
            spec.parallelism: null -> 2
            spec.flows[0].name [JF601]
            spec.flows[1].dependencies [JF601]
            spec.flows[1].jobTemplate.template.spec.containers[0].image [JF601]
            spec.flows[1].name [JF601]
            spec.flows[2].dependencies [JF601]
            spec.flows[2].name [JF601]
        "#]],
    );
}

#[test]
fn what_is_stored_as_the_same_is_the_same() {
    let mut old = flows_with(&[("a", &[])]);
    let new = old.clone();
    old["spec"]["flows"][0]["dependencies"] = json!(null);
    old["spec"]["flows"][0]["jobTemplate"]["template"]["spec"]["restartPolicy"] = json!("Never");
    check(&old, &new, &expect![[""]]);
}

#[test]
fn an_order_that_matters_is_told() {
    let containers = |names: &[&str]| {
        let container = |name: &&str| json!({"name": name, "image": "i"});
        sequential_job(json!({"containers": names.iter().map(container).collect::<Vec<_>>()}))
    };
    check(
        &containers(&["a", "b", "c"]),
        &containers(&["b", "c", "a"]),
        &expect![[r#"
            > a (spec.containers[2])
            spec.containers[0].name [SJ601]
            spec.containers[1].name [SJ601]
            spec.containers[2].name [SJ601]
        "#]],
    );
}

#[test]
fn jobs_are_named_with_their_group_and_results_are_no_change() {
    let old = managed_job(json!({"groups": [{"name": "g", "jobs": [{"name": "a", "image": "i"}]}]}));
    let mut new = managed_job(json!({"groups": [{"name": "g", "jobs": [{"name": "b", "image": "i"}]}], "retries": 3}));
    new["spec"]["status"] = json!("running");
    check(
        &old,
        &new,
        &expect![[r#"
            + g/b (spec.groups[0].jobs[0])
            - g/a (spec.groups[0].jobs[0])
            spec.retries: null -> 3
            spec.groups[0].jobs[0].name [MJ601]
            spec.retries [MJ601]
            spec.status [MJ004]
        "#]],
    );
}

#[test]
fn an_old_fault_may_stay_and_a_new_one_may_not() {
    let mut old = daemon_job(json!({"globalParams": {"labels": {"bad key": "x"}}}));
    let mut new = old.clone();
    new["spec"]["suspend"] = json!(true);
    check(
        &old,
        &new,
        &expect![[r#"
            spec.suspend: null -> true
        "#]],
    );
    old["spec"]["globalParams"] = json!({});
    check(
        &old,
        &new,
        &expect![[r#"
            spec.globalParams.labels: null -> {"bad key":"x"}
            spec.suspend: null -> true
            spec.globalParams.labels [DJ601]
            spec.globalParams.labels[bad key] [DJ502]
        "#]],
    );
}
