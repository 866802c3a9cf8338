//! Locks that are never poisoned for their next holder.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`. A panic of an earlier holder does not matter here: every critical section of this crate leaves its maps
/// usable at each step, and a reconcile that panicked is caught, reported and tried again.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
