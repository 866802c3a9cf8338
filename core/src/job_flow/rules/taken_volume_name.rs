//! JF306 `taken-volume-name`: a shared volume has the name of a volume of the template that it joins.
//!
//! # Why it is an error
//! All shared volumes are added to the pod of a flow that has `shareVolumeMounts`. The API server refuses a pod
//! with two volumes of one name.
//!
//! # Example
//! `shareVolumes: [{name: data}]`, and a flow with `shareVolumeMounts` whose template has a volume `data`: denied
//! at the volume in the template.
//!
//! # Fix
//! Rename the volume in the template, and its mounts.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF306", "taken-volume-name", Deny, "taken_volume_name.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let shared = subject.shared_volume_names();
    subject.each_pod_that_shares(|_, pod, here| {
        let volumes = here.key("volumes");
        for (index, volume) in pod.volumes.iter().flatten().enumerate() {
            if shared.contains(volume.name.as_str()) {
                let message = "is the name of a shared volume, which is added to this pod";
                let here = volumes.index(index);
                let finding = Diagnostic::new(&RULE, &here.key("name"), Reason::Duplicate, message);
                found.push(finding.value(&volume.name));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sharing};

    #[test]
    fn a_volume_of_the_template_may_not_have_the_name_of_a_shared_one() {
        let mut flow = sharing(&["data"], &[("data", "/d")]);
        flow["spec"]["flows"][0]["jobTemplate"]["template"]["spec"]["volumes"] =
            json!([{"name": "own"}, {"name": "data"}]);
        assert_eq!(findings(&flow), "\
spec.flows[0].jobTemplate.template.spec.volumes[1].name: Duplicate value: \"data\": is the name of a shared volume, which \
is added to this pod [JF306]
");
        flow["spec"]["flows"][0]["shareVolumeMounts"] = json!([]);
        assert_eq!(findings(&flow), "");
    }
}
