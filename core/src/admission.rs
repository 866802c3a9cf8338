//! Admission: from a submitted object to a verdict.
//!
//! ```text
//! /mutate    object ── normalize ──> changes ── check ──> the whole report, or the patch
//! /validate  object ── normalized already? ── check ──> the whole report
//! ```
//!
//! Both give the same report. The mutating webhook may refuse too, because it is called before the API server's own
//! schema and CEL checks: were it silent, a duplicate name (refused by the schema) would hide a cycle (refused by us), and
//! the author would meet the faults one by one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use json_patch::Patch;
use serde_json::Value;

use crate::change::{Change, applies, apply, to_patch};
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::kinds::{ALL, Kind};
use crate::rules::{invalid_name, missing_name, not_normalized, too_many_values, unknown_kind};
use crate::{job_template, read};

/// What is being done to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is new.
    Create,
    /// It replaces an old one.
    Update,
    /// It is being removed.
    Delete,
}

/// One submission: the fields of an admission request that the verdict depends on.
/// An object that is handed over is normalized where it is; of one that is lent a copy is made.
#[derive(Clone, Debug)]
pub struct Review<'a> {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// What is being done.
    pub operation: Operation,
    /// The namespace of the request.
    pub namespace: &'a str,
    /// The whole object; `None` for a delete.
    pub object: Option<Cow<'a, Value>>,
    /// The whole object as it is stored; `None` for a create.
    pub old_object: Option<Cow<'a, Value>>,
}

/// What admission says.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Every finding, sorted.
    pub report: Report,
    /// What to change before the object is stored; empty for no change.
    pub patch: Patch,
    /// Whether a patch was held back because it does not apply to the object: a fault of ours. It would be fatal even with
    /// `failurePolicy: Ignore`, and the API server's text would not say whose it was (ADMISSION.md 1.4); without it the
    /// validating webhook explains what is missing.
    pub patch_dropped: bool,
}

impl Verdict {
    /// Whether the object may be stored.
    pub fn allowed(&self) -> bool {
        !self.report.denies()
    }

    fn of(report: Report) -> Self {
        Self {
            report: report.settled(),
            ..Self::default()
        }
    }
}

/// Whether something exists, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It exists.
    Present,
    /// It does not.
    Absent,
    /// The caches that know are not filled yet, or there is no cluster to ask.
    Unknown,
}

/// The questions about the cluster that admission asks. Answered from memory, never by a request.
pub trait TemplateIndex: Send + Sync {
    /// Whether the JobTemplate `name` exists in `namespace`.
    fn presence(&self, namespace: &str, name: &str) -> Presence;

    /// The JobFlows of `namespace` that have not finished and still need the JobTemplate `name`.
    fn unfinished_users(&self, namespace: &str, name: &str) -> Vec<String>;
}

/// An index for where there is no cluster.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTemplates;

impl TemplateIndex for NoTemplates {
    fn presence(&self, _: &str, _: &str) -> Presence {
        Presence::Unknown
    }

    fn unfinished_users(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// The JobTemplates that were found beside the object.
///
/// Where there are any, the files are taken for one world: a template that is not among them is absent. Where there
/// is none, nothing is known, unless it is [said](Self::complete) that these are all.
#[derive(Clone, Debug, Default)]
pub struct KnownTemplates {
    /// The namespaces of each name. An empty one is that of a file which names none: it may be any.
    namespaces: BTreeMap<String, BTreeSet<String>>,
    is_complete: bool,
}

impl KnownTemplates {
    /// Notes `object`, if it is a JobTemplate with a name.
    pub fn note(&mut self, object: &Value) {
        let Recognized::Ours(kind) = recognize(object) else {
            return;
        };
        if let (true, ObjectName::Given(name)) = (kind.kind == job_template::KIND.kind, ObjectName::of(object)) {
            let namespaces = self.namespaces.entry(name.to_owned()).or_default();
            namespaces.insert(namespace_of(object).to_owned());
        }
    }

    /// Takes it that there are no others.
    pub fn complete(&mut self) {
        self.is_complete = true;
    }
}

impl TemplateIndex for KnownTemplates {
    fn presence(&self, namespace: &str, name: &str) -> Presence {
        if !self.is_complete && self.namespaces.is_empty() {
            return Presence::Unknown;
        }
        let is_it = |namespaces: &BTreeSet<String>| {
            namespace.is_empty() || namespaces.contains(namespace) || namespaces.contains("")
        };
        match self.namespaces.get(name).is_some_and(is_it) {
            true => Presence::Present,
            false => Presence::Absent,
        }
    }

    fn unfinished_users(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// What an object's `apiVersion` and `kind` say about it.
#[derive(Debug)]
pub enum Recognized {
    /// One of our kinds.
    Ours(&'static Kind),
    /// In one of our groups, but of no kind or version that there is.
    UnknownKind(Box<Diagnostic>),
    /// Not for us.
    Foreign,
}

/// Tells whether `object` is for us.
pub fn recognize(object: &Value) -> Recognized {
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (group, version) = text("apiVersion").split_once('/').unwrap_or_default();
    let unknown = |fault| Recognized::UnknownKind(Box::new(fault));
    match kind_for(group, version, text("kind")) {
        Some(kind) => Recognized::Ours(kind),
        None if ALL.iter().any(|kind| kind.group == group) => {
            unknown(unknown_kind::fault(group, version, text("kind")))
        }
        None => unknown_kind::misspelt_group(text("apiVersion"), text("kind")).map_or(Recognized::Foreign, unknown),
    }
}

/// Our kind of this group, version and kind.
pub fn kind_for(group: &str, version: &str, kind: &str) -> Option<&'static Kind> {
    let is_it = |known: &&&Kind| known.group == group && known.version == version && known.kind == kind;
    ALL.iter().find(is_it).copied()
}

/// An object's name, as far as it is known before the API server stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectName<'a> {
    /// `metadata.name`.
    Given(&'a str),
    /// `metadata.generateName`: the API server appends five characters.
    Generated(&'a str),
    /// Neither.
    Missing,
}

impl<'a> ObjectName<'a> {
    /// The name of `object`.
    pub fn of(object: &'a Value) -> Self {
        let text = |pointer| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        match (text("/metadata/name"), text("/metadata/generateName")) {
            (Some(name), _) => ObjectName::Given(name),
            (None, Some(prefix)) => ObjectName::Generated(prefix),
            (None, None) => ObjectName::Missing,
        }
    }
}

/// A normalized object that is to be checked.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// The whole object.
    pub object: &'a Value,
    /// Its name.
    pub name: ObjectName<'a>,
    /// Its namespace; empty where a file names none.
    pub namespace: &'a str,
    /// The cluster's templates.
    pub templates: &'a dyn TemplateIndex,
}

impl<'a> Candidate<'a> {
    /// The candidate that `object` is.
    pub fn new(object: &'a Value, namespace: &'a str, templates: &'a dyn TemplateIndex) -> Self {
        Self {
            object,
            name: ObjectName::of(object),
            namespace,
            templates,
        }
    }
}

/// Reads an object from JSON.
///
/// # Errors
/// A finding when it is nested deeper than [`crate::limits::NESTING_MAX`], has more in it than
/// [`crate::limits::VALUES_MAX`] or [`crate::limits::LISTED_OBJECTS_MAX`], or is no JSON.
pub fn parse_object(json: &str) -> Result<Value, Diagnostic> {
    read::object(json)
}

/// The whole way of a new object: normalize, then check.
pub fn check(kind: &'static Kind, object: &Value, templates: &dyn TemplateIndex) -> Report {
    check_with(kind, object, templates, |_, _| {})
}

/// Like [`check`], where `further` adds what else is wrong with the normalized object: where there is no cluster, that is
/// what the API server would say between the two webhooks. It is not asked about an object with too much in it.
pub fn check_with(
    kind: &'static Kind,
    object: &Value,
    templates: &dyn TemplateIndex,
    further: impl FnOnce(&Value, &mut Report),
) -> Report {
    let mut report = Report::default();
    too_many_values::check(object, &mut report);
    if report.denies() {
        return report;
    }
    let normalized = Normalized::of(kind, Cow::Borrowed(object));
    let mut report = checked(kind, &normalized.object, namespace_of(object), templates);
    further(&normalized.object, &mut report);
    warn_of(&normalized.changes, &mut report);
    report.settled()
}

/// What the mutating webhook makes of a new object, whether or not anything denies it.
pub fn normalize(kind: &'static Kind, object: &Value) -> Vec<Change> {
    (kind.normalize)(object)
}

/// The object as it would be stored: normalized, once [`check`] has found nothing to deny.
///
/// # Errors
/// The whole report, where it denies the object.
pub fn admitted(kind: &'static Kind, object: &Value, templates: &dyn TemplateIndex) -> Result<Value, Report> {
    let report = check(kind, object, templates);
    if report.denies() {
        return Err(report);
    }
    Ok(Normalized::of(kind, Cow::Borrowed(object)).object.into_owned())
}

/// The answer of the mutating webhook: the patch and the warnings of normalization, or the whole report.
pub fn mutate(review: Review<'_>, templates: &dyn TemplateIndex) -> Verdict {
    let Some(reviewed) = Reviewed::of(review, templates) else {
        return Verdict::default();
    };
    let Reviewed { normalized, mut report } = reviewed;
    if report
        .findings()
        .iter()
        .any(|finding| finding.reason == Reason::TypeInvalid)
    {
        // The API server's schema speaks next, and says it of all fields at once.
        return Verdict::default();
    }
    let is_denied = report.denies();
    if !is_denied {
        report = Report::default();
    }
    warn_of(&normalized.changes, &mut report);
    let verdict = Verdict::of(report);
    if is_denied {
        return verdict;
    }
    if !normalized.is_whole {
        return Verdict {
            patch_dropped: true,
            ..verdict
        };
    }
    Verdict {
        patch: to_patch(normalized.changes),
        ..verdict
    }
}

/// The answer of the validating webhook. It refuses what is not normalized: that the controller runs only normalized
/// specs does not depend on the mutating webhook.
pub fn validate(review: Review<'_>, templates: &dyn TemplateIndex) -> Verdict {
    if review.operation == Operation::Delete {
        return Verdict::of(deletion(&review, templates));
    }
    let Some(Reviewed { normalized, mut report }) = Reviewed::of(review, templates) else {
        return Verdict::default();
    };
    for change in &normalized.changes {
        report.push(not_normalized::fault(change));
    }
    Verdict::of(report)
}

/// An object as it is to be stored, and what is changed for that.
struct Normalized<'a> {
    object: Cow<'a, Value>,
    changes: Vec<Change>,
    /// Whether all changes can be made.
    is_whole: bool,
}

impl<'a> Normalized<'a> {
    fn of(kind: &Kind, mut object: Cow<'a, Value>) -> Self {
        let changes = (kind.normalize)(&object);
        let is_whole = changes.is_empty() || apply(object.to_mut(), &changes);
        Self {
            object,
            changes,
            is_whole,
        }
    }

    /// The same, where nothing is changed that no rule looks at.
    fn as_far_as_reviewed(kind: &Kind, object: Cow<'a, Value>) -> Self {
        if kind.rules_see_changes {
            return Self::of(kind, object);
        }
        let changes = (kind.normalize)(&object);
        Self {
            is_whole: applies(&object, &changes),
            object,
            changes,
        }
    }
}

/// A normalized object, and what there is to say of it: without what its stored version has too, since an old fault may stay
/// and a new one may not.
struct Reviewed<'a> {
    normalized: Normalized<'a>,
    report: Report,
}

impl<'a> Reviewed<'a> {
    /// `None` where there is nothing to review.
    fn of(review: Review<'a>, templates: &dyn TemplateIndex) -> Option<Self> {
        let Review {
            kind,
            namespace,
            object,
            old_object,
            ..
        } = review;
        let object = object.filter(|object| !is_exempt(object, old_object.as_deref()))?;
        let normalized = Normalized::as_far_as_reviewed(kind, object);
        let mut report = checked(kind, &normalized.object, namespace, templates);
        if let Some(old) = old_object {
            // Where the report is full, neither names all faults: no comparison could excuse them.
            if report.denies() && !report.is_full() {
                let held: BTreeSet<String> = checked(kind, &old, namespace, templates)
                    .denials()
                    .map(ToString::to_string)
                    .collect();
                report = report.without(|finding| finding.denies() && held.contains(&finding.to_string()));
            }
            let old = Normalized::as_far_as_reviewed(kind, old);
            (kind.check_update)(&old.object, &normalized.object, &mut report);
        }
        Some(Self { normalized, report })
    }
}

/// An update that leaves the spec as it is, or of an object that is being deleted, always passes: finalizers must come
/// off, and labels go on, whatever today's rules think of an old spec.
fn is_exempt(object: &Value, old_object: Option<&Value>) -> bool {
    let deleting = object
        .pointer("/metadata/deletionTimestamp")
        .is_some_and(|time| !time.is_null());
    old_object.is_some_and(|old| deleting || old.get("spec") == object.get("spec"))
}

fn checked(kind: &Kind, object: &Value, namespace: &str, templates: &dyn TemplateIndex) -> Report {
    let candidate = Candidate::new(object, namespace, templates);
    let mut found = Report::default();
    missing_name::check(&candidate.name, &mut found);
    invalid_name::check(&candidate.name, &mut found);
    (kind.check)(&candidate, &mut found);
    found
}

fn warn_of(changes: &[Change], report: &mut Report) {
    for warning in changes.iter().filter_map(Change::warning) {
        report.push(warning.clone());
    }
}

fn deletion(review: &Review<'_>, templates: &dyn TemplateIndex) -> Report {
    let mut found = Report::default();
    if let (Some(old), true) = (&review.old_object, review.kind.kind == job_template::KIND.kind) {
        job_template::rules::needed_template::check(old, review.namespace, templates, &mut found);
    }
    found
}

/// The namespace of `object`; empty for none.
pub fn namespace_of(object: &Value) -> &str {
    object
        .pointer("/metadata/namespace")
        .and_then(Value::as_str)
        .unwrap_or_default()
}
