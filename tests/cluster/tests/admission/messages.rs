//! Refusals as kubectl prints them (ADMISSION.md 6.1, A to D and F).

use expect_test::expect_file;

use crate::manifest::{flow_of, good_step, job_flow, step};
use crate::terminal::Terminal;

/// Three faults of three kinds.
fn broken(name: &str) -> String {
    let steps: [(&str, &[&str]); 4] = [
        ("fetch", &["report"]),
        ("load", &["fetsh"]),
        ("report", &["load", "fetch"]),
        ("send", &["send"]),
    ];
    job_flow(name, &steps)
}

/// Server-side apply cannot tell two flows of one name apart, and says so before any webhook is called.
fn twins() -> String {
    job_flow("demo", &[("load", &[]), ("load", &["fetsh"])])
}

fn good(name: &str) -> String {
    job_flow(name, &[("fetch", &[]), ("load", &["fetch"])])
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_new_flow_is_refused_in_the_same_words_by_every_command() {
    let mut terminal = Terminal::open("create");
    terminal.write(
        "one-fault.yaml",
        &job_flow("demo", &[("fetch", &[]), ("load", &["fetsh"])]),
    );
    terminal.write("faults.yaml", &broken("demo"));
    terminal.write("twins.yaml", &twins());
    for file in ["one-fault.yaml", "faults.yaml", "twins.yaml"] {
        terminal.run(&format!("kubectl create -f {file}"));
        terminal.run(&format!("kubectl create --dry-run=server -f {file}"));
        terminal.run(&format!("kubectl apply -f {file}"));
        terminal.run(&format!("kubectl apply --server-side -f {file}"));
    }
    expect_file!["../../golden/create.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_change_is_refused_in_the_same_words_by_every_command() {
    let mut terminal = Terminal::open("update");
    terminal.write("good.yaml", &good("demo"));
    terminal.write("changed.yaml", &good("demo").replace("busybox:1.28", "busybox:1.29"));
    terminal.write("faults.yaml", &broken("demo"));
    terminal.run("kubectl apply -f good.yaml");
    terminal.run("kubectl apply -f good.yaml");
    for file in ["changed.yaml", "faults.yaml"] {
        terminal.run(&format!("kubectl apply -f {file}"));
        terminal.run(&format!("kubectl apply --server-side --force-conflicts -f {file}"));
        terminal.run(&format!("kubectl apply --dry-run=server -f {file}"));
        terminal.run(&format!("kubectl replace -f {file}"));
    }
    terminal.run(r#"kubectl patch jobflow demo --type=merge -p {"spec":{"globalParams":{"nodeName":"n"}}}"#);
    terminal.run(r#"kubectl patch jobflow demo --type=merge -p {"spec":{"suspend":true,"failurePolicy":"FailFast"}}"#);
    terminal.run("kubectl label jobflow demo team=blue");
    terminal.run("kubectl delete jobflow demo");
    expect_file!["../../golden/update.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn of_several_documents_each_refused_one_is_told_whole() {
    let mut terminal = Terminal::open("several");
    let one_fault = job_flow("second", &[("fetch", &[]), ("load", &["fetsh"])]);
    let documents = [good("first"), one_fault, broken("third")];
    terminal.write("flows.yaml", &documents.join("---\n"));
    terminal.run("kubectl create -f flows.yaml");
    terminal.run("kubectl apply -f flows.yaml");
    expect_file!["../../golden/several-documents.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn more_faults_than_fit_a_screen_are_counted() {
    let mut terminal = Terminal::open("many");
    let names: Vec<String> = (1..=40).map(|number| format!("step-{number}")).collect();
    let steps: String = names.iter().map(|name| good_step(name, &["nowhere"])).collect();
    terminal.write("many.yaml", &flow_of("name: demo", &steps));
    let both = flow_of("name: demo", &steps) + "---\n" + &broken("other");
    terminal.write("both.yaml", &both);
    terminal.run("kubectl create -f many.yaml");
    terminal.run("kubectl create -f both.yaml");
    expect_file!["../../golden/many-faults.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_generated_name_is_shown_with_a_question_mark() {
    let mut terminal = Terminal::open("generated");
    let steps = [good_step("fetch", &[]), good_step("load", &["fetsh"])].concat();
    terminal.write("generated.yaml", &flow_of("generateName: demo-", &steps));
    terminal.run("kubectl create -f generated.yaml");
    let long = "a-step-whose-name-leaves-no-room-for-what-the-server-adds";
    terminal.write("long.yaml", &flow_of("generateName: demo-", &good_step(long, &[])));
    terminal.run("kubectl create -f long.yaml");
    expect_file!["../../golden/generated-name.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_fault_of_the_template_is_told_where_it_stands_in_the_flow() {
    let mut terminal = Terminal::open("template");
    let pod = "restartPolicy: Never, containers: [{name: Main, image: busybox:1.28, volumeMounts: [{name: data, mountPath: /data}]}]";
    let steps = [
        good_step("fetch", &[]),
        step("load", &["fetch"], pod),
        "  - {name: nothing}\n".to_owned(),
    ];
    terminal.write("template.yaml", &flow_of("name: demo", &steps.concat()));
    terminal.run("kubectl create -f template.yaml");
    expect_file!["../../golden/template.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn misspelt_and_mistyped_fields_are_told_by_the_api_server() {
    let mut terminal = Terminal::open("schema");
    let misspelt = job_flow("demo", &[("fetch", &[])]).replace("dependencies:", "dependsOn:");
    terminal.write("misspelt.yaml", &misspelt);
    terminal.write(
        "mistyped.yaml",
        &flow_of(
            "name: demo",
            "  - {name: load, dependencies: fetch, jobTemplateRef: t}\n",
        ),
    );
    for file in ["misspelt.yaml", "mistyped.yaml"] {
        terminal.run(&format!("kubectl create -f {file}"));
    }
    expect_file!["../../golden/schema.txt"].assert_eq(&terminal.transcript());
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn the_other_kinds_are_refused_in_the_same_form() {
    let mut terminal = Terminal::open("kinds");
    let kinds = [
        (
            "template",
            "api.practice.com/v1alpha1",
            "JobTemplate",
            "jobTemplate: {parallelism: -1, template: {spec: {restartPolicy: Never, containers: []}}}",
        ),
        (
            "daemon",
            "api.practice.com/v1alpha1",
            "DaemonJob",
            "excludeNodeList: 'node-1,Node_2', template: {spec: {containers: [{name: main, image: a}]}}",
        ),
        (
            "managed",
            "jobsmanager.raczylo.com/v1beta1",
            "ManagedJob",
            "retries: 101, groups: [{name: a, jobs: [{name: b-c, image: x}]}, {name: a-b, jobs: [{name: c, image: x}]}]",
        ),
        (
            "sequential",
            "batch.example.com/v1alpha1",
            "SequentialJob",
            "containers: [{name: one, image: a}, {name: one, image: b}], template: {spec: {containers: [{name: shared, image: c}]}}",
        ),
    ];
    for (name, version, kind, spec) in kinds {
        let file = format!("{name}.yaml");
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n");
        terminal.write(&file, &text);
        terminal.run(&format!("kubectl create -f {file}"));
    }
    expect_file!["../../golden/kinds.txt"].assert_eq(&terminal.transcript());
}
