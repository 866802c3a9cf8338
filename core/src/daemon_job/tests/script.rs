//! Scenario scripts: one command a line, and after each plan what was done, what was told, and the status.

use std::fmt::Write;

use crds::{DaemonJobStatus, NodeRow};
use expect_test::Expect;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::Value;

use super::world::{Until, World, node};
use crate::daemon_job::Node;
use crate::engine::{Action, Plan};

/// Runs a script and compares what it told.
pub fn check(script: &str, expected: &Expect) {
    expected.assert_eq(&run(script));
}

/// Runs a script. Its first line is what the spec has beside the template, as JSON; then come the nodes, `name key=value
/// ...`, up to an empty line; then the commands. A second passes before each.
fn run(script: &str) -> String {
    let (head, commands) = script.trim().split_once("\n\n").expect("an empty line ends the nodes");
    let (members, nodes) = head.split_once('\n').unwrap_or((head, ""));
    let nodes: Vec<(&str, Node)> = nodes.lines().map(|line| node_of(line.trim())).collect();
    let mut world = World::new(&serde_json::from_str(members).unwrap(), &nodes);
    let mut out = String::new();
    for command in commands.lines().map(str::trim) {
        world.seconds += 1;
        writeln!(out, "{}> {command}", world.seconds).unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        perform(&mut world, &words, &mut out);
    }
    out
}

fn node_of(line: &str) -> (&str, Node) {
    let mut words = line.split_whitespace();
    let name = words.next().expect("a node has a name");
    let labels: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    (name, node(&labels))
}

fn perform(world: &mut World, words: &[&str], out: &mut String) {
    match words {
        ["plan"] => {
            let before = world.status();
            let planned = world.reconcile(0, Until::End).expect("a plan from current facts");
            let idle = planned.status == before && planned.actions.is_empty() && planned.events.is_empty();
            out.push_str(&if idle {
                "  nothing to do\n".to_owned()
            } else {
                told(&planned)
            });
        }
        ["crash", "after", "status"] => drop(world.reconcile(0, Until::StatusWritten)),
        ["crash", "after", count, ..] => drop(world.reconcile(0, Until::ActionsDone(count.parse().unwrap()))),
        ["complete", nodes @ ..] => nodes
            .iter()
            .for_each(|node| world.end(&world.job_of(node), "Complete", "")),
        ["fail", node, reason] => world.end(&world.job_of(node), "Failed", reason),
        ["delete", node] => world.delete(&world.job_of(node)),
        ["gone", nodes @ ..] => nodes.iter().for_each(|node| world.remove(&world.job_of(node))),
        ["occupy", node] => world.occupy(&world.job_of(node)),
        ["delete-object"] => world.delete_object(),
        ["set", member, value] => world.set(member, serde_json::from_str::<Value>(value).unwrap()),
        ["retry", value] => world.annotate(crate::engine::RETRY, value),
        ["wait", seconds] => world.seconds += seconds.parse::<i64>().unwrap(),
        words => change_nodes(world, words),
    }
}

fn change_nodes(world: &mut World, words: &[&str]) {
    match words {
        ["leave", names @ ..] => names.iter().for_each(|name| drop(world.nodes.remove(*name))),
        ["join", names @ ..] => names.iter().for_each(|name| world.change_node(name, |_| {})),
        ["label", name, label] => world.change_node(name, |node| {
            let (key, value) = label.split_once('=').unwrap();
            node.labels.insert(key.to_owned(), value.to_owned());
        }),
        ["cordon", name] => world.change_node(name, |node| node.is_cordoned = true),
        ["uncordon", name] => world.change_node(name, |node| node.is_cordoned = false),
        ["not-ready", name] => world.change_node(name, |node| node.is_ready = false),
        ["ready", name] => world.change_node(name, |node| node.is_ready = true),
        ["taint", name, key, effect] => world.change_node(name, |node| {
            let taint = serde_json::json!({"key": key, "effect": effect});
            node.taints.push(serde_json::from_value(taint).unwrap());
        }),
        ["untaint", name] => world.change_node(name, |node| node.taints.clear()),
        words => panic!("unknown command {words:?}"),
    }
}

fn told(planned: &Plan<DaemonJobStatus>) -> String {
    let mut out = String::new();
    for action in &planned.actions {
        let line = match action {
            Action::CreateJob(job) => format!("create {}", job.metadata.name.as_deref().unwrap()),
            Action::DeleteJob { name, .. } => format!("delete {name}"),
            Action::PatchJobSuspend {
                name, suspend: true, ..
            } => format!("suspend {name}"),
            Action::PatchJobSuspend { name, .. } => format!("resume {name}"),
            Action::DeleteObject => "delete itself".to_owned(),
        };
        writeln!(out, "  {line}").unwrap();
    }
    for event in &planned.events {
        writeln!(out, "  {:?} {}: {}", event.severity, event.reason, event.message).unwrap();
    }
    if let Some(at) = planned.wake_at {
        writeln!(out, "  wake at {}", at.as_second()).unwrap();
    }
    out + &status_text(&planned.status)
}

fn status_text(status: &DaemonJobStatus) -> String {
    let mut out = String::new();
    let state = status.state.map_or_else(String::new, |state| format!("{state:?}"));
    let done = status.done.as_deref().unwrap_or_default();
    let (start, end) = (
        second(status.start_time.as_ref()),
        second(status.completion_time.as_ref()),
    );
    let message = status.message.as_deref().unwrap_or_default();
    writeln!(out, "  {state} {done} [{start}..{end}] {message}").unwrap();
    for held in &status.conditions {
        let since = second(Some(&held.last_transition_time));
        writeln!(out, "  {}={} {} since {since}", held.type_, held.status, held.reason).unwrap();
    }
    status.nodes.iter().for_each(|row| out.push_str(&row_text(row)));
    out
}

fn row_text(row: &NodeRow) -> String {
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
