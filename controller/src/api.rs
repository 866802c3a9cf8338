//! The requests that change or read single objects. Each is one line of the RBAC list in [`crate`].

use json_patch::{AddOperation, Patch, PatchOperation, ReplaceOperation, jsonptr::PointerBuf};
use k8s_openapi::api::batch::v1::Job;
use kube::api::{Api, PatchParams, PostParams};
use kube::core::Request;
use kube::{Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

use crate::error::Error;
use crate::stored::Stored;

/// Who owns the fields that we write.
const FIELD_MANAGER: &str = "jobflow";

/// Creates a Job. The answer to a name that is taken is "already exists": nothing is ever written into a Job of
/// somebody else. A field that this API server does not know is an error and not a loss.
pub(crate) async fn create_job(client: &Client, namespace: &str, job: &Job) -> kube::Result<Job> {
    client
        .request(strict_create(namespace, job).map_err(kube::Error::BuildRequest)?)
        .await
}

/// `PostParams` has no knob for field validation, so the parameter is added to the query.
fn strict_create(namespace: &str, job: &Job) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
    use kube::core::request::Error;
    let params = PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    };
    let body = serde_json::to_vec(job).map_err(Error::SerializeBody)?;
    let mut request = Request::new(Job::url_path(&(), Some(namespace))).create(&params, body)?;
    let strict = format!("{}&fieldValidation=Strict", request.uri());
    *request.uri_mut() = strict
        .parse()
        .map_err(|error| Error::BuildRequest(http::Error::from(error)))?;
    Ok(request)
}

/// Reads a Job; `None` if there is none.
pub(crate) async fn get_job(client: &Client, namespace: &str, name: &str) -> Result<Option<Job>, Error> {
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    jobs.get_opt(name).await.map_err(|source| Error::ReadJob {
        name: name.to_owned(),
        source,
    })
}

/// Writes the whole status of an object, if the object is still as it was read.
pub(crate) async fn write_status<K>(
    client: &Client,
    stored: &Stored<K>,
    status: &impl Serialize,
) -> Result<Stored<K>, Error>
where
    K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
        + DeserializeOwned
        + Clone
        + Debug
        + Default,
{
    let api: Api<Stored<K>> = Api::namespaced(client.clone(), stored.namespace());
    let params = PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let version = stored.object.meta().resource_version.clone().unwrap_or_default();
    let patch = kube::api::Patch::Json::<()>(status_patch(version, status));
    match api.patch_status(stored.name(), &params, &patch).await {
        Ok(written) => Ok(written),
        Err(kube::Error::Api(answer)) if answer.is_conflict() => Err(Error::Outdated),
        // It was deleted: the watch says so in a moment.
        Err(kube::Error::Api(answer)) if answer.is_not_found() => Err(Error::Outdated),
        Err(source) => Err(Error::WriteStatus { source }),
    }
}

/// A JSON patch, so that the spec, which may be a megabyte, does not travel with each status. Replacing the resource version by
/// the one that we know makes the API server refuse the patch when the object has changed since.
fn status_patch(version: String, status: &impl Serialize) -> Patch {
    let status = serde_json::to_value(status).expect("our types have string keys and no failing field");
    Patch(vec![
        PatchOperation::Replace(ReplaceOperation {
            path: PointerBuf::from_tokens(["metadata", "resourceVersion"]),
            value: version.into(),
        }),
        PatchOperation::Add(AddOperation {
            path: PointerBuf::from_tokens(["status"]),
            value: status,
        }),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn jobs_are_created_strictly_under_our_name() {
        let request = strict_create("n", &Job::default()).unwrap();
        let uri = request.uri().to_string();
        assert!(uri.starts_with("/apis/batch/v1/namespaces/n/jobs?"), "{uri}");
        let query: Vec<&str> = request
            .uri()
            .query()
            .unwrap()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .collect();
        assert_eq!(query, ["fieldManager=jobflow", "fieldValidation=Strict"]);
    }

    #[test]
    fn a_status_is_written_onto_the_version_that_was_read() {
        let patch = serde_json::to_value(status_patch("7".to_owned(), &json!({"state": "Running"}))).unwrap();
        let version = json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "7"});
        assert_eq!(
            patch,
            json!([version, {"op": "add", "path": "/status", "value": {"state": "Running"}}])
        );
    }
}
