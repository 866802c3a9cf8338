//! Scenario scripts: one command a line, and after each plan what was done, what was told, and the status.

use std::fmt::Write;

use crds::{FlowRow, JobFlowStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::world::{Age, Until, World, stored};
use crate::engine::{Action, Plan};

/// Runs a script. Its first lines are the flows, `name <- dependency dependency @template`, up to an empty line;
/// then come the commands. A second passes before each.
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

fn flow(line: &str) -> (String, Vec<String>, Option<String>) {
    let mut words = line.split_whitespace();
    let name = words.next().expect("a flow has a name").to_owned();
    let (templates, dependencies): (Vec<&str>, Vec<&str>) = words
        .filter(|word| *word != "<-")
        .partition(|word| word.starts_with('@'));
    let template = templates.first().map(|word| word.trim_start_matches('@').to_owned());
    (name, dependencies.into_iter().map(str::to_owned).collect(), template)
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
        words => panic!("unknown command {words:?}"),
    }
}

fn told(planned: &Plan<JobFlowStatus>) -> String {
    let mut out = String::new();
    for Action::CreateJob(job) in &planned.actions {
        writeln!(out, "  create {}", job.metadata.name.as_deref().unwrap()).unwrap();
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
