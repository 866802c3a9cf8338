//! The places for open connections: at the bound a connection that is not in use gives way to the new one.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::pace::{Pace, Phase};

/// All open connections, those in handshake included.
#[derive(Debug)]
pub(crate) struct Slots {
    connections_max: usize,
    connections_per_peer_max: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: BTreeMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    peer: IpAddr,
    pace: Arc<Pace>,
    give_way: CancellationToken,
}

/// The place of one connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    id: u64,
    /// Cancelled when the connection has to give way.
    pub(crate) give_way: CancellationToken,
    pub(crate) pace: Arc<Pace>,
    slots: Arc<Slots>,
}

impl Slots {
    pub(crate) fn new(connections_max: usize, connections_per_peer_max: usize) -> Arc<Self> {
        Arc::new(Self {
            connections_max,
            connections_per_peer_max,
            open: Mutex::default(),
        })
    }

    /// A place for a new connection of `peer`; `None` when all that it could have are in use. A peer that has its part
    /// already makes room itself, before any other has to.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr, pace: Arc<Pace>) -> Option<Slot> {
        // An IPv4 peer of a listener for both families has two spellings.
        let peer = peer.to_canonical();
        let mut open = self.open();
        if open.of(peer).count() >= self.connections_per_peer_max {
            let least_missed = least_missed(open.of(peer))?;
            open.end(least_missed);
        } else if open.connections.len() >= self.connections_max {
            let least_missed = least_missed(open.connections.iter())?;
            open.end(least_missed);
        }
        let id = open.next;
        open.next += 1;
        let give_way = CancellationToken::new();
        let connection = Connection {
            peer,
            pace: Arc::clone(&pace),
            give_way: give_way.clone(),
        };
        open.connections.insert(id, connection);
        let slots = Arc::clone(self);
        Some(Slot {
            id,
            give_way,
            pace,
            slots,
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // A map without an entry, or with one too many, is still a map.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn of(&self, peer: IpAddr) -> impl Iterator<Item = (&u64, &Connection)> {
        self.connections
            .iter()
            .filter(move |(_, connection)| connection.peer == peer)
    }

    fn end(&mut self, id: u64) {
        if let Some(connection) = self.connections.remove(&id) {
            connection.give_way.cancel();
        }
    }
}

/// The oldest of the connections that never carried a request, then the one that idles longest. A flood of silent
/// connections so gives way to itself, before it costs an API server one of its idle connections.
fn least_missed<'a>(open: impl Iterator<Item = (&'a u64, &'a Connection)>) -> Option<u64> {
    let unused = open.filter_map(|(id, connection)| {
        let (phase, since, served) = connection.pace.now();
        let is_busy = matches!(phase, Phase::Busy(_));
        (!is_busy).then_some(((served, since), *id))
    });
    unused
        .min_by_key(|(rank, _): &((bool, Instant), u64)| *rank)
        .map(|(_, id)| id)
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.open().connections.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::advance;

    use super::{Slot, Slots};
    use crate::pace::Pace;

    fn peer(number: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, number])
    }

    fn pace() -> Arc<Pace> {
        Pace::new(Duration::from_secs(5), Duration::from_secs(120))
    }

    async fn admitted_from(slots: &Arc<Slots>, number: u8) -> Slot {
        advance(Duration::from_secs(1)).await;
        slots.admit(peer(number), pace()).unwrap()
    }

    async fn admitted(slots: &Arc<Slots>) -> Slot {
        admitted_from(slots, 1).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_has_its_part_makes_room_itself_and_costs_others_nothing() {
        let slots = Slots::new(3, 2);
        let other = admitted_from(&slots, 2).await;
        let (first, second) = (admitted(&slots).await, admitted(&slots).await);
        let third = admitted(&slots).await;
        assert!(first.give_way.is_cancelled());
        assert!(!other.give_way.is_cancelled() && !second.give_way.is_cancelled());
        let _busy = (second.pace.request_started(), third.pace.request_started());
        assert!(slots.admit(peer(1), pace()).is_none());
        let mapped = IpAddr::from(std::net::Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped());
        assert!(
            slots.admit(mapped, pace()).is_none(),
            "the same peer in its other spelling"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn unused_connections_give_way_first_and_then_the_one_that_idles_longest() {
        let slots = Slots::new(3, 3);
        let (early, late, unused) = (admitted(&slots).await, admitted(&slots).await, admitted(&slots).await);
        drop(early.pace.request_started());
        advance(Duration::from_secs(1)).await;
        drop(late.pace.request_started());
        let fourth = admitted(&slots).await;
        assert!(unused.give_way.is_cancelled());
        let _busy = fourth.pace.request_started();
        let _fifth = admitted(&slots).await;
        assert!(early.give_way.is_cancelled());
        assert!(!late.give_way.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_is_refused_only_when_all_are_busy() {
        let slots = Slots::new(1, 1);
        let only = admitted(&slots).await;
        let request = only.pace.request_started();
        assert!(slots.admit(peer(1), pace()).is_none());
        drop(request);
        assert!(slots.admit(peer(1), pace()).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_connection_leaves_its_place() {
        let slots = Slots::new(1, 1);
        drop(admitted(&slots).await);
        let again = admitted(&slots).await;
        assert!(!again.give_way.is_cancelled());
    }
}
