//! One run of a shape: by the operator, or by a plain client that makes the same Jobs in the same order.

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::batch::v1::Job;
use kube::api::PostParams;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Client};
use serde_json::{Value, json};

use crate::shape::Shape;

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
    let places: HashMap<String, (usize, usize)> = shape
        .flows
        .iter()
        .enumerate()
        .flat_map(|(flow, steps)| (0..steps.len()).map(move |step| (job_name(flow, step), (flow, step))))
        .collect();
    let mut times: Vec<Vec<Times>> = shape
        .flows
        .iter()
        .map(|steps| vec![Times::default(); steps.len()])
        .collect();
    let start = Instant::now();
    match maker {
        Maker::Operator => apply_flows(client, namespace, shape).await?,
        Maker::Floor => create(&jobs, ready_after(shape, &times, None)).await?,
    }
    let (mut left, mut last) = (shape.steps(), start);
    while left > 0 {
        let Event::Apply(job) = next(&mut events).await? else {
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
                create(&jobs, ready_after(shape, &times, Some((flow, step)))).await?;
            }
        }
    }
    Ok(Measured {
        wall: last - start,
        hops: hops(shape, &times),
    })
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

/// The steps that may start now that one has ended; without one, those that wait for nothing.
fn ready_after(shape: &Shape, times: &[Vec<Times>], ended: Option<(usize, usize)>) -> Vec<String> {
    let is_complete = |flow: usize, step: usize| {
        let times = times.get(flow).and_then(|flow| flow.get(step));
        times.is_some_and(|times| times.complete.is_some())
    };
    let graphs = shape.flows.iter().enumerate();
    let graphs = graphs.filter(|(flow, _)| ended.is_none_or(|(of, _)| of == *flow));
    graphs
        .flat_map(|(flow, graph)| graph.iter().enumerate().map(move |(step, before)| (flow, step, before)))
        .filter(|(flow, _, before)| match ended {
            None => before.is_empty(),
            Some((_, ended)) => before.contains(&ended) && before.iter().all(|&step| is_complete(*flow, step)),
        })
        .map(|(flow, step, _)| job_name(flow, step))
        .collect()
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
    json!({"template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox:1.28"}],
    }}})
}

async fn create(jobs: &Api<Job>, names: Vec<String>) -> Result<()> {
    let create = |name: String| async move {
        let job: Job = serde_json::from_value(json!({"metadata": {"name": name}, "spec": pod()}))?;
        jobs.create(&PostParams::default(), &job).await?;
        anyhow::Ok(())
    };
    stream::iter(names.into_iter().map(create))
        .buffer_unordered(REQUESTS_MAX)
        .try_collect()
        .await
}

async fn apply_flows(client: &Client, namespace: &str, shape: &Shape) -> Result<()> {
    let path = format!("/apis/api.practice.com/v1alpha1/namespaces/{namespace}/jobflows");
    let apply = |(number, graph): (usize, &Vec<Vec<usize>>)| {
        let step = |(step, before): (usize, &Vec<usize>)| {
            let before: Vec<String> = before.iter().map(|step| format!("s{step}")).collect();
            json!({"name": format!("s{step}"), "dependencies": before, "jobTemplate": pod()})
        };
        let flow = json!({
            "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
            "metadata": {"name": format!("f{number}")},
            "spec": {"flows": graph.iter().enumerate().map(step).collect::<Vec<_>>()},
        });
        let (path, client) = (path.clone(), client.clone());
        async move { crate::post(&client, &path, &flow).await }
    };
    stream::iter(shape.flows.iter().enumerate().map(apply))
        .buffer_unordered(REQUESTS_MAX)
        .try_collect()
        .await
}
