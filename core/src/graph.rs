//! The dependency graph: order, cycles. Linear in nodes and edges, without recursion.

mod order;

use std::collections::VecDeque;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::limits::CYCLE_SEARCH_EDGES_MAX;

/// A graph of nodes `0..n`; an edge goes from a node to one that it depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    dependencies: Vec<Vec<usize>>,
}

impl Graph {
    /// A graph from each node's dependencies. Every dependency must be less than the number of nodes; others
    /// are left out, as are edges from a node to itself (they are a fault of their own, not a cycle).
    pub fn new(mut dependencies: Vec<Vec<usize>>) -> Self {
        let count = dependencies.len();
        for (node, edges) in dependencies.iter_mut().enumerate() {
            edges.retain(|&to| to < count && to != node);
            edges.sort_unstable();
            edges.dedup();
        }
        Self { dependencies }
    }

    /// What `node` depends on, sorted, each once.
    pub fn dependencies(&self, node: usize) -> &[usize] {
        self.dependencies.get(node).map_or(&[], Vec::as_slice)
    }

    /// Every node's dependencies, sorted, each once.
    pub fn into_dependencies(self) -> Vec<Vec<usize>> {
        self.dependencies
    }

    /// One cycle for each strongly connected component, in the order of their first nodes. A cycle starts at
    /// its smallest node and does not repeat it: `[0, 2, 1]` reads "0 depends on 2, 2 on 1, 1 on 0".
    ///
    /// It is a shortest cycle of its component, as long as [`CYCLE_SEARCH_EDGES_MAX`] allows to look for it.
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let tangled = self.not_in_order();
        if tangled.is_empty() {
            return Vec::new();
        }
        let mut edges_left = CYCLE_SEARCH_EDGES_MAX;
        let mut cycles: Vec<Vec<usize>> = self
            .components(&tangled)
            .iter()
            .map(|component| rotated(self.shortest_cycle(component, &mut edges_left)))
            .collect();
        cycles.sort();
        cycles
    }

    /// The nodes that Kahn's algorithm cannot put in order: those on a cycle, and those that depend on one.
    fn not_in_order(&self) -> Vec<usize> {
        let mut peeling = Peeling::of(self);
        let mut ready = peeling.free();
        while let Some(node) = ready.pop() {
            peeling.take(node, |freed| ready.push(freed));
        }
        peeling.left()
    }

    /// Strongly connected components of two or more nodes, each sorted.
    fn components(&self, nodes: &[usize]) -> Vec<Vec<usize>> {
        let mut graph = DiGraph::<usize, ()>::new();
        let mut places = vec![None; self.dependencies.len()];
        for &node in nodes {
            if let Some(place) = places.get_mut(node) {
                *place = Some(graph.add_node(node));
            }
        }
        let place = |node: usize| -> Option<NodeIndex> { places.get(node).copied().flatten() };
        for &node in nodes {
            for &to in self.dependencies(node) {
                if let (Some(from), Some(to)) = (place(node), place(to)) {
                    graph.add_edge(from, to, ());
                }
            }
        }
        // Kosaraju's algorithm, since petgraph's version of Tarjan's recurses.
        let mut components = Vec::new();
        for component in kosaraju_scc(&graph).into_iter().filter(|component| component.len() > 1) {
            let mut nodes: Vec<usize> = component
                .into_iter()
                .filter_map(|place| graph.node_weight(place).copied())
                .collect();
            nodes.sort_unstable();
            components.push(nodes);
        }
        components
    }

    /// A shortest cycle among the nodes of a component, by one breadth-first search from each of them.
    fn shortest_cycle(&self, component: &[usize], edges_left: &mut usize) -> Vec<usize> {
        let mut search = Search::new(self.dependencies.len(), component);
        let mut best: Vec<usize> = Vec::new();
        for &start in component {
            // The first search always runs to its end: it finds the cycle that proves the component.
            if !best.is_empty() && (*edges_left == 0 || best.len() == 2) {
                break;
            }
            if let Some(cycle) = search.cycle_through(self, start, edges_left)
                && (best.is_empty() || cycle.len() < best.len())
            {
                best = cycle;
            }
        }
        best
    }
}

/// The memory of the searches in one component, made once.
struct Search {
    inside: Vec<bool>,
    found_from: Vec<Option<usize>>,
    touched: Vec<usize>,
}

impl Search {
    fn new(count: usize, component: &[usize]) -> Self {
        let mut inside = vec![false; count];
        for &node in component {
            if let Some(mark) = inside.get_mut(node) {
                *mark = true;
            }
        }
        Self {
            inside,
            found_from: vec![None; count],
            touched: Vec::new(),
        }
    }

    /// A shortest way from `start` along dependencies back to `start`.
    fn cycle_through(&mut self, graph: &Graph, start: usize, edges_left: &mut usize) -> Option<Vec<usize>> {
        self.forget();
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for &to in graph.dependencies(node) {
                *edges_left = edges_left.saturating_sub(1);
                if to == start {
                    return Some(self.way_to(node, start));
                }
                if self.enter(to, node) {
                    queue.push_back(to);
                }
            }
        }
        None
    }

    fn forget(&mut self) {
        for node in self.touched.drain(..) {
            if let Some(from) = self.found_from.get_mut(node) {
                *from = None;
            }
        }
    }

    /// Marks `node` as found from `from`; false when it was found before or is outside the component.
    fn enter(&mut self, node: usize, from: usize) -> bool {
        let inside = self.inside.get(node) == Some(&true);
        match self.found_from.get_mut(node) {
            Some(slot @ None) if inside => {
                *slot = Some(from);
                self.touched.push(node);
                true
            }
            _ => false,
        }
    }

    fn way_to(&self, end: usize, start: usize) -> Vec<usize> {
        let mut way = vec![end];
        let mut node = end;
        while node != start {
            node = self.found_from.get(node).copied().flatten().unwrap_or(start);
            way.push(node);
        }
        way.reverse();
        way
    }
}

/// The most nodes of a cycle that are written out. A name has at most 63 bytes, but a finding is shown in one line: of a
/// longer cycle the two ends are shown, and the number of nodes between them.
const SHOWN_MAX: usize = 24;

/// A cycle by the names of its nodes, closed: `a -> b -> c -> a`.
pub fn shown_cycle<N: AsRef<str>>(names: &[N]) -> String {
    let joined = |names: &[N]| {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        names.join(" -> ")
    };
    let half = SHOWN_MAX / 2;
    let ends = (names.get(..half), names.get(names.len().saturating_sub(half)..));
    let shown = match ends {
        (Some(begin), Some(end)) if names.len() > SHOWN_MAX => {
            let left_out = names.len() - 2 * half;
            format!("{} -> … ({left_out} more) … -> {}", joined(begin), joined(end))
        }
        _ => joined(names),
    };
    let first = names.first().map_or("", AsRef::as_ref);
    format!("{shown} -> {first}")
}

/// Kahn's algorithm: nodes are taken one after the other, each once all that it depends on was taken.
struct Peeling {
    dependants: Vec<Vec<usize>>,
    /// How many of its dependencies each node still waits for.
    open: Vec<usize>,
}

impl Peeling {
    fn of(graph: &Graph) -> Self {
        let mut dependants = vec![Vec::new(); graph.dependencies.len()];
        for (node, edges) in graph.dependencies.iter().enumerate() {
            for &to in edges {
                push_at(&mut dependants, to, node);
            }
        }
        Self {
            dependants,
            open: graph.dependencies.iter().map(Vec::len).collect(),
        }
    }

    /// The nodes that depend on nothing.
    fn free(&self) -> Vec<usize> {
        let nodes = 0..self.open.len();
        nodes.filter(|&node| self.open.get(node) == Some(&0)).collect()
    }

    /// Takes a node, and tells which others can be taken from now on.
    fn take(&mut self, node: usize, mut freed: impl FnMut(usize)) {
        for &dependant in self.dependants.get(node).into_iter().flatten() {
            if let Some(count) = self.open.get_mut(dependant) {
                *count -= 1;
                if *count == 0 {
                    freed(dependant);
                }
            }
        }
    }

    /// The nodes that cannot be taken.
    fn left(&self) -> Vec<usize> {
        let nodes = 0..self.open.len();
        nodes
            .filter(|&node| self.open.get(node).is_some_and(|&count| count > 0))
            .collect()
    }
}

fn push_at(lists: &mut [Vec<usize>], at: usize, value: usize) {
    if let Some(list) = lists.get_mut(at) {
        list.push(value);
    }
}

/// The cycle, begun at its smallest node.
fn rotated(mut cycle: Vec<usize>) -> Vec<usize> {
    let smallest = cycle
        .iter()
        .enumerate()
        .min_by_key(|&(_, node)| node)
        .map_or(0, |(at, _)| at);
    cycle.rotate_left(smallest);
    cycle
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Graph;

    fn cycles(dependencies: &[&[usize]]) -> Vec<Vec<usize>> {
        Graph::new(dependencies.iter().map(|edges| edges.to_vec()).collect()).cycles()
    }

    #[test]
    fn a_diamond_has_no_cycle() {
        assert!(cycles(&[&[], &[0], &[0], &[1, 2]]).is_empty());
    }

    #[test]
    fn a_shortest_cycle_of_each_component_is_found() {
        // 0 -> 1 -> 2 -> 3 -> 0 with the short cut 3 -> 2, and apart from it 4 -> 5 -> 4.
        assert_eq!(
            cycles(&[&[1], &[2], &[3], &[0, 2], &[5], &[4]]),
            [vec![2, 3], vec![4, 5]]
        );
    }

    #[test]
    fn nodes_that_only_depend_on_a_cycle_are_not_part_of_it() {
        assert_eq!(cycles(&[&[1], &[2], &[1], &[0]]), [vec![1, 2]]);
    }

    #[test]
    fn a_node_that_depends_on_itself_is_no_cycle_here() {
        assert!(cycles(&[&[0]]).is_empty());
    }

    #[test]
    fn a_long_chain_and_a_long_ring_need_no_stack() {
        let chain: Vec<Vec<usize>> = (0..50_000_usize)
            .map(|n| n.checked_sub(1).into_iter().collect())
            .collect();
        assert!(Graph::new(chain.clone()).cycles().is_empty());
        let mut ring = chain;
        ring[0].push(49_999);
        assert_eq!(Graph::new(ring).cycles()[0].len(), 50_000);
    }

    #[test]
    fn a_dense_graph_is_searched_within_bounds() {
        let clique: Vec<Vec<usize>> = (0..400).map(|_| (0..400).collect()).collect();
        assert_eq!(Graph::new(clique).cycles(), [vec![0, 1]]);
    }

    proptest! {
        #[test]
        fn a_graph_whose_edges_all_point_back_has_no_cycle(
            edges in proptest::collection::vec((0..40_usize, 0..40_usize), 0..200)
        ) {
            let mut dependencies = vec![Vec::new(); 40];
            for (a, b) in edges {
                dependencies[a.max(b)].push(a.min(b));
            }
            prop_assert!(Graph::new(dependencies).cycles().is_empty());
        }

        #[test]
        fn every_reported_cycle_is_a_cycle_and_one_is_found_where_there_is_one(
            edges in proptest::collection::vec((0..12_usize, 0..12_usize), 0..40)
        ) {
            let mut dependencies = vec![Vec::new(); 12];
            for (a, b) in edges {
                dependencies[a].push(b);
            }
            let graph = Graph::new(dependencies);
            let cycles = graph.cycles();
            for cycle in &cycles {
                prop_assert!(cycle.len() > 1);
                for (at, &node) in cycle.iter().enumerate() {
                    let next = cycle[(at + 1) % cycle.len()];
                    prop_assert!(graph.dependencies(node).contains(&next));
                }
            }
            prop_assert_eq!(cycles.is_empty(), !reaches_itself(&graph, 12));
        }
    }

    /// The reference: transitive closure, the slow and plain way.
    fn reaches_itself(graph: &Graph, count: usize) -> bool {
        let mut reach = vec![vec![false; count]; count];
        for (node, row) in reach.iter_mut().enumerate() {
            for &to in graph.dependencies(node) {
                row[to] = true;
            }
        }
        for via in 0..count {
            for from in 0..count {
                for to in 0..count {
                    reach[from][to] |= reach[from][via] && reach[via][to];
                }
            }
        }
        (0..count).any(|node| reach[node][node])
    }
}
