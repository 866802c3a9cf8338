//! Constraints: what a schema says of values beyond their types.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

/// What holds at one place and below it. Places of which nothing is said are left out.
#[derive(Debug, Default)]
pub struct Constraints {
    /// What holds for the value itself.
    pub checks: Vec<Check>,
    /// For members with known names.
    pub members: BTreeMap<String, Constraints>,
    /// For each item of a list, or each value of a map with keys of the author's choice.
    pub each: Option<Box<Constraints>>,
}

/// One constraint.
#[derive(Debug)]
pub enum Check {
    /// The value is one of these.
    Enum(Vec<Value>),
    /// The text matches.
    Pattern(Regex),
    /// The text has at least so many characters.
    MinLength(usize),
    /// The text has no more characters.
    MaxLength(usize),
    /// The list has at least so many items.
    MinItems(usize),
    /// The list has no more items.
    MaxItems(usize),
    /// The object has at least so many members.
    MinProperties(usize),
    /// The object has no more members.
    MaxProperties(usize),
    /// The number is no less.
    Minimum(f64),
    /// The number is no more.
    Maximum(f64),
    /// No two items of the list agree in these members.
    UniqueKeys(Vec<String>),
    /// No two items of the list are the same.
    Unique,
}

impl Constraints {
    /// Those of a structural schema; `None` where it has none. The recursion follows our schema, whose depth is fixed.
    pub fn of(schema: &Value) -> Option<Self> {
        let members = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let each = schema.get("items").or_else(|| schema.get("additionalProperties"));
        let constraints = Self {
            checks: checks(schema),
            members: members
                .filter_map(|(name, member)| Some((name.clone(), Self::of(member)?)))
                .collect(),
            each: each.and_then(Self::of).map(Box::new),
        };
        let says_something =
            !constraints.checks.is_empty() || !constraints.members.is_empty() || constraints.each.is_some();
        says_something.then_some(constraints)
    }
}

fn checks(schema: &Value) -> Vec<Check> {
    let count = |name: &str| {
        let number = schema.get(name).and_then(Value::as_u64)?;
        usize::try_from(number).ok()
    };
    let number = |name: &str| schema.get(name).and_then(Value::as_f64);
    let text = |name: &str| schema.get(name).and_then(Value::as_str);
    let allowed = schema.get("enum").and_then(Value::as_array).cloned();
    let pattern =
        text("pattern").map(|pattern| Regex::new(pattern).expect("a test compiles every pattern of our schemas"));
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    let keys = keys.map(|keys| keys.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    let checks = [
        allowed.map(Check::Enum),
        pattern.map(Check::Pattern),
        count("minLength").map(Check::MinLength),
        count("maxLength").map(Check::MaxLength),
        count("minItems").map(Check::MinItems),
        count("maxItems").map(Check::MaxItems),
        count("minProperties").map(Check::MinProperties),
        count("maxProperties").map(Check::MaxProperties),
        number("minimum").map(Check::Minimum),
        number("maximum").map(Check::Maximum),
        keys.map(Check::UniqueKeys),
        (text("x-kubernetes-list-type") == Some("set")).then_some(Check::Unique),
    ];
    checks.into_iter().flatten().collect()
}
