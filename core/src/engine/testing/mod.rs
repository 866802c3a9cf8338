//! What the tests of all kinds share: a cluster in memory, and scripts that are played in it.

pub mod script;
pub mod world;
