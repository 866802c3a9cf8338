//! Admission as users meet it: what kubectl and helm print, what the schema tells, and who may create what.

#![expect(
    clippy::unwrap_used,
    reason = "all of it is tests, which clippy cannot see in helpers"
)]

mod explain;
mod helm;
mod manifest;
mod messages;
mod privilege;
mod terminal;
mod warnings;
