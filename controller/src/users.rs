//! Who uses which JobTemplate.

use std::collections::{BTreeSet, HashMap};

use crds::{FlowRow, FlowState, JobFlow};

/// From JobTemplates, by namespace and name, to the names of the JobFlows that refer to them.
#[derive(Debug, Default)]
pub(crate) struct Users(HashMap<(String, String), BTreeSet<String>>);

impl Users {
    /// A JobFlow went from one state to another.
    pub fn update(&mut self, old: Option<&JobFlow>, new: Option<&JobFlow>) {
        let (before, after) = (
            old.map(references).unwrap_or_default(),
            new.map(references).unwrap_or_default(),
        );
        let Some(meta) = new.or(old).map(|flow| &flow.metadata) else {
            return;
        };
        let (namespace, name) = (
            meta.namespace.clone().unwrap_or_default(),
            meta.name.clone().unwrap_or_default(),
        );
        for template in before.difference(&after) {
            let key = (namespace.clone(), (*template).to_owned());
            if let Some(flows) = self.0.get_mut(&key) {
                flows.remove(&name);
                if flows.is_empty() {
                    self.0.remove(&key);
                }
            }
        }
        for template in after.difference(&before) {
            self.0
                .entry((namespace.clone(), (*template).to_owned()))
                .or_default()
                .insert(name.clone());
        }
    }

    /// The JobFlows that refer to a JobTemplate.
    pub fn of(&self, namespace: &str, template: &str) -> Vec<String> {
        let flows = self.0.get(&(namespace.to_owned(), template.to_owned()));
        flows.into_iter().flatten().cloned().collect()
    }
}

/// The JobTemplates that a JobFlow refers to.
pub(crate) fn references(flow: &JobFlow) -> BTreeSet<&str> {
    let named = flow
        .spec
        .flows
        .iter()
        .filter_map(|step| step.job_template_ref.as_deref());
    named.filter(|name| !name.is_empty()).collect()
}

/// The rows of the flows that are made from this JobTemplate; `None` for one that has no row yet.
pub(crate) fn rows_from<'a>(flow: &'a JobFlow, template: &str) -> impl Iterator<Item = Option<&'a FlowRow>> {
    let rows = flow.status.iter().flat_map(|status| &status.flows);
    let rows: HashMap<&str, &FlowRow> = rows.map(|row| (row.name.as_str(), row)).collect();
    let steps = flow
        .spec
        .flows
        .iter()
        .filter(move |step| step.job_template_ref.as_deref() == Some(template));
    steps.map(move |step| rows.get(step.name.as_str()).copied())
}

/// Whether a flow that has not started is made from this JobTemplate. One that has started has read it.
pub(crate) fn needs(flow: &JobFlow, template: &str) -> bool {
    flow.metadata.deletion_timestamp.is_none()
        && rows_from(flow, template).any(|row| row.is_none_or(|row| row.state == FlowState::Waiting))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn flow(name: &str, steps: &Value, rows: &Value) -> JobFlow {
        let meta = json!({"namespace": "n", "name": name});
        let json = json!({"metadata": meta, "spec": {"flows": steps}, "status": {"flows": rows}});
        serde_json::from_value(json).unwrap()
    }

    fn two_steps(name: &str) -> JobFlow {
        flow(
            name,
            &json!([{"name": "x", "jobTemplateRef": "t"}, {"name": "y", "jobTemplateRef": "u"}]),
            &json!([]),
        )
    }

    #[test]
    fn the_index_follows_every_change() {
        let mut users = Users::default();
        let (a, b) = (two_steps("a"), two_steps("b"));
        users.update(None, Some(&a));
        users.update(None, Some(&b));
        assert_eq!(users.of("n", "t"), ["a", "b"]);
        let changed = flow(
            "a",
            &json!([{"name": "y", "jobTemplateRef": "u"}, {"name": "z", "jobTemplateRef": ""}]),
            &json!([]),
        );
        users.update(Some(&a), Some(&changed));
        assert_eq!(
            (users.of("n", "t"), users.of("n", "u")),
            (vec!["b".to_owned()], vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!((users.of("n", ""), users.of("m", "u")), (vec![], vec![]));
        users.update(Some(&changed), None);
        users.update(Some(&b), None);
        assert!(users.0.is_empty());
    }

    #[test]
    fn a_template_is_needed_until_every_flow_from_it_has_started() {
        let steps = json!([{"name": "x", "jobTemplateRef": "t"}, {"name": "y", "jobTemplateRef": "t"}]);
        let with = |rows| needs(&flow("a", &steps, &rows), "t");
        assert!(with(json!([])), "no row yet");
        assert!(with(
            json!([{"name": "x", "state": "Succeeded"}, {"name": "y", "state": "Waiting"}])
        ));
        assert!(!with(
            json!([{"name": "x", "state": "Succeeded"}, {"name": "y", "state": "Active"}])
        ));
        assert!(!with(
            json!([{"name": "x", "state": "Skipped"}, {"name": "y", "state": "Failed"}])
        ));
        assert!(!needs(&flow("a", &steps, &json!([])), "other"));
    }
}
