//! How long the API server waits for an answer, and so when we must have given one.

use std::time::Duration;

use tokio::time::Instant;

/// The API server's default, for a caller that names none.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);
/// The longest that a webhook configuration can ask for.
const TIMEOUT_MAX: Duration = Duration::from_secs(30);
/// The longest that a body may take to arrive.
const BODY_TIMEOUT_MAX: Duration = Duration::from_secs(10);
/// How long a body may take whatever its rate: an API server under load pauses too.
const BODY_GRACE: Duration = Duration::from_secs(2);
/// The rate that a body must have on average after that. A real one comes a thousand times faster, from memory.
const BODY_BYTES_PER_SECOND_MIN: u32 = 16 * 1024;
/// The longest that is kept back for the way of the answer.
const MARGIN_MAX: Duration = Duration::from_secs(1);
/// What must be left for a second try after a second's wait.
const RETRY_TIME_MIN: Duration = Duration::from_millis(1_500);

/// The end of one review.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    started: Instant,
    timeout: Duration,
}

impl Deadline {
    /// From the query that the API server sends, `timeout=5s`: what is left, rounded up to whole seconds.
    pub(crate) fn from_query(query: Option<&str>, started: Instant) -> Self {
        let timeout = query.into_iter().flat_map(|query| query.split('&')).find_map(timeout);
        Self {
            started,
            timeout: timeout.unwrap_or(TIMEOUT_DEFAULT).min(TIMEOUT_MAX),
        }
    }

    /// How long the work may take. The answer needs time too, and the API server's seconds are rounded up: a
    /// fifth, at most a second, is kept back.
    pub(crate) fn budget(&self) -> Duration {
        self.timeout - (self.timeout / 5).min(MARGIN_MAX)
    }

    /// When the answer must be given.
    pub(crate) fn answer_by(&self) -> Instant {
        self.started + self.budget()
    }

    /// When the body must have arrived.
    pub(crate) fn body_by(&self) -> Instant {
        self.started + self.budget().min(BODY_TIMEOUT_MAX)
    }

    /// When more of a body must have arrived of which `received_bytes` are there, and which is read since `reading_since`.
    pub(crate) fn more_by(&self, reading_since: Instant, received_bytes: usize) -> Instant {
        let received_bytes = u32::try_from(received_bytes).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(1) * received_bytes / BODY_BYTES_PER_SECOND_MIN;
        self.body_by().min(reading_since + BODY_GRACE + earned)
    }

    /// How long to wait for one's turn before giving up: half of what is left, so that a second try is possible.
    pub(crate) fn turn_by(&self) -> Instant {
        let now = Instant::now();
        now + self.answer_by().saturating_duration_since(now) / 2
    }

    /// Whether the API server can still try again after a second's wait.
    pub(crate) fn has_time_to_retry(&self) -> bool {
        (self.started + self.timeout).saturating_duration_since(Instant::now()) >= RETRY_TIME_MIN
    }
}

fn timeout(pair: &str) -> Option<Duration> {
    let seconds = pair.strip_prefix("timeout=")?.strip_suffix('s')?.parse().ok()?;
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Deadline;

    fn budget(query: &str) -> Duration {
        Deadline::from_query(Some(query), Instant::now()).budget()
    }

    #[test]
    fn the_answer_is_due_before_the_api_server_gives_up() {
        assert_eq!(budget("timeout=5s"), Duration::from_secs(4));
        assert_eq!(budget("a=b&timeout=1s"), Duration::from_millis(800));
        assert_eq!(budget("timeout=900s"), Duration::from_secs(29));
    }

    #[test]
    fn each_part_of_a_body_earns_time_for_the_next_up_to_the_deadline() {
        let started = Instant::now();
        let deadline = Deadline::from_query(Some("timeout=5s"), started);
        let time_for = |bytes| deadline.more_by(started, bytes) - started;
        assert_eq!(time_for(0), Duration::from_secs(2));
        assert_eq!(time_for(16 * 1024), Duration::from_secs(3));
        assert_eq!(time_for(7 * 1024 * 1024), Duration::from_secs(4));
        assert_eq!(time_for(usize::MAX), Duration::from_secs(4));
    }

    #[test]
    fn a_missing_or_odd_timeout_is_the_default() {
        for query in [
            "",
            "timeout=",
            "timeout=0s",
            "timeout=-1s",
            "timeout=1e9s",
            "timeout=x",
            "Timeout=5s",
        ] {
            assert_eq!(budget(query), Duration::from_secs(9), "{query}");
        }
    }
}
