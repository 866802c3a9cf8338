//! The rules of Jobs and pod templates.

pub mod duplicate_container_name;
pub mod duplicate_mount_path;
pub mod duplicate_volume;
pub mod ephemeral_containers;
pub mod field_of_other_os;
pub mod host_field_conflict;
pub mod index_field_without_index;
pub mod indexed_job_limit;
pub mod invalid_claim_template;
pub mod invalid_container_name;
pub mod invalid_container_restart;
pub mod invalid_dns;
pub mod invalid_downward_field;
pub mod invalid_env_name;
pub mod invalid_env_source;
pub mod invalid_failure_policy;
pub mod invalid_gate;
pub mod invalid_handler;
pub mod invalid_managed_by;
pub mod invalid_mount;
pub mod invalid_node_affinity;
pub mod invalid_pod_affinity;
pub mod invalid_pod_annotation;
pub mod invalid_pod_name_field;
pub mod invalid_pod_setting;
pub mod invalid_port;
pub mod invalid_probe_number;
pub mod invalid_quantity;
pub mod invalid_replacement_policy;
pub mod invalid_resize_policy;
pub mod invalid_resource_claim;
pub mod invalid_resource_name;
pub mod invalid_security_context;
pub mod invalid_storage_source;
pub mod invalid_success_policy;
pub mod invalid_sysctl;
pub mod invalid_template_annotation;
pub mod invalid_template_label;
pub mod invalid_toleration;
pub mod invalid_topology_spread;
pub mod invalid_volume_device;
pub mod invalid_volume_file;
pub mod invalid_volume_name;
pub mod invalid_volume_source;
pub mod invalid_windows_option;
pub mod long_indexed_name;
pub mod negative_number;
pub mod no_containers;
pub mod no_image;
pub mod profile_conflict;
pub mod request_without_limit;
pub mod reserved_template_label;
pub mod selector_given;
pub mod small_pod_resources;
pub mod two_volume_sources;
pub mod unknown_completion_mode;
pub mod unknown_container_policy;
pub mod unknown_volume;
pub mod unused_init_hook;

use k8s_openapi::api::core::v1::Volume;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::subject::{JobSubject, PodSubject};

/// The rules about a Job spec, without its pod template.
pub(super) const OF_JOB: &[fn(&JobSubject<'_>, &mut Report)] = &[
    negative_number::check,
    unknown_completion_mode::check,
    index_field_without_index::check,
    indexed_job_limit::check,
    long_indexed_name::check,
    invalid_failure_policy::check,
    invalid_success_policy::check,
    invalid_replacement_policy::check,
    selector_given::check,
    invalid_managed_by::check,
    reserved_template_label::check,
];

/// The rules about a pod template.
pub(super) const OF_POD: &[fn(&PodSubject<'_>, &mut Report)] = &[
    invalid_template_label::check,
    invalid_template_annotation::check,
    invalid_pod_annotation::check,
    no_containers::check,
    duplicate_container_name::check,
    invalid_container_name::check,
    no_image::check,
    ephemeral_containers::check,
    unknown_container_policy::check,
    invalid_container_restart::check,
    unused_init_hook::check,
    invalid_resize_policy::check,
    invalid_port::check,
    unknown_volume::check,
    duplicate_volume::check,
    invalid_volume_name::check,
    duplicate_mount_path::check,
    invalid_volume_device::check,
    invalid_env_name::check,
    invalid_env_source::check,
    invalid_downward_field::check,
    invalid_quantity::check,
    request_without_limit::check,
    invalid_resource_name::check,
    invalid_resource_claim::check,
    small_pod_resources::check,
    invalid_handler::check,
    invalid_probe_number::check,
    invalid_security_context::check,
    invalid_sysctl::check,
    invalid_windows_option::check,
    host_field_conflict::check,
    field_of_other_os::check,
    profile_conflict::check,
    invalid_node_affinity::check,
    invalid_pod_affinity::check,
    invalid_toleration::check,
    invalid_topology_spread::check,
    invalid_gate::check,
    invalid_pod_name_field::check,
    invalid_dns::check,
    invalid_pod_setting::check,
];

/// The rules about one volume, wherever it stands.
pub(super) const OF_VOLUME: &[fn(&Volume, &At<'_>, &mut Report)] = &[
    two_volume_sources::check,
    invalid_volume_source::check,
    invalid_volume_file::check,
    invalid_claim_template::check,
    invalid_storage_source::check,
    invalid_downward_field::check_volume,
    invalid_quantity::check_volume,
];
