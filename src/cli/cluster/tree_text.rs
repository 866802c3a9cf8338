//! The tree of an object in the cluster: what waits for what, with the states.

use std::collections::HashMap;
use std::fmt;

use jobflow_core::managed_job::{self, Branch, Target};
use serde_json::Value;

use super::connection::ConnectionArgs;
use super::fault::{End, Fault, Result};
use super::get::does_not_run;
use super::session::Session;
use super::show;
use super::target::Target as Wanted;
use super::view::{View, text};

/// The object that is to be drawn, with the states of its steps.
pub async fn object(words: &[String], connection: &ConnectionArgs) -> Result<View> {
    let wanted = Wanted::parse_one(words)?;
    if let Some(resource) = wanted.resource.filter(|resource| !resource.runs()) {
        return Err(does_not_run(resource));
    }
    Session::open(connection).await?.find(wanted).await
}

/// Shows the tree of an object.
pub async fn run(words: &[String], connection: &ConnectionArgs) -> Result<End> {
    let view = object(words, connection).await?;
    if !view.resource.is(&managed_job::KIND) {
        show(&Plain(&view))?;
        return Ok(End::Done);
    }
    let tree = managed_job::tree(&view.object).map_err(|report| {
        let findings: Vec<String> = report.denials().map(|finding| format!("\n* {finding}")).collect();
        Fault::refused(format!(
            "{} is denied, and so has no tree:{}",
            view.title(),
            findings.concat()
        ))
    })?;
    let groups = groups(&view.object);
    let more = |target: Target| match target {
        Target::Group(group) => {
            let name = tree.model().groups().get(group).map_or("", managed_job::Group::name);
            format!(" ({})", groups.get(name).unwrap_or(&"pending"))
        }
        Target::Job(job) => view
            .steps
            .get(job)
            .map_or_else(String::new, |step| format!(" ({})", step.word)),
    };
    show(&tree.with(&more))?;
    Ok(End::Done)
}

/// The states of the groups, by name.
fn groups(object: &Value) -> HashMap<&str, &str> {
    let rows = object.pointer("/status/groups").and_then(Value::as_array);
    let rows = rows.into_iter().flatten();
    rows.map(|row| (text(row, "/name"), text(row, "/state"))).collect()
}

/// The tree of a kind without groups, in the form that a ManagedJob has.
struct Plain<'a>(&'a View);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = &self.0.steps;
        writeln!(out, "{}", self.0.name())?;
        for (position, step) in steps.iter().enumerate() {
            let branch = Branch::new("", position + 1 == steps.len());
            branch.line(out, &format!("{} ({})", step.name, step.word))?;
            let below = branch.below();
            for (index, before) in step.after.iter().enumerate() {
                let job = steps.get(*before).and_then(|step| step.job.as_deref());
                let branch = Branch::new(&below, index + 1 == step.after.len());
                branch.line(out, &format!("Depends on: {}", job.unwrap_or_default()))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::Plain;

    #[test]
    fn a_flow_has_a_tree_in_the_form_of_the_contract() {
        let flows = json!([{"name": "c", "dependencies": ["a", "b"]}, {"name": "a"}, {"name": "b"}]);
        let object = json!({
            "metadata": {"name": "n"}, "spec": {"flows": flows},
            "status": {"flows": [{"name": "a", "state": "Succeeded"}]},
        });
        let view = View::of(Resource::named("jf").unwrap(), object);
        let expected = "\
n
├── a (Succeeded)
├── b (Waiting)
└── c (Waiting)
    ├── Depends on: n-a
    └── Depends on: n-b
";
        assert_eq!(Plain(&view).to_string(), expected);
    }
}
