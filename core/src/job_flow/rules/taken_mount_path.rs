//! JF307 `taken-mount-path`: a shared volume is mounted where something is mounted already.
//!
//! # Why it is an error
//! Shared mounts are added to every container and init container of the flow. The API server refuses a container
//! with two mounts at one path.
//!
//! # Example
//! `shareVolumeMounts: [{name: data, mountPath: /data}]`, and a container that mounts its own volume at `/data`:
//! denied at `spec.flows[0].shareVolumeMounts[0].mountPath`.
//!
//! # Fix
//! Choose another `mountPath` for one of the two.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::FieldPath;
use crate::job_flow::rules::Subject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF307", "taken-mount-path", Deny, "taken_mount_path.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let mut taken: BTreeMap<(usize, String), String> = BTreeMap::new();
    subject.each_pod_that_shares(|flow, pod, here| {
        let lists = [
            ("initContainers", pod.init_containers.as_deref()),
            ("containers", Some(&pod.containers[..])),
        ];
        for (list, containers) in lists {
            let list = here.key(list);
            for (index, container) in containers.into_iter().flatten().enumerate() {
                let container_at = list.index(index);
                let mounts = container_at.key("volumeMounts");
                for (mount_index, mount) in container.volume_mounts.iter().flatten().enumerate() {
                    let place = FieldPath::from(&mounts.index(mount_index)).to_string();
                    taken.entry((flow, mount.mount_path.clone())).or_insert(place);
                }
            }
        }
    });
    subject.each_shared_mount(|flow, mount, here| {
        let here_path = FieldPath::from(here).to_string();
        if let Some(place) = taken.get(&(flow, mount.mount_path.clone())) {
            let message = format!("must be unique in each container: also the mount path of `{place}`");
            let finding = Diagnostic::new(&RULE, &here.key("mountPath"), Reason::Duplicate, message);
            found.push(finding.value(&mount.mount_path));
        } else {
            taken.insert((flow, mount.mount_path.clone()), here_path);
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, sharing};

    #[test]
    fn a_path_that_a_container_uses_is_taken() {
        let mut flow = sharing(&["data"], &[("data", "/d")]);
        let pod = &mut flow["spec"]["flows"][0]["jobTemplate"]["template"]["spec"];
        pod["volumes"] = json!([{"name": "own"}]);
        pod["containers"][0]["volumeMounts"] = json!([{"name": "own", "mountPath": "/d"}]);
        assert_eq!(findings(&flow), "\
spec.flows[0].shareVolumeMounts[0].mountPath: Duplicate value: \"/d\": must be unique in each container: also the mount \
path of `spec.flows[0].jobTemplate.template.spec.containers[0].volumeMounts[0]` [JF307]
");
    }

    #[test]
    fn a_path_that_another_shared_mount_uses_is_taken() {
        assert_eq!(findings(&sharing(&["a", "b"], &[("a", "/d"), ("b", "/d")])), "\
spec.flows[0].shareVolumeMounts[1].mountPath: Duplicate value: \"/d\": must be unique in each container: also the mount \
path of `spec.flows[0].shareVolumeMounts[0]` [JF307]
");
    }
}
