//! SJ101 `duplicate-step-name`: a container of a SequentialJob has the name of another one, or of an init container of the template.
//!
//! # Why it is an error
//! Containers are listed by name, in the manifest and in every pod: a server-side apply could not tell the two apart, and the
//! API server refuses a pod whose container and init container share a name.
//!
//! # Example
//! `containers: [{name: load}, {name: load}]` is denied at `spec.containers[1].name`.
//!
//! # Fix
//! Rename one of the two.

use std::collections::btree_map::{BTreeMap, Entry};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::rules::{Rule, rule};
use crate::sequential_job::rules::Subject;

/// See the header of this file.
pub static RULE: Rule = rule!("SJ101", "duplicate-step-name", Deny, "duplicate_step_name.rs");

/// Reports every repeat and not only the first: one `kubectl apply` should show all of them.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let init_containers = subject.shared_pod().and_then(|pod| pod.init_containers.as_deref());
    let init_containers = init_containers.into_iter().flatten().enumerate();
    let of_init = |(index, container): (usize, &'_ k8s_openapi::api::core::v1::Container)| {
        (
            container.name.clone(),
            format!("spec.template.spec.initContainers[{index}]"),
        )
    };
    let mut first_use: BTreeMap<String, String> = init_containers.map(of_init).collect();
    subject.each_container(|index, container, at| match first_use.entry(container.name.clone()) {
        Entry::Vacant(slot) => {
            slot.insert(format!("spec.containers[{index}]"));
        }
        Entry::Occupied(first) if !first.key().is_empty() => {
            let message = format!("must be unique: also the name of `{}`", first.get());
            let finding = Diagnostic::new(&RULE, &at.key("name"), Reason::Duplicate, message);
            found.push(finding.value(&container.name));
        }
        Entry::Occupied(_) => {}
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sequential_job};

    #[test]
    fn names_are_unique_among_containers_and_init_containers() {
        let container = |name: &str| json!({"name": name, "image": "x"});
        let object = sequential_job(json!({
            "containers": [container("a"), container("b"), container("a"), container("i")],
            "template": {"spec": {"initContainers": [container("i")]}},
        }));
        assert_eq!(
            findings(&object),
            "spec.containers[2].name: Duplicate value: \"a\": must be unique: also the name of `spec.containers[0]` [SJ101]\n\
             spec.containers[3].name: Duplicate value: \"i\": must be unique: also the name of \
             `spec.template.spec.initContainers[0]` [SJ101]\n"
        );
    }
}
