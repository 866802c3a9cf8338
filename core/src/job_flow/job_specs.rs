//! The Job specs of a JobFlow, and what joins them, against the rules of Jobs.

use std::cell::RefCell;

use crate::admission::ObjectName;
use crate::diagnostic::Report;
use crate::field::At;
use crate::job_flow::rules::{Subject, flows};
use crate::limits::GENERATED_SUFFIX_BYTES;
use crate::pod::{JobContext, VolumeIndex, check_added_mounts, check_added_variables, check_job, check_volumes};

/// Reports all that the API server would refuse in the Jobs of the flows.
///
/// A volume that joins a flow, and a mount of it, are checked where they stand, once for all flows.
pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let spec = subject.spec;
    check_volumes(&spec.share_volumes, &At::SPEC.key("shareVolumes"), found);
    check_added_variables(&subject.globals().env, &At::SPEC.key("globalParams").key("env"), found);
    let shared = VolumeIndex::new(&spec.share_volumes);
    let mut job_name = JobName::new(&subject.name);
    let nearest = RefCell::default();
    let at = flows();
    for (index, flow) in spec.flows.iter().enumerate() {
        let here = at.index(index);
        let pod = flow.job_template.as_ref().and_then(|job| job.template.spec.as_ref());
        check_added_mounts(&flow.share_volume_mounts, pod, &here.key("shareVolumeMounts"), found);
        if let Some(job) = &flow.job_template {
            let context = JobContext {
                job_name: job_name.as_mut().map(|name| name.of(&flow.name)),
                // Shared volumes join the pods of the flows that mount any.
                volumes: Some(&shared).filter(|_| !flow.share_volume_mounts.is_empty()),
                annotations: Some(&subject.globals().annotations),
                nearest: Some(&nearest),
            };
            check_job(job, &here.key("jobTemplate"), &context, found);
        }
    }
}

/// The names of Jobs, one after the other in the same memory.
struct JobName {
    text: String,
    prefix_bytes: usize,
}

impl JobName {
    /// Names that begin with the name of the object. What the API server will append to a prefix is stood for by zeros.
    fn new(name: &ObjectName<'_>) -> Option<Self> {
        let prefix = match name {
            ObjectName::Given(name) => (*name).to_owned(),
            ObjectName::Generated(prefix) => format!("{prefix}{}", "0".repeat(GENERATED_SUFFIX_BYTES)),
            ObjectName::Missing => return None,
        };
        Some(Self {
            prefix_bytes: prefix.len(),
            text: prefix,
        })
    }

    /// The name of the Job of a flow.
    fn of(&mut self, flow: &str) -> &str {
        self.text.truncate(self.prefix_bytes);
        self.text.push('-');
        self.text.push_str(flow);
        &self.text
    }
}
