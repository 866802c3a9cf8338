//! The list of objects: its columns, and their order.

use std::cmp::Ordering;

use jobflow_core::engine::State;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::fault::{Fault, Result};
use super::table::{NONE, Table};
use super::view::View;

/// How a list is to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns {
    /// Whether objects of all namespaces are there.
    pub namespace: bool,
    /// Whether objects of several kinds are there.
    pub kind: bool,
    /// Whether the failed step and the message are told.
    pub wide: bool,
}

/// The table of a list.
pub fn table(views: &[View], columns: Columns, now: Timestamp) -> Table {
    let mut headings = vec!["NAME", "STATUS", "PROGRESS", "DURATION", "AGE"];
    if columns.namespace {
        headings.insert(0, "NAMESPACE");
    }
    if columns.wide {
        headings.extend(["FAILED", "MESSAGE"]);
    }
    let mut table = Table::new(&headings);
    for view in views {
        table.push(&row(view, columns, now));
    }
    table
}

/// The table of a list of JobTemplates, which do not run.
pub fn template_table(views: &[View], columns: Columns, now: Timestamp) -> Table {
    let mut headings = vec!["NAME", "USED", "AGE"];
    if columns.namespace {
        headings.insert(0, "NAMESPACE");
    }
    let mut table = Table::new(&headings);
    for view in views {
        let used = view.object.pointer("/status/used").and_then(Value::as_i64);
        let mut cells = name_cells(view, columns);
        cells.push(used.unwrap_or_default().to_string());
        cells.push(or_none(view.age(now)));
        table.push(&cells);
    }
    table
}

fn row(view: &View, columns: Columns, now: Timestamp) -> Vec<String> {
    let mut cells = name_cells(view, columns);
    cells.push(view.word().to_owned());
    cells.push(view.progress());
    cells.push(or_none(view.duration(now)));
    cells.push(or_none(view.age(now)));
    if columns.wide {
        let failed = view.steps.iter().find(|step| step.state == State::Failed);
        cells.push(or_none(failed.map(|step| step.name.clone())));
        cells.push(view.message().to_owned());
    }
    cells
}

fn name_cells(view: &View, columns: Columns) -> Vec<String> {
    let name = if columns.kind {
        view.title()
    } else {
        view.name().to_owned()
    };
    let namespace = columns.namespace.then(|| view.namespace().to_owned());
    namespace.into_iter().chain([name]).collect()
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| NONE.to_owned())
}

/// Sorts by a column (`name`, `status`, `progress`, `duration`, `age`) or by a field, as `kubectl --sort-by` does:
/// `.metadata.name`, with or without braces. Objects without the field come first.
pub fn sort(views: &mut [View], by: &str, now: Timestamp) -> Result<()> {
    let succeeded = |view: &View| view.steps.iter().filter(|step| step.state == State::Succeeded).count();
    match by.to_lowercase().as_str() {
        "name" => views.sort_by(|a, b| a.name().cmp(b.name())),
        "status" => views.sort_by(|a, b| a.word().cmp(b.word())),
        "progress" => views.sort_by_cached_key(|view| (succeeded(view) * 1_000).checked_div(view.steps.len())),
        "duration" => views.sort_by_cached_key(|view| view.duration_seconds(now)),
        "age" => views.sort_by_cached_key(|view| std::cmp::Reverse(view.time("/metadata/creationTimestamp"))),
        _ => {
            let pointer = pointer(by)?;
            views.sort_by(|a, b| compare(a.object.pointer(&pointer), b.object.pointer(&pointer)));
        }
    }
    Ok(())
}

/// `{.status.startTime}` as a JSON pointer.
fn pointer(path: &str) -> Result<String> {
    let inner = path
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(path);
    let names = inner
        .strip_prefix('.')
        .filter(|names| !names.is_empty() && !names.contains(['[', '*', '?', '{']));
    let names = names.ok_or_else(|| {
        Fault::usage(format!(
            "cannot sort by '{path}': use name, status, progress, duration, age, or a field such as .metadata.name"
        ))
    })?;
    Ok(names.split('.').map(|name| format!("/{name}")).collect())
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Some(a), Some(b)) => a.as_str().unwrap_or_default().cmp(b.as_str().unwrap_or_default()),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::Timestamp;
    use serde_json::{Value, json};

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::{Columns, sort, table};

    fn view(name: &str, created: &str, status: &Value) -> View {
        let object = json!({
            "metadata": {"name": name, "namespace": "team", "creationTimestamp": created, "generation": 1},
            "spec": {"flows": [{"name": "a"}, {"name": "b", "dependencies": ["a"]}]}, "status": status,
        });
        View::of(Resource::named("jf").unwrap(), object)
    }

    fn views() -> Vec<View> {
        let failed = json!({
            "state": "Failed", "startTime": "2026-01-01T00:00:01Z", "completionTime": "2026-01-01T00:00:31Z",
            "message": "flow 'b' failed: Error",
            "flows": [{"name": "a", "state": "Succeeded"}, {"name": "b", "state": "Failed"}],
        });
        vec![
            view("new", "2026-01-01T00:02:00Z", &json!({"observedGeneration": -1})),
            view("old", "2026-01-01T00:00:00Z", &failed),
        ]
    }

    fn now() -> Timestamp {
        "2026-01-01T00:02:05Z".parse().unwrap()
    }

    #[test]
    fn the_list_looks_like_that_of_kubectl() {
        let expected = "\
NAME   STATUS    PROGRESS   DURATION   AGE
new    Pending   0/2        <none>     5s
old    Failed    1/2        30s        2m5s
";
        assert_eq!(table(&views(), Columns::default(), now()).to_string(), expected);
    }

    #[test]
    fn the_wide_list_of_all_namespaces_tells_what_failed() {
        let columns = Columns {
            namespace: true,
            kind: true,
            wide: true,
        };
        let expected = "\
NAMESPACE   NAME          STATUS    PROGRESS   DURATION   AGE    FAILED   MESSAGE
team        jobflow/new   Pending   0/2        <none>     5s     <none>
team        jobflow/old   Failed    1/2        30s        2m5s   b        flow 'b' failed: Error
";
        assert_eq!(table(&views(), columns, now()).to_string(), expected);
    }

    #[test]
    fn it_is_sorted_by_columns_and_fields() {
        let sorted = |by: &str| -> Result<Vec<String>, String> {
            let mut views = views();
            sort(&mut views, by, now()).map_err(|fault| fault.to_string())?;
            Ok(views.iter().map(|view| view.name().to_owned()).collect())
        };
        let names = |names: [&str; 2]| Ok(names.map(str::to_owned).to_vec());
        assert_eq!(sorted("status"), names(["old", "new"]));
        assert_eq!(sorted("age"), names(["new", "old"]));
        assert_eq!(sorted("{.metadata.creationTimestamp}"), names(["old", "new"]));
        assert_eq!(sorted(".status.startTime"), names(["new", "old"]));
        assert_eq!(
            sorted("colour"),
            Err(
                "cannot sort by 'colour': use name, status, progress, duration, age, or a field such as .metadata.name"
                    .to_owned()
            )
        );
    }
}
