//! Rules in the schema itself (`x-kubernetes-validations`): what still holds while no webhook is called.
//!
//! The API server checks them at every write, status writes included, and refuses a CRD whose rules could become too
//! expensive, so only rules that look at one flow, or compare one value, are here. They say what the rules of
//! `jobflow-core` with the same id say. They may be laxer than those; stricter they are only where a `null` comes or goes
//! inside a value that may not change.

use serde_json::{Value, json};

/// An empty reference is none.
const HAS_REFERENCE: &str = "(has(self.jobTemplateRef) && self.jobTemplateRef != '')";

/// A kind whose spec stays as it was made, and the rule that says so.
#[derive(Clone, Copy)]
struct Fixed {
    kind: &'static str,
    rule: &'static str,
}

const JOB_FLOW: Fixed = Fixed {
    kind: "JobFlow",
    rule: "JF601",
};
const DAEMON_JOB: Fixed = Fixed {
    kind: "DaemonJob",
    rule: "DJ601",
};
const SEQUENTIAL_JOB: Fixed = Fixed {
    kind: "SequentialJob",
    rule: "SJ601",
};

/// For `spec` of a JobFlow.
pub(crate) fn job_flow() -> Value {
    let names = "self.flows.map(flow, flow.name) == oldSelf.flows.map(flow, flow.name)";
    json!([
        JOB_FLOW.rule("flows", names),
        JOB_FLOW.rule("globalParams", &same_if_given("globalParams")),
        JOB_FLOW.rule("shareVolumes", &same_if_filled("shareVolumes")),
    ])
}

/// For each entry of `spec.flows`.
pub(crate) fn flow() -> Value {
    json!([
        {
            "rule": format!("has(self.jobTemplate) || {HAS_REFERENCE}"),
            "messageExpression": "'flow \\'' + self.name + '\\' must have `jobTemplate` or `jobTemplateRef` [JF302]'",
            "reason": "FieldValueRequired", "fieldPath": ".jobTemplate",
        },
        {
            "rule": format!("!has(self.jobTemplate) || !{HAS_REFERENCE}"),
            "messageExpression": "'flow \\'' + self.name + '\\' has `jobTemplate` too, and may have only one of the two [JF301]'",
            "reason": "FieldValueForbidden", "fieldPath": ".jobTemplateRef",
        },
        {
            "rule": "!has(self.dependencies) || !(self.name in self.dependencies)",
            "message": "a flow may not depend on itself [JF202]",
            "reason": "FieldValueInvalid", "fieldPath": ".dependencies",
        },
        JOB_FLOW.rule("dependencies", &same_if_filled("dependencies")),
        JOB_FLOW.rule("when", &same_if_given("when")),
        JOB_FLOW.rule("jobTemplateRef", &same_if_filled("jobTemplateRef")),
        // Not its content: comparing the containers alone would cost the API server 0.3 ms a flow at every write of
        // the status, twice as much as all these rules together.
        JOB_FLOW.rule("jobTemplate", "has(self.jobTemplate) == has(oldSelf.jobTemplate)"),
    ])
}

/// For `spec` of a DaemonJob. Of the template only the containers: the mutating webhook changes its `restartPolicy`.
pub(crate) fn daemon_job() -> Value {
    let pod = "self.template.spec";
    let old_pod = "oldSelf.template.spec";
    let containers = format!("!has({pod}) || !has({old_pod}) || {pod}.containers == {old_pod}.containers");
    json!([
        {
            "rule": "!has(self.globalParams) || !has(self.globalParams.nodeName) || self.globalParams.nodeName == ''",
            "message": "a DaemonJob runs one Job on every node, and may not be tied to one (leave nodes out with \
                        `excludeNodeList`, or with `nodeSelector` or node affinity in the template) [DJ504]",
            "reason": "FieldValueForbidden", "fieldPath": ".globalParams.nodeName",
        },
        DAEMON_JOB.rule("globalParams", &same_if_given("globalParams")),
        DAEMON_JOB.rule("nodePolicy", &same_if_given("nodePolicy")),
        DAEMON_JOB.rule("template.spec.containers", &containers),
    ])
}

/// For `spec` of a SequentialJob.
pub(crate) fn sequential_job() -> Value {
    json!([
        {
            "rule": "!has(self.template) || !has(self.template.spec) || !has(self.template.spec.containers) \
                     || self.template.spec.containers.size() == 0",
            "message": "must be empty: the containers of a SequentialJob stand under `spec.containers` [SJ301]",
            "reason": "FieldValueForbidden", "fieldPath": ".template.spec.containers",
        },
        SEQUENTIAL_JOB.rule("containers", "self.containers == oldSelf.containers"),
    ])
}

impl Fixed {
    /// The refusal of a change of this member, unless `rule` holds.
    fn rule(self, member: &str, rule: &str) -> Value {
        let Self { kind, rule: id } = self;
        let message = format!(
            "may not be changed after creation (create a {kind} with another name, or delete this one first) [{id}]"
        );
        json!({"rule": rule, "message": message, "reason": "FieldValueForbidden", "fieldPath": format!(".{member}")})
    }
}

fn same_if_given(member: &str) -> String {
    format!("has(self.{member}) ? has(oldSelf.{member}) && self.{member} == oldSelf.{member} : !has(oldSelf.{member})")
}

/// Like [`same_if_given`], where an empty list or text is the same as none.
fn same_if_filled(member: &str) -> String {
    format!(
        "has(self.{member}) && self.{member}.size() > 0 \
         ? has(oldSelf.{member}) && self.{member} == oldSelf.{member} \
         : !has(oldSelf.{member}) || oldSelf.{member}.size() == 0"
    )
}
