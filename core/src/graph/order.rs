//! Order: the nodes of a graph, what depends on nothing first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Graph, Peeling};

impl Graph {
    /// The nodes in an order in which each follows all that it depends on; of those that could be next, the smallest. So
    /// nodes that are numbered in such an order already keep it. Nodes on a cycle, and what depends on one, are left out.
    pub fn in_order(&self) -> Vec<usize> {
        let mut peeling = Peeling::of(self);
        let mut ready: BinaryHeap<Reverse<usize>> = peeling.free().into_iter().map(Reverse).collect();
        let mut order = Vec::with_capacity(self.dependencies.len());
        while let Some(Reverse(node)) = ready.pop() {
            order.push(node);
            peeling.take(node, |freed| ready.push(Reverse(freed)));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Graph;

    #[test]
    fn what_is_numbered_in_order_keeps_its_order() {
        let graph = Graph::new(vec![vec![], vec![0], vec![], vec![1, 2]]);
        assert_eq!(graph.in_order(), [0, 1, 2, 3]);
        assert_eq!(Graph::new(vec![vec![1], vec![2], vec![]]).in_order(), [2, 1, 0]);
    }

    #[test]
    fn what_waits_for_a_cycle_has_no_place() {
        assert_eq!(Graph::new(vec![vec![1], vec![0], vec![0], vec![]]).in_order(), [3]);
    }

    proptest! {
        #[test]
        fn each_node_follows_what_it_depends_on(
            edges in proptest::collection::vec((0..30_usize, 0..30_usize), 0..100)
        ) {
            let mut dependencies = vec![Vec::new(); 30];
            for (a, b) in edges {
                dependencies[a.min(b)].push(a.max(b));
            }
            let graph = Graph::new(dependencies);
            let order = graph.in_order();
            prop_assert_eq!(order.len(), 30);
            for (at, &node) in order.iter().enumerate() {
                for to in graph.dependencies(node) {
                    prop_assert!(order[..at].contains(to));
                }
            }
        }
    }
}
