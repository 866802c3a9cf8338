//! Scenario scripts: one command a line, and after each plan what was done, what was told, and the status.

use std::fmt::Write;

use crds::{ManagedJobRow, ManagedJobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};

use super::world::{Age, Until, World, object};
use crate::engine::{Action, Plan};

/// Runs a script. Its first lines are the groups, `name: job job`, up to an empty line; then come the commands. A second
/// passes before each. A `+` behind a name makes it parallel, `<a,b` behind a name makes it depend on these two.
pub fn run(script: &str) -> String {
    let (groups, commands) = script.trim().split_once("\n\n").expect("an empty line ends the groups");
    let groups: Vec<Value> = groups.lines().map(group).collect();
    let mut world = World::new(&object(json!({"groups": groups})));
    let mut out = String::new();
    for command in commands.lines().map(str::trim) {
        world.seconds += 1;
        writeln!(out, "{}> {command}", world.seconds).unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        perform(&mut world, &words, &mut out);
    }
    out
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

fn perform(world: &mut World, words: &[&str], out: &mut String) {
    let job = |name: &str| format!("demo-{}", name.replace('/', "-"));
    match words {
        ["plan"] => {
            let before = world.status();
            let planned = world
                .reconcile(Age::default(), Until::End)
                .expect("a plan from current facts");
            let idle = planned.status == before && planned.actions.is_empty() && planned.events.is_empty();
            out.push_str(&if idle {
                "  nothing to do\n".to_owned()
            } else {
                told(&planned)
            });
        }
        ["crash", "after", "status"] => drop(world.reconcile(Age::default(), Until::StatusWritten)),
        ["crash", "after", count, ..] => {
            drop(world.reconcile(Age::default(), Until::ActionsDone(count.parse().unwrap())));
        }
        ["complete", names @ ..] => names.iter().for_each(|name| world.end(&job(name), "Complete", "", "")),
        ["fail", name, reason, message @ ..] => {
            world.end(&job(name), "Failed", reason, &message.join(" "));
        }
        ["fail-pods", name] => world.fail_pods(&job(name)),
        ["delete", name] => world.delete(&job(name)),
        ["gone", name] => world.remove(&job(name)),
        ["occupy", name] => world.occupy(&job(name)),
        ["delete-object"] => world.delete_object(),
        words => panic!("unknown command {words:?}"),
    }
}

fn told(planned: &Plan<ManagedJobStatus>) -> String {
    let mut out = String::new();
    for action in &planned.actions {
        let Action::CreateJob(job) = action else {
            panic!("this kind never asks for {action:?}")
        };
        writeln!(out, "  create {}", job.metadata.name.as_deref().unwrap()).unwrap();
    }
    for event in &planned.events {
        writeln!(out, "  {:?} {}: {}", event.severity, event.reason, event.message).unwrap();
    }
    out + &status_text(&planned.status)
}

fn status_text(status: &ManagedJobStatus) -> String {
    let mut out = String::new();
    let state = status.state.map_or_else(String::new, |state| format!("{state:?}"));
    let progress = status.progress.as_deref().unwrap_or_default();
    let (start, end) = (
        second(status.start_time.as_ref()),
        second(status.completion_time.as_ref()),
    );
    let message = status.message.as_deref().unwrap_or_default();
    writeln!(out, "  {state} {progress} [{start}..{end}] {message}").unwrap();
    for held in &status.conditions {
        let since = second(Some(&held.last_transition_time));
        writeln!(out, "  {}={} {} since {since}", held.type_, held.status, held.reason).unwrap();
    }
    for group in &status.groups {
        let after = after(&group.dependencies);
        writeln!(out, "  {} {:?}{after}", group.name, group.state).unwrap();
        group.jobs.iter().for_each(|row| out.push_str(&row_text(row)));
    }
    out
}

fn row_text(row: &ManagedJobRow) -> String {
    let (start, end) = (second(row.start.as_ref()), second(row.end.as_ref()));
    let after = after(&row.dependencies);
    let reason = row.reason.as_deref().unwrap_or_default();
    let text = format!("  - {} {:?} [{start}..{end}]{after} {reason}", row.name, row.state);
    format!("{}\n", text.trim_end())
}

fn after(dependencies: &[String]) -> String {
    if dependencies.is_empty() {
        return String::new();
    }
    format!(" after {}", dependencies.join(","))
}

fn second(time: Option<&Time>) -> String {
    time.map(|time| time.0.as_second().to_string()).unwrap_or_default()
}
