//! One run of a shape: by the operator, or by a plain client that makes the same Jobs in the same order.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use k8s_openapi::api::batch::v1::Job;
use kube::api::PostParams;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::post;
use crate::shape::{Graph, Shape};

/// No shape takes longer, or something is wrong.
const LIMIT: Duration = Duration::from_secs(600);
/// Requests at once of the plain client, as of the operator's executor.
pub const REQUESTS_MAX: usize = 32;

/// Who makes the Jobs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// `jobflow operator`, which is given `JobFlow`s.
    Operator,
    /// This program: as fast as the API server and the Job controller allow.
    Floor,
}

/// What a run took.
pub struct Measured {
    /// From the first request until the last Job was seen to be complete.
    pub wall: Duration,
    /// From each step's last dependency seen complete until its Job was seen to exist.
    pub hops: Vec<Duration>,
}

/// When the watch told of a Job's creation and of its end.
#[derive(Clone, Copy, Default)]
struct Times {
    created: Option<Instant>,
    complete: Option<Instant>,
}

/// Runs `shape` in `namespace`, which must be empty.
pub async fn run(client: &Client, namespace: &str, shape: &Shape, maker: Maker) -> Result<Measured> {
    let jobs = Api::<Job>::namespaced(client.clone(), namespace);
    let mut events = pin!(watcher(jobs.clone(), Config::default()));
    while !matches!(next(&mut events).await?, Event::InitDone) {}
    let places = places(shape);
    let of_flow = |steps: &Graph| vec![Times::default(); steps.len()];
    let mut times: Vec<Vec<Times>> = shape.flows.iter().map(of_flow).collect();
    let start = Instant::now();
    let creator = Creator {
        jobs,
        places: Arc::new(Semaphore::new(REQUESTS_MAX)),
        step_seconds: shape.step_seconds,
    };
    let mut requests = JoinSet::new();
    for (flow, graph) in shape.flows.iter().enumerate() {
        let at = start + shape.stagger * u32::try_from(flow)?;
        match maker {
            Maker::Operator => {
                let (path, client) = (flows_path(namespace), client.clone());
                let object = job_flow(flow, graph, shape.step_seconds);
                requests.spawn(
                    creator
                        .clone()
                        .in_turn(at, async move { post(&client, &path, &object).await }),
                );
            }
            Maker::Floor => {
                for name in roots(flow, graph) {
                    requests.spawn(creator.clone().in_turn(at, creator.clone().create(name)));
                }
            }
        }
    }
    let (mut left, mut last) = (shape.steps(), start);
    while left > 0 {
        let event = tokio::select! {
            Some(answered) = requests.join_next() => {
                answered??;
                continue;
            }
            event = next(&mut events) => event?,
        };
        let Event::Apply(job) = event else {
            continue;
        };
        let name = job.metadata.name.clone().unwrap_or_default();
        let &(flow, step) = places
            .get(&name)
            .with_context(|| format!("the job '{name}' is no step"))?;
        let now = Instant::now();
        let of_step = times.get_mut(flow).and_then(|flow| flow.get_mut(step));
        let of_step = of_step.context("every place has times")?;
        of_step.created.get_or_insert(now);
        if of_step.complete.is_none() && is_complete(&job)? {
            of_step.complete = Some(now);
            (left, last) = (left - 1, now);
            if maker == Maker::Floor {
                for name in ready_after(shape, &times, flow, step) {
                    requests.spawn(creator.clone().in_turn(now, creator.clone().create(name)));
                }
            }
        }
    }
    Ok(Measured {
        wall: last - start,
        hops: hops(shape, &times),
    })
}

/// From the names of Jobs to their flows and steps.
fn places(shape: &Shape) -> HashMap<String, (usize, usize)> {
    let flows = shape.flows.iter().enumerate();
    flows
        .flat_map(|(flow, steps)| (0..steps.len()).map(move |step| (job_name(flow, step), (flow, step))))
        .collect()
}

async fn next(
    events: &mut (impl StreamExt<Item = kube::runtime::watcher::Result<Event<Job>>> + Unpin),
) -> Result<Event<Job>> {
    let event = tokio::time::timeout(LIMIT, events.next())
        .await
        .context("nothing happens any more")?;
    Ok(event.context("the watch has ended")??)
}

fn job_name(flow: usize, step: usize) -> String {
    format!("f{flow}-s{step}")
}

fn is_complete(job: &Job) -> Result<bool> {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let mut held = conditions.filter(|condition| condition.status == "True");
    if held.clone().any(|condition| condition.type_ == "Failed") {
        bail!("a job has failed, and none should");
    }
    Ok(held.any(|condition| condition.type_ == "Complete"))
}

/// The steps that wait for nothing.
fn roots(flow: usize, graph: &Graph) -> Vec<String> {
    let steps = graph.iter().enumerate().filter(|(_, before)| before.is_empty());
    steps.map(|(step, _)| job_name(flow, step)).collect()
}

/// The steps of a flow that may start now that one has ended.
fn ready_after(shape: &Shape, times: &[Vec<Times>], flow: usize, ended: usize) -> Vec<String> {
    let is_complete = |step: usize| {
        let times = times.get(flow).and_then(|flow| flow.get(step));
        times.is_some_and(|times| times.complete.is_some())
    };
    let graph = shape.flows.get(flow).into_iter().flatten().enumerate();
    let ready = graph.filter(|(_, before)| before.contains(&ended) && before.iter().all(|&step| is_complete(step)));
    ready.map(|(step, _)| job_name(flow, step)).collect()
}

fn hops(shape: &Shape, times: &[Vec<Times>]) -> Vec<Duration> {
    let graphs = shape.flows.iter().zip(times);
    let hops = graphs.flat_map(|(graph, times)| {
        graph.iter().zip(times).filter_map(|(before, own)| {
            let ends = before.iter().filter_map(|&step| times.get(step)?.complete);
            Some(own.created?.saturating_duration_since(ends.max()?))
        })
    });
    hops.collect()
}

/// A Job's spec.
pub fn pod() -> Value {
    pod_of(1)
}

/// The spec of a Job whose pod runs for so long.
fn pod_of(seconds: u32) -> Value {
    let annotations = json!({"jobflow.test/duration-seconds": seconds.to_string()});
    json!({"template": {"metadata": {"annotations": annotations}, "spec": {
        "restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox:1.28"}],
    }}})
}

/// Makes Jobs as fast as the API server allows.
#[derive(Clone)]
struct Creator {
    jobs: Api<Job>,
    places: Arc<Semaphore>,
    step_seconds: u32,
}

impl Creator {
    async fn create(self, name: String) -> Result<()> {
        let spec = pod_of(self.step_seconds);
        let job: Job = serde_json::from_value(json!({"metadata": {"name": name}, "spec": spec}))?;
        self.jobs.create(&PostParams::default(), &job).await?;
        Ok(())
    }

    /// A request, not before `at`, and beside no more than [`REQUESTS_MAX`].
    async fn in_turn(self, at: Instant, request: impl Future<Output = Result<()>>) -> Result<()> {
        tokio::time::sleep_until(at.into()).await;
        let _place = self.places.acquire().await?;
        request.await
    }
}

fn flows_path(namespace: &str) -> String {
    format!("/apis/api.practice.com/v1alpha1/namespaces/{namespace}/jobflows")
}

fn job_flow(number: usize, graph: &Graph, step_seconds: u32) -> Value {
    let step = |(step, before): (usize, &Vec<usize>)| {
        let before: Vec<String> = before.iter().map(|step| format!("s{step}")).collect();
        json!({"name": format!("s{step}"), "dependencies": before, "jobTemplate": pod_of(step_seconds)})
    };
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
        "metadata": {"name": format!("f{number}")},
        "spec": {"flows": graph.iter().enumerate().map(step).collect::<Vec<_>>()},
    })
}
