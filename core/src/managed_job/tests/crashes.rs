//! Whatever crashes, disappears or is seen late: no job starts before what it waits for has succeeded, none with a recorded
//! end gets a second Job, and all come to the end that their Jobs' fates ask for.

use std::collections::BTreeSet;

use crds::{ManagedJobStatus, ManagedState};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::examine;
use super::world::{Age, Until, World, object, rows};
use crate::engine::testing::world::{any_age, any_end};

/// One thing that happens. Jobs are numbers, taken modulo the number of jobs.
#[derive(Clone, Debug)]
enum Happening {
    Reconcile { age: Age, until: Until },
    End(usize),
    Delete(usize),
    Remove(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (any_age(), any_end()).prop_map(|(age, until)| Happening::Reconcile { age, until }),
        4 => any::<usize>().prop_map(Happening::End),
        1 => any::<usize>().prop_map(Happening::Delete),
        1 => any::<usize>().prop_map(Happening::Remove),
    ]
}

/// A job of a case.
#[derive(Clone, Debug)]
struct Member {
    group: usize,
    parallel: bool,
    completes: bool,
    /// An explicit dependency: on a job, or on the group of that job.
    explicit: Option<(usize, bool)>,
}

/// Groups, of each whether it is parallel and which group it depends on explicitly; and their jobs, in order.
#[derive(Clone, Debug)]
struct Case {
    groups: Vec<(bool, Option<usize>)>,
    members: Vec<Member>,
    happenings: Vec<Happening>,
}

fn case() -> impl Strategy<Value = Case> {
    let explicit = proptest::option::weighted(0.3, (any::<usize>(), any::<bool>()));
    let job = (any::<bool>(), proptest::bool::weighted(0.85), explicit);
    let jobs = proptest::collection::vec(job, 1..5);
    let group = (any::<bool>(), proptest::option::weighted(0.3, any::<usize>()), jobs);
    let groups = proptest::collection::vec(group, 1..4);
    (groups, proptest::collection::vec(happening(), 0..60)).prop_map(|(groups, happenings)| {
        let count: usize = groups.iter().map(|(_, _, jobs)| jobs.len()).sum();
        let heads = groups
            .iter()
            .map(|(parallel, explicit, _)| (*parallel, explicit.map(|to| to % groups.len())));
        let member = |group, &(parallel, completes, explicit): &(bool, bool, Option<(usize, bool)>)| Member {
            group,
            parallel,
            completes,
            explicit: explicit.map(|(to, whole_group)| (to % count, whole_group)),
        };
        let members = groups.iter().enumerate();
        let members = members.flat_map(|(group, (_, _, jobs))| jobs.iter().map(move |job| member(group, job)));
        let case = Case {
            groups: heads.collect(),
            members: members.collect(),
            happenings,
        };
        if examine(&case.object()).model.is_some() {
            case
        } else {
            case.without_explicit()
        }
    })
}

impl Case {
    /// The same, where explicit dependencies are a cycle.
    fn without_explicit(mut self) -> Self {
        self.groups.iter_mut().for_each(|group| group.1 = None);
        self.members.iter_mut().for_each(|member| member.explicit = None);
        self
    }

    fn object(&self) -> Value {
        let name = |to: Option<String>| to.map(|name| json!({"name": name})).into_iter().collect::<Vec<_>>();
        let job = |(at, member): (usize, &Member)| {
            let to = member.explicit.map(|(to, whole_group)| {
                if whole_group {
                    format!("g{}", self.members[to].group)
                } else {
                    self.job(to)
                }
            });
            json!({"name": format!("j{at}"), "image": "x", "parallel": member.parallel, "dependencies": name(to)})
        };
        let group = |(at, (parallel, to)): (usize, &(bool, Option<usize>))| {
            let jobs = self.members.iter().enumerate().filter(|(_, member)| member.group == at);
            json!({
                "name": format!("g{at}"), "parallel": parallel, "dependencies": name(to.map(|to| format!("g{to}"))),
                "jobs": jobs.map(job).collect::<Vec<_>>(),
            })
        };
        object(json!({"groups": self.groups.iter().enumerate().map(group).collect::<Vec<_>>()}))
    }

    /// The name of the Job of a job.
    fn job(&self, at: usize) -> String {
        let at = at % self.members.len();
        format!("demo-g{}-j{at}", self.members[at].group)
    }

    /// What must have succeeded before a job starts: the rule of KINDS.md, word for word.
    fn waits_for(&self, at: usize) -> BTreeSet<usize> {
        let member = &self.members[at];
        let (group_is_parallel, explicit_group) = self.groups[member.group];
        let must = |other: usize| {
            let of = self.members[other].group;
            let is_before_in_group = of == member.group && other < at && !member.parallel;
            let is_in_group_before = of < member.group && !group_is_parallel;
            let is_named = match member.explicit {
                Some((to, true)) => self.members[to].group == of,
                Some((to, false)) => to == other,
                None => false,
            };
            is_before_in_group || is_in_group_before || is_named || explicit_group == Some(of)
        };
        (0..self.members.len()).filter(|&other| must(other)).collect()
    }

    /// What must have become of each job: the definition, by recursion.
    fn expected(&self, at: usize) -> ManagedState {
        let all = self
            .waits_for(at)
            .iter()
            .all(|&to| self.expected(to) == ManagedState::Succeeded);
        match (all, self.members[at].completes) {
            (false, _) => ManagedState::Aborted,
            (true, true) => ManagedState::Succeeded,
            (true, false) => ManagedState::Failed,
        }
    }

    fn end(&self, world: &mut World, at: usize) {
        let completes = self.members[at % self.members.len()].completes;
        let kind = if completes { "Complete" } else { "Failed" };
        world.end(&self.job(at), kind, "BackoffLimitExceeded", "");
    }

    fn happen(&self, world: &mut World, happening: &Happening) {
        world.seconds += 1;
        match happening {
            Happening::Reconcile { age, until } => drop(world.reconcile(*age, *until)),
            Happening::End(at) => self.end(world, *at),
            Happening::Delete(at) => world.delete(&self.job(*at)),
            Happening::Remove(at) => world.remove(&self.job(*at)),
        }
    }

    /// All that happens; and from then on nothing goes wrong any more: deleted Jobs go, Jobs end, and each change is planned.
    fn run(&self) -> Result<World, TestCaseError> {
        let mut world = World::new(&self.object());
        for happening in &self.happenings {
            self.happen(&mut world, happening);
        }
        for _ in 0..=self.members.len() * 2 {
            settle(&mut world)?;
            for at in 0..self.members.len() {
                let job = world.jobs().get(&self.job(at));
                if job.is_some_and(|job| job.metadata.deletion_timestamp.is_some()) {
                    world.remove(&self.job(at));
                } else {
                    self.end(&mut world, at);
                }
            }
        }
        settle(&mut world)?;
        Ok(world)
    }
}

/// Reconciles from current facts. The state that the actions leave asks for no action and no event and has the same status
/// but for the starts of the Jobs that were made; and that status is a fixed point.
fn settle(world: &mut World) -> Result<(), TestCaseError> {
    let planned = world
        .reconcile(Age::default(), Until::End)
        .expect("current facts are written without conflict");
    tells_the_truth(&planned.status)?;
    let again = world.plan(Age::default());
    prop_assert!(again.actions.is_empty(), "{:?}", again.actions.len());
    prop_assert!(again.events.is_empty(), "{:?}", again.events);
    prop_assert_eq!(without_starts(again.status), without_starts(planned.status));
    world.seconds += 1;
    world.reconcile(Age::default(), Until::End);
    let fixed = world.plan(Age::default());
    prop_assert_eq!(fixed.status, world.status());
    prop_assert!(fixed.actions.is_empty() && fixed.events.is_empty());
    Ok(())
}

fn without_starts(mut status: ManagedJobStatus) -> ManagedJobStatus {
    let rows = status.groups.iter_mut().flat_map(|group| &mut group.jobs);
    rows.filter(|row| row.state == ManagedState::Running)
        .for_each(|row| row.start = None);
    status
}

/// Exactly one of the standings of kstatus and Job holds, and counts and states of groups are those of the rows.
fn tells_the_truth(status: &ManagedJobStatus) -> Result<(), TestCaseError> {
    let held: BTreeSet<&str> = status.conditions.iter().map(|held| held.type_.as_str()).collect();
    let wanted: &[&[&str]] = match status.state {
        Some(ManagedState::Succeeded) => &[&["Complete"]],
        Some(ManagedState::Failed) => &[&["Failed", "Stalled"]],
        _ => &[&["Reconciling"], &["Stalled"]],
    };
    prop_assert!(
        wanted.iter().any(|set| held == set.iter().copied().collect()),
        "{:?} {held:?}",
        status.state
    );
    let rows = || status.groups.iter().flat_map(|group| &group.jobs);
    for (state, count) in [
        (ManagedState::Pending, status.pending),
        (ManagedState::Running, status.running),
        (ManagedState::Succeeded, status.succeeded),
        (ManagedState::Failed, status.failed),
        (ManagedState::Aborted, status.aborted),
    ] {
        prop_assert_eq!(
            i32::try_from(rows().filter(|row| row.state == state).count()),
            Ok(count),
            "{:?}",
            state
        );
    }
    prop_assert_eq!(i32::try_from(rows().count()), Ok(status.total));
    for group in &status.groups {
        let has = |state| group.jobs.iter().any(|row| row.state == state);
        let open = has(ManagedState::Pending) || has(ManagedState::Running);
        let expected = match group.state {
            ManagedState::Pending => open && !has(ManagedState::Succeeded) && !has(ManagedState::Failed),
            ManagedState::Running => open,
            ManagedState::Succeeded => group.jobs.iter().all(|row| row.state == ManagedState::Succeeded),
            ManagedState::Failed => !open && has(ManagedState::Failed),
            ManagedState::Aborted => !open && !has(ManagedState::Failed) && has(ManagedState::Aborted),
        };
        prop_assert!(expected, "{group:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_order_is_kept_and_every_job_ends_as_it_must(case in case()) {
        let world = case.run()?;
        for (name, succeeded) in &world.part.created {
            let at = (0..case.members.len()).find(|&at| case.job(at) == *name).unwrap();
            for before in case.waits_for(at) {
                prop_assert!(succeeded.contains(&case.job(before)), "{name} did not wait for {}", case.job(before));
            }
        }
        let rows = rows(Some(&world.status()));
        prop_assert_eq!(rows.len(), case.members.len());
        for (at, row) in rows.iter().enumerate() {
            prop_assert_eq!(row.state, case.expected(at), "{}", &row.name);
            let count = |counts: &std::collections::BTreeMap<String, u32>| counts.get(&case.job(at)).copied().unwrap_or(0);
            // Each Job but the first was made because one had gone.
            prop_assert!(count(&world.made) <= count(&world.gone) + 1);
            prop_assert_eq!(count(&world.made) == 0, row.state == ManagedState::Aborted);
        }
        let failed = rows.iter().any(|row| row.state == ManagedState::Failed);
        let status = world.status();
        prop_assert_eq!(status.state, Some(if failed { ManagedState::Failed } else { ManagedState::Succeeded }));
        prop_assert!(status.completion_time.is_some() && status.start_time.is_some());
        for reason in ["Completed", "Failed"] {
            prop_assert!(world.events.iter().filter(|event| event.reason == reason).count() <= 1);
        }
    }

    #[test]
    fn edges_are_linear_and_lead_to_all_that_is_waited_for(case in case()) {
        let object = case.object();
        let model = examine(&object).model.unwrap();
        let (jobs, groups) = (case.members.len(), case.groups.len());
        let explicit = case.members.iter().filter(|member| member.explicit.is_some()).count()
            + case.groups.iter().filter(|group| group.1.is_some()).count();
        let edges: usize = (0..model.order().len()).map(|node| model.order().edges_of(node).len()).sum();
        // By position at most one edge to each job and group, one to the start of the group, one from its end.
        prop_assert!(edges <= 3 * jobs + groups + explicit, "{edges}");
        for at in 0..jobs {
            let mut reached = BTreeSet::new();
            let mut open = vec![at];
            while let Some(node) = open.pop() {
                open.extend(model.order().edges_of(node).iter().copied().filter(|&next| reached.insert(next)));
            }
            prop_assert!(case.waits_for(at).is_subset(&reached), "{at} of {case:?}");
        }
    }
}
