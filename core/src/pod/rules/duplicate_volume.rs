//! XX421 `duplicate-volume`: two volumes of a pod template share a name.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateVolumes`).
//!
//! # Example
//! `volumes: [{name: data}, {name: data}]` is denied at the name of the second.
//!
//! # Fix
//! Rename one of the two, and its mounts.

use std::collections::BTreeSet;

use crate::diagnostic::Report;
use crate::pod::fault::duplicate;
use crate::pod::subject::{PodSubject, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX421", "duplicate-volume", Deny, "duplicate_volume.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let mut seen = BTreeSet::new();
    each(
        subject.pod.volumes.as_deref(),
        &subject.at.key("volumes"),
        |volume, here| {
            if !volume.name.is_empty() && !seen.insert(volume.name.clone()) {
                found.push(duplicate(&RULE, &here.key("name"), &volume.name));
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn every_repeat_is_reported() {
        let volumes = json!([{"name": "a", "emptyDir": {}}, {"name": "b"}, {"name": "a", "emptyDir": {}}]);
        expect![[r#"
            volumes[2].name: Duplicate value: "a": must be unique [XX421]
        "#]]
        .assert_eq(&pod_faults(&json!({"volumes": volumes})));
    }
}
