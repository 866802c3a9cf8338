//! Scenario scripts of a DaemonJob.

use crds::{DaemonJobStatus, NodeRow};
use expect_test::Expect;

use super::world::{World, node};
use crate::daemon_job::Node;
use crate::engine::testing::script::{Headline, play, span};

/// Runs a script and compares what it told. Its first line is what the spec has beside the template, as JSON; then come the
/// nodes, `name key=value ...`, up to an empty line; then the commands.
pub fn check(script: &str, expected: &Expect) {
    let (head, commands) = script.trim().split_once("\n\n").expect("an empty line ends the nodes");
    let (members, nodes) = head.split_once('\n').unwrap_or((head, ""));
    let nodes: Vec<(&str, Node)> = nodes.lines().map(|line| node_of(line.trim())).collect();
    let mut world = World::new(&serde_json::from_str(members).unwrap(), &nodes);
    expected.assert_eq(&play(&mut world, commands, change_nodes, status_text));
}

fn node_of(line: &str) -> (&str, Node) {
    let mut words = line.split_whitespace();
    let name = words.next().expect("a node has a name");
    let labels: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    (name, node(&labels))
}

fn change_nodes(world: &mut World, words: &[&str]) -> bool {
    match words {
        ["leave", names @ ..] => names.iter().for_each(|name| drop(world.part.nodes.remove(*name))),
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
        _ => return false,
    }
    true
}

fn status_text(status: &DaemonJobStatus) -> String {
    let headline = Headline {
        state: status.state.map_or_else(String::new, |state| format!("{state:?}")),
        progress: status.done.as_deref(),
        start: status.start_time.as_ref(),
        end: status.completion_time.as_ref(),
        message: status.message.as_deref(),
        conditions: &status.conditions,
    };
    headline.text() + &status.nodes.iter().map(row_text).collect::<String>()
}

fn row_text(row: &NodeRow) -> String {
    let span = span(row.start.as_ref(), row.end.as_ref());
    let reason = row.reason.as_deref().unwrap_or_default();
    let text = format!("  - {} {:?} {span} {reason}", row.name, row.state);
    format!("{}\n", text.trim_end())
}
