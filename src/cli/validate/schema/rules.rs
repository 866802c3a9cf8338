//! The rules in a schema (`x-kubernetes-validations`), evaluated as the API server does for an object that is new.

use jobflow_core::diagnostic::{Diagnostic, Reason};
use jobflow_core::field::{FieldPath, Segment};
use jobflow_core::rules::{self, refused_by_schema};
use kube_cel::{CompiledSchema, ErrorKind, ValidationError, Validator, compile_schema};
use serde_json::{Map, Value};

/// The member of a schema that holds its rules.
const RULES: &str = "x-kubernetes-validations";

/// The rules of a kind, compiled.
#[derive(Debug)]
pub struct Rules(CompiledSchema);

impl Rules {
    /// Those of the schema of a `spec`; `None` where it has none.
    pub fn of(spec: &Value) -> Option<Self> {
        ruled(spec).map(|schema| Self(compile_schema(&schema)))
    }

    /// A finding for every rule that `spec` breaks. Rules that compare with an old object are not asked.
    pub fn broken_by(&self, spec: &Value) -> Vec<Diagnostic> {
        let mut spec = spec.clone();
        remove_nulls(&mut spec);
        let errors = match Validator::new().validate_compiled(&self.0, &spec, None) {
            Ok(()) => return Vec::new(),
            Err(errors) => errors.into_vec(),
        };
        errors.into_iter().map(finding).collect()
    }
}

/// The part of a schema that leads to rules: what lies beside is of no use to them, and would be read for every object. The
/// recursion follows our schema, whose depth is fixed.
fn ruled(schema: &Value) -> Option<Value> {
    let mut part = Map::new();
    if let Some(rules) = schema.get(RULES) {
        part.insert(RULES.to_owned(), rules.clone());
    }
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let properties: Map<String, Value> = properties
        .filter_map(|(name, member)| Some((name.clone(), ruled(member)?)))
        .collect();
    if !properties.is_empty() {
        part.insert("properties".to_owned(), properties.into());
    }
    for name in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(name).and_then(ruled) {
            part.insert(name.to_owned(), inner);
        }
    }
    (!part.is_empty()).then(|| part.into())
}

/// For rules the API server takes a member that is null for one that is absent (`k8s.io/apiserver/pkg/cel/common`).
fn remove_nulls(value: &mut Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                members.retain(|_, member| !member.is_null());
                open.extend(members.values_mut());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

/// The finding for a broken rule. One whose message ends with the id of a rule of ours is a finding of that rule.
fn finding(error: ValidationError) -> Diagnostic {
    let ValidationError {
        message,
        field_path,
        reason,
        kind,
        ..
    } = error;
    let id = message.strip_suffix(']').and_then(|text| text.rsplit_once(" ["));
    let ours = id.and_then(|(text, id)| Some((text.to_owned(), rules::by_id(id)?)));
    let (message, rule) = ours.unwrap_or((message, &refused_by_schema::RULE));
    let message = match kind {
        ErrorKind::ValidationFailure => message,
        _ => format!("{message} (the API server has the last word)"),
    };
    Diagnostic {
        rule,
        path: path(&format!("spec.{}", field_path.trim_start_matches('.'))),
        reason: reason.map_or(Reason::Invalid, |reason| reason_of(&reason)),
        value: None,
        message,
        help: None,
    }
}

fn reason_of(cause: &str) -> Reason {
    let all = [Reason::Required, Reason::Invalid, Reason::Forbidden, Reason::Duplicate];
    all.into_iter()
        .find(|reason| reason.cause() == cause)
        .unwrap_or(Reason::Invalid)
}

/// The path that `text` writes, such as `spec.flows[3].name`. Rules stand only where all names are those of fields.
fn path(text: &str) -> FieldPath {
    let parts = text.split(['.', '[']).filter(|part| !part.is_empty());
    let segment = |part: &str| match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
        Some(index) => Segment::Index(index),
        None => Segment::Key(part.to_owned()),
    };
    FieldPath::new(parts.map(segment).collect())
}

#[cfg(test)]
mod tests {
    use super::{Rules, path};

    #[test]
    fn every_rule_of_every_kind_compiles() {
        for (kind, count) in [("jobflows", 2), ("daemonjobs", 1), ("sequentialjobs", 1)] {
            let file = format!("{}/crds/schema/{kind}.json", env!("CARGO_MANIFEST_DIR"));
            let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            let rules = Rules::of(&schema["properties"]["spec"]).unwrap();
            let mut places = 0;
            let mut open = vec![&rules.0];
            while let Some(schema) = open.pop() {
                assert!(
                    schema.compilation_errors().is_empty(),
                    "{kind}: {:?}",
                    schema.compilation_errors()
                );
                places += usize::from(!schema.validations.is_empty());
                open.extend(schema.properties.values());
                open.extend(schema.items.as_deref());
            }
            assert_eq!(places, count, "{kind}");
        }
    }

    #[test]
    fn a_path_is_read_as_it_is_written() {
        assert_eq!(
            path("spec.flows[12].jobTemplate").to_string(),
            "spec.flows[12].jobTemplate"
        );
        assert_eq!(path("spec.flows[12].jobTemplate").segments().len(), 4);
    }
}
