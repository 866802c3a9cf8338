//! XX413 `no-image`: a container has no image.
//!
//! # Why it is an error
//! There is nothing to run: the API server refuses the Job (`validateContainerCommon`).
//!
//! # Example
//! `containers: [{name: main}]` is denied at `…containers[0].image`.
//!
//! # Fix
//! Name the image, with a tag or digest.

use crate::diagnostic::Report;
use crate::pod::fault::required;
use crate::pod::subject::PodSubject;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX413", "no-image", Deny, "no_image.rs");

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    subject.each_container(|container, _, here| {
        if container.image.as_ref().is_none_or(String::is_empty) {
            found.push(required(&RULE, &here.key("image"), "a container must have an image"));
        }
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::pod_faults;

    #[test]
    fn every_container_needs_an_image() {
        let faults =
            pod_faults(&json!({"containers": [{"name": "a", "image": ""}], "initContainers": [{"name": "b"}]}));
        expect![[r#"
            containers[0].image: Required value: a container must have an image [XX413]
            initContainers[0].image: Required value: a container must have an image [XX413]
        "#]]
        .assert_eq(&faults);
    }
}
