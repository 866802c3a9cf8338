//! XX411 `duplicate-container-name`: two containers of a pod template share a name.
//!
//! # Why it is an error
//! Logs, status and policies tell containers apart by name, init containers included: the API server refuses the Job
//! (`validateContainers`, `validateInitContainers`).
//!
//! # Example
//! `containers: [{name: main}, {name: main}]` is denied at the name of the second.
//!
//! # Fix
//! Rename one of the two.

use std::collections::BTreeSet;

use crate::diagnostic::Report;
use crate::pod::fault::duplicate;
use crate::pod::subject::{PodSubject, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX411", "duplicate-container-name", Deny, "duplicate_container_name.rs");

/// Containers come first: of a container and an init container with one name, the init container is reported.
pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let mut seen = BTreeSet::new();
    let lists = [
        ("containers", Some(&subject.pod.containers[..])),
        ("initContainers", subject.pod.init_containers.as_deref()),
    ];
    for (name, list) in lists {
        each(list, &subject.at.key(name), |container, here| {
            if !seen.insert(container.name.clone()) && !container.name.is_empty() {
                found.push(duplicate(&RULE, &here.key("name"), &container.name));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn names_are_unique_among_containers_and_init_containers() {
        let named = |name| json!({"name": name, "image": "x"});
        let containers = json!([named("a"), named("b"), named("a")]);
        let faults =
            pod_faults(&json!({"containers": containers, "initContainers": [named("b"), named("c"), named("c")]}));
        expect![[r#"
            containers[2].name: Duplicate value: "a": must be unique [XX411]
            initContainers[0].name: Duplicate value: "b": must be unique [XX411]
            initContainers[2].name: Duplicate value: "c": must be unique [XX411]
        "#]]
        .assert_eq(&faults);
    }
}
