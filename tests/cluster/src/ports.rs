//! Free ports on loopback.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// Below the range from which the kernel takes the ports of outgoing connections (32768 and up): otherwise a connection
/// could take a port between the moment it is found free and the moment its server starts.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// Finds `N` different free ports. The search starts at a random place, so that two clusters that start at the same
/// moment do not find the same ones.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let start = RandomState::new().build_hasher().finish() % u64::from(COUNT);
    let start = u16::try_from(start).unwrap_or_default();
    let candidates = (0..COUNT).map(|step| FIRST + (start + step) % COUNT);
    let free: Vec<u16> = candidates.filter(|port| is_free(*port)).take(N).collect();
    let found = free.len();
    free.try_into()
        .ok()
        .with_context(|| format!("only {found} of {N} ports are free on 127.0.0.1"))
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_in_use_are_passed_over() {
        // A process that another test starts at this moment may hold a port for an instant longer.
        let bound = |[port]: [u16; 1]| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok();
        let mut tries = std::iter::repeat_with(|| bound(free_ports().unwrap())).take(100);
        let listener = tries.find_map(|listener| listener).unwrap();
        let taken = listener.local_addr().unwrap().port();
        assert!(!is_free(taken));
        let ports: [u16; 4] = free_ports().unwrap();
        assert!(!ports.contains(&taken));
    }
}
