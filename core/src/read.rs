//! read: from JSON text to an object, within the bounds on its depth and on how much is in it.
//!
//! A body of 7 MiB has room for millions of values, and each costs hundreds of times its bytes once it is read, checked and
//! decoded. So they are counted while they are read, and reading stops at the bound.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use crate::diagnostic::Diagnostic;
use crate::field::At;
use crate::limits::{LISTED_OBJECTS_MAX, VALUES_MAX};
use crate::rules::{nested_too_deeply, too_many_values, wrong_type};

/// How much is in an object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Amount {
    values: usize,
    listed_objects: usize,
}

impl Amount {
    /// What is in `object`.
    ///
    /// Walks with a stack of its own, and no further than the bounds.
    pub(crate) fn of(object: &Value) -> Self {
        let mut amount = Self::default();
        let mut open = vec![object];
        while let Some(value) = open.pop() {
            if !amount.add_value() {
                break;
            }
            match value {
                Value::Object(members) => open.extend(members.values()),
                Value::Array(items) => {
                    amount.listed_objects += items.iter().filter(|item| item.is_object()).count();
                    open.extend(items);
                }
                _ => {}
            }
        }
        amount
    }

    /// Whether there is no more than any real object has.
    pub(crate) fn is_within_bounds(self) -> bool {
        self.values <= VALUES_MAX && self.listed_objects <= LISTED_OBJECTS_MAX
    }

    fn add_value(&mut self) -> bool {
        self.values += 1;
        self.is_within_bounds()
    }

    fn add_item(&mut self, item: &Value) -> bool {
        self.listed_objects += usize::from(item.is_object());
        self.is_within_bounds()
    }
}

/// Reads an object.
///
/// # Errors
/// A finding when it is nested deeper than [`crate::limits::NESTING_MAX`], has more in it than [`VALUES_MAX`] or
/// [`LISTED_OBJECTS_MAX`], or is no JSON.
pub(crate) fn object(json: &str) -> Result<Value, Diagnostic> {
    let mut amount = Amount::default();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = Reader(&mut amount).deserialize(&mut deserializer);
    let read = read.and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| {
        if !amount.is_within_bounds() {
            too_many_values::fault()
        } else if error.to_string().starts_with("recursion limit exceeded") {
            // serde_json has no predicate for this error, and stops at 128 levels (NESTING_MAX).
            nested_too_deeply::fault()
        } else {
            wrong_type::not_decoded(&At::ROOT, &error)
        }
    })
}

/// Reads one value as `serde_json` does, and counts.
struct Reader<'a>(&'a mut Amount);

/// Ends the reading; its text is shown to nobody.
fn too_much<E: Error>() -> E {
    E::custom("too many values")
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if !self.0.add_value() {
            return Err(too_much());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Reader(self.0))? {
            if !self.0.add_item(&item) {
                return Err(too_much());
            }
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        // Sorted at once: looking for the place of each would take a third of the time of an object with very many members.
        // Of several with one name the last stays, as it would.
        let mut members = Vec::new();
        while let Some(name) = map.next_key()? {
            members.push((name, map.next_value_seed(Reader(self.0))?));
        }
        Ok(Value::Object(members.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Amount, object};
    use crate::limits::{LISTED_OBJECTS_MAX, VALUES_MAX};

    fn list(item: &str, count: usize) -> String {
        format!("{{\"spec\":[{}]}}", vec![item; count].join(","))
    }

    fn fault(json: &str) -> String {
        object(json).unwrap_err().to_string()
    }

    #[test]
    fn what_is_read_is_what_serde_json_reads() {
        for json in [
            "null",
            " [ ] ",
            r#"{"a": [true, false, null, "ä\u00e4\n", {"b": {}}], "a2": [1, -1, 1.0, 1e3, -0, -0.0, 18446744073709551615]}"#,
            // Of a repeated key the last counts.
            r#"{"a": 1, "a": {"b": 2}}"#,
        ] {
            assert_eq!(
                object(json).unwrap(),
                serde_json::from_str::<Value>(json).unwrap(),
                "{json}"
            );
        }
        for json in ["", "{", "[1,]", "{} {}", "1e400", "nul", "{\"a\" 1}", "\"\u{1}\""] {
            let theirs = serde_json::from_str::<Value>(json).unwrap_err().to_string();
            assert_eq!(
                fault(json),
                format!(": Invalid value: cannot be read: {theirs} [XX002]"),
                "{json}"
            );
        }
    }

    #[test]
    fn reading_stops_where_there_is_more_than_any_real_object_has() {
        // The object itself and its list are values too.
        assert!(object(&list("0", VALUES_MAX - 2)).is_ok());
        assert!(fault(&list("0", VALUES_MAX - 1)).ends_with(" [XX903]"));
        assert!(object(&list("{}", LISTED_OBJECTS_MAX)).is_ok());
        assert!(fault(&list("{}", LISTED_OBJECTS_MAX + 1)).ends_with(" [XX903]"));
        // What follows is not even looked at, so that its length costs nothing.
        assert!(fault(&format!("[{}no JSON", "0,".repeat(VALUES_MAX))).ends_with(" [XX903]"));
    }

    #[test]
    fn a_value_has_the_same_amount_as_its_text() {
        for (json, fits) in [
            (list("0", VALUES_MAX - 2), true),
            (list("0", VALUES_MAX - 1), false),
            (list("{}", LISTED_OBJECTS_MAX), true),
            (list("{}", LISTED_OBJECTS_MAX + 1), false),
            ("[".repeat(100) + &"]".repeat(100), true),
        ] {
            let value: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(Amount::of(&value).is_within_bounds(), fits);
            assert_eq!(object(&json).is_ok(), fits);
        }
    }

    #[test]
    fn nesting_is_read_up_to_a_limit() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(object(&nested(127)).is_ok());
        assert!(fault(&nested(128)).ends_with(" [XX901]"));
    }
}
