//! XX419 `invalid-port`: a port of a container that could not be opened.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateContainerPorts`): ports are numbers from 1 to 65535, their names are short
//! and unique in the container, and the protocol is `TCP`, `UDP` or `SCTP`.
//!
//! # Example
//! `ports: [{containerPort: 70000}]` is denied at `…containerPort`.
//!
//! # Fix
//! Correct the number, name or protocol.

use std::collections::BTreeSet;

use crate::diagnostic::Report;
use crate::pod::fault::{duplicate, required, unless_one_of, unless_within};
use crate::pod::forms::port_name_fault;
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX419", "invalid-port", Deny, "invalid_port.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        let mut names = BTreeSet::new();
        each(container.ports.as_deref(), &here.key("ports"), |port, here| {
            let given = |text: &'_ &str| !text.is_empty();
            if let Some(name) = port.name.as_deref().filter(given) {
                let at = here.key("name");
                if let Some(fault) = port_name_fault(name) {
                    found.push(crate::pod::fault::invalid(&RULE, &at, fault).value(name));
                } else if !names.insert(name.to_owned()) {
                    found.push(duplicate(&RULE, &at, name));
                }
            }
            let at = here.key("containerPort");
            if port.container_port == 0 {
                found.push(required(&RULE, &at, "must be given"));
            } else {
                found.push_if(unless_within(&RULE, &at, Some(port.container_port), 1..=65535));
            }
            let host_port = port.host_port.filter(|port| *port != 0);
            found.push_if(unless_within(&RULE, &here.key("hostPort"), host_port, 1..=65535));
            let protocol = port.protocol.as_deref().filter(given);
            found.push_if(unless_one_of(
                &RULE,
                &here.key("protocol"),
                protocol,
                &["SCTP", "TCP", "UDP"],
            ));
        });
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::container_faults;

    #[test]
    fn numbers_names_and_protocols_are_checked() {
        assert_eq!(
            container_faults(&json!({"ports": [{"containerPort": 80, "name": "http", "hostPort": 0}]})),
            ""
        );
        expect![[r#"
            ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive [XX419]
            ports[1].containerPort: Required value: must be given [XX419]
            ports[1].name: Duplicate value: "http": must be unique [XX419]
            ports[2].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive [XX419]
            ports[2].name: Invalid value: "Not_A_Name": must contain only lower case letters, digits and '-' [XX419]
            ports[2].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP" (did you mean 'TCP'?) [XX419]
        "#]].assert_eq(&container_faults(&json!({"ports": [
            {"containerPort": 70_000, "name": "http"},
            {"containerPort": 0, "name": "http"},
            {"containerPort": 1, "name": "Not_A_Name", "hostPort": -1, "protocol": "tcp"},
        ]})));
    }
}
