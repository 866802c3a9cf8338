//! Tests of the JobFlow's way from model to Jobs and status: rendered Jobs, scenarios, and every kind of crash.

mod bounds;
mod case;
mod clocks;
mod crashes;
mod failures;
mod rendering;
mod retries;
mod scenarios;
mod script;
mod statuses;
mod world;
