//! Bodies made to cost much: each is answered with its uid, in bounded time (ADMISSION.md 2.5 and 4.3). What each costs in a
//! release build is the last table of `cargo xtask bench webhook`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs;
use std::time::Duration;

use common::Lab;
use common::hostile::{self, causes, each_shape};
use tokio::sync::Mutex;

/// One after the other: the CPU time of a process is that of all its threads.
static TURN: Mutex<()> = Mutex::const_new(());

/// The aim is 100 ms. A debug build takes fifteen times as long, and it may be built for a processor that is half as fast;
/// what is not linear takes minutes.
const CPU_MAX: Duration = Duration::from_secs(5);

/// All CPU time of this process, which Linux counts in hundredths of a second.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap();
    Duration::from_millis(10) * ticks
}

async fn assert_answered(name: &str, body: String, cause: &str) {
    let _turn = TURN.lock().await;
    let lab = Lab::new();
    for path in ["/mutate?timeout=30s", "/validate?timeout=30s"] {
        let before = cpu();
        // This asserts that the uid is echoed.
        let response = lab.post(path, body.clone()).await.response();
        let spent = cpu() - before;
        println!("{name}: {spent:?} of CPU on {path}");
        assert!(spent < CPU_MAX, "{spent:?} of CPU");
        let causes = causes(&response);
        if path.starts_with("/validate") && !cause.is_empty() {
            assert!(
                causes.first().is_some_and(|first| first.starts_with(cause)),
                "{causes:#?}"
            );
        } else if cause.is_empty() {
            assert_eq!(
                response["allowed"],
                path.starts_with("/mutate") || causes.is_empty(),
                "{causes:#?}"
            );
        }
    }
}

macro_rules! tests {
    ($($name:ident: $cause:literal,)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                assert_answered(stringify!($name), hostile::$name(), $cause).await;
            }
        )*
    };
}
each_shape!(tests);
