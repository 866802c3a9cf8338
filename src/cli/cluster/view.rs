//! View: an object of any of the kinds, with its status in one form. Reads JSON and not wire types, so that an operator of
//! another version still shows what it can.

use jobflow_core::engine::{self, Phase, RETRY, State, reason};
use jobflow_core::{daemon_job, job_flow, managed_job, sequential_job};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::kinds::Resource;
use super::managed_steps;
use super::span::{seconds_between, span};
use super::steps::{self, Step};

/// What a kind's own word says an object as a whole has come to.
fn phase_of(word: &str) -> Phase {
    match word.to_lowercase().as_str() {
        "running" => Phase::Running,
        "suspended" => Phase::Suspended,
        "terminating" | "aborted" => Phase::Terminating,
        "succeed" | "succeeded" => Phase::Succeeded,
        "failed" => Phase::Failed,
        _ => Phase::Pending,
    }
}

/// An object as users see it.
#[derive(Clone, Debug)]
pub struct View {
    /// Its kind.
    pub resource: &'static Resource,
    /// The object as it is stored.
    pub object: Value,
    /// Its steps in the order of the graph.
    pub steps: Vec<Step>,
}

impl View {
    /// Looks at a stored object of this kind.
    pub fn of(resource: &'static Resource, object: Value) -> Self {
        let steps = if resource.is(&job_flow::KIND) {
            steps::of_job_flow(&object)
        } else if resource.is(&daemon_job::KIND) {
            steps::of_daemon_job(&object)
        } else if resource.is(&managed_job::KIND) {
            managed_steps::of_managed_job(&object)
        } else if resource.is(&sequential_job::KIND) {
            steps::of_sequential_job(&object)
        } else {
            Vec::new()
        };
        Self {
            resource,
            object,
            steps,
        }
    }

    /// A text of the object, empty where there is none.
    pub fn text(&self, pointer: &str) -> &str {
        text(&self.object, pointer)
    }

    /// A time of the object.
    pub fn time(&self, pointer: &str) -> Option<Timestamp> {
        self.text(pointer).parse().ok()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// Its uid.
    pub fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    /// `jobflow/nightly`, as commands take it.
    pub fn title(&self) -> String {
        format!("{}/{}", self.resource.singular, self.name())
    }

    /// The word of the STATUS column; `Pending` until the controller has seen it.
    pub fn word(&self) -> &str {
        let status = ["/status/state", "/status/phase"].map(|pointer| self.text(pointer));
        status.into_iter().find(|word| !word.is_empty()).unwrap_or("Pending")
    }

    /// What it has come to. An end that the controller told before the last change of the spec, or before a retry that it
    /// has not acted on, is none.
    pub fn phase(&self) -> Phase {
        let phase = phase_of(self.word());
        if self.is_deleted() {
            self.end_before_deletion().unwrap_or(Phase::Terminating)
        } else if phase.is_end() && (self.is_outdated() || self.wants_retry()) {
            Phase::Running
        } else {
            phase
        }
    }

    /// How it ended before it was deleted, as by `ttlSecondsAfterFinished`. The word tells only of the deletion by then.
    fn end_before_deletion(&self) -> Option<Phase> {
        self.end()?;
        let holds = |kind| self.has_condition(kind, "True");
        let succeeded = holds(reason::COMPLETE) || holds(reason::AVAILABLE);
        let failed = holds(reason::FAILED).then_some(Phase::Failed);
        failed.or(succeeded.then_some(Phase::Succeeded))
    }

    fn is_outdated(&self) -> bool {
        let number = |pointer| self.object.pointer(pointer).and_then(Value::as_i64);
        number("/status/observedGeneration") < number("/metadata/generation")
    }

    /// Whether somebody asked to try again what failed, and the controller has not yet.
    pub fn wants_retry(&self) -> bool {
        let retries = self.resource.is(&job_flow::KIND) || self.resource.is(&daemon_job::KIND);
        let wanted = self.annotation(RETRY);
        let handled = Some(self.text("/status/lastHandledRetry")).filter(|value| !value.is_empty());
        retries && engine::new_retry(wanted, handled).is_some()
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.object.get("metadata")?.get("annotations")?.get(key)?.as_str()
    }

    /// Whether it is being deleted.
    pub fn is_deleted(&self) -> bool {
        !self.text("/metadata/deletionTimestamp").is_empty()
    }

    /// Whether its spec says that nothing may run.
    pub fn is_suspended(&self) -> bool {
        self.object.pointer("/spec/suspend").and_then(Value::as_bool) == Some(true)
    }

    /// What the status says in one sentence.
    pub fn message(&self) -> &str {
        self.text("/status/message")
    }

    /// How many steps there are, and how many of them succeeded.
    pub fn progress(&self) -> String {
        let succeeded = self.steps.iter().filter(|step| step.state == State::Succeeded);
        format!("{}/{}", succeeded.count(), self.steps.len())
    }

    /// When it began to run.
    pub fn start(&self) -> Option<Timestamp> {
        self.time("/status/startTime")
    }

    /// When it ended.
    pub fn end(&self) -> Option<Timestamp> {
        self.time("/status/completionTime")
    }

    /// How long it ran, or runs until `now`.
    pub fn duration(&self, now: Timestamp) -> Option<String> {
        Some(span(self.duration_seconds(now)?))
    }

    /// The same as a number.
    pub fn duration_seconds(&self, now: Timestamp) -> Option<u64> {
        Some(seconds_between(self.start()?, self.end().unwrap_or(now)))
    }

    /// How long it has been there.
    pub fn age(&self, now: Timestamp) -> Option<String> {
        Some(span(seconds_between(self.time("/metadata/creationTimestamp")?, now)))
    }

    /// Its conditions.
    pub fn conditions(&self) -> &[Value] {
        let conditions = self.object.pointer("/status/conditions").and_then(Value::as_array);
        conditions.map_or(&[], Vec::as_slice)
    }

    /// Whether it has this condition with this status.
    pub fn has_condition(&self, kind: &str, status: &str) -> bool {
        let held = |condition: &Value| text(condition, "/type").eq_ignore_ascii_case(kind);
        let told = self.conditions().iter().find(|condition| held(condition));
        told.is_some_and(|condition| text(condition, "/status").eq_ignore_ascii_case(status))
    }
}

/// A text at a place in JSON, empty where there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::kinds::Resource;
    use super::{Phase, View};

    fn view(kind: &str, object: Value) -> View {
        View::of(Resource::named(kind).unwrap(), object)
    }

    fn ended(annotations: &Value, generation: i64) -> View {
        view(
            "jf",
            json!({
                "metadata": {"name": "f", "generation": generation, "annotations": annotations},
                "status": {"state": "Failed", "observedGeneration": 1, "lastHandledRetry": "1"},
            }),
        )
    }

    #[test]
    fn an_end_counts_only_when_nothing_newer_was_asked_for() {
        assert_eq!(ended(&json!({}), 1).phase(), Phase::Failed);
        assert_eq!(ended(&json!({}), 2).phase(), Phase::Running);
        let retry = |value| ended(&json!({"api.practice.com/retry": value}), 1).phase();
        assert_eq!((retry("1"), retry("2")), (Phase::Failed, Phase::Running));
    }

    #[test]
    fn an_end_stays_one_while_the_object_is_deleted() {
        let deleted = |status| {
            let metadata = json!({"name": "f", "deletionTimestamp": "2026-01-01T00:00:00Z"});
            view("jf", json!({"metadata": metadata, "status": status})).phase()
        };
        assert_eq!(deleted(json!({"state": "Terminating"})), Phase::Terminating);
        let ended = |kind| {
            let condition = json!({"type": kind, "status": "True"});
            deleted(json!({
                "state": "Terminating", "completionTime": "2026-01-01T00:00:00Z", "conditions": [condition],
            }))
        };
        assert_eq!((ended("Complete"), ended("Failed")), (Phase::Succeeded, Phase::Failed));
    }

    #[test]
    fn each_kind_has_its_word_for_the_same() {
        let phase = |kind, status| view(kind, json!({"status": status})).phase();
        assert_eq!(phase("jf", json!({"state": "Succeed"})), Phase::Succeeded);
        assert_eq!(phase("mj", json!({"state": "succeeded"})), Phase::Succeeded);
        assert_eq!(phase("sj", json!({"phase": "Failed"})), Phase::Failed);
        assert_eq!(phase("jf", json!({})), Phase::Pending);
        assert_eq!(phase("mj", json!({"state": "aborted"})), Phase::Terminating);
    }
}
