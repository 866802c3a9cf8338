//! Writing: results to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;

use super::exit::Exit;

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On terminals, unless the variable `NO_COLOR` is set
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

impl Color {
    /// From here on, this holds for all that is written.
    pub fn apply(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// Whether notes are left out.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Whether errors are told with their causes.
static IS_VERBOSE: AtomicBool = AtomicBool::new(false);

/// From here on, notes are left out, or errors are told with their causes.
pub fn set_manners(is_quiet: bool, is_verbose: bool) {
    IS_QUIET.store(is_quiet, Ordering::Relaxed);
    IS_VERBOSE.store(is_verbose, Ordering::Relaxed);
}

/// Writes a line to standard error that nobody must read: summaries and hints, but no errors.
pub fn note(line: &str) {
    if !IS_QUIET.load(Ordering::Relaxed) {
        complain(line);
    }
}

/// An error in one sentence; with its causes where the user asked for more.
pub fn error_text(error: &anyhow::Error) -> String {
    if IS_VERBOSE.load(Ordering::Relaxed) {
        return format!("error: {error:#}");
    }
    format!("error: {error}")
}

/// Writes `text` to standard output, without its colours where nobody can see them (no terminal, or `NO_COLOR`), and
/// ends with `exit`. A reader that has seen enough (`| head`) is no failure.
pub fn finish<T: Display + ?Sized>(text: &T, exit: Exit) -> Exit {
    write_all(anstream::stdout().lock(), text, exit)
}

/// The same for what programs read, byte for byte.
pub fn finish_plain<T: Display + ?Sized>(text: &T, exit: Exit) -> Exit {
    write_all(io::stdout().lock(), text, exit)
}

fn write_all<T: Display + ?Sized>(out: impl Write, text: &T, exit: Exit) -> Exit {
    let mut out = BufWriter::new(out);
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

/// Writes lines to standard error, in one go.
pub fn complain_all(lines: &[String]) {
    let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
