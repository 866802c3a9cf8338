//! Wording: what a DaemonJob tells, where it differs from what every kind tells.

use std::collections::BTreeMap;

use crds::{Conditions, DaemonJob};

use super::eligibility::{Hindrance, Misfit, misfit, shown};
use super::{NodePolicy, Nodes, ValidDaemonJob, status};
use crate::engine::{
    self, Change, Counts, Course, Event, Headline, Outcome, Phase, Row, Standing, State, Subject, and_more, counted,
    reason,
};
use crate::limits::DAEMON_NODES_MAX;

/// What words are found for.
pub(super) struct Scene<'a> {
    pub object: &'a DaemonJob,
    pub model: &'a ValidDaemonJob,
    pub nodes: &'a Nodes,
    pub subject: Subject<'a>,
    /// How many eligible nodes there was no room for.
    pub left_out: usize,
    /// What keeps pods from starting on nodes that have a Job, one a step.
    pub hindrances: Vec<Option<Hindrance>>,
}

/// What is told.
#[derive(Debug)]
pub(super) struct Told {
    pub headline: Headline,
    /// Whether there is nothing to do and nothing amiss, although it never finishes.
    pub is_settled: bool,
    /// Names in `excludeNodeList` that are no nodes: a sentence.
    pub unknown: Option<String>,
    pub events: Vec<Event>,
}

/// Finds the words for an outcome.
pub(super) fn told(scene: &Scene<'_>, last: &Course, outcome: &mut Outcome) -> Told {
    let counts = Counts::of(&outcome.rows);
    let is_idle = counts.total > 0 && counts.waiting + counts.active == 0 && outcome.course.phase == Phase::Running;
    let headline = if is_idle {
        idle(scene, outcome)
    } else {
        headline(scene, outcome, counts)
    };
    let unknown = unknown_exclusions(scene);
    let mut events = Vec::from_iter(of_gone(scene, outcome));
    events.extend(engine::of_changes(scene.subject, outcome));
    events.extend(engine::of_course(scene.subject, last, outcome, &headline.message));
    let conditions = scene.object.status.as_ref().map(|status| &status.conditions);
    let was_unknown = conditions.is_some_and(|held| held.is_true(reason::EXCLUDED_NODES_NOT_FOUND));
    if let Some(unknown) = unknown.as_deref().filter(|_| !was_unknown) {
        events.push(Event::warning(reason::EXCLUDED_NODES_NOT_FOUND, unknown));
    }
    Told {
        is_settled: is_idle && headline.standing == Standing::Reconciling,
        headline,
        unknown,
        events,
    }
}

fn headline(scene: &Scene<'_>, outcome: &Outcome, counts: Counts) -> Headline {
    match outcome.course.phase {
        Phase::Pending if counts.total == 0 => nowhere(scene),
        Phase::Suspended if counts.total == 0 => {
            let message = "suspended: it takes its nodes when it is resumed";
            Headline::new(Standing::Reconciling, reason::SUSPENDED, message)
        }
        Phase::Succeeded if counts.skipped > 0 => {
            let Counts {
                total,
                succeeded,
                skipped,
                ..
            } = counts;
            let message = format!("{succeeded} of {total} nodes succeeded, {skipped} left before the job ended");
            Headline::new(Standing::Complete, reason::COMPLETED, message)
        }
        Phase::Failed if counts.failed == 0 => {
            let message = format!("{} left before the job ended", all(counts.total));
            Headline::new(Standing::Failed, reason::NODE_GONE, message)
        }
        _ => under_way(scene, outcome, counts),
    }
}

fn all(nodes: usize) -> String {
    match nodes {
        1 => "the only node".to_owned(),
        nodes => format!("all {nodes} nodes"),
    }
}

/// What the engine tells, in the words of nodes, and what holds up pods that it does not know of.
fn under_way(scene: &Scene<'_>, outcome: &Outcome, counts: Counts) -> Headline {
    let mut headline = engine::headline(scene.subject, outcome);
    if outcome.course.phase.is_end() {
        return headline;
    }
    let is_told = |row: &Row| row.trouble().is_some();
    if headline.reason == reason::PROGRESSING && counts.failed == 0 && !outcome.rows.iter().any(is_told) {
        headline.message = running(scene, outcome);
    }
    let hindered = scene.hindrances.iter().enumerate();
    let mut hindered = hindered.filter_map(|(step, hindrance)| Some((step, hindrance.as_ref()?)));
    if let Some((step, hindrance)) = hindered.next() {
        let name = scene.subject.name(step);
        let sentence = format!("node '{name}' takes no new pods: {hindrance}");
        let sentence = and_more(&sentence, 1 + hindered.count());
        headline.message = format!("{}; {sentence}", headline.message);
    }
    with_left_out(scene, headline)
}

fn running(scene: &Scene<'_>, outcome: &Outcome) -> String {
    let rows = outcome.rows.iter().enumerate();
    let active: Vec<usize> = rows
        .filter(|(_, row)| row.state == State::Active)
        .map(|(step, _)| step)
        .collect();
    let names = active.iter().map(|&step| scene.subject.name(step));
    format!("running on {}", counted("node", names))
}

/// What is told of a DaemonJob that never finishes while it has nothing to do.
fn idle(scene: &Scene<'_>, outcome: &Outcome) -> Headline {
    let rows = outcome.rows.iter().enumerate();
    let failed: Vec<_> = rows.filter(|(_, row)| row.state == State::Failed).collect();
    let headline = if let Some((step, row)) = failed.first() {
        let failure = scene.subject.failure(*step, row.reason.as_deref());
        let message = and_more(&failure, failed.len());
        Headline::new(Standing::Stalled, reason::JOB_FAILED, message)
    } else {
        let Counts { total, succeeded, .. } = Counts::of(&outcome.rows);
        let message = format!("{succeeded} of {total} nodes succeeded; nodes that join are served");
        Headline::new(Standing::Reconciling, reason::PROGRESSING, message)
    };
    with_left_out(scene, headline)
}

/// That a cluster is larger than what one DaemonJob can serve comes before everything else.
fn with_left_out(scene: &Scene<'_>, headline: Headline) -> Headline {
    match scene.left_out {
        0 => headline,
        left_out => {
            let message = format!("{}; {}", too_many(left_out), headline.message);
            Headline::new(Standing::Stalled, reason::TOO_MANY_NODES, message)
        }
    }
}

fn too_many(left_out: usize) -> String {
    format!(
        "{left_out} more nodes are eligible than the {DAEMON_NODES_MAX} that one DaemonJob serves: choose fewer by the \
         template's node selector"
    )
}

/// Why no node gets a Job.
fn nowhere(scene: &Scene<'_>) -> Headline {
    if scene.left_out > 0 && scene.model.node_policy() == NodePolicy::Snapshot {
        return Headline::new(Standing::Stalled, reason::TOO_MANY_NODES, too_many(scene.left_out));
    }
    let message = if scene.nodes.is_empty() {
        "no node is eligible: the cluster has none".to_owned()
    } else {
        format!("no node is eligible: {}", misfits(scene))
    };
    Headline::new(Standing::Reconciling, reason::NO_ELIGIBLE_NODE, message)
}

/// How many nodes are out of the question for which reason.
fn misfits(scene: &Scene<'_>) -> String {
    let mut counts: BTreeMap<(u8, String), usize> = BTreeMap::new();
    for (name, node) in scene.nodes {
        let why = match misfit(scene.model.template(), name, node) {
            _ if scene.model.excluded().contains(name) => (0, "excluded by `excludeNodeList`".to_owned()),
            Some(Misfit::NodeName) => (1, "not named in the template's `nodeName`".to_owned()),
            Some(Misfit::Selector) => (2, "not matched by the template's node selector or affinity".to_owned()),
            Some(Misfit::Taint(taint)) => (
                3,
                format!(
                    "with the taint '{}', which the template does not tolerate",
                    shown(&taint)
                ),
            ),
            None => continue,
        };
        *counts.entry(why).or_default() += 1;
    }
    let total = scene.nodes.len();
    let told = counts
        .iter()
        .map(|((_, why), count)| format!("{count} of {total} {why}"));
    told.collect::<Vec<_>>().join(", ")
}

/// Names in `excludeNodeList` that are no nodes: most likely misspelt, and then a node has a Job that should not.
fn unknown_exclusions(scene: &Scene<'_>) -> Option<String> {
    let excluded = scene.model.excluded().iter();
    let unknown: Vec<&str> = excluded
        .filter(|name| !scene.nodes.contains_key(*name))
        .map(String::as_str)
        .collect();
    (!unknown.is_empty()).then(|| {
        format!(
            "`excludeNodeList` has names of no node in this cluster: {}",
            counted("name", unknown.into_iter())
        )
    })
}

/// The event of the nodes that left before their Job ended; the engine's would say no more than that they are skipped.
fn of_gone(scene: &Scene<'_>, outcome: &mut Outcome) -> Option<Event> {
    let rows = &outcome.rows;
    let (gone, other): (Vec<_>, Vec<_>) = outcome
        .changes
        .iter()
        .partition(|(step, change)| *change == Change::Skipped && rows.get(*step).is_some_and(status::is_gone));
    outcome.changes = other;
    let names = gone.iter().map(|(step, _)| scene.subject.name(*step));
    let message = format!("left before the job ended: {}", counted("node", names));
    (!gone.is_empty()).then(|| Event::warning(reason::NODE_GONE, &message))
}
