//! Installing what the API server needs to know of an operator on this machine: the CRDs and both webhook configurations.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::service;
use crate::wait::{Deadline, until};

const WEBHOOKS: &str = include_str!("../manifests/webhooks.yaml");

/// How the API server finds the webhook.
pub(crate) enum Route<'a> {
    /// By this address.
    Url(String),
    /// By the Service that [`service`] made in this namespace.
    Service { namespace: &'a str },
}

/// The API server notices new webhook configurations within a second or so.
const WEBHOOK_LIMIT: Duration = Duration::from_secs(30);

/// Refused by the validating webhook and by nothing else: no schema knows which names a dependency may have.
const REFUSED: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: webhook-probe}
spec: {flows: [{name: a, dependencies: [missing], jobTemplateRef: none}]}
";

/// Admitted only if the mutating webhook, too, is called: what was not normalized is refused.
const ADMITTED: &str = "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: webhook-probe}
spec: {flows: [{name: a, jobTemplate: {template: {spec: {containers: [{name: a, image: a}]}}}}]}
";

/// Installs the CRDs that this program prints, and waits until they are served.
pub(crate) fn install_crds(program: &Path, kubectl: &Kubectl) -> Result<()> {
    let printed = Command::new(program).arg("crds").output();
    let printed = printed.with_context(|| format!("{} cannot be run", program.display()))?;
    let complaint = String::from_utf8_lossy(&printed.stderr);
    ensure!(printed.status.success(), "`jobflow crds` failed: {}", complaint.trim());
    let manifest = String::from_utf8(printed.stdout).context("`jobflow crds` did not print text")?;
    kubectl
        .run_with_input(&["apply", "--server-side", "--force-conflicts", "-f", "-"], &manifest)?
        .success()?;
    let established = ["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"];
    kubectl.run(&established)?.success()?;
    Ok(())
}

/// How the API server calls one path of the webhook.
fn client_config(route: &Route<'_>, path: &str, authority_pem: Option<&str>) -> Value {
    let mut config = match route {
        Route::Url(url) => json!({"url": format!("{url}{path}")}),
        Route::Service { namespace } => {
            json!({"service": {"namespace": namespace, "name": service::NAME, "path": path}})
        }
    };
    if let (Some(fields), Some(pem)) = (config.as_object_mut(), authority_pem) {
        fields.insert("caBundle".to_owned(), json!(STANDARD.encode(pem)));
    }
    config
}

/// Both configurations, for a webhook that is found like this.
fn webhook_configurations(route: &Route<'_>, authority_pem: Option<&str>) -> String {
    let config = |path| client_config(route, path, authority_pem).to_string();
    WEBHOOKS
        .replace("@MUTATE@", &config("/mutate"))
        .replace("@VALIDATE@", &config("/validate"))
}

/// Installs both webhook configurations, and waits until the API server calls both webhooks.
/// Without an authority somebody else says whom to trust.
pub(crate) fn install_webhooks(route: &Route<'_>, authority_pem: Option<&str>, kubectl: &Kubectl) -> Result<()> {
    let manifest = webhook_configurations(route, authority_pem);
    kubectl
        .run_with_input(&["apply", "--server-side", "--force-conflicts", "-f", "-"], &manifest)?
        .success()?;
    until("the webhooks are called", Deadline::after(WEBHOOK_LIMIT), || {
        let dry_run = ["create", "--dry-run=server", "-f", "-"];
        let refused = kubectl.run_with_input(&dry_run, REFUSED)?;
        ensure!(refused.status != 0, "a JobFlow with an unknown dependency was admitted");
        // Our rule ids stand in square brackets; any other refusal means that the webhook could not be asked.
        ensure!(
            refused.stderr.contains("[JF"),
            "it was refused by somebody else: {}",
            refused.stderr.trim()
        );
        kubectl.run_with_input(&dry_run, ADMITTED)?.success().map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_placeholder_is_left() {
        let url = "https://127.0.0.1:1".to_owned();
        let manifest = webhook_configurations(&Route::Url(url), Some("pem"));
        assert!(!manifest.contains('@'), "{manifest}");
        assert_eq!(manifest.matches("https://127.0.0.1:1/validate").count(), 2);
        assert_eq!(manifest.matches("https://127.0.0.1:1/mutate").count(), 1);
    }

    #[test]
    fn a_service_is_called_by_its_name() {
        let route = Route::Service { namespace: "home" };
        let manifest = webhook_configurations(&route, None);
        assert!(!manifest.contains("url"), "{manifest}");
        let called = r#""service":{"name":"jobflow-webhook","namespace":"home","path":"/mutate"}"#;
        assert!(manifest.contains(called), "{manifest}");
    }
}
