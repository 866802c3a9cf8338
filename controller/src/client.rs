//! The client for the API server: counts what it does and gives up on requests that hang.

use std::time::Duration;

use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use tower::{BoxError, service_fn};

use crate::metrics::Metrics;

/// A request that takes longer has failed. The client waits for ever by itself, and one request that hangs would stop
/// its object for ever.
const REQUEST_SECONDS_MAX: u64 = 30;

/// Wraps a client. Watches are counted but have no limit: they end by themselves.
pub(crate) fn counting(client: Client, metrics: Metrics) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = service_fn(move |request: Request<Body>| {
        let (client, metrics) = (client.clone(), metrics.clone());
        async move { send(&client, &metrics, request).await }
    });
    Client::new(service, namespace)
}

async fn send(client: &Client, metrics: &Metrics, request: Request<Body>) -> Result<Response<Body>, BoxError> {
    let (verb, resource) = (
        verb(request.method(), request.uri().query()),
        resource(request.uri().path()),
    );
    let answer = match verb {
        "watch" => client.send(request).await.map_err(BoxError::from),
        _ => in_time(client.send(request)).await,
    };
    let code = answer
        .as_ref()
        .map_or("none".to_owned(), |response| response.status().as_u16().to_string());
    metrics.api_call(verb, &resource, &code);
    answer
}

async fn in_time<T>(answer: impl Future<Output = kube::Result<T>>) -> Result<T, BoxError> {
    match tokio::time::timeout(Duration::from_secs(REQUEST_SECONDS_MAX), answer).await {
        Ok(answer) => answer.map_err(BoxError::from),
        Err(_) => Err(format!("the API server did not answer within {REQUEST_SECONDS_MAX} s").into()),
    }
}

/// The verb in the words of RBAC. Of reads, `get` stands for `list` too.
fn verb(method: &Method, query: Option<&str>) -> &'static str {
    let watches = query.unwrap_or_default().split('&').any(|pair| pair == "watch=true");
    match *method {
        Method::GET if watches => "watch",
        Method::GET => "get",
        Method::POST => "create",
        Method::PATCH => "patch",
        Method::PUT => "update",
        Method::DELETE => "delete",
        _ => "other",
    }
}

/// The resource of a path such as `/apis/batch/v1/namespaces/n/jobs/x`, with the subresource if there is one. Names
/// are left out: there is one time series a label set.
fn resource(path: &str) -> String {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let rest = match segments.as_slice() {
        ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => rest,
        rest => rest,
    };
    match rest {
        ["namespaces", _, resource, _, subresource] => format!("{resource}/{subresource}"),
        ["namespaces", _, resource, ..] | [resource, ..] => (*resource).to_owned(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_what_they_do_and_not_by_names() {
        assert_eq!(verb(&Method::GET, Some("a=b&watch=true")), "watch");
        assert_eq!(verb(&Method::GET, Some("limit=500")), "get");
        assert_eq!(verb(&Method::POST, None), "create");
        assert_eq!(resource("/apis/batch/v1/namespaces/n/jobs"), "jobs");
        assert_eq!(resource("/apis/batch/v1/namespaces/n/jobs/x"), "jobs");
        assert_eq!(resource("/apis/batch/v1/jobs"), "jobs");
        assert_eq!(resource("/api/v1/nodes"), "nodes");
        assert_eq!(
            resource("/apis/api.practice.com/v1alpha1/namespaces/n/jobflows/f/status"),
            "jobflows/status"
        );
    }
}
