//! Where the parts of a rendered Job come from: [`super::render`] and [`crate::engine::params`], the other way round.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{Container, NodeSelectorTerm, VolumeMount};

use super::Globals;
use crate::field::Segment;

/// What a Job was rendered from. A DaemonJob has the same parts, but for mounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    /// The Job spec, inline or from a JobTemplate.
    pub(crate) spec: &'a JobSpec,
    /// What every step gets.
    pub(crate) globals: &'a Globals,
    /// The step's mounts of shared volumes.
    pub(crate) mounts: &'a [VolumeMount],
}

/// What stands at a path of a rendered Job spec, and the path in what it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The Job spec.
    Spec(Vec<Segment>),
    /// The parameters for every step, such as `env[0].value`.
    Globals(Vec<Segment>),
    /// The shared volumes.
    Volumes(Vec<Segment>),
    /// The step's mounts of them.
    Mounts(Vec<Segment>),
    /// No field: jobflow adds it by itself.
    Nowhere,
}

/// The member of a pod spec that binds it to nodes, from the template on.
const TERMS: [&str; 6] = [
    "template",
    "spec",
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "nodeSelectorTerms",
];

impl Parts<'_> {
    /// Where what stands at `path`, from the Job's spec on, comes from.
    pub(crate) fn origin(&self, path: &[Segment]) -> Origin {
        let names: Vec<&str> = path.iter().map(Segment::name).collect();
        let metadata = self.spec.template.metadata.as_ref();
        if let Some(["", "matchFields", "", ..]) = names.strip_prefix(TERMS.as_slice()) {
            return self.of_term(path);
        }
        match names.as_slice() {
            ["template", "metadata", "labels", key, ..] => {
                let own = metadata.and_then(|metadata| metadata.labels.as_ref());
                of_entry(own, &self.globals.labels, "labels", key, path)
            }
            ["template", "metadata", "annotations", key, ..] => {
                let own = metadata.and_then(|metadata| metadata.annotations.as_ref());
                of_entry(own, &self.globals.annotations, "annotations", key, path)
            }
            ["template", "spec", "volumes", "", ..] if !self.mounts.is_empty() => {
                let pod = self.spec.template.spec.as_ref();
                let own = pod.and_then(|pod| pod.volumes.as_ref()).map_or(0, Vec::len);
                of_item(path, 3, own, Origin::Volumes)
            }
            ["template", "spec", "containers" | "initContainers", "", "env", "", ..] => self.of_variable(path),
            [
                "template",
                "spec",
                "containers" | "initContainers",
                "",
                "volumeMounts",
                "",
                ..,
            ] => {
                let mounts = self.container(path).and_then(|it| it.volume_mounts.as_ref());
                of_item(path, 5, mounts.map_or(0, Vec::len), Origin::Mounts)
            }
            _ => Origin::Spec(path.to_vec()),
        }
    }

    /// Added variables stand before the container's own, without those whose name it has itself.
    fn of_variable(&self, path: &[Segment]) -> Origin {
        let own = self
            .container(path)
            .and_then(|it| it.env.as_deref())
            .unwrap_or_default();
        let names: BTreeSet<&str> = own.iter().map(|variable| variable.name.as_str()).collect();
        let added = self.globals.env.iter().enumerate();
        let mut added = added.filter(|(_, variable)| !names.contains(variable.name.as_str()));
        let count = added.clone().count();
        let (index, behind) = split(path, 5);
        match (added.nth(index), index.checked_sub(count)) {
            (Some((at, _)), _) => Origin::Globals(below(&[key("env"), Segment::Index(at)], behind)),
            (None, at) => Origin::Spec(at_index(path, 5, at.unwrap_or_default())),
        }
    }

    /// The requirement of the node stands behind the author's own in each term.
    fn of_term(&self, path: &[Segment]) -> Origin {
        let (term, _) = split(path, TERMS.len());
        let (field, _) = split(path, TERMS.len() + 2);
        let own = self.term(term).and_then(|term| term.match_fields.as_ref());
        if field < own.map_or(0, Vec::len) {
            return Origin::Spec(path.to_vec());
        }
        match self.globals.node_name {
            Some(_) => Origin::Globals(vec![key("nodeName")]),
            None => Origin::Nowhere,
        }
    }

    fn term(&self, index: usize) -> Option<&NodeSelectorTerm> {
        let affinity = self.spec.template.spec.as_ref()?.affinity.as_ref()?;
        let required = &affinity.node_affinity.as_ref()?;
        let selector = required.required_during_scheduling_ignored_during_execution.as_ref()?;
        selector.node_selector_terms.get(index)
    }

    /// The author's container that `path` leads into.
    fn container(&self, path: &[Segment]) -> Option<&Container> {
        let pod = self.spec.template.spec.as_ref()?;
        let (index, _) = split(path, 3);
        match path.get(2)?.name() {
            "initContainers" => pod.init_containers.as_ref()?.get(index),
            _ => pod.containers.get(index),
        }
    }
}

/// The entry `name` of a map to which `added` was merged: the nearer one won.
fn of_entry(
    own: Option<&BTreeMap<String, String>>,
    added: &BTreeMap<String, String>,
    member: &str,
    name: &str,
    path: &[Segment],
) -> Origin {
    if own.is_some_and(|own| own.contains_key(name)) {
        return Origin::Spec(path.to_vec());
    }
    match added.contains_key(name) {
        true => Origin::Globals(vec![key(member), Segment::MapKey(name.to_owned())]),
        false => Origin::Nowhere,
    }
}

/// The item of a list, whose index is the segment at `place`: one of the author's `own`, or one that was appended.
fn of_item(path: &[Segment], place: usize, own: usize, appended: impl Fn(Vec<Segment>) -> Origin) -> Origin {
    let (index, behind) = split(path, place);
    match index.checked_sub(own) {
        Some(at) => appended(below(&[Segment::Index(at)], behind)),
        None => Origin::Spec(path.to_vec()),
    }
}

/// The index that stands at `place` in `path`, and what follows it.
fn split(path: &[Segment], place: usize) -> (usize, &[Segment]) {
    let index = match path.get(place) {
        Some(Segment::Index(index)) => *index,
        _ => 0,
    };
    (index, path.get(place + 1..).unwrap_or_default())
}

/// `path` with another index at `place`.
fn at_index(path: &[Segment], place: usize, index: usize) -> Vec<Segment> {
    let mut moved = path.to_vec();
    if let Some(segment) = moved.get_mut(place) {
        *segment = Segment::Index(index);
    }
    moved
}

fn below(outer: &[Segment], inner: &[Segment]) -> Vec<Segment> {
    [outer, inner].concat()
}

fn key(name: &str) -> Segment {
    Segment::Key(name.to_owned())
}
