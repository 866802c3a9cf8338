//! The shape of an object: unknown fields, wrong types and missing fields, all at once.
//!
//! Typed decoding cannot say this: it stops at the first fault, and `k8s-openapi` reads a missing required field
//! as empty (ECOSYSTEM.md T5). So the JSON is held against the CRD's own schema, which is what the API server does.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::diagnostic::Report;
use crate::field::At;
use crate::rules::{missing_field, unknown_field, wrong_type};

/// What a schema allows at one place.
#[derive(Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// A text, or a number that is read as text: a quantity such as `1` or `500m`.
    Quantity,
    /// A number or a text: a port.
    IntOrString,
    /// One plain value.
    Scalar(Scalar),
    /// A list.
    List(Box<Shape>),
    /// A map with keys of the author's choice.
    Map(Box<Shape>),
    /// An object with known members.
    Object(Members),
}

/// The type of a plain value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Any number.
    Number,
    /// A text.
    String,
}

/// The members of an object.
#[derive(Debug, Default)]
pub struct Members {
    known: BTreeMap<String, Shape>,
    required: Vec<String>,
}

/// What is read as text although it may be written as a number: everything that is int-or-string but a port
/// and a number of nodes.
const INT_OR_STRING_NAMES: [&str; 2] = ["nodeParallelism", "port"];

impl Shape {
    /// The shape that a structural schema describes. Our own schemas only: a fault in one is a fault of the
    /// build, which a test would show.
    pub fn from_schema(schema: &Value) -> Self {
        Self::of(schema, "")
    }

    fn of(schema: &Value, name: &str) -> Self {
        if schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
            return if INT_OR_STRING_NAMES.contains(&name) {
                Shape::IntOrString
            } else {
                Shape::Quantity
            };
        }
        let format = schema.get("format").and_then(Value::as_str);
        match (schema.get("type").and_then(Value::as_str), format) {
            (Some("string"), _) => Shape::Scalar(Scalar::String),
            (Some("boolean"), _) => Shape::Scalar(Scalar::Boolean),
            (Some("integer"), Some("int32")) => Shape::Scalar(Scalar::Int32),
            (Some("integer"), _) => Shape::Scalar(Scalar::Int64),
            (Some("number"), _) => Shape::Scalar(Scalar::Number),
            (Some("array"), _) => Shape::List(Box::new(Self::of_member(schema, "items"))),
            (Some("object"), _) => Self::of_object(schema),
            _ => Shape::Any,
        }
    }

    fn of_member(schema: &Value, name: &str) -> Self {
        schema.get(name).map_or(Shape::Any, |member| Self::of(member, name))
    }

    fn of_object(schema: &Value) -> Self {
        let Some(Value::Object(properties)) = schema.get("properties") else {
            return match schema.get("additionalProperties") {
                Some(values @ Value::Object(_)) => Shape::Map(Box::new(Self::of(values, ""))),
                _ => Shape::Any,
            };
        };
        let known = properties
            .iter()
            .map(|(name, member)| (name.clone(), Self::of(member, name)))
            .collect();
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let required = required.filter_map(Value::as_str).map(str::to_owned).collect();
        Shape::Object(Members { known, required })
    }

    /// Reports every fault of shape in `value`. Returns the value as far as it can be decoded, where that is not
    /// the value itself: without what has the wrong type, with numbers in the form that the type asks for.
    ///
    /// Stops where the report is full; then nothing more could be said of what is decoded.
    pub fn check(&self, value: &Value, at: &At<'_>, found: &mut Report) -> Option<Value> {
        let fits = self.walk(value, at, found);
        (!fits).then(|| self.mended(value).unwrap_or_default())
    }

    /// Whether the value can be decoded as it is. The recursion follows the schema, whose depth is fixed, and not the value.
    fn walk(&self, value: &Value, at: &At<'_>, found: &mut Report) -> bool {
        match (self, value) {
            _ if found.is_full() => true,
            (Shape::Any, _)
            | (Shape::Quantity | Shape::IntOrString | Shape::Scalar(Scalar::String), Value::String(_))
            | (Shape::Scalar(Scalar::Boolean), Value::Bool(_)) => true,
            (Shape::Object(members), Value::Object(object)) => members.walk(object, at, found),
            (Shape::Map(shape), Value::Object(map)) => map.iter().fold(true, |fits, (key, value)| {
                // The API server leaves an entry out that is null.
                !value.is_null() && shape.walk(value, &at.map_key(key), found) && fits
            }),
            (Shape::List(shape), Value::Array(items)) => items.iter().enumerate().fold(true, |fits, (index, item)| {
                shape.walk(item, &at.index(index), found) && fits
            }),
            (Shape::Quantity, Value::Number(number)) => {
                if !is_whole(number) {
                    found.push(wrong_type::fault(at, self.name(), value));
                }
                false
            }
            (Shape::IntOrString, Value::Number(number)) => Scalar::Int32.walk(number, at, found),
            (Shape::Scalar(scalar), Value::Number(number)) if scalar.is_number() => scalar.walk(number, at, found),
            _ => {
                found.push(wrong_type::fault(at, self.name(), value));
                false
            }
        }
    }

    /// The value as far as it can be decoded; `None` for nothing of it.
    fn mended(&self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Shape::Any, value) => Some(value.clone()),
            (Shape::Object(members), Value::Object(object)) => {
                let known = object.iter().filter(|(_, value)| !value.is_null());
                let mended = known.filter_map(|(name, value)| {
                    let shape = members.known.get(name)?;
                    Some((name.clone(), shape.mended(value)?))
                });
                Some(mended.collect())
            }
            (Shape::Map(shape), Value::Object(map)) => {
                let mended = map
                    .iter()
                    .filter_map(|(key, value)| Some((key.clone(), shape.mended(value)?)));
                Some(mended.collect())
            }
            (Shape::List(shape), Value::Array(items)) => {
                // An element that is left out would shift the others, so it becomes an empty one.
                let mended = items
                    .iter()
                    .map(|item| shape.mended(item).unwrap_or_else(|| shape.empty()));
                Some(mended.collect())
            }
            (Shape::Quantity, Value::Number(number)) => Some(Value::String(number.to_string())),
            (Shape::Quantity | Shape::IntOrString | Shape::Scalar(Scalar::String), Value::String(_))
            | (Shape::Scalar(Scalar::Boolean), Value::Bool(_)) => Some(value.clone()),
            (Shape::IntOrString, Value::Number(number)) => Scalar::Int32.mended(number).map(Value::Number),
            (Shape::Scalar(scalar), Value::Number(number)) if scalar.is_number() => {
                scalar.mended(number).map(Value::Number)
            }
            _ => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Shape::Any => "any",
            Shape::Scalar(Scalar::String) => "string",
            Shape::Quantity | Shape::IntOrString => wrong_type::INTEGER_OR_STRING,
            Shape::Scalar(Scalar::Boolean) => "boolean",
            Shape::Scalar(Scalar::Int32 | Scalar::Int64) => "integer",
            Shape::Scalar(Scalar::Number) => "number",
            Shape::List(_) => "array",
            Shape::Map(_) | Shape::Object(_) => "object",
        }
    }

    fn empty(&self) -> Value {
        match self {
            Shape::Any => Value::Null,
            Shape::Quantity | Shape::IntOrString | Shape::Scalar(Scalar::String) => Value::String(String::new()),
            Shape::Scalar(Scalar::Boolean) => Value::Bool(false),
            Shape::Scalar(_) => Value::Number(0.into()),
            Shape::List(_) => Value::Array(Vec::new()),
            Shape::Map(_) | Shape::Object(_) => Value::Object(Map::new()),
        }
    }
}

impl Members {
    fn walk(&self, object: &Map<String, Value>, at: &At<'_>, found: &mut Report) -> bool {
        let mut fits = true;
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            match self.known.get(name) {
                Some(shape) => fits &= shape.walk(value, &at.key(name), found),
                // The nearest name is worth its search only where it is told.
                None if found.is_full() => return fits,
                None => found.push(unknown_field::fault(&at.key(name), name, self.known.keys())),
            }
        }
        for name in &self.required {
            let value = object.get(name);
            if value.is_none_or(Value::is_null) {
                found.push(missing_field::fault(&at.key(name)));
            }
            fits &= !value.is_some_and(Value::is_null);
        }
        fits
    }
}

impl Scalar {
    fn is_number(self) -> bool {
        !matches!(self, Scalar::Boolean | Scalar::String)
    }

    fn walk(self, number: &Number, at: &At<'_>, found: &mut Report) -> bool {
        let mended = self.mended(number);
        if mended.is_none() {
            found.push(wrong_type::not_an_integer(at, self == Scalar::Int32, number));
        }
        mended.is_some_and(|mended| mended == *number)
    }

    /// The number as its type asks for it. Whole numbers may be written `1.0` or `1e3`, as in Kubernetes.
    fn mended(self, number: &Number) -> Option<Number> {
        let whole = number.as_i64().or_else(|| whole_of(number));
        match self {
            Scalar::Int32 => Some(i32::try_from(whole?).ok()?.into()),
            Scalar::Int64 => Some(whole?.into()),
            Scalar::Boolean | Scalar::Number | Scalar::String => Some(number.clone()),
        }
    }
}

/// Whether the schema's int-or-string takes it: a fraction or more than 64 bits must be written as text.
fn is_whole(number: &Number) -> bool {
    /// 2^63: no float between it and the one before is whole and in range.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let is_whole_float = |float: f64| float.fract() == 0.0 && (-BEYOND..BEYOND).contains(&float);
    number.is_i64() || (number.is_f64() && number.as_f64().is_some_and(is_whole_float))
}

/// The whole number that a float is, within the range where floats are exact (2^53).
fn whole_of(number: &Number) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let float = number
        .as_f64()
        .filter(|float| float.fract() == 0.0 && float.abs() <= EXACT_MAX)?;
    format!("{float:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Shape;
    use crate::diagnostic::Report;
    use crate::field::At;

    fn shape() -> Shape {
        Shape::from_schema(&json!({"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"},
            "count": {"type": "integer", "format": "int32"},
            "on": {"type": "boolean"},
            "limits": {"type": "object", "additionalProperties": {"x-kubernetes-int-or-string": true}},
            "port": {"x-kubernetes-int-or-string": true},
            "items": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        }}))
    }

    fn check(value: &Value) -> (String, Value) {
        let mut found = Report::default();
        let spec = At::ROOT.key("spec");
        let mended = shape().check(value, &spec, &mut found).unwrap_or_else(|| value.clone());
        let lines = found
            .settled()
            .into_iter()
            .map(|finding| format!("{finding}\n"))
            .collect();
        (lines, mended)
    }

    #[test]
    fn a_good_value_is_left_as_it_is() {
        let good =
            json!({"name": "a", "count": 3, "on": true, "port": "http", "items": [{"name": "x"}], "limits": null});
        assert_eq!(check(&good), (String::new(), good.clone()));
    }

    #[test]
    fn all_faults_are_reported_at_once_and_the_rest_can_be_decoded() {
        let (lines, mended) = check(&json!({"count": "3", "items": [5, {"nam": "x"}], "on": 1}));
        assert_eq!(
            lines,
            "\
spec.count: Invalid value: \"string\": must be of type integer (remove the quotes) [XX002]
spec.items[0]: Invalid value: \"integer\": must be of type object [XX002]
spec.items[1].nam: Forbidden: is not a field of this object (did you mean 'name'?) [XX001]
spec.name: Required value: must be given [XX003]
spec.on: Invalid value: \"integer\": must be of type boolean [XX002]
"
        );
        assert_eq!(mended, json!({"items": [{}, {}]}));
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats_and_quantities_as_numbers() {
        let (lines, mended) =
            check(&json!({"name": "a", "count": 3.0, "port": 80, "limits": {"cpu": 1, "memory": "1Gi"}}));
        assert_eq!(lines, "");
        assert_eq!(
            mended,
            json!({"name": "a", "count": 3, "port": 80, "limits": {"cpu": "1", "memory": "1Gi"}})
        );
    }

    #[test]
    fn a_quantity_with_a_fraction_or_more_than_64_bits_must_be_a_text() {
        let limits = |number: Value| check(&json!({"name": "a", "limits": {"cpu": number}})).0;
        let refused = "spec.limits[cpu]: Invalid value: \"number\": must be of type integer or string (put the value in quotes) [XX002]\n";
        assert_eq!(limits(json!(0.5)), refused);
        assert_eq!(limits(json!(1e19)), refused);
        assert_eq!(limits(json!(1e18)) + &limits(json!(2.0)) + &limits(json!(i64::MAX)), "");
        assert_eq!(limits(json!(u64::MAX)), refused.replace("number", "integer"));
    }

    #[test]
    fn an_entry_of_a_map_that_is_null_is_none() {
        let (lines, mended) = check(&json!({"name": "a", "limits": {"cpu": null, "memory": "1Gi"}}));
        assert_eq!(lines, "");
        assert_eq!(mended, json!({"name": "a", "limits": {"memory": "1Gi"}}));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let (lines, _) = check(&json!({"name": "a", "count": 4_294_967_296_u64}));
        assert_eq!(
            lines,
            "spec.count: Invalid value: 4294967296: must be a whole number of 32 bits [XX002]\n"
        );
        let (lines, _) = check(&json!({"name": "a", "count": 1e300}));
        assert_eq!(
            lines,
            "spec.count: Invalid value: 1e+300: must be a whole number of 32 bits [XX002]\n"
        );
    }
}
