//! The graphs that are run.

use std::time::Duration;

/// Steps of one flow: each with the positions of its dependencies.
pub type Graph = Vec<Vec<usize>>;

/// Flows that are applied at once.
pub struct Shape {
    /// What it is called in the table.
    pub name: &'static str,
    /// One graph a flow.
    pub flows: Vec<Graph>,
    /// How long the pod of a step runs.
    pub step_seconds: u32,
    /// The time between the beginnings of two flows.
    pub stagger: Duration,
}

impl Shape {
    /// How many Jobs it comes to.
    pub fn steps(&self) -> usize {
        self.flows.iter().map(Vec::len).sum()
    }
}

/// All shapes, the small ones first.
pub fn all() -> Vec<Shape> {
    let one = |name, graph| Shape {
        name,
        flows: vec![graph],
        step_seconds: 1,
        stagger: Duration::ZERO,
    };
    vec![
        one("chain of 20", layers(20, 1)),
        one("1 -> 100 -> 1", fan(100)),
        one("20 layers of 5", layers(20, 5)),
        one("1,000 steps in 20 layers", layers(20, 50)),
        Shape {
            name: "200 flows of 5 steps",
            flows: vec![fan(3); 200],
            step_seconds: 1,
            stagger: Duration::ZERO,
        },
        // At any time all flows run, and no more Jobs end than this machine can carry.
        Shape {
            name: "100 flows, steps of 20 s",
            flows: vec![layers(4, 1); 100],
            step_seconds: 20,
            stagger: Duration::from_millis(200),
        },
    ]
}

/// Each step of a layer waits for all of the layer before, or, in wide ones, for its neighbours there: a full mesh of 50
/// by 50 would have more edges than a flow may have.
fn layers(count: usize, width: usize) -> Graph {
    let before = |layer: usize, step: usize| -> Vec<usize> {
        let Some(first) = layer.checked_sub(1).map(|layer| layer * width) else {
            return Vec::new();
        };
        if width <= 5 {
            (first..first + width).collect()
        } else {
            (0..5).map(|neighbour| first + (step + neighbour) % width).collect()
        }
    };
    (0..count)
        .flat_map(|layer| (0..width).map(move |step| (layer, step)))
        .map(|(layer, step)| before(layer, step))
        .collect()
}

/// One step, then many, then one.
fn fan(width: usize) -> Graph {
    let mut graph = vec![Vec::new()];
    graph.extend((0..width).map(|_| vec![0]));
    graph.push((1..=width).collect());
    graph
}
