//! What was written once is found again, from whatever Job it came to.

use serde_json::{Value, json};

use super::Written;
use crate::admission::{NoTemplates, Recognized, recognize};
use crate::field::{FieldPath, Segment};
use crate::rendering::{RenderedStep, World, render};
use crate::testing::{daemon_job, job_flow, managed_job, sequential_job};

/// What the texts begin with that an author wrote once.
const MARK: &str = "mark";

fn steps(object: &Value, world: &World) -> Vec<RenderedStep> {
    let Recognized::Ours(kind) = recognize(object) else {
        panic!("{object} is not ours")
    };
    render(kind, object, world, &NoTemplates).unwrap_or_else(|report| panic!("{report:?}"))
}

/// The paths of all marks in `job`, with what they are.
fn marks(job: &Value) -> Vec<(FieldPath, String)> {
    let mut found = Vec::new();
    let mut open = vec![(Vec::new(), job)];
    while let Some((path, value)) = open.pop() {
        let inner = |segment| [path.as_slice(), &[segment]].concat();
        match value {
            Value::Object(members) => {
                open.extend(
                    members
                        .iter()
                        .map(|(key, value)| (inner(Segment::Key(key.clone())), value)),
                );
            }
            Value::Array(items) => {
                open.extend(
                    items
                        .iter()
                        .enumerate()
                        .map(|(at, value)| (inner(Segment::Index(at)), value)),
                );
            }
            Value::String(text) if text.starts_with(MARK) => found.push((FieldPath::new(path), text.clone())),
            _ => {}
        }
    }
    found
}

/// Holds each mark of each Job against what stands at the author's path. Says how many there are.
fn assert_found_again(object: &Value, template: &Value) -> usize {
    let mut world = World::with_stand_ins();
    world.note(template);
    let mut seen = 0;
    for step in steps(object, &world) {
        for (path, mark) in marks(&step.job.unwrap()) {
            let Written {
                template: name,
                path: author,
            } = step.origin.of(&path);
            let holder = if name.is_some() { template } else { object };
            let found = holder.pointer(&author.to_pointer());
            assert_eq!(found, Some(&json!(mark)), "{}: {path} leads to {author}", step.step);
            seen += 1;
        }
    }
    seen
}

fn container(name: &str, env: &[&str]) -> Value {
    let variable = |name: &&str| json!({"name": name, "value": format!("mark-{name}")});
    json!({
        "name": name, "image": format!("mark-{name}"), "env": env.iter().map(variable).collect::<Vec<_>>(),
        "volumeMounts": [{"name": "own", "mountPath": format!("mark/{name}")}],
    })
}

fn job(label: &str) -> Value {
    let term = json!({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["mark-zone"]}]});
    json!({"template": {
        "metadata": {"labels": {"team": label, "both": "mark-own"}, "annotations": {"note": "mark-note", "both": "mark-own"}},
        "spec": {
            "initContainers": [container("init", &["A"])],
            "containers": [container("main", &["B", "C"]), container("side", &[])],
            "volumes": [{"name": "own", "emptyDir": {}}],
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}},
        },
    }})
}

fn globals() -> Value {
    let variable = |name: &str| json!({"name": name, "value": format!("mark-global-{name}")});
    json!({
        "env": [variable("A"), variable("B"), variable("D")],
        "labels": {"cost": "mark-cost", "both": "mark-global"}, "annotations": {"more": "mark-more", "both": "mark-global"},
    })
}

#[test]
fn every_part_of_a_job_flow_is_found_again() {
    let mut params = globals();
    params["nodeName"] = json!("mark-node");
    let object = job_flow(json!({
        "globalParams": params,
        "shareVolumes": [{"name": "shared", "configMap": {"name": "mark-map"}}],
        "flows": [
            {"name": "late", "dependencies": ["soon"], "jobTemplateRef": "t",
                "shareVolumeMounts": [{"name": "shared", "mountPath": "mark-late"}]},
            {"name": "soon", "jobTemplate": job("mark-soon"),
                "shareVolumeMounts": [{"name": "shared", "mountPath": "mark-soon"}]},
            {"name": "plain", "jobTemplate": job("mark-plain")},
        ],
    }));
    let template = json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobTemplate", "metadata": {"name": "t"},
        "spec": {"jobTemplate": job("mark-template")}});
    assert!(assert_found_again(&object, &template) > 75);
    assert!(assert_found_again(&template, &template) > 10);
}

#[test]
fn every_part_of_a_daemon_job_is_found_again() {
    let mut spec = job("mark-team");
    spec["globalParams"] = globals();
    assert!(assert_found_again(&daemon_job(spec), &json!({})) > 20);
}

#[test]
fn every_part_of_a_managed_job_is_found_again() {
    let params = |level: &str| {
        let mark = format!("mark-{level}");
        json!({
            "env": [{"name": "A", "value": mark}, {"name": level.to_uppercase(), "value": mark}], "labels": {"a": mark, level: mark},
            "annotations": {"a": mark, level: mark}, "serviceAccount": mark,
            "volumes": [{"name": level, "configMap": {"name": mark}}],
            "volumeMount": [{"name": level, "mountPath": format!("mark/{level}")}],
            "imagePullSecrets": [{"name": mark}], "fromEnv": [{"configMapRef": {"name": mark}}],
        })
    };
    let job = |name: &str, params: Value| json!({"name": name, "image": format!("mark-{name}"), "args": ["mark-arg"], "params": params});
    let object = managed_job(json!({
        "params": params("spec"),
        "groups": [
            {"name": "g", "params": params("group"), "jobs": [job("a", params("job")), job("b", json!({}))]},
            {"name": "h", "jobs": [job("c", json!({}))]},
        ],
    }));
    assert!(assert_found_again(&object, &json!({})) > 60);
}

#[test]
fn every_part_of_a_sequential_job_is_found_again() {
    let object = sequential_job(json!({
        "containers": [container("a", &["A"]), container("b", &[])],
        "template": {"metadata": {"labels": {"team": "mark-team"}}, "spec": {
            "initContainers": [container("init", &["A"])], "volumes": [{"name": "own", "emptyDir": {}}],
            "serviceAccountName": "mark-account",
        }},
    }));
    assert!(assert_found_again(&object, &json!({})) > 14);
}

/// The author's path of what the API server calls `path`, in the first Job.
fn author(object: &Value, path: &str) -> String {
    let step = steps(object, &World::with_stand_ins()).remove(0);
    step.origin.of(&FieldPath::parse(path).unwrap()).path.to_string()
}

#[test]
fn what_jobflow_adds_is_the_steps_and_what_is_not_there_is_where_it_would_be_written() {
    let step =
        json!({"name": "a", "jobTemplate": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    let flow = job_flow(json!({"flows": [step]}));
    let job = job("x");
    let daemon = daemon_job(json!({"template": job["template"]}));
    let managed = managed_job(json!({}));
    let sequential = sequential_job(json!({}));
    let template = json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobTemplate", "metadata": {"name": "t"},
        "spec": {"jobTemplate": job}});
    let ours = "metadata.labels[api.practice.com/step]";
    let term = "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]\
                .matchFields[0].values[0]";
    let security = "spec.template.spec.securityContext.runAsNonRoot";
    for (object, path, expected) in [
        (&flow, ours, "spec.flows[0]"),
        (&flow, "status", "spec.flows[0]"),
        (&flow, "metadata.name", "spec.flows[0].name"),
        (&flow, "metadata.namespace", "metadata.namespace"),
        (
            &flow,
            security,
            "spec.flows[0].jobTemplate.template.spec.securityContext.runAsNonRoot",
        ),
        (
            &flow,
            "spec.template.labels",
            "spec.flows[0].jobTemplate.template.metadata.labels",
        ),
        (&daemon, ours, "spec.template"),
        (&daemon, term, "spec.template"),
        (&daemon, "metadata.name", "metadata.name"),
        (&daemon, security, security),
        (&managed, ours, "spec.groups[0].jobs[0]"),
        (&managed, security, "spec.groups[0].jobs[0]"),
        (&managed, "metadata.name", "spec.groups[0].jobs[0].name"),
        (&managed, "spec.backoffLimit", "spec.retries"),
        (&sequential, ours, "spec.containers[0]"),
        (&sequential, security, security),
        (&sequential, "metadata.name", "metadata.name"),
        (&template, ours, "spec.jobTemplate"),
        (&template, "metadata.name", "spec.jobTemplate"),
        (
            &template,
            security,
            "spec.jobTemplate.template.spec.securityContext.runAsNonRoot",
        ),
    ] {
        assert_eq!(author(object, path), expected, "{path}");
    }
}

#[test]
fn with_stand_ins_everything_has_a_job_that_belongs_to_nothing() {
    let mut daemon = daemon_job(json!({"excludeNodeList": "stand-in"}));
    daemon["metadata"]["uid"] = json!("u-1");
    let job = steps(&daemon, &World::with_stand_ins()).remove(0).job.unwrap();
    assert_eq!(job["metadata"]["name"], "demo-stand-in");
    assert!(!job.to_string().contains("u-1"), "{job}");
    let template = json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobTemplate", "metadata": {"name": "t"},
        "spec": {"jobTemplate": crate::testing::job()}});
    assert!(steps(&template, &World::default()).is_empty());
    let job = steps(&template, &World::with_stand_ins()).remove(0).job.unwrap();
    assert_eq!(job["metadata"]["name"], "stand-in");
    assert_eq!(job["spec"]["template"]["spec"]["restartPolicy"], "Never");
}
