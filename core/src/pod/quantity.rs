//! Quantities, read and compared as `k8s.io/apimachinery/pkg/api/resource` does it.

use std::cmp::Ordering;

/// How a quantity was written, which decides how it is shown (`Format`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// `1e3`.
    Exponent,
    /// `1k`, `1`, `1m`.
    #[default]
    Decimal,
    /// `1Ki`.
    Binary,
}

/// An amount of something, in billionths; one beyond ±1.7e29 is taken for that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Quantity {
    nanos: i128,
    pub(super) format: Format,
    /// Whether the API server shows it again as it was written, sign and point and all.
    pub(super) is_kept: bool,
}

const NANOS: i128 = 1_000_000_000;
const NANOS_IN_MILLI: i128 = 1_000_000;
/// What a binary quantity is cut to (`maxAllowed`).
const BINARY_MAX: i128 = i64::MAX as i128 * NANOS;
/// The largest amount: a whole number.
const NANOS_MAX: i128 = i128::MAX / NANOS * NANOS;
/// As many digits of a binary fraction as count: more would not change its billionths by more than rounding does.
const FRACTION_DIGITS_MAX: usize = 18;

impl Quantity {
    /// Reads a quantity (`ParseQuantity`); `None` where the API server cannot. Where digits are missing, 0 is read.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, rest) = digits(unsigned);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
        let (scale, format) = Scale::parse(suffix)?;
        let nanos = match scale {
            Scale::Decimal(power) => decimal_nanos(whole, fraction, power),
            Scale::Binary(power) => binary_nanos(whole, fraction, power).min(BINARY_MAX),
        };
        let nanos = nanos.min(NANOS_MAX);
        let nanos = if text.starts_with('-') { -nanos } else { nanos };
        Some(Self {
            nanos,
            format,
            is_kept: is_kept(whole, fraction, &scale),
        })
    }

    /// Whether it is less than 0.
    pub(super) fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Whether it is 0.
    pub(super) fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// The same, rounded up to thousandths, as resource lists are (`SetDefaults_ResourceList`).
    pub(super) fn rounded_to_milli(self) -> Self {
        Self {
            nanos: ceil(self.nanos, NANOS_IN_MILLI).saturating_mul(NANOS_IN_MILLI),
            ..self
        }
    }

    /// Whether it is a whole number, after rounding to thousandths.
    pub(super) fn is_whole(self) -> bool {
        self.rounded_to_milli().nanos % NANOS == 0
    }

    /// The next whole number away from 0 (`Value`).
    pub(super) fn whole(self) -> i128 {
        ceil(self.nanos, NANOS)
    }

    /// Whether both are the same amount, however they were written.
    pub(super) fn is_as_much_as(self, other: Self) -> bool {
        self.nanos == other.nanos
    }

    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            nanos: self.nanos.saturating_add(other.nanos),
            ..self
        }
    }
}

impl PartialOrd for Quantity {
    /// By amount alone.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.nanos.cmp(&other.nanos))
    }
}

/// What a suffix multiplies with: a power of 10 or of 2.
enum Scale {
    Decimal(i64),
    Binary(u32),
}

impl Scale {
    fn parse(suffix: &str) -> Option<(Self, Format)> {
        let decimal = |power| Some((Scale::Decimal(power), Format::Decimal));
        let binary = |power| Some((Scale::Binary(power), Format::Binary));
        match suffix {
            "n" => decimal(-9),
            "u" => decimal(-6),
            "m" => decimal(-3),
            "" => decimal(0),
            "k" => decimal(3),
            "M" => decimal(6),
            "G" => decimal(9),
            "T" => decimal(12),
            "P" => decimal(15),
            "E" => decimal(18),
            "Ki" => binary(10),
            "Mi" => binary(20),
            "Gi" => binary(30),
            "Ti" => binary(40),
            "Pi" => binary(50),
            "Ei" => binary(60),
            _ => {
                let exponent = suffix.strip_prefix(['e', 'E'])?;
                Some((Scale::Decimal(exponent.parse().ok()?), Format::Exponent))
            }
        }
    }
}

/// Whether a quantity keeps its text, because the API server takes it for the shortest one (`ParseQuantity`).
fn is_kept(whole: &str, fraction: &str, scale: &Scale) -> bool {
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let digits = format!("{whole}{fraction}");
    match scale {
        Scale::Binary(_) => fraction.is_empty() && number(digits.as_bytes()) % 8 != 0,
        Scale::Decimal(power) => {
            let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
            power.saturating_sub(places) % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')
        }
    }
}

/// The digits that `text` begins with, and what follows them.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// The number that digits spell.
fn number<'a>(digits: impl IntoIterator<Item = &'a u8>) -> i128 {
    let add = |sum: i128, digit: &u8| {
        sum.saturating_mul(10)
            .saturating_add(i128::from(digit.saturating_sub(b'0')))
    };
    digits.into_iter().fold(0, add)
}

/// `whole.fraction` times a power of 10, in billionths, rounded up.
fn decimal_nanos(whole: &str, fraction: &str, power: i64) -> i128 {
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let given = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    // So many of the digits stand for whole billionths.
    let kept = i64::try_from(whole.len())
        .unwrap_or(i64::MAX)
        .saturating_add(power)
        .saturating_add(9);
    let cut = usize::try_from(kept.clamp(0, given)).unwrap_or(digits.len());
    let nanos = number(digits.iter().take(cut));
    let is_rounded_up = digits.iter().skip(cut).any(|digit| *digit != b'0');
    let zeros = u32::try_from(kept.saturating_sub(given).max(0)).unwrap_or(u32::MAX);
    nanos
        .saturating_mul(10_i128.saturating_pow(zeros))
        .saturating_add(i128::from(is_rounded_up))
}

/// `whole.fraction` times a power of 2, in billionths, rounded up.
fn binary_nanos(whole: &str, fraction: &str, power: u32) -> i128 {
    let factor = 1_i128 << power;
    let fraction = fraction.get(..FRACTION_DIGITS_MAX).unwrap_or(fraction);
    let divisor = 10_i128.saturating_pow(u32::try_from(fraction.len()).unwrap_or(u32::MAX));
    let parts = number(fraction.as_bytes()).saturating_mul(factor);
    let below_one = ceil((parts % divisor).saturating_mul(NANOS), divisor);
    let whole = number(whole.as_bytes())
        .saturating_mul(factor)
        .saturating_add(parts / divisor);
    whole.saturating_mul(NANOS).saturating_add(below_one)
}

/// `number / divisor`, rounded away from 0.
fn ceil(number: i128, divisor: i128) -> i128 {
    let rest = number % divisor;
    number / divisor + rest.signum()
}

#[cfg(test)]
mod tests {
    use super::{Format, Quantity};

    fn nanos(text: &str) -> Option<i128> {
        Quantity::parse(text).map(|quantity| quantity.nanos)
    }

    #[test]
    fn suffixes_and_fractions_count() {
        for (text, expected) in [
            ("0", 0),
            ("1", 1_000_000_000),
            ("1.5", 1_500_000_000),
            ("100m", 100_000_000),
            ("-2", -2_000_000_000),
            ("+2", 2_000_000_000),
            ("1e3", 1_000_000_000_000),
            ("1E-3", 1_000_000),
            ("1Ki", 1_024_000_000_000),
            ("0.5Ki", 512_000_000_000),
            ("1.", 1_000_000_000),
            ("1n", 1),
            ("0.1n", 1),
            ("007", 7_000_000_000),
            (" 1 ", 1_000_000_000),
        ] {
            assert_eq!(nanos(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_has_no_digits_is_zero_and_what_has_other_letters_is_no_quantity() {
        for zero in ["-", ".", "m", "Ki"] {
            assert_eq!(nanos(zero), Some(0), "{zero}");
        }
        for bad in [
            "", " ", "1 Gi", "1GB", "1mi", "abc", "1e", "1.2.3", "0x10", "1_000", "١",
        ] {
            assert_eq!(nanos(bad), None, "{bad}");
        }
    }

    #[test]
    fn amounts_are_compared_whatever_their_form() {
        let quantity = |text| Quantity::parse(text).unwrap();
        assert!(quantity("1000m") <= quantity("1") && quantity("1Gi") > quantity("1G"));
        assert!(
            quantity("1e400").is_whole() && quantity("1e400") > quantity("1E") && quantity("1e-400") > quantity("0")
        );
        assert_eq!(quantity("1e3").format, Format::Exponent);
        assert!(quantity("0.0001").rounded_to_milli().is_as_much_as(quantity("1m")));
        assert!(!quantity("0.5").is_whole() && quantity("0.5").whole() == 1 && quantity("-0.5").whole() == -1);
        assert!(
            quantity("+1").is_kept && quantity("1e0").is_kept && !quantity("1000m").is_kept && !quantity("1.0").is_kept
        );
        // More than fits: cut, as in Kubernetes.
        assert_eq!(quantity("100Ei").whole(), i128::from(i64::MAX));
    }
}
