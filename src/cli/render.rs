//! `jobflow render`: the Jobs that the controller would make of a manifest.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use jobflow_core::admission::ObjectName;
use jobflow_core::names::Nearest;
use jobflow_core::rendering::{self, GENERATED, NoJob, RenderedStep};
use jobflow_core::text::named;

use super::exit::Exit;
use super::world::{Known, World};
use super::{output, yaml};

/// What kinds have no Jobs without nodes.
const DAEMON_JOB: &str = "DaemonJob";

/// Print the Jobs that the controller would make of a manifest, as YAML
///
/// They are made by the controller's own code, with all parameters merged and volumes added, each behind those that it
/// waits for. Only what a stored object has is left out: the owner reference, and the label with the owner's uid. JobTemplates
/// are taken from what is read and from --templates, in the namespace of the object.
///
/// Exit status: 0 when every Job has been printed, 1 when admission would deny something (then nothing is printed) or a
/// Job cannot be made, 2 when something could not be read or the usage is wrong, 3 for an internal error.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  jobflow render examples/jobflow/five-jobs.yaml
  jobflow render examples/daemonjob/example.yaml --node node3 --node node4
  jobflow render flow.yaml --templates templates/ --flow load | kubectl apply --dry-run=server -f -")]
pub struct RenderArgs {
    /// Files, directories, or - for standard input (the default when it is a pipe)
    #[arg(value_name = "FILE|DIR|-", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    /// Only the Job of this step: a flow, GROUP/JOB of a ManagedJob, or a container of a SequentialJob; may be repeated
    #[arg(long = "flow", value_name = "NAME")]
    flows: Vec<String>,

    /// Make the Jobs of DaemonJobs for the node of this name; may be repeated
    #[arg(long = "node", value_name = "NAME")]
    nodes: Vec<String>,

    /// Take JobTemplates from here too: a file or a directory; may be repeated
    #[arg(long, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    templates: Vec<PathBuf>,
}

/// Runs the subcommand.
pub fn run(args: &RenderArgs) -> Exit {
    let Some(mut world) = World::read(&args.paths) else {
        output::complain("error: nothing to render: name files or directories, or pipe manifests into standard input");
        return Exit::Unreadable;
    };
    let shown = world.objects.len();
    if !args.templates.is_empty() {
        world.append(&args.templates);
    }
    if let Err(exit) = world.check() {
        return exit;
    }
    let mut rendering = Rendering::of(args, &world);
    for object in world.objects.iter().take(shown) {
        rendering.take(object, &world);
    }
    rendering.miss_unknown_flows();
    if rendering.seen == 0 && rendering.exit.max(world.exit()) == Exit::Clean {
        rendering.fail(
            Exit::Unreadable,
            "there is nothing in what was read that Jobs are made of",
        );
    }
    output::finish(&rendering.text, rendering.exit.max(world.exit()))
}

/// The Jobs so far.
struct Rendering<'a> {
    args: &'a RenderArgs,
    supply: rendering::World,
    /// The documents.
    text: String,
    /// How many objects had steps.
    seen: usize,
    /// The names of all steps.
    steps: BTreeSet<String>,
    exit: Exit,
}

impl<'a> Rendering<'a> {
    fn of(args: &'a RenderArgs, world: &World) -> Self {
        let mut supply = rendering::World::with_nodes(args.nodes.clone());
        for object in &world.objects {
            supply.note(&object.value);
        }
        Self {
            args,
            supply,
            text: String::new(),
            seen: 0,
            steps: BTreeSet::new(),
            exit: Exit::Clean,
        }
    }

    fn fail(&mut self, exit: Exit, complaint: &str) {
        output::complain(&format!("error: {complaint}"));
        self.exit = self.exit.max(exit);
    }

    /// Adds the Jobs of an object.
    fn take(&mut self, object: &Known, world: &World) {
        if object.kind.kind == "JobTemplate" {
            return;
        }
        self.seen += 1;
        let (file, title) = (&object.file, object.title());
        if object.kind.kind == DAEMON_JOB && self.args.nodes.is_empty() {
            let complaint =
                format!("{file}: {title} has a Job on each node, which only a cluster knows: name nodes with --node");
            return self.fail(Exit::Unreadable, &complaint);
        }
        if let ObjectName::Generated(prefix) = ObjectName::of(&object.value) {
            let prefix = named(prefix);
            output::note(&format!(
                "note: the API server completes the name {prefix}; here '{GENERATED}' stands for the rest"
            ));
        }
        match rendering::render(object.kind, &object.value, &self.supply, &world.templates) {
            Ok(steps) => steps.into_iter().for_each(|step| self.add(file, &title, step)),
            Err(report) => {
                let first = report.denials().next().map(ToString::to_string).unwrap_or_default();
                self.fail(Exit::Denied, &format!("{file}: {title} is denied: {first}"));
            }
        }
    }

    fn add(&mut self, file: &str, title: &str, rendered: RenderedStep) {
        let is_wanted = self.args.flows.is_empty() || self.args.flows.contains(&rendered.step);
        let step = named(&rendered.step);
        self.steps.insert(rendered.step);
        if !is_wanted {
            return;
        }
        match rendered
            .job
            .map_err(|problem| sentence(&step, &problem))
            .and_then(|job| yaml::document(&job))
        {
            Ok(document) => {
                self.text.push_str("---\n");
                self.text.push_str(&document);
            }
            Err(problem) => self.fail(Exit::Denied, &format!("{file}: {title}: {problem}")),
        }
    }

    /// Tells of steps that were asked for and are nowhere.
    fn miss_unknown_flows(&mut self) {
        let unknown: Vec<&String> = self
            .args
            .flows
            .iter()
            .filter(|flow| !self.steps.contains(*flow))
            .collect();
        for flow in unknown {
            let known = self.steps.iter().map(String::as_str);
            let advice = Nearest::default().advice(flow, known);
            let advice = advice.unwrap_or_else(|| "`jobflow graph` shows all".to_owned());
            self.fail(Exit::Unreadable, &format!("there is no step {}: {advice}", named(flow)));
        }
    }
}

/// Why a step has no Job, and what to do.
fn sentence(step: &str, problem: &NoJob) -> String {
    match problem {
        NoJob::TemplateNotFound(template) => format!(
            "{step} refers to the JobTemplate {}, which is not in what was read: name its file with --templates",
            named(template)
        ),
        NoJob::TemplateInvalid { template, message } => {
            format!("{step} cannot use the JobTemplate {}: {message}", named(template))
        }
        NoJob::NodeExcluded => format!("the node {step} is left out by excludeNodeList, and so gets no Job"),
    }
}
