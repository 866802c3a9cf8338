//! Random cases: a graph, the fates of its Jobs, the bounds of the whole, and what happens to all that.

use std::collections::BTreeSet;

use crds::{FlowState, JobFlowStatus};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{Age, Node, Until, World, stored};
use crate::engine::testing::world::{any_age, any_end};

/// One thing that happens. Steps are numbers, taken modulo the number of steps.
#[derive(Clone, Debug)]
pub enum Happening {
    Reconcile {
        age: Age,
        until: Until,
    },
    End(usize),
    Delete(usize),
    Remove(usize),
    Template,
    /// The whole is suspended or resumed.
    Suspend(bool),
    /// Somebody else suspends or resumes one Job.
    SuspendJob(usize, bool),
    /// Somebody changes a bound.
    Set(&'static str, Value),
    Retry(u8),
    /// So many seconds pass.
    Later(u8),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => (any_age(), any_end()).prop_map(|(age, until)| Happening::Reconcile { age, until }),
        8 => any::<usize>().prop_map(Happening::End),
        2 => any::<usize>().prop_map(Happening::Delete),
        2 => any::<usize>().prop_map(Happening::Remove),
        1 => Just(Happening::Template),
        2 => any::<bool>().prop_map(Happening::Suspend),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(step, suspend)| Happening::SuspendJob(step, suspend)),
        1 => bound().prop_map(|(member, value)| Happening::Set(member, value)),
        1 => (0..4_u8).prop_map(Happening::Retry),
        1 => (1..20_u8).prop_map(Happening::Later),
    ]
}

/// A member of the spec that bounds the whole, and what it may be.
fn bound() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        proptest::option::of(0..4_u32).prop_map(|most| ("parallelism", json!(most))),
        proptest::option::of(0..40_u32).prop_map(|seconds| ("activeDeadlineSeconds", json!(seconds))),
        proptest::option::weighted(0.2, 0..9_u32).prop_map(|seconds| ("ttlSecondsAfterFinished", json!(seconds))),
        proptest::sample::select(&crds::FAILURE_POLICIES).prop_map(|policy| ("failurePolicy", json!(policy))),
    ]
}

/// A graph, and the fate of each step's Job: whether it completes.
#[derive(Clone, Debug)]
pub struct Case {
    pub dependencies: Vec<BTreeSet<usize>>,
    pub completes: Vec<bool>,
    pub when: Vec<&'static str>,
    by_template: Vec<bool>,
    bounds: Vec<(&'static str, Value)>,
    pub happenings: Vec<Happening>,
}

pub fn case() -> impl Strategy<Value = Case> {
    (1..9_usize).prop_flat_map(|count| {
        let edges = proptest::collection::vec((0..count, 0..count), 0..count * 2);
        let flags = |share| proptest::collection::vec(proptest::bool::weighted(share), count);
        let when = prop_oneof![6 => Just("OnSuccess"), 1 => Just("OnFailure"), 1 => Just("Always")];
        let when = proptest::collection::vec(when, count);
        let bounds = proptest::collection::vec(bound(), 0..4);
        let happenings = proptest::collection::vec(happening(), 0..60);
        let parts = (edges, flags(0.8), flags(0.2), when, bounds, happenings);
        parts.prop_map(move |(edges, completes, by_template, when, bounds, happenings)| {
            let mut dependencies = vec![BTreeSet::new(); count];
            for (a, b) in edges.into_iter().filter(|(a, b)| a != b) {
                dependencies[a.min(b)].insert(a.max(b));
            }
            // What handles failures must have somebody who can fail.
            let when = when.into_iter().zip(&dependencies);
            let when = when.map(|(when, dependencies)| if dependencies.is_empty() { "OnSuccess" } else { when });
            Case {
                when: when.collect(),
                dependencies,
                completes,
                by_template,
                bounds,
                happenings,
            }
        })
    })
}

impl Case {
    pub fn world(&self) -> World {
        let flow = |(at, dependencies): (usize, &BTreeSet<usize>)| Node {
            name: format!("s{at}"),
            dependencies: dependencies.iter().map(|to| format!("s{to}")).collect(),
            template: self.by_template[at].then(|| "late".to_owned()),
            when: Some(self.when[at]),
        };
        World::new(&stored(
            &self.dependencies.iter().enumerate().map(flow).collect::<Vec<_>>(),
        ))
    }

    /// Sets the bounds.
    pub fn bound(&self, world: &mut World) {
        for (member, value) in &self.bounds {
            world.set(member, value.clone());
        }
    }

    pub fn job(&self, step: usize) -> String {
        format!("demo-s{}", step % self.completes.len())
    }

    /// The Job of a step ends, if it runs.
    pub fn end(&self, world: &mut World, step: usize) {
        let kind = if self.completes[step % self.completes.len()] {
            "Complete"
        } else {
            "Failed"
        };
        world.end(&self.job(step), kind, "BackoffLimitExceeded", "");
    }

    pub fn happen(&self, world: &mut World, happening: &Happening) {
        world.seconds += 1;
        match happening {
            Happening::Reconcile { age, until } => {
                world.reconcile(*age, *until);
            }
            Happening::End(step) => self.end(world, *step),
            Happening::Delete(step) => world.delete(&self.job(*step)),
            Happening::Remove(step) => world.remove(&self.job(*step)),
            Happening::Template => world.add_template("late", None),
            Happening::Suspend(suspend) => world.set("suspend", json!(suspend)),
            Happening::SuspendJob(step, suspend) => world.suspend_job(&self.job(*step), *suspend),
            Happening::Set(member, value) => world.set(member, value.clone()),
            Happening::Retry(value) => world.retry(&value.to_string()),
            Happening::Later(seconds) => world.seconds += i64::from(*seconds),
        }
    }

    /// Whether a step failed or waits, directly or not, for one that did: what a retry runs again.
    pub fn follows_failed(&self, step: usize, status: &JobFlowStatus) -> bool {
        status.flows[step].state == FlowState::Failed
            || self.dependencies[step]
                .iter()
                .any(|&to| self.follows_failed(to, status))
    }
}
