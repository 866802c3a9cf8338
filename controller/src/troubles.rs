//! What is the matter with Jobs, as others tell it: their pods, and the events of the Job controller.

use std::cmp::Reverse;
use std::collections::HashMap;

use kube::runtime::watcher::Event;

use crate::jobs::JobName;

/// One source's word about one Job.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// The Job.
    pub job: JobName,
    /// What is told, as a row of a status asks for it.
    pub text: String,
    /// Of several words the latest is told, in seconds since 1970.
    pub at: i64,
}

/// What reads a source of the watch, such as a pod.
pub(crate) trait Source {
    /// The source's uid, and the uid of the Job that it belongs to; `None` where it belongs to none.
    fn names(&self) -> Option<(String, String)>;
    /// What it tells; `None` while all is well.
    fn trouble(&self) -> Option<Trouble>;
}

/// What is told of each Job that is in trouble, by the uid of the Job and by that of the source. Nothing else is kept.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    told: HashMap<String, HashMap<String, Told>>,
    /// Counts the listings, so that what a new listing lacks can be told.
    listing: u64,
    synced: bool,
}

#[derive(Debug)]
struct Told {
    trouble: Trouble,
    listing: u64,
}

impl Troubles {
    /// Whether all sources have been listed once.
    pub fn is_synced(&self) -> bool {
        self.synced
    }

    /// What is the matter with the Job of this uid: the latest word, and of those of one second the first by text, so that
    /// the same is told as long as nothing changes.
    pub fn of_job(&self, job_uid: &str) -> Option<String> {
        let told = self.told.get(job_uid)?.values().map(|told| &told.trouble);
        let latest = told.min_by_key(|trouble| (Reverse(trouble.at), &trouble.text))?;
        Some(latest.text.clone())
    }

    /// All is well with the Job of this uid, whatever was told. Returns whether anything was.
    pub fn forget_job(&mut self, job_uid: &str) -> bool {
        self.told.remove(job_uid).is_some()
    }

    /// Follows the watch. Returns the Jobs of which something else is to be told now.
    pub fn apply<S: Source>(&mut self, event: Event<S>) -> Vec<JobName> {
        match event {
            Event::Init => {
                self.listing += 1;
                Vec::new()
            }
            Event::InitApply(source) | Event::Apply(source) => self.put(&source).into_iter().collect(),
            Event::Delete(source) => self.remove(&source).into_iter().collect(),
            Event::InitDone => self.listing_ends(),
        }
    }

    fn put(&mut self, source: &impl Source) -> Option<JobName> {
        let Some(trouble) = source.trouble() else {
            return self.remove(source);
        };
        let (uid, job_uid) = source.names()?;
        let (job, before) = (trouble.job.clone(), self.of_job(&job_uid));
        let told = Told {
            trouble,
            listing: self.listing,
        };
        self.told.entry(job_uid.clone()).or_default().insert(uid, told);
        (before != self.of_job(&job_uid)).then_some(job)
    }

    fn remove(&mut self, source: &impl Source) -> Option<JobName> {
        let (uid, job_uid) = source.names()?;
        let sources = self.told.get_mut(&job_uid)?;
        let removed = sources.remove(&uid);
        if sources.is_empty() {
            self.told.remove(&job_uid);
        }
        removed.map(|told| told.trouble.job)
    }

    fn listing_ends(&mut self) -> Vec<JobName> {
        self.synced = true;
        let (listing, mut gone) = (self.listing, Vec::new());
        self.told.retain(|_, sources| {
            let lacking = sources.extract_if(|_, told| told.listing != listing);
            gone.extend(lacking.map(|(_, told)| told.trouble.job));
            !sources.is_empty()
        });
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source of the job `j`, with its uid, its time and what it tells.
    struct Word(&'static str, i64, &'static str);

    impl Source for Word {
        fn names(&self) -> Option<(String, String)> {
            Some((self.0.to_owned(), "j".to_owned()))
        }

        fn trouble(&self) -> Option<Trouble> {
            (!self.2.is_empty()).then(|| Trouble {
                job: job(),
                text: self.2.to_owned(),
                at: self.1,
            })
        }
    }

    fn job() -> JobName {
        ("n".to_owned(), "f-x".to_owned())
    }

    #[test]
    fn a_job_hears_of_what_is_new_and_of_nothing_else() {
        let mut troubles = Troubles::default();
        assert_eq!(troubles.apply(Event::Apply(Word("a", 0, ""))), []);
        assert_eq!(troubles.apply(Event::Apply(Word("a", 0, "bad"))), [job()]);
        assert_eq!(troubles.apply(Event::Apply(Word("a", 0, "bad"))), []);
        assert_eq!(
            troubles.apply(Event::Apply(Word("b", 0, "worse"))),
            [],
            "it is not the first"
        );
        assert_eq!(troubles.of_job("j").unwrap(), "bad");
        assert_eq!(troubles.apply(Event::Apply(Word("c", 9, "late"))), [job()]);
        assert_eq!(troubles.of_job("j").unwrap(), "late");
        for word in [Word("a", 0, ""), Word("b", 0, ""), Word("c", 9, "late")] {
            assert_eq!(troubles.apply(Event::Delete(word)), [job()]);
        }
        assert_eq!(troubles.of_job("j"), None);
        assert!(
            troubles.told.is_empty(),
            "nothing is kept of a job of which nobody tells"
        );
    }

    #[test]
    fn what_a_new_listing_lacks_is_forgotten() {
        let mut troubles = Troubles::default();
        troubles.apply(Event::Apply(Word("a", 0, "bad")));
        troubles.apply(Event::Apply(Word("b", 0, "worse")));
        assert!(!troubles.is_synced());
        troubles.apply::<Word>(Event::Init);
        troubles.apply(Event::InitApply(Word("b", 0, "worse")));
        assert_eq!(troubles.apply::<Word>(Event::InitDone), [job()]);
        assert!(troubles.is_synced());
        assert_eq!(troubles.of_job("j").unwrap(), "worse");
    }

    #[test]
    fn all_that_was_told_of_a_job_is_forgotten_at_once() {
        let mut troubles = Troubles::default();
        troubles.apply(Event::Apply(Word("a", 0, "bad")));
        assert!(troubles.forget_job("j"));
        assert!(!troubles.forget_job("j"));
        assert_eq!(troubles.of_job("j"), None);
    }
}
