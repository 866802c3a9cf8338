//! A cluster as a whole: started, attached to, stopped.

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::components::{self, Component, ControllerLimits, Ports};
use crate::files;
use crate::http;
use crate::kubeconfig::kubeconfig;
use crate::kubectl::Kubectl;
use crate::namespace::Namespace;
use crate::nodes;
use crate::operator::{Operator, OperatorOptions};
use crate::pki::{self, Authority};
use crate::ports::free_ports;
use crate::programs::Programs;
use crate::rights::{self, CertificateRights};
use crate::state::{ClusterRecord, Lock, StateFolder};
use crate::status::Status;
use crate::wait::{Deadline, until, with_log};
use crate::watchdog::{Watchdog, WatchdogCommand};

/// How long new nodes may take to be ready: a fixed part, and one that grows with their number.
const NODES_LIMIT: Duration = Duration::from_secs(60);
const LIMIT_PER_NODE: Duration = Duration::from_millis(100);

/// What a new cluster shall be like.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tells clusters of one checkout apart, such as `demo` or `test`.
    pub name: String,
    /// What its nodes are.
    pub form: Form,
    /// Nodes that it starts with.
    pub nodes: usize,
    /// Limits of the controller manager.
    pub controller_limits: ControllerLimits,
    /// Who stops the cluster if this process dies.
    pub watchdog: WatchdogCommand,
}

/// What the nodes of a cluster are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Objects that KWOK plays the kubelets of: pods run by rules, thousands of nodes cost little.
    Kwok,
    /// Real nodes with real containers, each in namespaces of its own. Needs root.
    Node,
}

/// A running cluster.
///
/// One that was started here is stopped when the value is dropped, unless [`Cluster::leave_running`] was called; its
/// logs then stay until the next start. One that was attached to is left alone.
#[derive(Debug)]
pub struct Cluster {
    pub(crate) state: StateFolder,
    pub(crate) kubectl: Kubectl,
    own: Option<Own>,
}

/// What whoever started a cluster holds.
#[derive(Debug)]
struct Own {
    components: Vec<Component>,
    watchdog: Watchdog,
    _lock: Lock,
}

impl Cluster {
    /// Starts a cluster and returns when its nodes are ready. Tells the longer steps on standard error.
    ///
    /// What an earlier run of the same name left behind is stopped and removed first.
    pub fn start(options: &Options) -> Result<Self> {
        let state = StateFolder::of_checkout(&options.name)?;
        let lock = state.lock()?;
        if !state.processes()?.is_empty() {
            eprintln!("stopping what an earlier run left behind");
        }
        state
            .clear()
            .context("what an earlier run left behind cannot be removed")?;
        state.create()?;
        let watchdog = Watchdog::start(&options.watchdog, &state)?;
        let own = Own {
            components: Vec::new(),
            watchdog,
            _lock: lock,
        };
        let programs = Programs::find_or_build(&state, options.form)?;
        let kubectl = Kubectl::new(&programs.kubectl, &state.kubeconfig());
        let mut cluster = Self {
            state,
            kubectl,
            own: Some(own),
        };
        match options.form {
            Form::Kwok => cluster.bring_up(&programs, options)?,
            Form::Node => cluster.bring_up_nodes(&programs, options)?,
        }
        Ok(cluster)
    }

    /// Attaches to a cluster that somebody else started and will stop.
    pub fn attach(state: StateFolder) -> Result<Self> {
        let record = state.cluster()?;
        let record = record.with_context(|| format!("no cluster is up in {}", state.path().display()))?;
        let kubectl = Kubectl::new(&record.kubectl, &state.kubeconfig());
        Ok(Self {
            state,
            kubectl,
            own: None,
        })
    }

    /// Where its files are.
    pub fn state(&self) -> &StateFolder {
        &self.state
    }

    /// The administrator's KUBECONFIG.
    pub fn kubeconfig(&self) -> PathBuf {
        self.state.kubeconfig()
    }

    /// kubectl for this cluster, in namespace `default`.
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// What runs.
    pub fn status(&self) -> Result<Status> {
        Status::of(&self.state)
    }

    /// A new namespace whose name begins with `label`, deleted when the value is dropped.
    pub fn namespace(&self, label: &str) -> Result<Namespace> {
        Namespace::create(&self.kubectl, label)
    }

    /// Lets operators with the chart's rights lead each other in this namespace, as they may where the chart is installed.
    pub fn allow_leading(&self, namespace: &Namespace) -> Result<()> {
        rights::to_lead(self, namespace.name())
    }

    /// Lets operators with the chart's rights make certificates in this Secret, as with `certificates.mode: self-signed`.
    pub fn allow_certificates(&self, namespace: &Namespace, secret: &str) -> Result<CertificateRights> {
        rights::to_keep_certificates(self, namespace.name(), secret)
    }

    /// Starts `jobflow operator` beside the cluster and returns when it answers for it.
    pub fn start_operator(&self, options: &OperatorOptions) -> Result<Operator> {
        Operator::start(self, options)
    }

    /// Makes more nodes, numbered from `first`, and waits until all nodes of the cluster are ready.
    pub fn add_nodes(&self, first: usize, count: usize) -> Result<()> {
        let numbers: Vec<usize> = (first..first + count).collect();
        thread::scope(|scope| {
            let create = |part: &[usize]| {
                let manifest = nodes::manifest(part.iter().copied());
                self.kubectl
                    .run_with_input(&["create", "-f", "-"], &manifest)?
                    .success()
                    .map(drop)
            };
            let calls: Vec<_> = numbers
                .chunks(nodes::NODES_PER_CALL)
                .map(|part| scope.spawn(move || create(part)))
                .collect();
            calls
                .into_iter()
                .try_for_each(|call| call.join().map_err(|_| anyhow!("a thread that made nodes panicked"))?)
        })?;
        let growth = LIMIT_PER_NODE.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
        until("all nodes are ready", Deadline::after(NODES_LIMIT + growth), || {
            self.nodes_are_ready()
        })
    }

    /// Stops the cluster, if it was started here, and removes its files.
    pub fn stop(mut self) -> Result<()> {
        let Some(own) = self.own.take() else {
            return Ok(());
        };
        self.state.stop_processes()?;
        own.end()?;
        self.state.clear()
    }

    /// Lets the cluster run on after the end of this process; [`Cluster::stop_left_running`] stops it.
    pub fn leave_running(mut self) -> Result<()> {
        self.own.take().map_or(Ok(()), |own| own.watchdog.release())
    }

    /// Stops a cluster that was left running, or what remains of one that was killed. Says whether there was any.
    pub fn stop_left_running(state: &StateFolder) -> Result<bool> {
        let _lock = state.lock()?;
        let existed = state.path().exists();
        state.clear()?;
        Ok(existed)
    }

    fn bring_up(&mut self, programs: &Programs, options: &Options) -> Result<()> {
        let [etcd, etcd_peer, apiserver, kwok] = free_ports()?;
        let ports = Ports {
            etcd,
            etcd_peer,
            apiserver,
            kwok,
        };
        let server = format!("https://127.0.0.1:{apiserver}");
        self.write_files(&server, &[])?;
        let stages = include_str!("../manifests/stages.yaml");
        files::write_whole(&self.state.join("stages.yaml"), stages.as_bytes())?;
        self.start_component("etcd", components::etcd(programs, &self.state, ports), || {
            http::get(etcd, "/health").map(drop)
        })?;
        let kubectl = self.kubectl.clone();
        let apiserver_is_ready = || kubectl.run(&["get", "--raw", "/readyz"])?.success().map(drop);
        let mut server_command = components::apiserver(programs, &self.state, ports);
        server_command.args(components::ON_LOOPBACK);
        self.start_component("kube-apiserver", server_command, apiserver_is_ready)?;
        let at_once = || Ok(());
        let controller_manager = components::controller_manager(programs, &self.state, options.controller_limits);
        self.start_component("kube-controller-manager", controller_manager, at_once)?;
        self.start_component("kube-scheduler", components::scheduler(programs, &self.state), at_once)?;
        let program = programs.kwok.as_ref().context("kwok was neither found nor built")?;
        self.start_component("kwok", components::kwok(program, &self.state, ports), at_once)?;
        self.wait_until_usable(options.nodes)?;
        let kubectl = programs.kubectl.clone();
        self.state.write_cluster(&ClusterRecord {
            server,
            kubectl,
            nodes: options.nodes,
            holders: Vec::new(),
        })
    }

    pub(crate) fn start_component(
        &mut self,
        name: &str,
        mut command: Command,
        probe: impl Fn() -> Result<()>,
    ) -> Result<()> {
        let component = Component::start(name, &mut command, &self.state, 0)?;
        let ready = component.wait_until_ready(probe);
        self.adopt(component);
        ready
    }

    /// Makes a started component one of this cluster's.
    pub(crate) fn adopt(&mut self, component: Component) {
        if let Some(own) = &mut self.own {
            own.components.push(component);
        }
    }

    /// Writes keys, certificates and kubeconfigs for an API server that has these names beside the usual ones.
    pub(crate) fn write_files(&self, server: &str, more_names: &[&str]) -> Result<Authority> {
        let pki = self.state.join("pki");
        let authority = Authority::new("jobflow test cluster")?;
        files::write_whole(&pki.join("ca.crt"), authority.pem().as_bytes())?;
        authority
            .serving(
                &[
                    &["kubernetes", "kubernetes.default", "kubernetes.default.svc"],
                    more_names,
                ]
                .concat(),
            )?
            .write(&pki, "apiserver")?;
        pki::write_service_account_key(&pki)?;
        let clients = [
            (
                "system:kube-controller-manager",
                None,
                pki.join("controller-manager.kubeconfig"),
            ),
            ("system:kube-scheduler", None, pki.join("scheduler.kubeconfig")),
            ("admin", Some("system:masters"), self.state.kubeconfig()),
        ];
        for (user, group, path) in clients {
            let config = kubeconfig(server, &authority.pem(), user, &authority.client(user, group)?);
            files::write_whole(&path, &serde_json::to_vec_pretty(&config)?)?;
        }
        Ok(authority)
    }

    /// Pods need a node to run on, and the service account that the controller manager makes.
    fn wait_until_usable(&self, node_count: usize) -> Result<()> {
        self.add_nodes(1, node_count)
            .map_err(|error| self.with_ended_components(error))?;
        self.wait_for_service_account()
    }

    pub(crate) fn wait_for_service_account(&self) -> Result<()> {
        let account = || {
            self.kubectl
                .run(&["get", "serviceaccount", "default"])?
                .success()
                .map(drop)
        };
        until(
            "namespace `default` has a service account",
            Deadline::after(NODES_LIMIT),
            account,
        )
        .map_err(|error| self.with_ended_components(error))
    }

    pub(crate) fn nodes_are_ready(&self) -> Result<()> {
        let ready = r#"jsonpath={range .items[*]}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}"#;
        let text = self.kubectl.run(&["get", "nodes", "-o", ready])?.success()?;
        let unready: Vec<&str> = text.lines().filter(|line| !line.ends_with(" True")).collect();
        let example = unready.first().unwrap_or(&"").trim();
        ensure!(
            unready.is_empty(),
            "{} of {} nodes are not ready, such as '{example}'",
            unready.len(),
            text.lines().count()
        );
        Ok(())
    }

    /// Names the component whose end explains a failure that was noticed elsewhere.
    pub(crate) fn with_ended_components(&self, error: anyhow::Error) -> anyhow::Error {
        let processes = self.state.processes().unwrap_or_default();
        let suspect = processes.iter().find(|process| !process.is_alive());
        let suspect = suspect.or_else(|| processes.iter().find(|process| process.name == "kwok"));
        match suspect {
            Some(process) => with_log(&error, &process.log),
            None => error,
        }
    }
}

impl Own {
    /// Stops what is left of the components, then lets the watchdog go.
    fn end(self) -> Result<()> {
        for mut component in self.components {
            component.stop()?;
        }
        self.watchdog.release()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Some(own) = self.own.take() else { return };
        let stopped = self.state.stop_processes().and_then(|()| own.end());
        if let Err(error) = stopped {
            eprintln!(
                "the cluster could not be stopped: {error:#}; see {}",
                self.state.path().display()
            );
        }
    }
}
