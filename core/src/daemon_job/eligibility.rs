//! Eligibility: which nodes the pods of a DaemonJob could run on.
//!
//! It is decided as the DaemonSet controller does (`NodeShouldRunDaemonPod` in `pkg/controller/daemon` of Kubernetes
//! 1.36), from the author's own template, and without the tolerations that it adds by itself. Resources, ports and pod
//! affinity are not considered: where they are lacking today, the pod waits for them.
//!
//! A node that is cordoned or not ready for now is eligible all the same: it gets its Job, and the Job waits. So the
//! taints by which Kubernetes says no more than that do not count.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Taint, Toleration};

use super::Node;

/// Taints that Kubernetes itself sets, and that pass: cordoned, not ready, not reachable.
const PASSING_TAINTS: [&str; 3] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/unschedulable",
];

/// Why the pods of a template cannot run on a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Misfit {
    /// The template's `nodeName` is the name of another node.
    NodeName,
    /// The node lacks the labels of `nodeSelector`, or the required node affinity does not match it.
    Selector,
    /// The node has a taint that the template does not tolerate.
    Taint(Taint),
}

/// Why the pods of `template` cannot run on the node of this name; `None` if they can.
pub fn misfit(template: &PodSpec, name: &str, node: &Node) -> Option<Misfit> {
    if template
        .node_name
        .as_deref()
        .is_some_and(|wanted| !wanted.is_empty() && wanted != name)
    {
        return Some(Misfit::NodeName);
    }
    if !selects(template, name, &node.labels) {
        return Some(Misfit::Selector);
    }
    let counts = |taint: &&Taint| repels(taint) && !PASSING_TAINTS.contains(&taint.key.as_str());
    let taint = node
        .taints
        .iter()
        .filter(counts)
        .find(|taint| !is_tolerated(template, taint));
    taint.cloned().map(Misfit::Taint)
}

/// Why no pod starts on a node that was eligible when it got its Job; `None` if nothing speaks against it.
pub fn hindrance(template: &PodSpec, name: &str, node: &Node) -> Option<Hindrance> {
    if !node.is_ready {
        return Some(Hindrance::NotReady);
    }
    // What the scheduler asks of a pod for a cordoned node (`NodeUnschedulable`).
    let cordon = Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Taint::default()
    };
    if node.is_cordoned && !is_tolerated(template, &cordon) {
        return Some(Hindrance::Cordoned);
    }
    misfit(template, name, node).map(Hindrance::Misfit)
}

/// Why no pod starts on a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Hindrance {
    /// Its kubelet is not ready, or does not answer.
    NotReady,
    /// It is cordoned.
    Cordoned,
    /// It has changed since it got its Job.
    Misfit(Misfit),
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hindrance::NotReady => write!(f, "it is not ready"),
            Hindrance::Cordoned => write!(f, "it is cordoned"),
            Hindrance::Misfit(Misfit::NodeName | Misfit::Selector) => {
                write!(f, "its labels no longer match the template's node selector or affinity")
            }
            Hindrance::Misfit(Misfit::Taint(taint)) => {
                write!(f, "the template does not tolerate its taint '{}'", shown(taint))
            }
        }
    }
}

/// A taint as `kubectl taint` writes it.
pub(super) fn shown(taint: &Taint) -> String {
    match taint.value.as_deref().unwrap_or_default() {
        "" => format!("{}:{}", taint.key, taint.effect),
        value => format!("{}={value}:{}", taint.key, taint.effect),
    }
}

/// Whether a taint keeps pods away that do not tolerate it. `PreferNoSchedule` does not.
fn repels(taint: &Taint) -> bool {
    matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")
}

fn is_tolerated(template: &PodSpec, taint: &Taint) -> bool {
    template
        .tolerations
        .iter()
        .flatten()
        .any(|toleration| tolerates(toleration, taint))
}

/// `Toleration.ToleratesTaint`. An empty key or effect stands for all of them.
fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let stands_for = |wanted: &Option<String>, own: &str| {
        wanted
            .as_deref()
            .is_none_or(|wanted| wanted.is_empty() || wanted == own)
    };
    stands_for(&toleration.effect, &taint.effect)
        && stands_for(&toleration.key, &taint.key)
        && match text(&toleration.operator).as_str() {
            "" | "Equal" => text(&toleration.value) == text(&taint.value),
            "Exists" => true,
            _ => false,
        }
}

/// Whether `nodeSelector` and the required node affinity both match (`nodeaffinity.GetRequiredNodeAffinity`).
fn selects(template: &PodSpec, name: &str, labels: &BTreeMap<String, String>) -> bool {
    let mut wanted = template.node_selector.iter().flatten();
    if !wanted.all(|(key, value)| labels.get(key) == Some(value)) {
        return false;
    }
    let affinity = template.affinity.as_ref();
    let affinity = affinity.and_then(|affinity| affinity.node_affinity.as_ref());
    let required = affinity.and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    required.is_none_or(|required| {
        required
            .node_selector_terms
            .iter()
            .any(|term| matches_term(term, name, labels))
    })
}

/// Terms are alternatives; within one, all must hold. A term that asks for nothing matches nothing.
fn matches_term(term: &NodeSelectorTerm, name: &str, labels: &BTreeMap<String, String>) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let matches_field = |field: &NodeSelectorRequirement| field.key == "metadata.name" && holds(field, Some(name));
    (!expressions.is_empty() || !fields.is_empty())
        && expressions
            .iter()
            .all(|expression| holds(expression, labels.get(&expression.key).map(String::as_str)))
        && fields.iter().all(matches_field)
}

/// `labels.Requirement.Matches`: `NotIn` holds for a label that is absent, `Gt` and `Lt` compare whole numbers.
fn holds(requirement: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let is_among = || value.is_some_and(|value| values.iter().any(|wanted| wanted == value));
    let number = |text: &str| text.parse::<i64>().ok();
    let numbers = || Some((number(value?)?, number(values.first()?)?));
    match requirement.operator.as_str() {
        "In" => is_among(),
        "NotIn" => !is_among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => numbers().is_some_and(|(own, bound)| own > bound),
        "Lt" => numbers().is_some_and(|(own, bound)| own < bound),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::PodSpec;
    use serde_json::{Value, from_value, json};

    use super::{Hindrance, Misfit, Node, hindrance, misfit};

    fn node(labels: Value, taints: Value) -> Node {
        Node {
            labels: from_value(labels).unwrap(),
            taints: from_value(taints).unwrap(),
            is_cordoned: false,
            is_ready: true,
        }
    }

    fn template(mut members: Value) -> PodSpec {
        members["containers"] = json!([]);
        from_value(members).unwrap()
    }

    /// Why the template does not fit the node `n1` with these labels and taints, in a word.
    fn word(members: Value, labels: &str, taints: Value) -> String {
        let node = node(serde_json::from_str(labels).unwrap(), taints);
        match misfit(&template(members), "n1", &node) {
            None => "fits".to_owned(),
            Some(Misfit::NodeName) => "nodeName".to_owned(),
            Some(Misfit::Selector) => "selector".to_owned(),
            Some(Misfit::Taint(taint)) => super::shown(&taint),
        }
    }

    /// The rows of a table: what is tried, JSON, and the word that is expected.
    fn rows(table: &str) -> impl Iterator<Item = (&str, &str, &str)> {
        table.trim().lines().map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [name, json, expected] = cells[..] else {
                panic!("not three cells: {line}")
            };
            (name, json, expected)
        })
    }

    const LABELS: &str = r#"{"zone": "a", "cpus": "16", "gpu": ""}"#;

    /// Members of the template's spec.
    const SELECTORS: &str = r#"
        nothing asked        | {}                                           | fits
        label                | {"nodeSelector": {"zone": "a"}}              | fits
        other value          | {"nodeSelector": {"zone": "b"}}              | selector
        label that is absent | {"nodeSelector": {"disk": "ssd"}}            | selector
        two labels           | {"nodeSelector": {"zone": "a", "gpu": ""}}   | fits
        one of two labels    | {"nodeSelector": {"zone": "a", "gpu": "x"}}  | selector
        own nodeName         | {"nodeName": "n1"}                           | fits
        other nodeName       | {"nodeName": "n2"}                           | nodeName
        empty nodeName       | {"nodeName": ""}                             | fits
    "#;

    /// Terms of the required node affinity, in short: `metadata.name` is a field, all other keys are labels.
    const TERMS: &str = r#"
        In                  | [[["zone", "In", ["b", "a"]]]]                          | fits
        In others           | [[["zone", "In", ["b"]]]]                               | selector
        In, absent          | [[["disk", "In", ["a"]]]]                               | selector
        NotIn               | [[["zone", "NotIn", ["b"]]]]                            | fits
        NotIn own           | [[["zone", "NotIn", ["a"]]]]                            | selector
        NotIn, absent       | [[["disk", "NotIn", ["a"]]]]                            | fits
        Exists              | [[["gpu", "Exists", []]]]                               | fits
        Exists, absent      | [[["disk", "Exists", []]]]                              | selector
        DoesNotExist        | [[["disk", "DoesNotExist", []]]]                        | fits
        DoesNotExist, there | [[["gpu", "DoesNotExist", []]]]                         | selector
        Gt                  | [[["cpus", "Gt", ["8"]]]]                               | fits
        Gt itself           | [[["cpus", "Gt", ["16"]]]]                              | selector
        Lt                  | [[["cpus", "Lt", ["100"]]]]                             | fits
        Gt of text          | [[["zone", "Gt", ["8"]]]]                               | selector
        Gt, absent          | [[["disk", "Gt", ["8"]]]]                               | selector
        all of a term       | [[["zone", "In", ["a"]], ["cpus", "Lt", ["8"]]]]        | selector
        any term            | [[["zone", "In", ["b"]]], [["gpu", "Exists", []]]]      | fits
        empty term          | [[]]                                                    | selector
        no term             | []                                                      | selector
        own name            | [[["metadata.name", "In", ["n1"]]]]                     | fits
        other name          | [[["metadata.name", "In", ["n2"]]]]                     | selector
        not by name         | [[["metadata.name", "NotIn", ["n1"]]]]                  | selector
        not another by name | [[["metadata.name", "NotIn", ["n2"]]]]                  | fits
        name and label      | [[["metadata.name", "In", ["n1"]], ["zone", "In", ["b"]]]] | selector
    "#;

    /// Required node affinity with these terms, whose requirements are written short.
    fn affinity(terms: &str) -> Value {
        let terms: Vec<Vec<Value>> = serde_json::from_str(terms).unwrap();
        let requirement = |short: &Value| json!({"key": short[0], "operator": short[1], "values": short[2]});
        let term = |short: &Vec<Value>| {
            let (fields, expressions): (Vec<Value>, Vec<Value>) = short
                .iter()
                .map(requirement)
                .partition(|requirement| requirement["key"] == "metadata.name");
            json!({"matchFields": fields, "matchExpressions": expressions})
        };
        let terms: Vec<Value> = terms.iter().map(term).collect();
        json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}})
    }

    #[test]
    fn labels_must_match_selector_and_affinity() {
        for (name, members, expected) in rows(SELECTORS) {
            let members = serde_json::from_str(members).unwrap();
            assert_eq!(word(members, LABELS, json!([])), expected, "{name}");
        }
        for (name, terms, expected) in rows(TERMS) {
            let members = json!({"affinity": affinity(terms)});
            assert_eq!(word(members, LABELS, json!([])), expected, "{name}");
        }
        let both = json!({"affinity": affinity(r#"[[["gpu", "Exists", []]]]"#), "nodeSelector": {"zone": "b"}});
        assert_eq!(word(both, LABELS, json!([])), "selector", "selector and affinity");
    }

    /// A toleration, against the taint `dedicated=gpu:NoSchedule`.
    const TOLERATIONS: &str = r#"
        Equal            | {"key": "dedicated", "value": "gpu"}                                       | fits
        another value    | {"key": "dedicated", "operator": "Equal", "value": "cpu"}                  | dedicated=gpu:NoSchedule
        another key      | {"key": "a", "operator": "Exists"}                                         | dedicated=gpu:NoSchedule
        another effect   | {"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}          | dedicated=gpu:NoSchedule
        Exists           | {"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}         | fits
        everything       | {"operator": "Exists"}                                                     | fits
    "#;

    /// A taint that nothing tolerates.
    const TAINTS: &str = r#"
        NoSchedule       | {"key": "a", "value": "b", "effect": "NoSchedule"}                         | a=b:NoSchedule
        NoExecute        | {"key": "a", "effect": "NoExecute"}                                        | a:NoExecute
        PreferNoSchedule | {"key": "a", "effect": "PreferNoSchedule"}                                 | fits
        cordoned         | {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}        | fits
        not ready        | {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}             | fits
        unreachable      | {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}           | fits
        out of disk      | {"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}        | node.kubernetes.io/disk-pressure:NoSchedule
    "#;

    #[test]
    fn every_taint_that_repels_must_be_tolerated() {
        let value = |json: &str| -> Value { serde_json::from_str(json).unwrap() };
        let dedicated = json!({"key": "dedicated", "value": "gpu", "effect": "NoSchedule"});
        for (name, toleration, expected) in rows(TOLERATIONS) {
            let members = json!({"tolerations": [value(toleration)]});
            assert_eq!(word(members, "{}", json!([dedicated])), expected, "{name}");
        }
        for (name, taint, expected) in rows(TAINTS) {
            assert_eq!(word(json!({}), "{}", json!([value(taint)])), expected, "{name}");
        }
        let one = json!({"tolerations": [{"key": "dedicated", "operator": "Exists"}]});
        let two = json!([dedicated, {"key": "a", "effect": "NoExecute"}]);
        assert_eq!(word(one, "{}", two), "a:NoExecute", "one of two");
        let late =
            json!({"tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}]});
        assert_eq!(
            word(late, "{}", json!([{"key": "a", "effect": "NoExecute"}])),
            "fits",
            "for some seconds"
        );
    }

    #[test]
    fn what_keeps_a_pod_from_starting_is_told() {
        let told = |members: Value, node: &Node| {
            hindrance(&template(members), "n1", node).map(|hindrance| hindrance.to_string())
        };
        let mut node = node(json!({"zone": "a"}), json!([]));
        assert_eq!(told(json!({}), &node), None);
        node.is_cordoned = true;
        assert_eq!(told(json!({}), &node).as_deref(), Some("it is cordoned"));
        assert_eq!(told(json!({"tolerations": [{"operator": "Exists"}]}), &node), None);
        node.is_ready = false;
        assert_eq!(hindrance(&template(json!({})), "n1", &node), Some(Hindrance::NotReady));
        node.is_ready = true;
        node.is_cordoned = false;
        node.taints = from_value(json!([{"key": "k", "value": "v", "effect": "NoSchedule"}])).unwrap();
        assert_eq!(
            told(json!({}), &node).as_deref(),
            Some("the template does not tolerate its taint 'k=v:NoSchedule'")
        );
        assert_eq!(
            told(json!({"nodeSelector": {"zone": "b"}}), &node).as_deref(),
            Some("its labels no longer match the template's node selector or affinity")
        );
    }
}
