//! What the fuzzer of `jobflow validate` ever found, as a normal test: nothing that a file holds makes the program fail.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The exit status for an internal error; see `src/cli/exit.rs`.
const INTERNAL: i32 = 3;

#[test]
fn everything_that_the_fuzzer_ever_found_is_read_without_a_failure() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions/manifest");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in &files {
        for format in ["text", "json"] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_jobflow"));
            let output = command.args(["validate", "-o", format]).arg(file).output().unwrap();
            let status = output.status.code();
            assert!(
                status.is_some_and(|status| status < INTERNAL),
                "{} ended with {status:?}: {}",
                file.display(),
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}
