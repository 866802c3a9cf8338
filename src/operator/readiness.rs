//! `/livez` and `/readyz`: whether the operator is there, and whether it can do its work.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use certs::{ClientAuthority, Identity};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What readiness depends on. Not on the API server being there now: admission answers without it.
#[derive(Clone)]
pub(super) struct Readiness {
    /// Cancelled when the operator is told to stop.
    pub(super) stopping: CancellationToken,
    pub(super) identity: Arc<Identity>,
    /// Where only known clients may call.
    pub(super) clients: Option<Arc<ClientAuthority>>,
    /// True once the controller's caches were filled.
    pub(super) synced: watch::Receiver<bool>,
}

impl Readiness {
    /// What is missing at `now`; empty when ready.
    fn missing(&self, now: SystemTime) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if self.stopping.is_cancelled() {
            missing.push("the operator is stopping");
        }
        match self.identity.readiness(now) {
            certs::Readiness::Ready => {}
            certs::Readiness::Missing => {
                missing.push("there is no usable certificate yet, in `--cert-dir` or `--certificate-secret`");
            }
            certs::Readiness::Expired => missing.push("the certificate is expired"),
        }
        if self.clients.as_ref().is_some_and(|clients| !clients.is_loaded()) {
            missing.push("there is no usable authority in `--client-ca` yet");
        }
        if !*self.synced.borrow() {
            missing.push("the controller's caches are not filled yet");
        }
        missing
    }
}

/// The probes.
pub(super) fn app(readiness: Readiness) -> Router {
    Router::new().route("/livez", get(|| async { "ok\n" })).route(
        "/readyz",
        get(move || async move { answer(&readiness.missing(SystemTime::now())) }),
    )
}

fn answer(missing: &[&str]) -> Response {
    if missing.is_empty() {
        return "ok\n".into_response();
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("not ready: {}\n", missing.join("; ")),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::SystemTime;

    use certs::{ClientAuthority, Identity};
    use rcgen::{CertificateParams, KeyPair};
    use rustls::crypto::ring;
    use tokio::sync::watch;
    use tokio_util::sync::CancellationToken;

    use super::Readiness;

    #[test]
    fn the_operator_is_ready_with_a_certificate_and_filled_caches_until_it_stops() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Arc::new(Identity::new(folder.path(), None, Arc::new(ring::default_provider())));
        let authority = folder.path().join("ca.crt");
        let clients = Arc::new(ClientAuthority::new(&authority, [], Arc::new(ring::default_provider())));
        let (filled, synced) = watch::channel(false);
        let stopping = CancellationToken::new();
        let readiness = Readiness {
            stopping: stopping.clone(),
            identity: Arc::clone(&identity),
            clients: Some(Arc::clone(&clients)),
            synced,
        };
        let now = SystemTime::now();
        assert_eq!(readiness.missing(now).len(), 3);

        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["jobflow.test".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        std::fs::write(folder.path().join("tls.crt"), certificate.pem()).unwrap();
        std::fs::write(folder.path().join("tls.key"), key.serialize_pem()).unwrap();
        identity.refresh(now).unwrap();
        std::fs::write(&authority, certificate.pem()).unwrap();
        clients.refresh().unwrap();
        assert_eq!(readiness.missing(now), ["the controller's caches are not filled yet"]);

        filled.send_replace(true);
        assert!(readiness.missing(now).is_empty());
        assert_eq!(
            readiness
                .missing(identity.facts().unwrap().not_after + std::time::Duration::from_secs(1))
                .len(),
            1
        );
        stopping.cancel();
        assert_eq!(readiness.missing(now), ["the operator is stopping"]);
    }
}
