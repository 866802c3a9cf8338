//! What becomes of memory that is free again.
//!
//! mimalloc keeps it for a second, and what a thread keeps that then waits it keeps for ever: after fifty reviews of 1 MB at the
//! same time the process had 90 MiB, with the options below 40 MiB. A review of 1 MB takes half as much CPU again for that, a small one
//! none. They can be given by the environment only, which mimalloc reads before `main`; so the program starts itself once more, in
//! the same process.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Free memory goes back after 10 ms, and memory is taken as it is needed.
const OPTIONS: [(&str, &str); 2] = [("MIMALLOC_PURGE_DELAY", "10"), ("MIMALLOC_ARENA_EAGER_COMMIT", "0")];

/// Sees to it that free memory goes back to the system. What the environment says already holds.
pub fn give_back_soon() {
    let missing = OPTIONS.iter().filter(|(name, _)| env::var_os(name).is_none());
    let missing: Vec<(&str, &str)> = missing.copied().collect();
    if missing.is_empty() {
        return;
    }
    let mut arguments = env::args_os();
    if let (Some(name), Ok(program)) = (arguments.next(), env::current_exe()) {
        // It returns only where it fails; then the process is larger, and nothing else.
        let _ = Command::new(program).arg0(name).args(arguments).envs(missing).exec();
    }
}
