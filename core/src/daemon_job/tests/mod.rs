//! Tests of the DaemonJob's way from nodes to Jobs and status: scenarios, rendered Jobs, and every kind of crash.

mod bounds;
mod continuous;
mod crashes;
mod departures;
mod rendering;
mod scenarios;
mod script;
mod statuses;
mod world;
