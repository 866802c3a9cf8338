//! Structured logs on standard error, panics included.

use std::io::{self, IsTerminal};
use std::panic;

use anyhow::anyhow;
use tracing::error;
use tracing_subscriber::EnvFilter;

use super::args::LogFormat;

/// kube logs each failed request beside returning it; we say it once, where it matters. A filter of the user's that names
/// the same target wins.
const QUIET: &str = "kube_client::client::builder=off";

/// Starts logging.
///
/// # Errors
/// When `filter` cannot be understood.
pub(super) fn start(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let understood = EnvFilter::try_new(format!("{QUIET},{filter}"));
    let filter = understood.map_err(|_| {
        anyhow!("`--log-level` must be a level, or a filter such as 'info,webhook=debug', not '{filter}'")
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => logs.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    panic::set_hook(Box::new(|panic| {
        // The text of a panic may quote what users wrote.
        let location = panic.location().map(ToString::to_string);
        error!(location, "panic");
    }));
    Ok(())
}
