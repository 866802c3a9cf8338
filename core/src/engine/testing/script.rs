//! Scenario scripts: one command a line, and after each plan what was done, what was told, and the status.

use std::fmt::Write;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use serde_json::Value;

use super::world::{Age, Part, Until, World};
use crate::engine::{Action, Plan};

/// Runs the commands, and tells what became of them. A second passes before each. `own` carries out the commands that only
/// this kind has, and says whether it knew the command; `status_text` is what there is to tell of a status.
pub fn play<P: Part>(
    world: &mut World<P>,
    commands: &str,
    own: impl Fn(&mut World<P>, &[&str]) -> bool,
    status_text: impl Fn(&P::Status) -> String,
) -> String {
    let mut out = String::new();
    for command in commands.trim().lines().map(str::trim) {
        world.seconds += 1;
        writeln!(out, "{}> {command}", world.seconds).unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        if words == ["plan"] {
            let before = world.status();
            let planned = world
                .reconcile(Age::default(), Until::End)
                .expect("a plan from current facts");
            let idle = planned.status == before && planned.actions.is_empty() && planned.events.is_empty();
            out.push_str(&if idle {
                "  nothing to do\n".to_owned()
            } else {
                told(&planned) + &status_text(&planned.status)
            });
        } else if !own(world, &words) {
            perform(world, &words);
        }
    }
    out
}

/// What can happen to an object of any kind.
fn perform<P: Part>(world: &mut World<P>, words: &[&str]) {
    match words {
        ["crash", "after", "status"] => drop(world.reconcile(Age::default(), Until::StatusWritten)),
        ["crash", "after", count, ..] => {
            drop(world.reconcile(Age::default(), Until::ActionsDone(count.parse().unwrap())));
        }
        ["complete", steps @ ..] => steps
            .iter()
            .for_each(|step| world.end(&world.job_of(step), "Complete", "", "")),
        ["fail", step, reason, message @ ..] => world.end(&world.job_of(step), "Failed", reason, &message.join(" ")),
        ["delete", step] => world.delete(&world.job_of(step)),
        ["gone", steps @ ..] => steps.iter().for_each(|step| world.remove(&world.job_of(step))),
        ["occupy", step] => world.occupy(&world.job_of(step)),
        ["suspend", step] => world.suspend_job(&world.job_of(step), true),
        ["delete-object"] => world.delete_object(),
        ["set", member, value] => world.set(member, value_of(value)),
        ["retry", value] => world.annotate(crate::engine::RETRY, value),
        ["at", second] => world.seconds = second.parse().unwrap(),
        ["wait", seconds] => world.seconds += seconds.parse::<i64>().unwrap(),
        words => panic!("unknown command {words:?}"),
    }
}

/// A number or a truth, or else a word.
fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn told<S>(planned: &Plan<S>) -> String {
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
    out
}

/// What there is to tell of the whole.
pub struct Headline<'a> {
    pub state: String,
    pub progress: Option<&'a str>,
    pub start: Option<&'a Time>,
    pub end: Option<&'a Time>,
    pub message: Option<&'a str>,
    pub conditions: &'a [Condition],
}

impl Headline<'_> {
    pub fn text(&self) -> String {
        let mut out = String::new();
        let progress = self.progress.unwrap_or_default();
        let span = span(self.start, self.end);
        let message = self.message.unwrap_or_default();
        writeln!(out, "  {} {progress} {span} {message}", self.state).unwrap();
        for held in self.conditions {
            let since = second(Some(&held.last_transition_time));
            writeln!(out, "  {}={} {} since {since}", held.type_, held.status, held.reason).unwrap();
        }
        out
    }
}

/// From when to when.
pub fn span(start: Option<&Time>, end: Option<&Time>) -> String {
    format!("[{}..{}]", second(start), second(end))
}

fn second(time: Option<&Time>) -> String {
    time.map(|time| time.0.as_second().to_string()).unwrap_or_default()
}
