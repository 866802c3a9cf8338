//! Wire types of the kinds that jobflow serves, and the `CustomResourceDefinition`s made from them.
//!
//! A wire type says what a manifest may look like, not what is right: every field can be absent when it is
//! decoded, as in Kubernetes' own Go types, and `jobflow-core` says what must be there.

#![expect(clippy::duplicated_attributes, reason = "every printed column of a kind has a type")]

mod cel;
mod conditions;
mod daemon_job;
pub mod generate;
mod job_flow;
mod job_template;
mod managed_job;
mod managed_params;
mod null;
pub mod schema;
mod sequential_job;

pub use conditions::Conditions;
pub use daemon_job::{DaemonJob, DaemonJobSpec, DaemonJobStatus, NodeRow};
pub use job_flow::{Flow, FlowRow, FlowState, GlobalParams, JobFlow, JobFlowSpec, JobFlowState, JobFlowStatus};
pub use job_template::{JobReference, JobTemplate, JobTemplateSpec, JobTemplateStatus};
pub use managed_job::{
    ManagedDependency, ManagedGroup, ManagedGroupRow, ManagedJob, ManagedJobDefinition, ManagedJobRow, ManagedJobSpec,
    ManagedJobStatus, ManagedState,
};
pub use managed_params::{FromEnv, ManagedParams, PullPolicy, PullSecret, SecretReference};
pub use sequential_job::{ExecutionState, JobProgress, SequentialJob, SequentialJobSpec, SequentialJobStatus};

/// The API group of JobFlow, JobTemplate and DaemonJob.
pub const PRACTICE_GROUP: &str = "api.practice.com";

/// The API group of ManagedJob.
pub const MANAGED_GROUP: &str = "jobsmanager.raczylo.com";

/// The API group of SequentialJob.
pub const SEQUENTIAL_GROUP: &str = "batch.example.com";

/// The most flows of one JobFlow, as the schema states it.
///
/// A status row takes at most about 250 bytes (name and Job name of up to 63 bytes each, two times, state,
/// reason), so 5,000 rows are 1.25 MB: they fit beside a spec of the same order below etcd's 1.5 MB only
/// because real names are shorter; the spec itself is bounded by the 3 MiB request limit of the API server.
///
/// The rules in the schema are accepted for 5,000 flows of 1,000 dependencies: `maxItems` and `maxLength` bound their
/// estimated cost. What a chain of small flows takes the API server 1.36, CPU included, without webhooks, on two shared
/// cores (`tests/cluster/examples/large_flows.rs`, the least of five):
///
/// | flows | template | bytes | create | write of the status | change of a label |
/// |---|---|---|---|---|---|
/// | 50 | inline | 10,253 | 12 ms | 20 ms | 24 ms |
/// | 1,000 | by name | 80,103 | 86 ms, 100 ms CPU | 0.25 s, 0.39 s CPU | 0.33 s, 0.45 s CPU |
/// | 1,000 | inline | 203,103 | 0.31 s, 0.43 s CPU | 0.34 s, 0.47 s CPU | 0.42 s, 0.60 s CPU |
/// | 5,000 | by name | 400,103 | 0.51 s, 0.70 s CPU | 1.3 s, 1.8 s CPU | 1.3 s, 1.9 s CPU |
/// | 5,000 | inline | 1,015,103 | 1.1 s, 1.7 s CPU | 1.6 s, 2.2 s CPU | 2.3 s, 3.4 s CPU |
///
/// So large a JobFlow is for `kubectl create`: the annotation of client-side apply holds about 1,200 inline flows (3,500
/// by name), and with server-side apply `managedFields` makes an object with more than about 3,500 inline flows too
/// large for etcd.
pub const FLOWS_MAX: usize = 5_000;

/// The most dependencies of one flow, as the schema states it. Looking for a flow's own name among as many, for the most
/// flows, is half of what one rule in the schema may cost by the API server's estimate (10,000,000).
pub const DEPENDENCIES_MAX: usize = 1_000;

/// The longest DNS label (RFC 1123), and so the longest name of a flow.
pub const LABEL_BYTES_MAX: usize = 63;

/// The longest DNS subdomain (RFC 1123), and so the longest name of a JobTemplate.
pub const SUBDOMAIN_BYTES_MAX: usize = 253;

/// The longest name of a group and of a Job of a ManagedJob, as the operator that these manifests come from has it.
pub const MANAGED_NAME_BYTES_MAX: usize = 40;

/// What `nodePolicy` may be; the first is the default.
pub const NODE_POLICIES: [&str; 2] = ["Snapshot", "Continuous"];

/// What `failurePolicy` may be; the first is the default.
pub const FAILURE_POLICIES: [&str; 3] = ["Continue", "FailFast", "Terminate"];

/// What the `when` of a flow may be; the first is the default.
pub const CONDITIONS_OF_START: [&str; 3] = ["OnSuccess", "OnFailure", "Always"];

/// What the `restartPolicy` of a ManagedJob may be: what a Job's pods allow. The first is the default.
pub const RESTART_POLICIES: [&str; 2] = ["Never", "OnFailure"];

/// What an `imagePullPolicy` may be.
pub const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];
