//! `jobflow logs`: what the containers of all steps printed, in the order of the graph, or while they print it.

use std::time::Duration;

use clap::{Args, ValueEnum};
use jobflow_core::engine::State;
use jobflow_core::text::named;
use kube::api::LogParams;
use tokio::sync::mpsc;

use super::complete;
use super::connection::ConnectionArgs;
use super::fault::{self, End, Fault, Result};
use super::get::does_not_run;
use super::log_lines::{Line, Source, print, print_all, sources};
use super::log_readers::{Gathered, gather};
use super::pods::PodsByJob;
use super::session::Session;
use super::span::parse_span;
use super::steps::Step;
use super::target::{LATEST, Target};
use super::view::View;
use crate::cli::output;

/// How many lines wait to be printed before containers have to.
const LINES_WAITING_MAX: usize = 1_024;

/// Print the logs of all steps
///
/// In the order of the graph, each line with the name of its step; with -f as the lines come, until the object has ended,
/// and pods that start later are picked up.
///
/// Exit status: 0 when all is printed, 1 when the cluster refused, 2 for wrong usage, 4 when the cluster cannot be asked or
/// has no such object.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  jobflow logs nightly
  jobflow logs nightly -f
  jobflow logs nightly --step train --tail 20
  jobflow logs --last --failed")]
pub struct LogsArgs {
    /// NAME, KIND/NAME or KIND NAME; @latest is the newest object
    #[arg(value_name = "NAME", num_args = 0..=2, required_unless_present = "last", add = complete::names())]
    words: Vec<String>,
    /// The newest object, in place of a name
    #[arg(long, conflicts_with = "words")]
    last: bool,
    #[command(flatten)]
    options: LogOptions,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

/// Which lines, and how.
#[derive(Args, Clone, Debug)]
pub struct LogOptions {
    /// Go on until the object has ended
    #[arg(short, long)]
    follow: bool,
    /// Only this step (a flow, GROUP/JOB, node or container); may be repeated
    #[arg(long = "step", visible_alias = "flow", value_name = "STEP")]
    steps: Vec<String>,
    /// Only steps that failed
    #[arg(long)]
    failed: bool,
    /// Only containers of this name
    #[arg(short, long, value_name = "CONTAINER")]
    container: Option<String>,
    /// What each line begins with
    #[arg(long, value_name = "WHAT", default_value = "step")]
    pub prefix: Prefix,
    /// Begin each line with the time, behind the prefix
    #[arg(long)]
    timestamps: bool,
    /// Only so many lines of each container, the last ones
    #[arg(long, value_name = "LINES")]
    tail: Option<u32>,
    /// Only what was printed since so long ago, such as 5m
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    since: Option<Duration>,
}

/// What a line begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Prefix {
    /// Nothing.
    None,
    /// The step, and the container where the pod has several.
    Step,
    /// The step, the pod and the container.
    Pod,
}

impl LogOptions {
    /// For `create --logs`.
    pub fn followed() -> Self {
        Self {
            follow: true,
            steps: Vec::new(),
            failed: false,
            container: None,
            prefix: Prefix::Step,
            timestamps: false,
            tail: None,
            since: None,
        }
    }

    /// The parameters of a request.
    pub fn params(&self, container: &str) -> LogParams {
        LogParams {
            container: Some(container.to_owned()),
            follow: self.follow,
            timestamps: self.timestamps,
            tail_lines: self.tail.map(i64::from),
            since_seconds: self
                .since
                .map(|since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX).max(1)),
            ..LogParams::default()
        }
    }

    /// Whether a container is wanted.
    pub fn wants_container(&self, name: &str) -> bool {
        self.container.as_deref().is_none_or(|wanted| wanted == name)
    }

    /// Whether a step is wanted.
    pub fn wants(&self, step: &Step) -> bool {
        let is_named = |name: &String| *name == step.name || name == step.short_name();
        let is_asked_for = self.steps.is_empty() || self.steps.iter().any(is_named);
        is_asked_for && (!self.failed || step.state == State::Failed)
    }

    /// A step that does not exist is a slip, and no silence.
    fn check(&self, view: &View) -> Result<()> {
        let is_known = |name: &&String| {
            view.steps
                .iter()
                .any(|step| *name == &step.name || name.as_str() == step.short_name())
        };
        match self.steps.iter().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(unknown) => {
                let names: Vec<String> = view.steps.iter().take(20).map(|step| named(&step.name)).collect();
                Err(Fault::usage(format!(
                    "{} has no {} {}: there are {}",
                    view.title(),
                    view.resource.noun(),
                    named(unknown),
                    names.join(", ")
                )))
            }
        }
    }
}

/// Runs the subcommand.
pub async fn run(args: &LogsArgs) -> Result<End> {
    let target = if args.last {
        Target::parse(LATEST)?
    } else {
        Target::parse_one(&args.words)?
    };
    if let Some(resource) = target.resource.filter(|resource| !resource.runs()) {
        return Err(does_not_run(resource));
    }
    let session = Session::open(&args.connection).await?;
    let view = session.find(target).await?;
    args.options.check(&view)?;
    let is_whole = if args.options.follow {
        follow(&session, &view, &args.options).await?.is_whole
    } else {
        print_held(&session, &view, &args.options).await?
    };
    Ok(if is_whole { End::Done } else { End::Failed })
}

/// Prints what the pods that are there have printed, step by step. Whether every log could be read.
async fn print_held(session: &Session, view: &View, options: &LogOptions) -> Result<bool> {
    let pods = session.pods_of(view).await?;
    let pods = PodsByJob::of(&pods);
    let (mut is_empty, mut is_whole) = (true, true);
    for step in view.steps.iter().filter(|step| options.wants(step)) {
        let held = pods.of_step(step);
        if held.is_empty() && step.state.is_final() && step.state != State::Skipped {
            output::complain(&format!(
                "warning: the pods of {} '{}' are gone, and their logs with them",
                view.resource.noun(),
                step.name
            ));
        }
        for source in held.iter().flat_map(|pod| sources(pod, &step.name, options)) {
            is_empty = false;
            let opened = session
                .pods()
                .log_stream(&source.pod, &options.params(&source.container))
                .await;
            match opened {
                Ok(stream) => print_all(&source, stream).await?,
                Err(error) => {
                    complain(session, &source, &error);
                    is_whole = false;
                }
            }
        }
    }
    if is_empty {
        output::complain(&format!(
            "no container of {} that is asked for has started; -f waits for them",
            view.title()
        ));
    }
    Ok(is_whole)
}

/// Says that a log cannot be read; those of the other containers can.
pub fn complain(session: &Session, source: &Source, error: &kube::Error) {
    let deed = format!("read the log of the pod '{}'", source.pod);
    output::complain(&format!(
        "warning: {}",
        fault::of_request(error, &deed, &session.server)
    ));
}

/// Prints the lines of all containers as they come, until the object has ended and all have been printed.
pub async fn follow(session: &Session, view: &View, options: &LogOptions) -> Result<Gathered> {
    let (sender, mut lines) = mpsc::channel::<Line>(LINES_WAITING_MAX);
    let gathering = gather(session, view, options, sender);
    let printing = async {
        while let Some(line) = lines.recv().await {
            print(&line)?;
        }
        Ok(())
    };
    tokio::try_join!(gathering, printing).map(|(gathered, ())| gathered)
}
