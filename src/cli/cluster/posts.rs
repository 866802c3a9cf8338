//! Posts: what is created in a cluster.

use kube::Resource as _;
use kube::api::{DynamicObject, PostParams};
use serde_json::Value;

use super::fault::{Fault, Result};
use super::kinds::Resource;
use super::session::{FIELD_MANAGER, Session, view};
use super::view::{View, text};

impl Session {
    /// Creates an object. Fields that the cluster does not know are refused, as `kubectl create` asks for.
    pub async fn create(&self, resource: &'static Resource, object: &Value, dry_run: bool) -> Result<View> {
        let params = PostParams {
            dry_run,
            field_manager: Some(FIELD_MANAGER.to_owned()),
        };
        let deed = format!("create {}", named(resource, object));
        let url = DynamicObject::url_path(&resource.api(), Some(&self.namespace));
        let bytes = serde_json::to_vec(object).unwrap_or_default();
        let request = kube::core::Request::new(url).create(&params, bytes);
        let request = request.map_err(|error| Fault::usage(format!("cannot {deed}: {error}")))?;
        let request = strict(request)?;
        let created: DynamicObject = self.call(&deed, self.client.request(request)).await?;
        view(resource, created).ok_or_else(|| Fault::unknown(format!("cannot {deed}: the answer is no JSON")))
    }
}

/// `jobflow/nightly`, or `jobflow/nightly-...` before the server chose the name.
fn named(resource: &Resource, object: &Value) -> String {
    match text(object, "/metadata/name") {
        "" => format!("{}/{}...", resource.singular, text(object, "/metadata/generateName")),
        name => format!("{}/{name}", resource.singular),
    }
}

/// kube's own parameters do not know this one.
fn strict(mut request: http::Request<Vec<u8>>) -> Result<http::Request<Vec<u8>>> {
    let uri = request.uri().to_string();
    let joint = if uri.contains('?') { '&' } else { '?' };
    let uri = format!("{uri}{joint}fieldValidation=Strict").parse();
    *request.uri_mut() = uri.map_err(|error| Fault::usage(format!("the address of the request is wrong: {error}")))?;
    Ok(request)
}
