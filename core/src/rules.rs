//! Rules: the identity of each check, and the table of all of them.

pub mod duplicate_key;
pub mod invalid_name;
pub mod missing_field;
pub mod missing_name;
pub mod negative_limit;
pub mod nested_too_deeply;
pub mod not_asked;
pub mod not_normalized;
pub mod refused_by_schema;
pub mod refused_by_server;
pub mod refused_suppression;
pub mod replaced_restart_policy;
pub mod too_many_values;
pub mod unexplained_suppression;
pub mod unknown_field;
pub mod unknown_kind;
pub mod unused_suppression;
pub mod warned_by_server;
pub mod wrong_type;

use crate::daemon_job::rules as dj;
use crate::diagnostic::Severity;
use crate::job_flow::rules as jf;
use crate::job_template::rules as jt;
use crate::managed_job::rules as mj;
use crate::pod::rules as pod;
use crate::sequential_job::rules as sj;

/// Every rule, sorted by id.
pub static ALL: &[&Rule] = &[
    &dj::no_daemon_template::RULE,
    &dj::dotted_daemon_job_name::RULE,
    &dj::long_daemon_job_name::RULE,
    &dj::invalid_excluded_node::RULE,
    &dj::invalid_node_parallelism::RULE,
    &dj::unknown_node_policy::RULE,
    &dj::unknown_daemon_failure_policy::RULE,
    &dj::invalid_daemon_env::RULE,
    &dj::invalid_daemon_label::RULE,
    &dj::invalid_daemon_annotation::RULE,
    &dj::daemon_node_name::RULE,
    &dj::reserved_daemon_label::RULE,
    &dj::changed_daemon_job::RULE,
    &jf::no_flows::RULE,
    &jf::invalid_flow_name::RULE,
    &jf::duplicate_flow_name::RULE,
    &jf::long_job_name::RULE,
    &jf::dotted_name::RULE,
    &jf::unknown_dependency::RULE,
    &jf::self_dependency::RULE,
    &jf::dependency_cycle::RULE,
    &jf::repeated_dependency::RULE,
    &jf::unknown_when::RULE,
    &jf::handler_of_nothing::RULE,
    &jf::two_templates::RULE,
    &jf::no_template::RULE,
    &jf::missing_job_template::RULE,
    &jf::invalid_template_reference::RULE,
    &jf::unknown_shared_volume::RULE,
    &jf::taken_volume_name::RULE,
    &jf::taken_mount_path::RULE,
    &jf::duplicate_shared_volume::RULE,
    &jf::invalid_shared_volume_name::RULE,
    &jf::unknown_failure_policy::RULE,
    &jf::invalid_global_env::RULE,
    &jf::invalid_global_label::RULE,
    &jf::invalid_global_annotation::RULE,
    &jf::invalid_node_name::RULE,
    &jf::reserved_global_label::RULE,
    &jf::changed_spec::RULE,
    &jf::too_many_flows::RULE,
    &jf::too_many_dependencies::RULE,
    &jt::needed_template::RULE,
    &mj::no_groups::RULE,
    &mj::no_jobs::RULE,
    &mj::job_without_image::RULE,
    &mj::ignored_status::RULE,
    &mj::invalid_group_name::RULE,
    &mj::duplicate_group_name::RULE,
    &mj::invalid_job_name::RULE,
    &mj::duplicate_job_name::RULE,
    &mj::colliding_job_names::RULE,
    &mj::long_managed_job_name::RULE,
    &mj::dotted_managed_job_name::RULE,
    &mj::unknown_managed_dependency::RULE,
    &mj::managed_self_dependency::RULE,
    &mj::managed_dependency_cycle::RULE,
    &mj::invalid_params_env::RULE,
    &mj::invalid_from_env::RULE,
    &mj::invalid_params_label::RULE,
    &mj::invalid_params_annotation::RULE,
    &mj::reserved_params_label::RULE,
    &mj::duplicate_params_volume::RULE,
    &mj::unknown_params_volume::RULE,
    &mj::taken_params_mount_path::RULE,
    &mj::unknown_restart_policy::RULE,
    &mj::unknown_pull_policy::RULE,
    &mj::invalid_pull_secret::RULE,
    &mj::ignored_annotation::RULE,
    &mj::replaced_compiled_params::RULE,
    &mj::changed_managed_job::RULE,
    &mj::too_many_jobs::RULE,
    &mj::too_many_managed_dependencies::RULE,
    &mj::large_managed_job::RULE,
    &mj::retries_out_of_range::RULE,
    &sj::empty_sequence::RULE,
    &sj::duplicate_step_name::RULE,
    &sj::long_sequential_job_name::RULE,
    &sj::dotted_sequential_job_name::RULE,
    &sj::shared_containers::RULE,
    &sj::changed_sequential_job::RULE,
    &sj::too_many_steps::RULE,
    &unknown_field::RULE,
    &wrong_type::RULE,
    &missing_field::RULE,
    &negative_limit::RULE,
    &duplicate_key::RULE,
    &unknown_kind::RULE,
    &refused_by_schema::RULE,
    &missing_name::RULE,
    &invalid_name::RULE,
    &pod::invalid_template_label::RULE,
    &pod::invalid_template_annotation::RULE,
    &pod::invalid_pod_annotation::RULE,
    &pod::reserved_template_label::RULE,
    &replaced_restart_policy::RULE,
    &not_normalized::RULE,
    &pod::no_containers::RULE,
    &pod::duplicate_container_name::RULE,
    &pod::invalid_container_name::RULE,
    &pod::no_image::RULE,
    &pod::ephemeral_containers::RULE,
    &pod::unknown_container_policy::RULE,
    &pod::invalid_container_restart::RULE,
    &pod::unused_init_hook::RULE,
    &pod::invalid_resize_policy::RULE,
    &pod::invalid_port::RULE,
    &pod::unknown_volume::RULE,
    &pod::duplicate_volume::RULE,
    &pod::invalid_volume_name::RULE,
    &pod::two_volume_sources::RULE,
    &pod::invalid_volume_source::RULE,
    &pod::invalid_volume_file::RULE,
    &pod::invalid_claim_template::RULE,
    &pod::invalid_mount::RULE,
    &pod::duplicate_mount_path::RULE,
    &pod::invalid_volume_device::RULE,
    &pod::invalid_env_name::RULE,
    &pod::invalid_env_source::RULE,
    &pod::invalid_downward_field::RULE,
    &pod::invalid_storage_source::RULE,
    &pod::invalid_quantity::RULE,
    &pod::request_without_limit::RULE,
    &pod::invalid_resource_name::RULE,
    &pod::invalid_resource_claim::RULE,
    &pod::small_pod_resources::RULE,
    &pod::invalid_handler::RULE,
    &pod::invalid_probe_number::RULE,
    &pod::negative_number::RULE,
    &pod::unknown_completion_mode::RULE,
    &pod::index_field_without_index::RULE,
    &pod::indexed_job_limit::RULE,
    &pod::long_indexed_name::RULE,
    &pod::invalid_failure_policy::RULE,
    &pod::invalid_success_policy::RULE,
    &pod::invalid_replacement_policy::RULE,
    &pod::selector_given::RULE,
    &pod::invalid_managed_by::RULE,
    &pod::invalid_security_context::RULE,
    &pod::invalid_sysctl::RULE,
    &pod::invalid_windows_option::RULE,
    &pod::host_field_conflict::RULE,
    &pod::field_of_other_os::RULE,
    &pod::profile_conflict::RULE,
    &pod::invalid_node_affinity::RULE,
    &pod::invalid_pod_affinity::RULE,
    &pod::invalid_toleration::RULE,
    &pod::invalid_topology_spread::RULE,
    &pod::invalid_gate::RULE,
    &pod::invalid_pod_name_field::RULE,
    &pod::invalid_dns::RULE,
    &pod::invalid_pod_setting::RULE,
    &unused_suppression::RULE,
    &unexplained_suppression::RULE,
    &refused_suppression::RULE,
    &refused_by_server::RULE,
    &warned_by_server::RULE,
    &not_asked::RULE,
    &nested_too_deeply::RULE,
    &too_many_values::RULE,
];

/// The rule with this id.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// The identity of one check. Its file's header is its documentation.
#[derive(Debug)]
pub struct Rule {
    /// Two letters for the kind, then a number whose hundred is the theme (ARCHITECTURE.md). Never reused.
    pub id: &'static str,
    /// The fault in a few words, such as `duplicate-flow-name`; the file is named after it.
    pub name: &'static str,
    /// Whether a finding refuses the object.
    pub severity: Severity,
    /// The source of the rule's file: its `//!` header is read by [`Rule::docs`].
    pub source: &'static str,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Rule {
    /// The fault in one sentence, from the first line of the header.
    pub fn summary(&self) -> &'static str {
        let title = self.source.lines().next().unwrap_or_default();
        title.split_once("`: ").map_or(title, |(_, summary)| summary)
    }

    /// The page of the rule, in Markdown: the header of its file, whose first line becomes the title.
    pub fn page(&self) -> String {
        let docs = self.docs();
        let (title, body) = docs.split_once('\n').unwrap_or((&docs, ""));
        format!("# {title}\n{}", body.replace("\n# ", "\n## "))
    }

    /// The documentation of the rule, in Markdown, from the header of its file.
    pub fn docs(&self) -> String {
        let header = self.source.lines().take_while(|line| line.starts_with("//!"));
        let text = header.map(|line| line.trim_start_matches("//!").strip_prefix(' ').unwrap_or_default());
        text.fold(String::new(), |page, line| page + line + "\n")
    }
}

/// The rule with this name.
pub fn by_name(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}

/// Makes the [`Rule`] of the file it stands in.
macro_rules! rule {
    ($id:literal, $name:literal, $severity:ident, $file:literal) => {
        crate::rules::Rule {
            id: $id,
            name: $name,
            severity: crate::diagnostic::Severity::$severity,
            source: include_str!($file),
        }
    };
}
pub(crate) use rule;
