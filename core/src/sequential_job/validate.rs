//! validate: from a normalized SequentialJob to a model that can be run, or to a report of all faults.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crds::SequentialJobSpec;
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};

use super::SHAPE;
use super::compile::job_spec;
use super::model::ValidSequentialJob;
use super::rules::{self, Subject};
use crate::admission::Candidate;
use crate::diagnostic::{Diagnostic, Report};
use crate::field::{At, FieldPath, Segment};
use crate::limits::STEP_CHECKS_MAX;
use crate::parse;
use crate::pod::{self, JobContext, VolumeIndex};

/// Reports every fault; gives the model when there is none that denies.
pub fn validate(candidate: &Candidate<'_>, found: &mut Report) -> Option<ValidSequentialJob> {
    if !rules::too_many_steps::check(candidate.object, found) {
        // Beyond the limit nothing else is worth its time.
        return None;
    }
    let spec: SequentialJobSpec = parse::spec(&SHAPE, candidate.object, found)?;
    rules::check(&Subject::new(candidate.name, &spec), found);
    check_pods(&spec, found);
    (!found.denies()).then(|| ValidSequentialJob::of(spec))
}

/// Reports all that the API server would refuse in the Jobs, each fault once and where it was written: the shared template
/// with the first container, then each other container with what of the template it depends on.
fn check_pods(spec: &SequentialJobSpec, found: &mut Report) {
    let template = spec.template.as_ref();
    let mut said = BTreeSet::new();
    let mut say = |of_pod: Report, index: usize| {
        for finding in of_pod {
            let finding = Diagnostic {
                path: author_path(&finding.path, index),
                ..finding
            };
            let is_of_no_container = finding.path.to_string() == "spec.template.spec.containers";
            if !is_of_no_container && said.insert((finding.path.clone(), finding.cause_message())) {
                found.push(finding);
            }
        }
    };
    let first = spec.containers.first().cloned().unwrap_or_default();
    let mut whole = job_spec(&first, template, None);
    if spec.containers.is_empty() {
        whole.template.spec.get_or_insert_default().containers.clear();
    }
    let mut of_pod = Report::default();
    let nearest = RefCell::default();
    let context = JobContext {
        nearest: Some(&nearest),
        ..JobContext::default()
    };
    pod::check_job(&whole, &At::SPEC, &context, &mut of_pod);
    say(of_pod, 0);
    let shared = template.and_then(|template| template.spec.as_ref());
    let volumes = VolumeIndex::new(shared.and_then(|pod| pod.volumes.as_deref()).unwrap_or_default());
    let context = JobContext {
        volumes: Some(&volumes),
        ..context
    };
    let mut part = part_for_containers(shared, spec.containers.len());
    for (index, container) in spec.containers.iter().enumerate().skip(1) {
        put(&mut part, container);
        let mut of_pod = Report::default();
        pod::check_template(&part, &At::SPEC.key("template"), &context, &mut of_pod);
        say(of_pod, index);
    }
}

/// What of the template the checks of a container look at, beside the volumes. Init containers count only where resources
/// of the whole pod are to be shared out, and only while that is bounded.
fn part_for_containers(shared: Option<&PodSpec>, containers: usize) -> PodTemplateSpec {
    let mut part = PodSpec {
        restart_policy: Some(pod::RESTART_POLICY.to_owned()),
        ..PodSpec::default()
    };
    if let Some(shared) = shared {
        part.host_network = shared.host_network;
        part.host_users = shared.host_users;
        part.os = shared.os.clone();
        part.security_context = shared.security_context.clone();
        part.resource_claims = shared.resource_claims.clone();
        let init_containers = shared.init_containers.as_deref().unwrap_or_default();
        if shared.resources.is_some() && init_containers.len().saturating_mul(containers) <= STEP_CHECKS_MAX {
            part.resources = shared.resources.clone();
            part.init_containers = shared.init_containers.clone();
        }
    }
    PodTemplateSpec {
        spec: Some(part),
        ..PodTemplateSpec::default()
    }
}

fn put(template: &mut PodTemplateSpec, container: &Container) {
    template.spec.get_or_insert_default().containers = vec![container.clone()];
}

/// The author's path of what stands at `path` in the Job of the container at `index`.
pub(crate) fn author_path(path: &FieldPath, index: usize) -> FieldPath {
    let key = |name: &str| Segment::Key(name.to_owned());
    let container = [
        key("spec"),
        key("template"),
        key("spec"),
        key("containers"),
        Segment::Index(0),
    ];
    match path.segments().strip_prefix(container.as_slice()) {
        Some(rest) => {
            let at = [key("spec"), key("containers"), Segment::Index(index)];
            FieldPath::new(at.to_vec()).below(rest)
        }
        None => path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sequential_job};

    #[test]
    fn faults_are_reported_where_they_were_written_and_once() {
        let container =
            |name: &str| json!({"name": name, "image": "x", "volumeMounts": [{"name": "data", "mountPath": "/data"}]});
        let mut object = sequential_job(json!({
            "containers": [container("a"), container("b"), container("C")],
            "template": {"metadata": {"labels": {"a b": "x"}}, "spec": {"volumes": [{"name": "data", "emptyDir": {}}]}},
        }));
        object["spec"]["containers"][1]["image"] = json!("");
        object["spec"]["containers"][0]["volumeMounts"][0]["name"] = json!("dta");
        let findings = findings(&object);
        let places: Vec<&str> = findings
            .lines()
            .map(|line| line.split(": ").next().unwrap_or_default())
            .collect();
        assert_eq!(
            places,
            [
                "spec.containers[0].volumeMounts[0].name",
                "spec.containers[1].image",
                "spec.containers[2].name",
                "spec.template.metadata.labels[a b]",
            ]
        );
    }

    #[test]
    fn without_containers_the_template_is_checked_all_the_same() {
        let findings = findings(&sequential_job(json!({
            "containers": [], "template": {"metadata": {"labels": {"a b": "x"}}},
        })));
        let places: Vec<&str> = findings
            .lines()
            .map(|line| line.split(": ").next().unwrap_or_default())
            .collect();
        assert_eq!(places, ["spec.containers", "spec.template.metadata.labels[a b]"]);
    }

    #[test]
    fn steps_run_one_by_one_so_each_has_the_ports_and_the_resources_of_the_pod_to_itself() {
        let container = |name: &str| {
            json!({
                "name": name, "image": "x", "ports": [{"containerPort": 80, "hostPort": 80}], "resources": {"requests": {"cpu": "1"}},
            })
        };
        let object = sequential_job(json!({
            "containers": [container("a"), container("b")], "template": {"spec": {"resources": {"requests": {"cpu": "1"}}}},
        }));
        assert_eq!(findings(&object), "");
    }

    #[test]
    fn a_large_object_is_checked_in_linear_time_and_so_are_its_faults() {
        let volumes: Vec<_> = (0..5_000)
            .map(|n| json!({"name": format!("v{n}"), "emptyDir": {}}))
            .collect();
        let containers = |mounts: serde_json::Value| -> Vec<_> {
            (0..5_000)
                .map(|n| json!({"name": format!("c{n}"), "image": "x", "volumeMounts": mounts}))
                .collect()
        };
        let with = |mounts| {
            findings(&sequential_job(
                json!({"containers": containers(mounts), "template": {"spec": {"volumes": volumes}}}),
            ))
        };
        assert_eq!(with(json!([])), "");
        // 5,000 times 5,000 names are not compared, and no more faults are told than a report has room for.
        assert_eq!(with(json!([{"name": "w12", "mountPath": "/x"}])).lines().count(), 1_000);
    }
}
