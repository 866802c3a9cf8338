//! The queue of objects to look at, and the loop that works on it.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{FutureExt, StreamExt};
use kube::runtime::scheduler::{ScheduleRequest, scheduler};
use prometheus_client::metrics::gauge::Gauge;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::backoff::{Delays, Failures};
use crate::error::{Error, chain};
use crate::key::Key;
use crate::metrics::Metrics;
use crate::sync::lock;

/// Objects that are worked on at once. Each waits for the API server most of the time.
const RECONCILES_MAX: usize = 32;

/// Delays after failures of one object in a row.
const FAILED: Delays = Delays {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(60),
};

/// How long what is under way may take to end when we are told to stop.
const DRAIN_SECONDS_MAX: u64 = 10;

/// The entrance of the queue. Clones share it.
///
/// It is closed until somebody works on it: a replica that only stands by would collect the names of all objects that come and
/// go, and the caches tell it at the end what there is to look at.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    requests: UnboundedSender<ScheduleRequest<Key>>,
    is_open: Arc<AtomicBool>,
    waiting: Arc<Mutex<HashSet<Key>>>,
    depth: Gauge,
}

/// The exit of the queue.
pub(crate) type Requests = UnboundedReceiver<ScheduleRequest<Key>>;

/// When to look at an object again although nothing happens.
pub(crate) type Again = Option<Instant>;

impl Queue {
    /// An empty queue, closed.
    pub fn new() -> (Self, Requests) {
        let (sender, requests) = unbounded();
        let queue = Self {
            requests: sender,
            is_open: Arc::default(),
            waiting: Arc::default(),
            depth: Gauge::default(),
        };
        (queue, requests)
    }

    /// From now on objects can be asked for. Whoever opens it asks for all that are known.
    pub fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }

    /// Whether somebody works on it.
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::SeqCst)
    }

    /// How many objects wait to be looked at, for monitoring. Those whose time has not come do not count.
    pub fn depth(&self) -> Gauge {
        self.depth.clone()
    }

    /// Changes what waits, and counts it anew.
    fn change_waiting(&self, change: impl FnOnce(&mut HashSet<Key>) -> bool) {
        let mut waiting = lock(&self.waiting);
        change(&mut waiting);
        self.depth.set(i64::try_from(waiting.len()).unwrap_or(i64::MAX));
    }

    /// Asks for a look at an object at once.
    pub fn wake(&self, key: Key) {
        if !self.is_open() {
            return;
        }
        self.change_waiting(|waiting| waiting.insert(key.clone()));
        self.wake_at(key, Instant::now());
    }

    /// Asks for a look at an object at a time, or before, if that was asked for already.
    pub fn wake_at(&self, key: Key, run_at: Instant) {
        // Only fails when the loop has ended, and then nobody needs to look any more.
        let _ = self.requests.unbounded_send(ScheduleRequest { message: key, run_at });
    }
}

/// Works on the queue until `shutdown`: many objects at once, never twice the same at once.
pub(crate) async fn work<R, F>(
    queue: &Queue,
    requests: Requests,
    metrics: &Metrics,
    reconcile: R,
    shutdown: &CancellationToken,
) where
    R: Fn(Key) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Again, Error>> + Send + 'static,
{
    let reconcile = Arc::new(reconcile);
    let mut scheduler = pin!(scheduler(requests));
    let mut failures = Failures::new(FAILED);
    let mut running: HashSet<Key> = HashSet::new();
    let mut tasks = JoinSet::new();
    loop {
        let has_room = running.len() < RECONCILES_MAX;
        let mut free = scheduler.as_mut().hold_unless(|key| !running.contains(key));
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(ended) = tasks.join_next() => {
                let (key, result) = ended.expect("panics are caught in the task, and no task is aborted");
                running.remove(&key);
                settle(queue, &mut failures, key, result);
            }
            Some(key) = free.next(), if has_room => {
                queue.change_waiting(|waiting| waiting.remove(&key));
                running.insert(key.clone());
                tasks.spawn(run(Arc::clone(&reconcile), key, metrics.clone()));
            }
        }
    }
    drain(tasks).await;
}

/// Runs one reconcile; a panic becomes an error of this object only.
async fn run<R, F>(reconcile: Arc<R>, key: Key, metrics: Metrics) -> (Key, Result<Again, Error>)
where
    R: Fn(Key) -> F,
    F: Future<Output = Result<Again, Error>>,
{
    let begin = Instant::now();
    metrics.reconcile_begins();
    let caught = AssertUnwindSafe(reconcile(key.clone())).catch_unwind().await;
    let result = caught.unwrap_or(Err(Error::Panicked));
    let word = match &result {
        Ok(_) => "done",
        Err(Error::Outdated) => "outdated",
        Err(_) => "failed",
    };
    metrics.reconcile_ended(&key.kind, word, begin.elapsed());
    (key, result)
}

/// Decides when to look again after a reconcile.
fn settle(queue: &Queue, failures: &mut Failures<Key>, key: Key, result: Result<Again, Error>) {
    match result {
        Ok(again) => {
            failures.clear(&key);
            if let Some(again) = again {
                queue.wake_at(key, again);
            }
        }
        Err(error) => {
            let (attempts, delay) = failures.failed(key.clone());
            match error {
                // Not a fault: the watch brings the newer object, most likely before this delay ends.
                Error::Outdated => {
                    debug!(object = %key, "the object has changed in the meantime; looking again");
                }
                error => {
                    let retry_seconds = delay.as_secs_f64();
                    warn!(object = %key, error = chain(&error), attempts, retry_seconds, "reconcile failed; it is tried again");
                }
            }
            queue.wake_at(key, Instant::now() + delay);
        }
    }
}

/// Lets what has begun come to its end: each step is safe to cut, but the next start would have to do it again.
async fn drain<T: 'static>(mut tasks: JoinSet<T>) {
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS_MAX), all)
        .await
        .is_err()
    {
        warn!(
            "stopping although {} reconciles have not ended within {DRAIN_SECONDS_MAX} s",
            tasks.len()
        );
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;

    use super::*;

    fn key(name: &str) -> Key {
        Key {
            kind: "JobFlow".to_owned(),
            namespace: "n".to_owned(),
            name: name.to_owned(),
        }
    }

    /// Runs the loop for `seconds` of paused time; returns when (in milliseconds) which object was looked at.
    async fn looked_at<F>(
        seconds: u64,
        wake: impl FnOnce(&Queue),
        answer: impl Fn(usize) -> F + Send + Sync + 'static,
    ) -> Vec<(u128, String)>
    where
        F: Future<Output = Result<Again, Error>> + Send + 'static,
    {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (queue, requests) = Queue::new();
        queue.open();
        wake(&queue);
        let begin = Instant::now();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            stop.cancel();
        });
        let noted = Arc::clone(&seen);
        let reconcile = move |key: Key| {
            let mut seen = lock(&noted);
            seen.push((begin.elapsed().as_millis(), key.name));
            answer(seen.len())
        };
        let metrics = Metrics::register(&mut Registry::default());
        work(&queue, requests, &metrics, reconcile, &shutdown).await;
        let seen = lock(&seen);
        seen.clone()
    }

    #[tokio::test(start_paused = true)]
    async fn an_object_that_is_asked_for_many_times_is_looked_at_once() {
        let wake = |queue: &Queue| {
            for name in ["a", "b", "a", "a"] {
                queue.wake(key(name));
            }
        };
        let mut seen = looked_at(1, wake, |_| async { Ok(None) }).await;
        seen.sort_unstable();
        let names: Vec<&str> = seen.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_tried_again_later_and_later() {
        let seen = looked_at(2, |queue| queue.wake(key("a")), |_| async { Err(Error::Outdated) }).await;
        let gaps: Vec<u128> = seen.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert_eq!(gaps.len(), 3);
        for (gap, expected) in gaps.iter().zip([200, 400, 800]) {
            assert!(gap.abs_diff(expected) <= 5, "{gaps:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_failure_of_one_object() {
        let answer = |count| async move {
            assert!(count > 1, "the first look panics");
            Ok(None)
        };
        let seen = looked_at(1, |queue| queue.wake(key("a")), answer).await;
        assert_eq!(seen.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_object_is_looked_at_again_when_it_asked_to_be() {
        let answer = |count| async move { Ok((count == 1).then(|| Instant::now() + Duration::from_secs(5))) };
        let seen = looked_at(60, |queue| queue.wake(key("a")), answer).await;
        assert_eq!(seen.len(), 2);
        assert!(seen[1].0.abs_diff(5000) <= 5, "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_object_is_never_worked_on_twice_at_once() {
        let (queue, requests) = Queue::new();
        queue.open();
        let shutdown = CancellationToken::new();
        let (inside, most) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
        let (again, stop, peak) = (queue.clone(), shutdown.clone(), Arc::clone(&most));
        tokio::spawn(async move {
            for _ in 0..20 {
                again.wake(key("a"));
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            stop.cancel();
        });
        let reconcile = move |_| {
            let (inside, most) = (Arc::clone(&inside), Arc::clone(&most));
            async move {
                *lock(&inside) += 1;
                let now = *lock(&inside);
                let before = *lock(&most);
                *lock(&most) = before.max(now);
                tokio::time::sleep(Duration::from_millis(100)).await;
                *lock(&inside) -= 1;
                Ok(None)
            }
        };
        work(
            &queue,
            requests,
            &Metrics::register(&mut Registry::default()),
            reconcile,
            &shutdown,
        )
        .await;
        assert_eq!(*lock(&peak), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_of_a_closed_queue_is_neither_done_nor_kept() {
        let (queue, mut requests) = Queue::new();
        queue.wake(key("before"));
        assert_eq!(queue.depth().get(), 0);
        queue.open();
        queue.wake(key("after"));
        assert_eq!(queue.depth().get(), 1);
        let first = requests.next().await.unwrap();
        assert_eq!(first.message, key("after"));
    }
}
