//! The way between this machine and the network of a node: one pair of interfaces.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::ifaddrs::getifaddrs;

use super::{Holder, Place, SERVICE_ADDRESS, output_of};
use crate::files;
use crate::state::StateFolder;
use crate::wait::Deadline;

/// How long the kernel may take to let go of an interface.
const GONE_LIMIT: Duration = Duration::from_secs(10);

/// Addresses of clusters: 10.203.x.1 for this machine and 10.203.x.2 for the first node; of the n-th one, from the second on,
/// the two addresses of its way to the first one are 4(n-1)+1 and, its own, 4(n-1)+2.
const FIRST_OCTETS: [u8; 2] = [10, 203];

/// The file of the state folder that names the interface, so that whoever comes next can remove it.
const RECORD: &str = "interface";

/// One network of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// The interface on this machine.
    interface: String,
    number: u8,
}

impl Network {
    /// A network whose addresses no interface of this machine has.
    pub(crate) fn of(state: &StateFolder) -> Result<Self> {
        let hash = files::hash_name([state.path().as_os_str().as_encoded_bytes()]);
        let start = u8::from_str_radix(hash.get(..2).unwrap_or_default(), 16).unwrap_or_default();
        let taken: Vec<u8> = getifaddrs()
            .context("the interfaces of this machine cannot be listed")?
            .filter_map(|interface| Some(interface.address?.as_sockaddr_in()?.ip().octets()))
            .filter(|octets| octets.starts_with(&FIRST_OCTETS))
            .map(|octets| octets[2])
            .collect();
        let free = (0..=u8::MAX)
            .map(|step| start.wrapping_add(step))
            .find(|number| !taken.contains(number));
        let number = free.context("all networks from 10.203.0.0 to 10.203.255.0 are taken: stop other clusters")?;
        Ok(Self {
            // Names of interfaces end at 15 bytes.
            interface: format!("jobflow-{number}"),
            number,
        })
    }

    /// The address of the first node, which the API server listens on too.
    pub(crate) fn node(&self) -> Ipv4Addr {
        self.address(2)
    }

    /// The address of a node, which its kubelet listens on.
    pub(crate) fn address_of(&self, place: &Place) -> Ipv4Addr {
        self.address(2 + 4 * (place.number() - 1))
    }

    fn address(&self, last: u8) -> Ipv4Addr {
        let [first, second] = FIRST_OCTETS;
        Ipv4Addr::new(first, second, self.number, last)
    }

    /// Makes the pair, after its name is on record. The kernel has no dummy interface everywhere; a pair gives the node its
    /// address, too.
    pub(crate) fn connect(&self, holder: Holder, state: &StateFolder) -> Result<()> {
        files::write_whole(&state.join(RECORD), self.interface.as_bytes())?;
        let (here, there) = (self.address(1), self.node());
        let first = holder.first();
        let host = |line: String| output_of(Command::new("ip").args(line.split_whitespace()));
        let inside = |line: String| output_of(holder.in_network("ip").args(line.split_whitespace()));
        let interface = &self.interface;
        host(format!("link add {interface} type veth peer name eth0 netns {first}"))?;
        host(format!("address add {here}/30 dev {interface}"))?;
        host(format!("link set {interface} up"))?;
        inside(format!("address add {there}/30 dev eth0"))?;
        inside(format!("address add {SERVICE_ADDRESS}/32 dev eth0"))?;
        inside("link set eth0 up".to_owned())?;
        inside(format!("route add default via {here}"))?;
        Ok(())
    }

    /// Joins another node to the first one, which leads it to this machine and to all other nodes: so there is nothing of it
    /// in the network of this machine. Nodes know the way to the pods of others by the first one.
    pub(crate) fn join(&self, place: &Place, holder: Holder, first: Holder) -> Result<()> {
        let there = self.address_of(place);
        let here = self.address(4 * (place.number() - 1) + 1);
        let (name, pods, pid) = (place.name(), place.pods(), holder.first());
        let outside = |line: String| output_of(first.in_network("ip").args(line.split_whitespace()));
        let inside = |line: String| output_of(holder.in_network("ip").args(line.split_whitespace()));
        outside(format!("link add {name} type veth peer name eth0 netns {pid}"))?;
        outside(format!("address add {here}/30 dev {name}"))?;
        outside(format!("link set {name} up"))?;
        inside(format!("address add {there}/30 dev eth0"))?;
        inside("link set eth0 up".to_owned())?;
        inside(format!("route add default via {here}"))?;
        outside(format!("route add {pods} via {there}"))?;
        Ok(())
    }
}

/// Removes the interface that a state folder names, if it names one. It does not always go with the holder: connections
/// whose programs are dead keep the network for minutes.
pub(crate) fn remove_recorded_interface(state: &StateFolder) -> Result<()> {
    let record = state.join(RECORD);
    let Ok(name) = fs::read_to_string(&record) else {
        return Ok(());
    };
    // Either we remove it or the kernel does: what counts is that it is gone.
    let _ = output_of(Command::new("ip").args(["link", "delete", &name]));
    let is_there = || Path::new("/sys/class/net").join(&name).exists();
    let deadline = Deadline::after(GONE_LIMIT);
    // Not `until`, which ends when somebody presses Ctrl-C: this is what then runs.
    while is_there() && !deadline.has_passed() {
        thread::sleep(Duration::from_millis(20));
    }
    ensure!(
        !is_there(),
        "the interface {name} cannot be removed: try `ip link delete {name}`"
    );
    fs::remove_file(&record).with_context(|| format!("{} cannot be removed", record.display()))
}
