//! The requests that change or read single objects. Each is one line of the RBAC list in [`crate`].

use jobflow_core::engine::child;
use json_patch::{AddOperation, Patch, PatchOperation, ReplaceOperation, jsonptr::PointerBuf};
use k8s_openapi::api::batch::v1::Job;
use kube::api::{Api, DeleteParams, PatchParams, PostParams, Preconditions, PropagationPolicy};
use kube::core::Request;
use kube::{Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Debug;

use crate::error::Error;
use crate::execute::Owner;
use crate::front_end::FrontEnd;
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

/// Deletes a Job after its pods, so that no pod of it runs beside those of the Job that may come after it.
pub(crate) async fn delete_job(client: &Client, namespace: &str, name: &str, uid: &str) -> Result<Deletion, Error> {
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    let meant = Preconditions {
        uid: Some(uid.to_owned()),
        resource_version: None,
    };
    deletion(jobs.delete(name, &after_dependents(meant)).await.map(drop)).map_err(|source| Error::DeleteJob {
        name: name.to_owned(),
        source,
    })
}

/// Suspends or resumes a Job, and marks it so that nobody else's suspension is taken for ours. The API server refuses a
/// patch with another uid than the Job's.
pub(crate) async fn suspend_job(
    client: &Client,
    namespace: &str,
    name: &str,
    uid: &str,
    suspend: bool,
) -> Result<(), Error> {
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    let params = PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let patch = kube::api::Patch::Merge(suspension(uid, suspend));
    match jobs.patch(name, &params, &patch).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(answer)) if answer.is_not_found() => Ok(()),
        Err(source) => Err(Error::SuspendJob {
            name: name.to_owned(),
            source,
        }),
    }
}

fn suspension(uid: &str, suspend: bool) -> Value {
    let mark = suspend.then_some("true");
    json!({"metadata": {"uid": uid, "annotations": {child::SUSPENDED: mark}}, "spec": {"suspend": suspend}})
}

/// Deletes an object of ours after its Jobs, if it is still as it was at `version`.
pub(crate) async fn delete_object<K: FrontEnd>(
    client: &Client,
    owner: &Owner,
    version: &str,
) -> Result<Deletion, Error> {
    let api: Api<Stored<K>> = Api::namespaced(client.clone(), &owner.key.namespace);
    let meant = Preconditions {
        uid: Some(owner.uid.clone()),
        resource_version: Some(version.to_owned()),
    };
    let answer = api.delete(&owner.key.name, &after_dependents(meant)).await;
    match deletion(answer.map(drop)) {
        Ok(Deletion::OfAnother) => Err(Error::Outdated),
        Ok(deletion) => Ok(deletion),
        Err(source) => Err(Error::DeleteObject { source }),
    }
}

/// What became of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deletion {
    /// It has begun.
    Begun,
    /// There is nothing of that name.
    Gone,
    /// There is something, and it is not what was meant.
    OfAnother,
}

/// What depends on an object goes before it.
fn after_dependents(meant: Preconditions) -> DeleteParams {
    DeleteParams {
        propagation_policy: Some(PropagationPolicy::Foreground),
        preconditions: Some(meant),
        ..DeleteParams::default()
    }
}

fn deletion(answer: kube::Result<()>) -> kube::Result<Deletion> {
    match answer {
        Ok(()) => Ok(Deletion::Begun),
        Err(kube::Error::Api(answer)) if answer.is_not_found() => Ok(Deletion::Gone),
        Err(kube::Error::Api(answer)) if answer.is_conflict() => Ok(Deletion::OfAnother),
        Err(error) => Err(error),
    }
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
    use super::*;

    #[test]
    fn only_what_was_meant_is_suspended_and_the_mark_goes_with_the_suspension() {
        let spec = |suspend: bool| json!({"suspend": suspend});
        let marked = |mark: Value| json!({"uid": "u", "annotations": {"api.practice.com/suspended": mark}});
        assert_eq!(
            suspension("u", true),
            json!({"metadata": marked(json!("true")), "spec": spec(true)})
        );
        assert_eq!(
            suspension("u", false),
            json!({"metadata": marked(json!(null)), "spec": spec(false)})
        );
    }

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
