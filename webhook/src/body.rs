//! The body of a review: its media type, its size, its share of the memory for all bodies, its time.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Version};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use crate::deadline::Deadline;
use crate::problem::Problem;

/// The largest body. The worst that an API server sends is a new object of 3 MiB with an old one of 1.5 MiB and their
/// `managedFields`; controller-runtime has the same limit.
pub(crate) const BODY_BYTES_MAX: usize = 7 * 1024 * 1024;

/// The memory for all bodies that are being read or worked on: nine of the largest.
pub(crate) const IN_FLIGHT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The first allocation. It grows with what arrives and not with what is announced.
const FIRST_ALLOCATION_BYTES_MAX: usize = 64 * 1024;

const _: () = assert!(IN_FLIGHT_BYTES_MAX > 2 * BODY_BYTES_MAX);

/// The bytes that all bodies in flight may have together.
#[derive(Clone, Debug)]
pub(crate) struct ByteBudget(Arc<Semaphore>);

impl Default for ByteBudget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(IN_FLIGHT_BYTES_MAX)))
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
pub(crate) struct Share(Option<OwnedSemaphorePermit>);

impl Share {
    fn grow(&mut self, budget: &ByteBudget, bytes: usize) -> bool {
        let taken = u32::try_from(bytes)
            .ok()
            .and_then(|bytes| budget.0.clone().try_acquire_many_owned(bytes).ok());
        match (taken, self.0.as_mut()) {
            (None, _) => return false,
            (Some(more), Some(share)) => share.merge(more),
            (more, None) => self.0 = more,
        }
        true
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
    let mut bytes = Vec::with_capacity(announced.min(FIRST_ALLOCATION_BYTES_MAX));
    let (mut share, mut received_bytes, mut has_room) = (Share::default(), 0, true);
    while let Some(frame) = timeout_at(deadline.more_by(received_bytes), body.frame())
        .await
        .map_err(|_| too_slow(head.version))?
    {
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
            bytes.extend_from_slice(data);
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

fn too_slow(version: Version) -> Problem {
    let text = "the body did not arrive in time";
    Problem::new(StatusCode::REQUEST_TIMEOUT, text).closing(version)
}

fn too_large(version: Version) -> Problem {
    let text = format!("a review may not be larger than {BODY_BYTES_MAX} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text).closing(version)
}
