//! XX425 `invalid-volume-file`: a file of a volume has no key, no path, or a mode or path that cannot be.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateKeyToPath`, `validateDownwardAPIVolumeFile`, `validateProjectionSources`):
//! paths are relative and stay in the volume, two files of a projected volume have two paths, and modes are from 0 to
//! 0777. YAML reads `0644` as octal, JSON has only the decimal number, 420.
//!
//! # Example
//! `configMap: {name: a, items: [{key: b, path: ../c}]}` is denied at `…items[0].path`.
//!
//! # Fix
//! Correct the path, or the mode: `0644` in YAML.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, Volume};

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{duplicate, required, unless_formed, unless_within};
use crate::pod::forms::file_path_fault;
use crate::pod::subject::{PushIf, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX425", "invalid-volume-file", Deny, "invalid_volume_file.rs");

pub(in crate::pod) fn check(volume: &Volume, at: &At<'_>, found: &mut Report) {
    if let Some(source) = &volume.config_map {
        let here = at.key("configMap");
        check_mode(source.default_mode, &here, found);
        each(source.items.as_deref(), &here.key("items"), |item, here| {
            check_item(item, here, found);
        });
    }
    if let Some(source) = &volume.secret {
        let here = at.key("secret");
        check_mode(source.default_mode, &here, found);
        each(source.items.as_deref(), &here.key("items"), |item, here| {
            check_item(item, here, found);
        });
    }
    if let Some(source) = &volume.downward_api {
        let here = at.key("downwardAPI");
        check_mode(source.default_mode, &here, found);
        each(source.items.as_deref(), &here.key("items"), |item, here| {
            check_field(item, here, found);
        });
    }
    if let Some(source) = &volume.projected {
        check_projected(source, &at.key("projected"), found);
    }
}

fn check_mode(mode: Option<i32>, at: &At<'_>, found: &mut Report) {
    found.push_if(mode_fault(mode, &at.key("defaultMode")));
}

fn mode_fault(mode: Option<i32>, at: &At<'_>) -> Option<crate::diagnostic::Diagnostic> {
    let finding = unless_within(&RULE, at, mode, 0..=0o777)?;
    Some(finding.help("write it as an octal number, such as '0644'"))
}

fn check_item(item: &KeyToPath, at: &At<'_>, found: &mut Report) {
    if item.key.is_empty() {
        found.push(required(&RULE, &at.key("key"), "must be given"));
    }
    found.push_if(unless_formed(&RULE, &at.key("path"), &item.path, file_path_fault));
    found.push_if(mode_fault(item.mode, &at.key("mode")));
}

fn check_field(item: &DownwardAPIVolumeFile, at: &At<'_>, found: &mut Report) {
    found.push_if(unless_formed(&RULE, &at.key("path"), &item.path, file_path_fault));
    found.push_if(mode_fault(item.mode, &at.key("mode")));
}

fn check_projected(source: &ProjectedVolumeSource, at: &At<'_>, found: &mut Report) {
    check_mode(source.default_mode, at, found);
    let mut paths = BTreeSet::new();
    let mut note = |path: &str, at: &At<'_>, found: &mut Report| {
        if !path.is_empty() && !paths.insert(path.to_owned()) {
            found.push(duplicate(&RULE, at, path));
        }
    };
    each(source.sources.as_deref(), &at.key("sources"), |source, here| {
        let lists = [
            (
                "secret",
                source.secret.as_ref().and_then(|secret| secret.items.as_deref()),
            ),
            (
                "configMap",
                source
                    .config_map
                    .as_ref()
                    .and_then(|config_map| config_map.items.as_deref()),
            ),
        ];
        for (name, items) in lists {
            let here = here.key(name);
            each(items, &here.key("items"), |item, here| {
                check_item(item, here, found);
                note(&item.path, &here.key("path"), found);
            });
        }
        if let Some(fields) = &source.downward_api {
            let here = here.key("downwardAPI");
            each(fields.items.as_deref(), &here.key("items"), |item, here| {
                check_field(item, here, found);
                note(&item.path, &here.key("path"), found);
            });
        }
        if let Some(token) = &source.service_account_token {
            let here = here.key("serviceAccountToken");
            found.push_if(unless_formed(&RULE, &here.key("path"), &token.path, file_path_fault));
        }
    });
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use crate::pod::testing::volume_faults;

    #[test]
    fn keys_paths_and_modes_are_checked() {
        let items =
            json!([{"key": "", "path": "a"}, {"key": "b", "path": "../b"}, {"key": "c", "path": "/c", "mode": 644}]);
        expect![[r#"
            configMap.defaultMode: Invalid value: -1: must be between 0 and 511, inclusive (write it as an octal number, such as '0644') [XX425]
            configMap.items[0].key: Required value: must be given [XX425]
            configMap.items[1].path: Invalid value: "../b": must not contain '..' [XX425]
            configMap.items[2].mode: Invalid value: 644: must be between 0 and 511, inclusive (write it as an octal number, such as '0644') [XX425]
            configMap.items[2].path: Invalid value: "/c": must be a relative path [XX425]
        "#]].assert_eq(&volume_faults(&json!({"configMap": {"name": "x", "items": items, "defaultMode": -1}})));
        let field = json!({"path": "", "fieldRef": {"fieldPath": "metadata.name"}, "mode": 512});
        expect![[r#"
            downwardAPI.items[0].mode: Invalid value: 512: must be between 0 and 511, inclusive (write it as an octal number, such as '0644') [XX425]
            downwardAPI.items[0].path: Required value: must be given [XX425]
        "#]].assert_eq(&volume_faults(&json!({"downwardAPI": {"items": [field]}})));
    }

    #[test]
    fn the_files_of_a_projected_volume_have_paths_of_their_own() {
        let item = |path| json!({"items": [{"key": "k", "path": path}], "name": "x"});
        let sources = json!([
            {"secret": item("a")}, {"configMap": item("a")},
            {"serviceAccountToken": {"path": "..token"}},
            {"downwardAPI": {"items": [{"path": "b", "fieldRef": {"fieldPath": "metadata.uid"}}]}},
        ]);
        expect![[r#"
            projected.defaultMode: Invalid value: 1000: must be between 0 and 511, inclusive (write it as an octal number, such as '0644') [XX425]
            projected.sources[1].configMap.items[0].path: Duplicate value: "a": must be unique [XX425]
            projected.sources[2].serviceAccountToken.path: Invalid value: "..token": must not start with '..' [XX425]
        "#]].assert_eq(&volume_faults(&json!({"projected": {"sources": sources, "defaultMode": 1000}})));
    }
}
