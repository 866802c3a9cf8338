//! XX471 `invalid-sysctl`: a kernel parameter of a pod has a name that cannot be, or is one of the node.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateSysctls`): names are unique, at most 253 bytes of lower case letters,
//! digits, '-' and '_' in parts joined by '.' or '/'; parameters of the network or of IPC cannot be set in a pod that
//! shares these with its node.
//!
//! # Example
//! `sysctls: [{name: net.core.somaxconn, value: "1024"}]` with `hostNetwork: true` is denied at `…sysctls[0].name`.
//!
//! # Fix
//! Correct the name, or set the parameter on the node.

use std::collections::BTreeSet;

use crate::diagnostic::Report;
use crate::pod::fault::{duplicate, invalid, unless_formed};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX471", "invalid-sysctl", Deny, "invalid_sysctl.rs");

/// The parameters of IPC, beside those that begin with `fs.mqueue.`.
const OF_IPC: [&str; 10] = [
    "kernel.msg",
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shm",
    "kernel.shm_rmid_forced",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
];

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let context = subject.pod.security_context.as_ref();
    let at = subject.at.key("securityContext");
    let mut names = BTreeSet::new();
    each(
        context.and_then(|context| context.sysctls.as_deref()),
        &at.key("sysctls"),
        |sysctl, here| {
            let (name, at) = (sysctl.name.as_str(), here.key("name"));
            let fault = unless_formed(&RULE, &at, name, name_fault);
            if fault.is_none() && names.contains(name) {
                found.push(duplicate(&RULE, &at, name));
            }
            found.push_if(fault);
            names.insert(name.to_owned());
            // A name with slashes is the same with dots.
            let name = dotted(name);
            let is_of_ipc = OF_IPC.contains(&name.as_str()) || name.starts_with("fs.mqueue.");
            let field = if subject.is_on_host_network() && name.starts_with("net.") {
                "hostNetwork"
            } else if subject.pod.host_ipc == Some(true) && is_of_ipc {
                "hostIPC"
            } else {
                return;
            };
            found.push(invalid(&RULE, &at, format!("may not be given where `{field}` is true")).value(&sysctl.name));
        },
    );
}

/// `convertSysctlVariableToDotsSeparator`: where the first separator is '/', both are swapped.
fn dotted(name: &str) -> String {
    match name.find(['.', '/']) {
        Some(first) if name.get(first..).is_some_and(|rest| rest.starts_with('/')) => {
            let swapped = |c| match c {
                '.' => '/',
                '/' => '.',
                other => other,
            };
            name.chars().map(swapped).collect()
        }
        _ => name.to_owned(),
    }
}

/// `IsValidSysctlName`.
fn name_fault(name: &str) -> Option<String> {
    let is_end = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |part: &str| {
        let ends = [part.bytes().next(), part.bytes().next_back()];
        ends.iter().all(|end| end.is_some_and(is_end))
            && part.bytes().all(|byte| is_end(byte) || matches!(byte, b'-' | b'_'))
    };
    let is_name = name.len() <= 253 && name.split(['.', '/']).all(is_part);
    (!is_name).then(|| "must be at most 253 bytes, such as 'net.core.somaxconn'".to_owned())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use super::{dotted, name_fault};
    use crate::pod::testing::pod_faults;

    #[test]
    fn names_are_checked() {
        let sysctl = |name: &&str| json!({"name": name, "value": "1"});
        let faults = |names: &[&str], pod: Value| {
            let mut pod = pod;
            pod["securityContext"] = json!({"sysctls": names.iter().map(sysctl).collect::<Vec<_>>()});
            pod_faults(&pod)
        };
        assert_eq!(faults(&["net.core.somaxconn", "kernel.shmmax"], json!({})), "");
        expect![[r#"
            securityContext.sysctls[0].name: Invalid value: "Net.X": must be at most 253 bytes, such as 'net.core.somaxconn' [XX471]
            securityContext.sysctls[1].name: Required value: must be given [XX471]
            securityContext.sysctls[3].name: Duplicate value: "a.b": must be unique [XX471]
        "#]].assert_eq(&faults(&["Net.X", "", "a.b", "a.b"], json!({})));
        expect![[r#"
            securityContext.sysctls[0].name: Invalid value: "net/core.x": may not be given where `hostNetwork` is true [XX471]
            securityContext.sysctls[1].name: Invalid value: "kernel.shmmax": may not be given where `hostIPC` is true [XX471]
        "#]].assert_eq(&faults(&["net/core.x", "kernel.shmmax"], json!({"hostNetwork": true, "hostIPC": true})));
    }

    #[test]
    fn names_have_parts() {
        assert!(name_fault("net/ipv4/conf.eth0").is_none());
        assert!(name_fault("a..b").is_some() && name_fault("_a").is_some());
        assert_eq!(dotted("net/ipv4/conf/eth0.1"), "net.ipv4.conf.eth0/1");
        assert_eq!(dotted("net.ipv4/x"), "net.ipv4/x");
    }
}
