//! JT301 `needed-template`: a JobTemplate is deleted that an unfinished JobFlow still needs.
//!
//! # Why it is a warning
//! The flows that refer to it and have not started will wait until a template of this name exists again. Jobs that run
//! already are not touched. It may be what is wanted: to replace the template.
//!
//! # Example
//! `kubectl delete jobtemplate build` while JobFlow `nightly` has a flow with `jobTemplateRef: build` that has not started.
//!
//! # Fix
//! Create the template again, or delete the JobFlows that need it.

use serde_json::Value;

use crate::admission::{ObjectName, TemplateIndex};
use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::field::At;
use crate::kinds::listed;
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JT301", "needed-template", Warn, "needed_template.rs");

/// The most JobFlows that the warning names.
const NAMED_MAX: usize = 3;

/// Warns when `old`, a JobTemplate that is being deleted, has unfinished users.
pub(crate) fn check(old: &Value, namespace: &str, templates: &dyn TemplateIndex, found: &mut Report) {
    let ObjectName::Given(name) = ObjectName::of(old) else {
        return;
    };
    let users = templates.unfinished_users(namespace, name);
    let named: Vec<&str> = users.iter().take(NAMED_MAX).map(String::as_str).collect();
    if named.is_empty() {
        return;
    }
    let more = users.len() - named.len();
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    let metadata = At::ROOT.key("metadata");
    let message = format!("is still needed by JobFlow {}{more}", listed(&named));
    found.push(Diagnostic::new(&RULE, &metadata.key("name"), Reason::Forbidden, message).value(name));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check;
    use crate::admission::{Presence, TemplateIndex};
    use crate::diagnostic::Report;

    struct Users(usize);

    impl TemplateIndex for Users {
        fn presence(&self, _: &str, _: &str) -> Presence {
            Presence::Present
        }

        fn unfinished_users(&self, _: &str, _: &str) -> Vec<String> {
            (0..self.0).map(|n| format!("flow-{n}")).collect()
        }
    }

    fn warning(users: usize) -> Option<String> {
        let mut found = Report::default();
        check(
            &json!({"metadata": {"name": "build"}}),
            "default",
            &Users(users),
            &mut found,
        );
        found.findings().first().map(super::Diagnostic::warning_text)
    }

    #[test]
    fn users_are_named_up_to_three() {
        assert_eq!(warning(0), None);
        let text = "metadata.name: \"build\" is still needed by JobFlow 'flow-0' and 'flow-1' [JT301]";
        assert_eq!(warning(2).as_deref(), Some(text));
        let text =
            "metadata.name: \"build\" is still needed by JobFlow 'flow-0', 'flow-1' and 'flow-2' and 2 more [JT301]";
        assert_eq!(warning(5).as_deref(), Some(text));
    }
}
