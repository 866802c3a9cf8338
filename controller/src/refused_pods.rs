//! What events tell of pods that the API server refuses to the Job controller. Whose Jobs they are of is seen where they are
//! looked up: nothing in an event says it.

use jobflow_core::engine::refused_pods;
use k8s_openapi::api::core::v1::Event;
use kube::ResourceExt;

use crate::troubles::{Source, Trouble};

impl Source for Event {
    fn names(&self) -> Option<(String, String)> {
        Some((self.uid()?, self.involved_object.uid.clone()?))
    }

    fn trouble(&self) -> Option<Trouble> {
        let text = refused_pods(self)?;
        let job = (
            self.involved_object.namespace.clone()?,
            self.involved_object.name.clone()?,
        );
        let at = self.last_timestamp.as_ref().map_or(0, |at| at.0.as_second());
        Some(Trouble { job, text, at })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_tells_the_job_that_it_is_about() {
        let event: Event = serde_json::from_value(json!({
            "metadata": {"namespace": "n", "name": "e", "uid": "u"},
            "involvedObject": {"kind": "Job", "namespace": "n", "name": "f-x", "uid": "j"},
            "reason": "FailedCreate", "message": "Error creating: no", "lastTimestamp": "1970-01-01T00:01:00Z",
        }))
        .unwrap();
        let told = Source::trouble(&event).unwrap();
        assert_eq!((told.text.as_str(), told.at), ("FailedCreate: no", 60));
        assert_eq!(told.job, ("n".to_owned(), "f-x".to_owned()));
        assert_eq!(event.names(), Some(("u".to_owned(), "j".to_owned())));
    }
}
