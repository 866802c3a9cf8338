//! The requests that change or read single objects. Each is one line of the RBAC list in [`crate`].

use jobflow_core::engine::child;
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
use crate::stored::{Slim, Stored};

/// Who owns the fields that we write.
const FIELD_MANAGER: &str = "jobflow";

/// Creates a Job. The answer to a name that is taken is "already exists": nothing is ever written into a Job of
/// somebody else. A field that this API server does not know is an error and not a loss.
pub(crate) async fn create_job(client: &Client, namespace: &str, job: &Job) -> kube::Result<Job> {
    client
        .request(strict_create(namespace, job).map_err(kube::Error::BuildRequest)?)
        .await
}

/// Whoever looks at a field sees that it is ours.
fn post_params() -> PostParams {
    PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    }
}

/// `PostParams` has no knob for field validation, so the parameter is added to the query.
fn strict_create(namespace: &str, job: &Job) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
    use kube::core::request::Error;
    let body = serde_json::to_vec(job).map_err(Error::SerializeBody)?;
    let mut request = Request::new(Job::url_path(&(), Some(namespace))).create(&post_params(), body)?;
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
        + Slim
        + DeserializeOwned
        + Clone
        + Debug
        + Default,
{
    let request = status_update(stored, status).map_err(kube::Error::BuildRequest);
    let answer = match request {
        Ok(request) => client.request(request).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(written) => Ok(written),
        Err(kube::Error::Api(answer)) if answer.is_conflict() => Err(Error::Outdated),
        // It was deleted: the watch says so in a moment.
        Err(kube::Error::Api(answer)) if answer.is_not_found() => Err(Error::Outdated),
        Err(source) => Err(Error::WriteStatus { source }),
    }
}

/// An update of the status alone. The API server takes nothing else from it, so the spec, which may be a megabyte, is left
/// out; what it then has to do for a flow of 100 steps takes it a fifth less time than a patch does. It refuses the update when
/// the object has another version by now, or is another one.
fn status_update<K: Resource<DynamicType = ()>>(
    stored: &Stored<K>,
    status: &impl Serialize,
) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
    use kube::core::request::Error;
    let version = stored.object.meta().resource_version.as_deref();
    let metadata = json!({
        "name": stored.name(), "namespace": stored.namespace(), "uid": stored.uid(), "resourceVersion": version,
    });
    let body = json!({"apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": metadata, "status": status});
    let body = serde_json::to_vec(&body).map_err(Error::SerializeBody)?;
    Request::new(K::url_path(&(), Some(stored.namespace()))).replace_subresource(
        "status",
        stored.name(),
        &post_params(),
        body,
    )
}

#[cfg(test)]
mod tests {
    use crds::JobFlow;

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
    fn a_status_is_written_without_the_spec_onto_the_version_that_was_read() {
        let metadata = json!({"namespace": "n", "name": "f", "uid": "u", "resourceVersion": "7"});
        let stored: Stored<JobFlow> = serde_json::from_value(json!({"metadata": metadata})).unwrap();
        let request = status_update(&stored, &json!({"state": "Running"})).unwrap();
        assert_eq!(
            (request.method().as_str(), request.uri().to_string().as_str()),
            (
                "PUT",
                "/apis/api.practice.com/v1alpha1/namespaces/n/jobflows/f/status?&fieldManager=jobflow"
            )
        );
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let expected = json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
            "metadata": metadata, "status": {"state": "Running"},
        });
        assert_eq!(body, expected);
    }
}
