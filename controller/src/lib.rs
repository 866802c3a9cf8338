//! The controller: watches the cluster, resolves what an object refers to, and carries out the plans of `jobflow_core`.
//!
//! It decides nothing itself. One direction of data, see ARCHITECTURE.md:
//!
//! ```text
//! watches ──> caches ──> queue ──> reconcile:  examine ─> resolve ─> plan ─> write status ─> execute ─> publish events
//! ```
//!
//! What makes it safe to stop at any point, and to run it from outdated caches:
//! - A plan's status is written before its actions are carried out, and only onto the version of the object that the plan was
//!   made from. So no action rests on an outdated object.
//! - A Job is created under a name that is a function of its owner and step. A second creation is "already exists".
//! - All that is remembered here beside the caches (Jobs that the watch has not delivered yet, refusals, verdicts of the
//!   rules) only saves requests. After a restart it is learned again.
//!
//! # What it must be allowed to do (RBAC, in all namespaces)
//!
//! | API group | resource | verbs |
//! |---|---|---|
//! | `api.practice.com` | `jobflows`, `daemonjobs` | list, watch, delete |
//! | `api.practice.com` | `jobtemplates` | list, watch |
//! | `api.practice.com` | `jobflows/status`, `jobtemplates/status`, `daemonjobs/status` | update |
//! | `api.practice.com` | `jobflows/finalizers`, `daemonjobs/finalizers` | update |
//! | `batch.example.com` | `sequentialjobs` | list, watch, delete |
//! | `batch.example.com` | `sequentialjobs/status` | update |
//! | `batch.example.com` | `sequentialjobs/finalizers` | update |
//! | `jobsmanager.raczylo.com` | `managedjobs` | list, watch |
//! | `jobsmanager.raczylo.com` | `managedjobs/status` | update |
//! | `jobsmanager.raczylo.com` | `managedjobs/finalizers` | update |
//! | `batch` | `jobs` | get, list, watch, create, patch, delete |
//! | (core) | `events` | get, list, watch, create, patch |
//! | (core) | `nodes`, `pods` | list, watch |
//! | `coordination.k8s.io` | `leases`, in its own namespace, with an election | get, list, watch, create, update |
//!
//! An object is deleted when its `ttlSecondsAfterFinished` has passed. A Job is deleted to stop it or to try it again, and
//! patched to suspend and to resume it. `finalizers` is what `OwnerReferencesPermissionEnforcement` asks of those who set
//! `blockOwnerDeletion`.

mod api;
mod backoff;
mod caches;
mod client;
mod daemon_job;
mod error;
mod events;
mod execute;
mod front_end;
mod job_flow;
mod job_template;
mod jobs;
mod key;
mod leader;
mod lease;
mod managed_job;
mod metrics;
mod models;
mod nodes;
mod objects;
mod pods;
mod queue;
mod reconcile;
mod refusals;
mod refused_pods;
mod sequential_job;
mod shared;
mod start;
mod stored;
mod sync;
mod troubles;
mod unwritten;
mod users;
mod watches;

pub use leader::Election;
pub use start::Controller;
