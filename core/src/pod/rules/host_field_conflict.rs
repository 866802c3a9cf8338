//! XX473 `host-field-conflict`: a pod shares something with its node that does not go with another field.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateHostUsers`, `validatePodHostNetworkDeps`, `checkHostPortConflicts`): a pod with
//! users of its own cannot share network, process ids or IPC, nor use devices; on the network of the host, ports are
//! those of the host; and no two containers can have one port of the host.
//!
//! # Example
//! `hostUsers: false` with `hostPID: true` is denied at `…hostPID`.
//!
//! # Fix
//! Remove one of the two.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Container;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{duplicate, forbidden, invalid};
use crate::pod::subject::{PodSubject, Role, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX473", "host-field-conflict", Deny, "host_field_conflict.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let (pod, at) = (subject.pod, subject.at);
    if subject.has_own_users() {
        let fields = [
            ("hostNetwork", pod.host_network),
            ("hostPID", pod.host_pid),
            ("hostIPC", pod.host_ipc),
        ];
        for (name, _) in fields.iter().filter(|(_, is_shared)| *is_shared == Some(true)) {
            found.push(forbidden(
                &RULE,
                &at.key(name),
                "may not be true where `hostUsers` is false",
            ));
        }
        subject.each_container(|container, _, here| {
            if container
                .volume_devices
                .as_ref()
                .is_some_and(|devices| !devices.is_empty())
            {
                found.push(forbidden(
                    &RULE,
                    &here.key("volumeDevices"),
                    "may not be given where `hostUsers` is false",
                ));
            }
        });
    }
    if pod.share_process_namespace == Some(true) && pod.host_pid == Some(true) {
        found.push(invalid(
            &RULE,
            &at.key("shareProcessNamespace"),
            "may not be true where `hostPID` is",
        ));
    }
    let mut ports = BTreeSet::new();
    let is_on_host = subject.is_on_host_network();
    subject.each_container(|container, role, here| {
        // Init containers run one by one, so each has all ports to itself.
        if role == Role::Main {
            check_ports(container, is_on_host, &mut ports, here, found);
        } else {
            check_ports(container, false, &mut BTreeSet::new(), here, found);
        }
    });
}

fn check_ports(
    container: &Container,
    is_on_host: bool,
    taken: &mut BTreeSet<(String, String, i32)>,
    at: &At<'_>,
    found: &mut Report,
) {
    each(container.ports.as_deref(), &at.key("ports"), |port, here| {
        let Some(number) = port.host_port.filter(|number| *number != 0) else {
            return;
        };
        let at = here.key("hostPort");
        if is_on_host && number != port.container_port {
            let message = "must be the same as `containerPort` where `hostNetwork` is true";
            found.push(invalid(&RULE, &at, message).literal(number));
        }
        let protocol = port
            .protocol
            .clone()
            .filter(|protocol| !protocol.is_empty())
            .unwrap_or_else(|| "TCP".to_owned());
        let address = port.host_ip.clone().unwrap_or_default();
        if !taken.insert((protocol.clone(), address.clone(), number)) {
            found.push(duplicate(&RULE, &at, &format!("{protocol}/{address}/{number}")));
        }
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::{container_faults, pod_faults};

    #[test]
    fn own_users_do_not_go_with_what_is_of_the_host() {
        assert_eq!(
            pod_faults(&json!({"hostUsers": true, "hostPID": true, "hostIPC": true, "hostNetwork": true})),
            ""
        );
        expect![[r#"
            hostIPC: Forbidden: may not be true where `hostUsers` is false [XX473]
            hostNetwork: Forbidden: may not be true where `hostUsers` is false [XX473]
            hostPID: Forbidden: may not be true where `hostUsers` is false [XX473]
        "#]]
        .assert_eq(&pod_faults(
            &json!({"hostUsers": false, "hostPID": true, "hostIPC": true, "hostNetwork": true}),
        ));
        expect![[r#"
            shareProcessNamespace: Invalid value: may not be true where `hostPID` is [XX473]
        "#]]
        .assert_eq(&pod_faults(&json!({"shareProcessNamespace": true, "hostPID": true})));
    }

    #[test]
    fn ports_of_the_host_are_unique_and_their_own() {
        let port = |host| json!({"containerPort": 80, "hostPort": host});
        expect![[r#"
            ports[1].hostPort: Duplicate value: "TCP//8080": must be unique [XX473]
        "#]]
        .assert_eq(&container_faults(&json!({"ports": [port(8080), port(8080)]})));
        let container = json!({"name": "a", "image": "x", "ports": [port(8080)]});
        expect![[r#"
            containers[0].ports[0].hostPort: Invalid value: 8080: must be the same as `containerPort` where `hostNetwork` is true [XX473]
        "#]].assert_eq(&pod_faults(&json!({"hostNetwork": true, "containers": [container]})));
        assert_eq!(
            pod_faults(&json!({"initContainers": [container], "hostNetwork": true})),
            ""
        );
    }
}
