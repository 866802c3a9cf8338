//! XX423 `two-volume-sources`: a volume has more than one source.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateVolumeSource`). A volume without a source is an `emptyDir`.
//!
//! # Example
//! `volumes: [{name: data, emptyDir: {}, configMap: {name: settings}}]` is denied at `…volumes[0].configMap`.
//!
//! # Fix
//! Keep one source, or make two volumes. To see several sources in one folder use `projected`.

use k8s_openapi::api::core::v1::Volume;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::forbidden;
use crate::pod::volume_source::sources;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX423", "two-volume-sources", Deny, "two_volume_sources.rs");

/// The first source stays, each other one is reported.
pub(in crate::pod) fn check(volume: &Volume, at: &At<'_>, found: &mut Report) {
    let sources = sources(volume);
    for (name, _) in sources.iter().filter(|(_, is_given)| *is_given).skip(1) {
        found.push(forbidden(&RULE, &at.key(name), "a volume may have one source only"));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::volume_faults;

    #[test]
    fn every_source_but_the_first_is_reported() {
        assert_eq!(volume_faults(&json!({})), "");
        let sources = json!({"emptyDir": {}, "configMap": {"name": "a"}, "secret": {"secretName": "b"}});
        expect![[r#"
            configMap: Forbidden: a volume may have one source only [XX423]
            secret: Forbidden: a volume may have one source only [XX423]
        "#]]
        .assert_eq(&volume_faults(&sources));
    }
}
