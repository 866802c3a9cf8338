//! validate: from a normalized ManagedJob to a model that can be run, or to a report of all faults.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crds::ManagedJobSpec;

use super::SHAPE;
use super::compile::{job_spec, retries};
use super::levels::Levels;
use super::model::ValidManagedJob;
use super::order::{Names, Order, full_name, places};
use super::origin::Origins;
use super::rules::{self, Subject};
use crate::admission::{Candidate, ObjectName};
use crate::diagnostic::{Diagnostic, Report};
use crate::field::{At, FieldPath};
use crate::names::Nearest;
use crate::pod::JobContext;
use crate::{parse, pod};

/// Reports every fault; gives the model when there is none that denies.
pub fn validate(candidate: &Candidate<'_>, found: &mut Report) -> Option<ValidManagedJob> {
    let mut counts = Report::default();
    rules::too_many_jobs::check(candidate.object, &mut counts);
    if counts.denies() {
        found.append(counts);
        return None;
    }
    let spec = parse::spec(&SHAPE, candidate.object, found)?;
    if !rules::check_limits(candidate.object, &spec, found) {
        // Beyond the limits nothing else is worth its time.
        return None;
    }
    let object = match candidate.name {
        ObjectName::Given(name) => Some(name),
        ObjectName::Generated(_) | ObjectName::Missing => None,
    };
    let names = Names::of(&spec, object);
    let order = Order::of(&spec, &names);
    rules::check(&Subject::new(candidate, &spec, &names, &order), found);
    check_pods(&spec, object, found);
    (!found.denies()).then(|| ValidManagedJob::of(spec, &shown(candidate.name), &names, order))
}

/// The name of the object as far as it is known; only a stored object, which has one, is run.
fn shown(name: ObjectName<'_>) -> String {
    match name {
        ObjectName::Given(name) => name.to_owned(),
        ObjectName::Generated(prefix) => format!("{prefix}?????"),
        ObjectName::Missing => String::new(),
    }
}

/// What the API server would refuse in the compiled Jobs, each fault once and where it was written. Where a rule of this
/// kind has spoken already, it is not said again.
fn check_pods(spec: &ManagedJobSpec, object: Option<&str>, found: &mut Report) {
    let spoken: BTreeSet<FieldPath> = found.denials().map(|finding| finding.path.clone()).collect();
    let is_spoken_of = |path: &FieldPath| {
        let outer = (1..=path.segments().len()).filter_map(|end| path.segments().get(..end));
        let mut outer = outer.map(|segments| FieldPath::new(segments.to_vec()));
        // In sorted order, what lies inside a path follows right after it.
        let inner = spoken.range(path..).next().is_some_and(|next| next.is_within(path));
        inner || outer.any(|outer| spoken.contains(&outer))
    };
    let mut said = BTreeSet::new();
    let nearest = RefCell::default();
    for place in places(spec) {
        for finding in pod_findings(spec, place, object, &nearest) {
            if !is_spoken_of(&finding.path) && said.insert((finding.path.clone(), finding.cause_message())) {
                found.push(finding);
            }
        }
    }
}

/// The findings about one compiled Job, at the author's paths.
fn pod_findings(
    spec: &ManagedJobSpec,
    (group, place): (usize, usize),
    object: Option<&str>,
    nearest: &RefCell<Nearest>,
) -> Vec<Diagnostic> {
    let Some(definition) = spec.groups.get(group) else {
        return Vec::new();
    };
    let Some(job) = definition.jobs.get(place) else {
        return Vec::new();
    };
    let levels = Levels::of(spec, group, place);
    let name = object.map(|object| full_name(object, &definition.name, &job.name));
    let context = JobContext {
        job_name: name.as_deref(),
        nearest: Some(nearest),
        ..JobContext::default()
    };
    let mut found = Report::default();
    let compiled = job_spec(job, levels.merged(), retries(spec));
    pod::check_job(&compiled, &At::ROOT, &context, &mut found);
    if found.findings().is_empty() {
        return Vec::new();
    }
    let origins = Origins::of(&levels);
    let moved = |finding: Diagnostic| Diagnostic {
        path: origins.author_path(&finding.path, &levels),
        ..finding
    };
    found.into_iter().map(moved).collect()
}
