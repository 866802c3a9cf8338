//! `jobflow status` and `jobflow describe`: why an object is as it is, and what comes next.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use clap::Args;
use jobflow_core::engine::{State, reason};
use jobflow_core::text::sanitized;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::detail::{Waits, duration};
use super::fault::{End, Result};
use super::get::ObjectArgs;
use super::pods::{PodsByJob, add_times};
use super::retries;
use super::session::or_warn;
use super::show;
use super::span::{seconds_between, span};
use super::table::{NONE, Table};
use super::view::{View, text};
use crate::cli::graph::mark;

/// Tell why an object is as it is: conditions, what each step waits for, the next try, events
///
/// Exit status: 0 when it is told, 1 when the cluster refused, 2 for wrong usage, 4 when the cluster cannot be asked or has
/// no such object.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jobflow status nightly\n  jobflow describe mj/import")]
pub struct DescribeArgs {
    #[command(flatten)]
    pub(super) object: ObjectArgs,
}

/// Runs the subcommand.
pub async fn run(args: &DescribeArgs) -> Result<End> {
    let (session, mut view) = args.object.find().await?;
    let (jobs, pods, events) = tokio::join!(session.jobs_of(&view), session.pods_of(&view), session.events_of(&view));
    let (jobs, pods, events) = (or_warn(jobs), or_warn(pods), or_warn(events));
    add_times(&mut view, &jobs);
    show(&Description {
        view: &view,
        jobs: &jobs,
        pods: &pods,
        events: &events,
        now: Timestamp::now(),
    })?;
    Ok(End::Done)
}

/// All that is known of an object.
struct Description<'a> {
    view: &'a View,
    jobs: &'a [Job],
    pods: &'a [Pod],
    events: &'a [Event],
    now: Timestamp,
}

impl fmt::Display for Description<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (label, value) in self.facts() {
            writeln!(out, "{:<13}{}", format!("{label}:"), sanitized(&value))?;
        }
        self.section(out, "Conditions", &self.conditions())?;
        self.section(out, "Not done", &self.open_steps())?;
        self.section(out, "Next try", &self.next_tries())?;
        self.section(out, "Events", &self.told())
    }
}

impl Description<'_> {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let view = self.view;
        let time = |time: Option<Timestamp>| time.map_or_else(|| NONE.to_owned(), |time| time.to_string());
        let mut facts = vec![
            ("Name", view.name().to_owned()),
            ("Namespace", view.namespace().to_owned()),
            ("Kind", view.resource.kind.kind.to_owned()),
            ("Status", view.word().to_owned()),
            ("Message", view.message().to_owned()),
            ("Progress", view.progress()),
            ("Started", time(view.start())),
            ("Ended", time(view.end())),
            ("Duration", view.duration(self.now).unwrap_or_else(|| NONE.to_owned())),
        ];
        if view.wants_retry() {
            facts.push(("Retry", "asked for, and not yet acted on".to_owned()));
        }
        facts.retain(|(_, value)| !value.is_empty());
        facts
    }

    fn section(&self, out: &mut fmt::Formatter<'_>, title: &str, content: &str) -> fmt::Result {
        if content.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{title}:")?;
        for line in content.lines() {
            writeln!(out, "  {line}")?;
        }
        Ok(())
    }

    fn conditions(&self) -> String {
        let mut table = Table::new(&["TYPE", "STATUS", "REASON", "AGE", "MESSAGE"]);
        for condition in self.view.conditions() {
            let since = text(condition, "/lastTransitionTime").parse();
            let age = since.map(|since| span(seconds_between(since, self.now)));
            table.push(&[
                text(condition, "/type").to_owned(),
                text(condition, "/status").to_owned(),
                text(condition, "/reason").to_owned(),
                age.unwrap_or_else(|_| NONE.to_owned()),
                text(condition, "/message").to_owned(),
            ]);
        }
        if self.view.conditions().is_empty() {
            String::new()
        } else {
            table.to_string()
        }
    }

    /// The steps that have not succeeded, and why.
    fn open_steps(&self) -> String {
        let (pods, waits) = (PodsByJob::of(self.pods), Waits::of(self.view));
        let mut table = Table::new(&["STEP", "STATUS", "DURATION", "WHY"]);
        let steps = self.view.steps.iter().filter(|step| step.state != State::Succeeded);
        let mut count = 0;
        for step in steps {
            count += 1;
            let why = pods
                .message(step)
                .or_else(|| waits.told(step))
                .unwrap_or_else(|| match step.state {
                    State::Waiting => self.why_waiting().to_owned(),
                    _ => String::new(),
                });
            table.push(&[
                format!("{} {}", mark(step.state), step.name),
                step.word.clone(),
                duration(step, self.now).unwrap_or_default(),
                why,
            ]);
        }
        if count == 0 { String::new() } else { table.to_string() }
    }

    /// Of a step whose dependencies have all ended.
    fn why_waiting(&self) -> &'static str {
        let has_parallelism = ["/spec/parallelism", "/spec/nodeParallelism"].iter().any(|pointer| {
            self.view
                .object
                .pointer(pointer)
                .is_some_and(|value| *value != Value::Null)
        });
        if self.view.is_suspended() {
            "is suspended"
        } else if has_parallelism {
            "waits for a place (parallelism)"
        } else {
            "may start: it is the operator's turn"
        }
    }

    /// When what failed is tried again by itself, and how it is tried again where nothing does.
    fn next_tries(&self) -> String {
        let pods = PodsByJob::of(self.pods);
        let jobs = self
            .jobs
            .iter()
            .filter_map(|job| Some((job.metadata.name.as_deref()?, job)));
        let jobs: HashMap<&str, &Job> = jobs.collect();
        let mut lines = String::new();
        for step in &self.view.steps {
            let job = step.job.as_deref().filter(|_| step.state == State::Active);
            let job = job.and_then(|job| jobs.get(job));
            if let Some(line) = job.and_then(|job| retries::of_job(job, pods.of_step(step), self.now)) {
                let _ = writeln!(lines, "{}: {line}", step.name);
            }
            let is_refused = step
                .reason
                .as_deref()
                .is_some_and(|told| told.starts_with(reason::JOB_REFUSED));
            if step.state == State::Waiting && is_refused {
                let _ = writeln!(lines, "{}: {}", step.name, retries::AFTER_REFUSAL);
            }
        }
        if lines.is_empty() {
            lines.push_str(&retries::by_hand(self.view));
        }
        lines
    }

    fn told(&self) -> String {
        let mut events: Vec<&Event> = self.events.iter().collect();
        // What one decision brought has one time.
        events.sort_by(|a, b| {
            let key = |event: &Event| {
                (
                    last_time(event),
                    event.type_.clone(),
                    event.reason.clone(),
                    event.message.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        let mut table = Table::new(&["TYPE", "REASON", "AGE", "MESSAGE"]);
        for event in &events {
            let age = last_time(event).map(|time| span(seconds_between(time, self.now)));
            table.push(&[
                event.type_.clone().unwrap_or_default(),
                event.reason.clone().unwrap_or_default(),
                age.unwrap_or_else(|| NONE.to_owned()),
                event.message.clone().unwrap_or_default(),
            ]);
        }
        if events.is_empty() {
            String::new()
        } else {
            table.to_string()
        }
    }
}

/// When an event was told last: the new API and the old one have it in different fields.
fn last_time(event: &Event) -> Option<Timestamp> {
    let series = event
        .series
        .as_ref()
        .and_then(|series| series.last_observed_time.as_ref());
    let old = event.last_timestamp.as_ref().map(|time| time.0);
    series.or(event.event_time.as_ref()).map(|time| time.0).or(old)
}
