//! Bringing up a cluster with real nodes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::cgroups::Cgroups;
use super::runtime::Runtime;
use super::{Holder, NODES_MAX, Network, Place, SERVICE_ADDRESS, containerd, kubelet, write_kubelet_files};
use crate::cluster::{Cluster, Options};
use crate::components::{self, ControllerLimits, Ports};
use crate::files;
use crate::oci::Image;
use crate::pki::Authority;
use crate::process;
use crate::programs::{NodePrograms, Programs};
use crate::state::ClusterRecord;
use crate::wait::{Deadline, until};

/// How long nodes may take to be ready.
const READY_LIMIT: Duration = Duration::from_secs(120);

/// All ports are free in a network of one's own. Pods find the API server at the port of its Service.
const PORTS: Ports = Ports {
    etcd: 2379,
    etcd_peer: 2380,
    apiserver: 443,
    kwok: 0,
};

/// What all nodes of a cluster have in common.
struct Ground<'a> {
    programs: &'a NodePrograms,
    network: &'a Network,
    cgroups: &'a Cgroups,
    authority: &'a Authority,
    server: &'a str,
    images: &'a [PathBuf],
}

impl Cluster {
    pub(crate) fn bring_up_nodes(&mut self, programs: &Programs, options: &Options) -> Result<()> {
        ensure!(
            (1..=NODES_MAX).contains(&options.nodes),
            "there can be 1 to {NODES_MAX} real nodes, not {}",
            options.nodes
        );
        let node_programs = NodePrograms::find_or_build(&self.state)?;
        let network = Network::of(&self.state)?;
        let cgroups = Cgroups::create(&self.state)?;
        let first = self.hold(&self.place(1))?;
        network.connect(first, &self.state)?;
        let server = format!("https://{}", network.node());
        let names = [SERVICE_ADDRESS.to_owned(), network.node().to_string()];
        let authority = self.write_files(&server, &names.each_ref().map(String::as_str))?;
        let asker = authority.client("kube-apiserver-kubelet-client", Some("system:masters"))?;
        asker.write(&self.state.join("pki"), "kubelet-client")?;
        self.start_control_plane(programs, options.controller_limits, first, &network)?;
        let ground = Ground {
            programs: &node_programs,
            network: &network,
            cgroups: &cgroups,
            authority: &authority,
            server: &server,
            images: &self.write_images(&node_programs)?,
        };
        let holders = self.start_nodes(&ground, first, options.nodes)?;
        self.wait_until_nodes_are_ready(options.nodes)?;
        self.state.write_cluster(&ClusterRecord {
            server: server.clone(),
            kubectl: programs.kubectl.clone(),
            nodes: options.nodes,
            holders,
        })
    }

    fn place(&self, number: u8) -> Place {
        Place::new(&self.state, number)
    }

    /// Makes the namespaces of a node.
    fn hold(&mut self, place: &Place) -> Result<Holder> {
        files::make_folder(&place.join(""))?;
        let (component, holder) = Holder::start(place)?;
        self.adopt(component);
        Ok(holder)
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

    /// Starts all nodes, the first one in the namespaces that it has, and returns who holds them.
    fn start_nodes(&mut self, ground: &Ground<'_>, first: Holder, count: usize) -> Result<Vec<u32>> {
        let mut holders = Vec::new();
        for number in 1..=u8::try_from(count)? {
            let place = self.place(number);
            let holder = if number == 1 {
                first
            } else {
                let holder = self.hold(&place)?;
                ground.network.join(&place, holder, first)?;
                holder
            };
            self.start_node(ground, &place, holder)?;
            holders.push(holder.first());
        }
        Ok(holders)
    }

    fn start_node(&mut self, ground: &Ground<'_>, place: &Place, holder: Holder) -> Result<()> {
        let cgroup = ground.cgroups.of_node(place)?;
        write_kubelet_files(place, ground.authority, ground.server, &cgroup)?;
        let (command, runtime) = containerd(holder, ground.programs, place)?;
        self.start_component(&place.process("containerd"), command, || runtime.probe())?;
        for archive in ground.images {
            runtime.load(archive)?;
        }
        let address = ground.network.address_of(place);
        let command = kubelet(holder, ground.programs, place, address);
        self.start_component(&place.process("kubelet"), command, || Ok(()))
    }

    fn wait_until_nodes_are_ready(&self, count: usize) -> Result<()> {
        until("all nodes are ready", Deadline::after(READY_LIMIT), || {
            let nodes = self.kubectl.run(&["get", "nodes", "-o", "name"])?.success()?;
            ensure!(nodes.lines().count() == count, "there are only: {nodes}");
            self.nodes_are_ready()
        })
        .map_err(|error| self.with_ended_components(error))?;
        self.wait_for_service_account()
    }

    /// The images that every node has.
    fn write_images(&self, programs: &NodePrograms) -> Result<Vec<PathBuf>> {
        let folder = self.state.join("images");
        files::make_folder(&folder)?;
        let images = [
            ("pause", Image::pause(&programs.busybox)?),
            ("busybox", Image::busybox(&programs.busybox)?),
        ];
        let write = |(name, image): (&str, Image)| {
            let archive = folder.join(format!("{name}.tar"));
            image.write(&archive)?;
            Ok(archive)
        };
        images.into_iter().map(write).collect()
    }

    /// Makes the images of an OCI archive known to all real nodes.
    pub fn load_image(&self, archive: &Path) -> Result<()> {
        let record = self.state.cluster()?.context("the cluster is not up")?;
        ensure!(
            !record.holders.is_empty(),
            "this cluster has no real node: start one with `cargo xtask cluster up --node`"
        );
        // Where containerd's client runs the current folder is another one.
        let archive = std::path::absolute(archive)?;
        let programs = NodePrograms::find_or_build(&self.state)?;
        let holders = record.holders.into_iter().map(Holder::of);
        holders
            .into_iter()
            .try_for_each(|holder| Runtime::new(holder, &programs)?.load(&archive))
    }

    /// Gives an image that all real nodes have another name too.
    pub fn tag_image(&self, name: &str, other: &str) -> Result<()> {
        let record = self.state.cluster()?.context("the cluster is not up")?;
        let programs = NodePrograms::find_or_build(&self.state)?;
        let mut holders = record.holders.into_iter().map(Holder::of);
        holders.try_for_each(|holder| Runtime::new(holder, &programs)?.tag(name, other))
    }

    /// Pulls the plug of a real node, from the second on: all that runs there is gone at once, and nobody is told.
    pub fn lose_node(&self, number: u8) -> Result<()> {
        ensure!(number > 1, "the control plane runs on the first node");
        let holder = self.place(number).process("holder");
        let records = self.state.processes()?;
        let lost: Vec<_> = records.into_iter().filter(|record| record.name == holder).collect();
        ensure!(!lost.is_empty(), "there is no node {number}");
        process::stop_all(&lost)
    }
}
