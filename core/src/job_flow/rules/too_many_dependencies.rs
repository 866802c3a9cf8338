//! JF902 `too-many-dependencies`: more dependencies than a flow, or all flows together, may have.
//!
//! # Why it is an error
//! Every check and every step of the run walks the dependencies; a bound on them is a bound on the time of an
//! answer.
//!
//! # Example
//! A flow with 1,001 dependencies is denied at its `dependencies`; 20,001 dependencies of all flows together at
//! `spec.flows`.
//!
//! # Fix
//! Put a flow between: one that depends on many, and on which many depend.

use crds::JobFlowSpec;

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::job_flow::rules::flows;
use crate::limits::{DEPENDENCIES_MAX, EDGES_MAX};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF902", "too-many-dependencies", Deny, "too_many_dependencies.rs");

pub(super) fn check(spec: &JobFlowSpec, found: &mut Report) {
    let at = flows();
    for (index, flow) in spec
        .flows
        .iter()
        .enumerate()
        .filter(|(_, flow)| flow.dependencies.len() > DEPENDENCIES_MAX)
    {
        let count = flow.dependencies.len();
        let message = format!("must have at most {DEPENDENCIES_MAX} dependencies, and has {count}");
        let here = at.index(index);
        found.push(Diagnostic::new(
            &RULE,
            &here.key("dependencies"),
            Reason::TooMany,
            message,
        ));
    }
    let edges: usize = spec.flows.iter().map(|flow| flow.dependencies.len()).sum();
    if edges > EDGES_MAX {
        let message = format!("must have at most {EDGES_MAX} dependencies together, and have {edges}");
        found.push(Diagnostic::new(&RULE, &at, Reason::TooMany, message));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{findings, job_flow};

    #[test]
    fn a_flow_and_all_flows_together_are_bounded() {
        let wide = |count: usize, flows: usize| {
            let names: Vec<_> = (0..count).map(|n| format!("f{n}")).collect();
            let all: Vec<_> = (0..flows)
                .map(|n| json!({"name": format!("g{n}"), "jobTemplateRef": "t", "dependencies": names}))
                .chain(names.iter().map(|name| json!({"name": name, "jobTemplateRef": "t"})))
                .collect();
            findings(&job_flow(json!({"flows": all})))
        };
        assert_eq!(wide(1_000, 20), "");
        assert_eq!(
            wide(1_001, 1),
            "spec.flows[0].dependencies: Too many: must have at most 1000 dependencies, and has 1001 \
[JF902]\n"
        );
        assert_eq!(
            wide(1_000, 21),
            "spec.flows: Too many: must have at most 20000 dependencies together, and have 21000 \
[JF902]\n"
        );
    }
}
