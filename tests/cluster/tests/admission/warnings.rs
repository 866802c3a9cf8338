//! Warnings as kubectl prints them (ADMISSION.md 6.1 F).

use std::time::Duration;

use expect_test::expect_file;
use test_cluster::{Deadline, until};

use crate::manifest::{flow_of, good_step, step};
use crate::terminal::Terminal;

const RESTARTING: &str = "restartPolicy: OnFailure, containers: [{name: main, image: busybox:1.28}]";

/// What is admitted and changed, or admitted although something is missing.
fn questionable() -> String {
    let by_name = "  - {name: send, jobTemplateRef: send}\n".to_owned();
    [
        step("fetch", &[], RESTARTING),
        good_step("load", &["fetch", "fetch"]),
        by_name,
    ]
    .concat()
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_is_changed_or_missing_is_warned_of() {
    let mut terminal = Terminal::open("warned");
    terminal.write("questionable.yaml", &flow_of("name: demo", &questionable()));
    terminal.run("kubectl create --dry-run=server -f questionable.yaml");
    terminal.run("kubectl apply -f questionable.yaml");
    terminal.run("kubectl apply -f questionable.yaml");
    terminal.run("kubectl diff -f questionable.yaml");
    terminal.run("kubectl get jobflow demo -o jsonpath=generation:{.metadata.generation}");
    expect_file!["../../golden/warnings.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn many_warnings_of_one_kind_are_summed_up() {
    let mut terminal = Terminal::open("summed");
    let steps: String = (1..=40)
        .map(|number| step(&format!("step-{number}"), &[], RESTARTING))
        .collect();
    terminal.write("many.yaml", &flow_of("name: demo", &steps));
    terminal.run("kubectl create --dry-run=server -f many.yaml");
    expect_file!["../../golden/many-warnings.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn warnings_come_with_a_refusal_too() {
    let mut terminal = Terminal::open("both");
    let steps = questionable() + &good_step("report", &["nowhere"]);
    terminal.write("both.yaml", &flow_of("name: demo", &steps));
    terminal.run("kubectl create -f both.yaml");
    expect_file!["../../golden/warnings-and-refusal.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn deleting_a_template_that_is_needed_is_warned_of() {
    let mut terminal = Terminal::open("needed");
    let template = "apiVersion: api.practice.com/v1alpha1
kind: JobTemplate
metadata: {name: send}
spec: {jobTemplate: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox:1.28}]}}}}
";
    let slow = "restartPolicy: Never, containers: [{name: main, image: busybox:1.28}]}, metadata: {annotations: {jobflow.test/duration-seconds: '600'}";
    let steps = step("fetch", &[], slow) + "  - {name: send, dependencies: [fetch], jobTemplateRef: send}\n";
    terminal.namespace.apply(template).unwrap();
    terminal.namespace.apply(&flow_of("name: demo", &steps)).unwrap();
    // The webhook answers from its cache, which hears of the flow a moment later.
    until("the flow is known", Deadline::after(Duration::from_secs(30)), || {
        let args = ["delete", "jobtemplate", "send", "--dry-run=server"];
        let output = terminal.namespace.kubectl().run(&args)?;
        anyhow::ensure!(output.stderr.contains("[JT301]"), "no warning: {output:?}");
        Ok(())
    })
    .unwrap();
    terminal.run("kubectl delete jobtemplate send");
    expect_file!["../../golden/needed-template.txt"].assert_eq(&terminal.transcript());
}
