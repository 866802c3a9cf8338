//! Somebody who does on a cluster what a document shows.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use documented::Shell;
use serde_json::{Value, json};

use crate::OPERATOR_PROGRAM;
use crate::cluster::Cluster;
use crate::helm::Helm;

/// A shell on this cluster: kubectl, which looks at `namespace` unless it is told another one, helm, and our program, which
/// is the plugin of kubectl too.
pub fn reader(cluster: &Cluster, namespace: &str) -> Result<Shell> {
    let mut shell = Shell::new();
    let ours = env::var_os(OPERATOR_PROGRAM).with_context(|| format!("`{OPERATOR_PROGRAM}` is not set"))?;
    for name in ["jobflow", "kubectl-jobflow"] {
        shell.program(name, Path::new(&ours));
    }
    shell.program("kubectl", Path::new(cluster.kubectl().command(&[]).get_program()));
    let helm = Helm::of(cluster)?.command(namespace, &[]);
    shell.program("helm", Path::new(helm.get_program()));
    // What helm keeps is kept where the tests of the chart keep it.
    for (name, value) in helm.get_envs() {
        if let (Some(name), Some(value)) = (name.to_str(), value) {
            shell.set(name, value);
        }
    }
    let mut config: Value = serde_json::from_str(&fs::read_to_string(cluster.kubeconfig())?)?;
    let context = config
        .pointer_mut("/contexts/0/context")
        .context("the KUBECONFIG has no context")?;
    context["namespace"] = json!(namespace);
    let path = shell.home().join("kubeconfig");
    fs::write(&path, config.to_string())?;
    shell.set("KUBECONFIG", path);
    shell.set("KUBECACHEDIR", shell.home().join("cache"));
    Ok(shell)
}
