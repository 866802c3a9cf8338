//! The Lease of leader election: what it says, and what a replica does about it. Pure.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::ObjectMeta;
use tokio::time::Instant;

/// How long a leader stays one after its last renewal (client-go's default, as are the other two).
pub(crate) const LEASE_DURATION: Duration = Duration::from_secs(15);
/// After how long without a renewal a leader gives up: before anybody else may take over.
pub(crate) const RENEW_DEADLINE: Duration = Duration::from_secs(10);
/// How often a leader renews.
pub(crate) const RENEW_INTERVAL: Duration = Duration::from_secs(2);
const _: () =
    assert!(RENEW_INTERVAL.as_secs() < RENEW_DEADLINE.as_secs() && RENEW_DEADLINE.as_secs() < LEASE_DURATION.as_secs());

/// The Lease as last seen.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    lease: Lease,
    /// When it was last seen to change, by the clock of this machine: the holder's clock may be wrong, and a clock
    /// that jumps would depose a healthy leader.
    changed: Instant,
}

/// What a replica that is not the leader does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nobody holds the Lease: takes it.
    Take,
    /// Somebody else holds it, until then at least.
    Wait(Instant),
}

impl Seen {
    pub(crate) fn new(lease: Lease, now: Instant) -> Self {
        Self { lease, changed: now }
    }

    /// Takes note of what the Lease is now. One that is as it was is not a sign of life.
    pub(crate) fn note(seen: &mut Option<Self>, lease: Lease, now: Instant) {
        let is_known = seen
            .as_ref()
            .is_some_and(|seen| seen.lease.metadata.resource_version == lease.metadata.resource_version);
        if !is_known {
            *seen = Some(Self::new(lease, now));
        }
    }

    pub(crate) fn holder(&self) -> Option<&str> {
        let holder = self.lease.spec.as_ref()?.holder_identity.as_deref();
        holder.filter(|holder| !holder.is_empty())
    }

    /// When the holder's time is over.
    fn expires(&self) -> Instant {
        let seconds = self.lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
        let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
        self.changed + seconds.map_or(LEASE_DURATION, Duration::from_secs)
    }

    /// The Lease, held by `me`: taken or renewed. It carries the `resourceVersion` that was seen, so that of two who
    /// write at once only one succeeds.
    pub(crate) fn held_by(&self, me: &str, now: Timestamp) -> Lease {
        let mut lease = self.lease.clone();
        let is_mine = self.holder() == Some(me);
        let spec = lease.spec.get_or_insert_default();
        if !is_mine {
            spec.acquire_time = Some(MicroTime(now));
            spec.lease_transitions = Some(spec.lease_transitions.unwrap_or(0).saturating_add(1));
        }
        spec.holder_identity = Some(me.to_owned());
        spec.lease_duration_seconds = i32::try_from(LEASE_DURATION.as_secs()).ok();
        spec.renew_time = Some(MicroTime(now));
        lease
    }

    /// The Lease, given back: whoever waits for it need not wait for its end.
    pub(crate) fn released(&self, now: Timestamp) -> Lease {
        let mut lease = self.lease.clone();
        let spec = lease.spec.get_or_insert_default();
        spec.holder_identity = Some(String::new());
        spec.lease_duration_seconds = Some(1);
        spec.renew_time = Some(MicroTime(now));
        lease
    }
}

/// A Lease that is not there yet, held by `me`.
pub(crate) fn first(namespace: &str, name: &str, me: &str, now: Timestamp) -> Lease {
    let metadata = ObjectMeta {
        namespace: Some(namespace.to_owned()),
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    };
    let lease = Lease {
        metadata,
        spec: Some(LeaseSpec {
            lease_transitions: Some(-1),
            ..LeaseSpec::default()
        }),
    };
    Seen::new(lease, Instant::now()).held_by(me, now)
}

/// What `me` does about a Lease that it does not hold yet. One that names it is of its own earlier life in the same pod:
/// that one has ended, or this one would not run.
pub(crate) fn next(seen: Option<&Seen>, me: &str, now: Instant) -> Next {
    let Some(seen) = seen else {
        return Next::Take;
    };
    match seen.holder() {
        Some(holder) if holder != me && now < seen.expires() => Next::Wait(seen.expires()),
        _ => Next::Take,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(holder: &str, changed: Instant) -> Seen {
        let lease = first("n", "l", holder, Timestamp::UNIX_EPOCH);
        Seen::new(lease, changed)
    }

    #[test]
    fn a_lease_that_nobody_holds_is_taken() {
        let now = Instant::now();
        let released = Seen::new(seen("other", now).released(Timestamp::UNIX_EPOCH), now);
        for free in [None, Some(&seen("", now)), Some(&released), Some(&seen("me", now))] {
            assert_eq!(next(free, "me", now), Next::Take, "{free:?}");
        }
    }

    #[test]
    fn the_lease_of_another_is_taken_when_it_has_not_changed_for_its_duration() {
        let now = Instant::now();
        let others = seen("other", now);
        let end = now + LEASE_DURATION;
        assert_eq!(next(Some(&others), "me", now), Next::Wait(end));
        assert_eq!(
            next(Some(&others), "me", end.checked_sub(Duration::from_millis(1)).unwrap()),
            Next::Wait(end)
        );
        assert_eq!(next(Some(&others), "me", end), Next::Take);
    }

    #[test]
    fn only_a_change_is_a_sign_of_life() {
        let (start, later) = (Instant::now(), Instant::now() + Duration::from_secs(5));
        let version = |version: &str| {
            let mut lease = seen("other", start).lease;
            lease.metadata.resource_version = Some(version.to_owned());
            lease
        };
        let mut known = Some(Seen::new(version("1"), start));
        Seen::note(&mut known, version("1"), later);
        assert_eq!(next(known.as_ref(), "me", later), Next::Wait(start + LEASE_DURATION));
        Seen::note(&mut known, version("2"), later);
        assert_eq!(next(known.as_ref(), "me", later), Next::Wait(later + LEASE_DURATION));
    }

    #[test]
    fn taking_counts_a_transition_and_renewing_does_not() {
        let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(9).unwrap());
        let spec = |lease: Lease| lease.spec.unwrap();
        let first = first("n", "l", "me", early);
        assert_eq!(first.spec.as_ref().unwrap().lease_transitions, Some(0));
        let mine = Seen::new(first, Instant::now());
        let renewed = spec(mine.held_by("me", late));
        assert_eq!(
            (renewed.lease_transitions, renewed.acquire_time, renewed.renew_time),
            (Some(0), Some(MicroTime(early)), Some(MicroTime(late)))
        );
        let taken = spec(mine.held_by("other", late));
        assert_eq!(
            (taken.lease_transitions, taken.acquire_time),
            (Some(1), Some(MicroTime(late)))
        );
    }
}
