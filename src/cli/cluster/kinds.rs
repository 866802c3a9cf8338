//! The kinds as users write them, and as the API server knows them.

use jobflow_core::kinds::{self, Kind};
use jobflow_core::{daemon_job, job_flow, job_template, managed_job, sequential_job};
use kube::api::ApiResource;

/// A kind with the words that users have for it.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// What the core knows of it.
    pub kind: &'static Kind,
    /// The singular, which stands before `/NAME`.
    pub singular: &'static str,
    /// Shorter words; the first one is the short name in the cluster where the kind has one there.
    short: &'static [&'static str],
}

/// The kinds that run, in the order in which they are listed and looked through.
pub static RUNNABLE: [Resource; 4] = [
    Resource::new(&job_flow::KIND, "jobflow", &["jf"]),
    Resource::new(&daemon_job::KIND, "daemonjob", &["dj", "djob"]),
    Resource::new(&managed_job::KIND, "managedjob", &["mj"]),
    Resource::new(&sequential_job::KIND, "sequentialjob", &["sj"]),
];

/// The kind that does not run.
pub static TEMPLATE: Resource = Resource::new(&job_template::KIND, "jobtemplate", &["jt"]);

impl Resource {
    const fn new(kind: &'static Kind, singular: &'static str, short: &'static [&'static str]) -> Self {
        Self { kind, singular, short }
    }

    /// The kind that a word means: singular, plural or short, with or without the group, in letters of any case.
    pub fn named(word: &str) -> Option<&'static Self> {
        let word = word.to_lowercase();
        let (word, group) = word.split_once('.').unwrap_or((&word, ""));
        all().find(|resource| {
            let is_name = word == resource.singular || word == resource.kind.plural || resource.short.contains(&word);
            let versioned = format!("{}.{}", resource.kind.version, resource.kind.group);
            is_name && (group.is_empty() || group == resource.kind.group || group == versioned)
        })
    }

    /// The kind of a stored object.
    pub fn of_kind(kind: &str) -> Option<&'static Self> {
        all().find(|resource| resource.kind.kind == kind)
    }

    /// What kube needs to ask for it.
    pub fn api(&self) -> ApiResource {
        ApiResource {
            group: self.kind.group.to_owned(),
            version: self.kind.version.to_owned(),
            api_version: self.kind.api_version(),
            kind: self.kind.kind.to_owned(),
            plural: self.kind.plural.to_owned(),
        }
    }

    /// Whether it has steps that run.
    pub fn runs(&self) -> bool {
        self.kind.kind != job_template::KIND.kind
    }

    /// Whether its kind is this one.
    pub fn is(&self, kind: &'static Kind) -> bool {
        self.kind.kind == kind.kind
    }

    /// What one of its steps is called.
    pub fn noun(&self) -> &'static str {
        match self.singular {
            "jobflow" => "flow",
            "daemonjob" => "node",
            "sequentialjob" => "container",
            _ => "job",
        }
    }
}

/// All kinds, those that run first.
pub fn all() -> impl Iterator<Item = &'static Resource> {
    debug_assert_eq!(RUNNABLE.len() + 1, kinds::ALL.len());
    RUNNABLE.iter().chain(std::iter::once(&TEMPLATE))
}

/// The words for help and faults: `jobflow (jf), daemonjob (dj, djob), ...`.
pub fn words() -> String {
    let words = all().map(|resource| format!("{} ({})", resource.singular, resource.short.join(", ")));
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Resource, words};

    #[test]
    fn every_way_to_write_a_kind_is_understood() {
        let kind = |word| Resource::named(word).map(|resource| resource.kind.kind);
        for word in ["jf", "jobflow", "jobflows", "JobFlow", "jobflows.api.practice.com"] {
            assert_eq!(kind(word), Some("JobFlow"), "{word}");
        }
        assert_eq!(kind("sequentialjobs.v1alpha1.batch.example.com"), Some("SequentialJob"));
        assert_eq!((kind("dj"), kind("djob")), (Some("DaemonJob"), Some("DaemonJob")));
        assert_eq!((kind("mj"), kind("jt")), (Some("ManagedJob"), Some("JobTemplate")));
        assert_eq!((kind("job"), kind("jobflows.batch"), kind("")), (None, None, None));
    }

    #[test]
    fn the_words_are_listed_for_help() {
        assert_eq!(
            words(),
            "jobflow (jf), daemonjob (dj, djob), managedjob (mj), sequentialjob (sj), jobtemplate (jt)"
        );
    }
}
