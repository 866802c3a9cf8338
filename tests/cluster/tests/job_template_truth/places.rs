//! The changes of a container, made to the other containers that a pod has: what holds for the first holds for each.

use serde_json::{Value, json};

use crate::template::{Change, added, good, merge};

/// A change and the container that it is made to.
#[derive(Clone, Debug)]
pub struct Placed {
    /// What a failure calls it.
    pub name: String,
    /// The Job spec.
    pub job: Value,
}

/// Every change of a container, made to an init container, to a sidecar and to a second container.
pub fn placed(changes: &[Change]) -> Vec<Placed> {
    let places = [
        (
            "init container",
            "initContainers",
            json!({"name": "init", "image": "busybox:1.28"}),
        ),
        (
            "sidecar",
            "initContainers",
            json!({"name": "side", "image": "busybox:1.28", "restartPolicy": "Always"}),
        ),
        (
            "second container",
            "containers",
            json!({"name": "second", "image": "busybox:1.28"}),
        ),
    ];
    let of_change = |change: &Change| -> Vec<Placed> {
        let Some((container, rest)) = change.of_container() else {
            return Vec::new();
        };
        let made = places.iter().map(|(place, list, element)| {
            let mut job = good();
            rest.apply(&mut job);
            merge(added(&mut job["template"]["spec"][*list], element.clone()), &container);
            Placed {
                name: format!("{} of a {place}", change.name),
                job,
            }
        });
        made.collect()
    };
    changes.iter().flat_map(of_change).collect()
}
