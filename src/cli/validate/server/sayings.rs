//! Sayings: what an answer of the API server says of a Job, one thing at a time.

use jobflow_core::diagnostic::{Diagnostic, Reason};
use jobflow_core::field::FieldPath;
use jobflow_core::rules::{not_asked, refused_by_server, warned_by_server};
use jobflow_core::text::{named, sanitized};
use kube::core::Status;
use kube::core::response::StatusCause;

use crate::cli::cluster::{Answer, Verdict};

/// How much of what a cluster says is repeated. The longest words of Kubernetes itself, a warning about every Pod Security
/// Standard that a pod breaks, have some 1,000 letters; a webhook may say anything.
const LETTERS_MAX: usize = 2_000;

/// How many causes of one refusal are told. Nobody mends more before asking again.
const CAUSES_MAX: usize = 100;

/// How the API server's messages about a Job begin, before the words that are not about its name.
const SUBJECTS: [&str; 2] = ["jobs.batch \"", "Job.batch \""];

/// What stands between the name and those words.
const JOINTS: [&str; 2] = ["\" is forbidden: ", "\" is invalid: "];

/// One thing that the API server says of a Job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// The path in the Job; `None` where it names none.
    pub at: Option<FieldPath>,
    manner: Manner,
    words: String,
}

/// In which way it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Manner {
    /// With the reason of the cause.
    Refused(String),
    Warned,
    /// With what to do.
    NotAsked(String),
}

impl Saying {
    /// The finding for it, at the author's path.
    pub fn diagnostic(&self, path: FieldPath) -> Diagnostic {
        match &self.manner {
            Manner::Refused(reason) => refused_by_server::fault(path, reason, &self.words),
            Manner::Warned => warned_by_server::fault(path, &self.words),
            Manner::NotAsked(help) => not_asked::fault(path, &self.words, help),
        }
    }

    /// Whether it means that there is no verdict.
    pub fn is_no_verdict(&self) -> bool {
        matches!(self.manner, Manner::NotAsked(_))
    }
}

/// All that `answer` says of a Job in `namespace`.
pub fn sayings(answer: &Answer, namespace: &str) -> Vec<Saying> {
    let in_namespace = |manner, words: String| Saying {
        at: FieldPath::parse("metadata.namespace"),
        manner,
        words,
    };
    let mut said = match &answer.verdict {
        Verdict::Accepted => Vec::new(),
        Verdict::Refused(status) => refusals(status),
        Verdict::NoNamespace => {
            let words = format!("there is no namespace {} in the cluster", named(namespace));
            vec![in_namespace(
                Manner::Refused(Reason::NotFound.cause().to_owned()),
                words,
            )]
        }
        Verdict::MayNot(message) => {
            let help = format!(
                "ask who runs the cluster for the right to create Jobs in the namespace {}, or use -n, --as or --context",
                named(namespace)
            );
            vec![in_namespace(Manner::NotAsked(help), told(message))]
        }
        Verdict::Unanswered(message) => vec![Saying {
            at: None,
            manner: Manner::NotAsked("check again; if it stays so, ask who runs the cluster".to_owned()),
            words: told(message),
        }],
    };
    said.extend(answer.warnings.iter().map(|warning| warning_of(warning)));
    said
}

/// The causes of a refusal; the message where there are none.
fn refusals(status: &Status) -> Vec<Saying> {
    let causes = status.details.as_ref().map(|details| details.causes.as_slice());
    let causes = causes.unwrap_or_default();
    let said: Vec<Saying> = causes
        .iter()
        .filter(|cause| !cause.message.is_empty())
        .take(CAUSES_MAX)
        .map(refusal)
        .collect();
    if !said.is_empty() {
        return said;
    }
    vec![Saying {
        at: None,
        manner: Manner::Refused(String::new()),
        words: told(&status.message),
    }]
}

fn refusal(cause: &StatusCause) -> Saying {
    let at = FieldPath::parse(&cause.field);
    // What is no path may tell something all the same.
    let words = match (&at, cause.field.as_str()) {
        (Some(_), _) | (None, "") => told(&cause.message),
        (None, field) => told(&format!("{field}: {}", cause.message)),
    };
    Saying {
        at,
        manner: Manner::Refused(cause.reason.clone()),
        words,
    }
}

/// A warning; many begin with the path that they are about, and of a field that the cluster does not know the path is quoted.
fn warning_of(warning: &str) -> Saying {
    let is_of_job = |path: &FieldPath| {
        let first = path.segments().first();
        first.is_some_and(|first| ["spec", "metadata"].contains(&first.name()))
    };
    let path = |text: &str| FieldPath::parse(text).filter(is_of_job);
    let begun = warning
        .split_once(": ")
        .and_then(|(head, rest)| Some((path(head)?, rest)));
    let unknown = warning.strip_prefix("unknown field \"");
    let unknown = unknown.and_then(|rest| path(rest.split('"').next()?));
    let (at, words) = match (begun, unknown) {
        (Some((at, rest)), _) => (Some(at), rest),
        (None, at) => (at, warning),
    };
    Saying {
        at,
        manner: Manner::Warned,
        words: told(words),
    }
}

/// A message as it is shown: without the name of the Job, so that the same words about two Jobs are the same, and bounded.
fn told(message: &str) -> String {
    let message = message.trim();
    let is_of_job = SUBJECTS.iter().any(|subject| message.starts_with(subject));
    let joint = JOINTS.iter().find_map(|joint| Some(message.split_once(joint)?.1));
    let words = joint.filter(|_| is_of_job).unwrap_or(message);
    match words.char_indices().nth(LETTERS_MAX) {
        Some((end, _)) => sanitized(words.get(..end).unwrap_or_default()) + "...",
        None => sanitized(words),
    }
}

#[cfg(test)]
mod tests {
    use jobflow_core::field::FieldPath;
    use serde_json::{Value, json};

    use super::sayings;
    use crate::cli::cluster::{Answer, Verdict};

    /// Each saying as its path in the Job and the finding.
    fn told(verdict: Verdict, warnings: &[&str]) -> Vec<String> {
        let answer = Answer {
            verdict,
            warnings: warnings.iter().map(|&warning| warning.to_owned()).collect(),
        };
        let place = |at: &Option<FieldPath>| at.as_ref().map_or("-".to_owned(), ToString::to_string);
        let said = sayings(&answer, "team").into_iter();
        said.map(|saying| {
            format!(
                "{} {}",
                place(&saying.at),
                saying.diagnostic(FieldPath::default()).warning_text()
            )
        })
        .collect()
    }

    fn refused(message: &str, causes: &[(&str, &str, &str)]) -> Verdict {
        let cause = |(field, reason, message): &(&str, &str, &str)| json!({"field": field, "reason": reason, "message": message});
        let causes: Vec<Value> = causes.iter().map(cause).collect();
        let status = json!({"message": message, "reason": "Invalid", "details": {"causes": causes}});
        Verdict::Refused(serde_json::from_value(status).unwrap())
    }

    #[test]
    fn every_cause_of_a_refusal_is_told_at_its_path() {
        let causes = [
            (
                "spec.template.spec.containers[0].image",
                "FieldValueRequired",
                "Required value",
            ),
            ("", "", "ValidatingAdmissionPolicy 'p' denied request: no"),
            ("<nil>", "FieldValueInvalid", "Invalid value"),
        ];
        assert_eq!(
            told(refused("Job.batch \"a\" is invalid: [...]", &causes), &[]),
            [
                "spec.template.spec.containers[0].image : the API server refuses the Job: Required value [XX801]",
                "- : the API server refuses the Job: ValidatingAdmissionPolicy 'p' denied request: no [XX801]",
                "- : the API server refuses the Job: <nil>: Invalid value [XX801]",
            ]
        );
    }

    #[test]
    fn words_about_two_jobs_are_the_same_without_their_names() {
        let quota = |name: &str| refused(&format!("jobs.batch \"{name}\" is forbidden: exceeded quota: q"), &[]);
        assert_eq!(told(quota("a"), &[]), told(quota("b"), &[]));
        assert_eq!(
            told(quota("a"), &[]),
            ["- : the API server refuses the Job: exceeded quota: q [XX801]"]
        );
    }

    #[test]
    fn a_warning_is_told_at_the_path_that_it_begins_with_or_quotes() {
        let warnings = [
            "would violate PodSecurity \"restricted:latest\": a (container \"main\" must b)",
            "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14",
            "unknown field \"spec.podReplacementPolicy\"",
            "note: this is no path",
        ];
        assert_eq!(
            told(Verdict::Accepted, &warnings),
            [
                "- : the API server warns of the Job: would violate PodSecurity \"restricted:latest\": a (container \"main\" must b) [XX802]",
                "spec.template.spec.nodeSelector[beta.kubernetes.io/os] : the API server warns of the Job: deprecated since v1.14 [XX802]",
                "spec.podReplacementPolicy : the API server warns of the Job: unknown field \"spec.podReplacementPolicy\" [XX802]",
                "- : the API server warns of the Job: note: this is no path [XX802]",
            ]
        );
    }

    #[test]
    fn where_there_is_no_verdict_it_is_told_what_to_do() {
        assert_eq!(
            told(Verdict::MayNot("no right".to_owned()), &[]),
            [
                "metadata.namespace : the API server could not be asked about the Job: no right (ask who runs the cluster for \
              the right to create Jobs in the namespace 'team', or use -n, --as or --context) [XX803]"
            ]
        );
        assert_eq!(
            told(Verdict::NoNamespace, &[]),
            [
                "metadata.namespace : the API server refuses the Job: there is no namespace 'team' in the cluster [XX801]"
            ]
        );
        assert!(told(Verdict::Unanswered("down".to_owned()), &[])[0].contains("Job: down (check again; "));
    }

    #[test]
    fn words_without_end_are_cut() {
        let told = told(Verdict::Unanswered("ä".repeat(100_000)), &[]);
        assert!(told[0].len() < 5_000);
    }
}
