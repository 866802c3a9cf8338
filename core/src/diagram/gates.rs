//! Gates: as few of them, and as few edges, as say the same.

use std::collections::BTreeSet;

use super::{Node, Role};

/// How often gates are looked at: taking one out may leave another without use, and they never stand more than two in a
/// row (the end of a group, the start of another).
const ROUNDS: usize = 2;

/// The nodes without edges that follow from others, and without gates that have no use. Steps stand before gates, and each
/// group has its start and its end, in this order.
pub(super) fn reduced(nodes: Vec<Node>) -> Vec<Node> {
    let mut edges = Edges::of(&nodes);
    edges.drop_implied(&nodes);
    for _ in 0..ROUNDS {
        for (index, _) in nodes.iter().enumerate().filter(|(_, node)| node.role == Role::Gate) {
            edges.bridge(index);
        }
    }
    edges.kept(nodes)
}

/// The edges in both directions.
struct Edges {
    into: Vec<BTreeSet<usize>>,
    out_of: Vec<BTreeSet<usize>>,
}

impl Edges {
    fn of(nodes: &[Node]) -> Self {
        let mut edges = Self {
            into: vec![BTreeSet::new(); nodes.len()],
            out_of: vec![BTreeSet::new(); nodes.len()],
        };
        for (to, node) in nodes.iter().enumerate() {
            for &from in &node.dependencies {
                edges.add(from, to);
            }
        }
        edges
    }

    fn add(&mut self, from: usize, to: usize) {
        if let (Some(into), Some(out_of)) = (self.into.get_mut(to), self.out_of.get_mut(from)) {
            into.insert(from);
            out_of.insert(to);
        }
    }

    fn remove(&mut self, from: usize, to: usize) {
        if let (Some(into), Some(out_of)) = (self.into.get_mut(to), self.out_of.get_mut(from)) {
            into.remove(&from);
            out_of.remove(&to);
        }
    }

    /// A job that waits for another of its group need not wait for the start of the group too, and the end of a group need
    /// not wait for a job that another of the group waits for.
    fn drop_implied(&mut self, nodes: &[Node]) {
        let is_inner = |other: &usize, group| {
            nodes
                .get(*other)
                .is_some_and(|node| node.role != Role::Gate && node.group == group)
        };
        let is_gate = |other: &usize, group| {
            nodes
                .get(*other)
                .is_some_and(|node| node.role == Role::Gate && node.group == group)
        };
        for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.role != Role::Gate) {
            let (Some(into), Some(out_of)) = (self.into.get(index), self.out_of.get(index)) else {
                continue;
            };
            let start = into.iter().find(|from| is_gate(from, node.group)).copied();
            let end = out_of.iter().find(|to| is_gate(to, node.group)).copied();
            let waits = into.iter().any(|from| is_inner(from, node.group));
            let is_awaited = out_of.iter().any(|to| is_inner(to, node.group));
            if let (true, Some(start)) = (waits, start) {
                self.remove(start, index);
            }
            if let (true, Some(end)) = (is_awaited, end) {
                self.remove(index, end);
            }
        }
    }

    /// Takes a gate out that has no more than one edge on one of its sides.
    fn bridge(&mut self, gate: usize) {
        let (Some(into), Some(out_of)) = (self.into.get(gate).cloned(), self.out_of.get(gate).cloned()) else {
            return;
        };
        if into.len() > 1 && out_of.len() > 1 {
            return;
        }
        for &from in &into {
            self.remove(from, gate);
        }
        for &to in &out_of {
            self.remove(gate, to);
            for &from in &into {
                self.add(from, to);
            }
        }
    }

    /// The steps and the gates that still have edges, numbered anew.
    fn kept(self, nodes: Vec<Node>) -> Vec<Node> {
        let mut places = Vec::with_capacity(nodes.len());
        let mut count = 0;
        for (node, out_of) in nodes.iter().zip(&self.out_of) {
            let is_kept = node.role != Role::Gate || !out_of.is_empty();
            places.push(is_kept.then_some(count));
            count += usize::from(is_kept);
        }
        let place = |index: usize| places.get(index).copied().flatten();
        let kept = nodes.into_iter().zip(self.into).enumerate();
        let kept = kept.filter(|(index, _)| place(*index).is_some());
        kept.map(|(_, (node, into))| Node {
            dependencies: into.into_iter().filter_map(place).collect(),
            ..node
        })
        .collect()
    }
}
