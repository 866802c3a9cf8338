//! Where in the manifest the parts of a compiled Job come from.

use std::collections::BTreeSet;

use crds::FromEnv;

use super::ValidManagedJob;
use super::levels::{Levels, key, sets_pull_policy};
use super::merge::{Origin, merged_list};
use crate::field::{At, FieldPath, Segment};

/// Where the entries of the lists of a compiled Job come from.
#[derive(Debug)]
pub(super) struct Origins {
    /// Of variables, those of `fromEnv` that give one key. An entry of `env` of the same name wins.
    pub(super) keys: Vec<Origin>,
    /// Of variables, those of `env`; they follow the keys.
    pub(super) env: Vec<Origin>,
    /// Of sources of variables.
    pub(super) sources: Vec<Origin>,
    /// Of volumes.
    pub(super) volumes: Vec<Origin>,
    /// Of mounts.
    pub(super) mounts: Vec<Origin>,
    /// Of secrets to pull the image with.
    pub(super) pull_secrets: Vec<Origin>,
}

impl Origins {
    /// Those of the Job compiled from `levels`.
    pub(super) fn of(levels: &Levels<'_>) -> Self {
        let [spec, group, job] = levels.params();
        let env = merged_list([&spec.env, &group.env, &job.env], |variable| {
            Some(variable.name.as_str())
        });
        let from_env = merged_list([&spec.from_env, &group.from_env, &job.from_env], |_| None);
        let source = |origin: &Origin| levels.entry(*origin, |params| &params.from_env);
        let name = |origin: &Origin| {
            levels
                .entry(*origin, |params| &params.env)
                .map(|variable| variable.name.as_str())
        };
        let names: BTreeSet<&str> = env.iter().filter_map(name).collect();
        let (keys, sources): (Vec<_>, Vec<_>) = from_env
            .into_iter()
            .partition(|origin| source(origin).is_some_and(has_key));
        let is_free =
            |origin: &Origin| source(origin).is_some_and(|source| !names.contains(variable_name(source).as_str()));
        Self {
            keys: keys.into_iter().filter(is_free).collect(),
            env,
            sources,
            volumes: merged_list([&spec.volumes, &group.volumes, &job.volumes], |volume| {
                Some(volume.name.as_str())
            }),
            mounts: merged_list([&spec.volume_mount, &group.volume_mount, &job.volume_mount], |_| None),
            pull_secrets: merged_list(
                [
                    &spec.image_pull_secrets,
                    &group.image_pull_secrets,
                    &job.image_pull_secrets,
                ],
                |_| None,
            ),
        }
    }

    /// The author's path of what stands at `path` in the Job compiled from `levels`: of what comes from no field, the job.
    pub(super) fn author_path(&self, path: &FieldPath, levels: &Levels<'_>) -> FieldPath {
        let segments = path.segments();
        let names: Vec<&str> = segments.iter().map(Segment::name).collect();
        let rest = |from: usize| segments.get(from..).unwrap_or_default();
        match names.as_slice() {
            ["backoffLimit", ..] => FieldPath::from(&At::SPEC.key("retries")),
            ["template", "metadata", "labels", label, ..] => levels.param_path(
                levels.nearest(|params| params.labels.contains_key(*label)),
                "labels",
                rest(3),
            ),
            ["template", "metadata", "annotations", name, ..] => levels.param_path(
                levels.nearest(|params| params.annotations.contains_key(*name)),
                "annotations",
                rest(3),
            ),
            ["template", "spec", "volumes", ..] => from_list(&self.volumes, rest(3), "volumes", levels),
            ["template", "spec", "imagePullSecrets", ..] => {
                from_list(&self.pull_secrets, rest(3), "imagePullSecrets", levels)
            }
            ["template", "spec", "serviceAccountName", ..] => levels.param_path(
                levels.nearest(|params| is_given(params.service_account.as_ref())),
                "serviceAccount",
                &[],
            ),
            ["template", "spec", "containers", "", field, ..] => self.in_container(field, rest(5), levels),
            _ => levels.job_path(),
        }
    }

    /// The author's path of what stands at `rest` in the member `field` of the container.
    fn in_container(&self, field: &str, rest: &[Segment], levels: &Levels<'_>) -> FieldPath {
        match (field, rest) {
            ("env", [Segment::Index(index), inner @ ..]) => match self.keys.get(*index) {
                Some(origin) => levels.entry_path(*origin, "fromEnv", &[key("key")]),
                None => {
                    let moved = [&[Segment::Index(index - self.keys.len())], inner].concat();
                    from_list(&self.env, &moved, "env", levels)
                }
            },
            ("envFrom", _) => from_list(&self.sources, rest, "fromEnv", levels),
            ("volumeMounts", _) => from_list(&self.mounts, rest, "volumeMount", levels),
            ("resources", _) => {
                levels.param_path(levels.nearest(|params| params.resources.is_some()), "resources", rest)
            }
            ("imagePullPolicy", _) => levels.param_path(
                levels.nearest(|params| params.image_pull_policy.as_ref().is_some_and(sets_pull_policy)),
                "imagePullPolicy",
                &[],
            ),
            ("name" | "image" | "command" | "args", _) => levels.job_path().below(&[key(field)]).below(rest),
            _ => levels.job_path(),
        }
    }
}

/// The author's path of what stands at `path` in the Job spec of the job at `position`.
pub(crate) fn author_path(model: &ValidManagedJob, position: usize, path: &FieldPath) -> Option<FieldPath> {
    let levels = model.levels(position)?;
    Some(Origins::of(&levels).author_path(path, &levels))
}

/// The author's path of what stands at `rest` in a list whose entries come from `origins`.
fn from_list(origins: &[Origin], rest: &[Segment], list: &str, levels: &Levels<'_>) -> FieldPath {
    match rest {
        [Segment::Index(index), inner @ ..] => match origins.get(*index) {
            Some(origin) => levels.entry_path(*origin, list, inner),
            None => levels.job_path(),
        },
        _ => levels.job_path(),
    }
}

/// Whether the source gives one key rather than all.
pub(super) fn has_key(source: &FromEnv) -> bool {
    is_given(source.key.as_ref())
}

/// The name of the variable that a source of one key gives.
pub(super) fn variable_name(source: &FromEnv) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    text(&source.prefix) + &text(&source.key)
}

/// Whether a text is given; an empty one counts as not given.
pub(super) fn is_given(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use crds::ManagedJobSpec;
    use serde_json::json;

    use super::super::levels::Levels;
    use super::Origins;
    use crate::field::{FieldPath, Segment};

    fn path(text: &str) -> FieldPath {
        let segment = |part: &str| {
            part.parse()
                .map_or_else(|_| Segment::Key(part.to_owned()), Segment::Index)
        };
        FieldPath::new(text.split('.').map(segment).collect())
    }

    #[test]
    fn every_part_of_a_compiled_job_leads_back_to_where_it_was_written() {
        let spec: ManagedJobSpec = serde_json::from_value(json!({
            "params": {
                "env": [{"name": "A"}, {"name": "B"}], "labels": {"x": "1"}, "volumes": [{"name": "v"}],
                "fromEnv": [{"configMapRef": {"name": "c"}, "key": "K"}, {"configMapRef": {"name": "c"}}],
            },
            "groups": [{"params": {"env": [{"name": "A"}], "resources": {}}, "jobs": [
                {}, {"params": {"volumeMount": [{"name": "v"}], "fromEnv": [{"configMapRef": {"name": "c"}, "key": "B"}]}},
            ]}],
        }))
        .unwrap();
        let levels = Levels::of(&spec, 0, 1);
        let origins = Origins::of(&levels);
        let of = |text: &str| origins.author_path(&path(text), &levels).to_string();
        let container = |text: &str| of(&format!("template.spec.containers.0.{text}"));
        // `fromEnv` of key B gives way to the variable B.
        assert_eq!(container("env.0.name"), "spec.params.fromEnv[0].key");
        assert_eq!(container("env.1.name"), "spec.params.env[1].name");
        assert_eq!(container("env.2.valueFrom"), "spec.groups[0].params.env[0].valueFrom");
        assert_eq!(
            container("envFrom.0.configMapRef.name"),
            "spec.params.fromEnv[1].configMapRef.name"
        );
        assert_eq!(
            container("volumeMounts.0.mountPath"),
            "spec.groups[0].jobs[1].params.volumeMount[0].mountPath"
        );
        assert_eq!(container("resources.limits"), "spec.groups[0].params.resources.limits");
        assert_eq!(container("image"), "spec.groups[0].jobs[1].image");
        assert_eq!(container("args.2"), "spec.groups[0].jobs[1].args[2]");
        assert_eq!(container("other"), "spec.groups[0].jobs[1]");
        assert_eq!(of("template.spec.volumes.0.name"), "spec.params.volumes[0].name");
        assert_eq!(of("template.metadata.labels.x"), "spec.params.labels.x");
        assert_eq!(of("backoffLimit"), "spec.retries");
    }
}
