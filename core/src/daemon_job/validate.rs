//! validate: from a normalized DaemonJob to a model that can be run, or to a report of all faults.

use crds::DaemonJobSpec;
use serde_json::Value;

use super::SHAPE;
use super::job_name::shortest_job_name;
use super::model::ValidDaemonJob;
use super::rules::{self, Subject};
use crate::admission::{Candidate, ObjectName};
use crate::diagnostic::Report;
use crate::field::At;
use crate::limits::GENERATED_SUFFIX_BYTES;
use crate::pod::JobContext;
use crate::{parse, pod};

/// Reports every fault; gives the model when there is none that denies.
pub fn validate(candidate: &Candidate<'_>, found: &mut Report) -> Option<ValidDaemonJob> {
    let spec: DaemonJobSpec = parse::spec(&SHAPE, candidate.object, found)?;
    let template = candidate.object.pointer("/spec/template");
    let has_template = template.is_some_and(|template| !Value::is_null(template));
    rules::check(&Subject::new(candidate.name, &spec, has_template), found);
    check_pod(candidate.name, &spec, has_template, found);
    (!found.denies()).then(|| ValidDaemonJob::of(spec))
}

/// Reports all that the API server would refuse in the Job of a node.
fn check_pod(name: ObjectName<'_>, spec: &DaemonJobSpec, has_template: bool, found: &mut Report) {
    let globals = spec.global_params.as_ref();
    if let Some(globals) = globals {
        let at = At::SPEC.key("globalParams");
        pod::check_added_variables(&globals.env, &at.key("env"), found);
    }
    if has_template {
        let job_name = least_job_name(name);
        let context = JobContext {
            job_name: job_name.as_deref(),
            annotations: globals.map(|globals| &globals.annotations),
            ..JobContext::default()
        };
        pod::check_job(&spec.job, &At::SPEC, &context, found);
    }
}

/// The Job's name depends on the node, and is shortened as far as it must be: where not even the shortest fits, none does.
fn least_job_name(name: ObjectName<'_>) -> Option<String> {
    match name {
        ObjectName::Given(name) => Some(shortest_job_name(name)),
        ObjectName::Generated(prefix) => {
            let name = format!("{prefix}{}", "0".repeat(GENERATED_SUFFIX_BYTES));
            Some(shortest_job_name(&name))
        }
        ObjectName::Missing => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::testing::{daemon_job, findings};

    #[test]
    fn the_shortest_job_name_must_leave_room_for_the_highest_index() {
        let faults = |name_bytes: usize, completions: i32| {
            let mut object = daemon_job(json!({"completionMode": "Indexed", "completions": completions}));
            object["metadata"]["name"] = json!("x".repeat(name_bytes));
            findings(&object)
        };
        assert_eq!(faults(50, 10), "");
        expect![[r#"
            spec.completions: Invalid value: 11: the host name '<job>-10' would have 64 bytes, and may have no more than 63: shorten the name of the Job by 1 [XX464]
        "#]]
        .assert_eq(&faults(50, 11));
    }
}
