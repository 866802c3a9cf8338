//! The tree text: what waits for what in a ManagedJob, for people. Its form is a contract (KINDS.md, ManagedJob).

use std::fmt;

use serde_json::Value;

use super::{KIND, Target, ValidManagedJob, examine, normalize};
use crate::admission::{self, NoTemplates};
use crate::change::applied;
use crate::diagnostic::Report;

/// The tree of a ManagedJob; its text is what [`fmt::Display`] writes, a line at a time.
///
/// Every dependency has a line, those by position too. So the text is quadratic in the length of a list whose members
/// wait for each other, and is never held as a whole.
#[derive(Clone, Debug)]
pub struct Tree(ValidManagedJob);

/// The tree of a ManagedJob as it stands in a manifest, before or after admission.
///
/// # Errors
/// The report of admission, where it denies the object.
pub fn tree(object: &Value) -> Result<Tree, Report> {
    let report = admission::check(&KIND, object, &NoTemplates);
    if report.denies() {
        return Err(report);
    }
    examine(&applied(object, &normalize::normalize(object)))
        .proven()
        .map(Tree)
}

impl Tree {
    /// What the tree is of.
    pub fn model(&self) -> &ValidManagedJob {
        &self.0
    }

    /// The tree with more about each group and job, behind its name.
    pub fn with<'a>(&'a self, more: &'a dyn Fn(Target) -> String) -> impl fmt::Display + 'a {
        Lines { model: &self.0, more }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with(&|_| String::new()).fmt(out)
    }
}

/// The lines of a tree.
struct Lines<'a> {
    model: &'a ValidManagedJob,
    more: &'a dyn Fn(Target) -> String,
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.model.name())?;
        let count = self.model.groups().len();
        for (position, group) in self.model.groups().iter().enumerate() {
            let branch = Branch::new("", position + 1 == count);
            branch.line(
                out,
                &format!("{}{}", group.name(), (self.more)(Target::Group(position))),
            )?;
            self.write_group(out, position, &branch.below())?;
        }
        Ok(())
    }
}

impl Lines<'_> {
    /// The jobs of a group, and what the group depends on.
    fn write_group(&self, out: &mut fmt::Formatter<'_>, position: usize, indent: &str) -> fmt::Result {
        let Some(group) = self.model.groups().get(position) else {
            return Ok(());
        };
        let dependencies = self.model.dependencies_of_group(position);
        let last = group.jobs().last().filter(|_| dependencies.is_empty());
        for (job, definition) in group
            .jobs()
            .zip(self.model.jobs().get(group.jobs()).unwrap_or_default())
        {
            let branch = Branch::new(indent, Some(job) == last);
            branch.line(out, &format!("{}{}", definition.name(), (self.more)(Target::Job(job))))?;
            self.write_dependencies(out, &self.model.dependencies_of_job(job), &branch.below())?;
        }
        let dependencies: Vec<Target> = dependencies.into_iter().map(Target::Group).collect();
        self.write_dependencies(out, &dependencies, indent)
    }

    fn write_dependencies(&self, out: &mut fmt::Formatter<'_>, targets: &[Target], indent: &str) -> fmt::Result {
        for (index, target) in targets.iter().enumerate() {
            let branch = Branch::new(indent, index + 1 == targets.len());
            let (what, name) = match *target {
                Target::Job(job) => ("Depends on", self.model.jobs().get(job).map(super::Job::job_name)),
                Target::Group(group) => (
                    "Depends on group",
                    self.model.groups().get(group).map(super::Group::name),
                ),
            };
            branch.line(out, &format!("{what}: {}", name.unwrap_or_default()))?;
        }
        Ok(())
    }
}

/// One line of a tree, and where what hangs below it begins.
#[derive(Clone, Copy, Debug)]
pub struct Branch<'a> {
    indent: &'a str,
    is_last: bool,
}

impl<'a> Branch<'a> {
    /// A line below others that are indented like this.
    pub fn new(indent: &'a str, is_last: bool) -> Self {
        Self { indent, is_last }
    }

    /// Writes the line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn line(&self, out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
        let turn = if self.is_last { "└── " } else { "├── " };
        writeln!(out, "{}{turn}{text}", self.indent)
    }

    /// The indent of what hangs below.
    pub fn below(&self) -> String {
        let stem = if self.is_last { "    " } else { "│   " };
        format!("{}{stem}", self.indent)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::tree;
    use crate::testing::{lines, managed_job, stored};

    fn check(object: &Value, expected: &Expect) {
        let text = |object: &Value| tree(object).map_or_else(lines, |tree| tree.to_string());
        expected.assert_eq(&text(object));
        assert_eq!(
            text(&stored(object)),
            text(object),
            "the stored object has the same tree"
        );
    }

    fn job(name: &str) -> Value {
        json!({"name": name, "image": "busybox"})
    }

    fn parallel(name: &str) -> Value {
        json!({"name": name, "image": "busybox", "parallel": true})
    }

    #[test]
    fn the_documented_example_has_the_documented_tree() {
        let mut object = managed_job(json!({"groups": [
            {"name": "first-group", "parallel": true, "jobs": [job("first-job"), job("second-job"), job("second-half-job")]},
            {"name": "second-group", "parallel": true, "jobs": [parallel("third-job"), job("fourth-job")]},
            {"name": "third-group", "parallel": false, "jobs": [parallel("fifth-job")]},
        ]}));
        object["metadata"]["name"] = json!("managedjob-sample");
        check(
            &object,
            &expect![[r#"
                managedjob-sample
                ├── first-group
                │   ├── first-job
                │   ├── second-job
                │   │   └── Depends on: managedjob-sample-first-group-first-job
                │   └── second-half-job
                │       ├── Depends on: managedjob-sample-first-group-first-job
                │       └── Depends on: managedjob-sample-first-group-second-job
                ├── second-group
                │   ├── third-job
                │   └── fourth-job
                │       └── Depends on: managedjob-sample-second-group-third-job
                └── third-group
                    ├── fifth-job
                    ├── Depends on group: first-group
                    └── Depends on group: second-group
            "#]],
        );
    }

    #[test]
    fn explicit_dependencies_have_lines_too() {
        let mut waiting = parallel("b");
        waiting["dependencies"] = json!([{"name": "a"}, {"name": "demo-h-x"}, {"name": "h"}]);
        let group = |name: &str, jobs: Value| json!({"name": name, "parallel": true, "jobs": jobs});
        let mut last = group("i", json!([parallel("y")]));
        last["dependencies"] = json!([{"name": "h"}]);
        let object = managed_job(json!({"groups": [
            group("g", json!([parallel("a"), waiting])), group("h", json!([parallel("x")])), last,
        ]}));
        check(
            &object,
            &expect![[r#"
            demo
            ├── g
            │   ├── a
            │   └── b
            │       ├── Depends on: demo-g-a
            │       ├── Depends on: demo-h-x
            │       └── Depends on group: h
            ├── h
            │   └── x
            └── i
                ├── y
                └── Depends on group: h
        "#]],
        );
    }

    #[test]
    fn a_name_that_is_yet_to_be_generated_has_places_for_its_characters() {
        let mut object = managed_job(json!({"groups": [{"name": "g", "jobs": [job("a"), job("b")]}]}));
        object["metadata"] = json!({"generateName": "nightly-"});
        check(
            &object,
            &expect![[r#"
            nightly-?????
            └── g
                ├── a
                └── b
                    └── Depends on: nightly-?????-g-a
        "#]],
        );
    }

    #[test]
    fn what_admission_denies_has_a_report_and_no_tree() {
        check(
            &managed_job(json!({"groups": []})),
            &expect![[r#"
            spec.groups: Required value: must contain at least one group [MJ001]
        "#]],
        );
    }
}
