//! Writing: results to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, Write as _};

use super::exit::Exit;

/// Writes `text` to standard output, without its colours where nobody can see them (no terminal, or `NO_COLOR`), and
/// ends with `exit`. A reader that has seen enough (`| head`) is no failure.
pub fn finish<T: Display + ?Sized>(text: &T, exit: Exit) -> Exit {
    let mut out = BufWriter::new(anstream::stdout().lock());
    match write!(out, "{text}").and_then(|()| out.flush()) {
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
