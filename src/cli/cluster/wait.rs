//! `jobflow wait`: blocks until objects have ended, or are as wanted, by a watch.

use std::time::Duration;

use clap::Args;
use futures::future::join_all;
use jobflow_core::daemon_job;
use jobflow_core::engine::Phase;
use jobflow_core::text::sanitized;
use k8s_openapi::jiff::Timestamp;
use tokio::time::timeout;

use super::connection::ConnectionArgs;
use super::detail::headline;
use super::fault::{End, Fault, Result};
use super::follow::{Follower, News};
use super::get::does_not_run;
use super::kinds::Resource;
use super::session::Session;
use super::span::{parse_span, span};
use super::target::Target;
use super::view::View;
use super::{complete, show};
use crate::cli::output;

/// Wait until objects have ended, and tell by the exit status how
///
/// Exit status: 0 when all have succeeded (or are as --for asks), 1 when one has failed, was deleted or cannot come to what
/// --for asks any more, 124 when the time is up, 2 for wrong usage, 4 when the cluster cannot be asked or has no such
/// object.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  jobflow wait nightly --timeout 30m
  jobflow wait jf/a mj/b
  jobflow wait nightly --for=running
  jobflow wait nightly --for=condition=Stalled")]
pub struct WaitArgs {
    /// NAME or KIND/NAME, one or more, or KIND NAME; @latest is the newest object
    #[arg(value_name = "NAME", required = true, add = complete::names())]
    names: Vec<String>,
    /// What to wait for: end, succeeded, failed, running, suspended, delete, or condition=TYPE[=STATUS]
    #[arg(long = "for", value_name = "WHAT", default_value = "end", value_parser = Goal::parse)]
    goal: Goal,
    /// How long to wait, such as 30s or 1h30m; for ever, when not given
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    timeout: Option<Duration>,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// That it ends; a failure is told as such.
    End,
    /// That it comes to this.
    Phase(Phase),
    /// That it is gone.
    Deleted,
    /// That it has this condition with this status.
    Condition(String, String),
}

impl Goal {
    /// Reads the value of `--for`.
    ///
    /// # Errors
    /// A sentence that lists what there is.
    fn parse(text: &str) -> std::result::Result<Self, String> {
        Ok(match text {
            "end" => Goal::End,
            "succeeded" => Goal::Phase(Phase::Succeeded),
            "failed" => Goal::Phase(Phase::Failed),
            "running" => Goal::Phase(Phase::Running),
            "suspended" => Goal::Phase(Phase::Suspended),
            "delete" => Goal::Deleted,
            _ => match text
                .strip_prefix("condition=")
                .map(|rest| rest.split_once('=').unwrap_or((rest, "True")))
            {
                Some((kind, status)) if !kind.is_empty() => Goal::Condition(kind.to_owned(), status.to_owned()),
                _ => {
                    return Err(
                        "must be end, succeeded, failed, running, suspended, delete or condition=TYPE[=STATUS]"
                            .to_owned(),
                    );
                }
            },
        })
    }

    /// Whether the waiting is over; the fault says why it is in vain.
    fn reached(&self, view: &View) -> Option<Result<()>> {
        let phase = view.phase();
        let is_reached = match self {
            Goal::End => phase == Phase::Succeeded,
            Goal::Phase(wanted) => phase == *wanted,
            Goal::Deleted => false,
            Goal::Condition(kind, status) => view.has_condition(kind, status),
        };
        if is_reached {
            return Some(Ok(()));
        }
        let is_vain = match self {
            Goal::Deleted => false,
            // A condition may still change, as by a retry; but nothing does it by itself.
            _ => phase.is_end(),
        };
        is_vain.then(|| Err(Fault::refused(self.vain(view))))
    }

    fn vain(&self, view: &View) -> String {
        let (title, message) = (view.title(), sanitized(view.message()));
        match (self, view.phase()) {
            (Goal::End, _) => format!("{title} has failed: {message}"),
            (_, phase) => {
                let how = if phase == Phase::Failed { "failed" } else { "succeeded" };
                format!("{title} has {how}, and will not come to what was waited for: {message}")
            }
        }
    }
}

/// Runs the subcommand.
pub async fn run(args: &WaitArgs) -> Result<End> {
    let targets = targets(&args.names)?;
    if let Some(resource) = targets
        .iter()
        .filter_map(|target| target.resource)
        .find(|resource| !resource.runs())
    {
        return Err(does_not_run(resource));
    }
    let session = Session::open(&args.connection).await?;
    let mut views = Vec::new();
    for target in targets {
        views.push(session.find(target).await?);
    }
    all(&session, views, &args.goal, args.timeout).await
}

/// One object may be named by `KIND NAME`, as for other commands.
fn targets(words: &[String]) -> Result<Vec<Target<'_>>> {
    match words {
        [kind, _] if Resource::named(kind).is_some() => Ok(vec![Target::parse_one(words)?]),
        words => words.iter().map(|word| Target::parse(word)).collect(),
    }
}

/// Waits for all of these, and tells of each.
pub async fn all(session: &Session, views: Vec<View>, goal: &Goal, limit: Option<Duration>) -> Result<End> {
    let waits = views.into_iter().map(|view| async move {
        let ended = in_time(session, view, goal, limit, &mut |_| {}).await;
        told(ended)
    });
    let ends: Vec<End> = join_all(waits).await.into_iter().collect::<Result<_>>()?;
    Ok(ends.into_iter().max().unwrap_or(End::Done))
}

/// Tells how an object ended that was followed until then; `None` is one that was deleted before.
pub fn told_end(title: &str, ended: Option<Box<View>>) -> Result<End> {
    let ended = ended.ok_or_else(|| deleted_too_early(title));
    told(ended.and_then(|view| match Goal::End.reached(&view) {
        Some(Err(fault)) => Err(fault),
        Some(Ok(())) | None => Ok(Some(view)),
    }))
}

fn told(ended: Result<Option<Box<View>>>) -> Result<End> {
    match ended {
        Ok(Some(view)) => show(&format!("{}\n", headline(&view, Timestamp::now()))).map(|()| End::Done),
        Ok(None) => Ok(End::Done),
        Err(fault) => {
            output::complain(&format!("error: {fault}"));
            Ok(fault.end)
        }
    }
}

fn deleted_too_early(title: &str) -> Fault {
    Fault::refused(format!("{title} was deleted before it ended"))
}

/// Waits for one object, and lets `observer` see it each time that it changes. The object as it was at last; `None` where
/// it is gone, as was wanted.
pub async fn in_time(
    session: &Session,
    view: View,
    goal: &Goal,
    limit: Option<Duration>,
    observer: &mut dyn FnMut(&View),
) -> Result<Option<Box<View>>> {
    let Some(limit) = limit else {
        return until(session, view, goal, observer).await;
    };
    let title = view.title();
    let mut last = None;
    let mut observed = |view: &View| {
        last = Some(view.word().to_owned());
        observer(view);
    };
    let ended = timeout(limit, until(session, view, goal, &mut observed)).await;
    ended.unwrap_or_else(|_| {
        let word = last.unwrap_or_else(|| "not seen yet".to_owned());
        let waited = span(limit.as_secs());
        Err(Fault::new(
            End::TimedOut,
            format!("{title} is still {word} after {waited}"),
        ))
    })
}

async fn until(
    session: &Session,
    view: View,
    goal: &Goal,
    observer: &mut dyn FnMut(&View),
) -> Result<Option<Box<View>>> {
    if *goal == Goal::End && never_ends(&view) {
        let title = view.title();
        return Err(Fault::usage(format!(
            "{title} has the node policy 'Continuous' and never ends: use --for=running or --for=condition=TYPE"
        )));
    }
    let title = view.title();
    let mut follower = Follower::of(session, &view);
    loop {
        match follower.next().await? {
            News::Is(view) => {
                observer(&view);
                match goal.reached(&view) {
                    Some(Ok(())) => return Ok(Some(view)),
                    Some(Err(fault)) => return Err(fault),
                    None => {}
                }
            }
            News::Gone if *goal == Goal::Deleted => {
                show(&format!("{title} deleted\n"))?;
                return Ok(None);
            }
            News::Gone => return Err(deleted_too_early(&title)),
        }
    }
}

/// A DaemonJob that serves nodes as they join.
pub fn never_ends(view: &View) -> bool {
    view.resource.is(&daemon_job::KIND) && view.text("/spec/nodePolicy") == "Continuous"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::Goal;

    fn told(goal: &str, state: &str) -> String {
        let object = json!({
            "metadata": {"name": "n", "generation": 1},
            "status": {
                "state": state, "observedGeneration": 1, "message": "flow 'a' failed",
                "conditions": [{"type": "Stalled", "status": "True"}],
            },
        });
        let view = View::of(Resource::named("jf").unwrap(), object);
        match Goal::parse(goal).unwrap().reached(&view) {
            None => "waits".to_owned(),
            Some(Ok(())) => "reached".to_owned(),
            Some(Err(fault)) => fault.to_string(),
        }
    }

    #[test]
    fn an_end_answers_every_goal() {
        assert_eq!(told("end", "Running"), "waits");
        assert_eq!(told("end", "Succeed"), "reached");
        assert_eq!(told("end", "Failed"), "jobflow/n has failed: flow 'a' failed");
        assert_eq!(
            (told("failed", "Failed"), told("running", "Running")),
            ("reached".into(), "reached".into())
        );
        assert_eq!(
            told("running", "Failed"),
            "jobflow/n has failed, and will not come to what was waited for: flow 'a' failed"
        );
        assert_eq!(told("delete", "Failed"), "waits");
        assert_eq!(told("condition=stalled", "Running"), "reached");
        assert_eq!(told("condition=Stalled=False", "Running"), "waits");
    }

    #[test]
    fn an_unknown_goal_lists_what_there_is() {
        let expected = "must be end, succeeded, failed, running, suspended, delete or condition=TYPE[=STATUS]";
        assert_eq!(Goal::parse("done"), Err(expected.to_owned()));
        assert_eq!(Goal::parse("condition="), Err(expected.to_owned()));
    }
}
