//! JF309 `invalid-shared-volume-name`: a shared volume's name is not a DNS label.
//!
//! # Why it is an error
//! The API server asks this of every volume of a pod (`ValidateVolumes`).
//!
//! # Example
//! `shareVolumes: [{name: My_Data}]` is denied at `spec.shareVolumes[0].name`.
//!
//! # Fix
//! Use lower case letters, digits and '-', at most 63.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::job_flow::rules::Subject;
use crate::names::dns_label_fault;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!(
    "JF309",
    "invalid-shared-volume-name",
    Deny,
    "invalid_shared_volume_name.rs"
);

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let spec = At::ROOT.key("spec");
    let volumes = spec.key("shareVolumes");
    for (index, volume) in subject.spec.share_volumes.iter().enumerate() {
        let here = volumes.index(index);
        let here = here.key("name");
        if volume.name.is_empty() {
            found.push(Diagnostic::new(
                &RULE,
                &here,
                Reason::Required,
                "a volume must have a name",
            ));
        } else if let Some(fault) = dns_label_fault(&volume.name) {
            found.push(Diagnostic::new(&RULE, &here, Reason::Invalid, fault).value(&volume.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, sharing};

    #[test]
    fn a_volume_name_must_be_a_label() {
        let findings = findings(&sharing(&["My_Data", ""], &[]));
        assert!(findings.starts_with("spec.shareVolumes[0].name: Invalid value: \"My_Data\": must consist of"));
        assert!(findings.ends_with("spec.shareVolumes[1].name: Required value: a volume must have a name [JF309]\n"));
    }
}
