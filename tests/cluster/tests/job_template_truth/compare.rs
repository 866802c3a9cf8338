//! Two opinions about one Job, compared: whether it is refused, and where.

use std::collections::BTreeSet;

use jobflow_core::admission::{NoTemplates, check};
use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::job_flow::KIND;
use jobflow_core::rules::wrong_type::INTEGER_OR_STRING;
use serde_json::Value;

use crate::server::Answer;
use crate::template::job_flow;

/// What jobflow says of a Job: the rules that refuse it, and the fields, from the Job spec on.
#[derive(Clone, Debug, Default)]
pub struct Opinion {
    pub rules: BTreeSet<&'static str>,
    pub fields: BTreeSet<String>,
    /// What a field that is missing as a whole stands for.
    missing: BTreeSet<String>,
    /// Whether it says nothing but what it is meant to be stricter about.
    is_stricter: bool,
}

/// How well the two agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// Both accept it, or both refuse it at the same fields.
    Same,
    /// Both refuse it; jobflow names the very field where the API server names what holds it, or drops its index.
    Finer,
    /// Both refuse it; the API server cannot read it and names no field.
    Unreadable,
    /// jobflow refuses on purpose what the API server accepts.
    Stricter,
    /// Both refuse it at the same fields; jobflow goes on where the API server stops at the first fault.
    More,
    /// They name different fields.
    OtherField,
    /// jobflow refuses it, the API server does not.
    OnlyOurs,
    /// The API server refuses it, jobflow does not.
    OnlyTheirs,
}

impl Agreement {
    /// Whether it is what we want.
    pub fn is_good(self) -> bool {
        self <= Self::More
    }
}

/// Where the JobFlow holds the Job spec.
const JOB_SPEC: &str = "spec.flows[0].jobTemplate";

/// What jobflow says of a JobFlow with this Job.
pub fn opinion(job: &Value) -> Opinion {
    let report = check(&KIND, &job_flow(job), &NoTemplates);
    let mut opinion = Opinion {
        is_stricter: report.denials().all(is_stricter_on_purpose),
        ..Opinion::default()
    };
    for finding in report.denials() {
        let path = finding.path.to_string();
        let field = path
            .strip_prefix(JOB_SPEC)
            .unwrap_or(&path)
            .trim_start_matches('.')
            .to_owned();
        if finding.rule.id == "XX003" {
            opinion.missing.insert(field.clone());
        }
        opinion.rules.insert(finding.rule.id);
        opinion.fields.insert(field);
    }
    opinion
}

/// Compares what jobflow says with what the API server says.
pub fn compare(ours: &Opinion, theirs: &Answer) -> Agreement {
    match (ours.fields.is_empty(), theirs) {
        (true, Answer::Accepted) => Agreement::Same,
        (true, _) => Agreement::OnlyTheirs,
        (false, Answer::Accepted) if ours.is_stricter => Agreement::Stricter,
        (false, Answer::Accepted) => Agreement::OnlyOurs,
        (false, Answer::Unreadable(_)) => Agreement::Unreadable,
        (false, Answer::Refused(fields)) => {
            let theirs: BTreeSet<String> = fields.iter().map(|field| author_field(field)).collect();
            compare_fields(ours, &theirs)
        }
    }
}

/// What a template may not have though a Job may: a selector of its own (see rule XX468), and what the API server of Jobs
/// lets pass and the schema of our kinds does not: an object that lacks what it must have, and a quantity that is a
/// fraction and no text.
fn is_stricter_on_purpose(finding: &Diagnostic) -> bool {
    match finding.rule.id {
        "XX002" => finding.message.contains(INTEGER_OR_STRING),
        id => ["XX003", "XX468"].contains(&id),
    }
}

fn compare_fields(ours: &Opinion, theirs: &BTreeSet<String>) -> Agreement {
    if ours.fields == *theirs {
        return Agreement::Same;
    }
    let is_whole = |own: &String| ours.missing.contains(own) || WHOLE.contains(&own.as_str());
    let agrees = |own: &String, their: &String| {
        let follows = CONSEQUENCES.iter().any(|(cause, field)| own == cause && their == field);
        follows || is_meant(own, their) || (is_whole(own) && is_within(their, own))
    };
    let each_of_ours = ours.fields.iter().all(|own| {
        // What only the schema requires is said beside what both say.
        theirs.iter().any(|their| agrees(own, their)) || ours.missing.contains(own)
    });
    let each_of_theirs = theirs
        .iter()
        .all(|their| ours.fields.iter().any(|own| agrees(own, their)));
    match (each_of_ours, each_of_theirs) {
        (true, true) => Agreement::Finer,
        (false, true) => Agreement::More,
        _ => Agreement::OtherField,
    }
}

/// Whether `their` field means `own`: it is the same, or holds it, with or without the indexes and keys that the API
/// server leaves out, or it is one of its misnamed ones.
fn is_meant(own: &str, their: &str) -> bool {
    let is_finer = |own: &str| is_within(own, their) || is_within(&without_indexes(own), &without_indexes(their));
    let as_dots = own.replace('[', ".").replace(']', "");
    let plain = without_indexes(own);
    let misnamed = MISNAMED.iter().map(|(right, wrong)| plain.replace(right, wrong));
    is_finer(own) || is_within(&as_dots, their) || misnamed.into_iter().any(|own| is_finer(&own))
}

fn is_within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn without_indexes(field: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::new();
    for c in field.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// Fields, without indexes, and what the API server calls them. Found by reading
/// `pkg/apis/core/validation/validation.go` and confirmed by this test.
const MISNAMED: [(&str, &str); 19] = [
    // Renamed, or misspelled.
    (".gcePersistentDisk", ".persistentDisk"),
    (".downwardAPI", ".downwarAPI"),
    (".cephfs", ".cephFS"),
    (".hostPID", ".HostPID"),
    (".hostIPC", ".HostIPC"),
    (".initiatorName", ".initiatorname"),
    (".namespaces", ".namespace"),
    (".metadata.uid", ".metadata.uID"),
    // Elements that are left out, put in or out of order.
    (".downwardAPI.items", ".downwardAPI"),
    (
        ".downwardAPI.items.fieldRef.apiVersion",
        ".downwardAPI.fieldRef.fieldPath",
    ),
    (".overhead", ".overhead.limits"),
    (".spec.resources.requests", ".spec.resources"),
    (".nodePublishSecretRef.name", ".name"),
    (".projected.sources.serviceAccountToken.path", ".projected.path"),
    (
        ".spec.shareProcessNamespace",
        ".spec.securityContext.shareProcessNamespace",
    ),
    (".containers.resources.limits", ".resources.containers.limits"),
    // A field beside the one that is wrong.
    (".fieldRef.apiVersion", ".fieldRef.fieldPath"),
    (".tolerations.value", ".tolerations.operator"),
    (".spec.serviceAccount", ".spec.serviceAccountName"),
];

/// What the API server says about another field because of a fault that jobflow reports: without a selector that it made
/// itself, it complains of the selector and of the labels that do not match it.
const CONSEQUENCES: [(&str, &str); 3] = [
    ("selector", "template.metadata.labels"),
    ("manualSelector", "selector"),
    ("manualSelector", "template.metadata.labels"),
];

/// The annotation that the API server reads as if it were a field of them all.
const TOLERATIONS_ANNOTATION: &str = ".scheduler.alpha.kubernetes.io/tolerations";

/// Fields that may not be given at all, so that nothing inside is looked at.
const WHOLE: [&str; 2] = ["selector", "template.spec.resources.claims"];

/// The field of the template that the API server means.
fn author_field(field: &str) -> String {
    match field.strip_prefix("spec.") {
        Some(field) => {
            let renamed = field.replace("template.labels", "template.metadata.labels");
            let renamed = renamed.replace("template.annotations", "template.metadata.annotations");
            let renamed = renamed.replace(".{topologyKey, whenUnsatisfiable}", "");
            // What is in the text of an annotation is no field.
            match renamed.split_once(TOLERATIONS_ANNOTATION) {
                Some((annotations, _)) => annotations.to_owned(),
                None => renamed,
            }
        }
        // The Job has the labels of its template, and gives its name to the pods of its indexes.
        None if field.starts_with("metadata.labels") => format!("template.{field}"),
        None if field == "metadata.name" => "completions".to_owned(),
        None => field.to_owned(),
    }
}
