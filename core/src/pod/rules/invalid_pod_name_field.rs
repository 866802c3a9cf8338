//! XX490 `invalid-pod-name-field`: a field of a pod that names something does not hold a name that can be.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidatePodSpec`, `validatePodHostName`): `serviceAccountName`, `nodeName`,
//! `priorityClassName`, `runtimeClassName` and `hostnameOverride` are DNS subdomains, `hostname` and `subdomain` DNS
//! labels, and `hostnameOverride` goes with neither the network of the host nor `setHostnameAsFQDN`.
//!
//! # Example
//! `serviceAccountName: Build_Bot` is denied at the field.
//!
//! # Fix
//! Use lower case letters, digits, '-' and, in subdomains, '.'; begin and end with a letter or digit.

use crate::diagnostic::Report;
use crate::names::{dns_label_fault, dns_subdomain_fault};
use crate::pod::fault::{forbidden, too_long, unless_formed};
use crate::pod::subject::{PodSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX490", "invalid-pod-name-field", Deny, "invalid_pod_name_field.rs");

/// The longest host name of Linux.
const HOSTNAME_BYTES_MAX: usize = 64;

/// Says why a text is not a name.
type Fault = fn(&str) -> Option<String>;

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let pod = subject.pod;
    // The older name of the field counts where the newer one is empty.
    let account = pod.service_account_name.as_ref().filter(|name| !name.is_empty());
    let old_account = pod.service_account.as_ref().filter(|_| account.is_none());
    let names: [(&str, Option<&String>, Fault); 6] = [
        ("serviceAccountName", account, dns_subdomain_fault),
        ("serviceAccount", old_account, dns_subdomain_fault),
        ("nodeName", pod.node_name.as_ref(), dns_subdomain_fault),
        (
            "priorityClassName",
            pod.priority_class_name.as_ref(),
            dns_subdomain_fault,
        ),
        ("hostname", pod.hostname.as_ref(), dns_label_fault),
        ("subdomain", pod.subdomain.as_ref(), dns_label_fault),
    ];
    for (field, name, fault) in names {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            found.push_if(unless_formed(&RULE, &subject.at.key(field), name, fault));
        }
    }
    if let Some(name) = pod.runtime_class_name.as_deref() {
        found.push_if(unless_formed(
            &RULE,
            &subject.at.key("runtimeClassName"),
            name,
            dns_subdomain_fault,
        ));
    }
    check_override(subject, found);
}

fn check_override(subject: &PodSubject<'_>, found: &mut Report) {
    let Some(name) = subject.pod.hostname_override.as_deref() else {
        return;
    };
    let at = subject.at.key("hostnameOverride");
    if subject.pod.set_hostname_as_fqdn == Some(true) {
        found.push(forbidden(
            &RULE,
            &at,
            "may not be given where `setHostnameAsFQDN` is true",
        ));
    }
    if subject.is_on_host_network() {
        found.push(forbidden(&RULE, &at, "may not be given where `hostNetwork` is true"));
    }
    if name.len() > HOSTNAME_BYTES_MAX {
        found.push(too_long(&RULE, &at, name.len(), HOSTNAME_BYTES_MAX));
    }
    found.push_if(unless_formed(&RULE, &at, name, dns_subdomain_fault));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn names_are_checked() {
        assert_eq!(
            pod_faults(&json!({"serviceAccountName": "", "hostname": "", "nodeName": "n.example.com"})),
            ""
        );
        expect![[r#"
            hostname: Invalid value: "a.b": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX490]
            nodeName: Invalid value: "A_B": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX490]
            priorityClassName: Invalid value: "A_B": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX490]
            runtimeClassName: Required value: must be given [XX490]
            serviceAccountName: Invalid value: "Build_Bot": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX490]
            subdomain: Invalid value: "a.b": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX490]
        "#]].assert_eq(&pod_faults(&json!({
            "serviceAccountName": "Build_Bot", "nodeName": "A_B", "priorityClassName": "A_B", "runtimeClassName": "",
            "hostname": "a.b", "subdomain": "a.b",
        })));
        expect![[r#"
            serviceAccount: Invalid value: "Build_Bot": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX490]
        "#]].assert_eq(&pod_faults(&json!({"serviceAccount": "Build_Bot"})));
    }

    #[test]
    fn a_host_name_is_short_and_goes_with_few_fields() {
        assert_eq!(pod_faults(&json!({"hostnameOverride": "a.b"})), "");
        let long = format!("a.{}", "b".repeat(63));
        expect![[r#"
            hostnameOverride: Forbidden: may not be given where `hostNetwork` is true [XX490]
            hostnameOverride: Forbidden: may not be given where `setHostnameAsFQDN` is true [XX490]
            hostnameOverride: Too long: may not be more than 64 bytes, and has 65 [XX490]
        "#]]
        .assert_eq(&pod_faults(
            &json!({"hostnameOverride": long, "hostNetwork": true, "setHostnameAsFQDN": true}),
        ));
    }
}
