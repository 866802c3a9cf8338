//! Scenario scripts of a JobFlow.

use crds::{FlowRow, JobFlowStatus};

use super::world::{Node, World, stored};
use crate::engine::testing::script::{Headline, play, span};

/// Runs a script. Its first lines are the flows, `name <- dependency dependency @template ?OnFailure`, up to an empty
/// line; then come the commands.
pub fn run(script: &str) -> String {
    let (flows, commands) = script.trim().split_once("\n\n").expect("an empty line ends the flows");
    let flows: Vec<_> = flows.lines().map(flow).collect();
    play(&mut World::new(&stored(&flows)), commands, perform, status_text)
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

fn perform(world: &mut World, words: &[&str]) -> bool {
    match words {
        ["template", name] => world.add_template(name, None),
        ["template", name, fault @ ..] => world.add_template(name, Some(&fault.join(" "))),
        _ => return false,
    }
    true
}

fn status_text(status: &JobFlowStatus) -> String {
    let headline = Headline {
        state: status.state.map_or_else(String::new, |state| format!("{state:?}")),
        progress: status.progress.as_deref(),
        start: status.start_time.as_ref(),
        end: status.completion_time.as_ref(),
        message: status.message.as_deref(),
        conditions: &status.conditions,
    };
    headline.text() + &status.flows.iter().map(row_text).collect::<String>()
}

fn row_text(row: &FlowRow) -> String {
    let span = span(row.start.as_ref(), row.end.as_ref());
    let reason = row.reason.as_deref().unwrap_or_default();
    let text = format!("  - {} {:?} {span} {reason}", row.name, row.state);
    format!("{}\n", text.trim_end())
}
