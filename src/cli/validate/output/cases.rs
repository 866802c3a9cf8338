//! Test cases: a case for each object, for the formats of test reports.

use jobflow_core::text;

use super::remark::{Level, Remark, UNREADABLE, of_failure, of_file};
use crate::cli::validate::outcome::{CheckedObject, FileOutcome, Outcome};

/// One file.
#[derive(Debug)]
pub struct Suite<'o> {
    /// The name of the file.
    pub file: &'o str,
    /// Its objects of ours, and whether it can be read.
    pub cases: Vec<Case<'o>>,
}

/// One object.
#[derive(Debug)]
pub struct Case<'o> {
    /// Such as `JobFlow/nightly`.
    pub name: String,
    /// What there is to say of it.
    pub remarks: Vec<Remark<'o>>,
}

impl Case<'_> {
    /// Whether anything in it is denied or cannot be read.
    pub fn fails(&self) -> bool {
        self.remarks.iter().any(|remark| remark.level == Level::Error)
    }

    /// Whether it could not be read.
    pub fn is_unreadable(&self) -> bool {
        self.remarks.iter().any(|remark| remark.finding.is_none())
    }
}

/// All files, ordered by name.
pub fn suites(outcome: &Outcome) -> Vec<Suite<'_>> {
    let closed = outcome.failures.iter().map(|failure| Suite {
        file: &failure.name,
        cases: vec![unreadable(vec![of_failure(failure)])],
    });
    let mut suites: Vec<Suite<'_>> = outcome.files.iter().map(suite).chain(closed).collect();
    suites.sort_by(|a, b| a.file.cmp(b.file));
    suites
}

fn suite(file: &FileOutcome) -> Suite<'_> {
    let mut cases: Vec<Case<'_>> = file.objects.iter().map(case).collect();
    let mut faults = Vec::new();
    for remark in of_file(file) {
        let case = remark.finding.and_then(|finding| cases.get_mut(finding.object));
        match case {
            Some(case) => case.remarks.push(remark),
            None => faults.push(remark),
        }
    }
    if !faults.is_empty() {
        cases.push(unreadable(faults));
    }
    Suite {
        file: &file.name,
        cases,
    }
}

fn case(object: &CheckedObject) -> Case<'_> {
    let name = if object.name.is_empty() { "?" } else { &object.name };
    Case {
        name: text::sanitized(&format!("{}/{name}", object.kind)),
        remarks: Vec::new(),
    }
}

fn unreadable(remarks: Vec<Remark<'_>>) -> Case<'_> {
    Case {
        name: UNREADABLE.to_owned(),
        remarks,
    }
}
