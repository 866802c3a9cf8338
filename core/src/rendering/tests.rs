//! Which Jobs an object gives, and where their parts were written.

use serde_json::{Value, json};

use super::{NoJob, World, render};
use crate::admission::{NoTemplates, Recognized, recognize};
use crate::testing::{daemon_job, flows_with, job, managed_job, sequential_job};

fn rendered(object: &Value, world: &World) -> Vec<(String, Result<Value, NoJob>)> {
    let Recognized::Ours(kind) = recognize(object) else {
        panic!("{object} is not ours")
    };
    let steps = render(kind, object, world, &NoTemplates).unwrap();
    steps.into_iter().map(|step| (step.step, step.job)).collect()
}

fn names(object: &Value) -> Vec<String> {
    let jobs = rendered(object, &World::with_nodes(vec!["n1".to_owned(), "n.2".to_owned()]));
    let name = |(_, job): (String, Result<Value, NoJob>)| job.unwrap()["metadata"]["name"].as_str().unwrap().to_owned();
    jobs.into_iter().map(name).collect()
}

#[test]
fn every_kind_gives_its_jobs_in_the_order_of_its_graph() {
    assert_eq!(
        names(&flows_with(&[("c", &["b"]), ("a", &[]), ("b", &["a"])])),
        ["demo-a", "demo-b", "demo-c"]
    );
    assert_eq!(names(&daemon_job(json!({})))[0], "demo-n1");
    let group = |name: &str, then: Value| {
        json!({"name": name, "parallel": true, "dependencies": then,
        "jobs": [{"name": "x", "image": "i"}]})
    };
    let groups = json!({"groups": [group("late", json!([{"name": "soon"}])), group("soon", json!([]))]});
    assert_eq!(names(&managed_job(groups)), ["demo-soon-x", "demo-late-x"]);
    let containers = json!({"containers": [{"name": "z", "image": "i"}, {"name": "a", "image": "i"}]});
    assert_eq!(names(&sequential_job(containers)), ["demo-0", "demo-1"]);
}

#[test]
fn only_a_stored_object_has_an_owner_reference_and_an_empty_namespace_is_none() {
    let mut object = flows_with(&[("a", &[])]);
    let job = |object: &Value| rendered(object, &World::default()).remove(0).1.unwrap();
    let plain = job(&object);
    assert_eq!(plain["metadata"].get("ownerReferences"), None);
    assert_eq!(plain["metadata"].get("namespace"), None);
    assert!(!plain.to_string().contains("owner-uid"));
    object["metadata"]["uid"] = json!("u-1");
    object["metadata"]["namespace"] = json!("n");
    let stored = job(&object);
    assert_eq!(stored["metadata"]["ownerReferences"][0]["uid"], "u-1");
    assert_eq!(
        stored["spec"]["template"]["metadata"]["labels"]["api.practice.com/owner-uid"],
        "u-1"
    );
    assert_eq!(stored["metadata"]["namespace"], "n");
}

#[test]
fn a_template_is_found_in_its_own_namespace_only() {
    let mut object = flows_with(&[("a", &[])]);
    object["spec"]["flows"][0] = json!({"name": "a", "jobTemplateRef": "t"});
    let template = json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobTemplate",
        "metadata": {"name": "t"}, "spec": {"jobTemplate": job()}});
    let mut world = World::default();
    assert_eq!(
        rendered(&object, &world)[0].1,
        Err(NoJob::TemplateNotFound("t".to_owned()))
    );
    world.note(&template);
    assert!(rendered(&object, &world)[0].1.is_ok());
    object["metadata"]["namespace"] = json!("other");
    assert!(rendered(&object, &world)[0].1.is_err());
}

#[test]
fn an_excluded_node_has_no_job() {
    let object = daemon_job(json!({"excludeNodeList": "b"}));
    let world = World::with_nodes(vec!["a".to_owned(), "b".to_owned()]);
    let jobs = rendered(&object, &world);
    assert!(jobs[0].1.is_ok());
    assert_eq!(jobs[1].1, Err(NoJob::NodeExcluded));
}

#[test]
fn a_generated_name_is_completed() {
    let mut object = flows_with(&[("a", &[])]);
    object["metadata"] = json!({"generateName": "nightly-"});
    assert_eq!(names(&object), ["nightly-xxxxx-a"]);
}
