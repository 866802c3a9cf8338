//! Commands whose reader has seen enough, as in `cargo xtask cluster status | head -1`.

use std::io;
use std::process::Command;

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["cluster", "status"])
        .stdout(writer)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((stderr.as_str(), output.status.code()), ("", Some(0)));
}
