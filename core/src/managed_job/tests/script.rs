//! Scenario scripts of a ManagedJob.

use crds::{ManagedGroupRow, ManagedJobRow, ManagedJobStatus};
use serde_json::{Value, json};

use super::world::{World, object};
use crate::engine::testing::script::{Headline, play, span};

/// Runs a script. Its first lines are the groups, `name: job job`, up to an empty line; then come the commands. A `+` behind
/// a name makes it parallel, `<a,b` behind a name makes it depend on these two.
pub fn run(script: &str) -> String {
    let (groups, commands) = script.trim().split_once("\n\n").expect("an empty line ends the groups");
    let groups: Vec<Value> = groups.lines().map(group).collect();
    let mut world = World::new(&object(json!({"groups": groups})));
    play(&mut world, commands, perform, status_text)
}

fn group(line: &str) -> Value {
    let (head, jobs) = line.trim().split_once(':').expect("a group has jobs");
    let mut group = member(head);
    let job = |word| {
        let mut job = member(word);
        job["image"] = json!("busybox");
        job
    };
    group["jobs"] = jobs.split_whitespace().map(job).collect();
    group
}

fn member(word: &str) -> Value {
    let (name, dependencies) = word.split_once('<').unwrap_or((word, ""));
    let dependencies = dependencies.split(',').filter(|name| !name.is_empty());
    let dependencies: Vec<Value> = dependencies.map(|name| json!({"name": name})).collect();
    json!({"name": name.trim_end_matches('+'), "parallel": name.ends_with('+'), "dependencies": dependencies})
}

fn perform(world: &mut World, words: &[&str]) -> bool {
    match words {
        ["fail-pods", step] => world.fail_pods(&world.job_of(step)),
        _ => return false,
    }
    true
}

fn status_text(status: &ManagedJobStatus) -> String {
    let headline = Headline {
        state: status.state.map_or_else(String::new, |state| format!("{state:?}")),
        progress: status.progress.as_deref(),
        start: status.start_time.as_ref(),
        end: status.completion_time.as_ref(),
        message: status.message.as_deref(),
        conditions: &status.conditions,
    };
    headline.text() + &status.groups.iter().map(group_text).collect::<String>()
}

fn group_text(group: &ManagedGroupRow) -> String {
    let head = format!("  {} {:?}{}\n", group.name, group.state, after(&group.dependencies));
    head + &group.jobs.iter().map(row_text).collect::<String>()
}

fn row_text(row: &ManagedJobRow) -> String {
    let span = span(row.start.as_ref(), row.end.as_ref());
    let after = after(&row.dependencies);
    let reason = row.reason.as_deref().unwrap_or_default();
    let text = format!("  - {} {:?} {span}{after} {reason}", row.name, row.state);
    format!("{}\n", text.trim_end())
}

fn after(dependencies: &[String]) -> String {
    if dependencies.is_empty() {
        return String::new();
    }
    format!(" after {}", dependencies.join(","))
}
