//! The body of a review: its media type, its size, its share of the memory for all bodies, its time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Version};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::deadline::Deadline;
use crate::problem::Problem;

/// The largest body. The worst that an API server sends is a new object of 3 MiB with an old one of 1.5 MiB and their
/// `managedFields`; controller-runtime has the same limit.
pub(crate) const BODY_BYTES_MAX: usize = 7 * 1024 * 1024;

/// The memory for all bodies that are being read or worked on: nine of the largest.
pub(crate) const IN_FLIGHT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The memory for the large bodies that are read or worked on at once, as long as they arrive without a pause: two of the largest,
/// or as many of 1 MB as can be worked on in 40 ms. Others wait in the sockets of their senders. All of these, what is made of
/// the two that are worked on, and the program itself fit into 64 MiB.
const AT_ONCE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How long a body has its place while it arrives; an API server sends from memory. After that only what has arrived counts, so
/// that those who announce much and send little keep nobody out.
const PLACE_TIME: Duration = Duration::from_millis(250);

/// The first allocation. It grows with what arrives and not with what is announced.
const FIRST_ALLOCATION_BYTES_MAX: usize = 64 * 1024;

const _: () = assert!(IN_FLIGHT_BYTES_MAX > 2 * BODY_BYTES_MAX);
const _: () = assert!(AT_ONCE_BYTES_MAX > 2 * BODY_BYTES_MAX);

/// The bytes that all bodies in flight may have together.
#[derive(Clone, Debug)]
pub(crate) struct ByteBudget {
    in_flight: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
}

impl Default for ByteBudget {
    fn default() -> Self {
        Self {
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT_BYTES_MAX)),
            at_once: Arc::new(Semaphore::new(AT_ONCE_BYTES_MAX)),
        }
    }
}

/// A whole body, and its share of the budget until it is dropped.
#[derive(Debug)]
pub(crate) struct ReviewBody {
    pub(crate) bytes: Bytes,
    pub(crate) share: Share,
}

/// Bytes taken from the budget; given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct Share {
    arrived: Option<OwnedSemaphorePermit>,
    place: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Waits for a place for a body that is announced as large. Whoever waited in vain goes on without one, as far as there is
    /// memory at all: others who hold places for so long are no better.
    async fn with_place(announced: usize, budget: &ByteBudget, deadline: Deadline) -> Self {
        let bytes = u32::try_from(announced.min(BODY_BYTES_MAX)).unwrap_or(u32::MAX);
        if announced <= FIRST_ALLOCATION_BYTES_MAX {
            return Self::default();
        }
        let place = Arc::clone(&budget.at_once).acquire_many_owned(bytes);
        let place = timeout_at(deadline.turn_by(), place).await;
        Self {
            arrived: None,
            place: place.ok().and_then(Result::ok),
        }
    }

    fn grow(&mut self, budget: &ByteBudget, bytes: usize) -> bool {
        let taken = u32::try_from(bytes)
            .ok()
            .and_then(|bytes| Arc::clone(&budget.in_flight).try_acquire_many_owned(bytes).ok());
        match (taken, self.arrived.as_mut()) {
            (None, _) => return false,
            (Some(more), Some(share)) => share.merge(more),
            (more, None) => self.arrived = more,
        }
        true
    }

    /// Gives back what of the place nothing has arrived for.
    fn shrink(&mut self, received_bytes: usize) {
        if let Some(place) = &mut self.place {
            drop(place.split(place.num_permits().saturating_sub(received_bytes)));
        }
    }
}

/// Reads the body of `request`.
pub(crate) async fn read(request: Request, budget: &ByteBudget, deadline: Deadline) -> Result<ReviewBody, Problem> {
    let (head, body) = request.into_parts();
    check_media_type(&head.headers)?;
    check_announced_size(&head)?;
    let body = collect(body, &head, budget, deadline).await?;
    check_framing(&head)?;
    Ok(body)
}

/// `application/json`, with any parameters; never compressed, since a small body could then become a large one.
fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let unsupported = |text| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return unsupported("`Content-Type` must be 'application/json'");
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return unsupported("`Content-Encoding` may not be used");
    }
    Ok(())
}

fn check_announced_size(head: &Parts) -> Result<(), Problem> {
    let length = head
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(bytes) if bytes > BODY_BYTES_MAX as u64 => Err(too_large(head.version)),
        _ => Ok(()),
    }
}

/// An API server always says the length. Where there is `Transfer-Encoding` too, two readers of the same bytes may
/// disagree about where a request ends, and hyper hides the second header: such requests are refused
/// altogether, after their body was read so that one which is too large is told that.
fn check_framing(head: &Parts) -> Result<(), Problem> {
    if head.version < Version::HTTP_2 && head.headers.contains_key(TRANSFER_ENCODING) {
        let text = "a review must come with `Content-Length` and without `Transfer-Encoding`";
        return Err(Problem::new(StatusCode::BAD_REQUEST, text).closing(head.version));
    }
    Ok(())
}

async fn collect(mut body: Body, head: &Parts, budget: &ByteBudget, deadline: Deadline) -> Result<ReviewBody, Problem> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(BODY_BYTES_MAX);
    let mut share = Share::with_place(announced, budget, deadline).await;
    let started = Instant::now();
    let mut place_by = Some(started + PLACE_TIME);
    let mut bytes = Vec::with_capacity(announced.min(FIRST_ALLOCATION_BYTES_MAX));
    let (mut received_bytes, mut has_room) = (0, true);
    loop {
        let more_by = deadline.more_by(started, received_bytes);
        let Ok(frame) = timeout_at(place_by.unwrap_or(more_by).min(more_by), body.frame()).await else {
            match place_by.take_if(|place_by| *place_by < more_by) {
                Some(_) => share.shrink(received_bytes),
                None => return Err(too_slow(head.version)),
            }
            continue;
        };
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "the body ended before its time").closing(head.version)
        })?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        received_bytes += data.len();
        if received_bytes > BODY_BYTES_MAX {
            return Err(too_large(head.version));
        }
        has_room = has_room && share.grow(budget, data.len());
        if has_room {
            append(&mut bytes, data, announced);
        } else {
            // The rest is read and forgotten: whoever still sends while we close hears of a broken connection and not of
            // our answer, and so does not try again.
            (bytes, share) = (Vec::new(), Share::default());
        }
    }
    if !has_room {
        return Err(Problem::overloaded(deadline.has_time_to_retry()));
    }
    let bytes = Bytes::from(bytes);
    Ok(ReviewBody { bytes, share })
}

/// Doubles the memory where it must grow, as a `Vec` does, but not beyond what is announced: half of it would stay unused.
fn append(bytes: &mut Vec<u8>, data: &[u8], announced: usize) {
    let needed = bytes.len() + data.len();
    if needed > bytes.capacity() {
        let doubled = needed.max(2 * bytes.capacity());
        let capacity = if announced < needed {
            doubled
        } else {
            doubled.min(announced)
        };
        bytes.reserve_exact(capacity - bytes.len());
    }
    bytes.extend_from_slice(data);
}

fn too_slow(version: Version) -> Problem {
    let text = "the body did not arrive in time";
    Problem::new(StatusCode::REQUEST_TIMEOUT, text).closing(version)
}

fn too_large(version: Version) -> Problem {
    let text = format!("a review may not be larger than {BODY_BYTES_MAX} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text).closing(version)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use axum::body::{Body, Bytes, HttpBody};
    use axum::http::Request;
    use hyper::body::{Frame, SizeHint};
    use tokio::time::{Instant, timeout};

    use super::{AT_ONCE_BYTES_MAX, BODY_BYTES_MAX, ByteBudget, PLACE_TIME, ReviewBody, Share, append, read};
    use crate::deadline::Deadline;
    use crate::problem::Problem;

    /// Two of these have a place, and a third has not.
    const LARGE: usize = AT_ONCE_BYTES_MAX / 2 - 1_024 * 1_024;

    /// A body of which nothing ever arrives.
    struct OnlyAnnounced;

    impl HttpBody for OnlyAnnounced {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(LARGE as u64)
        }
    }

    fn deadline() -> Deadline {
        Deadline::from_query(Some("timeout=5s"), Instant::now())
    }

    async fn read_large(budget: &ByteBudget) -> Result<ReviewBody, Problem> {
        let request = Request::post("/validate").header("content-type", "application/json");
        let request = request.body(Body::from(vec![b' '; LARGE])).unwrap();
        read(request, budget, deadline()).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_body_waits_while_others_are_worked_on_and_goes_on_when_one_ends() {
        let budget = ByteBudget::default();
        let first = read_large(&budget).await.unwrap();
        let _second = read_large(&budget).await.unwrap();
        let waits = read_large(&budget);
        tokio::pin!(waits);
        assert!(timeout(Duration::from_secs(1), &mut waits).await.is_err());
        drop(first);
        let start = Instant::now();
        assert_eq!(waits.await.unwrap().bytes.len(), LARGE);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waited_in_vain_for_half_of_its_time_goes_on_all_the_same() {
        let budget = ByteBudget::default();
        let _others = (read_large(&budget).await.unwrap(), read_large(&budget).await.unwrap());
        let start = Instant::now();
        assert!(read_large(&budget).await.is_ok());
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn who_announces_much_and_sends_nothing_keeps_nobody_waiting_for_long() {
        let budget = ByteBudget::default();
        let silent = || async {
            let request = Request::post("/validate").header("content-type", "application/json");
            let request = request.body(Body::new(OnlyAnnounced)).unwrap();
            read(request, &budget, deadline()).await
        };
        let honest = async {
            let start = Instant::now();
            read_large(&budget).await.unwrap();
            start.elapsed()
        };
        let (.., time) = tokio::join!(silent(), silent(), silent(), honest);
        assert!(time <= PLACE_TIME * 2, "{time:?}");
    }

    #[tokio::test]
    async fn a_place_shrinks_to_what_has_arrived() {
        let budget = ByteBudget::default();
        let mut share = Share::with_place(BODY_BYTES_MAX, &budget, deadline()).await;
        assert_eq!(budget.at_once.available_permits(), AT_ONCE_BYTES_MAX - BODY_BYTES_MAX);
        share.shrink(1_000);
        assert_eq!(budget.at_once.available_permits(), AT_ONCE_BYTES_MAX - 1_000);
        drop(share);
        assert_eq!(budget.at_once.available_permits(), AT_ONCE_BYTES_MAX);
        let small = Share::with_place(1_000, &budget, deadline()).await;
        assert!(small.place.is_none());
    }

    #[test]
    fn memory_grows_by_doubling_and_not_beyond_what_is_announced() {
        let mut bytes = Vec::with_capacity(64);
        append(&mut bytes, &[0; 100], 1_000);
        assert_eq!(bytes.capacity(), 128);
        append(&mut bytes, &[0; 800], 1_000);
        assert_eq!(bytes.capacity(), 900);
        append(&mut bytes, &[0; 100], 1_000);
        assert_eq!(bytes.capacity(), 1_000);
        // More than was announced, as with `Transfer-Encoding`.
        append(&mut bytes, &[0; 500], 0);
        assert_eq!((bytes.len(), bytes.capacity()), (1_500, 2_000));
    }
}
