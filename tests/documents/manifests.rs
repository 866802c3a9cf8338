//! Blocks of YAML: our objects in them are judged as the block says.

use std::collections::BTreeSet;

use documented::{Block, documents};
use serde_json::Value;

use crate::assert_none;
use crate::program::fed;

/// What a block says about the objects in it.
struct Claim {
    /// Whether admission denies.
    is_refused: bool,
    /// The rules that find something.
    rules: BTreeSet<String>,
}

#[test]
fn every_manifest_is_judged_as_the_document_says() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for document in documents() {
        for block in document
            .blocks()
            .iter()
            .filter(|block| block.is("yaml") && is_whole(block))
        {
            seen += 1;
            let place = document.place(block);
            match claim(block) {
                Some(claim) => faults.extend(fault(block, &claim).map(|fault| format!("{place}: {fault}"))),
                None => faults.push(format!(
                    "{place}: `{}` must be `yaml`, `yaml refused <rules>` or `yaml warned <rules>`",
                    block.info
                )),
            }
        }
    }
    assert!(seen >= 10, "only {seen} manifests were found");
    assert_none(&faults);
}

/// Whether it is an object, and not a part of one.
fn is_whole(block: &Block) -> bool {
    let has = |key: &str| block.lines.iter().any(|line| line.starts_with(key));
    has("apiVersion:") && has("kind:")
}

fn claim(block: &Block) -> Option<Claim> {
    let rules = |list: &str| list.split(',').map(str::to_owned).collect();
    match block.marks()[..] {
        [] => Some(Claim {
            is_refused: false,
            rules: BTreeSet::new(),
        }),
        [verdict @ ("refused" | "warned"), list] => Some(Claim {
            is_refused: verdict == "refused",
            rules: rules(list),
        }),
        _ => None,
    }
}

fn fault(block: &Block, claim: &Claim) -> Option<String> {
    let output = fed(&["validate", "-", "-o", "json"], &block.lines.join("\n"));
    let report: Value = match serde_json::from_slice(&output.stdout) {
        Ok(report) => report,
        Err(_) => return Some(String::from_utf8_lossy(&output.stderr).into_owned()),
    };
    let findings = report["findings"].as_array().into_iter().flatten();
    let rules: BTreeSet<String> = findings
        .filter_map(|finding| finding["rule"].as_str().map(str::to_owned))
        .collect();
    let status = output.status.code();
    let expected = if claim.is_refused { Some(1) } else { Some(0) };
    (rules != claim.rules || status != expected).then(|| {
        format!(
            "says {:?}, but is judged by {rules:?}, with exit status {status:?}",
            claim.rules
        )
    })
}
