//! The labels and annotations of an object itself: no schema describes them, the API server refuses them all the same
//! (`k8s.io/apimachinery/pkg/api/validation/objectmeta.go`). Its name is a matter of the core.

use jobflow_core::diagnostic::{Diagnostic, Reason};
use jobflow_core::field::At;
use jobflow_core::names::{label_value_fault, qualified_name_fault};
use jobflow_core::rules::refused_by_schema::fault;
use serde_json::Value;

/// The most bytes of all annotations together, keys and values (`TotalAnnotationSizeLimitB`).
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

/// Adds what is wrong with the metadata of `object`. What has the wrong type is passed over: the core says that.
pub fn check(object: &Value, found: &mut Vec<Diagnostic>) {
    let metadata = At::ROOT.key("metadata");
    let texts = |name: &str| {
        let map = object
            .get("metadata")
            .and_then(|metadata| metadata.get(name)?.as_object());
        map.into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    };
    let at = metadata.key("labels");
    for (key, value) in texts("labels") {
        let here = at.map_key(key);
        found.extend(key_fault(key, &here));
        let fault = label_value_fault(value).map(|message| fault(&here, Reason::Invalid, message).value(value));
        found.extend(fault);
    }
    let at = metadata.key("annotations");
    let mut bytes = 0;
    for (key, value) in texts("annotations") {
        // Keys of annotations are compared without regard to case.
        found.extend(key_fault(&key.to_lowercase(), &at.map_key(key)));
        bytes += key.len() + value.len();
    }
    if bytes > ANNOTATIONS_BYTES_MAX {
        let message = format!("may not be more than {ANNOTATIONS_BYTES_MAX} bytes");
        found.push(fault(&at, Reason::TooLong, message));
    }
}

fn key_fault(key: &str, at: &At<'_>) -> Option<Diagnostic> {
    qualified_name_fault(key).map(|message| fault(at, Reason::Invalid, message).value(key))
}
