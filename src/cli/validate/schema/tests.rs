//! What schemas and their rules say, in the words of the API server, and that nothing is said twice.

use jobflow_core::admission::{self, NoTemplates, Recognized, recognize};
use jobflow_core::diagnostic::{Diagnostic, Report};
use jobflow_core::field::At;
use serde_json::{Value, json};

use super::constraints::Constraints;
use super::rules::Rules;
use super::walk;

fn lines(found: impl IntoIterator<Item = Diagnostic>) -> String {
    found.into_iter().map(|finding| format!("{finding}\n")).collect()
}

fn walked(schema: &Value, spec: &Value) -> String {
    let mut found = Vec::new();
    walk::check(&Constraints::of(schema).unwrap(), spec, &At::SPEC, &mut found);
    lines(found)
}

/// All that `jobflow validate` says of an object without places.
fn all(object: &Value) -> String {
    let Recognized::Ours(kind) = recognize(object) else {
        panic!("{object} is not ours")
    };
    let report = admission::check_with(kind, object, &NoTemplates, |object, report| {
        super::check(kind, object, report);
    });
    lines(report)
}

fn job_flow(spec: &Value) -> Value {
    json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "demo"}, "spec": spec})
}

#[test]
fn every_constraint_speaks_as_the_api_server_does() {
    let schema = json!({"properties": {
        "when": {"enum": ["Always", "Never", null]},
        "name": {"minLength": 1, "maxLength": 3, "pattern": "^[a-z]*$"},
        "few": {"minItems": 1, "maxItems": 2, "items": {"minimum": 0.0, "maximum": 100.0}},
        "map": {"minProperties": 1, "maxProperties": 1, "additionalProperties": {"maxLength": 1}},
        "keyed": {"x-kubernetes-list-map-keys": ["name"]},
        "set": {"x-kubernetes-list-type": "set"},
        "free": {"type": "string"},
    }});
    let good = json!({"when": "Always", "name": "abc", "few": [0, 100], "map": {"k": "v"}, "keyed": [{"name": "a"}, {"name": "b"}],
        "set": ["a", "b"], "free": "anything"});
    assert_eq!(walked(&schema, &good), "");
    let nulls = json!({"when": null, "name": null, "few": null, "map": null, "keyed": null});
    assert_eq!(walked(&schema, &nulls), "", "the core says what may not be null");
    let bad = json!({"when": "Sometimes", "name": "ABCD", "few": [-1, 101, 3], "map": {"k": "vv", "l": "v"},
        "keyed": [{"name": "a"}, {"name": "b"}, {"name": "a"}], "set": ["a", "a"]});
    assert_eq!(
        walked(&schema, &bad),
        "\
spec.few: Too many: 3: must have at most 2 items [XX007]
spec.few[0]: Invalid value: -1: spec.few[0] in body should be greater than or equal to 0 [XX007]
spec.few[1]: Invalid value: 101: spec.few[1] in body should be less than or equal to 100 [XX007]
spec.keyed[2]: Duplicate value: {\"name\":\"a\"}: must be unique in this list [XX007]
spec.map: Too many: 2: must have at most 1 items [XX007]
spec.map[k]: Too long: may not be more than 1 bytes [XX007]
spec.name: Invalid value: \"ABCD\": spec.name in body should match '^[a-z]*$' [XX007]
spec.name: Too long: may not be more than 3 bytes [XX007]
spec.set[1]: Duplicate value: \"a\": must be unique in this list [XX007]
spec.when: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\" [XX007]
"
    );
    assert_eq!(
        walked(&schema, &json!({"name": "", "few": [], "map": {}})),
        "\
spec.few: Invalid value: 0: spec.few in body should have at least 1 items [XX007]
spec.map: Invalid value: 0: spec.map in body should have at least 1 properties [XX007]
spec.name: Invalid value: \"\": spec.name in body should be at least 1 chars long [XX007]
"
    );
}

#[test]
fn every_rule_in_cel_is_evaluated_and_speaks_for_its_rule() {
    let rules = |schema: &str| {
        let schema: Value = serde_json::from_str(schema).unwrap();
        Rules::of(&schema["properties"]["spec"]).unwrap()
    };
    let spec = json!({"flows": [
        {"name": "neither", "jobTemplate": null, "jobTemplateRef": ""},
        {"name": "both", "jobTemplate": {}, "jobTemplateRef": "t"},
        {"name": "loop", "dependencies": ["x", "loop"], "jobTemplateRef": "t"},
        {"name": "good", "dependencies": ["x"], "jobTemplate": null, "jobTemplateRef": "t"},
    ]});
    assert_eq!(
        lines(rules(crds::schema::JOB_FLOW).broken_by(&spec)),
        "\
spec.flows[0].jobTemplate: Required value: flow 'neither' must have `jobTemplate` or `jobTemplateRef` [JF302]
spec.flows[1].jobTemplateRef: Forbidden: flow 'both' has `jobTemplate` too, and may have only one of the two [JF301]
spec.flows[2].dependencies: Invalid value: a flow may not depend on itself [JF202]
"
    );
    let bound = json!({"template": {}, "globalParams": {"nodeName": "n"}});
    let said = lines(rules(crds::schema::DAEMON_JOB).broken_by(&bound));
    assert!(
        said.starts_with("spec.globalParams.nodeName: Forbidden: a DaemonJob runs one Job"),
        "{said}"
    );
    assert!(said.ends_with(" [DJ504]\n"), "{said}");
    let shared = json!({"containers": [{}], "template": {"spec": {"containers": [{}]}}});
    let said = lines(rules(crds::schema::SEQUENTIAL_JOB).broken_by(&shared));
    assert!(
        said.starts_with("spec.template.spec.containers: Forbidden: must be empty"),
        "{said}"
    );
    assert!(said.ends_with(" [SJ301]\n"), "{said}");
}

#[test]
fn what_a_rule_of_the_core_says_is_not_said_again() {
    let job = json!({"template": {"spec": {"containers": [{"name": "main", "image": "busybox"}]}}});
    let flow = |name: &str, more: Value| {
        let mut flow = json!({"name": name, "jobTemplate": job});
        flow.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        flow
    };
    let spec = json!({"failurePolicy": "Sometimes", "flows": [
        flow("A", json!({})), flow("a", json!({})), flow("a", json!({"when": "never"})),
        flow("loop", json!({"dependencies": ["loop"]})), flow("both", json!({"jobTemplateRef": "t"})), {"name": "neither"},
    ]});
    let said = all(&job_flow(&spec));
    let ids: Vec<&str> = said
        .lines()
        .filter_map(|line| line.rsplit_once('['))
        .map(|(_, id)| id)
        .collect();
    assert_eq!(
        ids,
        ["JF310]", "JF101]", "JF102]", "JF205]", "JF202]", "JF301]", "JF302]"],
        "{said}"
    );
}

#[test]
fn labels_and_annotations_of_the_object_itself_are_looked_at() {
    let mut object = job_flow(&json!({"flows": [{"name": "a", "jobTemplateRef": "t"}]}));
    object["metadata"]["labels"] = json!({"team": "a b", "ok": "", "a/b/c": "x"});
    object["metadata"]["annotations"] = json!({"Example.com/Fine": "a b", "no/way/": ""});
    let said = all(&object);
    let paths: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(
        paths,
        [
            "metadata.annotations[no/way/]",
            "metadata.labels[a/b/c]",
            "metadata.labels[team]"
        ],
        "{said}"
    );
    object["metadata"]["labels"] = json!({});
    object["metadata"]["annotations"] = json!({"a": "x".repeat(256 * 1024)});
    assert_eq!(
        all(&object),
        "metadata.annotations: Too long: may not be more than 262144 bytes [XX007]\n"
    );
}

#[test]
fn beyond_the_limits_nothing_else_is_said() {
    let flows: Vec<Value> = (0..=crds::FLOWS_MAX)
        .map(|_| json!({"name": "a", "jobTemplateRef": "t"}))
        .collect();
    let said = all(&job_flow(&json!({ "flows": flows })));
    assert_eq!((said.lines().count(), said.contains("[JF901]")), (1, true), "{said}");
}

#[test]
fn a_full_report_is_left_alone() {
    let mut report = Report::default();
    while !report.is_full() {
        report.push(jobflow_core::rules::refused_by_schema::fault(
            &At::ROOT,
            jobflow_core::diagnostic::Reason::Invalid,
            "",
        ));
    }
    let before = report.findings().len();
    super::check(
        &jobflow_core::job_flow::KIND,
        &job_flow(&json!({"flows": []})),
        &mut report,
    );
    assert_eq!(report.findings().len(), before);
}
