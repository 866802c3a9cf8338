//! XX412 `invalid-container-name`: the name of a container is not a DNS label.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateContainerCommon`).
//!
//! # Example
//! `containers: [{name: My_Container}]` is denied at `…containers[0].name`.
//!
//! # Fix
//! Use up to 63 lower case letters, digits and '-', and begin and end with a letter or digit.

use crate::diagnostic::Report;
use crate::names::dns_label_fault;
use crate::pod::fault::unless_formed;
use crate::pod::subject::{PodSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX412", "invalid-container-name", Deny, "invalid_container_name.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        found.push_if(unless_formed(
            &RULE,
            &here.key("name"),
            &container.name,
            dns_label_fault,
        ));
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn names_of_all_containers_are_labels() {
        let named = |name| json!({"name": name, "image": "x"});
        let faults =
            pod_faults(&json!({"containers": [named("My_Main"), named("")], "initContainers": [named("a.b")]}));
        expect![[r#"
            containers[0].name: Invalid value: "My_Main": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX412]
            containers[1].name: Required value: must be given [XX412]
            initContainers[0].name: Invalid value: "a.b": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX412]
        "#]].assert_eq(&faults);
    }
}
