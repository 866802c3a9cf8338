//! What is known of Jobs: those that the watch brings, and those that it cannot or has not brought yet.
//!
//! The watch brings Jobs that carry our label. Two kinds of Jobs are known by other ways, and are asked for one by one until the
//! watch or the answer settles the matter:
//! - a Job that we have just created: its creation was answered before the watch delivered it;
//! - a Job that is not ours and holds a name that we need: the API server told us when it refused to create ours.
//!
//! A third kind is gone already: a Job that ended and was deleted before its end was recorded. It counts until it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jobflow_core::engine::{JobState, ObservedJob, lacks_pods};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use tokio::time::Instant;

use crate::backoff::Delays;
use crate::key::Key;

/// A watch delivers within milliseconds. One that has not delivered for so long may never: the Job may have come and
/// gone while the watch was broken.
const CREATED: Delays = Delays {
    first: Duration::from_secs(10),
    longest: Duration::from_secs(60),
};

/// Somebody who is told that a name is taken deletes the other Job, and wants to see ours start.
const FOREIGN: Delays = Delays {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(60),
};

/// Namespace and name.
pub(crate) type JobName = (String, String);

/// The uid of an object that controls Jobs, or wants to.
type OwnerUid = String;

/// All Jobs that matter to us.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    watched: HashMap<JobName, Watched>,
    by_owner: HashMap<OwnerUid, BTreeSet<JobName>>,
    unwatched: HashMap<OwnerUid, BTreeMap<String, Unwatched>>,
    departed: HashMap<OwnerUid, BTreeMap<String, ObservedJob>>,
    /// Counts the listings, so that what a new listing lacks can be told.
    listing: u64,
    synced: bool,
}

#[derive(Debug)]
struct Watched {
    job: ObservedJob,
    owner: Option<Key>,
    lacks_pods: bool,
    listing: u64,
}

#[derive(Debug)]
struct Unwatched {
    job: ObservedJob,
    delays: Delays,
    checks: u32,
    next_check: Instant,
}

impl Jobs {
    /// Whether all Jobs have been listed once.
    pub fn is_synced(&self) -> bool {
        self.synced
    }

    /// A listing of all Jobs begins.
    pub fn listing_begins(&mut self) {
        self.listing += 1;
    }

    /// The watch brought a Job. Returns its owner if the owner has something to learn from it.
    pub fn put(&mut self, job: &Job) -> Option<Key> {
        let name = name_of(&job.metadata);
        let observed = ObservedJob::from(job);
        let owner = Key::of_controller(&job.metadata).map(|(key, _)| key);
        self.forget_unwatched(&observed);
        let known = self.watched.get(&name).is_some_and(|known| known.job == observed);
        if !known {
            self.unindex(&name);
        }
        if let Some(owner_uid) = &observed.owner_uid {
            self.by_owner.entry(owner_uid.clone()).or_default().insert(name.clone());
        }
        let watched = Watched {
            job: observed,
            owner: owner.clone(),
            lacks_pods: lacks_pods(job),
            listing: self.listing,
        };
        self.watched.insert(name, watched);
        owner.filter(|_| !known)
    }

    /// The object that a watched Job belongs to.
    pub fn owner(&self, job: &JobName) -> Option<Key> {
        self.watched.get(job)?.owner.clone()
    }

    /// Whether a watched Job has fewer pods than it should have. Its owner is not told of that: it is so for a moment after
    /// each Job's creation.
    pub fn lacks_pods(&self, job: &JobName) -> bool {
        self.watched.get(job).is_some_and(|known| known.lacks_pods)
    }

    /// The watch saw a Job go. Returns its owner.
    pub fn remove(&mut self, job: &Job) -> Option<Key> {
        self.forget_unwatched(&ObservedJob::from(job));
        let name = name_of(&job.metadata);
        self.watched
            .get(&name)
            .filter(|known| Some(&known.job.uid) == job.metadata.uid.as_ref())?;
        self.unindex(&name);
        self.watched.remove(&name)?.owner
    }

    /// A Job went after it had ended, while its owner lives. Its end may not be recorded yet, since the two events may
    /// come so close that the owner looks only once; without this memory it would run the step a second time.
    pub fn departed(&mut self, job: &Job) {
        let job = ObservedJob {
            gone: true,
            ..ObservedJob::from(job)
        };
        if let (false, Some(owner_uid)) = (job.state == JobState::Running, job.owner_uid.clone()) {
            self.departed
                .entry(owner_uid)
                .or_default()
                .insert(job.name.clone(), job);
        }
    }

    /// The owner has written down what it knew of these Jobs.
    pub fn recorded(&mut self, owner_uid: &str, known: &BTreeMap<String, ObservedJob>) {
        let Some(departed) = self.departed.get_mut(owner_uid) else {
            return;
        };
        departed.retain(|name, job| known.get(name).is_none_or(|known| known.uid != job.uid));
        if departed.is_empty() {
            self.departed.remove(owner_uid);
        }
    }

    /// The listing is complete: what it did not bring is gone. Returns the owners of what is gone.
    pub fn listing_ends(&mut self) -> Vec<Key> {
        self.synced = true;
        let listing = self.listing;
        let gone: Vec<JobName> = self
            .watched
            .iter()
            .filter(|(_, known)| known.listing != listing)
            .map(|(name, _)| name.clone())
            .collect();
        let mut owners = Vec::new();
        for name in gone {
            self.unindex(&name);
            owners.extend(self.watched.remove(&name).and_then(|known| known.owner));
        }
        owners
    }

    /// Our creation of `job` was answered. Until the watch delivers it, it is known from here: otherwise a reconcile in
    /// between would create it again, or take it for vanished.
    pub fn created(&mut self, owner_uid: &str, job: &Job, now: Instant) {
        let name = name_of(&job.metadata);
        let delivered = self
            .watched
            .get(&name)
            .is_some_and(|known| Some(&known.job.uid) == job.metadata.uid.as_ref());
        if !delivered {
            self.note(owner_uid, ObservedJob::from(job), CREATED, now);
        }
    }

    /// A Job that is not `owner_uid`'s holds a name that it needs.
    pub fn name_is_taken(&mut self, owner_uid: &str, job: &Job, now: Instant) {
        self.note(owner_uid, ObservedJob::from(job), FOREIGN, now);
    }

    /// The Jobs that an object has to know of: its own, and those that hold its names.
    pub fn of_owner(&self, owner_uid: &str) -> BTreeMap<String, ObservedJob> {
        let departed = self.departed.get(owner_uid).into_iter().flatten().map(|(_, job)| job);
        let unwatched = self
            .unwatched
            .get(owner_uid)
            .into_iter()
            .flatten()
            .map(|(_, known)| &known.job);
        let names = self.by_owner.get(owner_uid).into_iter().flatten();
        let watched = names.filter_map(|name| self.watched.get(name)).map(|known| &known.job);
        // Of one name the last wins: what lives is newer than what has gone.
        departed
            .chain(unwatched)
            .chain(watched)
            .map(|job| (job.name.clone(), job.clone()))
            .collect()
    }

    /// Names of Jobs that the watch does not bring and that must be asked for now.
    pub fn due(&self, owner_uid: &str, now: Instant) -> Vec<String> {
        let unwatched = self.unwatched.get(owner_uid).into_iter().flatten();
        unwatched
            .filter(|(_, known)| known.next_check <= now)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// When to ask next on behalf of this object.
    pub fn next_check(&self, owner_uid: &str) -> Option<Instant> {
        self.unwatched
            .get(owner_uid)?
            .values()
            .map(|known| known.next_check)
            .min()
    }

    /// The answer to a question of [`Jobs::due`]: the Job as it is now, or that there is none.
    pub fn checked(&mut self, owner_uid: &str, name: &str, found: Option<&Job>, now: Instant) {
        let Some(unwatched) = self.unwatched.get_mut(owner_uid) else {
            return;
        };
        let Some(known) = unwatched.get_mut(name) else {
            return;
        };
        match found {
            Some(job) => {
                known.job = ObservedJob::from(job);
                known.checks += 1;
                known.next_check = now + known.delays.after(known.checks);
            }
            None => drop(unwatched.remove(name)),
        }
        self.unwatched.retain(|_, unwatched| !unwatched.is_empty());
    }

    /// The API server says that there is no such Job. Returns whether only our own memory said otherwise.
    pub fn vanished(&mut self, owner_uid: &str, name: &str, uid: &str) -> bool {
        let Some(unwatched) = self.unwatched.get_mut(owner_uid) else {
            return false;
        };
        let vanished = unwatched.get(name).is_some_and(|known| known.job.uid == uid);
        if vanished {
            unwatched.remove(name);
            self.unwatched.retain(|_, unwatched| !unwatched.is_empty());
        }
        vanished
    }

    /// The object is gone: nobody will ask for its Jobs any more. What the watch knows goes when the Jobs go.
    pub fn forget_owner(&mut self, owner_uid: &str) {
        self.unwatched.remove(owner_uid);
        self.departed.remove(owner_uid);
    }

    fn note(&mut self, owner_uid: &str, job: ObservedJob, delays: Delays, now: Instant) {
        let unwatched = Unwatched {
            delays,
            checks: 1,
            next_check: now + delays.after(1),
            job,
        };
        self.unwatched
            .entry(owner_uid.to_owned())
            .or_default()
            .insert(unwatched.job.name.clone(), unwatched);
    }

    /// The watch has delivered this very Job, alive or gone: nothing is left to ask.
    fn forget_unwatched(&mut self, job: &ObservedJob) {
        let Some(owner_uid) = &job.owner_uid else {
            return;
        };
        let Some(unwatched) = self.unwatched.get_mut(owner_uid) else {
            return;
        };
        if unwatched.get(&job.name).is_some_and(|known| known.job.uid == job.uid) {
            unwatched.remove(&job.name);
        }
        if unwatched.is_empty() {
            self.unwatched.remove(owner_uid);
        }
    }

    fn unindex(&mut self, name: &JobName) {
        let Some(owner_uid) = self.watched.get(name).and_then(|known| known.job.owner_uid.as_ref()) else {
            return;
        };
        let Some(names) = self.by_owner.get_mut(owner_uid) else {
            return;
        };
        names.remove(name);
        if names.is_empty() {
            self.by_owner.remove(&owner_uid.clone());
        }
    }
}

pub(crate) fn name_of(meta: &ObjectMeta) -> JobName {
    (
        meta.namespace.clone().unwrap_or_default(),
        meta.name.clone().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A Job `f-x` of the JobFlow `f` with this uid.
    fn job(uid: &str, owner_uid: &str, active: i32) -> Job {
        let owner = json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "name": "f", "uid": owner_uid, "controller": true});
        let metadata = json!({"namespace": "n", "name": "f-x", "uid": uid, "ownerReferences": [owner]});
        serde_json::from_value(json!({"metadata": metadata, "status": {"active": active}})).unwrap()
    }

    fn ended(uid: &str, owner_uid: &str) -> Job {
        let mut job = job(uid, owner_uid, 0);
        let condition = json!([{"type": "Complete", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]);
        job.status = serde_json::from_value(json!({"conditions": condition})).unwrap();
        job
    }

    fn key() -> Key {
        Key {
            kind: "JobFlow".to_owned(),
            namespace: "n".to_owned(),
            name: "f".to_owned(),
        }
    }

    fn uids(jobs: &Jobs, owner_uid: &str) -> Vec<String> {
        jobs.of_owner(owner_uid).into_values().map(|job| job.uid).collect()
    }

    #[test]
    fn the_owner_is_told_only_of_what_it_can_observe() {
        let mut jobs = Jobs::default();
        assert_eq!(jobs.put(&job("j", "o", 0)), Some(key()));
        assert_eq!(jobs.put(&job("j", "o", 1)), None, "a pod more or less");
        assert_eq!(jobs.put(&ended("j", "o")), Some(key()));
        assert_eq!(jobs.put(&ended("j", "o")), None);
        assert_eq!(jobs.remove(&ended("j", "o")), Some(key()));
        assert_eq!(uids(&jobs, "o"), [""; 0]);
        assert!(jobs.by_owner.is_empty() && jobs.watched.is_empty());
    }

    #[test]
    fn a_created_job_is_known_until_the_watch_takes_over() {
        let now = Instant::now();
        let mut jobs = Jobs::default();
        jobs.created("o", &job("j", "o", 0), now);
        assert_eq!(uids(&jobs, "o"), ["j"]);
        jobs.put(&job("j", "o", 0));
        assert_eq!(jobs.next_check("o"), None);
        assert_eq!(uids(&jobs, "o"), ["j"]);
        jobs.remove(&job("j", "o", 0));
        assert_eq!(uids(&jobs, "o"), [""; 0]);
    }

    #[test]
    fn a_created_job_that_the_watch_brought_first_is_not_noted_again() {
        let mut jobs = Jobs::default();
        jobs.put(&job("j", "o", 0));
        jobs.created("o", &job("j", "o", 0), Instant::now());
        assert_eq!(jobs.next_check("o"), None);
    }

    #[test]
    fn the_deletion_of_a_created_job_ends_the_memory_of_it_and_of_no_other() {
        let now = Instant::now();
        let mut jobs = Jobs::default();
        jobs.created("o", &job("second", "o", 0), now);
        jobs.remove(&job("first", "o", 0));
        assert_eq!(uids(&jobs, "o"), ["second"]);
        jobs.remove(&job("second", "o", 0));
        assert_eq!(uids(&jobs, "o"), [""; 0]);
    }

    #[test]
    fn a_created_job_that_is_never_delivered_is_asked_for() {
        let now = Instant::now();
        let mut jobs = Jobs::default();
        jobs.created("o", &job("j", "o", 0), now);
        assert!(jobs.due("o", now).is_empty());
        let later = jobs.next_check("o").unwrap();
        assert_eq!(later - now, Duration::from_secs(10));
        assert_eq!(jobs.due("o", later), ["f-x"]);
        jobs.checked("o", "f-x", Some(&job("j", "o", 1)), later);
        assert_eq!(jobs.next_check("o").unwrap() - later, Duration::from_secs(20));
        jobs.checked("o", "f-x", None, later);
        assert_eq!(uids(&jobs, "o"), [""; 0]);
        assert!(jobs.unwatched.is_empty());
    }

    #[test]
    fn a_job_of_another_owner_is_shown_to_the_one_whose_name_it_holds() {
        let now = Instant::now();
        let mut jobs = Jobs::default();
        jobs.name_is_taken("mine", &job("j", "theirs", 0), now);
        assert_eq!(jobs.of_owner("mine")["f-x"].owner_uid.as_deref(), Some("theirs"));
        assert_eq!(uids(&jobs, "theirs"), [""; 0]);
        assert_eq!(jobs.next_check("mine").unwrap() - now, Duration::from_secs(1));
        jobs.forget_owner("mine");
        assert_eq!(uids(&jobs, "mine"), [""; 0]);
    }

    #[test]
    fn what_a_new_listing_lacks_is_gone_but_for_what_was_just_created() {
        let now = Instant::now();
        let mut jobs = Jobs::default();
        jobs.listing_begins();
        jobs.put(&job("j", "o", 0));
        assert_eq!(jobs.listing_ends(), []);
        jobs.listing_begins();
        jobs.created("new", &job("k", "new", 0), now);
        assert_eq!(jobs.listing_ends(), [key()]);
        assert_eq!((uids(&jobs, "o").len(), uids(&jobs, "new").len()), (0, 1));
    }

    #[test]
    fn an_end_that_nobody_has_recorded_outlives_its_job() {
        let mut jobs = Jobs::default();
        jobs.put(&ended("j", "o"));
        let known = jobs.of_owner("o");
        jobs.remove(&ended("j", "o"));
        jobs.departed(&ended("j", "o"));
        let mut departed = jobs.of_owner("o");
        assert!(departed.values_mut().all(|job| std::mem::take(&mut job.gone)));
        assert_eq!(departed, known);
        jobs.recorded("o", &known);
        assert_eq!(uids(&jobs, "o"), [""; 0]);
        jobs.departed(&job("k", "o", 1));
        assert_eq!(
            uids(&jobs, "o"),
            [""; 0],
            "a job that was deleted while it ran has no end to record"
        );
    }

    #[test]
    fn a_created_job_that_is_not_there_to_be_deleted_is_forgotten() {
        let mut jobs = Jobs::default();
        jobs.created("o", &job("j", "o", 0), Instant::now());
        assert!(!jobs.vanished("o", "f-x", "another"));
        assert!(jobs.vanished("o", "f-x", "j"));
        assert!(jobs.unwatched.is_empty());
        jobs.put(&job("j", "o", 0));
        assert!(!jobs.vanished("o", "f-x", "j"), "the watch will say so");
        assert_eq!(uids(&jobs, "o"), ["j"]);
    }

    #[test]
    fn a_job_that_changes_hands_leaves_its_old_owner() {
        let mut jobs = Jobs::default();
        jobs.put(&job("a", "old", 0));
        jobs.put(&job("b", "new", 0));
        assert_eq!((uids(&jobs, "old").len(), uids(&jobs, "new").len()), (0, 1));
    }
}
