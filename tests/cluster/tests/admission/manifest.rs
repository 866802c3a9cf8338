//! Manifests of the tests, as small as they can be.

/// Steps by name and dependencies, each with a template that needs no change.
pub fn job_flow(name: &str, steps: &[(&str, &[&str])]) -> String {
    let steps: Vec<String> = steps
        .iter()
        .map(|(step, dependencies)| good_step(step, dependencies))
        .collect();
    flow_of(&format!("name: {name}"), &steps.concat())
}

/// A JobFlow with these metadata and these lines below `flows`.
pub fn flow_of(metadata: &str, steps: &str) -> String {
    format!(
        "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {{{metadata}}}
spec:
  flows:
{steps}"
    )
}

/// The lines of one step.
pub fn good_step(name: &str, dependencies: &[&str]) -> String {
    step(
        name,
        dependencies,
        "restartPolicy: Never, containers: [{name: main, image: busybox:1.28}]",
    )
}

/// The lines of one step with this pod.
pub fn step(name: &str, dependencies: &[&str], pod: &str) -> String {
    format!(
        "  - name: {name}
    dependencies: [{}]
    jobTemplate: {{template: {{spec: {{{pod}}}}}}}
",
        dependencies.join(", ")
    )
}
