//! JF305 `unknown-shared-volume`: a `shareVolumeMounts` entry names no shared volume.
//!
//! # Why it is an error
//! The API server would refuse the Job, since a mount needs its volume in the pod. Volumes of the flow's own
//! template are mounted in the template.
//!
//! # Example
//! `shareVolumes: [{name: data}]` and `shareVolumeMounts: [{name: date, …}]`: denied at
//! `spec.flows[0].shareVolumeMounts[0].name`.
//!
//! # Fix
//! Correct the name, or add the volume to `spec.shareVolumes`.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::Subject;
use crate::names::Nearest;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF305", "unknown-shared-volume", Deny, "unknown_shared_volume.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut nearest = Nearest::default();
    let shared = subject.shared_volume_names();
    subject.each_shared_mount(|_, mount, here| {
        if !shared.contains(mount.name.as_str()) {
            let message = "no volume of `spec.shareVolumes` has this name";
            let finding = Diagnostic::new(&RULE, &here.key("name"), Reason::NotFound, message).value(&mount.name);
            found.push(finding.help_if(nearest.advice(&mount.name, shared.iter().copied())));
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, sharing};

    #[test]
    fn a_mount_needs_its_shared_volume() {
        assert_eq!(findings(&sharing(&["data"], &[("data", "/d")])), "");
        assert_eq!(
            findings(&sharing(&["data"], &[("date", "/d")])),
            "\
spec.flows[0].shareVolumeMounts[0].name: Not found: \"date\": no volume of `spec.shareVolumes` has this name (did you \
mean 'data'?) [JF305]
"
        );
    }
}
