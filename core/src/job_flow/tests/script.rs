//! Scenario scripts: one command a line, and after each plan what was done, what was told, and the status.

use std::fmt::Write;

use crds::{FlowRow, JobFlowStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::Value;

use super::world::{Age, Node, Until, World, stored};
use crate::engine::{Action, Plan};

/// Runs a script. Its first lines are the flows, `name <- dependency dependency @template ?OnFailure`, up to an empty
/// line; then come the commands. A second passes before each, and more with `at`.
pub fn run(script: &str) -> String {
    let (flows, commands) = script.trim().split_once("\n\n").expect("an empty line ends the flows");
    let flows: Vec<_> = flows.lines().map(flow).collect();
    let mut world = World::new(&stored(&flows));
    let mut out = String::new();
    for command in commands.lines().map(str::trim) {
        world.seconds += 1;
        writeln!(out, "{}> {command}", world.seconds).unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        perform(&mut world, &words, &mut out);
    }
    out
}

fn flow(line: &str) -> Node {
    let mut words = line.split_whitespace().filter(|word| *word != "<-");
    let mut node = Node {
        name: words.next().expect("a flow has a name").to_owned(),
        ..Node::default()
    };
    for word in words {
        match (word.strip_prefix('@'), word.strip_prefix('?')) {
            (Some(template), _) => node.template = Some(template.to_owned()),
            (_, Some(when)) => node.when = crds::CONDITIONS_OF_START.into_iter().find(|known| *known == when),
            _ => node.dependencies.push(word.to_owned()),
        }
    }
    node
}

fn perform(world: &mut World, words: &[&str], out: &mut String) {
    let job = |name: &str| format!("demo-{name}");
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
        ["crash", "after", "status"] => {
            world.reconcile(Age::default(), Until::StatusWritten);
        }
        ["crash", "after", count, ..] => {
            world.reconcile(Age::default(), Until::ActionsDone(count.parse().unwrap()));
        }
        ["complete", names @ ..] => names.iter().for_each(|name| world.end(&job(name), "Complete", "", "")),
        ["fail", name, reason, message @ ..] => {
            world.end(&job(name), "Failed", reason, &message.join(" "));
        }
        ["delete", name] => world.delete(&job(name)),
        ["gone", name] => world.remove(&job(name)),
        ["occupy", name] => world.occupy(&job(name)),
        ["template", name] => world.add_template(name, None),
        ["template", name, fault @ ..] => world.add_template(name, Some(&fault.join(" "))),
        ["delete-object"] => world.delete_object(),
        ["set", member, value] => world.set(member, value_of(value)),
        ["retry", value] => world.retry(value),
        ["at", second] => world.seconds = second.parse().unwrap(),
        ["suspend", name] => world.suspend_job(&job(name), true),
        words => panic!("unknown command {words:?}"),
    }
}

/// A number or a truth, or else a word.
fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn told(planned: &Plan<JobFlowStatus>) -> String {
    let mut out = String::new();
    for action in &planned.actions {
        let line = match action {
            Action::CreateJob(job) => format!("create {}", job.metadata.name.as_deref().unwrap()),
            Action::DeleteJob { name, .. } => format!("delete {name}"),
            Action::PatchJobSuspend { name, suspend, .. } => {
                format!("{} {name}", if *suspend { "suspend" } else { "resume" })
            }
            Action::DeleteObject => "delete the object".to_owned(),
        };
        writeln!(out, "  {line}").unwrap();
    }
    if let Some(at) = planned.wake_at {
        writeln!(out, "  wakes at {}", at.as_second()).unwrap();
    }
    for event in &planned.events {
        writeln!(out, "  {:?} {}: {}", event.severity, event.reason, event.message).unwrap();
    }
    out + &status_text(&planned.status)
}

fn status_text(status: &JobFlowStatus) -> String {
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
    status.flows.iter().for_each(|row| out.push_str(&row_text(row)));
    out
}

fn row_text(row: &FlowRow) -> String {
    let (start, end) = (second(row.start.as_ref()), second(row.end.as_ref()));
    let text = format!(
        "  - {} {:?} [{start}..{end}] {}",
        row.name,
        row.state,
        row.reason.as_deref().unwrap_or_default()
    );
    format!("{}\n", text.trim_end())
}

fn second(time: Option<&Time>) -> String {
    time.map(|time| time.0.as_second().to_string()).unwrap_or_default()
}
