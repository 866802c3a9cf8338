//! `jobflow logs`: what the containers of all steps printed, in the order of the graph, or while they print it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use clap::{Args, ValueEnum};
use futures::StreamExt as _;
use jobflow_core::text::named;
use k8s_openapi::api::core::v1::Pod;
use kube::api::LogParams;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::complete;
use super::connection::ConnectionArgs;
use super::fault::{self, End, Fault, Result};
use super::follow::{Follower, News};
use super::get::does_not_run;
use super::log_lines::{Line, Source, copy, print, print_all, sources};
use super::pods::PodsByJob;
use super::session::{Session, owner_label};
use super::span::parse_span;
use super::steps::{Step, StepState};
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

    fn wants(&self, step: &Step) -> bool {
        let is_named = |name: &String| *name == step.name || name == step.short_name();
        let is_asked_for = self.steps.is_empty() || self.steps.iter().any(is_named);
        is_asked_for && (!self.failed || step.state == StepState::Failed)
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
    if args.options.follow {
        follow(&session, &view, &args.options).await?;
    } else {
        print_held(&session, &view, &args.options).await?;
    }
    Ok(End::Done)
}

/// Prints what the pods that are there have printed, step by step.
async fn print_held(session: &Session, view: &View, options: &LogOptions) -> Result<()> {
    let pods = session.pods_of(view).await?;
    let pods = PodsByJob::of(&pods);
    let mut is_empty = true;
    for step in view.steps.iter().filter(|step| options.wants(step)) {
        let held = pods.of_step(step);
        if held.is_empty() && step.state.is_final() && step.state != StepState::Skipped {
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
                Err(error) => complain(session, &source, &error),
            }
        }
    }
    if is_empty {
        output::complain(&format!(
            "no container of {} that is asked for has started; -f waits for them",
            view.title()
        ));
    }
    Ok(())
}

fn complain(session: &Session, source: &Source, error: &kube::Error) {
    let deed = format!("read the log of the pod '{}'", source.pod);
    output::complain(&format!(
        "warning: {}",
        fault::of_request(error, &deed, &session.server)
    ));
}

/// Prints the lines of all containers as they come, until the object has ended and all have been printed.
pub async fn follow(session: &Session, view: &View, options: &LogOptions) -> Result<()> {
    let (sender, mut lines) = mpsc::channel::<Line>(LINES_WAITING_MAX);
    let gathering = gather(session, view, options, sender);
    let printing = async {
        while let Some(line) = lines.recv().await {
            print(&line)?;
        }
        Ok(())
    };
    tokio::try_join!(gathering, printing).map(drop)
}

/// Reads every container from when it starts. Ends, and with it the channel, when nothing more will come.
async fn gather(session: &Session, view: &View, options: &LogOptions, sender: mpsc::Sender<Line>) -> Result<()> {
    let config = watcher::Config::default().labels(&owner_label(view));
    let mut changes = watcher(session.pods(), config).default_backoff().boxed();
    let mut object = Follower::of(session, view);
    let mut readers = Readers {
        session,
        options,
        sender,
        steps: HashMap::new(),
        unclaimed: Vec::new(),
        seen: HashSet::new(),
        tasks: JoinSet::new(),
    };
    readers.know(view);
    loop {
        tokio::select! {
            change = changes.next() => match change {
                Some(Ok(Event::Apply(pod) | Event::InitApply(pod))) => readers.read(pod),
                Some(Ok(_)) => {}
                Some(Err(error)) => refusal(session, view, &error)?,
                None => break,
            },
            news = object.next() => match news? {
                News::Is(view) => {
                    readers.know(&view);
                    if view.phase().is_end() {
                        break;
                    }
                }
                News::Gone => break,
            },
        }
    }
    // What ended after the watch was last heard.
    for pod in session.pods_of(view).await? {
        readers.read(pod);
    }
    while readers.tasks.join_next().await.is_some() {}
    Ok(())
}

/// A right that is missing does not come by waiting.
fn refusal(session: &Session, view: &View, error: &watcher::Error) -> Result<()> {
    use watcher::Error::{InitialListFailed, WatchFailed, WatchStartFailed};
    if let InitialListFailed(source) | WatchStartFailed(source) | WatchFailed(source) = error
        && matches!(source, kube::Error::Api(status) if matches!(status.code, 401 | 403))
    {
        let deed = format!("watch the pods of {}", view.title());
        return Err(fault::of_request(source, &deed, &session.server));
    }
    Ok(())
}

/// The containers that are being read.
struct Readers<'a> {
    session: &'a Session,
    options: &'a LogOptions,
    sender: mpsc::Sender<Line>,
    /// The names of the wanted steps, by the names of their Jobs.
    steps: HashMap<String, String>,
    /// Pods of no wanted step. That may change: the status can come after the pod, and a step can fail.
    unclaimed: Vec<Pod>,
    /// Pods by uid, with the container: each is read once.
    seen: HashSet<(String, String)>,
    tasks: JoinSet<()>,
}

impl Readers<'_> {
    /// The object is like this now.
    fn know(&mut self, view: &View) {
        let wanted = view.steps.iter().filter(|step| self.options.wants(step));
        self.steps = wanted
            .filter_map(|step| Some((step.job.clone()?, step.name.clone())))
            .collect();
        for pod in std::mem::take(&mut self.unclaimed) {
            self.read(pod);
        }
    }

    /// Begins to read those containers of a pod that have started since it was last seen.
    fn read(&mut self, pod: Pod) {
        let step = super::pods::job_of(&pod).and_then(|job| self.steps.get(job));
        let Some(step) = step else {
            self.unclaimed.push(pod);
            return;
        };
        let uid = pod.metadata.uid.clone().unwrap_or_default();
        for source in sources(&pod, step, self.options) {
            if !self.seen.insert((uid.clone(), source.container.clone())) {
                continue;
            }
            let (session, sender) = (self.session.clone(), self.sender.clone());
            let params = self.options.params(&source.container);
            self.tasks.spawn(async move {
                match session.pods().log_stream(&source.pod, &params).await {
                    Ok(stream) => copy(&source, stream, &sender).await,
                    Err(error) => complain(&session, &source, &error),
                }
            });
        }
    }
}
