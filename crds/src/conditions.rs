//! A list of conditions that keeps the Kubernetes API conventions.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// Conditions keyed by type; `lastTransitionTime` moves only when the status does.
pub trait Conditions {
    /// Sets the condition of this type. `now` becomes the transition time only where the status changes.
    fn set(&mut self, kind: &str, status: bool, reason: &str, message: &str, generation: i64, now: &Time);

    /// Takes away the condition of this type.
    fn unset(&mut self, kind: &str);

    /// Whether the condition of this type is there and true.
    fn is_true(&self, kind: &str) -> bool;
}

impl Conditions for Vec<Condition> {
    fn set(&mut self, kind: &str, status: bool, reason: &str, message: &str, generation: i64, now: &Time) {
        let status = if status { "True" } else { "False" };
        let position = self.iter().position(|held| held.type_ == kind);
        let since = position
            .and_then(|at| self.get(at))
            .filter(|held| held.status == status)
            .map_or_else(|| now.clone(), |held| held.last_transition_time.clone());
        let condition = Condition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: message.to_owned(),
            observed_generation: Some(generation),
            last_transition_time: since,
        };
        match position.and_then(|at| self.get_mut(at)) {
            Some(held) => *held = condition,
            None => self.push(condition),
        }
    }

    fn unset(&mut self, kind: &str) {
        self.retain(|held| held.type_ != kind);
    }

    fn is_true(&self, kind: &str) -> bool {
        self.iter().any(|held| held.type_ == kind && held.status == "True")
    }
}
