//! JobTemplate: runs nothing itself; its status tells which Jobs were made from it.

use std::cmp::Reverse;
use std::sync::Arc;

use crds::{FlowRow, JobFlow, JobReference, JobTemplate, JobTemplateStatus};
use jobflow_core::diagnostic::Report;
use jobflow_core::examine::Examined;
use jobflow_core::job_flow::TemplateState;
use serde_json::Value;

use crate::api;
use crate::caches::Caches;
use crate::error::Error;
use crate::key::Key;
use crate::objects::Change;
use crate::queue::Again;
use crate::shared::Shared;
use crate::stored::Stored;
use crate::users::{needs, rows_from};

/// The most Jobs that a status lists: enough to see who uses a template, small enough to be written often.
const JOBS_LISTED_MAX: usize = 50;

/// Brings the status of a JobTemplate up to date.
pub(crate) async fn reconcile(shared: &Shared, key: &Key) -> Result<Again, Error> {
    let Some(stored) = shared.caches.templates.get(&key.namespace, &key.name) else {
        shared.unwritten.forget(key);
        return Ok(None);
    };
    let users = shared.caches.users_of(&key.namespace, &key.name);
    let status = status(&stored.object, users.iter().map(|user| &user.object));
    let is_news = stored.object.status.as_ref() != Some(&status);
    if let Some(until) = shared.unwritten.wait(key, is_news) {
        return Ok(Some(until));
    }
    if is_news {
        let written = api::write_status(&shared.client, &stored, &status).await?;
        shared.caches.templates.put_own_write(written);
    }
    Ok(None)
}

/// A JobTemplate has changed: its status may be outdated, and flows may have waited for it.
pub(crate) fn changed(shared: &Shared, change: &Change<JobTemplate>) {
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    if let Some(old) = old.filter(|old| new.is_none_or(|new| new.uid() != old.uid())) {
        shared.caches.template_models.forget(old.uid());
    }
    let Some(either) = new.or(old).filter(|_| change.is_of_substance()) else {
        return;
    };
    if let Some(new) = new {
        shared.queue.wake(Key::of(&new.object));
    }
    let users = shared.caches.users_of(either.namespace(), either.name()).into_iter();
    for flow in users.filter(|flow| needs(&flow.object, either.name())) {
        shared.queue.wake(Key::of(&flow.object));
    }
}

/// What a flow can make of the template of this name; `None` if there is none.
pub(crate) fn state(caches: &Caches, namespace: &str, name: &str) -> Option<TemplateState> {
    let stored: Arc<Stored<JobTemplate>> = caches.templates.get(namespace, name)?;
    let examine = |json: &Value| {
        let Examined { report, model } = jobflow_core::job_template::examine(json);
        Examined {
            report,
            model: model.map(Arc::new),
        }
    };
    let models = &caches.template_models;
    let examined = models.get(&stored, examine);
    Some(match &examined.model {
        Some(spec) => TemplateState::Valid(Arc::clone(spec)),
        None => TemplateState::Invalid(first_denial(&examined.report)),
    })
}

/// The first fault, and how many more there are: who mends it looks at the template, which is refused with all of them.
fn first_denial(report: &Report) -> String {
    let first = report.denials().next().map(ToString::to_string).unwrap_or_default();
    match report.denials().count() {
        0 | 1 => first,
        count => format!("{first} (and {} more)", count - 1),
    }
}

/// What the rows of the flows that use a template say of it.
fn status<'a>(template: &JobTemplate, users: impl Iterator<Item = &'a JobFlow>) -> JobTemplateStatus {
    let name = template.metadata.name.as_deref().unwrap_or_default();
    let mut made: Vec<(&JobFlow, &FlowRow)> = users
        .flat_map(|flow| rows_from(flow, name).flatten().map(move |row| (flow, row)))
        .filter(|(_, row)| row.start.is_some())
        .collect();
    // Newest first, and where the second that times are told in does not decide, by name: same input, same status.
    made.sort_by_key(|(_, row)| (Reverse(row.start.as_ref().map(|start| start.0)), &row.job));
    let listed = made.iter().take(JOBS_LISTED_MAX).map(|(flow, row)| JobReference {
        job_flow: flow.metadata.name.clone().unwrap_or_default(),
        job: row.job.clone().unwrap_or_default(),
    });
    JobTemplateStatus {
        observed_generation: template.metadata.generation.unwrap_or_default(),
        used: i64::try_from(made.len()).ok(),
        dependency_list: listed.collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn template() -> JobTemplate {
        serde_json::from_value(json!({"metadata": {"name": "t", "generation": 3}, "spec": {"jobTemplate": {}}}))
            .unwrap()
    }

    fn flow(name: &str, rows: &[Value]) -> JobFlow {
        let steps: Vec<Value> = rows
            .iter()
            .map(|row| json!({"name": row["name"], "jobTemplateRef": "t"}))
            .collect();
        let json = json!({"metadata": {"name": name}, "spec": {"flows": steps}, "status": {"flows": rows}});
        serde_json::from_value(json).unwrap()
    }

    fn row(name: &str, second: u32) -> Value {
        json!({"name": name, "job": format!("f-{name}"), "state": "Active", "start": format!("2026-01-01T00:00:{second:02}Z")})
    }

    #[test]
    fn jobs_that_were_made_are_counted_and_the_newest_listed_first() {
        let waiting = json!({"name": "w", "state": "Waiting"});
        let flows = [
            flow("f", &[row("a", 1), waiting]),
            flow("g", &[row("c", 2), row("b", 2)]),
        ];
        let status = status(&template(), flows.iter());
        assert_eq!((status.observed_generation, status.used), (3, Some(3)));
        let jobs: Vec<(&str, &str)> = status
            .dependency_list
            .iter()
            .map(|job| (job.job_flow.as_str(), job.job.as_str()))
            .collect();
        assert_eq!(jobs, [("g", "f-b"), ("g", "f-c"), ("f", "f-a")]);
    }

    #[test]
    fn the_list_is_bounded_and_the_count_is_not() {
        let rows: Vec<Value> = (0..60).map(|number| row(&format!("s{number:02}"), number)).collect();
        let status = status(&template(), [flow("f", &rows)].iter());
        assert_eq!((status.used, status.dependency_list.len()), (Some(60), 50));
        assert_eq!(status.dependency_list[0].job, "f-s59");
    }

    #[test]
    fn a_template_that_nobody_uses_says_so() {
        assert_eq!(status(&template(), [].iter()).used, Some(0));
    }
}
