//! Tests of the SequentialJob's way from model to Jobs and status.

mod scenarios;
mod world;
