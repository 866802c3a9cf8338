//! XX444 `small-pod-resources`: the resources of the whole pod are less than those of its containers.
//!
//! # Why it is an error
//! The API server refuses the Job (`validatePodResourceConsistency`): what the containers request at the same time must
//! fit into the request of the pod, and the limit of each container into the limit of the pod.
//!
//! # Example
//! `resources: {requests: {cpu: 1}}` of a pod whose container requests `cpu: 2` is denied at `…resources.requests[cpu]`.
//!
//! # Fix
//! Raise the amount of the pod, or lower those of the containers.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource;

use crate::diagnostic::Report;
use crate::pod::fault::{forbidden, invalid};
use crate::pod::quantity::Quantity;
use crate::pod::resource_name::is_huge_pages;
use crate::pod::subject::{PodSubject, Role, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX444", "small-pod-resources", Deny, "small_pod_resources.rs");

type Amounts = BTreeMap<String, resource::Quantity>;
/// Picks the requests or the limits.
type ListOf = fn(&ResourceRequirements) -> Option<&Amounts>;

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let Some(resources) = &subject.pod.resources else {
        return;
    };
    let at = subject.at.key("resources");
    if subject.is_for_windows() {
        found.push(forbidden(&RULE, &at, "may not be given for a Windows pod"));
        return;
    }
    let lists: [(&str, _, ListOf); 2] = [
        ("requests", resources.requests.as_ref(), |resources| {
            resources.requests.as_ref()
        }),
        ("limits", resources.limits.as_ref(), |resources| {
            resources.limits.as_ref()
        }),
    ];
    for (field, own, list_of) in lists {
        let Some(own) = own else { continue };
        let here = at.key(field);
        for (name, load) in loads(subject, own, list_of) {
            // Limits may add up to more, except those of huge pages.
            if field == "limits" && !is_huge_pages(name) {
                continue;
            }
            let Some(amount) = own.get(name) else { continue };
            if Quantity::parse(&amount.0).is_some_and(|own| load.most() > own.rounded_to_milli()) {
                let message = format!("must be greater than or equal to the {field} of the containers together");
                found.push(invalid(&RULE, &here.map_key(name), message).value(&amount.0));
            }
        }
    }
    check_limits(subject, resources.limits.as_ref(), found);
}

/// What the containers of a pod need of one resource.
#[derive(Clone, Copy, Default)]
struct Load {
    /// All sidecars so far.
    sidecars: Quantity,
    /// The most while the pod starts: an init container and the sidecars before it.
    starting: Quantity,
    /// All containers.
    containers: Quantity,
}

impl Load {
    /// The most at one time (`AggregateContainerRequests`).
    fn most(self) -> Quantity {
        let running = self.sidecars.plus(self.containers);
        if self.starting > running {
            self.starting
        } else {
            running
        }
    }
}

/// The loads of the resources that the pod names, as far as containers name them too.
fn loads<'a>(subject: &PodSubject<'_>, own: &'a Amounts, list_of: ListOf) -> BTreeMap<&'a str, Load> {
    let mut loads: BTreeMap<&str, Load> = BTreeMap::new();
    subject.each_container(|container, role, _| {
        let amounts = container.resources.as_ref().and_then(list_of);
        for (name, amount) in amounts.into_iter().flatten() {
            let key = own.get_key_value(name);
            let amount = Quantity::parse(&amount.0);
            let (Some((name, _)), Some(amount)) = (key, amount) else {
                continue;
            };
            let load = loads.entry(name).or_default();
            let amount = amount.rounded_to_milli();
            if role == Role::Main {
                load.containers = load.containers.plus(amount);
                continue;
            }
            let together = load.sidecars.plus(amount);
            if role == Role::Sidecar {
                load.sidecars = together;
            }
            if together > load.starting {
                load.starting = together;
            }
        }
    });
    loads
}

/// The limit of each container against that of the pod.
fn check_limits(subject: &PodSubject<'_>, own: Option<&Amounts>, found: &mut Report) {
    each(
        Some(&subject.pod.containers),
        &subject.at.key("containers"),
        |container, here| {
            let at = here.key("resources");
            let at = at.key("limits");
            let limits = container
                .resources
                .as_ref()
                .and_then(|resources| resources.limits.as_ref());
            for (name, limit) in limits.into_iter().flatten() {
                let most = own
                    .and_then(|own| own.get(name))
                    .and_then(|most| Quantity::parse(&most.0));
                let limited = Quantity::parse(&limit.0);
                if let (Some(most), Some(limited)) = (most, limited)
                    && limited.rounded_to_milli() > most.rounded_to_milli()
                {
                    let message = "must be less than or equal to the limit of the pod";
                    found.push(invalid(&RULE, &at.map_key(name), message).value(&limit.0));
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::pod_faults;

    fn container(name: &str, resources: &Value) -> Value {
        json!({"name": name, "image": "x", "resources": resources})
    }

    #[test]
    fn requests_of_containers_add_up() {
        let one = json!({"requests": {"cpu": 1}});
        let faults = |cpu: &str| {
            let mut sidecar = container("s", &one);
            sidecar["restartPolicy"] = json!("Always");
            let init = container("i", &json!({"requests": {"cpu": 3}}));
            pod_faults(&json!({
                "resources": {"requests": {"cpu": cpu}},
                "containers": [container("a", &one), container("b", &one)],
                "initContainers": [sidecar, init],
            }))
        };
        // While it starts: a sidecar and 3. Later: a sidecar and 2.
        assert_eq!(faults("4"), "");
        expect![[r#"
            resources.requests[cpu]: Invalid value: "3999m": must be greater than or equal to the requests of the containers together [XX444]
        "#]].assert_eq(&faults("3999m"));
    }

    #[test]
    fn the_limit_of_each_container_counts_alone() {
        let two = json!({"limits": {"cpu": 2}});
        let faults = |cpu: &str| {
            pod_faults(
                &json!({"resources": {"limits": {"cpu": cpu}}, "containers": [container("a", &two), container("b", &two)]}),
            )
        };
        assert_eq!(faults("2"), "");
        expect![[r#"
            containers[0].resources.limits[cpu]: Invalid value: "2": must be less than or equal to the limit of the pod [XX444]
            containers[1].resources.limits[cpu]: Invalid value: "2": must be less than or equal to the limit of the pod [XX444]
        "#]].assert_eq(&faults("1"));
    }

    #[test]
    fn windows_has_no_resources_of_pods() {
        expect![[r#"
            resources: Forbidden: may not be given for a Windows pod [XX444]
        "#]]
        .assert_eq(&pod_faults(
            &json!({"resources": {"limits": {"cpu": 1}}, "os": {"name": "windows"}}),
        ));
    }
}
