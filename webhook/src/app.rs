//! The HTTP surface: two paths, one method, bounded heads.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use crate::handler::review;
use crate::judge::Endpoint;
use crate::problem::Problem;
use crate::webhook::Webhook;

/// The most header lines of a request; an API server sends six.
pub(crate) const HEADERS_MAX: usize = 64;
/// The most bytes of all header names and values of a request.
pub(crate) const HEADER_BYTES_MAX: usize = 16 * 1024;
/// The longest path with query; ours have some twenty bytes.
const TARGET_BYTES_MAX: usize = 8 * 1024;

/// The webhook as a service. It needs no socket: tests call it directly.
pub fn app(webhook: Arc<Webhook>) -> Router {
    Router::new()
        .route("/mutate", post(mutate))
        .route("/validate", post(validate))
        .fallback(no_such_path)
        .layer(from_fn_with_state(Arc::clone(&webhook), bounded_head))
        .with_state(webhook)
}

async fn mutate(State(webhook): State<Arc<Webhook>>, request: Request) -> Response {
    review(webhook, Endpoint::Mutate, request).await
}

async fn validate(State(webhook): State<Arc<Webhook>>, request: Request) -> Response {
    review(webhook, Endpoint::Validate, request).await
}

async fn no_such_path() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "only '/mutate' and '/validate' are served here").into_response()
}

/// The server cuts off much larger heads while reading them; this is the exact bound, the same for HTTP/1.1 and h2.
async fn bounded_head(State(webhook): State<Arc<Webhook>>, request: Request, next: Next) -> Response {
    match check_head(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            webhook.metrics.problem(problem.status);
            problem.into_response()
        }
    }
}

fn check_head(request: &Request) -> Result<(), Problem> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > TARGET_BYTES_MAX {
        let text = format!("the request target may not be longer than {TARGET_BYTES_MAX} bytes");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, text));
    }
    let headers = request.headers();
    if headers.len() > HEADERS_MAX || header_bytes(headers) > HEADER_BYTES_MAX {
        let text = format!("a request may have at most {HEADERS_MAX} headers of {HEADER_BYTES_MAX} bytes together");
        return Err(Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text));
    }
    Ok(())
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}
