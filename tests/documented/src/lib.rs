//! What documents show: their blocks and the commands in them, which test runs each command, and how that is done.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

mod commands;
mod markdown;
mod page;
mod runners;
mod shell;
mod tab;
mod words;

pub use commands::{Shown, commands, is_offline, is_shown};
pub use markdown::{Block, Document, documents, root};
pub use page::{Page, play_at_once};
pub use runners::{NOT_RUN, NotRun, PLAYED, Played, Runner, runner};
pub use shell::Shell;
pub use tab::Completer;
