//! The same work on many things, on all processors, with the results in order.

use std::sync::Mutex;
use std::thread;

/// Applies `work` to each of `items`.
pub fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if workers <= 1 {
        return items.into_iter().map(work).collect();
    }
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
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(run)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Vec<_>>| worker.join().expect("a panic has ended the program");
        workers.into_iter().flat_map(join).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let expected: Vec<usize> = (0..1_000).map(|n| n * 2).collect();
        assert_eq!(map((0..1_000).collect(), |n: usize| n * 2), expected);
        assert_eq!(map(Vec::<usize>::new(), |n| n), Vec::<usize>::new());
    }
}
