//! Conditions: the headline in the form that `kubectl wait`, kstatus and GitOps tools read.

use crds::Conditions;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::capped;
use super::headline::{Headline, Standing};
use super::reason::{COMPLETE, FAILED, RECONCILING, STALLED, SUSPENDED};
use crate::limits::CONDITION_MESSAGE_BYTES_MAX;

/// Sets the conditions that hold and takes away the others: kstatus reads the mere presence of `Reconciling` or
/// `Stalled`. A failed object is `Stalled` too, since kstatus knows the meaning of `Failed` for native Jobs only
/// and would call it healthy.
pub fn set_conditions(conditions: &mut Vec<Condition>, headline: &Headline, generation: i64, now: &Time) {
    let standing = headline.standing;
    let truths = [
        (COMPLETE, standing == Standing::Complete),
        (FAILED, standing == Standing::Failed),
    ];
    set_where_true(conditions, &truths, headline, generation, now);
    set_kstatus_conditions(conditions, headline, generation, now);
}

/// Sets those of [`set_conditions`] that kstatus reads, and `Suspended`, for a kind with words of its own for the others.
pub fn set_kstatus_conditions(conditions: &mut Vec<Condition>, headline: &Headline, generation: i64, now: &Time) {
    let standing = headline.standing;
    let truths = [
        (RECONCILING, standing == Standing::Reconciling),
        (STALLED, matches!(standing, Standing::Stalled | Standing::Failed)),
        (SUSPENDED, headline.reason == SUSPENDED),
    ];
    set_where_true(conditions, &truths, headline, generation, now);
}

fn set_where_true(
    conditions: &mut Vec<Condition>,
    truths: &[(&str, bool)],
    headline: &Headline,
    generation: i64,
    now: &Time,
) {
    let message = capped(&headline.message, CONDITION_MESSAGE_BYTES_MAX);
    for &(kind, holds) in truths {
        if holds {
            conditions.set(kind, true, headline.reason, &message, generation, now);
        } else {
            conditions.unset(kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
    use k8s_openapi::jiff::Timestamp;

    use super::set_conditions;
    use crate::engine::headline::{Headline, Standing};

    fn told(conditions: &[Condition]) -> Vec<String> {
        let line = |held: &Condition| format!("{}={} since {}", held.type_, held.status, held.last_transition_time.0);
        conditions.iter().map(line).collect()
    }

    #[test]
    fn only_what_holds_is_present_and_its_time_moves_only_on_change() {
        let at = |second| Time(Timestamp::from_second(second).unwrap());
        let mut conditions = Vec::new();
        let mut set = |standing, second| {
            set_conditions(&mut conditions, &Headline::new(standing, "R", "m"), 1, &at(second));
            told(&conditions)
        };
        assert_eq!(
            set(Standing::Reconciling, 1),
            ["Reconciling=True since 1970-01-01T00:00:01Z"]
        );
        assert_eq!(
            set(Standing::Reconciling, 2),
            ["Reconciling=True since 1970-01-01T00:00:01Z"]
        );
        assert_eq!(set(Standing::Stalled, 3), ["Stalled=True since 1970-01-01T00:00:03Z"]);
        assert_eq!(
            set(Standing::Failed, 4),
            [
                "Stalled=True since 1970-01-01T00:00:03Z",
                "Failed=True since 1970-01-01T00:00:04Z"
            ]
        );
        assert_eq!(set(Standing::Complete, 5), ["Complete=True since 1970-01-01T00:00:05Z"]);
    }
}
