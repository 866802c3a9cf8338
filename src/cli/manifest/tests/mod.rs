//! Tests of the reader as a whole.

mod documents;
mod hostile;
mod kubectl;
mod places;

use serde_json::Value;

use super::Manifest;

fn read(text: &str) -> Manifest {
    Manifest::read(text.as_bytes().to_vec())
}

/// Every object, or what could not be read.
fn objects(manifest: &Manifest) -> Result<Vec<&Value>, Vec<&str>> {
    if manifest.unreadable.is_empty() {
        let objects = manifest.documents.iter().flat_map(|document| &document.objects);
        Ok(objects.map(|object| &object.value).collect())
    } else {
        Err(manifest.unreadable.iter().map(|fault| fault.message.as_str()).collect())
    }
}
