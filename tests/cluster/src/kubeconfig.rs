//! KUBECONFIG files, written as JSON, which is YAML too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::pki::Certificate;

/// The one context, with certificates inside, so that the file can be copied elsewhere.
pub(crate) fn kubeconfig(server: &str, authority_pem: &str, user: &str, certificate: &Certificate) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "jobflow",
        "clusters": [{
            "name": "jobflow",
            "cluster": {"server": server, "certificate-authority-data": STANDARD.encode(authority_pem)},
        }],
        "users": [{
            "name": user,
            "user": {
                "client-certificate-data": STANDARD.encode(&certificate.pem),
                "client-key-data": STANDARD.encode(&certificate.key_pem),
            },
        }],
        "contexts": [{"name": "jobflow", "context": {"cluster": "jobflow", "user": user}}],
    })
}
