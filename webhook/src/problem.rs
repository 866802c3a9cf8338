//! An answer that is no review: for what is not an admission request, and for overload.

use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, Version};
use axum::response::{IntoResponse, Response};

/// A bare HTTP error. An API server shows its user little or nothing of the text (ADMISSION.md 1.4); it is for
/// people who call the webhook by hand.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    text: String,
    retry: bool,
    close: bool,
}

impl Problem {
    /// An error with a text that says what to do.
    pub(crate) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            retry: false,
            close: false,
        }
    }

    /// The same error, after which the connection cannot go on: part of the request is still unread, or it
    /// is not clear where the request ends. HTTP/2 ends the stream instead.
    pub(crate) fn closing(mut self, version: Version) -> Self {
        self.close = version < Version::HTTP_2;
        self
    }

    /// Overload, told so that the API server tries again in a second. It repeats the call inside the same deadline,
    /// so that only makes sense while there is time.
    pub(crate) fn overloaded(has_time_to_retry: bool) -> Self {
        let status = match has_time_to_retry {
            true => StatusCode::TOO_MANY_REQUESTS,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self {
            retry: has_time_to_retry,
            ..Self::new(status, "too many reviews at the same time: try again")
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.text + "\n").into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if self.retry {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
