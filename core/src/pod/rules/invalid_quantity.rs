//! XX440 `invalid-quantity`: an amount of a resource cannot be read, or cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`ParseQuantity`, `ValidateResourceQuantityValue`): an amount is a number with an
//! optional suffix such as `m`, `k`, `M` or `Mi`, and not negative; extended resources such as `nvidia.com/gpu` come in
//! whole numbers, and huge pages in multiples of their size.
//!
//! # Example
//! `limits: {memory: 1 GB}` is denied at `…limits[memory]`: the suffix is `G` or `Gi`.
//!
//! # Fix
//! Write a number and a suffix of Kubernetes, without a space.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ResourceRequirements, Volume};
use k8s_openapi::apimachinery::pkg::api::resource;

use crate::diagnostic::{Diagnostic, Report};
use crate::field::At;
use crate::pod::fault::invalid;
use crate::pod::quantity::Quantity;
use crate::pod::resource_name::{is_extended, is_huge_pages, page_size};
use crate::pod::subject::{PodSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX440", "invalid-quantity", Deny, "invalid_quantity.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        check_requirements(container.resources.as_ref(), &here.key("resources"), found);
    });
    check_requirements(subject.pod.resources.as_ref(), &subject.at.key("resources"), found);
    check_list(subject.pod.overhead.as_ref(), &subject.at.key("overhead"), found);
    subject.each_variable(|variable, here| {
        let source = variable
            .value_from
            .as_ref()
            .and_then(|source| source.resource_field_ref.as_ref());
        if let Some(divisor) = source.and_then(|source| source.divisor.as_ref()) {
            let at = here.key("valueFrom");
            let at = at.key("resourceFieldRef");
            found.push_if(unread(divisor, &at.key("divisor")));
        }
    });
}

/// The amounts in a volume.
pub(in crate::pod) fn check_volume(volume: &Volume, at: &At<'_>, found: &mut Report) {
    if let Some(size) = volume.empty_dir.as_ref().and_then(|source| source.size_limit.as_ref()) {
        found.push_if(unread(size, &at.key("emptyDir").key("sizeLimit")));
    }
    let claim = volume
        .ephemeral
        .as_ref()
        .and_then(|source| source.volume_claim_template.as_ref());
    if let Some(resources) = claim.and_then(|claim| claim.spec.resources.as_ref()) {
        let here = at.key("ephemeral");
        let here = here.key("volumeClaimTemplate");
        let here = here.key("spec");
        let here = here.key("resources");
        for (field, list) in [("limits", &resources.limits), ("requests", &resources.requests)] {
            let here = here.key(field);
            for (name, amount) in list.iter().flatten() {
                found.push_if(unread(amount, &here.map_key(name)));
            }
        }
    }
}

fn check_requirements(resources: Option<&ResourceRequirements>, at: &At<'_>, found: &mut Report) {
    let Some(resources) = resources else { return };
    check_list(resources.limits.as_ref(), &at.key("limits"), found);
    check_list(resources.requests.as_ref(), &at.key("requests"), found);
}

fn check_list(list: Option<&BTreeMap<String, resource::Quantity>>, at: &At<'_>, found: &mut Report) {
    for (name, amount) in list.into_iter().flatten() {
        let here = at.map_key(name);
        let Some(quantity) = Quantity::parse(&amount.0) else {
            found.push_if(unread(amount, &here));
            continue;
        };
        let fault = if quantity.is_negative() {
            "must be greater than or equal to 0"
        } else if is_extended(name) && !quantity.is_whole() {
            "must be a whole number"
        } else if is_huge_pages(name)
            && page_size(name).is_none_or(|size| quantity.rounded_to_milli().whole() % size != 0)
        {
            "must be a multiple of the size of a page"
        } else {
            continue;
        };
        found.push(invalid(&RULE, &here, fault).value(&amount.0));
    }
}

/// A finding where an amount cannot be read.
fn unread(amount: &resource::Quantity, at: &At<'_>) -> Option<Diagnostic> {
    let message = "must be a number with an optional suffix such as 'm', 'k', 'M', 'Mi' or 'Gi'";
    Quantity::parse(&amount.0)
        .is_none()
        .then(|| invalid(&RULE, at, message).value(&amount.0))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::{container_faults, pod_faults, volume_faults};

    #[test]
    fn amounts_must_be_readable_and_possible() {
        let good = json!({"cpu": "100m", "memory": 1e9, "nvidia.com/gpu": 1, "hugepages-2Mi": "4Mi"});
        assert_eq!(container_faults(&json!({"resources": {"limits": good}})), "");
        let bad = json!({"cpu": "-1", "memory": "1 GB", "nvidia.com/gpu": "500m", "hugepages-2Mi": "3Mi"});
        expect![[r#"
            resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0 [XX440]
            resources.limits[hugepages-2Mi]: Invalid value: "3Mi": must be a multiple of the size of a page [XX440]
            resources.limits[memory]: Invalid value: "1 GB": must be a number with an optional suffix such as 'm', 'k', 'M', 'Mi' or 'Gi' [XX440]
            resources.limits[nvidia.com/gpu]: Invalid value: "500m": must be a whole number [XX440]
        "#]].assert_eq(&container_faults(&json!({"resources": {"limits": bad}})));
        expect![[r#"
            resources.requests[cpu]: Invalid value: "many": must be a number with an optional suffix such as 'm', 'k', 'M', 'Mi' or 'Gi' [XX440]
        "#]].assert_eq(&container_faults(&json!({"resources": {"requests": {"cpu": "many"}}})));
    }

    #[test]
    fn amounts_elsewhere_are_read_too() {
        expect![[r#"
            overhead[cpu]: Invalid value: "x": must be a number with an optional suffix such as 'm', 'k', 'M', 'Mi' or 'Gi' [XX440]
            resources.limits[cpu]: Invalid value: "y": must be a number with an optional suffix such as 'm', 'k', 'M', 'Mi' or 'Gi' [XX440]
        "#]].assert_eq(&pod_faults(&json!({"overhead": {"cpu": "x"}, "resources": {"limits": {"cpu": "y"}}})));
        expect![[r#"
            emptyDir.sizeLimit: Invalid value: "1GB": must be a number with an optional suffix such as 'm', 'k', 'M', 'Mi' or 'Gi' [XX440]
        "#]].assert_eq(&volume_faults(&json!({"emptyDir": {"sizeLimit": "1GB"}})));
        let source = json!({"resourceFieldRef": {"resource": "limits.cpu", "divisor": "z"}});
        expect![[r#"
            env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "z": must be a number with an optional suffix such as 'm', 'k', 'M', 'Mi' or 'Gi' [XX440]
        "#]].assert_eq(&container_faults(&json!({"env": [{"name": "A", "valueFrom": source}]})));
        let spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1GB"}}});
        expect![[r#"
            ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: Invalid value: "1GB": must be a number with an optional suffix such as 'm', 'k', 'M', 'Mi' or 'Gi' [XX440]
        "#]].assert_eq(&volume_faults(&json!({"ephemeral": {"volumeClaimTemplate": {"spec": spec}}})));
    }
}
