//! The product: what jobflow accepts, what it makes of it, and what it does next; all of it pure.
//!
//! Nothing here reads a file, a clock, the environment or a network: every function is a function of its
//! arguments. The stages (ARCHITECTURE.md, "One direction of data") and where they live:
//!
//! ```text
//! JSON ── normalize ──> JSON + changes ── shape ──> wire type ── rules ──> valid model or report      (admission)
//! valid model + references + observed + now ── plan ──> actions, status, events                       (engine)
//! step ── render ──> batch/v1 Job                                                                     (inside plan)
//! ```

pub mod admission;
pub mod change;
mod choice;
pub mod comparison;
pub mod daemon_job;
pub mod diagnostic;
pub mod diagram;
pub mod difference;
pub mod engine;
pub mod examine;
pub mod failure_policy;
pub mod field;
pub mod graph;
mod immutable;
pub mod job_flow;
pub mod job_template;
pub mod kinds;
pub mod limits;
pub mod managed_job;
pub mod names;
mod object_name;
mod params;
mod parse;
pub mod pod;
mod read;
pub mod rendering;
pub mod rules;
pub mod sequential_job;
mod shape;
pub mod text;
pub mod when;

#[cfg(test)]
mod testing;
