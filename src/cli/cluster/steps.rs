//! Steps: the flows, nodes, jobs or containers of an object in one form, in the order of its graph.

use std::collections::HashMap;
use std::sync::Arc;

use jobflow_core::engine::{State, reason};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::order::ordered;
use super::view::text;

/// The state that a kind's own word for it stands for.
fn state_of(word: &str) -> State {
    match word.to_lowercase().as_str() {
        "active" | "running" => State::Active,
        "succeeded" => State::Succeeded,
        "failed" => State::Failed,
        "skipped" | "aborted" => State::Skipped,
        _ => State::Waiting,
    }
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// Its name, unique in the object; of a job in a group `<group>/<job>`.
    pub name: String,
    /// The group that it stands in, in kinds that have groups.
    pub group: Option<String>,
    /// The name of its Job, whether it is made or not; `None` where only the operator knows it.
    pub job: Option<String>,
    /// Where it stands.
    pub state: State,
    /// The same in the kind's own word.
    pub word: String,
    /// When its Job was made.
    pub start: Option<Timestamp>,
    /// When its Job ended.
    pub end: Option<Timestamp>,
    /// Why it waits, failed or was skipped.
    pub reason: Option<String>,
    /// The positions of the steps that it waits for.
    pub after: Vec<usize>,
    /// The names of the groups that it waits for. Steps of a group share them: a large group would have many.
    pub after_groups: Arc<[String]>,
}

impl Step {
    /// The name within its group.
    pub fn short_name(&self) -> &str {
        match &self.group {
            Some(group) => self.name.get(group.len() + 1..).unwrap_or(&self.name),
            None => &self.name,
        }
    }

    /// What the status says of it.
    pub fn told_by(mut self, row: Option<&Value>, default_word: &str) -> Self {
        let word = row.map_or("", |row| text(row, "/state"));
        self.word = if word.is_empty() { default_word } else { word }.to_owned();
        self.state = state_of(&self.word);
        if let Some(row) = row {
            self.start = text(row, "/start").parse().ok();
            self.end = text(row, "/end").parse().ok();
            self.reason = Some(text(row, "/reason").to_owned()).filter(|reason| !reason.is_empty());
            let job = text(row, "/job");
            if !job.is_empty() {
                self.job = Some(job.to_owned());
            }
        }
        self
    }

    /// The reason with what is missing or in the way: the row of a status has no room for names.
    fn waiting_for(mut self, template: &str) -> Self {
        let subject = match self.reason.as_deref() {
            Some(reason::TEMPLATE_NOT_FOUND | reason::TEMPLATE_INVALID) => Some(template),
            Some(reason::NAME_CONFLICT) => self.job.as_deref(),
            _ => None,
        };
        if let (Some(subject), Some(reason)) = (subject, &self.reason) {
            self.reason = Some(format!("{reason}: {subject}"));
        }
        self
    }
}

/// A list in JSON, empty where there is none.
pub fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn by_name(rows: &[Value]) -> HashMap<&str, &Value> {
    rows.iter().map(|row| (text(row, "/name"), row)).collect()
}

/// The flows of a JobFlow.
pub fn of_job_flow(object: &Value) -> Vec<Step> {
    let flows = list(object, "/spec/flows");
    let rows = by_name(list(object, "/status/flows"));
    let places: HashMap<&str, usize> = flows
        .iter()
        .enumerate()
        .map(|(at, flow)| (text(flow, "/name"), at))
        .collect();
    let step = |flow: &Value| {
        let name = text(flow, "/name");
        let after = list(flow, "/dependencies").iter().filter_map(Value::as_str);
        Step {
            name: name.to_owned(),
            job: Some(format!("{}-{name}", text(object, "/metadata/name"))),
            after: after.filter_map(|name| places.get(name).copied()).collect(),
            ..Step::default()
        }
        .told_by(rows.get(name).copied(), "Waiting")
        .waiting_for(text(flow, "/jobTemplateRef"))
    };
    ordered(flows.iter().map(step).collect())
}

/// The nodes of a DaemonJob, as far as the operator has chosen them.
pub fn of_daemon_job(object: &Value) -> Vec<Step> {
    let step = |row: &Value| {
        let name = text(row, "/name").to_owned();
        Step {
            name,
            ..Step::default()
        }
        .told_by(Some(row), "Waiting")
    };
    list(object, "/status/nodes").iter().map(step).collect()
}

/// The containers of a SequentialJob. Its status has no rows: the progress tells of each.
pub fn of_sequential_job(object: &Value) -> Vec<Step> {
    let containers = list(object, "/spec/containers");
    let index = |pointer| {
        object
            .pointer(pointer)
            .and_then(Value::as_u64)
            .and_then(|at| usize::try_from(at).ok())
    };
    let done = list(object, "/status/progress/completedIndices").len();
    let failed = index("/status/progress/failedIndex");
    let is_active = index("/status/state/active").is_some_and(|active| active > 0);
    let state = |at: usize| match failed {
        _ if at < done => "Succeeded",
        Some(failed) if at == failed => "Failed",
        Some(_) => "Skipped",
        None if at == done && is_active => "Active",
        None => "Waiting",
    };
    let step = |(at, container): (usize, &Value)| Step {
        name: text(container, "/name").to_owned(),
        job: Some(format!("{}-{at}", text(object, "/metadata/name"))),
        state: state_of(state(at)),
        word: state(at).to_owned(),
        start: (state(at) == "Active")
            .then(|| text(object, "/status/progress/currentStartTime").parse().ok())
            .flatten(),
        reason: (failed == Some(at))
            .then(|| text(object, "/status/progress/failureReason").to_owned())
            .filter(|reason| !reason.is_empty()),
        after: at.checked_sub(1).into_iter().collect(),
        ..Step::default()
    };
    containers.iter().enumerate().map(step).collect()
}

/// A line a step, for tests.
#[cfg(test)]
pub fn shown(steps: &[Step]) -> Vec<String> {
    let line = |step: &Step| {
        let after: Vec<String> = step.after.iter().map(ToString::to_string).collect();
        let job = step.job.as_deref().unwrap_or_default();
        format!(
            "{} {} {job} after [{}] {:?}",
            crate::cli::graph::mark(step.state),
            step.name,
            after.join(","),
            step.after_groups
        )
    };
    steps.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{of_job_flow, of_sequential_job, shown};

    #[test]
    fn flows_come_in_the_order_of_the_graph_with_what_the_status_says() {
        let object = json!({
            "metadata": {"name": "n"},
            "spec": {"flows": [{"name": "b", "dependencies": ["a", "?"]}, {"name": "a"}]},
            "status": {"flows": [{"name": "a", "state": "Failed", "reason": "OOMKilled: x"}]},
        });
        let steps = of_job_flow(&object);
        assert_eq!(shown(&steps), ["✖ a n-a after [] []", "○ b n-b after [0] []"]);
        assert_eq!(steps[0].reason.as_deref(), Some("OOMKilled: x"));
    }

    #[test]
    fn a_flow_that_waits_tells_for_what() {
        let flow = |name: &str, template: &str| json!({"name": name, "jobTemplateRef": template});
        let row = |name: &str, reason: &str| json!({"name": name, "state": "Waiting", "reason": reason});
        let object = json!({
            "metadata": {"name": "n"},
            "spec": {"flows": [flow("a", "late"), flow("b", "wrong"), flow("c", "good"), flow("d", "good")]},
            "status": {"flows": [
                row("a", "TemplateNotFound"), row("b", "TemplateInvalid"), row("c", "NameConflict"), row("d", "")]},
        });
        let reasons = of_job_flow(&object)
            .into_iter()
            .map(|step| step.reason.unwrap_or_default());
        assert_eq!(
            reasons.collect::<Vec<_>>(),
            [
                "TemplateNotFound: late",
                "TemplateInvalid: wrong",
                "NameConflict: n-c",
                ""
            ]
        );
    }

    #[test]
    fn the_progress_of_a_sequential_job_tells_of_each_container() {
        let with = |progress: Value| {
            let containers = json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]);
            let object = json!({"metadata": {"name": "s"}, "spec": {"containers": containers}, "status": progress});
            let words = of_sequential_job(&object).into_iter().map(|step| step.word);
            words.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(with(json!({})), "Waiting Waiting Waiting");
        let runs = json!({"state": {"active": 1}, "progress": {"completedIndices": [0]}});
        assert_eq!(with(runs), "Succeeded Active Waiting");
        let failed = json!({"progress": {"completedIndices": [0], "failedIndex": 1}});
        assert_eq!(with(failed), "Succeeded Failed Skipped");
    }
}
