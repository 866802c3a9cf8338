//! A Service that leads to this machine, so that the API server calls the webhook exactly as it does in production.

use std::net::Ipv4Addr;

use anyhow::Result;
use nix::ifaddrs::getifaddrs;
use serde_json::{Value, json};

use crate::kubectl::Kubectl;

/// The name of the Service.
pub(crate) const NAME: &str = "jobflow-webhook";

/// The host name by which the API server calls it, which its certificate must have.
pub(crate) fn host(namespace: &str) -> String {
    format!("{NAME}.{namespace}.svc")
}

/// The first IPv4 address of this machine that an `EndpointSlice` may have: neither loopback nor link-local.
pub fn endpoint_address() -> Option<Ipv4Addr> {
    let interfaces = getifaddrs().ok()?;
    let addresses = interfaces.filter_map(|interface| Some(interface.address?.as_sockaddr_in()?.ip()));
    addresses.into_iter().find(may_be_an_endpoint)
}

fn may_be_an_endpoint(address: &Ipv4Addr) -> bool {
    !(address.is_loopback() || address.is_link_local() || address.is_unspecified() || address.is_multicast())
}

/// Makes the Service in `namespace`, and lets it lead to this address too. It has no selector, so nobody else writes its endpoints.
pub(crate) fn install(namespace: &str, address: Ipv4Addr, port: u16, kubectl: &Kubectl) -> Result<()> {
    let manifest = json!({"apiVersion": "v1", "kind": "List", "items": [
        {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": NAME},
            "spec": {"ports": [{"name": "https", "port": 443}]},
        },
        endpoint_slice(address, port),
    ]});
    let kubectl = kubectl.in_namespace(namespace);
    kubectl.apply(&manifest.to_string())?.success().map(drop)
}

/// Lets the Service lead there no more.
pub(crate) fn leave(namespace: &str, port: u16, kubectl: &Kubectl) -> Result<()> {
    let args = ["delete", "endpointslice", &slice_name(port)];
    kubectl.in_namespace(namespace).run(&args)?.success().map(drop)
}

/// One slice a replica: all endpoints of a slice have the same port, and ours have the same address.
fn slice_name(port: u16) -> String {
    format!("{NAME}-{port}")
}

fn endpoint_slice(address: Ipv4Addr, port: u16) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": slice_name(port), "labels": {"kubernetes.io/service-name": NAME}},
        "ports": [{"name": "https", "port": port}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": true}}],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_api_server_refuses_is_no_endpoint() {
        let allowed = |text: &str| may_be_an_endpoint(&text.parse().unwrap());
        for refused in ["127.0.0.1", "127.8.0.1", "169.254.1.1", "0.0.0.0", "224.0.0.1"] {
            assert!(!allowed(refused), "{refused}");
        }
        assert!(allowed("192.0.2.7") && allowed("10.1.2.3"));
    }
}
