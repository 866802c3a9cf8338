//! XX006 `unknown-kind`: an object in one of jobflow's API groups, or almost, of a kind or version that does not exist.
//!
//! # Why it is an error
//! The group says that the object is meant for jobflow, so it is a misspelt kind or version, and not a stranger that may be
//! passed over. So does one of jobflow's kinds in a group that is nearly jobflow's, or without any `apiVersion`.
//!
//! # Example
//! `apiVersion: api.practice.com/v1alpha1` with `kind: JobFlows` is denied at `kind`.
//!
//! # Fix
//! Write the kind and version as the message says.

use crate::diagnostic::{Diagnostic, Reason};
use crate::field::At;
use crate::kinds::{self, Kind};
use crate::names::{Nearest, did_you_mean};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX006", "unknown-kind", Deny, "unknown_kind.rs");

/// The finding for an object of `group` whose `version` or `kind` is none of ours.
pub(crate) fn fault(group: &str, version: &str, kind: &str) -> Diagnostic {
    if let Some(known) = kinds::ALL
        .iter()
        .find(|known| known.group == group && known.kind == kind)
    {
        let at = At::ROOT.key("apiVersion");
        let message = format!("must be '{}' for kind '{kind}'", known.api_version());
        return Diagnostic::new(&RULE, &at, Reason::Invalid, message).value(&format!("{group}/{version}"));
    }
    let of_group: Vec<&str> = kinds::ALL
        .iter()
        .filter(|known| known.group == group)
        .map(|known| known.kind)
        .collect();
    let message = format!("group '{group}' has the kinds {}", kinds::listed(&of_group));
    Diagnostic::new(&RULE, &At::ROOT.key("kind"), Reason::NotSupported, message)
        .value(kind)
        .help_if(advice(kind, &of_group))
}

/// The finding for an object whose `kind` is one of ours, and whose `apiVersion` is missing or nearly that of the kind.
///
/// Others have kinds of these names too: a group that is not near is theirs.
pub(crate) fn misspelt_group(api_version: &str, kind: &str) -> Option<Diagnostic> {
    let known = kinds::ALL.iter().find(|known| known.kind == kind)?;
    let at = At::ROOT.key("apiVersion");
    let message = format!("must be '{}' for kind '{kind}'", known.api_version());
    if api_version.is_empty() {
        return Some(Diagnostic::new(&RULE, &at, Reason::Required, message));
    }
    let group = api_version.split_once('/').map_or(api_version, |(group, _)| group);
    let advice = Nearest::default().advice(group, std::iter::once(known.group));
    advice.map(|_| Diagnostic::new(&RULE, &at, Reason::Invalid, message).value(api_version))
}

/// The finding for an object of another group, for whoever asks that there are only objects of ours.
pub fn stranger(kind: &str) -> Diagnostic {
    let ours: Vec<&str> = kinds::ALL.iter().map(|known| known.kind).collect();
    let message = format!("is no kind of jobflow, which has {}", kinds::listed(&ours));
    Diagnostic::new(&RULE, &At::ROOT.key("kind"), Reason::NotSupported, message).value(kind)
}

/// The kind that was meant: its plural, its short form and its case count as the same word.
fn advice(wanted: &str, of_group: &[&str]) -> Option<String> {
    let is_meant = |known: &&&Kind| {
        of_group.contains(&known.kind)
            && [known.kind, known.plural]
                .iter()
                .any(|name| name.eq_ignore_ascii_case(wanted))
    };
    match kinds::ALL.iter().find(is_meant) {
        Some(known) => Some(did_you_mean(known.kind)),
        None => Nearest::default().advice(wanted, of_group.iter().copied()),
    }
}

#[cfg(test)]
mod tests {
    use super::misspelt_group;

    #[test]
    fn only_a_group_that_is_near_or_missing_is_taken_for_misspelt() {
        let told = |api_version, kind| misspelt_group(api_version, kind).map(|fault| fault.cause_message());
        assert_eq!(told("flow.volcano.sh/v1alpha1", "JobFlow"), None);
        assert_eq!(told("api.pratice.com/v1alpha1", "Flow"), None);
        assert_eq!(
            told("api.pratice.com/v1alpha1", "JobFlow").as_deref(),
            Some(
                "Invalid value: \"api.pratice.com/v1alpha1\": must be 'api.practice.com/v1alpha1' for kind 'JobFlow' [XX006]"
            )
        );
        assert_eq!(
            told("", "ManagedJob").as_deref(),
            Some("Required value: must be 'jobsmanager.raczylo.com/v1beta1' for kind 'ManagedJob' [XX006]")
        );
    }
}
