//! What every part of the controller works with.

use std::collections::HashMap;
use std::sync::Mutex;

use kube::Client;
use tokio::time::Instant;

use crate::caches::Caches;
use crate::events::Outbox;
use crate::key::Key;
use crate::metrics::Metrics;
use crate::queue::Queue;

/// Shared by the watches and all reconciles.
pub(crate) struct Shared {
    /// Counts what it does, see [`crate::client`].
    pub client: Client,
    /// What is known.
    pub caches: Caches,
    /// What to look at.
    pub queue: Queue,
    /// What to tell.
    pub outbox: Outbox,
    /// What monitoring sees.
    pub metrics: Metrics,
    /// When the first news of an ended Job came that the next look at its owner will act on.
    pub ended: Mutex<HashMap<Key, Instant>>,
    /// The name of this replica, for events.
    pub instance: String,
}

#[cfg(test)]
pub(crate) mod testing {
    //! A controller whose requests are answered by a test.

    use std::convert::Infallible;
    use std::sync::Arc;

    use http::{Method, Request, Response};
    use kube::client::Body;
    use prometheus_client::registry::Registry;
    use serde_json::Value;
    use tower::service_fn;

    use super::*;
    use crate::sync::lock;

    /// What was sent: method and path of each request, in order.
    pub(crate) type Sent = Arc<Mutex<Vec<String>>>;

    /// Answers each request with a status code and a JSON body.
    pub(crate) fn shared(answer: impl Fn(&Method, &str) -> (u16, Value) + Send + 'static) -> (Shared, Sent) {
        let sent = Sent::default();
        let noted = Arc::clone(&sent);
        let service = service_fn(move |request: Request<Body>| {
            let (method, path) = (request.method(), request.uri().path());
            lock(&noted).push(format!("{method} {path}"));
            let (code, body) = answer(method, path);
            let response = Response::builder()
                .status(code)
                .body(Body::from(body.to_string().into_bytes()));
            async move { Ok::<_, Infallible>(response.unwrap()) }
        });
        let shared = Shared {
            client: Client::new(service, "default"),
            caches: Caches::default(),
            queue: Queue::new().0,
            outbox: Outbox::new().0,
            metrics: Metrics::register(&mut Registry::default()),
            ended: Mutex::default(),
            instance: "test".to_owned(),
        };
        (shared, sent)
    }
}
