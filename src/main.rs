//! The one program of jobflow: operator in the cluster, validator everywhere else.

mod cli;
mod operator;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Admission allocates much and briefly; the system's allocator took a third of the time of a large review.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
