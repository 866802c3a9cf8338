//! Names of resources, and what they say about the resource (`pkg/apis/core/helper`).

use super::quantity::Quantity;
use crate::names::qualified_name_fault;

const HUGE_PAGES: &str = "hugepages-";
/// What a quota puts before the name of a resource.
const REQUESTS: &str = "requests.";
/// The longest domain of an extended resource: a quota names it with [`REQUESTS`], and no domain may have more than 253 bytes.
const EXTENDED_DOMAIN_BYTES_MAX: usize = 253 - REQUESTS.len();

/// Whether it is memory in huge pages.
pub(super) fn is_huge_pages(name: &str) -> bool {
    name.starts_with(HUGE_PAGES)
}

/// The size of a huge page in bytes, where the name gives one.
pub(super) fn page_size(name: &str) -> Option<i128> {
    let size = Quantity::parse(name.strip_prefix(HUGE_PAGES)?)?;
    (size.is_whole() && size.whole() > 0).then(|| size.whole())
}

/// Whether Kubernetes itself defines it (`IsNativeResource`).
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether it is a resource of a device plugin (`IsExtendedResourceName`).
pub(super) fn is_extended(name: &str) -> bool {
    !is_native(name) && !name.starts_with(REQUESTS) && qualified_name_fault(&format!("{REQUESTS}{name}")).is_none()
}

/// Whether more of it may be promised than there is (`IsOvercommitAllowed`).
pub(super) fn can_be_shared(name: &str) -> bool {
    is_native(name) && !is_huge_pages(name)
}

/// Says why a container cannot have this resource (`validateContainerResourceName`).
pub(super) fn container_fault(name: &str) -> Option<String> {
    if let Some(fault) = qualified_name_fault(name) {
        return Some(fault);
    }
    if !name.contains('/') {
        let is_known = matches!(name, "cpu" | "memory" | "ephemeral-storage") || is_huge_pages(name);
        return (!is_known).then(|| {
            "must be 'cpu', 'memory', 'ephemeral-storage' or 'hugepages-<size>', or begin with a domain, as \
             'nvidia.com/gpu' does"
                .to_owned()
        });
    }
    let fault = if is_native(name) || is_extended(name) {
        return None;
    } else if name.starts_with(REQUESTS) {
        "may not begin with 'requests.', which is for quotas".to_owned()
    } else {
        format!("may not have a domain of more than {EXTENDED_DOMAIN_BYTES_MAX} bytes")
    };
    Some(fault)
}

/// Says why a pod as a whole cannot have this resource (`validatePodResourceName`).
pub(super) fn pod_fault(name: &str) -> Option<String> {
    let is_known = matches!(name, "cpu" | "memory") || is_huge_pages(name);
    qualified_name_fault(name)
        .or_else(|| (!is_known).then(|| "a pod as a whole may have 'cpu', 'memory' and huge pages only".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{can_be_shared, container_fault, is_extended, page_size, pod_fault};

    #[test]
    fn names_say_what_a_resource_is() {
        assert!(can_be_shared("cpu") && !can_be_shared("nvidia.com/gpu") && !can_be_shared("hugepages-2Mi"));
        assert!(is_extended("nvidia.com/gpu") && !is_extended("cpu") && !is_extended("kubernetes.io/x"));
        assert_eq!(page_size("hugepages-2Mi"), Some(2 << 20));
        assert_eq!(page_size("hugepages-big"), None);
    }

    #[test]
    fn containers_and_pods_have_different_resources() {
        for good in [
            "cpu",
            "ephemeral-storage",
            "hugepages-1Gi",
            "nvidia.com/gpu",
            "kubernetes.io/batch-cpu",
        ] {
            assert_eq!(container_fault(good), None, "{good}");
        }
        for bad in ["gpu", "pods", "requests.cpu", "requests.example.com/x", "a b", "/x", ""] {
            assert!(container_fault(bad).is_some(), "{bad}");
        }
        assert!(pod_fault("memory").is_none() && pod_fault("ephemeral-storage").is_some());
    }
}
