//! A real Kubernetes control plane, started on this machine for demos, tests and hand work.
//!
//! etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok run as plain processes on loopback; nothing is
//! simulated but the kubelets. In the other form ([`Form::Node`]) the node, too, is real. All they write lies in one state folder outside the checkout, and so do their process ids,
//! so that whoever comes next can stop what a killed run has left behind. Linux only, since it reads `/proc`.
//!
//! ```text
//! Cluster::start ──> StateFolder (lock, pids, logs, keys) ──> Watchdog (stops all if this process dies)
//!                └─> Programs (found or built with go) ─────> Component... ──> nodes
//! ```

mod admission;
mod cert_manager;
mod chart;
mod cluster;
mod components;
mod files;
mod go_build;
mod go_modules;
mod helm;
mod http;
mod installed;
pub mod interrupt;
mod kubeconfig;
mod kubectl;
mod namespace;
mod node;
mod nodes;
mod oci;
mod operator;
mod pki;
mod ports;
mod process;
mod programs;
mod reader;
mod restart;
mod rights;
mod service;
mod shared;
mod state;
mod status;
mod wait;
pub mod watchdog;

pub use cert_manager::CertManager;
pub use chart::Chart;
pub use cluster::{Cluster, Form, Options};
pub use components::ControllerLimits;
pub use helm::Helm;
pub use installed::{INSTALL_FLAGS, start_cert_manager};
pub use kubectl::{Kubectl, Output};
pub use namespace::Namespace;
pub use node::{architecture, obstacle as node_obstacle};
pub use oci::{Entry, Image};
pub use operator::{Operator, OperatorOptions, Reach};
pub use process::{ProcessRecord, stop_all};
pub use programs::Programs;
pub use reader::reader;
pub use restart::Killed;
pub use rights::CertificateRights;
pub use service::endpoint_address;
pub use shared::{NODE_CLUSTER, SHARED_CLUSTER};
pub use state::StateFolder;
pub use status::Status;
pub use wait::{Deadline, until};

/// Names the OCI archive of the image of the last tagged version; without it the image to test stands in for it.
pub const PREVIOUS_IMAGE: &str = "JOBFLOW_PREVIOUS_IMAGE";

/// Names the OCI archive of the image to test on a real node; `cargo xtask test` writes one unless it is set.
pub const OPERATOR_IMAGE: &str = "JOBFLOW_IMAGE";

/// Names the `jobflow` program that cluster tests run; `cargo xtask test` sets it.
pub const OPERATOR_PROGRAM: &str = "JOBFLOW_BIN";
