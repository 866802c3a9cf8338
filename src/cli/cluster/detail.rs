//! Detail: one object with its steps in the order of the graph, as `get NAME` shows it.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use jobflow_core::engine::State;
use jobflow_core::text::{named, sanitized};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;

use super::pods::PodsByJob;
use super::span::{seconds_between, span};
use super::steps::Step;
use super::table::Table;
use super::view::View;
use crate::cli::graph::mark;

/// The most names that a message of a waiting step lists.
const NAMES_MAX: usize = 5;

/// An object, its pods, and the time.
pub struct Detail<'a> {
    /// The object.
    pub view: &'a View,
    /// Its pods.
    pub pods: &'a [Pod],
    /// The time, which durations run to.
    pub now: Timestamp,
}

impl fmt::Display for Detail<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", headline(self.view, self.now))?;
        if !self.view.message().is_empty() {
            writeln!(out, "{}", sanitized(self.view.message()))?;
        }
        if self.view.steps.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        write!(out, "{}", self.table())
    }
}

/// `jobflow/nightly   Running   1/3   12s`, as a sentence.
pub fn headline(view: &View, now: Timestamp) -> String {
    let mut line = format!("{} {} {}", view.title(), view.word(), view.progress());
    if let Some(duration) = view.duration(now) {
        let joint = if view.end().is_some() { "after" } else { "for" };
        let _ = write!(line, " {joint} {duration}");
    }
    line
}

impl Detail<'_> {
    /// One row a step, with the groups of a ManagedJob between them.
    fn table(&self) -> Table {
        let (pods, waits) = (PodsByJob::of(self.pods), Waits::of(self.view));
        let mut table = Table::new(&["STEP", "STATUS", "DURATION", "POD", "EXIT", "MESSAGE"]);
        let mut group = None;
        let steps = &self.view.steps;
        for (position, step) in steps.iter().enumerate() {
            let next = steps.get(position + 1);
            if step.group.is_some() && step.group != group {
                group.clone_from(&step.group);
                let is_last = steps.last().is_some_and(|last| last.group == group);
                table.push(&[format!("{}{}", turn(is_last), group.as_deref().unwrap_or_default())]);
            }
            let indent = match &step.group {
                None => "",
                Some(_) if steps.last().is_some_and(|last| last.group == step.group) => "    ",
                Some(_) => "│   ",
            };
            let is_last = next.is_none_or(|next| next.group != step.group);
            let mut row = self.row(step, &pods, &waits);
            row.insert(
                0,
                format!("{indent}{}{} {}", turn(is_last), mark(step.state), step.short_name()),
            );
            table.push(&row);
        }
        table
    }

    /// All columns but the first.
    fn row(&self, step: &Step, pods: &PodsByJob<'_>, waits: &Waits<'_>) -> Vec<String> {
        vec![
            step.word.clone(),
            duration(step, self.now).unwrap_or_default(),
            pods.shown(step),
            pods.exit_code(step).map_or_else(String::new, |code| code.to_string()),
            pods.message(step).or_else(|| waits.told(step)).unwrap_or_default(),
        ]
    }
}

fn turn(is_last: bool) -> &'static str {
    if is_last { "└── " } else { "├── " }
}

/// The state of the step that a row of the table is about; `None` for all other lines.
pub fn state_of_row(line: &str) -> Option<State> {
    let row = line.trim_start_matches(['│', ' ']);
    let row = [true, false]
        .iter()
        .find_map(|&is_last| row.strip_prefix(turn(is_last)))?;
    let states = [
        State::Waiting,
        State::Active,
        State::Succeeded,
        State::Failed,
        State::Skipped,
    ];
    states.into_iter().find(|&state| row.starts_with(mark(state)))
}

/// How long the Job of a step took, or has taken.
pub fn duration(step: &Step, now: Timestamp) -> Option<String> {
    let until = if step.state.is_final() { step.end? } else { now };
    Some(span(seconds_between(step.start?, until)))
}

/// What the steps of an object wait for.
pub struct Waits<'a> {
    view: &'a View,
    /// The groups that have not ended.
    open_groups: HashSet<&'a str>,
}

impl<'a> Waits<'a> {
    /// Of this object.
    pub fn of(view: &'a View) -> Self {
        let open = view.steps.iter().filter(|step| !step.state.is_final());
        Self {
            view,
            open_groups: open.filter_map(|step| step.group.as_deref()).collect(),
        }
    }

    /// The sentence about a waiting step: the steps and groups before it that have not ended.
    pub fn told(&self, step: &Step) -> Option<String> {
        if step.state != State::Waiting {
            return None;
        }
        let steps = step.after.iter().filter_map(|&at| self.view.steps.get(at));
        let steps = steps
            .filter(|step| !step.state.is_final())
            .map(|step| named(step.short_name()));
        let groups = step
            .after_groups
            .iter()
            .filter(|group| self.open_groups.contains(group.as_str()));
        let names: Vec<String> = steps
            .chain(groups.map(|group| format!("group {}", named(group))))
            .collect();
        let shown = names.get(..NAMES_MAX.min(names.len())).unwrap_or_default().join(", ");
        match names.len().saturating_sub(NAMES_MAX) {
            0 if names.is_empty() => None,
            0 => Some(format!("waits for {shown}")),
            more => Some(format!("waits for {shown} and {more} more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::Detail;

    fn shown(kind: &str, object: Value) -> String {
        let view = View::of(Resource::named(kind).unwrap(), object);
        let detail = Detail {
            view: &view,
            pods: &[],
            now: "2026-01-01T00:01:00Z".parse().unwrap(),
        };
        detail.to_string()
    }

    #[test]
    fn the_steps_of_a_flow_come_in_the_order_of_the_graph() {
        let flow = |name: &str, dependencies: &[&str]| json!({"name": name, "dependencies": dependencies});
        let object = json!({
            "metadata": {"name": "nightly", "generation": 1},
            "spec": {"flows": [flow("load", &["train", "fetch"]), flow("fetch", &[]), flow("train", &["fetch"]), flow("x", &["x1"])]},
            "status": {
                "state": "Running", "observedGeneration": 1, "startTime": "2026-01-01T00:00:10Z", "message": "runs",
                "flows": [
                    {"name": "fetch", "state": "Succeeded", "start": "2026-01-01T00:00:10Z", "end": "2026-01-01T00:00:12Z"},
                    {"name": "train", "state": "Active", "start": "2026-01-01T00:00:12Z"},
                    {"name": "load", "state": "Waiting"},
                    {"name": "x", "state": "Skipped", "reason": "NothingFailed"},
                ],
            },
        });
        let expected = "\
jobflow/nightly Running 1/4 for 50s
runs

STEP          STATUS      DURATION   POD   EXIT   MESSAGE
├── ✔ fetch   Succeeded   2s
├── ● train   Active      48s
├── ○ load    Waiting                             waits for 'train'
└── ⊘ x       Skipped                             NothingFailed
";
        assert_eq!(shown("jf", object), expected);
    }

    #[test]
    fn the_jobs_of_a_managed_job_stand_under_their_groups() {
        let job = |name: &str| json!({"name": name, "image": "busybox"});
        let object = json!({
            "apiVersion": "jobsmanager.raczylo.com/v1beta1", "kind": "ManagedJob",
            "metadata": {"name": "m", "namespace": "default"},
            "spec": {"groups": [{"name": "g", "jobs": [job("a"), job("b")]}, {"name": "h", "jobs": [job("c")]}]},
        });
        let expected = "\
managedjob/m Pending 0/3

STEP          STATUS    DURATION   POD   EXIT   MESSAGE
├── g
│   ├── ○ a   pending
│   └── ○ b   pending                           waits for 'a'
└── h
    └── ○ c   pending                           waits for group 'g'
";
        assert_eq!(shown("mj", object), expected);
    }
}
