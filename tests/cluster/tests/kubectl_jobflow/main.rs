//! The commands for a cluster as users call them, against a real API server and statuses of the real operator: what they
//! print, to the letter, and how they end.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod arena;
mod changes;
mod connection;
mod creation;
mod faults;
mod kinds;
mod lists;
mod names;
mod plugin;
mod progress;
