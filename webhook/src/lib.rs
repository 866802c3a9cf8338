//! The admission webhook: bytes in, `AdmissionReview` out, over TLS.
//!
//! ```text
//! bytes ── body ──> envelope ──> submission ── judge (jobflow_core) ──> judgement ──> reply        (handler.rs)
//! socket ── handshake ──> pace (timers) ── HTTP ──> app                                            (serve.rs)
//! ```
//!
//! It knows no Kubernetes client: the questions about the cluster are asked of a
//! [`jobflow_core::admission::TemplateIndex`], from memory.

mod app;
mod body;
mod connection;
mod deadline;
mod denial;
mod envelope;
mod handler;
mod judge;
mod metrics;
mod pace;
mod problem;
mod reply;
mod serve;
mod slots;
mod text;
mod warnings;
mod webhook;
mod workers;

pub use app::app;
pub use metrics::Metrics;
pub use serve::{IDLE_TIMEOUT, ServeLimits, listen, serve};
pub use webhook::Webhook;
