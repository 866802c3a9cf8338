#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
#[path = "../tests/common/mod.rs"]
mod common;
use common::Lab;
use common::hostile::{self, Shape, each_shape};
use mimalloc::MiMalloc;
use std::time::Duration;
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;
macro_rules! shapes { ($($name:ident: $cause:expr,)*) => { [$((stringify!($name), hostile::$name as fn() -> String),)*] }; }
fn cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let ns: u64 = tasks
        .map(|task| std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap())
        .map(|text| text.split(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    Duration::from_nanos(ns)
}
#[tokio::main]
async fn main() {
    let filter = std::env::args().nth(1).unwrap_or_default();
    let times: u32 = std::env::args().nth(2).map_or(5, |n| n.parse().unwrap());
    let all: Vec<Shape> = each_shape!(shapes).to_vec();
    for (name, make) in all {
        if !name.contains(&filter) {
            continue;
        }
        let lab = Lab::new();
        let body = make();
        let mut out = String::new();
        for path in ["/mutate?timeout=30s", "/validate?timeout=30s"] {
            let mut best = Duration::MAX;
            for _ in 0..times {
                let before = cpu();
                lab.post(path, body.clone()).await;
                best = best.min(cpu() - before);
            }
            out += &format!(" {:>6.1}", best.as_secs_f64() * 1e3);
        }
        println!("{name:40} {:>8}{out}", body.len());
    }
}
