//! The figures of one run, and how they are printed.

use std::time::Duration;

/// What was measured while one server was under one load.
#[derive(Debug, Default)]
pub struct Run {
    pub time: Duration,
    /// Of each request that was answered.
    pub latencies: Vec<Duration>,
    /// Requests that were sent away for a second.
    pub shed: usize,
    pub cpu: Duration,
    pub resident_max_kib: u64,
}

impl Run {
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.time.as_secs_f64()
    }

    pub fn cpu_each_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len().max(1) as f64
    }

    fn latency_ms(&self, permille: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies
            .get(last * permille / 1_000)
            .map_or(f64::NAN, |it| it.as_secs_f64() * 1e3)
    }

    pub fn print_header() {
        println!(
            "{:<24}{:>5}  {:<8}{:>11}{:>10}{:>10}{:>10}{:>13}{:>12}{:>7}",
            "body", "conn.", "server", "requests/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU each µs", "RSS KiB", "shed"
        );
    }

    pub fn print(&self, body: &str, connections: usize, server: &str) {
        println!(
            "{body:<24}{connections:>5}  {server:<8}{:>11.0}{:>10.3}{:>10.3}{:>10.3}{:>13.1}{:>12}{:>7}",
            self.rate(),
            self.latency_ms(500),
            self.latency_ms(990),
            self.latency_ms(999),
            self.cpu_each_us(),
            self.resident_max_kib,
            self.shed,
        );
    }
}
