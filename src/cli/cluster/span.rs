//! Spans of time in the words of kubectl: `12s`, `2m5s`, `3h`, `5d`.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

/// The seconds from one moment to a later one; none where a clock that goes wrong makes it the earlier one.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second() - from.as_second()).unwrap_or_default()
}

/// A span as kubectl prints ages: two units while the second one still says something.
pub fn span(seconds: u64) -> String {
    let both = |unit: u64, letter: char, below: u64, small: char| {
        let rest = seconds % unit / below;
        let whole = seconds / unit;
        if rest == 0 {
            format!("{whole}{letter}")
        } else {
            format!("{whole}{letter}{rest}{small}")
        }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => both(MINUTE, 'm', 1, 's'),
        600..10_800 => format!("{}m", seconds / MINUTE),
        10_800..28_800 => both(HOUR, 'h', MINUTE, 'm'),
        28_800..172_800 => format!("{}h", seconds / HOUR),
        172_800..691_200 => both(DAY, 'd', HOUR, 'h'),
        691_200..63_072_000 => format!("{}d", seconds / DAY),
        63_072_000..252_288_000 => both(YEAR, 'y', DAY, 'd'),
        _ => format!("{}y", seconds / YEAR),
    }
}

/// A span as Go writes it (`90s`, `1m30s`, `2h`), or a plain number of seconds, as kubectl takes both.
///
/// # Errors
/// A sentence that says what a span looks like.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let fault = || "must be a time such as 30s, 5m or 1h30m".to_owned();
    let parsed: kube::core::Duration = text.parse().map_err(|_| fault())?;
    if parsed.is_negative() {
        return Err("must not be less than zero".to_owned());
    }
    Ok(parsed.into())
}

#[cfg(test)]
mod tests {
    use super::{parse_span, span};

    #[test]
    fn spans_are_those_of_kubectl() {
        // Cases of k8s.io/apimachinery/pkg/util/duration.
        let cases = [
            (1, "1s"),
            (70, "70s"),
            (190, "3m10s"),
            (180, "3m"),
            (47 * 60, "47m"),
            (3 * 3600, "3h"),
            (7 * 3600 + 59 * 60, "7h59m"),
            (26 * 3600, "26h"),
            (5 * 86_400 + 3 * 3600, "5d3h"),
            (100 * 86_400, "100d"),
            (2 * 365 * 86_400 + 86_400, "2y1d"),
            (9 * 365 * 86_400, "9y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(span(seconds), expected);
        }
    }

    #[test]
    fn times_are_read_as_kubectl_reads_them() {
        assert_eq!(parse_span("90").map(|span| span.as_secs()), Ok(90));
        assert_eq!(parse_span("1m30s").map(|span| span.as_secs()), Ok(90));
        assert_eq!(parse_span("0").map(|span| span.as_secs()), Ok(0));
        assert_eq!(
            parse_span("soon"),
            Err("must be a time such as 30s, 5m or 1h30m".to_owned())
        );
        assert_eq!(parse_span("-5s"), Err("must not be less than zero".to_owned()));
    }
}
