//! Standard output, whose reader may have seen enough (`| head`): `println!` would panic.

use std::fmt;
use std::io::{self, Write as _};

use anyhow::{Context as _, Result};

/// Prints a line.
pub fn line(text: fmt::Arguments<'_>) -> Result<()> {
    self::text(format_args!("{text}\n"))
}

/// Prints what has its ends of lines already.
pub fn text(text: fmt::Arguments<'_>) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_fmt(text)
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// Whether a command ended for want of a reader, which is no failure.
pub fn has_nobody_to_read(error: &anyhow::Error) -> bool {
    let is_broken_pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref().is_some_and(is_broken_pipe))
}
