//! Objects as YAML, JSON or names, for other programs.

use std::fmt;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::fault::{Fault, Result};
use super::view::View;

/// What client-side apply leaves in every object: the manifest once more.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The table with more columns.
    Wide,
    /// KIND/NAME, one a line.
    Name,
    /// The stored objects as YAML.
    Yaml,
    /// The stored objects as JSON.
    Json,
}

/// The objects as text. One that was named stands alone; others are the items of a List, as kubectl does it.
pub fn objects(views: &[View], is_list: bool, format: Format, managed_fields: bool) -> Result<String> {
    if format == Format::Name {
        return Ok(views.iter().map(|view| format!("{}\n", view.title())).collect());
    }
    let mut items: Vec<Value> = views.iter().map(|view| clean(&view.object, managed_fields)).collect();
    let whole = match items.pop() {
        Some(object) if !is_list && items.is_empty() => object,
        last => {
            items.extend(last);
            json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items})
        }
    };
    let cannot = |error: &dyn fmt::Display| Fault::unknown(format!("cannot print the answer: {error}"));
    match format {
        Format::Yaml => serde_saphyr::to_string(&whole).map_err(|error| cannot(&error)),
        _ => {
            let text = serde_json::to_string_pretty(&whole);
            text.map(|text| format!("{text}\n")).map_err(|error| cannot(&error))
        }
    }
}

/// The object without what the server and kubectl keep in it for themselves.
fn clean(object: &Value, managed_fields: bool) -> Value {
    let mut object = object.clone();
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return object;
    };
    if !managed_fields {
        metadata.remove("managedFields");
    }
    let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
    let is_empty =
        annotations.is_some_and(|annotations| annotations.remove(LAST_APPLIED).is_some() && annotations.is_empty());
    if is_empty {
        metadata.remove("annotations");
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::{Format, objects};
    use crate::cli::manifest::Manifest;

    fn view(object: Value) -> View {
        View::of(Resource::named("jf").unwrap(), object)
    }

    #[test]
    fn server_noise_is_left_out_unless_asked_for() {
        let object = json!({"metadata": {
            "name": "n", "managedFields": [{"manager": "kubectl"}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        }});
        let views = [view(object)];
        let json = |managed| objects(&views, false, Format::Json, managed).unwrap();
        assert_eq!(json(false), "{\n  \"metadata\": {\n    \"name\": \"n\"\n  }\n}\n");
        assert!(json(true).contains("managedFields"));
        assert_eq!(objects(&views, true, Format::Name, false).unwrap(), "jobflow/n\n");
    }

    #[test]
    fn yaml_is_read_back_by_kubectls_rules_as_it_was() {
        let hostile = [
            "yes",
            "n",
            "on",
            "Off",
            "~",
            "null",
            "",
            " x ",
            "1_000",
            "0o10",
            "010",
            "1e3",
            ".inf",
            "2026-01-01",
            "a: b",
            "- a",
            "# c",
            "x #y",
            "\t",
            "a\nb\n",
            "\n",
            "'",
            "\"",
            "{}",
            "[",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "?",
            ":",
            "ä",
            "\u{1b}[2J",
            "a\\b",
            "12:30",
            "0x1F",
            "+1",
            "=",
            "<<",
            "|",
            ">",
            "a\u{85}b",
            "--- a",
            "... ",
            "true ",
        ];
        let object = json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "n"},
            "spec": {"texts": hostile.to_vec(), "on": 1, "y": [1.5, -3, true, null, {}, []], "deep": {"a b": {"~": "x"}}},
        });
        let yaml = objects(&[view(object.clone())], false, Format::Yaml, false).unwrap();
        let manifest = Manifest::read(yaml.clone().into_bytes());
        assert!(manifest.unreadable.is_empty(), "{:?}\n{yaml}", manifest.unreadable);
        let read = &manifest.documents[0].objects[0].value;
        let (texts, expected) = (
            read["spec"]["texts"].as_array().unwrap(),
            object["spec"]["texts"].as_array().unwrap(),
        );
        for (text, expected) in texts.iter().zip(expected) {
            assert_eq!(text, expected);
        }
        assert_eq!(read, &object, "{yaml}");
    }
}
