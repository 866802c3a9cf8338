//! The rights of an operator under test: exactly those that the chart gives it, so that a verb which is missing there fails
//! whatever test needs it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::chart::Chart;
use crate::cluster::Cluster;
use crate::files;
use crate::kubectl::Kubectl;

/// Name of the role, its binding and the KUBECONFIG.
const NAME: &str = "operator-under-test";
/// The service account that the operator is. There need be none of that name: RBAC only knows the name.
const SERVICE_ACCOUNT: (&str, &str) = ("jobflow-system", "jobflow");

/// Grants the chart's rules to a service account, and returns a KUBECONFIG that acts for it.
pub(crate) fn of_chart(cluster: &Cluster) -> Result<PathBuf> {
    let rules = Chart::folder().join("files/rbac.yaml");
    let rules = fs::read_to_string(&rules).with_context(|| format!("{} cannot be read", rules.display()))?;
    let role = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {NAME}}}\nrules:\n{rules}"
    );
    let (kubectl, binding) = (cluster.kubectl(), binding("ClusterRole", "ClusterRoleBinding", NAME));
    kubectl.apply(&format!("{role}\n---\n{binding}"))?.success()?;
    let administrator: Value = serde_json::from_str(&fs::read_to_string(cluster.kubeconfig())?)?;
    let path = cluster.state().join(NAME);
    files::write_whole(&path, acting_for_it(administrator).to_string().as_bytes())?;
    Ok(path)
}

/// Lets it take part in the leader election of a namespace, as the chart's role there does.
pub(crate) fn to_lead(cluster: &Cluster, namespace: &str) -> Result<()> {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": NAME},
        "rules": [{
            "apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
            "verbs": ["get", "list", "watch", "create", "update"],
        }],
    });
    let kubectl = cluster.kubectl().in_namespace(namespace);
    let items = [role, binding("Role", "RoleBinding", NAME)];
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    kubectl.apply(&list.to_string())?.success()?;
    Ok(())
}

/// Name of what [`to_keep_certificates`] makes.
const KEEPER: &str = "operator-under-test-certificates";

/// The right to keep certificates, given back when the value is dropped: other tests run without it.
#[derive(Debug)]
pub struct CertificateRights {
    kubectl: Kubectl,
}

impl Drop for CertificateRights {
    fn drop(&mut self) {
        let names = ["clusterrole", "clusterrolebinding"].map(|kind| format!("{kind}/{KEEPER}"));
        let [role, binding] = names.each_ref().map(String::as_str);
        if let Err(error) = self.kubectl.run(&["delete", role, binding]) {
            eprintln!("the rights to keep certificates could not be taken back: {error:#}");
        }
    }
}

/// Lets it make certificates, as the chart does with `certificates.mode: self-signed`, in this Secret.
pub(crate) fn to_keep_certificates(cluster: &Cluster, namespace: &str, secret: &str) -> Result<CertificateRights> {
    let rules = Chart::folder().join("files/rbac-self-signed.yaml");
    let rules = fs::read_to_string(&rules).with_context(|| format!("{} cannot be read", rules.display()))?;
    let role = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {KEEPER}}}\nrules:\n{rules}"
    );
    let kubectl = cluster.kubectl();
    let everywhere = binding("ClusterRole", "ClusterRoleBinding", KEEPER);
    kubectl.apply(&format!("{role}\n---\n{everywhere}"))?.success()?;
    let rights = CertificateRights {
        kubectl: kubectl.clone(),
    };
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": KEEPER},
        "rules": [{
            "apiGroups": [""], "resources": ["secrets"], "resourceNames": [secret],
            "verbs": ["get", "list", "watch", "patch"],
        }],
    });
    let items = [role, binding("Role", "RoleBinding", KEEPER)];
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    kubectl.in_namespace(namespace).apply(&list.to_string())?.success()?;
    Ok(rights)
}

fn binding(role: &str, kind: &str, name_of_both: &str) -> Value {
    let (namespace, name) = SERVICE_ACCOUNT;
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name_of_both},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": name_of_both},
        "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": name}],
    })
}

/// The administrator's KUBECONFIG, with which everything is done in the name of the service account.
fn acting_for_it(mut administrator: Value) -> Value {
    let (namespace, name) = SERVICE_ACCOUNT;
    if let Some(user) = administrator.pointer_mut("/users/0/user") {
        user["as"] = json!(format!("system:serviceaccount:{namespace}:{name}"));
    }
    administrator
}
