//! XX422 `invalid-volume-name`: the name of a volume is not a DNS label.
//!
//! # Why it is an error
//! The API server refuses the Job (`ValidateVolumes`).
//!
//! # Example
//! `volumes: [{name: My_Data}]` is denied at `…volumes[0].name`.
//!
//! # Fix
//! Use up to 63 lower case letters, digits and '-', and begin and end with a letter or digit.

use crate::diagnostic::Report;
use crate::names::dns_label_fault;
use crate::pod::fault::unless_formed;
use crate::pod::subject::{PodSubject, PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX422", "invalid-volume-name", Deny, "invalid_volume_name.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    each(
        subject.pod.volumes.as_deref(),
        &subject.at.key("volumes"),
        |volume, here| {
            found.push_if(unless_formed(&RULE, &here.key("name"), &volume.name, dns_label_fault));
        },
    );
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn a_volume_name_is_a_label() {
        expect![[r#"
            volumes[0].name: Invalid value: "My_Data": must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name' or '123-abc') [XX422]
            volumes[1].name: Required value: must be given [XX422]
        "#]].assert_eq(&pod_faults(&json!({"volumes": [{"name": "My_Data"}, {"name": ""}]})));
    }
}
