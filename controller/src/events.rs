//! Events: what `kubectl describe` and `kubectl events` show.

use futures::{StreamExt, stream};
use jobflow_core::engine::{Event, EventSeverity, capped};
use k8s_openapi::api::core::v1::{Event as WireEvent, EventSeries, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::error::chain;
use crate::execute::Owner;
use crate::shared::Shared;

/// Who reports, in the API's words.
const REPORTING_CONTROLLER: &str = "jobflow";

/// The API refuses longer notes.
const NOTE_BYTES_MAX: usize = 1024;

/// What of an object's name is kept in the name of its events; with the hash it stays below the 253 bytes of a name.
const NAME_BYTES_MAX: usize = 200;

/// Events that wait to be published. An API server that is slower than that for long has worse troubles.
const WAITING_MAX: usize = 4096;

/// Events that are published at once.
const REQUESTS_MAX: usize = 8;

/// Where reconciles put their events. They do not wait for them: the next Job must not wait for the news of the last.
pub(crate) struct Outbox(mpsc::Sender<Letter>);

/// The other end of an [`Outbox`].
pub(crate) type Letters = mpsc::Receiver<Letter>;

/// An event, whom it is about, and when it happened.
pub(crate) type Letter = (Owner, Event, Timestamp);

impl Outbox {
    /// An empty outbox.
    pub fn new() -> (Self, Letters) {
        let (sender, letters) = mpsc::channel(WAITING_MAX);
        (Self(sender), letters)
    }

    /// Puts events in. One that does not fit is logged and lost: the status says the same.
    pub fn put(&self, owner: &Owner, events: Vec<Event>, now: Timestamp) {
        for event in events {
            let reason = event.reason;
            if self.0.try_send((owner.clone(), event, now)).is_err() {
                warn!(object = %owner.key, reason, "an event is lost: too many wait to be published");
            }
        }
    }
}

/// Publishes what is put into the outbox, until `stop`, and then the rest.
pub(crate) async fn publish(shared: &Shared, letters: Letters, stop: &CancellationToken) {
    let letters = stream::unfold(letters, |mut letters| async move {
        let next = tokio::select! {
            biased;
            next = letters.recv() => next,
            () = stop.cancelled() => {
                letters.close();
                letters.recv().await
            }
        };
        next.map(|next| (next, letters))
    });
    let publish = |(owner, event, at): Letter| async move {
        if let Err(error) = publish_one(shared, &owner, &event, at).await {
            let error = chain(&error);
            warn!(object = %owner.key, reason = event.reason, error, "an event could not be published");
        }
    };
    letters.for_each_concurrent(REQUESTS_MAX, publish).await;
}

/// The name of an event is a function of what it says, so that the same is not told twice: what is said again, also after
/// a restart, counts up the event that is there.
async fn publish_one(shared: &Shared, owner: &Owner, event: &Event, at: Timestamp) -> kube::Result<()> {
    let api: Api<WireEvent> = Api::namespaced(shared.client.clone(), &owner.key.namespace);
    let event = wire(&owner.reference, &shared.instance, event, at);
    match api.create(&PostParams::default(), &event).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => {}
        answer => return answer.map(drop),
    }
    let name = event.metadata.name.unwrap_or_default();
    // An event lives for an hour: it may be gone again, and then it is too late to count.
    let Some(told) = api.get_opt(&name).await? else {
        return Ok(());
    };
    let earlier = told.series.and_then(|series| series.count).unwrap_or(1);
    let series = EventSeries {
        count: Some(earlier.saturating_add(1)),
        last_observed_time: Some(MicroTime(at)),
    };
    let patch = Patch::Merge(json!({"series": series, "lastTimestamp": Time(at)}));
    api.patch(&name, &PatchParams::default(), &patch).await.map(drop)
}

/// An event of the core group, and not of `events.k8s.io`, which takes no `lastTimestamp`: `kubectl describe` sorts by
/// it, and without it lists events in the order of their names.
fn wire(regarding: &ObjectReference, instance: &str, event: &Event, now: Timestamp) -> WireEvent {
    let severity = match event.severity {
        EventSeverity::Normal => "Normal",
        EventSeverity::Warning => "Warning",
    };
    WireEvent {
        metadata: ObjectMeta {
            namespace: regarding.namespace.clone(),
            name: Some(event_name(regarding, event)),
            ..ObjectMeta::default()
        },
        action: Some("Reconcile".to_owned()),
        event_time: Some(MicroTime(now)),
        first_timestamp: Some(Time(now)),
        last_timestamp: Some(Time(now)),
        message: Some(capped(&event.message, NOTE_BYTES_MAX)),
        reason: Some(event.reason.to_owned()),
        involved_object: regarding.clone(),
        reporting_component: Some(REPORTING_CONTROLLER.to_owned()),
        reporting_instance: Some(cut(instance, 128).to_owned()),
        type_: Some(severity.to_owned()),
        ..WireEvent::default()
    }
}

fn event_name(regarding: &ObjectReference, event: &Event) -> String {
    let mut hash = Sha256::new();
    for part in [
        regarding.uid.as_deref().unwrap_or_default(),
        event.reason,
        &event.message,
    ] {
        hash.update(part);
        // Parts must not run into each other.
        hash.update([0]);
    }
    let digest: String = hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = cut(regarding.name.as_deref().unwrap_or_default(), NAME_BYTES_MAX);
    format!("{}.{digest}", name.trim_end_matches(['-', '.']))
}

/// The start of a name, which is ASCII.
fn cut(name: &str, bytes_max: usize) -> &str {
    name.get(..bytes_max).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regarding(uid: &str) -> ObjectReference {
        ObjectReference {
            name: Some("f".to_owned()),
            uid: Some(uid.to_owned()),
            ..ObjectReference::default()
        }
    }

    fn event(reason: &'static str, message: &str) -> Event {
        Event {
            severity: EventSeverity::Normal,
            reason,
            message: message.to_owned(),
        }
    }

    #[test]
    fn the_same_event_has_the_same_name_and_another_has_not() {
        let name = |uid: &str, reason, message: &str| event_name(&regarding(uid), &event(reason, message));
        let first = name("u", "JobCreated", "created 'f-x'");
        assert_eq!(first, name("u", "JobCreated", "created 'f-x'"));
        assert!(first.starts_with("f.") && first.len() == 18, "{first}");
        for other in [
            name("v", "JobCreated", "created 'f-x'"),
            name("u", "JobFailed", "created 'f-x'"),
            name("u", "JobCreated", ""),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn an_event_keeps_the_limits_of_the_api() {
        let wire = wire(
            &regarding("u"),
            "pod",
            &event("JobFailed", &"ä".repeat(1000)),
            Timestamp::UNIX_EPOCH,
        );
        assert!((1000..=1024).contains(&wire.message.unwrap().len()));
        let long = ObjectReference {
            name: Some("x".repeat(253)),
            ..ObjectReference::default()
        };
        assert_eq!(event_name(&long, &event("R", "m")).len(), 217);
    }
}
