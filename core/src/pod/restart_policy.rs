//! The restart policy of the pods that jobflow runs: always `Never`.

use serde_json::{Value, json};

use crate::change::Change;
use crate::field::At;
use crate::rules::replaced_restart_policy;

/// The only restart policy of a step's pods.
pub const RESTART_POLICY: &str = "Never";

/// normalize: `restartPolicy: Never` in the pod template of the Job spec `job` at `at`.
///
/// An absent policy is added silently; another one is replaced, and the author is told. What has another shape than
/// a pod template is left to the schema, which says it better.
pub fn force_restart_policy(job: &Value, at: &At<'_>, changes: &mut Vec<Change>) {
    let Some(Value::Object(pod)) = job.pointer("/template/spec") else {
        return;
    };
    let template = at.key("template");
    let spec = template.key("spec");
    let here = spec.key("restartPolicy");
    match pod.get("restartPolicy") {
        None => changes.push(Change::add(&here, json!(RESTART_POLICY))),
        Some(Value::Null) => changes.push(Change::replace(&here, json!(RESTART_POLICY))),
        Some(Value::String(policy)) if policy != RESTART_POLICY => {
            let warning = replaced_restart_policy::fault(&here, policy);
            changes.push(Change::replace(&here, json!(RESTART_POLICY)).warn(warning));
        }
        Some(_) => {}
    }
}
