//! Readers: one a container, from when it starts until it has ended.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::fault::{self, Result};
use super::follow::{Follower, News};
use super::log_lines::{Line, Source, copy, sources};
use super::logs::{LogOptions, complain};
use super::pods::job_of;
use super::session::{Session, owner_label};
use super::view::View;

/// What was learnt while the logs were read.
pub struct Gathered {
    /// The object as it ended; `None` where it was deleted before.
    pub ended: Option<Box<View>>,
    /// Whether every log could be read.
    pub is_whole: bool,
}

/// Reads every container from when it starts. Ends, and with it the channel, when nothing more will come.
pub async fn gather(
    session: &Session,
    view: &View,
    options: &LogOptions,
    sender: mpsc::Sender<Line>,
) -> Result<Gathered> {
    let config = watcher::Config::default().labels(&owner_label(view));
    let mut changes = watcher(session.pods(), config).default_backoff().boxed();
    let mut object = Follower::of(session, view);
    let mut readers = Readers {
        session,
        options,
        sender,
        steps: HashMap::new(),
        unclaimed: BTreeMap::new(),
        seen: HashSet::new(),
        tasks: JoinSet::new(),
    };
    readers.know(view);
    let mut listed = Vec::new();
    let ended = loop {
        tokio::select! {
            change = changes.next() => match change {
                Some(Ok(Event::Apply(pod))) => readers.read(vec![pod]),
                Some(Ok(Event::InitApply(pod))) => listed.push(pod),
                Some(Ok(Event::InitDone)) => readers.read(std::mem::take(&mut listed)),
                Some(Ok(Event::Init | Event::Delete(_))) => {}
                Some(Err(error)) => refusal(session, view, &error)?,
                None => break None,
            },
            news = object.next() => match news? {
                News::Is(view) => {
                    readers.know(&view);
                    if view.phase().is_end() {
                        break Some(view);
                    }
                }
                News::Gone => break None,
            },
        }
    };
    // What ended after the watch was last heard.
    readers.read(session.pods_of(view).await?);
    let mut is_whole = true;
    while let Some(was_read) = readers.tasks.join_next().await {
        is_whole &= was_read.unwrap_or(false);
    }
    Ok(Gathered { ended, is_whole })
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
    /// The wanted steps by the names of their Jobs, each with its place in the order of the graph.
    steps: HashMap<String, (usize, String)>,
    /// Pods of no wanted step, by uid. That may change: the status can come after the pod, and a step can fail.
    unclaimed: BTreeMap<String, Pod>,
    /// Pods by uid, with the container: each is read once.
    seen: HashSet<(String, String)>,
    /// Each tells whether it could read what it should.
    tasks: JoinSet<bool>,
}

impl Readers<'_> {
    /// The object is like this now.
    fn know(&mut self, view: &View) {
        let steps = view.steps.iter().enumerate();
        let wanted = steps.filter(|(_, step)| self.options.wants(step));
        self.steps = wanted
            .filter_map(|(place, step)| Some((step.job.clone()?, (place, step.name.clone()))))
            .collect();
        let pods = std::mem::take(&mut self.unclaimed);
        self.read(pods.into_values().collect());
    }

    /// Begins to read those containers of pods that have started since they were last seen: one after the other, in the
    /// order of the graph, those that have ended, and beside them those that still print.
    fn read(&mut self, pods: Vec<Pod>) {
        let mut claimed = Vec::new();
        for pod in pods {
            match job_of(&pod).and_then(|job| self.steps.get(job)) {
                Some((place, step)) => claimed.push((*place, pod.creation_timestamp(), step.clone(), pod)),
                None => {
                    self.unclaimed.insert(pod.uid().unwrap_or_default(), pod);
                }
            }
        }
        claimed.sort_by(|(a, born_a, ..), (b, born_b, ..)| (a, born_a).cmp(&(b, born_b)));
        let mut ended = Vec::new();
        for (_, _, step, pod) in claimed {
            let uid = pod.uid().unwrap_or_default();
            let mut news = sources(&pod, &step, self.options);
            news.retain(|source| self.seen.insert((uid.clone(), source.container.clone())));
            let (over, runs): (Vec<Source>, Vec<Source>) = news.into_iter().partition(|source| source.has_ended);
            ended.extend(over);
            runs.into_iter().for_each(|source| self.spawn(vec![source]));
        }
        if !ended.is_empty() {
            self.spawn(ended);
        }
    }

    /// Reads containers one after the other.
    fn spawn(&mut self, sources: Vec<Source>) {
        let (session, sender, options) = (self.session.clone(), self.sender.clone(), self.options.clone());
        self.tasks.spawn(async move {
            let mut is_whole = true;
            for source in sources {
                let params = options.params(&source.container);
                match session.pods().log_stream(&source.pod, &params).await {
                    Ok(stream) => copy(&source, stream, &sender).await,
                    Err(error) => {
                        complain(&session, &source, &error);
                        is_whole = false;
                    }
                }
            }
            is_whole
        });
    }
}
