//! The parameters of one job on their three levels.

use std::collections::BTreeMap;

use crds::{ManagedJobSpec, ManagedParams, PullPolicy};

use super::merge::{Origin, merged_list};
use crate::field::{At, FieldPath, Segment};

/// What stands for parameters that are not given.
static NONE: ManagedParams = ManagedParams {
    from_env: Vec::new(),
    env: Vec::new(),
    volumes: Vec::new(),
    volume_mount: Vec::new(),
    service_account: None,
    restart_policy: None,
    image_pull_secrets: Vec::new(),
    image_pull_policy: None,
    labels: BTreeMap::new(),
    annotations: BTreeMap::new(),
    resources: None,
};

/// The level of a job's own parameters; those of the spec have 0, those of the group 1.
const JOB_LEVEL: usize = 2;

/// The parameters of one job, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels<'a> {
    /// Those of the spec, the group and the job.
    params: [&'a ManagedParams; 3],
    /// The position of the group.
    group: usize,
    /// The position of the job in the group.
    job: usize,
}

impl<'a> Levels<'a> {
    /// Those of the job at `job` in the group at `group`.
    pub(super) fn of(spec: &'a ManagedJobSpec, group: usize, job: usize) -> Self {
        let definition = spec.groups.get(group);
        let of_group = definition.and_then(|group| group.params.as_ref());
        let of_job = definition.and_then(|group| group.jobs.get(job)?.params.as_ref());
        let params = [spec.params.as_ref(), of_group, of_job].map(|params| params.unwrap_or(&NONE));
        Self { params, group, job }
    }

    /// Those of the spec, the group and the job.
    pub(super) fn params(&self) -> [&'a ManagedParams; 3] {
        self.params
    }

    /// The merged parameters: the same as [`super::merge::compiled`] gives for the JSON of them.
    pub(super) fn merged(&self) -> ManagedParams {
        ManagedParams {
            from_env: self.list(|params| &params.from_env, |_| None),
            env: self.list(|params| &params.env, |variable| Some(&variable.name)),
            volumes: self.list(|params| &params.volumes, |volume| Some(&volume.name)),
            volume_mount: self.list(|params| &params.volume_mount, |_| None),
            service_account: self.scalar(|params| params.service_account.as_ref(), |name| !name.is_empty()),
            restart_policy: self.scalar(|params| params.restart_policy.as_ref(), |policy| !policy.is_empty()),
            image_pull_secrets: self.list(|params| &params.image_pull_secrets, |_| None),
            image_pull_policy: self.scalar(|params| params.image_pull_policy.as_ref(), sets_pull_policy),
            labels: self.map(|params| &params.labels),
            annotations: self.map(|params| &params.annotations),
            resources: self.scalar(|params| params.resources.as_ref(), |_| true),
        }
    }

    fn list<T: Clone + 'a>(
        &self,
        list: impl Fn(&'a ManagedParams) -> &'a [T],
        name: impl Fn(&'a T) -> Option<&'a str>,
    ) -> Vec<T> {
        let origins = merged_list(self.params.map(&list), name).into_iter();
        origins
            .filter_map(|origin| self.entry(origin, &list).cloned())
            .collect()
    }

    fn map(&self, map: impl Fn(&'a ManagedParams) -> &'a BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut merged = BTreeMap::new();
        for level in self.params {
            merged.extend(map(level).clone());
        }
        merged
    }

    fn scalar<T: Clone + 'a>(
        &self,
        scalar: impl Fn(&'a ManagedParams) -> Option<&'a T>,
        is_set: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let mut nearest = self.params.into_iter().rev().filter_map(scalar);
        nearest.find(|value| is_set(value)).cloned()
    }

    /// The entry that `origin` means, in the list that `list` takes from a level.
    pub(super) fn entry<T>(&self, origin: Origin, list: impl Fn(&'a ManagedParams) -> &'a [T]) -> Option<&'a T> {
        let params = self.params.get(origin.level)?;
        list(params).get(origin.index)
    }

    /// Where the job stands.
    pub(super) fn job_path(&self) -> FieldPath {
        let groups = At::SPEC.key("groups");
        let group = groups.index(self.group);
        let jobs = group.key("jobs");
        FieldPath::from(&jobs.index(self.job))
    }

    /// Where the member `name` of the parameters of a level stands, and `rest` in it.
    pub(super) fn param_path(&self, level: usize, name: &str, rest: &[Segment]) -> FieldPath {
        let group = FieldPath::new([key("spec"), key("groups"), Segment::Index(self.group)].to_vec());
        let holder = match level {
            0 => FieldPath::from(&At::SPEC),
            1 => group,
            _ => self.job_path(),
        };
        holder.below(&[key("params"), key(name)]).below(rest)
    }

    /// Where an entry of a merged list stands, and `rest` in it.
    pub(super) fn entry_path(&self, origin: Origin, list: &str, rest: &[Segment]) -> FieldPath {
        let rest = [&[Segment::Index(origin.index)], rest].concat();
        self.param_path(origin.level, list, &rest)
    }

    /// The nearest level for which `sets` holds; that of the job where none does.
    pub(super) fn nearest(&self, sets: impl Fn(&ManagedParams) -> bool) -> usize {
        let level = self.params.iter().rposition(|params| sets(params));
        level.unwrap_or(JOB_LEVEL)
    }
}

/// Whether a level sets a pull policy: no text and no entry is none.
pub(super) fn sets_pull_policy(policy: &PullPolicy) -> bool {
    match policy {
        PullPolicy::One(policy) => !policy.is_empty(),
        PullPolicy::List(policies) => !policies.is_empty(),
        PullPolicy::Other(_) => true,
    }
}

/// The member of this name.
pub(super) fn key(name: &str) -> Segment {
    Segment::Key(name.to_owned())
}

#[cfg(test)]
mod tests {
    use crds::{ManagedJobSpec, ManagedParams};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::merge::compiled;
    use super::Levels;

    proptest! {
        /// What the Job is made from is what the stored object shows.
        #[test]
        fn merged_parameters_are_those_that_are_written_down(spec in any_params(), group in any_params(), job in any_params()) {
            let written = compiled([Some(&spec), Some(&group), Some(&job)]).map(Value::Object).unwrap();
            let object = json!({"params": spec, "groups": [{"params": group, "jobs": [{"params": job}]}]});
            let object: ManagedJobSpec = serde_json::from_value(object).unwrap();
            let written: ManagedParams = serde_json::from_value(written).unwrap();
            prop_assert_eq!(Levels::of(&object, 0, 0).merged(), written);
        }
    }

    fn any_params() -> impl Strategy<Value = Value> {
        let entry = |name: String| json!({"name": name, "value": name});
        let env = proptest::collection::vec("[abc]".prop_map(entry), 0..3);
        let names = proptest::collection::vec("[ab]".prop_map(|name| json!({"name": name})), 0..3);
        let secrets = proptest::collection::vec(prop_oneof![Just(json!("a")), Just(json!({"name": "b"}))], 0..2);
        let mounts = proptest::collection::vec(Just(json!({"name": "v", "mountPath": "/v"})), 0..2);
        let labels = proptest::collection::btree_map("[ab]", "[xy]", 0..3);
        let text = prop_oneof![Just(json!(null)), Just(json!("")), Just(json!("x")), Just(json!("y"))];
        let policy = prop_oneof![
            Just(json!(null)),
            Just(json!([])),
            Just(json!(["Always"])),
            Just(json!("Never")),
            Just(json!(""))
        ];
        let resources = prop_oneof![
            Just(json!(null)),
            Just(json!({})),
            Just(json!({"limits": {"cpu": "1"}}))
        ];
        let lists = (env, names, secrets, mounts).prop_map(|(env, names, secrets, mounts)| {
            json!({"env": env, "volumes": names, "imagePullSecrets": secrets, "volumeMount": mounts,
                "fromEnv": names.iter().map(|name| json!({"configMapRef": name})).collect::<Vec<_>>()})
        });
        (lists, labels, (text.clone(), text), policy, resources).prop_map(
            |(mut params, labels, (account, restart), policy, resources)| {
                params["labels"] = json!(labels);
                params["annotations"] = json!(labels);
                params["serviceAccount"] = account;
                params["restartPolicy"] = restart;
                params["imagePullPolicy"] = policy;
                params["resources"] = resources;
                params
            },
        )
    }
}
