//! Faults of ours and overload: each ends in an answer that the API server can use (ADMISSION.md 3.3, F1, F2, F13).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Lab, create, example, flow, job_flow, text};
use jobflow_core::admission::{Presence, TemplateIndex};
use serde_json::{Value, json};

/// An index that does `0` when it is asked.
struct Misbehaving(fn());

impl TemplateIndex for Misbehaving {
    fn presence(&self, _: &str, _: &str) -> Presence {
        (self.0)();
        Presence::Unknown
    }

    fn unfinished_users(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// A review that asks the index, of more than `bytes` bytes.
fn asking_review(bytes: usize) -> Value {
    let mut object = job_flow(vec![json!({"name": "a", "jobTemplateRef": "t"}), flow("b", &["a"])]);
    object["metadata"]["annotations"] = json!({"padding": "x".repeat(bytes)});
    create(&object)
}

#[tokio::test]
async fn f1_a_panic_is_a_denial_with_the_uid_and_the_next_review_is_answered() {
    let lab = Lab::asking(Arc::new(Misbehaving(|| panic!("a secret of the body"))));
    for bytes in [0, 100_000] {
        let response = lab.review("/validate", &asking_review(bytes)).await;
        assert_eq!(response["allowed"], false);
        let status = &response["status"];
        assert_eq!(
            (&status["code"], &status["reason"]),
            (&json!(500), &json!("InternalError"))
        );
        assert!(text(&status["message"]).contains("incident '"), "{status}");
        assert!(!text(&status["message"]).contains("secret"), "{status}");
    }
    assert_eq!(lab.metric("jobflow_admission_panics_total"), 2.0);
    assert_eq!(lab.validate(&example()).await["allowed"], true);
    assert_eq!(lab.metric("jobflow_admission_in_flight"), 0.0);
}

#[tokio::test]
async fn f2_a_slow_review_is_given_up_before_the_api_server_does() {
    let lab = Lab::asking(Arc::new(Misbehaving(|| {
        std::thread::sleep(Duration::from_secs(3));
    })));
    let started = std::time::Instant::now();
    let response = lab.review("/validate?timeout=2s", &asking_review(100_000)).await;
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(response["status"]["code"], 500);
    let message = text(&response["status"]["message"]);
    assert!(
        message.starts_with("validation took longer than 1.6s; nothing was stored"),
        "{message}"
    );
}

#[tokio::test]
async fn f13_bodies_that_would_take_too_much_memory_are_sent_away_for_a_second() {
    let lab = Lab::new();
    let mut holders = lab.hold_memory().await;
    let large = || vec![b' '; 3_000_000];
    let answer = lab.post("/validate?timeout=5s", large()).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    let answer = lab.post("/validate?timeout=1s", large()).await;
    assert_eq!(answer.status, 503, "no time is left for a second try");
    assert!(!answer.headers.contains_key("retry-after"));
    assert_eq!(
        lab.validate(&example()).await["allowed"],
        true,
        "a small one still fits"
    );
    assert_eq!(lab.metric("jobflow_admission_shed_total"), 2.0);
    holders.shutdown().await;
    assert_eq!(
        lab.post("/validate?timeout=5s", large()).await.status,
        400,
        "memory is given back"
    );
}
