//! `cargo xtask soak`: what the tests do for a minute, for longer.

use std::path::Path;

use anyhow::Result;

use crate::test;

/// Certificates are renewed for so long, each mode after the other, and then there is a new authority.
pub fn run(seconds: u64, every: u64) -> Result<()> {
    let (seconds, every) = (seconds.to_string(), every.to_string());
    let settings = [
        ("JOBFLOW_SOAK_SECONDS", Path::new(&seconds)),
        ("JOBFLOW_SOAK_EVERY_SECONDS", Path::new(&every)),
    ];
    test::run_on_a_node(&["node_rotation"], &settings)
}
