//! Tests of the whole front end: what happens to a ManagedJob over time.

mod crashes;
mod rendering;
mod scenarios;
mod script;
mod sizes;
mod statuses;
mod world;
