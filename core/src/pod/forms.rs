//! The forms that Kubernetes asks of values in a pod, beside those of [`crate::names`].

use core::net::{IpAddr, Ipv6Addr};

/// Says why `path` is not a path inside a volume: relative, and without '..' (`validateLocalDescendingPath`).
pub(super) fn inner_path_fault(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return Some("must be a relative path".to_owned());
    }
    backstep_fault(path)
}

/// Says why `path` is not the path of a file in a volume (`ValidateLocalNonReservedPath`).
pub(super) fn file_path_fault(path: &str) -> Option<String> {
    inner_path_fault(path).or_else(|| path.starts_with("..").then(|| "must not start with '..'".to_owned()))
}

/// Says that a path goes up (`validatePathNoBacksteps`).
pub(super) fn backstep_fault(path: &str) -> Option<String> {
    path.split('/')
        .any(|part| part == "..")
        .then(|| "must not contain '..'".to_owned())
}

/// Says why `name` is not the name of a port (`IsValidPortName`).
pub(super) fn port_name_fault(name: &str) -> Option<String> {
    let fault = if name.len() > 15 {
        "must be no more than 15 characters"
    } else if name.is_empty()
        || !name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        "must contain only lower case letters, digits and '-'"
    } else if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        "must contain at least one letter"
    } else if name.contains("--") || name.starts_with('-') || name.ends_with('-') {
        "must not begin or end with '-', or contain '--'"
    } else {
        return None;
    };
    Some(fault.to_owned())
}

/// Says why `key` is not the key of an entry of a ConfigMap or Secret (`IsConfigMapKey`).
pub(super) fn data_key_fault(key: &str) -> Option<String> {
    if key.len() > 253 {
        return Some(format!("must be no more than 253 bytes, and has {}", key.len()));
    }
    if !key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    {
        return Some("must consist of alphanumeric characters, '-', '_' or '.'".to_owned());
    }
    (key == "." || key.starts_with("..")).then(|| "must not be '.', or start with '..'".to_owned())
}

/// Says why `name` is not the name of an HTTP header (`IsHTTPHeaderName`).
pub(super) fn header_name_fault(name: &str) -> Option<String> {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (!is_name).then(|| "must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name')".to_owned())
}

/// Says why `address` is not an IP address (`IsValidIPForLegacyField`).
pub(super) fn address_fault(address: &str) -> Option<String> {
    let mapped = |ip: &Ipv6Addr| ip.to_ipv4_mapped().is_some();
    match address.parse::<IpAddr>() {
        Err(_) => Some("must be a valid IP address (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned()),
        Ok(IpAddr::V6(ip)) if mapped(&ip) => Some("must not be an IPv4-mapped IPv6 address".to_owned()),
        Ok(_) => None,
    }
}

/// Says why `name` is not a DNS subdomain whose parts may contain '_' (`IsDNS1123SubdomainWithUnderscore`).
pub(super) fn search_domain_fault(name: &str) -> Option<String> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let rest = label.strip_prefix('_').unwrap_or(label);
        let ends = [rest.bytes().next(), rest.bytes().next_back()];
        ends.iter().all(|end| end.is_some_and(inner))
            && rest.bytes().all(|byte| inner(byte) || matches!(byte, b'-' | b'_'))
    };
    if name.len() > 253 {
        return Some(format!("must be no more than 253 bytes, and has {}", name.len()));
    }
    (!name.split('.').all(is_label)).then(|| {
        "must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an \
         alphanumeric character (e.g. 'example.com')"
            .to_owned()
    })
}

/// Says why `path` is not a path that begins with a domain (`IsDomainPrefixedPath`).
pub(super) fn domain_path_fault(path: &str) -> Option<String> {
    let is_path = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
        !text.is_empty() && text.bytes().all(allowed)
    };
    let is_good = path
        .split_once('/')
        .is_some_and(|(domain, rest)| crate::names::dns_subdomain_fault(domain).is_none() && is_path(rest));
    (!is_good).then(|| "must be a path that begins with a domain (e.g. 'acme.io/foo')".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_told_apart(fault: fn(&str) -> Option<String>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(fault(text), None, "{text}");
        }
        for text in bad {
            assert!(fault(text).is_some(), "{text}");
        }
    }

    #[test]
    fn paths_stay_inside_their_volume() {
        assert_told_apart(
            inner_path_fault,
            &["a/b", "", "..data", "a..b"],
            &["/a", "..", "a/../b"],
        );
        assert_told_apart(file_path_fault, &["a/b"], &["..data", "../a", "/a"]);
    }

    #[test]
    fn ports_keys_and_headers_have_their_own_forms() {
        assert_told_apart(
            port_name_fault,
            &["http", "a-1"],
            &["", "1234", "-a", "a--b", "Http", "sixteen-letters-"],
        );
        assert_told_apart(data_key_fault, &["a.B_c-1"], &[".", "..", "..a", "a b"]);
        assert_told_apart(header_name_fault, &["X-A"], &["", "X_A"]);
        assert_told_apart(
            domain_path_fault,
            &["acme.io/foo/bar"],
            &["acme.io", "/foo", "acme.io/", "Acme/x", "a/b c"],
        );
    }

    #[test]
    fn addresses_and_search_domains_are_told_from_other_text() {
        assert_told_apart(
            address_fault,
            &["10.0.0.1", "::1", "FE80::1"],
            &["", "1.2.3", "010.0.0.1", "::ffff:1.2.3.4"],
        );
        assert_told_apart(
            search_domain_fault,
            &["a.b", "_srv.a_b.c"],
            &["", "a..b", "a_.b", "A.b", "__a"],
        );
    }
}
