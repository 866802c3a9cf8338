//! size: how many bytes a ManagedJob takes in etcd once it has run, estimated from above.
//!
//! ```text
//! stored = manifest and metadata + compiledParams + status
//! ```
//!
//! All parts grow with the jobs, two of them are not in the manifest, and the status is written last: an object whose
//! status does not fit would be stored, and then never be run.

use crds::{ManagedDependency, ManagedJobSpec};
use serde_json::{Map, Value};

use super::merge::compiled_bytes;
use crate::limits::{MANAGED_DEPENDENCIES_TOLD_MAX, MANAGED_REASONS_BYTES_MAX, ROW_REASON_BYTES_MAX};

/// What the API server adds to the metadata: uid, times, and managed fields of two writers. Groups are atomic, so managed
/// fields have an entry for each label and annotation, and none for a job.
const METADATA_BYTES: usize = 2 * 1_024;

/// What managed fields have for a label or an annotation beside its key: `"f:":{},`.
const MANAGED_FIELD_BYTES: usize = 8;

/// What a status has beside its rows: counts, times, a message, and two conditions with the same.
const STATUS_HEAD_BYTES: usize = 4 * 1_024;

/// A row of a job without names: members, state, two times, and the word of a reason.
const JOB_ROW_BYTES: usize = 156;

/// A row of a group without names.
const GROUP_ROW_BYTES: usize = 60;

/// What a name takes in a list, beside itself: two quotes and a comma.
const LISTED_BYTES: usize = 3;

/// The member `compiledParams` of a job, without its value.
const COMPILED_MEMBER_BYTES: usize = 18;

/// The parts of the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// The object as it was written, without the parts below, and what the API server adds to it.
    pub(super) manifest: usize,
    /// The merged parameters of all jobs.
    pub(super) compiled: usize,
    /// The status when all jobs have ended.
    pub(super) status: usize,
}

impl Size {
    /// The size of `object`, whose spec is `spec` and whose name has so many bytes.
    pub(super) fn of(object: &Value, spec: &ManagedJobSpec, name_bytes: usize) -> Self {
        let names = Names { spec, name_bytes };
        let jobs: usize = spec.groups.iter().map(|group| group.jobs.len()).sum();
        let merged = object.get("spec").map_or(0, compiled_bytes);
        let members = if merged > 0 { jobs * COMPILED_MEMBER_BYTES } else { 0 };
        Self {
            manifest: manifest_bytes(object) + METADATA_BYTES + managed_fields_bytes(object),
            compiled: merged + members,
            status: STATUS_HEAD_BYTES
                + MANAGED_REASONS_BYTES_MAX.min(jobs * ROW_REASON_BYTES_MAX)
                + names.of_rows()
                + names.of_dependencies(),
        }
    }

    /// All parts together.
    pub(super) fn total(self) -> usize {
        self.manifest + self.compiled + self.status
    }
}

fn managed_fields_bytes(object: &Value) -> usize {
    let maps = [
        "/metadata/labels",
        "/metadata/annotations",
        "/spec/params/labels",
        "/spec/params/annotations",
    ];
    let keys = maps
        .iter()
        .filter_map(|map| object.pointer(map)?.as_object())
        .flat_map(Map::keys);
    keys.map(|key| key.len() + MANAGED_FIELD_BYTES).sum()
}

/// Sums of the names in a spec.
struct Names<'a> {
    spec: &'a ManagedJobSpec,
    name_bytes: usize,
}

impl Names<'_> {
    /// The full name of a job.
    fn full(&self, group: &str, job: &str) -> usize {
        self.name_bytes + group.len() + job.len() + 2
    }

    /// The rows without dependencies: each has the short name and the full one.
    fn of_rows(&self) -> usize {
        let group = |group: &crds::ManagedGroup| {
            let job = |job: &crds::ManagedJobDefinition| job.name.len() + self.full(&group.name, &job.name);
            let jobs: usize = group
                .jobs
                .iter()
                .map(|definition| JOB_ROW_BYTES + job(definition))
                .sum();
            GROUP_ROW_BYTES + group.name.len() + jobs
        };
        self.spec.groups.iter().map(group).sum()
    }

    /// The dependencies in the rows, as `Told` tells them.
    fn of_dependencies(&self) -> usize {
        let groups = self.spec.groups.iter();
        let mut listed = Listed::default();
        listed.add(
            groups
                .clone()
                .map(|group| (group.parallel, LISTED_BYTES + group.name.len())),
        );
        for group in groups.clone() {
            let jobs = group.jobs.iter();
            listed.add(jobs.map(|job| (job.parallel, LISTED_BYTES + self.full(&group.name, &job.name))));
            listed.add_explicit(&group.dependencies, |name| LISTED_BYTES + name.len());
            for job in &group.jobs {
                // A short name stands for a full one.
                listed.add_explicit(&job.dependencies, |name| LISTED_BYTES + self.full(&group.name, name));
            }
        }
        listed.bytes()
    }
}

/// The bytes of lists of dependencies, told as a whole and told in short.
#[derive(Default)]
struct Listed {
    count: usize,
    whole: usize,
    nearest: usize,
    explicit: usize,
}

impl Listed {
    /// Adds those by position: of each in a list, whether it is parallel, and the bytes of its name.
    fn add(&mut self, list: impl Iterator<Item = (Option<bool>, usize)>) {
        let mut before = 0;
        for (position, (parallel, bytes)) in list.enumerate() {
            if parallel != Some(true) {
                self.count += position;
                self.whole += before;
            }
            before += bytes;
        }
        // Each is the nearest of one other at most.
        self.nearest += before;
    }

    fn add_explicit(&mut self, dependencies: &[ManagedDependency], bytes: impl Fn(&str) -> usize) {
        self.count += dependencies.len();
        self.explicit += dependencies
            .iter()
            .map(|dependency| bytes(&dependency.name))
            .sum::<usize>();
    }

    fn bytes(&self) -> usize {
        let by_position = if self.count <= MANAGED_DEPENDENCIES_TOLD_MAX {
            self.whole
        } else {
            self.nearest
        };
        by_position + self.explicit
    }
}

/// What an author writes of the metadata. Whatever else stands there at admission was set by the API server, and is part
/// of [`METADATA_BYTES`]: the size must be the same in a pipeline.
const AUTHORED: [&str; 5] = ["name", "labels", "annotations", "ownerReferences", "finalizers"];

/// The object without what is computed, and without what the API server sets.
fn manifest_bytes(object: &Value) -> usize {
    let metadata = object.get("metadata");
    let authored = AUTHORED.iter().filter_map(|member| metadata?.get(member)).map(bytes);
    let job = |job: &Value| bytes_with(job, "compiledParams", |_| 0);
    let group = |group: &Value| bytes_with(group, "jobs", |jobs| list_bytes(jobs, job));
    let spec = |spec: &Value| bytes_with(spec, "groups", |groups| list_bytes(groups, group));
    object.get("spec").map_or(0, spec) + authored.sum::<usize>()
}

/// Like [`bytes`], where `counted` says what the value of the member `name` counts.
fn bytes_with(value: &Value, name: &str, counted: impl Fn(&Value) -> usize) -> usize {
    let Value::Object(members) = value else {
        return bytes(value);
    };
    let member = |(key, value): (&String, &Value)| {
        let value = if key == name { counted(value) } else { bytes(value) };
        text_bytes(key) + 1 + value
    };
    around(members.len()) + members.iter().map(member).sum::<usize>()
}

/// Like [`bytes`], where `counted` says what an item counts.
fn list_bytes(value: &Value, counted: impl Fn(&Value) -> usize) -> usize {
    match value {
        Value::Array(items) => around(items.len()) + items.iter().map(counted).sum::<usize>(),
        other => bytes(other),
    }
}

/// The bytes of `value` as the API server stores it: compact JSON.
pub(super) fn bytes(value: &Value) -> usize {
    let (mut total, mut left, mut next) = (0, Vec::new(), Some(value));
    while let Some(value) = next {
        total += match value {
            Value::Null | Value::Bool(true) => 4,
            Value::Bool(false) => 5,
            Value::Number(number) => number.to_string().len(),
            Value::String(text) => text_bytes(text),
            Value::Array(items) => {
                left.extend(items);
                around(items.len())
            }
            Value::Object(members) => {
                left.extend(members.values());
                let names = members.keys().map(|name| text_bytes(name) + 1);
                around(members.len()) + names.sum::<usize>()
            }
        };
        next = left.pop();
    }
    total
}

/// The brackets around so many values, and the commas between them.
fn around(count: usize) -> usize {
    2 + count.saturating_sub(1)
}

/// The bytes of a text with its quotes. Go writes `<`, `>` and `&` as it writes most control characters, with 6 bytes each.
fn text_bytes(text: &str) -> usize {
    let bytes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        b'<' | b'>' | b'&' | 0..=0x1f => 6,
        _ => 1,
    });
    bytes.sum::<usize>() + 2
}
