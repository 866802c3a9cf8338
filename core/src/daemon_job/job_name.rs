//! The name of the Job of a node.

use k8s_openapi::api::batch::v1::JobSpec;

use crate::engine::child::fnv1a;
use crate::limits::{JOB_NAME_BYTES_MAX, NODE_SUFFIX_BYTES};

/// How many characters the hash of a node's name has. With 50 bits, two of 5,000 nodes share one with a chance of 1 to
/// 10^8 (n²/2 of 2^50).
const HASH_CHARACTERS: usize = NODE_SUFFIX_BYTES - 1;

/// The digits of the hash, 5 bits each: what a DNS label may have.
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The name of a node's Job: a function of both names and of nothing else that could change.
///
/// It is `<daemonjob>-<node>`. A node's name that is too long or has dots, which a Job's name must not have, is shortened and
/// gets a hash of the whole: `a.b` and `a-b` are different nodes.
pub fn job_name(daemon_job: &str, node: &str, spec: &JobSpec) -> String {
    let room = bytes_max(spec).saturating_sub(daemon_job.len() + 1);
    if node.len() <= room && !node.contains('.') {
        return format!("{daemon_job}-{node}");
    }
    let kept: String = node
        .replace('.', "-")
        .chars()
        .take(room.saturating_sub(NODE_SUFFIX_BYTES))
        .collect();
    match kept.trim_end_matches('-') {
        "" => format!("{daemon_job}-{}", hash(node)),
        kept => format!("{daemon_job}-{kept}-{}", hash(node)),
    }
}

/// The shortest name that the Job of a node can be given: what the rules about Job names are asked about.
pub(super) fn shortest_job_name(daemon_job: &str) -> String {
    format!("{daemon_job}-{}", "0".repeat(HASH_CHARACTERS))
}

/// How long a Job's name may be. The pods of an Indexed Job have the host name `<job>-<index>`, which must be a DNS label
/// too (`ValidateJob`).
fn bytes_max(spec: &JobSpec) -> usize {
    if spec.completion_mode.as_deref() != Some("Indexed") {
        return JOB_NAME_BYTES_MAX;
    }
    let index_max = spec.completions.unwrap_or(1).max(1) - 1;
    JOB_NAME_BYTES_MAX.saturating_sub(1 + index_max.to_string().len())
}

/// FNV-1a of the name, folded to the bits that the characters have room for, as its authors advise.
fn hash(node: &str) -> String {
    let bits = 5 * HASH_CHARACTERS;
    let whole = fnv1a(node.as_bytes());
    let folded = (whole >> bits) ^ whole;
    let digit = |at: usize| usize::try_from((folded >> (5 * at)) & 31).unwrap_or_default();
    (0..HASH_CHARACTERS)
        .filter_map(|at| DIGITS.get(digit(at)))
        .map(|&digit| char::from(digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use k8s_openapi::api::batch::v1::JobSpec;
    use proptest::prelude::*;

    use super::{job_name, shortest_job_name};
    use crate::limits::DAEMON_JOB_NAME_BYTES_MAX;
    use crate::names::dns_label_fault;

    fn name(daemon_job: &str, node: &str) -> String {
        job_name(daemon_job, node, &JobSpec::default())
    }

    #[test]
    fn a_plain_name_is_kept_and_another_gets_a_hash_of_the_whole() {
        assert_eq!(name("clean", "node-1"), "clean-node-1");
        assert_eq!(name("clean", "a.b"), "clean-a-b-btqc6243pc");
        assert_eq!(name("clean", "a-b"), "clean-a-b");
        let long = format!("ip-10-0-0-1.{}.compute.internal", "x".repeat(60));
        assert_eq!(name("clean", &long).len(), 63);
        assert_ne!(name("clean", &long), name("clean", &format!("{long}a")));
        let longest = "d".repeat(DAEMON_JOB_NAME_BYTES_MAX);
        assert_eq!(name(&longest, &long).len(), shortest_job_name(&longest).len());
    }

    #[test]
    fn an_indexed_job_leaves_room_for_its_highest_index() {
        let spec = |completions| JobSpec {
            completion_mode: Some("Indexed".to_owned()),
            completions,
            ..JobSpec::default()
        };
        let node = "n".repeat(100);
        assert_eq!(job_name("clean", &node, &spec(Some(11))).len(), 60);
        assert_eq!(job_name("clean", &node, &spec(None)).len(), 61);
        assert_eq!(job_name("clean", &"n".repeat(57), &spec(Some(1))).len(), 61);
    }

    proptest! {
        #[test]
        fn every_name_is_a_label_of_its_own(
            daemon_job in "[a-z]([a-z0-9-]{0,50}[a-z0-9])?",
            nodes in proptest::collection::btree_set("[a-z0-9]([-.]?[a-z0-9]){0,80}", 1..20),
        ) {
            let names: BTreeSet<String> = nodes.iter().map(|node| name(&daemon_job, node)).collect();
            prop_assert_eq!(names.len(), nodes.len());
            for name in names {
                prop_assert_eq!(dns_label_fault(&name), None);
            }
        }
    }
}
