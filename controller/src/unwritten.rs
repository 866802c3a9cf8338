//! Statuses that wait to be written, because nobody but people waits for them.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::key::Key;
use crate::sync::lock;

/// How long news wait for more when nothing follows from them: a status is written once for all Jobs that begin or end
/// together, and a Job that can start meanwhile does not wait for a write that only people read.
const WAIT: Duration = Duration::from_millis(500);

/// Since when there is something to write of which object.
#[derive(Debug, Default)]
pub(crate) struct Unwritten(Mutex<HashMap<Key, Instant>>);

impl Unwritten {
    /// Until when the status of an object may stay as it is; `None` when it is to be written now. Asked once a look.
    pub fn wait(&self, key: &Key, can_wait: bool) -> Option<Instant> {
        let mut all = lock(&self.0);
        let since = all.remove(key).unwrap_or_else(Instant::now);
        if !can_wait || since.elapsed() >= WAIT {
            return None;
        }
        all.insert(key.clone(), since);
        Some(since + WAIT)
    }

    /// The object is gone.
    pub fn forget(&self, key: &Key) {
        lock(&self.0).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key {
            kind: "JobFlow".to_owned(),
            namespace: "n".to_owned(),
            name: "f".to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_can_wait_waits_once_and_for_no_longer_than_said() {
        let (unwritten, start) = (Unwritten::default(), Instant::now());
        assert_eq!(unwritten.wait(&key(), true), Some(start + WAIT));
        tokio::time::advance(WAIT / 2).await;
        assert_eq!(
            unwritten.wait(&key(), true),
            Some(start + WAIT),
            "more news do not put it off"
        );
        tokio::time::advance(WAIT / 2).await;
        assert_eq!(unwritten.wait(&key(), true), None);
        assert!(lock(&unwritten.0).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_wait_takes_with_it_what_waited() {
        let unwritten = Unwritten::default();
        assert_eq!(unwritten.wait(&key(), false), None);
        unwritten.wait(&key(), true).unwrap();
        assert_eq!(unwritten.wait(&key(), false), None);
        assert!(lock(&unwritten.0).is_empty());
        unwritten.wait(&key(), true).unwrap();
        unwritten.forget(&key());
        assert!(lock(&unwritten.0).is_empty());
    }
}
