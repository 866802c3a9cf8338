//! XX491 `invalid-dns`: how a pod looks up names, or the names that it is given, cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateDNSPolicy`, `validatePodDNSConfig`, `ValidateHostAliases`): the policy is known;
//! `None` needs a name server; there are at most 3 name servers, which are IP addresses, and 32 search domains; and
//! host aliases are IP addresses with DNS subdomains.
//!
//! # Example
//! `dnsPolicy: None` without `dnsConfig` is denied at `…dnsConfig`.
//!
//! # Fix
//! Correct the field as the message says.

use k8s_openapi::api::core::v1::PodDNSConfig;

use crate::diagnostic::Report;
use crate::field::At;
use crate::names::dns_subdomain_fault;
use crate::pod::fault::{invalid, required, unless_formed, unless_one_of};
use crate::pod::forms::{address_fault, search_domain_fault};
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX491", "invalid-dns", Deny, "invalid_dns.rs");

/// `MaxDNSNameservers`.
const SERVERS_MAX: usize = 3;
/// `MaxDNSSearchPaths`.
const SEARCHES_MAX: usize = 32;
/// `MaxDNSSearchListChars`.
const SEARCHES_BYTES_MAX: usize = 2_048;

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let policy = subject.pod.dns_policy.as_deref().filter(|policy| !policy.is_empty());
    let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
    found.push_if(unless_one_of(&RULE, &subject.at.key("dnsPolicy"), policy, &policies));
    let at = subject.at.key("dnsConfig");
    match &subject.pod.dns_config {
        None if policy == Some("None") => {
            found.push(required(&RULE, &at, "must be given where `dnsPolicy` is 'None'"));
        }
        None => {}
        Some(config) => check_config(config, policy, &at, found),
    }
    each(
        subject.pod.host_aliases.as_deref(),
        &subject.at.key("hostAliases"),
        |alias, here| {
            found.push_if(unless_formed(&RULE, &here.key("ip"), &alias.ip, address_fault));
            each(alias.hostnames.as_deref(), &here.key("hostnames"), |name, here| {
                found.push_if(unless_formed(&RULE, here, name, dns_subdomain_fault));
            });
        },
    );
}

fn check_config(config: &PodDNSConfig, policy: Option<&str>, at: &At<'_>, found: &mut Report) {
    let servers = config.nameservers.as_deref().unwrap_or_default();
    let servers_at = at.key("nameservers");
    if policy == Some("None") && servers.is_empty() {
        found.push(required(
            &RULE,
            &servers_at,
            "must have a server where `dnsPolicy` is 'None'",
        ));
    }
    if servers.len() > SERVERS_MAX {
        found.push(invalid(
            &RULE,
            &servers_at,
            format!("must have at most {SERVERS_MAX} servers"),
        ));
    }
    each(Some(servers), &servers_at, |server, here| {
        found.push_if(unless_formed(&RULE, here, server, address_fault));
    });
    let searches = config.searches.as_deref().unwrap_or_default();
    let searches_at = at.key("searches");
    // With a space between each two.
    let bytes = searches
        .iter()
        .map(|search| search.len() + 1)
        .sum::<usize>()
        .saturating_sub(1);
    if searches.len() > SEARCHES_MAX || bytes > SEARCHES_BYTES_MAX {
        let message = format!("must have at most {SEARCHES_MAX} domains, with at most {SEARCHES_BYTES_MAX} bytes");
        found.push(invalid(&RULE, &searches_at, message));
    }
    each(Some(searches), &searches_at, |search, here| {
        if search != "." {
            let name = search.strip_suffix('.').unwrap_or(search);
            found.push_if(unless_formed(&RULE, here, name, search_domain_fault));
        }
    });
    each(config.options.as_deref(), &at.key("options"), |option, here| {
        if option.name.as_ref().is_none_or(String::is_empty) {
            found.push(required(&RULE, &here.key("name"), "must be given"));
        }
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn policies_and_servers_belong_together() {
        assert_eq!(
            pod_faults(&json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"]}})),
            ""
        );
        expect![[r#"
            dnsConfig: Required value: must be given where `dnsPolicy` is 'None' [XX491]
        "#]]
        .assert_eq(&pod_faults(&json!({"dnsPolicy": "None"})));
        expect![[r#"
            dnsConfig.nameservers: Required value: must have a server where `dnsPolicy` is 'None' [XX491]
        "#]]
        .assert_eq(&pod_faults(&json!({"dnsPolicy": "None", "dnsConfig": {}})));
        expect![[r#"
            dnsPolicy: Unsupported value: "clusterfirst": supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None" (did you mean 'ClusterFirst'?) [XX491]
        "#]].assert_eq(&pod_faults(&json!({"dnsPolicy": "clusterfirst"})));
    }

    #[test]
    fn servers_searches_and_options_are_checked() {
        let config = json!({
            "nameservers": ["10.0.0.1", "dns", "::1", "10.0.0.2"],
            "searches": [".", "a_b.example.com.", "A"],
            "options": [{"value": "2"}],
        });
        expect![[r#"
            dnsConfig.nameservers: Invalid value: must have at most 3 servers [XX491]
            dnsConfig.nameservers[1]: Invalid value: "dns": must be a valid IP address (e.g. 10.9.8.7 or 2001:db8::ffff) [XX491]
            dnsConfig.options[0].name: Required value: must be given [XX491]
            dnsConfig.searches[2]: Invalid value: "A": must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX491]
        "#]].assert_eq(&pod_faults(&json!({"dnsConfig": config})));
        expect![[r#"
            dnsConfig.searches: Invalid value: must have at most 32 domains, with at most 2048 bytes [XX491]
        "#]]
        .assert_eq(&pod_faults(&json!({"dnsConfig": {"searches": vec!["a"; 33]}})));
    }

    #[test]
    fn aliases_are_addresses_with_names() {
        expect![[r#"
            hostAliases[0].hostnames[1]: Invalid value: "A_B": must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com') [XX491]
            hostAliases[0].ip: Invalid value: "host": must be a valid IP address (e.g. 10.9.8.7 or 2001:db8::ffff) [XX491]
        "#]].assert_eq(&pod_faults(&json!({"hostAliases": [{"ip": "host", "hostnames": ["a.b", "A_B"]}]})));
    }
}
