//! Tests of the JobFlow's way from model to Jobs and status: rendered Jobs, scenarios, and every kind of crash.

mod crashes;
mod rendering;
mod scenarios;
mod script;
mod statuses;
mod world;
