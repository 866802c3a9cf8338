//! The agreement as a page for the reader.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::compare::{Agreement, Opinion};
use crate::generated::Odd;
use crate::places::Placed;
use crate::server::Answer;
use crate::template::Change;

/// One template, and what both say of it.
pub struct Row<T> {
    pub template: T,
    pub ours: Opinion,
    pub theirs: Answer,
    pub agreement: Agreement,
}

const HEAD: &str = "\
# Job templates: jobflow against the API server

Written by `tests/cluster/tests/job_template_truth`, which shows the same Jobs to jobflow and, as a dry run, to kube-apiserver
1.36.3 with its default feature gates. `UPDATE_EXPECT=1 cargo xtask test` rewrites it; otherwise a difference fails the test.

- *same*: both accept the Job, or both refuse it at the same fields of the author's manifest.
- *finer*: both refuse it; jobflow names the very field where the API server names what holds it, leaves out an index, or
  uses a name that is not in the manifest (`compare.rs` lists these).
- *unreadable*: both refuse it; the API server cannot decode it and names no field.
- *more*: both refuse it at the same fields; jobflow goes on where the API server stops at the first fault.
- *stricter*: jobflow refuses on purpose what the API server accepts: `manualSelector` and `selector` (XX468), which the template of
  a CronJob may not have either, and what the schema of a CRD does not let pass: objects that lack what they must have (XX003), and
  quantities that are fractions and no texts (XX002).
- Anything else (*other field*, *only ours*, *only theirs*) would be a fault of jobflow, and fails the test.

";

/// The page: figures first, then each fault that was written by hand.
pub fn page(
    faults: &[Row<Change>],
    good: &[Row<Change>],
    elsewhere: &[Row<Placed>],
    odd: &[Row<Odd>],
    mixtures: usize,
) -> String {
    let mut page = HEAD.to_owned();
    page +=
        "| templates | same | finer | unreadable | more | stricter | disagreement |\n|---|---|---|---|---|---|---|\n";
    figures(
        &mut page,
        "with one fault, by hand",
        faults.iter().map(|row| row.agreement),
    );
    figures(
        &mut page,
        "without a fault, by hand",
        good.iter().map(|row| row.agreement),
    );
    figures(
        &mut page,
        "those of a container, in other containers",
        elsewhere.iter().map(|row| row.agreement),
    );
    figures(
        &mut page,
        "each field of the schema with odd values",
        odd.iter().map(|row| row.agreement),
    );
    writeln!(
        page,
        "\nBeside these, {mixtures} random mixtures of the good ones, made by the engine, are accepted by both."
    )
    .unwrap();
    stricter(&mut page, odd);
    for (group, rows) in grouped(faults) {
        writeln!(
            page,
            "\n## {group}\n\n| fault | rules | field | agreement |\n|---|---|---|---|"
        )
        .unwrap();
        for row in rows {
            let rules: Vec<&str> = row.ours.rules.iter().copied().collect();
            let fields: Vec<String> = row.ours.fields.iter().map(|field| format!("`{field}`")).collect();
            let (rules, fields) = (rules.join(", "), fields.join(", "));
            writeln!(
                page,
                "| {} | {rules} | {fields} | {} |",
                row.template.name,
                agreement(row)
            )
            .unwrap();
        }
    }
    page
}

fn figures(page: &mut String, what: &str, agreements: impl Iterator<Item = Agreement>) {
    let mut counts: BTreeMap<Agreement, usize> = BTreeMap::new();
    for agreement in agreements {
        *counts.entry(agreement).or_default() += 1;
    }
    let count = |agreement| counts.get(&agreement).copied().unwrap_or_default();
    let all: usize = counts.values().sum();
    let bad: usize = counts
        .iter()
        .filter(|(agreement, _)| !agreement.is_good())
        .map(|(_, count)| count)
        .sum();
    writeln!(
        page,
        "| {what}: {all} | {} | {} | {} | {} | {} | {bad} |",
        count(Agreement::Same),
        count(Agreement::Finer),
        count(Agreement::Unreadable),
        count(Agreement::More),
        count(Agreement::Stricter),
    )
    .unwrap();
}

/// Where jobflow is stricter, by the field that was odd.
fn stricter(page: &mut String, odd: &[Row<Odd>]) {
    let mut fields: Vec<&str> = Vec::new();
    for row in odd.iter().filter(|row| row.agreement == Agreement::Stricter) {
        fields.extend(row.ours.fields.iter().map(String::as_str));
    }
    fields.sort_unstable();
    fields.dedup();
    page.push_str("\nFields where jobflow is stricter:");
    for field in fields {
        write!(page, "\n- `{field}`").unwrap();
    }
    page.push('\n');
}

fn grouped(rows: &[Row<Change>]) -> BTreeMap<&str, Vec<&Row<Change>>> {
    let mut groups: BTreeMap<&str, Vec<&Row<Change>>> = BTreeMap::new();
    for row in rows {
        groups.entry(&row.template.group).or_default().push(row);
    }
    groups
}

/// The agreement in a word; where jobflow is finer, with what the API server says.
fn agreement(row: &Row<Change>) -> String {
    let theirs = match &row.theirs {
        Answer::Refused(fields) => fields
            .iter()
            .map(|field| format!("`{field}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Answer::Accepted | Answer::Unreadable(_) => String::new(),
    };
    match row.agreement {
        Agreement::Same => "same".to_owned(),
        Agreement::Finer => format!("finer than {theirs}"),
        Agreement::Unreadable => "unreadable".to_owned(),
        Agreement::Stricter => "stricter".to_owned(),
        Agreement::More => format!("more than {theirs}"),
        other => format!("**{other:?}** {theirs}"),
    }
}
