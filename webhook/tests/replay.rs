//! What the fuzzer begins with, and what it ever found, as a normal test: every answer is one (`cargo xtask fuzz` looks for more).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "common/answer.rs"]
mod answer;
mod common;
#[path = "common/reviews.rs"]
mod reviews;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Lab, UID, create, example};
use serde_json::json;

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

async fn assert_answered(lab: &Lab, name: &str, body: &[u8]) {
    println!("{name}");
    for path in ["/mutate", "/validate"] {
        let answer = lab.post(path, body.to_vec()).await;
        let patch = answer::check(body, answer.status.as_u16(), &answer.body);
        assert!(
            patch.is_none() || path == "/mutate",
            "a validating webhook may not patch"
        );
    }
}

#[tokio::test]
async fn every_golden_case_is_answered_with_its_uid() {
    let lab = Lab::new();
    let reviews = reviews::of_golden_cases(&checkout().join("tests/golden"));
    assert!(reviews.len() > 250, "only {} cases", reviews.len());
    for (name, review) in reviews {
        assert_eq!(answer::readable_uid(review.as_bytes()).as_deref(), Some(UID), "{name}");
        assert_answered(&lab, &name, review.as_bytes()).await;
    }
}

#[tokio::test]
async fn everything_that_the_fuzzer_ever_found_is_answered() {
    let lab = Lab::new();
    let folder = checkout().join("fuzz/regressions/webhook");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        assert_answered(&lab, &file.display().to_string(), &fs::read(&file).unwrap()).await;
    }
}

#[test]
fn a_uid_is_readable_whatever_else_is_wrong_and_not_where_it_is_there_twice() {
    let review = create(&example());
    let readable = |text: &str| answer::readable_uid(text.as_bytes());
    let mut broken = review.clone();
    broken["request"]["operation"] = json!([]);
    broken["request"]["kind"] = json!(5);
    assert_eq!(readable(&broken.to_string()).as_deref(), Some(UID));
    let uid = format!("\"uid\":\"{UID}\"");
    assert_eq!(
        readable(&review.to_string().replacen(&uid, &format!("{uid},{uid}"), 1)),
        None
    );
    assert_eq!(
        readable(
            &review
                .to_string()
                .replace("admission.k8s.io/v1", "admission.k8s.io/v1beta1")
        ),
        None
    );
    assert_eq!(readable("{}"), None);
}
