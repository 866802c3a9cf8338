//! How long to wait after the n-th failure in a row.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// Delays that double from a first one up to a longest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delays {
    /// After the first failure.
    pub first: Duration,
    /// After many.
    pub longest: Duration,
}

impl Delays {
    /// The delay after `failures` failures in a row, counted from one.
    pub fn after(&self, failures: u32) -> Duration {
        // 2^31 times any first delay is beyond any longest one.
        let factor = 1_u32 << failures.saturating_sub(1).min(31);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// Failures in a row, by key.
#[derive(Debug)]
pub(crate) struct Failures<K> {
    delays: Delays,
    counts: HashMap<K, u32>,
}

impl<K: Hash + Eq> Failures<K> {
    /// None so far.
    pub fn new(delays: Delays) -> Self {
        Self {
            delays,
            counts: HashMap::new(),
        }
    }

    /// Notes one more failure; returns how many there are in a row and how long to wait.
    pub fn failed(&mut self, key: K) -> (u32, Duration) {
        let count = self.counts.entry(key).or_default();
        *count = count.saturating_add(1);
        (*count, self.delays.after(*count))
    }

    /// Forgets the failures: it went well, or there is nothing left that could fail.
    pub fn clear(&mut self, key: &K) {
        self.counts.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAYS: Delays = Delays {
        first: Duration::from_millis(200),
        longest: Duration::from_secs(60),
    };

    #[test]
    fn delays_double_up_to_the_longest() {
        let delays: Vec<u128> = [1, 2, 3, 8, 9, 10, 1000].map(|n| DELAYS.after(n).as_millis()).to_vec();
        assert_eq!(delays, [200, 400, 800, 25_600, 51_200, 60_000, 60_000]);
    }

    #[test]
    fn success_starts_the_count_again() {
        let mut failures = Failures::new(DELAYS);
        assert_eq!(failures.failed("a"), (1, Duration::from_millis(200)));
        assert_eq!(failures.failed("a"), (2, Duration::from_millis(400)));
        assert_eq!(failures.failed("b").0, 1);
        failures.clear(&"a");
        assert_eq!(failures.failed("a").0, 1);
        assert_eq!(failures.failed("b").0, 2);
    }
}
