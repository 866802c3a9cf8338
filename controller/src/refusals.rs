//! Jobs that the API server would not create, and when to try again.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jobflow_core::engine::Refusal;
use k8s_openapi::jiff::Timestamp;

use crate::backoff::Delays;

/// A quota may be free again in a moment; a Job that is invalid stays so until somebody does something.
const REFUSED: Delays = Delays {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(60),
};

/// What was refused, by uid of the owner and name of the Job.
#[derive(Debug, Default)]
pub(crate) struct Refusals(HashMap<String, BTreeMap<String, Refused>>);

#[derive(Debug)]
struct Refused {
    refusal: Refusal,
    times: u32,
}

impl Refusals {
    /// The API server refused to create a Job, and said why.
    pub fn refused(&mut self, owner_uid: &str, job: &str, message: String, now: Timestamp) {
        let jobs = self.0.entry(owner_uid.to_owned()).or_default();
        let times = jobs.get(job).map_or(1, |refused| refused.times.saturating_add(1));
        let retry_at = whole_second(now, REFUSED.after(times));
        jobs.insert(
            job.to_owned(),
            Refused {
                refusal: Refusal { message, retry_at },
                times,
            },
        );
    }

    /// The Job is there, whoever made it.
    pub fn settled(&mut self, owner_uid: &str, job: &str) {
        let Some(jobs) = self.0.get_mut(owner_uid) else {
            return;
        };
        jobs.remove(job);
        if jobs.is_empty() {
            self.0.remove(owner_uid);
        }
    }

    /// What stands between an object and its Jobs.
    pub fn of_owner(&self, owner_uid: &str) -> BTreeMap<String, Refusal> {
        let jobs = self.0.get(owner_uid).into_iter().flatten();
        jobs.map(|(job, refused)| (job.clone(), refused.refusal.clone()))
            .collect()
    }

    /// The object is gone.
    pub fn forget_owner(&mut self, owner_uid: &str) {
        self.0.remove(owner_uid);
    }
}

/// The planner thinks in whole seconds: at any other time it would be asked too early, again and again.
fn whole_second(now: Timestamp, delay: Duration) -> Timestamp {
    let seconds = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_job_is_tried_again_later_and_later() {
        let mut refusals = Refusals::default();
        let now = Timestamp::UNIX_EPOCH;
        let delay = |refusals: &Refusals| refusals.of_owner("o")["f-x"].retry_at.as_second();
        refusals.refused("o", "f-x", "quota".to_owned(), now);
        assert_eq!(delay(&refusals), 1);
        refusals.refused("o", "f-x", "quota".to_owned(), now);
        assert_eq!(delay(&refusals), 2);
        for _ in 0..20 {
            refusals.refused("o", "f-x", "quota still".to_owned(), now);
        }
        assert_eq!(delay(&refusals), 60);
        assert_eq!(refusals.of_owner("o")["f-x"].message, "quota still");
        refusals.settled("o", "f-x");
        assert!(refusals.0.is_empty());
    }
}
