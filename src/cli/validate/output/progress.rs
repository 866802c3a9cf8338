//! Progress: a bar on the terminal of somebody who would otherwise wonder whether anything happens.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::summary::counted;

/// How long it takes until somebody wonders. What is done sooner shows no bar, which would only flicker.
const PATIENCE: Duration = Duration::from_millis(500);

/// Every file is read, parsed, and checked once all are parsed.
const STEPS_PER_FILE: u64 = 3;

/// Shows how much is done.
pub struct Progress {
    bar: ProgressBar,
    /// `None` where nobody would see it.
    started: Option<Instant>,
    shown: OnceLock<()>,
}

impl Progress {
    /// For so many files; invisible where it is not `wanted` or standard error is no terminal.
    pub fn new(files: usize, wanted: bool) -> Self {
        let steps = u64::try_from(files).unwrap_or(u64::MAX).saturating_mul(STEPS_PER_FILE);
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden());
        let template = format!("checking {} {{wide_bar}} {{percent:>3}} %", counted(files, "file"));
        let style = ProgressStyle::with_template(&template);
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar,
            started: (wanted && io::stderr().is_terminal()).then(Instant::now),
            shown: OnceLock::new(),
        }
    }

    /// There is so much more to do than was known.
    pub fn extend(&self, steps: usize) {
        self.bar.inc_length(u64::try_from(steps).unwrap_or(u64::MAX));
    }

    /// One more step is done.
    pub fn step(&self) {
        let Some(started) = self.started else {
            return;
        };
        self.bar.inc(1);
        if started.elapsed() >= PATIENCE {
            self.shown
                .get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }

    /// Takes the bar away, before anything else is printed.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
