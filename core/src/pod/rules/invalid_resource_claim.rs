//! XX443 `invalid-resource-claim`: a claim for a device has no name or source, or a container uses one that is not there.
//!
//! # Why it is an error
//! The API server refuses the Job (`validatePodResourceClaims`, `validateResourceClaimNames`).
//!
//! # Example
//! `resources: {claims: [{name: gpu}]}` in a pod without `resourceClaims` is denied at `…claims[0]`.
//!
//! # Fix
//! Add the claim to `resourceClaims`, with either `resourceClaimName` or `resourceClaimTemplateName`.

use std::cell::RefCell;
use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{PodResourceClaim, ResourceClaim};

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::names::{Nearest, dns_label_fault, dns_subdomain_fault};
use crate::pod::fault::{duplicate, forbidden, invalid, required, unless_formed};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX443", "invalid-resource-claim", Deny, "invalid_resource_claim.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let mut names = BTreeSet::new();
    each(
        subject.pod.resource_claims.as_deref(),
        &subject.at.key("resourceClaims"),
        |claim, here| {
            let at = here.key("name");
            if !claim.name.is_empty() && !names.insert(claim.name.clone()) {
                found.push(duplicate(&RULE, &at, &claim.name));
            } else {
                found.push_if(unless_formed(&RULE, &at, &claim.name, dns_label_fault));
            }
            check_source(claim, here, found);
        },
    );
    subject.each_container(|container, _, here| {
        let claims = container
            .resources
            .as_ref()
            .and_then(|resources| resources.claims.as_deref());
        check_uses(
            claims,
            &names,
            subject.nearest,
            &here.key("resources").key("claims"),
            found,
        );
    });
    if subject
        .pod
        .resources
        .as_ref()
        .is_some_and(|resources| resources.claims.is_some())
    {
        let at = subject.at.key("resources");
        found.push(forbidden(&RULE, &at.key("claims"), "only a container may use claims"));
    }
}

fn check_source(claim: &PodResourceClaim, at: &At<'_>, found: &mut Report) {
    let sources = [
        ("resourceClaimName", claim.resource_claim_name.as_deref()),
        (
            "resourceClaimTemplateName",
            claim.resource_claim_template_name.as_deref(),
        ),
    ];
    if sources.iter().filter(|(_, name)| name.is_some()).count() != 1 {
        let message = "must have either `resourceClaimName` or `resourceClaimTemplateName`";
        found.push(invalid(&RULE, at, message));
    }
    for (field, name) in sources {
        found.push_if(name.and_then(|name| unless_formed(&RULE, &at.key(field), name, dns_subdomain_fault)));
    }
}

/// A claim is used as a whole or by single requests, not both, and each once.
fn check_uses(
    claims: Option<&[ResourceClaim]>,
    names: &BTreeSet<String>,
    nearest: &RefCell<Nearest>,
    at: &At<'_>,
    found: &mut Report,
) {
    let mut whole = BTreeSet::new();
    let mut parts = BTreeSet::new();
    let mut with_parts = BTreeSet::new();
    each(claims, at, |claim, here| {
        if claim.name.is_empty() {
            found.push(required(&RULE, here, "must name a claim"));
            return;
        }
        let request = claim.request.as_deref().filter(|request| !request.is_empty());
        let is_new = match request {
            None => !with_parts.contains(&claim.name) && whole.insert(claim.name.clone()),
            Some(request) => {
                found.push_if(unless_formed(&RULE, &here.key("request"), request, dns_label_fault));
                with_parts.insert(claim.name.clone());
                !whole.contains(&claim.name) && parts.insert((claim.name.clone(), request.to_owned()))
            }
        };
        if !is_new {
            found.push(duplicate(&RULE, here, &claim.name));
        }
        if !names.contains(&claim.name) {
            let advice = nearest
                .borrow_mut()
                .advice(&claim.name, names.iter().map(String::as_str));
            let message = "must be the name of a claim in `resourceClaims` of the pod";
            let finding = Diagnostic::new(&RULE, here, Reason::NotFound, message);
            found.push(finding.value(&claim.name).help_if(advice));
        }
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn claims_have_names_and_one_source() {
        let claims = json!([
            {"name": "a", "resourceClaimName": "x"},
            {"name": "a", "resourceClaimTemplateName": "Y_Z"},
            {"name": "", "resourceClaimName": "x"},
            {"name": "b"},
            {"name": "C_D", "resourceClaimName": "x", "resourceClaimTemplateName": "y"},
        ]);
        expect![[r#"
            resourceClaims[1].name: Duplicate value: "a": must be unique [XX443]
            resourceClaims[1].resourceClaimTemplateName: Invalid value: "Y_Z": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX443]
            resourceClaims[2].name: Required value: must be given [XX443]
            resourceClaims[3]: Invalid value: must have either `resourceClaimName` or `resourceClaimTemplateName` [XX443]
            resourceClaims[4]: Invalid value: must have either `resourceClaimName` or `resourceClaimTemplateName` [XX443]
            resourceClaims[4].name: Invalid value: "C_D": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX443]
        "#]].assert_eq(&pod_faults(&json!({"resourceClaims": claims})));
    }

    #[test]
    fn containers_use_claims_of_the_pod_once() {
        let container = |claims| json!([{"name": "a", "image": "x", "resources": {"claims": claims}}]);
        let claims = json!([{"name": "gpu", "resourceClaimName": "x"}]);
        let faults = |uses| pod_faults(&json!({"resourceClaims": claims, "containers": container(uses)}));
        assert_eq!(
            faults(json!([{"name": "gpu", "request": "a"}, {"name": "gpu", "request": "b"}])),
            ""
        );
        expect![[r#"
            containers[0].resources.claims[1]: Duplicate value: "gpu": must be unique [XX443]
            containers[0].resources.claims[2]: Not found: "gpus": must be the name of a claim in `resourceClaims` of the pod (did you mean 'gpu'?) [XX443]
            containers[0].resources.claims[3]: Required value: must name a claim [XX443]
        "#]].assert_eq(&faults(json!([{"name": "gpu"}, {"name": "gpu"}, {"name": "gpus"}, {"name": ""}])));
        expect![[r#"
            containers[0].resources.claims[0].request: Invalid value: "A_B": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX443]
            containers[0].resources.claims[1]: Duplicate value: "gpu": must be unique [XX443]
        "#]].assert_eq(&faults(json!([{"name": "gpu", "request": "A_B"}, {"name": "gpu"}])));
        expect![[r#"
            resources.claims: Forbidden: only a container may use claims [XX443]
        "#]]
        .assert_eq(&pod_faults(&json!({"resources": {"claims": [{"name": "gpu"}]}})));
    }
}
