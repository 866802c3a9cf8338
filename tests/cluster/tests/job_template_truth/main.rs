//! The rules of Jobs and pod templates against the API server's own: the same Jobs are shown to both.
//!
//! Nothing is created: the API server is asked with a dry run. The agreement is kept in `docs/job-template-truth.md`, which
//! `UPDATE_EXPECT=1` rewrites.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what goes wrong here fails the test"
)]

mod compare;
mod generated;
mod mixture;
mod places;
mod server;
mod table;
mod template;

use std::path::Path;

use expect_test::expect_file;
use serde_json::Value;

use compare::{Agreement, compare, opinion};
use generated::{Odd, odd_templates};
use places::{Placed, placed};
use server::{Answer, answers, job};
use table::{Row, page};
use template::{Change, changes, good};

/// The fewest faults by hand.
const FAULTS_MIN: usize = 200;

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn jobflow_refuses_what_the_api_server_refuses_and_nothing_else() {
    let (faults, good) = (changes(include_str!("faults.yaml")), changes(include_str!("good.yaml")));
    let elsewhere = [placed(&faults), placed(&good)].concat();
    let elsewhere = rows(elsewhere, |placed: &Placed| placed.job.clone());
    let (faults, good) = (rows(faults, changed), rows(good, changed));
    let odd = rows(odd_templates(), |odd: &Odd| odd.job.clone());
    assert!(faults.len() >= FAULTS_MIN, "only {} faults were read", faults.len());

    let mut disagreements = Vec::new();
    disagreements.extend(faults.iter().filter_map(|row| disagreement(row, &row.template.name)));
    disagreements.extend(good.iter().filter_map(|row| disagreement(row, &row.template.name)));
    disagreements.extend(elsewhere.iter().filter_map(|row| disagreement(row, &row.template.name)));
    disagreements.extend(
        odd.iter()
            .filter_map(|row| disagreement(row, &format!("{} = {}", row.template.field, row.template.value))),
    );
    for row in faults
        .iter()
        .filter(|row| row.theirs == Answer::Accepted && row.ours.fields.is_empty())
    {
        disagreements.push(format!("{} is no fault", row.template.name));
    }
    for row in good
        .iter()
        .filter(|row| row.theirs != Answer::Accepted || !row.ours.fields.is_empty())
    {
        disagreements.push(format!(
            "{} is not good: {:?} {:?}",
            row.template.name, row.ours.fields, row.theirs
        ));
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));

    let page = page(&faults, &good, &elsewhere, &odd, mixture::COUNT);
    println!("{}", page.split("\n## ").next().unwrap_or_default());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/job-template-truth.md");
    expect_file![path].assert_eq(&page);
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_the_engine_makes_of_a_valid_job_flow_is_accepted() {
    let jobs = mixture::rendered_jobs(&changes(include_str!("good.yaml")));
    assert_eq!(jobs.len(), mixture::COUNT);
    for (job, answer) in jobs.iter().zip(answers(jobs.clone())) {
        assert_eq!(answer, Answer::Accepted, "{job:#}");
    }
}

fn changed(change: &Change) -> Value {
    let mut job = good();
    change.apply(&mut job);
    job
}

fn rows<T>(templates: Vec<T>, spec: impl Fn(&T) -> Value) -> Vec<Row<T>> {
    let specs: Vec<Value> = templates.iter().map(spec).collect();
    let answers = answers(specs.iter().cloned().map(job).collect());
    let answered = templates.into_iter().zip(specs).zip(answers);
    let row = |((template, spec), theirs)| {
        let ours = opinion(&spec);
        Row {
            agreement: compare(&ours, &theirs),
            template,
            ours,
            theirs,
        }
    };
    answered.map(row).collect()
}

fn disagreement<T>(row: &Row<T>, name: &str) -> Option<String> {
    let says = || {
        format!(
            "{name}: {:?}\n  jobflow: {:?}\n  API server: {:?}",
            row.agreement, row.ours.fields, row.theirs
        )
    };
    (!row.agreement.is_good()).then(says)
}

#[test]
fn every_agreement_but_three_is_good() {
    let bad = [Agreement::OtherField, Agreement::OnlyOurs, Agreement::OnlyTheirs];
    let good = [
        Agreement::Same,
        Agreement::Finer,
        Agreement::Unreadable,
        Agreement::Stricter,
        Agreement::More,
    ];
    assert!(good.iter().all(|agreement| agreement.is_good()) && !bad.iter().any(|agreement| agreement.is_good()));
}
