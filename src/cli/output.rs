//! Writing: results to standard output, everything else to standard error.

use std::io::{self, Write as _};

use super::exit::Exit;

/// Writes `text` to standard output, without its colours where nobody can see them (no terminal, or `NO_COLOR`), and
/// ends with `exit`. A reader that has seen enough (`| head`) is no failure.
pub fn finish(text: &str, exit: Exit) -> Exit {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => exit,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit,
        Err(error) => {
            complain(&format!("cannot write to standard output: {error}"));
            Exit::Internal
        }
    }
}

/// Writes a line to standard error. Where that fails, there is nobody left to tell.
pub fn complain(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}
