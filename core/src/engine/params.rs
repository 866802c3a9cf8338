//! Parameters: what kinds add to the pod template of a step, each the same way for every kind.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{
    Container, EnvVar, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Volume, VolumeMount,
};

/// All containers of the pod that run by themselves, init containers first.
fn containers_mut(pod: &mut PodSpec) -> impl Iterator<Item = &mut Container> {
    pod.init_containers.iter_mut().flatten().chain(&mut pod.containers)
}

/// `own` and what it lacks of `added`: the nearer entry of a key wins.
pub fn merge(own: Option<BTreeMap<String, String>>, added: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut merged = added.clone();
    merged.extend(own.unwrap_or_default());
    merged
}

/// Adds variables to every container. They stand before its own, so that these can refer to them by `$(NAME)`;
/// the container's own variable of a name wins, and the added one is left out.
pub fn add_env(pod: &mut PodSpec, added: &[EnvVar]) {
    if added.is_empty() {
        return;
    }
    for container in containers_mut(pod) {
        let own = container.env.take().unwrap_or_default();
        let names: BTreeSet<&str> = own.iter().map(|entry| entry.name.as_str()).collect();
        let mut env: Vec<EnvVar> = added
            .iter()
            .filter(|entry| !names.contains(entry.name.as_str()))
            .cloned()
            .collect();
        env.extend(own);
        container.env = Some(env);
    }
}

/// Adds volumes to the pod, and mounts of them to every container.
pub fn add_volumes(pod: &mut PodSpec, volumes: &[Volume], mounts: &[VolumeMount]) {
    pod.volumes.get_or_insert_default().extend_from_slice(volumes);
    for container in containers_mut(pod) {
        container
            .volume_mounts
            .get_or_insert_default()
            .extend_from_slice(mounts);
    }
}

/// Says why [`add_volumes`] would make a pod that the API server refuses: a volume name or a mount path is used
/// already. `None` if it is fine.
pub fn volume_fault(pod: &PodSpec, volumes: &[Volume], mounts: &[VolumeMount]) -> Option<String> {
    let names: BTreeSet<&str> = pod
        .volumes
        .iter()
        .flatten()
        .map(|volume| volume.name.as_str())
        .collect();
    if let Some(volume) = volumes.iter().find(|volume| names.contains(volume.name.as_str())) {
        return Some(format!(
            "it has a volume '{}', which is also the name of a shared volume",
            volume.name
        ));
    }
    let containers = pod.init_containers.iter().flatten().chain(&pod.containers);
    containers.into_iter().find_map(|container| {
        let mounted = container
            .volume_mounts
            .iter()
            .flatten()
            .map(|mount| mount.mount_path.as_str());
        let devices = container
            .volume_devices
            .iter()
            .flatten()
            .map(|device| device.device_path.as_str());
        let used: BTreeSet<&str> = mounted.chain(devices).collect();
        let mount = mounts.iter().find(|mount| used.contains(mount.mount_path.as_str()))?;
        let (container, path) = (&container.name, &mount.mount_path);
        Some(format!(
            "its container '{container}' uses '{path}', where a shared volume is to be mounted"
        ))
    })
}

/// Binds the pod to a node, by required node affinity: a plain `spec.nodeName` would bypass the scheduler, and so
/// taints and resources. Terms are alternatives, so each gets the requirement; an empty term matches no node, and
/// must go on doing so.
pub fn bind_to_node(pod: &mut PodSpec, node: &str) {
    let requirement = NodeSelectorRequirement {
        key: "metadata.name".to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![node.to_owned()]),
    };
    let affinity = pod
        .affinity
        .get_or_insert_default()
        .node_affinity
        .get_or_insert_default();
    let NodeSelector {
        node_selector_terms: terms,
    } = affinity
        .required_during_scheduling_ignored_during_execution
        .get_or_insert_default();
    if terms.is_empty() {
        terms.push(NodeSelectorTerm {
            match_fields: Some(vec![requirement]),
            match_expressions: None,
        });
        return;
    }
    let is_empty = |term: &NodeSelectorTerm| {
        term.match_fields.as_ref().is_none_or(Vec::is_empty)
            && term.match_expressions.as_ref().is_none_or(Vec::is_empty)
    };
    for term in terms.iter_mut().filter(|term| !is_empty(term)) {
        term.match_fields.get_or_insert_default().push(requirement.clone());
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{EnvVar, PodSpec, Volume, VolumeMount};
    use serde_json::{Value, from_value, json};

    use super::{add_env, bind_to_node, volume_fault};

    fn pod(pod: Value) -> PodSpec {
        from_value(pod).unwrap()
    }

    fn terms(terms: &Value) -> Value {
        let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}});
        let mut pod = pod(json!({"containers": [], "affinity": {"nodeAffinity": required}}));
        bind_to_node(&mut pod, "n1");
        let affinity = serde_json::to_value(pod.affinity).unwrap();
        affinity
            .pointer("/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms")
            .unwrap()
            .clone()
    }

    #[test]
    fn every_alternative_is_bound_to_the_node_and_an_empty_one_still_matches_none() {
        let field = json!({"key": "metadata.name", "operator": "In", "values": ["n1"]});
        let zone = json!({"key": "zone", "operator": "Exists"});
        assert_eq!(terms(&json!([])), json!([{"matchFields": [field]}]));
        assert_eq!(
            terms(&json!([{"matchExpressions": [zone]}, {}, {"matchFields": [field]}])),
            json!([{"matchExpressions": [zone], "matchFields": [field]}, {}, {"matchFields": [field, field]}])
        );
    }

    #[test]
    fn an_own_variable_wins_and_may_refer_to_an_added_one() {
        let added: Vec<EnvVar> = from_value(json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])).unwrap();
        let own = json!([{"name": "C", "value": "$(A)"}, {"name": "B", "value": "own"}]);
        let mut pod = pod(json!({"containers": [{"name": "c", "env": own}, {"name": "d"}]}));
        add_env(&mut pod, &added);
        let names = |at: usize| -> Vec<String> {
            pod.containers[at]
                .env
                .iter()
                .flatten()
                .map(|entry| entry.name.clone())
                .collect()
        };
        assert_eq!(names(0), ["A", "C", "B"]);
        assert_eq!(names(1), ["A", "B"]);
    }

    #[test]
    fn a_volume_name_or_a_path_in_use_is_a_fault() {
        let volumes: Vec<Volume> = from_value(json!([{"name": "data"}])).unwrap();
        let mounts: Vec<VolumeMount> = from_value(json!([{"name": "data", "mountPath": "/data"}])).unwrap();
        let fault = |pod: Value| volume_fault(&from_value(pod).unwrap(), &volumes, &mounts);
        assert_eq!(fault(json!({"containers": [{"name": "c"}]})), None);
        assert!(
            fault(json!({"containers": [], "volumes": [{"name": "data"}]}))
                .unwrap()
                .contains("volume 'data'")
        );
        for key in ["containers", "initContainers"] {
            let mut pod = json!({"containers": []});
            pod[key] = json!([{"name": "c", "volumeMounts": [{"name": "own", "mountPath": "/data"}]}]);
            assert!(fault(pod).unwrap().contains("container 'c' uses '/data'"), "{key}");
        }
        let device = json!([{"name": "own", "devicePath": "/data"}]);
        assert!(fault(json!({"containers": [{"name": "c", "volumeDevices": device}]})).is_some());
    }
}
