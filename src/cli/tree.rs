//! `jobflow tree`: what waits for what in a ManagedJob.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use jobflow_core::admission::{self, Recognized};
use jobflow_core::diagnostic::Report;
use jobflow_core::managed_job::{self, Tree};
use jobflow_core::text::named;
use serde_json::Value;

use super::cluster::{self, ConnectionArgs};
use super::exit::Exit;
use super::input;
use super::manifest::Manifest;
use super::output;

/// Show the groups and jobs of ManagedJobs as a tree, with all that each waits for
///
/// From files it reads YAML and JSON as kubectl does, asks no cluster, and passes over objects of other kinds. With a name
/// it shows that object of the cluster, of any kind, with the states of its groups and steps.
///
/// Exit status: 0 when every ManagedJob has been shown, 1 when admission would deny one, 2 when something could not be
/// read, there is no ManagedJob or the usage is wrong, 3 for an internal error, 4 when the cluster cannot be asked or has no
/// such object.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  jobflow tree -f examples/managedjob/sample.yaml\n  jobflow tree mj/managedjob-sample"
)]
pub struct TreeArgs {
    /// An object of the cluster: NAME, KIND/NAME or KIND NAME; @latest is the newest
    #[arg(value_name = "NAME", num_args = 0..=2, conflicts_with = "filenames", add = cluster::completed_names())]
    words: Vec<String>,
    /// A file, a directory, or - for standard input (the default when it is a pipe); may be repeated
    #[arg(short, long = "filename", value_name = "FILE|DIR|-")]
    filenames: Vec<PathBuf>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

impl TreeArgs {
    /// The object and its cluster, where one is named: files need no cluster.
    pub fn in_cluster(&self) -> Option<(&[String], &ConnectionArgs)> {
        (!self.words.is_empty()).then_some((self.words.as_slice(), &self.connection))
    }
}

/// Runs the subcommand.
pub fn run(args: &TreeArgs) -> Exit {
    let Some(inputs) = input::collect(&args.filenames) else {
        output::complain(
            "error: nothing to show: name a file with -f, pipe manifests into standard input, or name an object of the cluster",
        );
        return Exit::Unreadable;
    };
    let mut forest = Forest::default();
    for input in inputs {
        match input.and_then(|input| Ok((input.name(), input.read()?))) {
            Ok((name, bytes)) => forest.take(&name, bytes),
            Err(failure) => forest.miss(&format!("error: {failure}")),
        }
    }
    if forest.seen == 0 && forest.exit == Exit::Clean {
        forest.miss("error: there is no ManagedJob in what was read; `jobflow graph` draws the other kinds");
    }
    output::finish(&forest, forest.exit)
}

/// The trees of all files, and how it ends.
struct Forest {
    trees: Vec<Tree>,
    /// How many ManagedJobs there were.
    seen: usize,
    exit: Exit,
}

impl Default for Forest {
    fn default() -> Self {
        Self {
            trees: Vec::new(),
            seen: 0,
            exit: Exit::Clean,
        }
    }
}

impl Forest {
    /// Takes the ManagedJobs of a file.
    fn take(&mut self, name: &str, bytes: Vec<u8>) {
        let manifest = Manifest::read(bytes);
        for fault in &manifest.unreadable {
            let position = manifest.source.position(fault.span.start);
            let (line, column) = (position.line, position.column);
            self.miss(&format!(
                "error: {name}:{line}:{column}: cannot be read: {}",
                fault.message
            ));
        }
        let objects = manifest.documents.iter().flat_map(|document| &document.objects);
        for object in objects
            .map(|object| &object.value)
            .filter(|object| is_managed_job(object))
        {
            self.seen += 1;
            match managed_job::tree(object) {
                Ok(tree) => self.trees.push(tree),
                Err(report) => self.deny(name, object, &report),
            }
        }
    }

    /// Tells of something that could not be read.
    fn miss(&mut self, complaint: &str) {
        output::complain(complaint);
        self.exit = self.exit.max(Exit::Unreadable);
    }

    /// Tells why a ManagedJob has no tree.
    fn deny(&mut self, file: &str, object: &Value, report: &Report) {
        let name = object
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        output::complain(&format!(
            "error: {file}: the ManagedJob {} is denied, and so has no tree:",
            named(name)
        ));
        for finding in report.denials() {
            output::complain(&format!("* {finding}"));
        }
        self.exit = self.exit.max(Exit::Denied);
    }
}

fn is_managed_job(object: &Value) -> bool {
    matches!(admission::recognize(object), Recognized::Ours(kind) if kind.kind == managed_job::KIND.kind)
}

impl fmt::Display for Forest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tree) in self.trees.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            write!(out, "{gap}{tree}")?;
        }
        Ok(())
    }
}
