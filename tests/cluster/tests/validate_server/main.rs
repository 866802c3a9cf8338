//! `jobflow validate --server` against a real API server: what only a cluster knows is told at the author's line, to the
//! letter, and nothing is created.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod arena;
mod kinds;
mod obstacles;
mod policies;
mod warnings;
