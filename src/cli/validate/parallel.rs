//! The same work on many things, on several threads, with the results in order.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread;

/// How work is shared out.
#[derive(Clone, Copy)]
pub struct Workers<'p> {
    /// At most so many threads; a thread a processor where it is not given.
    pub jobs: Option<NonZeroUsize>,
    /// Told whenever one thing is done.
    pub done: &'p (dyn Fn() + Sync),
}

impl Default for Workers<'static> {
    /// A thread a processor, and nobody is told.
    fn default() -> Self {
        Self {
            jobs: None,
            done: &|| {},
        }
    }
}

impl Workers<'_> {
    /// As many, which tell nothing.
    pub fn silent(&self) -> Workers<'static> {
        Workers {
            jobs: self.jobs,
            ..Workers::default()
        }
    }

    /// Applies `work` to each of `items`.
    pub fn map<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        let threads = self.threads().min(items.len());
        let observed = |item| {
            let result = work(item);
            (self.done)();
            result
        };
        if threads <= 1 {
            return items.into_iter().map(observed).collect();
        }
        shared_out(items, threads, observed)
    }

    /// The most threads that are started.
    pub fn threads(&self) -> usize {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or(processors, usize::from)
    }
}

fn shared_out<T: Send, R: Send>(items: Vec<T>, threads: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let run = || {
            let mut done = Vec::new();
            while let Some((index, item)) = next() {
                done.push((index, work(item)));
            }
            done
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Vec<_>>| worker.join().expect("a panic has ended the program");
        workers.into_iter().flat_map(join).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::num::NonZeroUsize;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Barrier, Mutex};
    use std::thread;

    use super::Workers;

    fn workers(jobs: usize) -> Workers<'static> {
        Workers {
            jobs: NonZeroUsize::new(jobs),
            done: &|| {},
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let expected: Vec<usize> = (0..1_000).map(|n| n * 2).collect();
        for jobs in [0, 1, 7] {
            assert_eq!(workers(jobs).map((0..1_000).collect(), |n: usize| n * 2), expected);
            assert_eq!(workers(jobs).map(Vec::<usize>::new(), |n| n), Vec::<usize>::new());
        }
    }

    #[test]
    fn as_many_threads_work_at_once_as_there_are_jobs() {
        // Nobody passes the barrier before four are there.
        let barrier = Barrier::new(4);
        let seen = Mutex::new(HashSet::new());
        workers(4).map(vec![(); 4], |()| {
            barrier.wait();
            seen.lock().unwrap().insert(thread::current().id());
        });
        assert_eq!(seen.lock().unwrap().len(), 4);
    }

    #[test]
    fn whatever_is_done_is_told() {
        let told = AtomicUsize::new(0);
        let done = || {
            told.fetch_add(1, Ordering::Relaxed);
        };
        let workers = Workers {
            jobs: None,
            done: &done,
        };
        workers.map((0..100).collect(), |n: usize| n);
        assert_eq!(told.into_inner(), 100);
    }
}
