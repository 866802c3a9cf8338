//! From a submission to a judgement: the pure part of a review.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jobflow_core::admission::{self, ObjectName, Operation, TemplateIndex, Verdict};
use jobflow_core::diagnostic::{Diagnostic, Report};
use jobflow_core::kinds::Kind;
use serde_json::Value;

use crate::denial;
use crate::envelope::Submission;
use crate::reply::{EncodedPatch, Reply};
use crate::warnings;

/// Which of the two webhooks is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Mutate,
    Validate,
}

impl Endpoint {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Endpoint::Mutate => "mutate",
            Endpoint::Validate => "validate",
        }
    }
}

/// What became of a review, as metrics and logs name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allowed,
    Patched,
    Denied,
    /// Nothing of ours: allowed unread.
    PassedOver,
    /// The request could not be read beyond its uid.
    Malformed,
    Overdue,
    Panicked,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Outcome::Allowed => "allowed",
            Outcome::Patched => "patched",
            Outcome::Denied => "denied",
            Outcome::PassedOver => "passed_over",
            Outcome::Malformed => "malformed",
            Outcome::Overdue => "overdue",
            Outcome::Panicked => "panicked",
        }
    }
}

/// The answer to a review, and what the log says about it.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) reply: Reply,
    pub(crate) outcome: Outcome,
    /// The rules that spoke, each once.
    pub(crate) rules: BTreeSet<&'static str>,
    /// Whether a patch was held back because it does not apply to the object: a fault of ours.
    pub(crate) patch_dropped: bool,
}

impl Judgement {
    /// An answer that no rule had a part in.
    pub(crate) fn without_rules(reply: Reply, outcome: Outcome) -> Self {
        Self {
            reply,
            outcome,
            rules: BTreeSet::new(),
            patch_dropped: false,
        }
    }

    /// Nothing of ours: allowed as it is.
    pub(crate) fn passed_over(uid: &str) -> Self {
        let reply = Reply {
            uid: uid.to_owned(),
            allowed: true,
            ..Reply::default()
        };
        Self::without_rules(reply, Outcome::PassedOver)
    }
}

/// What is asked about, once it is known to be ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) endpoint: Endpoint,
    pub(crate) kind: &'static Kind,
    pub(crate) operation: Operation,
}

impl Question {
    /// `None` for a kind, an operation or a subresource that is not ours. It is then allowed: a webhook
    /// configuration that sends us too much must not stop the cluster.
    pub(crate) fn of(endpoint: Endpoint, submission: &Submission) -> Option<Self> {
        let kind = &submission.kind;
        Some(Self {
            endpoint,
            kind: admission::kind_for(&kind.group, &kind.version, &kind.kind)?,
            operation: submission.operation.filter(|_| submission.sub_resource.is_empty())?,
        })
    }
}

/// Answers `question` about `submission`.
pub(crate) fn judge(question: Question, submission: &Submission, templates: &dyn TemplateIndex) -> Judgement {
    let object = match submission.object.as_deref().map(parsed).transpose() {
        Ok(object) => object,
        Err(fault) => {
            let verdict = Verdict {
                report: Report::from(vec![fault]),
                ..Verdict::default()
            };
            return judgement(submission, &shown_name(submission, None), &verdict);
        }
    };
    // An old object that cannot be read was stored while no webhook looked; it must not keep a good one out.
    let old_object = submission.old_object.as_deref().and_then(|text| parsed(text).ok());
    let name = shown_name(submission, object.as_ref());
    let review = admission::Review {
        kind: question.kind,
        operation: question.operation,
        namespace: &submission.namespace,
        object: object.map(Cow::Owned),
        old_object: old_object.map(Cow::Owned),
    };
    let verdict = match question.endpoint {
        Endpoint::Mutate => admission::mutate(review, templates),
        Endpoint::Validate => admission::validate(review, templates),
    };
    judgement(submission, &name, &verdict)
}

fn parsed(json: &[u8]) -> Result<Value, Diagnostic> {
    admission::parse_object(std::str::from_utf8(json).expect("the whole body was checked to be UTF-8"))
}

fn judgement(submission: &Submission, name: &str, verdict: &Verdict) -> Judgement {
    let denials: Vec<&Diagnostic> = verdict.report.denials().collect();
    let status = (!denials.is_empty()).then(|| denial::invalid(&submission.kind, name, &denials));
    let patch = match status {
        Some(_) => None,
        None => EncodedPatch::of(&verdict.patch),
    };
    Judgement {
        outcome: match (&status, &patch) {
            (Some(_), _) => Outcome::Denied,
            (None, Some(_)) => Outcome::Patched,
            (None, None) => Outcome::Allowed,
        },
        rules: verdict
            .report
            .findings()
            .iter()
            .map(|finding| finding.rule.id)
            .collect(),
        patch_dropped: verdict.patch_dropped,
        reply: Reply {
            uid: submission.uid.clone(),
            allowed: status.is_none(),
            patch,
            status,
            warnings: warnings::of(&verdict.report),
        },
    }
}

/// The name by which kubectl speaks of the object. With `generateName` there is none yet.
fn shown_name(submission: &Submission, object: Option<&Value>) -> String {
    if !submission.name.is_empty() {
        return submission.name.clone();
    }
    match object.map_or(ObjectName::Missing, ObjectName::of) {
        ObjectName::Given(name) => name.to_owned(),
        ObjectName::Generated(prefix) => format!("{prefix}?"),
        ObjectName::Missing => String::new(),
    }
}
