//! XX442 `invalid-resource-name`: a container asks for a resource that there cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateContainerResourceName`, `validatePodResourceName`): containers have `cpu`,
//! `memory`, `ephemeral-storage`, `hugepages-<size>` and extended resources with a domain; a whole pod has `cpu`, `memory` and
//! `hugepages-<size>`. Huge pages need `cpu` or `memory` beside them, in `overhead` too.
//!
//! # Example
//! `limits: {gpu: 1}` is denied at `…limits[gpu]`: the name has no domain.
//!
//! # Fix
//! Use the full name, such as `nvidia.com/gpu`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::Nearest;
use crate::pod::fault::{forbidden, invalid};
use crate::pod::resource_name::{container_fault, is_huge_pages, pod_fault};
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX442", "invalid-resource-name", Deny, "invalid_resource_name.rs");

/// What may have which resources.
#[derive(Clone, Copy)]
struct Holder {
    /// Says why a name is not that of a resource.
    fault: fn(&str) -> Option<String>,
    /// The names without a domain that it may have.
    names: &'static [&'static str],
}

const CONTAINER: Holder = Holder {
    fault: container_fault,
    names: &["cpu", "memory", "ephemeral-storage"],
};
const POD: Holder = Holder {
    fault: pod_fault,
    names: &["cpu", "memory"],
};

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        check_requirements(container.resources.as_ref(), CONTAINER, &here.key("resources"), found);
    });
    check_requirements(subject.pod.resources.as_ref(), POD, &subject.at.key("resources"), found);
    let overhead_at = subject.at.key("overhead");
    let overhead = subject.pod.overhead.as_ref();
    check_list(overhead, CONTAINER, &overhead_at, found);
    check_company(overhead.into_iter().flat_map(BTreeMap::keys), &overhead_at, found);
}

fn check_requirements(resources: Option<&ResourceRequirements>, holder: Holder, at: &At<'_>, found: &mut Report) {
    let Some(resources) = resources else { return };
    check_list(resources.limits.as_ref(), holder, &at.key("limits"), found);
    check_list(resources.requests.as_ref(), holder, &at.key("requests"), found);
    let lists = resources.limits.iter().chain(&resources.requests);
    check_company(lists.flat_map(BTreeMap::keys), at, found);
}

/// What stands beside huge pages.
fn check_company<'a>(mut names: impl Iterator<Item = &'a String> + Clone, at: &At<'_>, found: &mut Report) {
    let has_compute = names.clone().any(|name| name == "cpu" || name == "memory");
    if !has_compute && names.any(|name| is_huge_pages(name)) {
        found.push(forbidden(&RULE, at, "huge pages need 'cpu' or 'memory' beside them"));
    }
}

fn check_list(list: Option<&BTreeMap<String, Quantity>>, holder: Holder, at: &At<'_>, found: &mut Report) {
    for name in list.into_iter().flat_map(BTreeMap::keys) {
        if found.is_full() {
            // What is near to a name takes time to find.
            return;
        }
        if let Some(fault) = (holder.fault)(name) {
            // Near to 'cpu', and never meant so.
            let candidates = holder.names.iter().copied().filter(|_| name != "gpu");
            let advice = Nearest::default().advice(name, candidates);
            found.push(invalid(&RULE, &at.map_key(name), fault).value(name).help_if(advice));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::{container_faults, pod_faults};

    #[test]
    fn names_are_known_or_have_a_domain() {
        let good = json!({"cpu": 1, "memory": 1, "ephemeral-storage": 1, "hugepages-2Mi": "2Mi", "nvidia.com/gpu": 1});
        assert_eq!(container_faults(&json!({"resources": {"limits": good}})), "");
        let bad = json!({"gpu": 1, "memroy": 1, "a b": 1, "pods": 1, "requests.example.com/x": 1});
        expect![[r#"
            resources.limits[a b]: Invalid value: "a b": must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName' or 'example.com/my.name') [XX442]
            resources.limits[gpu]: Invalid value: "gpu": must be 'cpu', 'memory', 'ephemeral-storage' or 'hugepages-<size>', or begin with a domain, as 'nvidia.com/gpu' does [XX442]
            resources.limits[memroy]: Invalid value: "memroy": must be 'cpu', 'memory', 'ephemeral-storage' or 'hugepages-<size>', or begin with a domain, as 'nvidia.com/gpu' does (did you mean 'memory'?) [XX442]
            resources.limits[pods]: Invalid value: "pods": must be 'cpu', 'memory', 'ephemeral-storage' or 'hugepages-<size>', or begin with a domain, as 'nvidia.com/gpu' does [XX442]
            resources.limits[requests.example.com/x]: Invalid value: "requests.example.com/x": may not begin with 'requests.', which is for quotas [XX442]
        "#]].assert_eq(&container_faults(&json!({"resources": {"limits": bad}})));
    }

    #[test]
    fn a_pod_has_fewer_resources_and_huge_pages_are_not_alone() {
        expect![[r#"
            resources.requests[ephemeral-storage]: Invalid value: "ephemeral-storage": a pod as a whole may have 'cpu', 'memory' and huge pages only [XX442]
        "#]].assert_eq(&pod_faults(&json!({"resources": {"requests": {"ephemeral-storage": 1}}})));
        expect![[r#"
            resources: Forbidden: huge pages need 'cpu' or 'memory' beside them [XX442]
        "#]]
        .assert_eq(&container_faults(
            &json!({"resources": {"limits": {"hugepages-2Mi": "2Mi"}}}),
        ));
        expect![[r#"
            overhead: Forbidden: huge pages need 'cpu' or 'memory' beside them [XX442]
        "#]]
        .assert_eq(&pod_faults(&json!({"overhead": {"hugepages-2Mi": "2Mi"}})));
    }

    #[test]
    fn a_domain_leaves_room_for_what_quotas_put_before_it() {
        let with_domain = |bytes: usize| {
            let labels = format!("{0}.{0}.{0}.{1}", "x".repeat(60), "y".repeat(bytes - 183));
            container_faults(&json!({"resources": {"limits": {format!("{labels}/gpu"): 1}}}))
        };
        assert_eq!(with_domain(244), "");
        assert!(with_domain(245).contains("may not have a domain of more than 244 bytes [XX442]"));
    }
}
