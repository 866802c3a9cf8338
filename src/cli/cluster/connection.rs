//! The way to the cluster: the flags of kubectl, and the kubeconfig that they change.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use kube::Config;
use kube::config::{
    AuthInfo, Cluster, Context, KubeConfigOptions, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext,
};
use serde_json::json;

use super::fault::{Fault, Result, innermost};
use super::span::parse_span;

/// The name of what stands for a kubeconfig that there is not.
const FROM_FLAGS: &str = "flags";

/// Which cluster to ask, and as whom: the flags of kubectl.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = Self::HEADING)]
pub struct ConnectionArgs {
    /// The namespace; that of the context, when not given
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// The context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The kubeconfig file; the files that KUBECONFIG lists, or ~/.kube/config, when not given
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The cluster of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The user of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Act as this user
    #[arg(long = "as", value_name = "USER")]
    pub as_user: Option<String>,
    /// Act as a member of this group; may be repeated
    #[arg(long = "as-group", value_name = "GROUP", requires = "as_user")]
    pub as_groups: Vec<String>,
    /// Act as the user with this uid
    #[arg(long = "as-uid", value_name = "UID", requires = "as_user")]
    pub as_uid: Option<String>,
    /// The address of the API server
    #[arg(short, long, value_name = "URL")]
    pub server: Option<String>,
    /// The bearer token
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// The certificate of the authority that the API server's certificate is of
    #[arg(long, value_name = "FILE")]
    pub certificate_authority: Option<PathBuf>,
    /// The certificate to log in with
    #[arg(long, value_name = "FILE")]
    pub client_certificate: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE")]
    pub client_key: Option<PathBuf>,
    /// The name that the API server's certificate must have, where it is not that of its address
    #[arg(long, value_name = "NAME")]
    pub tls_server_name: Option<String>,
    /// Do not look at the API server's certificate: whoever stands between can read and change everything
    #[arg(long)]
    pub insecure_skip_tls_verify: bool,
    /// How long one answer may take; watches have no limit
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "30s")]
    pub request_timeout: Option<Duration>,
}

impl ConnectionArgs {
    /// Under which heading the flags stand in a help.
    pub const HEADING: &str = "Connection (as for kubectl)";

    /// The settings for the client.
    pub async fn config(&self) -> Result<Config> {
        let kubeconfig = self.kubeconfig()?;
        let has_server = kubeconfig.clusters.iter().any(|named| named.cluster.is_some()) || self.server.is_some();
        if !has_server && self.kubeconfig.is_none() && self.context.is_none() {
            // Inside a pod, as kubectl does.
            return Config::incluster().map_err(|_| no_kubeconfig());
        }
        let options = KubeConfigOptions {
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
        };
        let changed = self.changed(kubeconfig)?;
        let config = Config::from_custom_kubeconfig(changed, &options).await;
        config.map_err(|error| Fault::unknown(format!("cannot use the kubeconfig ({}): {}", innermost(&error), ADVICE)))
    }

    /// What is in the files; nothing where there are none.
    fn kubeconfig(&self) -> Result<Kubeconfig> {
        if let Some(path) = &self.kubeconfig {
            return Kubeconfig::read_from(path).map_err(|error| unreadable(Some(path), &error));
        }
        match Kubeconfig::from_env() {
            Ok(Some(kubeconfig)) => Ok(kubeconfig),
            Ok(None) if home_file().is_some_and(|path| path.exists()) => {
                Kubeconfig::read().map_err(|error| unreadable(None, &error))
            }
            Ok(None) => Ok(Kubeconfig::default()),
            Err(error) => Err(unreadable(None, &error)),
        }
    }

    /// The kubeconfig as the flags want it. They change every entry: the one that counts is among them.
    fn changed(&self, mut kubeconfig: Kubeconfig) -> Result<Kubeconfig> {
        if kubeconfig.contexts.is_empty() {
            add_entries(&mut kubeconfig);
        }
        for cluster in &mut kubeconfig.clusters {
            self.change_cluster(cluster.cluster.get_or_insert_default());
        }
        give_users(&mut kubeconfig);
        for user in &mut kubeconfig.auth_infos {
            self.change_user(user.auth_info.get_or_insert_default())?;
        }
        Ok(kubeconfig)
    }

    fn change_cluster(&self, cluster: &mut Cluster) {
        if self.server.is_some() {
            cluster.server.clone_from(&self.server);
        }
        if self.tls_server_name.is_some() {
            cluster.tls_server_name.clone_from(&self.tls_server_name);
        }
        if let Some(path) = &self.certificate_authority {
            cluster.certificate_authority = Some(path.display().to_string());
            cluster.certificate_authority_data = None;
        }
        if self.insecure_skip_tls_verify {
            cluster.insecure_skip_tls_verify = Some(true);
            cluster.certificate_authority = None;
            cluster.certificate_authority_data = None;
        }
    }

    fn change_user(&self, user: &mut AuthInfo) -> Result<()> {
        if let Some(token) = &self.token {
            // Of two ways to log in the flag is meant.
            let stated: AuthInfo = serde_json::from_value(json!({"token": token}))
                .map_err(|error| Fault::usage(format!("--token cannot be used: {error}")))?;
            *user = AuthInfo {
                impersonate: user.impersonate.take(),
                impersonate_groups: user.impersonate_groups.take(),
                ..stated
            };
        }
        if let Some(path) = &self.client_certificate {
            user.client_certificate = Some(path.display().to_string());
            user.client_certificate_data = None;
        }
        if let Some(path) = &self.client_key {
            user.client_key = Some(path.display().to_string());
            user.client_key_data = None;
        }
        if self.as_user.is_some() {
            user.impersonate.clone_from(&self.as_user);
            user.impersonate_uid.clone_from(&self.as_uid);
            user.impersonate_groups = Some(self.as_groups.clone()).filter(|groups| !groups.is_empty());
        }
        Ok(())
    }
}

/// What to look at, after every sentence about a kubeconfig that cannot be used.
const ADVICE: &str = "check --kubeconfig, --context, --cluster and --user, or KUBECONFIG";

/// A context of one cluster and one user, for `--server` without a kubeconfig.
fn add_entries(kubeconfig: &mut Kubeconfig) {
    let name = FROM_FLAGS.to_owned();
    kubeconfig.current_context = Some(name.clone());
    kubeconfig.contexts.push(NamedContext {
        name: name.clone(),
        context: Some(Context {
            cluster: name.clone(),
            user: Some(name.clone()),
            ..Context::default()
        }),
        ..NamedContext::default()
    });
    kubeconfig.clusters.push(NamedCluster {
        name: name.clone(),
        cluster: Some(Cluster::default()),
        ..NamedCluster::default()
    });
    kubeconfig.auth_infos.push(NamedAuthInfo {
        name,
        auth_info: Some(AuthInfo::default()),
        ..NamedAuthInfo::default()
    });
}

/// A context need not name a user, but a token or a certificate must reach one.
fn give_users(kubeconfig: &mut Kubeconfig) {
    let contexts = kubeconfig
        .contexts
        .iter_mut()
        .filter_map(|named| named.context.as_mut());
    let nobodies: Vec<&mut Context> = contexts.filter(|context| context.user.is_none()).collect();
    if nobodies.is_empty() {
        return;
    }
    for context in nobodies {
        context.user = Some(FROM_FLAGS.to_owned());
    }
    kubeconfig.auth_infos.push(NamedAuthInfo {
        name: FROM_FLAGS.to_owned(),
        auth_info: Some(AuthInfo::default()),
        ..NamedAuthInfo::default()
    });
}

fn home_file() -> Option<PathBuf> {
    Some(std::env::home_dir()?.join(".kube").join("config"))
}

fn no_kubeconfig() -> Fault {
    Fault::unknown(
        "there is no kubeconfig, so it is not known which cluster to ask: set KUBECONFIG, use --kubeconfig or --server, or \
         run inside a cluster",
    )
}

fn unreadable(path: Option<&Path>, error: &kube::config::KubeconfigError) -> Fault {
    let path = path.map_or_else(String::new, |path| format!(" '{}'", path.display()));
    Fault::unknown(format!(
        "cannot read the kubeconfig{path} ({}): check --kubeconfig or KUBECONFIG",
        innermost(error)
    ))
}

#[cfg(test)]
mod tests;
