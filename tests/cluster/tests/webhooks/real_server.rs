//! Every golden case, judged by the real API server with our webhooks.

use test_cluster::Reach;

use crate::Lab;
use crate::api::{Api, Refusal};
use crate::cases::Case;

/// What differs from the case's own report; none if nothing does.
fn difference(case: &Case, answer: &Result<serde_json::Value, Refusal>) -> Option<String> {
    let told = match (case.verdict.as_str(), answer) {
        ("denied", Err(refusal)) if is_ours(refusal) => same_causes(case, refusal),
        // The API server reads and prunes before it asks us, and then says in its own words what it cannot read.
        ("denied", Err(_)) => Ok(()),
        ("denied", Ok(_)) => Err("it was admitted".to_owned()),
        (_, Ok(_)) => Ok(()),
        (_, Err(refusal)) => Err(format!("it was refused: {}", refusal.message)),
    };
    told.err()
        .map(|difference| format!("{}: {difference}", case.file.display()))
}

fn is_ours(refusal: &Refusal) -> bool {
    refusal.message.contains("api.practice.com\" denied the request")
}

/// The causes are the denials of the report; warnings go another way.
fn same_causes(case: &Case, refusal: &Refusal) -> Result<(), String> {
    let report = case.report();
    let unknown: Vec<&String> = refusal.causes.iter().filter(|cause| !report.contains(cause)).collect();
    if unknown.is_empty() && !refusal.causes.is_empty() {
        return Ok(());
    }
    Err(format!("it was told {unknown:#?}, and its report says {report:#?}"))
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn every_golden_case_is_judged_by_the_real_api_server_as_by_the_core() {
    let lab = Lab::new(Reach::Loopback);
    let namespace = lab.cluster.namespace("cases").unwrap();
    let api = Api::connect(&lab.cluster);
    let cases = Case::all();
    let (mut by_us, mut by_others) = (0, Vec::new());
    let mut differences = Vec::new();
    for case in &cases {
        let answer = case.try_in(&api, namespace.name());
        match &answer {
            Err(refusal) if is_ours(refusal) => by_us += 1,
            Err(_) => by_others.push(case.rule.id),
            Ok(_) => {}
        }
        differences.extend(difference(case, &answer));
    }
    println!(
        "{} cases: {by_us} refused by the webhook, {} by the API server itself {by_others:?}",
        cases.len(),
        by_others.len()
    );
    assert!(
        differences.is_empty(),
        "{} cases differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(
        cases.len() > 250 && by_us > 20 * by_others.len(),
        "too few cases reached the webhook"
    );
}
