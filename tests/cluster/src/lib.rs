//! A real Kubernetes control plane with KWOK nodes, started on this machine for demos, tests and hand work.
//!
//! etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok run as plain processes on loopback; nothing is
//! simulated but the kubelets. All they write lies in one state folder outside the checkout, and so do their process ids,
//! so that whoever comes next can stop what a killed run has left behind. Linux only, since it reads `/proc`.
//!
//! ```text
//! Cluster::start ──> StateFolder (lock, pids, logs, keys) ──> Watchdog (stops all if this process dies)
//!                └─> Programs (found or built with go) ─────> Component... ──> nodes
//! ```

mod admission;
mod cluster;
mod components;
mod files;
mod go_build;
mod helm;
mod http;
pub mod interrupt;
mod kubeconfig;
mod kubectl;
mod namespace;
mod nodes;
mod operator;
mod pki;
mod ports;
mod process;
mod programs;
mod service;
mod shared;
mod state;
mod status;
mod wait;
pub mod watchdog;

pub use cluster::{Cluster, Options};
pub use components::ControllerLimits;
pub use helm::Helm;
pub use kubectl::{Kubectl, Output};
pub use namespace::Namespace;
pub use operator::{Operator, OperatorOptions, Reach};
pub use process::{ProcessRecord, stop_all};
pub use programs::Programs;
pub use service::endpoint_address;
pub use shared::SHARED_CLUSTER;
pub use state::StateFolder;
pub use status::Status;
pub use wait::{Deadline, until};

/// Names the `jobflow` program that cluster tests run; `cargo xtask test` sets it.
pub const OPERATOR_PROGRAM: &str = "JOBFLOW_BIN";
