//! `cargo xtask bench core`: what the core takes to read, normalize and validate objects of several sizes.
//!
//! Prints the fastest and the median of many runs, so that figures of a noisy machine can be compared, and the growth from
//! one size to the next, so that anything that is not linear shows.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jobflow_core::admission::{NoTemplates, check, parse_object};
use jobflow_core::graph::Graph;
use jobflow_core::job_flow;
use mimalloc::MiMalloc;
use serde_json::{Value, json};

/// The allocator of the `jobflow` program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How long one figure is measured.
const MEASURED: Duration = Duration::from_millis(700);

/// An object to measure, as positions of flows that each flow depends on.
struct Subject {
    name: &'static str,
    dependencies: Vec<Vec<usize>>,
}

fn main() {
    println!(
        "{:<34}{:>9}  {:>20}{:>20}{:>20}{:>20}",
        "object", "bytes", "read", "normalize+validate", "in all", "graph alone"
    );
    println!(
        "{:<43}  {:>20}{:>20}{:>20}{:>20}",
        "", "min / median", "min / median", "min / median", "min / median"
    );
    for subject in subjects() {
        measure(&subject);
    }
    growth();
}

fn subjects() -> [Subject; 4] {
    [
        Subject {
            name: "5 flows (the example)",
            dependencies: vec![vec![], vec![0], vec![0, 1], vec![], vec![3, 1]],
        },
        Subject {
            name: "256 flows, 20 dependencies each",
            dependencies: layered(256, 20),
        },
        Subject {
            name: "1,000 flows, 9,900 dependencies",
            dependencies: layered(1_000, 10),
        },
        Subject {
            name: "5,000 flows in a chain",
            dependencies: layered(5_000, 1),
        },
    ]
}

/// Each flow depends on the `width` flows before it; the first `width` on flow 0 only, or on nothing.
fn layered(count: usize, width: usize) -> Vec<Vec<usize>> {
    let back = |node: usize| if node < width { 0..0 } else { node - width..node };
    (0..count).map(|node| back(node).collect()).collect()
}

fn object(dependencies: &[Vec<usize>]) -> Value {
    let flows = dependencies.iter().enumerate().map(|(node, edges)| {
        let names: Vec<String> = edges.iter().map(|edge| format!("step-{edge:04}")).collect();
        json!({"name": format!("step-{node:04}"), "dependencies": names, "jobTemplate": {"template": {"spec": {"containers": [
            {"name": "main", "image": "busybox:1.28", "command": ["sh", "-c", "sleep 10s"], "imagePullPolicy": "IfNotPresent"}
        ]}}}})
    });
    let flows: Vec<Value> = flows.collect();
    json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "bench"}, "spec": {"flows": flows}})
}

fn measure(subject: &Subject) {
    let text = object(&subject.dependencies).to_string();
    let parsed = parse_object(&text).expect("the benchmark makes good objects");
    assert!(
        !check(&job_flow::KIND, &parsed, &NoTemplates).denies(),
        "the benchmark makes good objects"
    );
    let read = timed(|| {
        black_box(parse_object(black_box(&text)).is_ok());
    });
    let validate = timed(|| {
        black_box(check(&job_flow::KIND, black_box(&parsed), &NoTemplates).denies());
    });
    let all = timed(|| {
        let parsed = parse_object(black_box(&text)).expect("read before");
        black_box(check(&job_flow::KIND, &parsed, &NoTemplates).denies());
    });
    let graph = timed(|| {
        black_box(Graph::new(black_box(subject.dependencies.clone())).cycles().len());
    });
    let name = subject.name;
    println!(
        "{name:<34}{:>9}  {:>20}{:>20}{:>20}{:>20}",
        text.len(),
        shown(read),
        shown(validate),
        shown(all),
        shown(graph)
    );
}

/// Time per flow at growing sizes: a constant column is linear growth.
fn growth() {
    println!(
        "\n{:<34}{:>20}{:>20}",
        "growth: flows of 10 dependencies", "in all, min", "per flow"
    );
    for count in [250, 500, 1_000, 2_000] {
        let text = object(&layered(count, 10)).to_string();
        let (fastest, _) = timed(|| {
            let parsed = parse_object(black_box(&text)).expect("the benchmark makes good objects");
            black_box(check(&job_flow::KIND, &parsed, &NoTemplates).denies());
        });
        let per_flow = fastest.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        println!("{count:<34}{:>20}{:>17.2} µs", millis(fastest), per_flow);
    }
}

/// The fastest and the median time of one call.
fn timed(mut call: impl FnMut()) -> (Duration, Duration) {
    let mut times = Vec::new();
    let start = Instant::now();
    while start.elapsed() < MEASURED || times.len() < 5 {
        let begin = Instant::now();
        call();
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    (
        times.first().copied().unwrap_or_default(),
        times.get(times.len() / 2).copied().unwrap_or_default(),
    )
}

fn shown((fastest, median): (Duration, Duration)) -> String {
    format!("{} / {}", millis(fastest), millis(median))
}

fn millis(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
