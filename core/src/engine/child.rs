//! Child: what every Job that jobflow makes has in common, whatever the kind of its owner.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::wording::head;
use crate::limits::LABEL_VALUE_BYTES_MAX;

/// Label: who made the Job.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`].
pub const JOBFLOW: &str = "jobflow";
/// Label: the kind of the owner.
pub const OWNER_KIND: &str = "api.practice.com/owner-kind";
/// Label: the name of the owner, shortened by [`label_value`].
pub const OWNER_NAME: &str = "api.practice.com/owner-name";
/// Label: the uid of the owner.
pub const OWNER_UID: &str = "api.practice.com/owner-uid";
/// Label: the name of the step.
pub const STEP: &str = "api.practice.com/step";

/// Annotation of a Job that we have suspended, and so may resume. One that is suspended without it was suspended by its
/// template or by somebody else.
pub const SUSPENDED: &str = "api.practice.com/suspended";

/// The object that Jobs belong to.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Group and version, such as `api.practice.com/v1alpha1`.
    pub api_version: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// Its namespace, and so that of its Jobs.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its uid.
    pub uid: &'a str,
}

impl Owner<'_> {
    /// The metadata of the Job of a step. Our labels win over `labels`: the Jobs are found by them.
    pub fn job_metadata(
        &self,
        job: &str,
        step: &str,
        labels: &BTreeMap<String, String>,
        annotations: BTreeMap<String, String>,
    ) -> ObjectMeta {
        let mut labels = labels.clone();
        labels.extend(self.labels(step));
        ObjectMeta {
            name: Some(job.to_owned()),
            namespace: Some(self.namespace.to_owned()),
            labels: Some(labels),
            annotations: (!annotations.is_empty()).then_some(annotations),
            owner_references: Some(vec![self.reference()]),
            ..ObjectMeta::default()
        }
    }

    /// The labels of the Job of a step, and of its pods.
    pub fn labels(&self, step: &str) -> BTreeMap<String, String> {
        let label = |key: &str, value: &str| (key.to_owned(), label_value(value));
        BTreeMap::from([
            label(MANAGED_BY, JOBFLOW),
            label(OWNER_KIND, self.kind),
            label(OWNER_NAME, self.name),
            label(OWNER_UID, self.uid),
            label(STEP, step),
        ])
    }

    /// The Job of a step with this spec. As the API server does for a Job without labels, the Job gets the labels of its
    /// pods: queues such as Kueue look for theirs on the Job.
    pub fn job(&self, name: &str, step: &str, annotations: BTreeMap<String, String>, mut spec: JobSpec) -> Job {
        let pod = spec.template.metadata.get_or_insert_default();
        let metadata = self.job_metadata(name, step, &pod.labels.take().unwrap_or_default(), annotations);
        pod.labels.clone_from(&metadata.labels);
        Job {
            metadata,
            spec: Some(spec),
            status: None,
        }
    }

    fn reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: self.api_version.to_owned(),
            kind: self.kind.to_owned(),
            name: self.name.to_owned(),
            uid: self.uid.to_owned(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }
}

/// A name of any length as a label value. A long one keeps its beginning and gets a hash of the whole, for two
/// long names may begin alike.
pub fn label_value(name: &str) -> String {
    if name.len() <= LABEL_VALUE_BYTES_MAX {
        return name.to_owned();
    }
    let hash = format!("-{:016x}", fnv1a(name.as_bytes()));
    format!("{}{hash}", head(name, LABEL_VALUE_BYTES_MAX - hash.len()))
}

/// FNV-1a of 64 bits, which stays the same across versions of Rust, as the standard hasher does not.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::{fnv1a, label_value};
    use crate::names::label_value_fault;

    #[test]
    fn the_hash_is_fnv1a() {
        // Test vectors of the reference (draft-eastlake-fnv, appendix).
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_long_name_becomes_a_valid_label_value_of_its_own() {
        let (a, b) = (format!("{}a", "x".repeat(252)), format!("{}b", "x".repeat(252)));
        assert_eq!(label_value_fault(&label_value(&a)), None);
        assert_ne!(label_value(&a), label_value(&b));
        assert_eq!(label_value(&"x".repeat(63)), "x".repeat(63));
    }
}
