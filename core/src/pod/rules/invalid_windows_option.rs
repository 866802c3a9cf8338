//! XX472 `invalid-windows-option`: a setting for Windows has a value that cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateWindowsSecurityContextOptions`, `validateWindowsHostProcessPod`): user names
//! have an optional domain and '\', credential specs have a size, and either all containers of a pod are processes of the
//! host, on the network of the host, or none.
//!
//! # Example
//! `windowsOptions: {runAsUserName: "a\\b\\c"}` is denied at `…runAsUserName`.
//!
//! # Fix
//! Correct the value as the message says.

use k8s_openapi::api::core::v1::WindowsSecurityContextOptions;

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::dns_subdomain_fault;
use crate::pod::fault::{invalid, unless_formed};
use crate::pod::subject::{PodSubject, PushIf};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX472", "invalid-windows-option", Deny, "invalid_windows_option.rs");

/// `maxGMSACredentialSpecLength`.
const CREDENTIAL_BYTES_MAX: usize = 64 * 1024;
/// `maxRunAsUserNameDomainLength`, less one.
const DOMAIN_BYTES_MAX: usize = 255;
/// `maxRunAsUserNameUserLength`.
const USER_BYTES_MAX: usize = 104;

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let of_pod = subject
        .pod
        .security_context
        .as_ref()
        .and_then(|context| context.windows_options.as_ref());
    check_options(of_pod, &subject.at.key("securityContext").key("windowsOptions"), found);
    let pod_choice = of_pod.and_then(|options| options.host_process);
    let (mut containers, mut host_processes) = (0_usize, 0_usize);
    subject.each_container(|container, _, here| {
        let options = container
            .security_context
            .as_ref()
            .and_then(|context| context.windows_options.as_ref());
        let at = here.key("securityContext");
        let at = at.key("windowsOptions");
        check_options(options, &at, found);
        let choice = options.and_then(|options| options.host_process);
        if let (Some(pod), Some(own)) = (pod_choice, choice)
            && pod != own
        {
            let message = format!("must be {pod}, as in the pod");
            found.push(invalid(&RULE, &at.key("hostProcess"), message).literal(own));
        }
        containers += 1;
        host_processes += usize::from(choice.or(pod_choice) == Some(true));
    });
    if host_processes > 0 && host_processes != containers {
        let message = "all containers must be processes of the host if any is";
        found.push(invalid(&RULE, subject.at, message));
    }
    if host_processes > 0 && !subject.is_on_host_network() {
        let message = "must be true where containers are processes of the host";
        found.push(invalid(&RULE, &subject.at.key("hostNetwork"), message).literal(false));
    }
}

fn check_options(options: Option<&WindowsSecurityContextOptions>, at: &At<'_>, found: &mut Report) {
    let Some(options) = options else { return };
    if let Some(name) = options.gmsa_credential_spec_name.as_deref() {
        found.push_if(unless_formed(
            &RULE,
            &at.key("gmsaCredentialSpecName"),
            name,
            dns_subdomain_fault,
        ));
    }
    // The spec itself is not shown.
    let bytes = options.gmsa_credential_spec.as_ref().map(String::len);
    if bytes.is_some_and(|bytes| bytes == 0 || bytes > CREDENTIAL_BYTES_MAX) {
        let message = format!("must have between 1 and {CREDENTIAL_BYTES_MAX} bytes");
        found.push(invalid(&RULE, &at.key("gmsaCredentialSpec"), message));
    }
    if let Some(name) = options.run_as_user_name.as_deref()
        && let Some(fault) = user_fault(name)
    {
        found.push(invalid(&RULE, &at.key("runAsUserName"), fault).value(name));
    }
}

/// Says why `name` is not the name of a user, with an optional domain.
fn user_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_control()) {
        return Some("must not be empty, or contain control characters");
    }
    let (domain, user) = match name.split_once('\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, name),
    };
    if user.contains('\\') {
        return Some("must contain '\\' at most once");
    }
    if domain.is_some_and(|domain| domain.len() > DOMAIN_BYTES_MAX || !(is_netbios(domain) || is_dns(domain))) {
        return Some("must have a NetBIOS or DNS name as its domain");
    }
    if user.is_empty() || user.len() > USER_BYTES_MAX {
        return Some("must have a user name of 1 to 104 bytes");
    }
    if user.chars().all(|c| matches!(c, '.' | ' ')) {
        return Some("must not have a user name of periods and spaces only");
    }
    user.contains([
        '"', '/', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']',
    ])
    .then_some("must not have any of \"/\\:;|=,+*?<>@[] in its user name")
}

/// `validNetBiosRegex`.
fn is_netbios(domain: &str) -> bool {
    let is_taken = |c: char| matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let count = domain.chars().count();
    (1..=15).contains(&count) && !domain.starts_with('.') && !domain.contains(is_taken)
}

/// `validWindowsUserDomainDNSRegex`.
fn is_dns(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let ends = [label.bytes().next(), label.bytes().next_back()];
        ends.iter()
            .all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::user_fault;
    use crate::pod::testing::{container_faults, pod_faults};

    #[test]
    fn names_and_specs_are_checked() {
        let options = json!({"gmsaCredentialSpecName": "A_B", "gmsaCredentialSpec": "", "runAsUserName": "a\\b\\c"});
        expect![[r#"
            securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: must have between 1 and 65536 bytes [XX472]
            securityContext.windowsOptions.gmsaCredentialSpecName: Invalid value: "A_B": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX472]
            securityContext.windowsOptions.runAsUserName: Invalid value: "a\\b\\c": must contain '\' at most once [XX472]
        "#]].assert_eq(&container_faults(&json!({"securityContext": {"windowsOptions": options}})));
    }

    #[test]
    fn containers_are_processes_of_the_host_together() {
        let host = |choice: bool| json!({"windowsOptions": {"hostProcess": choice}});
        let container = |name, context| json!({"name": name, "image": "x", "securityContext": context});
        let good = json!({"securityContext": host(true), "hostNetwork": true});
        assert_eq!(pod_faults(&good), "");
        expect![[r#"
            template.spec: Invalid value: all containers must be processes of the host if any is [XX472]
            hostNetwork: Invalid value: false: must be true where containers are processes of the host [XX472]
        "#]]
        .assert_eq(&pod_faults(
            &json!({"containers": [container("a", host(true)), container("b", json!({}))]}),
        ));
        expect![[r#"
            containers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: must be true, as in the pod [XX472]
        "#]].assert_eq(&pod_faults(&json!({
            "securityContext": host(true), "hostNetwork": true, "containers": [container("a", host(false))],
        })));
    }

    #[test]
    fn users_may_have_a_domain() {
        for good in ["user", "DOMAIN\\user", "example.com\\user.name", "NT AUTHORITY\\SYSTEM"] {
            assert_eq!(user_fault(good), None, "{good}");
        }
        for bad in [
            "",
            "a\nb",
            "a\\b\\c",
            ".a\\b",
            "a\\",
            "..",
            "a@b",
            &"x".repeat(105),
            &format!("{}\\u", "d".repeat(256)),
        ] {
            assert!(user_fault(bad).is_some(), "{bad}");
        }
    }
}
