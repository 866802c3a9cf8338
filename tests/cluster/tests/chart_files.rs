//! What the files of the chart promise, without helm and without a cluster.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use test_cluster::Chart;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(checkout().join(path)).unwrap()
}

/// Verbs by API group and resource.
type Rights = BTreeMap<(String, String), BTreeSet<String>>;

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().trim_matches('`').to_owned())
}

/// The table in the documentation of a module, without what it may do in its own namespace only.
fn documented(module: &str) -> Rights {
    let mut rights = Rights::new();
    let source = read(module);
    let rows = source.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(1);
    for row in rows.filter(|row| !row.starts_with("---") && !row.contains("namespace")) {
        let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        let group = cells[0].trim_matches('`').replace("(core)", "");
        for resource in words(cells[1]) {
            rights
                .entry((group.clone(), resource))
                .or_default()
                .extend(words(cells[2]));
        }
    }
    rights
}

fn granted(file: &str) -> Rights {
    let path = format!("charts/jobflow-operator/files/{file}");
    let rules: Vec<Value> = serde_saphyr::from_str(&read(&path)).unwrap();
    let strings = |rule: &Value, key: &str| -> Vec<String> { serde_json::from_value(rule[key].clone()).unwrap() };
    let mut rights = Rights::new();
    for rule in &rules {
        for resource in strings(rule, "resources") {
            let group = strings(rule, "apiGroups").remove(0);
            rights
                .entry((group, resource))
                .or_default()
                .extend(strings(rule, "verbs"));
        }
    }
    rights
}

#[test]
fn the_chart_grants_exactly_what_the_controller_says_it_uses() {
    let documented = documented("controller/src/lib.rs");
    assert!(documented.len() > 10, "the table was not read");
    assert_eq!(granted("rbac.yaml"), documented);
}

/// And that only for the two objects that are ours.
#[test]
fn who_makes_certificates_may_write_its_own_configurations_and_no_others() {
    let file = "rbac-self-signed.yaml";
    assert_eq!(granted(file), documented("src/operator/self_signed.rs"));
    let rules: Vec<Value> = serde_saphyr::from_str(&read(&format!("charts/jobflow-operator/files/{file}"))).unwrap();
    let names: Vec<&Value> = rules.iter().map(|rule| &rule["resourceNames"]).collect();
    let webhooks = read("charts/jobflow-operator/templates/webhooks.yaml");
    assert_eq!(names.len(), 2);
    for names in names {
        let [name] = names.as_array().unwrap().as_slice() else {
            unreachable!("one name a rule: {names}")
        };
        assert!(
            webhooks.contains(&format!("\n  name: {}\n", name.as_str().unwrap())),
            "{name}"
        );
    }
}

/// Names like `jobflow_…` in a text, without what Prometheus adds to them.
fn metric_names(text: &str) -> BTreeSet<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = text.split(|character: char| !is_part(character));
    let names = words.filter(|word| word.starts_with("jobflow_"));
    let base = |name: &str| {
        let without = ["_total", "_bucket", "_count", "_sum"]
            .iter()
            .find_map(|end| name.strip_suffix(end));
        without.unwrap_or(name).to_owned()
    };
    names.map(base).collect()
}

#[test]
fn every_metric_of_the_alerts_and_the_dashboard_exists() {
    let sources = [
        "controller/src/metrics.rs",
        "webhook/src/metrics.rs",
        "certs/src/metrics.rs",
    ];
    let sources: String = sources.iter().map(|path| read(path)).collect();
    let shown = ["alerts.yaml", "dashboard.json"].map(|file| read(&format!("charts/jobflow-operator/files/{file}")));
    let used = metric_names(&shown.concat());
    assert!(used.len() > 10, "{used:?}");
    let unknown: Vec<_> = used
        .iter()
        .filter(|name| !sources.contains(&format!("\"{name}\"")))
        .collect();
    assert!(unknown.is_empty(), "no such metric: {unknown:?}");
}

#[test]
fn every_value_has_a_comment_and_a_place_in_the_schema() {
    let values: Value = serde_saphyr::from_str(&read("charts/jobflow-operator/values.yaml")).unwrap();
    let schema: Value = serde_json::from_str(&read("charts/jobflow-operator/values.schema.json")).unwrap();
    let table = fs::read_to_string(Chart::folder().join("README.md")).unwrap();
    let mut open = vec![(String::new(), &values, &schema)];
    let mut seen = 0;
    while let Some((path, value, schema)) = open.pop() {
        let Some(properties) = schema["properties"].as_object() else {
            seen += 1;
            assert!(
                table.contains(&format!("| `{path}` |")),
                "{path} has no comment that begins with `# -- `"
            );
            continue;
        };
        for (key, value) in value.as_object().unwrap() {
            let below = properties.get(key);
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            // An empty reference is a value of its own, whatever it may hold.
            let is_leaf = value.as_object().is_some_and(serde_json::Map::is_empty);
            let schema = below.unwrap_or_else(|| unreachable!("{path} is not in the schema"));
            open.push((path, value, if is_leaf { &Value::Null } else { schema }));
        }
    }
    assert!(seen > 40, "only {seen} values were seen");
}
