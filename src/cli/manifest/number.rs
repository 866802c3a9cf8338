//! Numbers as go-yaml reads them and as Go writes them.

use serde_json::{Number, Value};

/// A number that a scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numeral {
    /// A whole number.
    Whole(i64),
    /// A whole number above the range of `i64`.
    Large(u64),
    /// Any other number, and `.inf` and `.nan`.
    Float(f64),
}

/// Reads `text`, whose first character is a digit, a sign or a dot.
pub fn read(text: &str) -> Option<Numeral> {
    let plain = text.replace('_', "");
    if text.starts_with('.') {
        return separates_digits(text).then(|| float(&plain))?;
    }
    whole(&plain)
        .or_else(|| float(&plain))
        .or_else(|| signed_binary(&plain))
}

/// Whether every underscore stands between digits, as Go asks for where go-yaml has not removed them all.
fn separates_digits(text: &str) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.match_indices('_').all(|(at, _)| {
        let (before, after) = (
            text.get(..at).unwrap_or_default(),
            text.get(at + 1..).unwrap_or_default(),
        );
        is_digit(before.chars().next_back()) && is_digit(after.chars().next())
    })
}

/// Go's `ParseInt` and `ParseUint` with base 0: `0x`, `0o`, `0b`, and a leading zero for octal.
fn whole(text: &str) -> Option<Numeral> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' | b'+' => text.split_at(1),
        _ => ("", text),
    };
    let (radix, digits) = radix_of(digits);
    // `from_str_radix` would take a second sign.
    if !digits.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match (sign, i64::try_from(magnitude)) {
        ("-", _) => 0_i64.checked_sub_unsigned(magnitude).map(Numeral::Whole),
        (_, Ok(value)) => Some(Numeral::Whole(value)),
        ("", Err(_)) => Some(Numeral::Large(magnitude)),
        _ => None,
    }
}

fn radix_of(digits: &str) -> (u32, &str) {
    let prefixes = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let prefixed = prefixes
        .into_iter()
        .find_map(|(prefix, radix)| Some((radix, digits.strip_prefix(prefix)?)));
    match (prefixed, digits.strip_prefix('0')) {
        (Some(found), _) => found,
        (None, Some(rest)) if !rest.is_empty() => (8, rest),
        _ => (10, digits),
    }
}

/// go-yaml's own way with `0b-1`.
fn signed_binary(plain: &str) -> Option<Numeral> {
    i64::from_str_radix(plain.strip_prefix("0b")?, 2)
        .ok()
        .map(Numeral::Whole)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within the range of floats.
fn float(text: &str) -> Option<Numeral> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_form = all_digits(before)
        && all_digits(after)
        && !(before.is_empty() && after.is_empty())
        && !exponent.is_empty()
        && all_digits(exponent);
    let value: f64 = has_form.then(|| text.parse().ok())??;
    value.is_finite().then_some(Numeral::Float(value))
}

impl Numeral {
    /// The JSON that Go writes for it: a float without a fraction becomes a whole number. `None` for `.inf` and
    /// `.nan`, which JSON has not.
    pub fn to_json(self) -> Option<Value> {
        match self {
            Numeral::Whole(value) => Some(value.into()),
            Numeral::Large(value) => Some(value.into()),
            Numeral::Float(value) => {
                let text = value.to_string();
                let whole = text.parse::<i64>().map(Number::from);
                let whole = whole.or_else(|_| text.parse::<u64>().map(Number::from)).ok();
                whole.or_else(|| Number::from_f64(value)).map(Value::Number)
            }
        }
    }

    /// The key of an object that it becomes, as `sigs.k8s.io/yaml` writes it; `None` where it refuses.
    pub fn to_key(self) -> Option<String> {
        match self {
            Numeral::Whole(value) => Some(value.to_string()),
            Numeral::Large(_) => None,
            Numeral::Float(value) if value.is_nan() => Some(".nan".to_owned()),
            Numeral::Float(value) if value == f64::INFINITY => Some(".inf".to_owned()),
            Numeral::Float(value) if value == f64::NEG_INFINITY => Some("-.inf".to_owned()),
            Numeral::Float(value) => Some(shortest(value)),
        }
    }
}

/// Go's `FormatFloat(value, 'g', -1, 32)`.
fn shortest(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "Go rounds to 32 bits here too")]
    let value = value as f32;
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::{Numeral, read};

    #[test]
    fn keys_are_written_as_go_writes_floats() {
        let keys = [
            "1.5",
            "1e3",
            "1e6",
            "123456.5",
            "1234567.5",
            "0.00001",
            "1e40",
            "-0.25",
            "1e-7",
        ];
        let expected = [
            "1.5",
            "1000",
            "1e+06",
            "123456.5",
            "1.2345675e+06",
            "1e-05",
            ".inf",
            "-0.25",
            "1e-07",
        ];
        for (key, expected) in keys.iter().zip(expected) {
            assert_eq!(read(key).and_then(Numeral::to_key).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for text in [
            "+", "-", ".", "1.2.3", "1e", "0x", "--1", "+-1", "1e400", "-0b-1", "0o9", "1_e_",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
