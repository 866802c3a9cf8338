//! Transitions: what changed from one look at an object to the next, a line each.

use std::collections::HashMap;

use jobflow_core::engine::State;
use jobflow_core::text::sanitized;
use k8s_openapi::jiff::Timestamp;

use super::detail::{duration, headline};
use super::steps::Step;
use super::view::View;
use crate::cli::graph::mark;

/// What has been told of an object so far.
#[derive(Debug, Default)]
pub struct Transitions {
    /// The line of the whole, without its duration.
    whole: Option<(String, String)>,
    /// The word and the reason of each step.
    steps: HashMap<String, (String, Option<String>)>,
}

impl Transitions {
    /// The lines about what is new: steps first, in the order of the graph, and then the whole.
    pub fn of(&mut self, view: &View, now: Timestamp) -> Vec<String> {
        let mut lines = Vec::new();
        for step in &view.steps {
            let told = (step.word.clone(), step.reason.clone());
            let before = self.steps.insert(step.name.clone(), told.clone());
            let is_news = match before {
                Some(before) => before != told,
                // At the first look only what has begun is worth a line.
                None => step.state != State::Waiting || step.reason.is_some(),
            };
            if is_news {
                lines.push(line(step, now));
            }
        }
        let whole = (view.word().to_owned(), view.progress());
        if self.whole.as_ref() != Some(&whole) {
            let mut text = headline(view, now);
            if view.phase().is_end() && !view.message().is_empty() {
                text = format!("{text}: {}", sanitized(view.message()));
            }
            lines.push(text);
            self.whole = Some(whole);
        }
        lines
    }
}

fn line(step: &Step, now: Timestamp) -> String {
    let mut text = format!("{} {} {}", mark(step.state), step.name, step.word);
    if let Some(duration) = duration(step, now).filter(|_| step.state.is_final()) {
        text = format!("{text} after {duration}");
    }
    if let Some(reason) = &step.reason {
        text = format!("{text}: {}", sanitized(reason));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::Transitions;

    fn look(state: &str, rows: &Value) -> View {
        let object = json!({
            "metadata": {"name": "n", "generation": 1},
            "spec": {"flows": [{"name": "b", "dependencies": ["a"]}, {"name": "a"}]},
            "status": {"state": state, "observedGeneration": 1, "message": "flow 'a' failed: Error", "flows": rows},
        });
        View::of(Resource::named("jf").unwrap(), object)
    }

    #[test]
    fn each_change_has_one_line_and_no_change_has_none() {
        let mut told = Transitions::default();
        let mut lines = |state, rows: Value| told.of(&look(state, &rows), "2026-01-01T00:00:05Z".parse().unwrap());
        assert_eq!(lines("Pending", json!([])), ["jobflow/n Pending 0/2"]);
        let runs = json!([{"name": "a", "state": "Active", "start": "2026-01-01T00:00:01Z"}]);
        assert_eq!(lines("Running", runs.clone()), ["● a Active", "jobflow/n Running 0/2"]);
        assert_eq!(lines("Running", runs), Vec::<String>::new());
        let failed = json!([
            {"name": "a", "state": "Failed", "start": "2026-01-01T00:00:01Z", "end": "2026-01-01T00:00:04Z", "reason": "Error: 3"},
            {"name": "b", "state": "Skipped", "reason": "DependencyFailed"},
        ]);
        assert_eq!(
            lines("Failed", failed),
            [
                "✖ a Failed after 3s: Error: 3",
                "⊘ b Skipped: DependencyFailed",
                "jobflow/n Failed 0/2: flow 'a' failed: Error"
            ]
        );
    }
}
