//! Bringing up a cluster with a real node.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::cgroups::Cgroups;
use super::runtime::Runtime;
use super::{Holder, NODE_NAME, Network, SERVICE_ADDRESS, containerd, kubelet, write_kubelet_files};
use crate::cluster::Cluster;
use crate::components::{self, ControllerLimits, Ports};
use crate::files;
use crate::oci::Image;
use crate::programs::{NodePrograms, Programs};
use crate::state::ClusterRecord;
use crate::wait::{Deadline, until};

/// How long the node may take to be ready.
const READY_LIMIT: Duration = Duration::from_secs(120);

/// All ports are free in a network of one's own. Pods find the API server at the port of its Service.
const PORTS: Ports = Ports {
    etcd: 2379,
    etcd_peer: 2380,
    apiserver: 443,
    kwok: 0,
};

impl Cluster {
    pub(crate) fn bring_up_node(&mut self, programs: &Programs, limits: ControllerLimits) -> Result<()> {
        let node_programs = NodePrograms::find_or_build(&self.state)?;
        let network = Network::of(&self.state)?;
        let cgroups = Cgroups::create(&self.state)?;
        let (component, holder) = Holder::start(&self.state)?;
        self.adopt(component);
        network.connect(holder, &self.state)?;
        let server = format!("https://{}", network.node());
        let names = [SERVICE_ADDRESS.to_owned(), network.node().to_string()];
        let authority = self.write_files(&server, &names.each_ref().map(String::as_str))?;
        let pki = self.state.join("pki");
        let asker = authority.client("kube-apiserver-kubelet-client", Some("system:masters"))?;
        asker.write(&pki, "kubelet-client")?;
        write_kubelet_files(&self.state, &authority, &server, &cgroups)?;
        self.start_control_plane(programs, limits, holder, &network)?;
        self.start_node(&node_programs, holder, &network)?;
        self.state.write_cluster(&ClusterRecord {
            server,
            kubectl: programs.kubectl.clone(),
            nodes: 1,
            holder: Some(holder.first()),
        })
    }

    fn start_control_plane(
        &mut self,
        programs: &Programs,
        limits: ControllerLimits,
        holder: Holder,
        network: &Network,
    ) -> Result<()> {
        let at_once = || Ok(());
        let etcd = components::etcd(programs, &self.state, PORTS);
        self.start_component("etcd", holder.moved_into_network(&etcd), at_once)?;
        let pki = self.state.join("pki");
        let mut server = components::apiserver(programs, &self.state, PORTS);
        server
            .args(["--bind-address=0.0.0.0", "--kubelet-preferred-address-types=InternalIP"])
            .arg(format!("--advertise-address={}", network.node()))
            .arg("--kubelet-client-certificate")
            .arg(pki.join("kubelet-client.crt"))
            .arg("--kubelet-client-key")
            .arg(pki.join("kubelet-client.key"));
        let kubectl = self.kubectl.clone();
        self.start_component("kube-apiserver", holder.moved_into_network(&server), || {
            kubectl.run(&["get", "--raw", "/readyz"])?.success().map(drop)
        })?;
        let manager = components::controller_manager(programs, &self.state, limits);
        self.start_component("kube-controller-manager", holder.moved_into_network(&manager), at_once)?;
        let scheduler = components::scheduler(programs, &self.state);
        self.start_component("kube-scheduler", holder.moved_into_network(&scheduler), at_once)
    }

    fn start_node(&mut self, programs: &NodePrograms, holder: Holder, network: &Network) -> Result<()> {
        let (command, runtime) = containerd(holder, programs, &self.state)?;
        self.start_component("containerd", command, || runtime.probe())?;
        for (name, image) in [
            ("pause", Image::pause(&programs.busybox)?),
            ("busybox", Image::busybox(&programs.busybox)?),
        ] {
            let archive = self.image_archive(name)?;
            image.write(&archive)?;
            runtime.load(&archive)?;
        }
        self.start_component(
            "kubelet",
            kubelet(holder, programs, &self.state, network.node()),
            || Ok(()),
        )?;
        let node = format!("node/{NODE_NAME}");
        until("the node is ready", Deadline::after(READY_LIMIT), || {
            let ready = ["wait", "--for=condition=Ready", "--timeout=1s", &node];
            self.kubectl.run(&ready)?.success().map(drop)
        })
        .map_err(|error| self.with_ended_components(error))?;
        self.wait_for_service_account()
    }

    fn image_archive(&self, name: &str) -> Result<std::path::PathBuf> {
        let folder = self.state.join("images");
        files::make_folder(&folder)?;
        Ok(folder.join(format!("{name}.tar")))
    }

    /// Makes the images of an OCI archive known to the real node.
    pub fn load_image(&self, archive: &Path) -> Result<()> {
        let record = self.state.cluster()?.context("the cluster is not up")?;
        let first = record
            .holder
            .context("this cluster has no real node: start one with `cargo xtask cluster up --node`")?;
        let programs = NodePrograms::find_or_build(&self.state)?;
        Runtime::new(Holder::of(first), &programs)?.load(archive)
    }
}
