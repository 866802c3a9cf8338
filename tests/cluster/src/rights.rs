//! The rights of an operator under test: exactly those that the chart gives it, so that a verb which is missing there fails
//! whatever test needs it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::chart::Chart;
use crate::cluster::Cluster;
use crate::files;

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
    let (kubectl, binding) = (cluster.kubectl(), binding("ClusterRole", "ClusterRoleBinding"));
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
    let items = [role, binding("Role", "RoleBinding")];
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    kubectl.apply(&list.to_string())?.success()?;
    Ok(())
}

fn binding(role: &str, kind: &str) -> Value {
    let (namespace, name) = SERVICE_ACCOUNT;
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": NAME},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": NAME},
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
