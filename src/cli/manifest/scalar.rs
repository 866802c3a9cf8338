//! Scalars: what a plain word means to kubectl, which reads YAML 1.1 with go-yaml v2.
//!
//! A golden table from the real thing holds this file to it: `tests/cli/kubectl-yaml.jsonl`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use granit_parser::{ScalarStyle, Tag};
use serde_json::Value;

use super::number::{self, Numeral};

/// What a scalar stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// `true` or `false`, and `yes`, `on` and so on.
    Bool(bool),
    /// A number.
    Number(Numeral),
    /// A text.
    Text(String),
    /// The key `<<`.
    Merge,
}

/// The namespace of YAML's own tags.
const TAG_PREFIX: &str = "tag:yaml.org,2002:";

impl Scalar {
    /// What the scalar `text` stands for.
    ///
    /// # Errors
    /// A message when its tag asks for something else than it is.
    pub fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Self, String> {
        let Some(tag) = tag else {
            return Ok(match style {
                ScalarStyle::Plain => Self::of_plain(text),
                _ => Scalar::Text(text.to_owned()),
            });
        };
        match tag.suffix_in_namespace(TAG_PREFIX).as_deref() {
            Some("merge") if text == "<<" => Ok(Scalar::Merge),
            Some("binary") => decoded(text),
            Some(name @ ("bool" | "int" | "float" | "null")) => {
                let scalar = Self::of_plain(text);
                scalar
                    .converted(name)
                    .ok_or_else(|| format!("expected a value of the type '!!{name}'"))
            }
            _ => Ok(Scalar::Text(text.to_owned())),
        }
    }

    fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
            ".nan" | ".NaN" | ".NAN" => Scalar::Number(Numeral::Float(f64::NAN)),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Number(Numeral::Float(f64::INFINITY)),
            "-.inf" | "-.Inf" | "-.INF" => Scalar::Number(Numeral::Float(f64::NEG_INFINITY)),
            "<<" => Scalar::Merge,
            _ if text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) => {
                number::read(text).map_or_else(|| Scalar::Text(text.to_owned()), Scalar::Number)
            }
            _ => Scalar::Text(text.to_owned()),
        }
    }

    /// The scalar as the type with the tag `!!name`; only a whole number may change, into a float.
    fn converted(self, name: &str) -> Option<Self> {
        match (name, &self) {
            ("bool", Scalar::Bool(_)) | ("null", Scalar::Null) => Some(self),
            ("int", Scalar::Number(Numeral::Whole(_) | Numeral::Large(_))) => Some(self),
            ("float", Scalar::Number(Numeral::Float(_) | Numeral::Whole(_))) => Some(self),
            _ => None,
        }
    }

    /// The JSON value.
    ///
    /// # Errors
    /// A message when JSON has none.
    pub fn into_json(self) -> Result<Value, String> {
        match self {
            Scalar::Null => Ok(Value::Null),
            Scalar::Bool(value) => Ok(Value::Bool(value)),
            Scalar::Number(number) => number
                .to_json()
                .ok_or_else(|| "expected a finite number: JSON has no other, quote it".to_owned()),
            Scalar::Text(text) => Ok(Value::String(text)),
            Scalar::Merge => Ok(Value::String("<<".to_owned())),
        }
    }
}

/// Go's decoder passes over line breaks in base64, and shows what is no UTF-8 as replacement characters.
fn decoded(text: &str) -> Result<Scalar, String> {
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| "expected base64 behind '!!binary'".to_owned())?;
    Ok(Scalar::Text(String::from_utf8_lossy(&bytes).into_owned()))
}
