//! Runs the pure work of one review: contained, so that a panic is an answer, and in time, so that the answer is ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::deadline::Deadline;

/// Up to this size a review is worked on where it was read: it takes well under a millisecond, less than two thread
/// changes under load. A larger one would hold up the connections that share the thread.
pub(crate) const INLINE_BYTES_MAX: usize = 64 * 1024;

/// Why there is no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// Too many others were before it.
    Shed,
    /// It took too long. It goes on, and keeps its share of memory until it ends.
    Overdue,
    /// It panicked. The text of a panic may quote what users wrote, so it goes no further.
    Panicked,
}

/// The threads for large reviews.
#[derive(Clone, Debug)]
pub(crate) struct Workers(Arc<Semaphore>);

impl Default for Workers {
    /// One large review a processor: more at the same time would only make each of them later.
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }
}

impl Workers {
    /// The result of `job`, whose input has `size_bytes`.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        size_bytes: usize,
        deadline: Deadline,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unfinished> {
        if size_bytes <= INLINE_BYTES_MAX {
            return contained(job);
        }
        let turn = timeout_at(deadline.turn_by(), Arc::clone(&self.0).acquire_owned());
        let Ok(Ok(turn)) = turn.await else {
            return Err(Unfinished::Shed);
        };
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            contained(job)
        });
        match timeout_at(deadline.answer_by(), work).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Unfinished::Panicked),
            Err(_) => Err(Unfinished::Overdue),
        }
    }
}

/// Nothing that the work shares with others can be left half changed: it only reads.
fn contained<T>(job: impl FnOnce() -> T) -> Result<T, Unfinished> {
    catch_unwind(AssertUnwindSafe(job)).map_err(|_| Unfinished::Panicked)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{INLINE_BYTES_MAX, Unfinished, Workers};
    use crate::deadline::Deadline;

    const LARGE: usize = INLINE_BYTES_MAX + 1;

    fn second() -> Deadline {
        Deadline::from_query(Some("timeout=1s"), Instant::now())
    }

    #[tokio::test]
    async fn a_panic_is_a_result_wherever_the_work_runs() {
        for size in [0, LARGE] {
            let result: Result<(), _> = Workers::default().run(size, second(), || panic!("on purpose")).await;
            assert_eq!(result, Err(Unfinished::Panicked));
        }
    }

    #[tokio::test]
    async fn large_work_that_takes_too_long_is_given_up_and_the_next_is_shed_while_it_goes_on() {
        let workers = Workers(std::sync::Arc::new(tokio::sync::Semaphore::new(1)));
        let slow = workers.run(LARGE, second(), || {
            std::thread::sleep(Duration::from_secs(2));
        });
        assert_eq!(slow.await, Err(Unfinished::Overdue));
        assert_eq!(workers.run(LARGE, second(), || ()).await, Err(Unfinished::Shed));
    }
}
