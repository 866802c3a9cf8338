//! `create` in a pipeline.

use std::io::Write as _;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::arena::{arena, ended, endless, fed, good, job_flow, start, wait_for_state};

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_generated_name_is_printed_and_the_end_is_the_exit_status() {
    let namespace = arena("create");
    let manifest = job_flow(&json!({"generateName": "run-"}), &[good("a", &[])]);
    let created = fed(&namespace, &["create", "-f", "-", "-o", "name"], &manifest);
    let name = created.stdout.trim().to_owned();
    assert!(name.starts_with("jobflow/run-") && created.status == 0, "{created:?}");
    let waited = fed(&namespace, &["create", "-f", "-", "--wait"], &manifest);
    let (first, rest) = waited.stdout.split_once('\n').unwrap();
    let again = first.strip_suffix(" created").unwrap();
    assert_ne!(again, name);
    assert!(rest.starts_with(&format!("{again} Succeed 1/1 after ")), "{waited:?}");
    assert_eq!((waited.status, waited.stderr.as_str()), (0, ""));
}

/// KWOK plays no logs: a pipeline that asks for them must not take silence for a log.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_log_that_cannot_be_read_is_a_failure() {
    let namespace = arena("silent");
    let manifest = job_flow(&json!({"name": "n"}), &[good("a", &[])]);
    let waited = fed(
        &namespace,
        &["create", "-f", "-", "--wait", "--timeout", "60s"],
        &manifest,
    );
    assert_eq!((waited.status, waited.stderr.as_str()), (0, ""), "{waited:?}");
    for args in [&["logs", "n"][..], &["logs", "n", "-f"]] {
        let told = crate::arena::jobflow(&namespace, args);
        let warning = "warning: cannot read the log of the pod 'n-a-";
        assert!(
            told.status == 1 && told.stderr.starts_with(warning),
            "{args:?}: {told:?}"
        );
    }
}

/// The flow is deleted as soon as it has ended: whoever waits hears of the end all the same.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_is_deleted_after_its_end_has_ended() {
    let namespace = arena("ttl");
    let manifest = job_flow(&json!({"name": "n"}), &[good("a", &[])]);
    let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
    manifest["spec"]["ttlSecondsAfterFinished"] = json!(0);
    let waited = fed(
        &namespace,
        &["create", "-f", "-", "--wait", "--timeout", "60s"],
        &manifest.to_string(),
    );
    assert_eq!((waited.status, waited.stderr.as_str()), (0, ""), "{waited:?}");
    crate::arena::wait_until_nothing_is_left(&namespace);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_admission_refuses_is_told_a_line_a_fault() {
    let namespace = arena("refused");
    let manifest = job_flow(&json!({"name": "n"}), &[good("a", &["b"]), good("b", &["a"])]);
    let refused = fed(&namespace, &["create", "-f", "-"], &manifest);
    expect_test::expect![[r#"
        error: cannot create jobflow/n: the JobFlow is invalid
        * spec.flows[0].dependencies[0]: Invalid value: "b": dependency cycle: a -> b -> a (a -> b means that a depends on b; remove one of these dependencies) [JF203]
        exit 1
    "#]].assert_eq(&refused.masked(&namespace));
    let dry = job_flow(&json!({"name": "n"}), &[good("a", &[])]);
    let dry = fed(&namespace, &["create", "-f", "-", "--dry-run"], &dry);
    assert_eq!(dry.masked(&namespace), "jobflow/n created (server dry run)\nexit 0\n");
    let foreign = fed(
        &namespace,
        &["create", "-f", "-"],
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}",
    );
    assert_eq!(
        foreign.masked(&namespace),
        "error: <stdin>: 'ConfigMap' of 'v1' is no kind of jobflow (jobflow (jf), daemonjob (dj, djob), managedjob (mj), \
         sequentialjob (sj), jobtemplate (jt)): create it with kubectl\nexit 2\n"
    );
    crate::arena::wait_until_nothing_is_left(&namespace);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn ctrl_c_says_what_goes_on() {
    let namespace = arena("ctrl-c");
    let mut child = start(&namespace, &["create", "-f", "-", "--wait"]);
    let manifest = job_flow(&json!({"name": "n"}), &[endless("a", &[])]);
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    // When the flow runs it was created, and that is waited for.
    wait_for_state(&namespace, "n", "Running");
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    let told = ended(child);
    assert_eq!(
        told.masked(&namespace),
        "jobflow/n created\n\
         interrupted: jobflow/n goes on in the cluster; `jobflow wait jobflow/n` waits on, `jobflow cancel` stops it\n\
         exit 130\n"
    );
    wait_for_state(&namespace, "n", "Running");
}
