//! Bodies made to cost much: what a caller can think of who knows the source. For the tests, and for `cargo xtask bench webhook`.
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};

pub const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// The largest body that the webhook reads is 7 MiB; these stay just below.
const BYTES: usize = 7 * 1_024 * 1_024 - 16 * 1_024;

/// The most values and objects in lists that are read; see `jobflow_core::limits`.
const VALUES: usize = 125_000;
const LISTED_OBJECTS: usize = 25_000;

/// Hands every shape to the macro `$each`: its name, and how the first cause of its answer begins (nothing where the
/// object is accepted).
#[allow(unused_macros, reason = "each test file uses a part")]
macro_rules! each_shape {
    ($each:ident) => {
        $each! {
            lists_in_lists: "spec: Invalid value: may not be nested deeper than",
            objects_in_objects: "spec: Invalid value: may not be nested deeper than",
            small_keys: "spec: Too many: the object may have no more than 125000 values",
            one_key_again_and_again: "spec: Too many: the object may have no more than 125000 values",
            labels: "spec: Too many: the object may have no more than 125000 values",
            numbers: "spec: Too many: the object may have no more than 125000 values",
            unknown_fields_up_to_the_bound: "spec.flows[0].",
            labels_up_to_the_bound: "spec.globalParams.labels[",
            entries_of_nothing_up_to_the_bound: "",
            numbers_for_quantities_up_to_the_bound: "spec.flows[0].jobTemplate.template.spec.containers[0].resources.limits[0]:",
            wrong_types_up_to_the_bound: "spec.flows[0].dependencies[0]: Invalid value: \"integer\": must be of type string",
            empty_flows: "spec: Too many: the object may have no more than 125000 values",
            flows_with_a_wrong_name_and_template: "spec: Too many: the object may have no more than 125000 values",
            flows_up_to_the_bound: "spec.flows[0].name: Invalid value",
            dependencies_of_all_on_all: "spec: Too many: the object may have no more than 125000 values",
            unknown_dependencies: "spec.flows[0].dependencies[0]: Invalid value:",
            one_text: "spec.flows: Invalid value: \"string\": must be of type array",
            one_text_of_escapes: "spec.flows: Invalid value: \"string\": must be of type array",
            one_long_name: "spec.flows[0].name: Invalid value:",
            containers: "spec: Too many: the object may have no more than 125000 values",
            containers_up_to_the_bound: "spec.jobTemplate.template.spec.containers[0].image: Required value",
            volumes_up_to_the_bound: "",
            variables_up_to_the_bound: "",
            mounts_of_unknown_volumes: "spec.jobTemplate.template.spec.containers[0].volumeMounts[0].name: Not found",
            steps: "spec.containers: Too many: must have at most 5000 containers",
            steps_up_to_the_bound: "",
            steps_beside_init_containers: "",
            groups: "spec.groups: Too many: may have no more than 5000 groups",
            jobs: "spec.groups: Too many: may have no more than 5000 jobs",
            jobs_with_merged_parameters: "spec: Too long: the stored object",
            jobs_up_to_the_bound: "spec: Too long: the stored object",
            managed_dependencies: "spec.groups",
            excluded_nodes: "spec.excludeNodeList",
            two_objects_that_differ_everywhere: "spec",
            two_deep_objects: "spec",
        }
    };
}
#[allow(unused_imports, reason = "each test file uses a part")]
pub(crate) use each_shape;

/// A shape: its name, and what makes a body of it.
#[allow(dead_code, reason = "used by the benchmark only")]
pub type Shape = (&'static str, fn() -> String);

fn review(kind: &str, operation: &str, object: &str, old: &str) -> String {
    let (group, version) = group_and_version(kind);
    let review = json!({
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": UID, "kind": {"group": group, "version": version, "kind": kind},
            "name": "demo", "namespace": "default", "operation": operation, "userInfo": {"username": "mallory"},
            "object": "NEW", "oldObject": "OLD", "dryRun": false,
        },
    });
    let text = review.to_string();
    let text = text.replacen("\"OLD\"", old, 1).replacen("\"NEW\"", object, 1);
    assert!(text.len() <= 7 * 1_024 * 1_024, "{} bytes", text.len());
    text
}

fn group_and_version(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "SequentialJob" => ("batch.example.com", "v1alpha1"),
        "ManagedJob" => ("jobsmanager.raczylo.com", "v1beta1"),
        _ => ("api.practice.com", "v1alpha1"),
    }
}

/// A new object of `kind`, whose spec is this text.
fn created(kind: &str, spec: &str) -> String {
    review(kind, "CREATE", &object(kind, spec), "null")
}

fn object(kind: &str, spec: &str) -> String {
    let (group, version) = group_and_version(kind);
    format!(
        "{{\"apiVersion\":\"{group}/{version}\",\"kind\":\"{kind}\",\"metadata\":{{\"name\":\"demo\"}},\"spec\":{spec}}}"
    )
}

fn flows(text: &str) -> String {
    created("JobFlow", &format!("{{\"flows\":{text}}}"))
}

/// As many parts as fit into a body.
fn filled(part: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(BYTES);
    for index in 0.. {
        let next = part(index);
        if text.len() + next.len() > BYTES - 2_048 {
            break;
        }
        if index > 0 {
            text.push(',');
        }
        text.push_str(&next);
    }
    text
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(",")
}

pub fn lists_in_lists() -> String {
    let half = BYTES / 2 - 2_048;
    flows(&format!("{}{}", "[".repeat(half), "]".repeat(half)))
}

pub fn objects_in_objects() -> String {
    let levels = BYTES / 6 - 1_024;
    flows(&format!("{}0{}", "{\"a\":".repeat(levels), "}".repeat(levels)))
}

pub fn small_keys() -> String {
    flows(&format!("[{{{}}}]", filled(|index| format!("\"k{index}\":0"))))
}

pub fn one_key_again_and_again() -> String {
    flows(&format!("[{{{}}}]", filled(|_| "\"k\":0".to_owned())))
}

pub fn labels() -> String {
    let labels = filled(|index| format!("\"{index}\":\"\""));
    created(
        "JobFlow",
        &format!(
            "{{\"flows\":[{{\"name\":\"a\",\"jobTemplateRef\":\"t\"}}],\"globalParams\":{{\"labels\":{{{labels}}}}}}}"
        ),
    )
}

pub fn numbers() -> String {
    flows(&format!("[{{\"dependencies\":[{}]}}]", filled(|_| "1e9".to_owned())))
}

pub fn unknown_fields_up_to_the_bound() -> String {
    flows(&format!(
        "[{{{}}}]",
        repeated(VALUES - 20, |index| format!("\"nam{index}\":0"))
    ))
}

pub fn labels_up_to_the_bound() -> String {
    let labels = repeated(VALUES - 20, |index| format!("\"-{index}\":\"-\""));
    created(
        "JobFlow",
        &format!(
            "{{\"flows\":[{{\"name\":\"a\",\"jobTemplateRef\":\"t\"}}],\"globalParams\":{{\"labels\":{{{labels}}}}}}}"
        ),
    )
}

/// Each is left out.
pub fn entries_of_nothing_up_to_the_bound() -> String {
    let labels = repeated(VALUES - 30, |index| format!("\"{index}\":null"));
    let template = format!(
        "{{\"metadata\":{{\"labels\":{{{labels}}}}},\"spec\":{{\"containers\":[{{\"name\":\"a\",\"image\":\"x\"}}]}}}}"
    );
    flows(&format!(
        "[{{\"name\":\"a\",\"jobTemplate\":{{\"template\":{template}}}}}]"
    ))
}

/// Each is read as text.
pub fn numbers_for_quantities_up_to_the_bound() -> String {
    let limits = repeated(VALUES - 30, |index| format!("\"{index}\":1"));
    let container = format!("{{\"name\":\"a\",\"image\":\"x\",\"resources\":{{\"limits\":{{{limits}}}}}}}");
    flows(&format!(
        "[{{\"name\":\"a\",\"jobTemplate\":{{\"template\":{{\"spec\":{{\"containers\":[{container}]}}}}}}}}]"
    ))
}

pub fn wrong_types_up_to_the_bound() -> String {
    flows(&format!(
        "[{{\"dependencies\":[{}]}}]",
        repeated(VALUES - 20, |_| "0".to_owned())
    ))
}

pub fn empty_flows() -> String {
    flows(&format!("[{}]", filled(|_| "{}".to_owned())))
}

pub fn flows_with_a_wrong_name_and_template() -> String {
    flows(&format!(
        "[{}]",
        filled(|index| format!("{{\"name\":\"A{index}\",\"jobTemplate\":[]}}"))
    ))
}

/// 5,000 flows with four containers each, as far as the bound for objects in lists allows, all of them faulty.
pub fn flows_up_to_the_bound() -> String {
    let containers = ["{\"name\":\"A\"}"; 4].join(",");
    let flow = |index| {
        format!(
            "{{\"name\":\"A{index}\",\"jobTemplate\":{{\"template\":{{\"spec\":{{\"containers\":[{containers}]}}}}}}}}"
        )
    };
    flows(&format!("[{}]", repeated(5_000, flow)))
}

pub fn dependencies_of_all_on_all() -> String {
    let names: Vec<String> = (0..1_000).map(|index| format!("\"f{index}\"")).collect();
    let all = names.join(",");
    flows(&format!(
        "[{}]",
        repeated(1_000, |index| format!(
            "{{\"name\":{},\"dependencies\":[{all}]}}",
            names[index]
        ))
    ))
}

pub fn unknown_dependencies() -> String {
    let flow = |index: usize| {
        let names = repeated(20, |it| {
            format!("\"unknown-{index}-{it}-with-a-rather-long-name-to-compare\"")
        });
        format!("{{\"name\":\"flow-{index}-with-a-rather-long-name-to-compare-it-with\",\"dependencies\":[{names}]}}")
    };
    flows(&format!("[{}]", repeated(1_000, flow)))
}

pub fn one_text() -> String {
    flows(&format!("\"{}\"", "x".repeat(BYTES - 2_048)))
}

pub fn one_text_of_escapes() -> String {
    flows(&format!("\"{}\"", "\\u001b".repeat((BYTES - 2_048) / 6)))
}

pub fn one_long_name() -> String {
    flows(&format!(
        "[{{\"name\":\"{}\",\"jobTemplateRef\":\"t\"}}]",
        "\\u202e".repeat((BYTES - 2_048) / 6)
    ))
}

fn template(pod: &str) -> String {
    created(
        "JobTemplate",
        &format!("{{\"jobTemplate\":{{\"template\":{{\"spec\":{{\"restartPolicy\":\"Never\",{pod}}}}}}}}}"),
    )
}

pub fn containers() -> String {
    template(&format!("\"containers\":[{}]", filled(|_| "{}".to_owned())))
}

/// Well-formed by the schema, so that all of them are decoded.
pub fn containers_up_to_the_bound() -> String {
    template(&format!(
        "\"containers\":[{}]",
        repeated(LISTED_OBJECTS, |index| format!("{{\"name\":\"c{index}\"}}"))
    ))
}

pub fn volumes_up_to_the_bound() -> String {
    let volumes = repeated(LISTED_OBJECTS - 1, |index| format!("{{\"name\":\"v{index}\"}}"));
    template(&format!(
        "\"containers\":[{{\"name\":\"a\",\"image\":\"x\"}}],\"volumes\":[{volumes}]"
    ))
}

pub fn variables_up_to_the_bound() -> String {
    let variables = repeated(LISTED_OBJECTS - 1, |index| {
        format!("{{\"name\":\"V{index}\",\"value\":\"$(V0)\"}}")
    });
    template(&format!(
        "\"containers\":[{{\"name\":\"a\",\"image\":\"x\",\"env\":[{variables}]}}]"
    ))
}

pub fn mounts_of_unknown_volumes() -> String {
    let volumes = repeated(5_000, |index| {
        format!("{{\"name\":\"volume-{index}\",\"emptyDir\":{{}}}}")
    });
    let mounts = repeated(19_000, |index| {
        format!("{{\"name\":\"volumes-{index}\",\"mountPath\":\"/{index}\"}}")
    });
    template(&format!(
        "\"containers\":[{{\"name\":\"a\",\"image\":\"x\",\"volumeMounts\":[{mounts}]}}],\"volumes\":[{volumes}]"
    ))
}

fn sequential(containers: usize, template: &str) -> String {
    let containers = repeated(containers, |index| format!("{{\"name\":\"c{index}\",\"image\":\"x\"}}"));
    created("SequentialJob", &format!("{{\"containers\":[{containers}]{template}}}"))
}

pub fn steps() -> String {
    sequential(LISTED_OBJECTS, "")
}

/// Each step has what a check may look at again for every step: variables, mounts, ports.
pub fn steps_up_to_the_bound() -> String {
    let volumes = repeated(5_000, |index| format!("{{\"name\":\"v{index}\",\"emptyDir\":{{}}}}"));
    let step = |index: usize| {
        let env = "{\"name\":\"E\",\"value\":\"1\"}";
        format!(
            "{{\"name\":\"c{index}\",\"image\":\"x\",\"env\":[{env}],\"volumeMounts\":[{{\"name\":\"v{index}\",\"mountPath\":\"/v\"}}],\
             \"ports\":[{{\"containerPort\":80}}]}}"
        )
    };
    let template = format!(",\"template\":{{\"spec\":{{\"restartPolicy\":\"Never\",\"volumes\":[{volumes}]}}}}");
    created(
        "SequentialJob",
        &format!("{{\"containers\":[{}]{template}}}", repeated(5_000, step)),
    )
}

pub fn steps_beside_init_containers() -> String {
    let init = repeated(20, |index| {
        format!("{{\"name\":\"i{index}\",\"image\":\"x\",\"resources\":{{\"requests\":{{\"cpu\":\"1m\"}}}}}}")
    });
    let pod = format!(
        "\"restartPolicy\":\"Never\",\"resources\":{{\"requests\":{{\"cpu\":\"100\"}}}},\"initContainers\":[{init}]"
    );
    sequential(5_000, &format!(",\"template\":{{\"spec\":{{{pod}}}}}"))
}

fn managed(spec: &str) -> String {
    created("ManagedJob", &format!("{{{spec}}}"))
}

pub fn groups() -> String {
    managed(&format!(
        "\"groups\":[{}]",
        repeated(LISTED_OBJECTS, |index| format!("{{\"name\":\"g{index}\"}}"))
    ))
}

pub fn jobs() -> String {
    let jobs = repeated(LISTED_OBJECTS - 1, |index| format!("{{\"name\":\"j{index}\"}}"));
    managed(&format!("\"groups\":[{{\"name\":\"g\",\"jobs\":[{jobs}]}}]"))
}

/// Parameters of the spec count once a job: 5,000 times 200 kB, were they merged.
pub fn jobs_with_merged_parameters() -> String {
    let labels = repeated(20_000, |index| format!("\"l{index}\":\"\""));
    let jobs = repeated(5_000, |index| format!("{{\"name\":\"j{index}\",\"image\":\"x\"}}"));
    managed(&format!(
        "\"params\":{{\"labels\":{{{labels}}}}},\"groups\":[{{\"name\":\"g\",\"jobs\":[{jobs}]}}]"
    ))
}

pub fn jobs_up_to_the_bound() -> String {
    let env = repeated(3, |index| format!("{{\"name\":\"E{index}\",\"value\":\"1\"}}"));
    let job = |index| format!("{{\"name\":\"j{index}\",\"image\":\"x\",\"params\":{{\"env\":[{env}]}}}}");
    managed(&format!(
        "\"groups\":[{{\"name\":\"g\",\"jobs\":[{}]}}]",
        repeated(5_000, job)
    ))
}

pub fn managed_dependencies() -> String {
    let dependencies = repeated(19, |index| format!("{{\"name\":\"unknown-name-{index}\"}}"));
    let jobs = repeated(1_000, |index| {
        format!("{{\"name\":\"unknown-job-{index}\",\"image\":\"x\",\"dependencies\":[{dependencies}]}}")
    });
    managed(&format!("\"groups\":[{{\"name\":\"g\",\"jobs\":[{jobs}]}}]"))
}

pub fn excluded_nodes() -> String {
    let template =
        "\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"a\",\"image\":\"x\"}]}}";
    let nodes = "A_,".repeat((BYTES - 2_048) / 3);
    created("DaemonJob", &format!("{{\"excludeNodeList\":\"{nodes}\",{template}}}"))
}

pub fn two_objects_that_differ_everywhere() -> String {
    let spec = |value: &str| {
        let keys = repeated(VALUES - 20, |index| format!("\"k{index}\":{value}"));
        object(
            "JobFlow",
            &format!(
                "{{\"flows\":[{{\"name\":\"a\",\"jobTemplateRef\":\"t\"}}],\"globalParams\":{{\"labels\":{{{keys}}}}}}}"
            ),
        )
    };
    review("JobFlow", "UPDATE", &spec("\"-\""), &spec("\"+\""))
}

/// Very many equal places, all of them very deep: a path to each would be a hundred times its value.
pub fn two_deep_objects() -> String {
    let spec = |last: &str| {
        let (open, close) = ("{\"a-key\":".repeat(110), "}".repeat(110));
        let items = repeated(VALUES - 200, |_| "0".to_owned());
        object(
            "JobFlow",
            &format!("{{\"flows\":[],\"deep\":{open}[{items},{last}]{close}}}"),
        )
    };
    review("JobFlow", "UPDATE", &spec("1"), &spec("2"))
}

/// What all shapes have in common, for the reader of an answer.
#[allow(dead_code, reason = "used by the tests only")]
pub fn causes(response: &Value) -> Vec<String> {
    let causes = response["status"]["details"]["causes"].as_array();
    let line = |cause: &Value| {
        let text = |key: &str| cause[key].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", text("field"), text("message"))
    };
    causes.into_iter().flatten().map(line).collect()
}
