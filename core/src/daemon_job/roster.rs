//! Roster: which nodes a DaemonJob serves, and what is remembered of each.
//!
//! | policy | nodes that get a row | rows of nodes that left |
//! |---|---|---|
//! | `Snapshot` | those that are eligible when it starts, and never another | stay |
//! | `Continuous` | every node that is eligible and has none | are forgotten, but for the last that left too early |
//!
//! A node that leaves before its Job ended is withdrawn: the engine takes its Job away and skips it, unless the Job ended
//! all the same. With `Continuous` a node of the same name that comes back is a new node, and served anew.

use std::collections::BTreeMap;

use super::eligibility::misfit;
use super::status::is_gone;
use super::{Node, NodePolicy, Nodes, ValidDaemonJob};
use crate::engine::{JobState, ObservedJob, Row, State};
use crate::limits::{DAEMON_NODES_MAX, GONE_NODES_MAX};

/// Gives the Job of a node.
type JobOf<'o> = dyn Fn(&str) -> Option<&'o ObservedJob> + 'o;

/// The nodes, in the order of their names.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// Each with what is remembered of it.
    pub entries: Vec<Entry>,
    /// How many eligible nodes there was no room for.
    pub left_out: usize,
}

/// One node.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name.
    pub name: String,
    /// Its last row.
    pub row: Row,
    /// Whether it is there.
    pub is_there: bool,
}

impl Roster {
    /// Who is served, by what the last status says and the nodes that are there. `job_of` gives the Job of ours for a node,
    /// as it is seen.
    pub fn of(
        model: &ValidDaemonJob,
        has_started: bool,
        mut rows: BTreeMap<String, Row>,
        nodes: &Nodes,
        job_of: &JobOf<'_>,
    ) -> Self {
        let is_continuous = model.node_policy() == NodePolicy::Continuous;
        if is_continuous {
            forget(&mut rows, model, nodes, job_of);
        }
        let mut left_out = 0;
        // Suspended before it began, it takes its nodes when it is resumed.
        let begins = rows.is_empty() && !model.policy().suspend;
        if begins || (is_continuous && has_started) {
            left_out = join(&mut rows, model, nodes, |name| {
                // What is left of a node of this name says nothing of this one.
                new_row(job_of(name).filter(|_| has_started))
            });
        }
        if left_out > 0 && !is_continuous {
            rows.clear();
        }
        let entry = |(name, row): (String, Row)| Entry {
            is_there: nodes.contains_key(&name),
            name,
            row,
        };
        Self {
            entries: rows.into_iter().map(entry).collect(),
            left_out,
        }
    }
}

/// Gives a row to every eligible node without one, as far as there is room. Returns how many found none.
fn join(
    rows: &mut BTreeMap<String, Row>,
    model: &ValidDaemonJob,
    nodes: &Nodes,
    new_row: impl Fn(&str) -> Row,
) -> usize {
    let mut left_out = 0;
    for (name, node) in nodes {
        if rows.contains_key(name) || is_unfit(model, name, node) {
            continue;
        }
        if rows.len() < DAEMON_NODES_MAX {
            rows.insert(name.clone(), new_row(name));
        } else {
            left_out += 1;
        }
    }
    left_out
}

/// Forgets what is of no use to a DaemonJob that never finishes: what ended on nodes that are not there any more, that a node
/// of this name once left, and nodes that no longer fit and have no Job.
fn forget(rows: &mut BTreeMap<String, Row>, model: &ValidDaemonJob, nodes: &Nodes, job_of: &JobOf<'_>) {
    rows.retain(|name, row| match nodes.get(name) {
        None if row.state.is_final() => is_gone(row),
        None => job_of(name).is_none_or(|job| job.state == JobState::Running),
        Some(node) if is_gone(row) && !is_unfit(model, name, node) => {
            *row = new_row(job_of(name));
            true
        }
        Some(node) => row.state != State::Waiting || !is_unfit(model, name, node),
    });
    let gone = rows.iter().filter(|(_, row)| row.state.is_final() && is_gone(row));
    let mut gone: Vec<_> = gone.map(|(name, row)| (row.end.clone(), name.clone())).collect();
    gone.sort_unstable();
    let excess = gone.len().saturating_sub(GONE_NODES_MAX);
    for (_, name) in gone.iter().take(excess) {
        rows.remove(name);
    }
}

/// The row of a node that joins. A Job that is left of a node of its name must be gone before it gets its own.
fn new_row(left: Option<&ObservedJob>) -> Row {
    Row {
        superseded: left.map(|job| job.uid.clone()),
        ..Row::default()
    }
}

fn is_unfit(model: &ValidDaemonJob, name: &str, node: &Node) -> bool {
    model.excluded().contains(name) || misfit(model.template(), name, node).is_some()
}
