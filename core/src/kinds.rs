//! The kinds that jobflow serves, and what each brings to admission.

use serde_json::Value;

use crate::admission::Candidate;
use crate::change::Change;
use crate::diagnostic::Report;
use crate::{daemon_job, job_flow, job_template, managed_job, sequential_job};

/// One kind: its identity, and its part of the stages of admission.
#[derive(Debug)]
pub struct Kind {
    /// The API group.
    pub group: &'static str,
    /// The API version.
    pub version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// The resource, in lower case.
    pub plural: &'static str,
    /// normalize: never fails, idempotent; tolerates JSON of any shape.
    pub(crate) normalize: fn(&Value) -> Vec<Change>,
    /// Whether the rules look at what normalization changes. Where they do not, an object is reviewed as it was written, and its
    /// normal form, which may be far larger, is never made.
    pub(crate) rules_see_changes: bool,
    /// shape and rules.
    pub(crate) check: fn(&Candidate<'_>, &mut Report),
    /// What may not change from the old object (first) to the new one.
    pub(crate) check_update: fn(&Value, &Value, &mut Report),
}

/// All kinds.
pub static ALL: &[&Kind] = &[
    &job_flow::KIND,
    &job_template::KIND,
    &daemon_job::KIND,
    &managed_job::KIND,
    &sequential_job::KIND,
];

impl Kind {
    /// `group/version`.
    pub fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }
}

/// Names as a sentence lists them: `'A', 'B' and 'C'`.
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
