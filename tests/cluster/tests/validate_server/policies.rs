//! What policies and quotas refuse.

use crate::arena::{Arena, Policy, flow, job_flow, template};

const VALIDATING: &str = "  validations:
    - expression: \"object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))\"
      message: images must have a version";

/// Three steps, of which the policy refuses two: one with its own image, one with that of a template.
fn files() -> [(&'static str, String); 2] {
    let steps = [
        flow("fetch", "busybox:latest"),
        flow("check", "busybox:1.28"),
        "    - name: load\n      jobTemplateRef: load\n".to_owned(),
    ];
    [
        ("flow.yaml", job_flow(&steps.concat())),
        ("load.yaml", template("load", "busybox:latest")),
    ]
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_a_validating_policy_refuses_is_denied_at_the_step_in_its_words() {
    let files = files();
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let arena = Arena::new("refused", &files);
    let policy = Policy::new(
        &arena,
        "ValidatingAdmissionPolicy",
        VALIDATING,
        ", validationActions: [Deny]",
    );
    let told = arena.validate(&["-v", "flow.yaml", "load.yaml"]);
    let words =
        "ValidatingAdmissionPolicy 'NAMESPACE' with binding 'NAMESPACE' denied request: images must have a version";
    assert_eq!(
        told.stdout,
        format!(
            "flow.yaml:7:7: error[XX801]: spec.flows[0]: the API server refuses the Job: {words} (the same is said of 'load')\n"
        )
    );
    let shown = told
        .stderr
        .lines()
        .find(|line| line.contains(" shown to the API server at 'https://127.0.0.1:"));
    assert!(shown.is_some_and(|line| line.starts_with("3 Jobs ")), "{told:?}");
    assert!(
        told.stderr.contains("flow.yaml: JobFlow/nightly is denied\n"),
        "{told:?}"
    );
    assert!(
        told.stderr.ends_with(
            "Summary: 2 resources found in 2 files - Valid: 1, Denied: 1, Passed over: 0, Unreadable: 0 (1 error, 0 warnings)\n"
        ),
        "{told:?}"
    );
    assert_eq!(told.status, 1);
    // A template alone is shown as the Job of a step that stands in.
    let alone = arena.validate(&["load.yaml"]);
    assert_eq!(
        (alone.stdout, alone.status),
        (
            format!("load.yaml:6:3: error[XX801]: spec.jobTemplate: the API server refuses the Job: {words}\n"),
            1
        )
    );
    drop(policy);
    arena.assert_nothing_was_created();
}

const MUTATING: &str = "  reinvocationPolicy: Never
  failurePolicy: Fail
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: >-
          [JSONPatch{op: 'add', path: '/spec/template/spec/containers/0/terminationMessagePolicy', value: 'Nowhere'}]";

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_cause_with_a_field_is_denied_at_the_authors_field_and_once_for_all_steps_of_a_template() {
    let files = files();
    let mut flow = files[0].1.clone();
    flow.push_str("    - name: again\n      jobTemplateRef: load\n");
    let arena = Arena::new("caused", &[("flow.yaml", &flow), ("load.yaml", &files[1].1)]);
    let _policy = Policy::new(&arena, "MutatingAdmissionPolicy", MUTATING, "");
    let words = "the API server refuses the Job: Unsupported value: \"Nowhere\": supported values: \"File\", \
                 \"FallbackToLogsOnError\"";
    let of_flow = "jobTemplate.template.spec.containers[0].terminationMessagePolicy";
    let expected = format!(
        "flow.yaml:12:17: error[XX801]: spec.flows[0].{of_flow}: {words}
flow.yaml:19:17: error[XX801]: spec.flows[1].{of_flow}: {words}
load.yaml:11:13: error[XX801]: spec.{of_flow}: {words}
"
    );
    let told = arena.validate(&["flow.yaml", "load.yaml"]);
    assert_eq!((told.stdout, told.status), (expected.clone(), 1));
    let aside = arena.validate(&["flow.yaml", "--templates", "load.yaml"]);
    assert_eq!((aside.stdout, aside.status), (expected, 1));
    // The step is the second place, also for services.
    let sarif = arena.validate(&["flow.yaml", "load.yaml", "-q", "-o", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.stdout).unwrap();
    let related = &sarif["runs"][0]["results"][2]["relatedLocations"][0];
    assert_eq!(related["message"]["text"], "used by this step");
    let place = &related["physicalLocation"];
    assert!(
        place["artifactLocation"]["uri"]
            .as_str()
            .unwrap()
            .ends_with("flow.yaml")
    );
    assert_eq!(place["region"]["startLine"], 22);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn a_quota_that_is_used_up_is_told_once_and_every_format_tells_it() {
    let files = files();
    let arena = Arena::new("quota", &[("flow.yaml", &files[0].1), ("load.yaml", &files[1].1)]);
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: jobs}\nspec: {hard: {count/jobs.batch: '0'}}\n";
    arena.namespace.apply(quota).unwrap();
    let probe = ["create", "job", "probe", "--image=busybox", "--dry-run=server"];
    let limit = test_cluster::Deadline::after(std::time::Duration::from_secs(60));
    test_cluster::until("the quota holds", limit, || {
        let output = arena.namespace.kubectl().run(&probe)?;
        anyhow::ensure!(output.stderr.contains("exceeded quota"), "{output:?}");
        Ok(())
    })
    .unwrap();
    let words =
        "exceeded quota: jobs, requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0";
    let told = arena.validate(&["flow.yaml", "load.yaml", "--quiet"]);
    assert_eq!(
        (told.stdout.as_str(), told.stderr.as_str(), told.status),
        (
            format!(
                "flow.yaml:7:7: error[XX801]: spec.flows[0]: the API server refuses the Job: {words} (the same is said of \
                 'check', 'load')\n"
            )
            .as_str(),
            "",
            1
        )
    );
    for format in [
        "full", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "tap",
    ] {
        let told = arena.validate(&["flow.yaml", "load.yaml", "-o", format]);
        assert!(
            told.stdout.contains("XX801") && told.stdout.contains(words),
            "{format}: {told:?}"
        );
        assert_eq!(told.status, 1, "{format}");
    }
}
