//! `jobflow retry`, `suspend`, `resume` and `cancel`: what a user can ask of an object that is there.

use std::time::Duration;

use clap::{Args, ValueEnum};
use jobflow_core::engine::RETRY;
use jobflow_core::{job_flow, managed_job, sequential_job};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::fault::{End, Fault, Result};
use super::get::ObjectArgs;
use super::retries::{can_retry, failed_steps};
use super::session::Session;
use super::show;
use super::span::parse_span;
use super::view::View;
use super::wait::{self, Goal};

/// Annotation: what `activeDeadlineSeconds` was before `cancel` set it to 0, for `retry` to set it back.
const DEADLINE_BEFORE_CANCEL: &str = "api.practice.com/deadline-before-cancel";

/// What stands there when there was no deadline.
const NO_DEADLINE: &str = "none";

/// Whether the change is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// It is made.
    #[default]
    None,
    /// It is not sent.
    Client,
    /// It is sent and checked, with admission, but not stored.
    Server,
}

/// What all of these commands take.
#[derive(Args, Debug)]
pub struct ChangeArgs {
    #[command(flatten)]
    pub(super) object: ObjectArgs,
    /// Say what would happen: `server` asks admission too, `client` sends nothing
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_value = "none", default_missing_value = "server")]
    dry_run: DryRun,
}

/// Try again what failed in a JobFlow or a DaemonJob
///
/// The Jobs of what failed are deleted and made again; what was skipped because of them waits again; what succeeded stays.
/// It sets the annotation api.practice.com/retry to a new value. After `cancel` it also sets back the deadline.
///
/// Exit status: 0 when it was asked for, 1 when there is nothing to try again or the cluster refused, 2 for wrong usage, 4
/// when the cluster cannot be asked or has no such object. With --wait that of `wait`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jobflow retry nightly\n  jobflow retry dj/clean --wait --timeout 10m")]
pub struct RetryArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// Wait until it has ended
    #[arg(long)]
    wait: bool,
    /// How long to wait, such as 30s or 1h30m; for ever, when not given
    #[arg(long, value_name = "TIME", value_parser = parse_span, requires = "wait")]
    timeout: Option<Duration>,
}

/// Let nothing more start, and suspend the Jobs that run
///
/// Kubernetes takes the pods of suspended Jobs away; `resume` makes new ones. It sets `spec.suspend`.
///
/// Exit status: 0 when it is suspended, 1 when it has ended, its kind cannot be suspended or the cluster refused, 2 for
/// wrong usage, 4 when the cluster cannot be asked or has no such object.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  jobflow suspend nightly")]
pub struct SuspendArgs {
    #[command(flatten)]
    change: ChangeArgs,
}

/// Let a suspended object go on
///
/// Exit status: 0 when it goes on, 1 when it has ended, its kind cannot be suspended or the cluster refused, 2 for wrong
/// usage, 4 when the cluster cannot be asked or has no such object.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  jobflow resume nightly")]
pub struct ResumeArgs {
    #[command(flatten)]
    change: ChangeArgs,
}

/// Stop an object for good: running Jobs are deleted, and it ends as failed
///
/// A JobFlow or SequentialJob stays as the record of what ran: `spec.activeDeadlineSeconds` becomes 0, so it ends with the
/// reason DeadlineExceeded; `retry` undoes that for a JobFlow. A DaemonJob or ManagedJob cannot be stopped and kept: with
/// --delete it is deleted, its Jobs and pods first.
///
/// Exit status: 0 when it is cancelled or had ended before, 1 when its kind needs --delete or the cluster refused, 2 for
/// wrong usage, 4 when the cluster cannot be asked or has no such object.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jobflow cancel nightly\n  jobflow cancel mj/import --delete")]
pub struct CancelArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// Delete the object, with its Jobs and pods
    #[arg(long)]
    delete: bool,
}

/// Runs `retry`.
pub async fn retry(args: &RetryArgs) -> Result<End> {
    let (session, view) = args.change.object.find().await?;
    check_retry(&view)?;
    let failed = failed_steps(&view);
    let deed = match failed.as_slice() {
        [one] => format!("is to try {} '{one}' again", view.resource.noun()),
        many => format!("is to try {} {}s again", many.len(), view.resource.noun()),
    };
    let value = Timestamp::now().to_string();
    let mut change = json!({"metadata": {"annotations": {RETRY: value}}});
    if let Some(deadline) = view.annotation(DEADLINE_BEFORE_CANCEL) {
        let deadline = deadline.parse::<i64>().map_or(Value::Null, Value::from);
        change["metadata"]["annotations"][DEADLINE_BEFORE_CANCEL] = Value::Null;
        change["spec"] = json!({"activeDeadlineSeconds": deadline});
    }
    args.change.send(&session, &view, &change, &deed).await?;
    if !args.wait || args.change.dry_run != DryRun::None {
        return Ok(End::Done);
    }
    wait::all(&session, vec![view], &Goal::End, args.timeout).await
}

/// What a retry needs.
fn check_retry(view: &View) -> Result<()> {
    let title = view.title();
    if !can_retry(view) {
        return Err(Fault::refused(format!(
            "a {} cannot be tried again: create it again under another name, or after deleting {title}",
            view.resource.kind.kind
        )));
    }
    check_alive(view)?;
    if view.wants_retry() {
        return Err(Fault::refused(format!(
            "{title} is asked already to try again, and will"
        )));
    }
    if failed_steps(view).is_empty() {
        return Err(Fault::refused(format!(
            "{title} is {}: nothing of it failed, so there is nothing to try again",
            view.word()
        )));
    }
    Ok(())
}

fn check_alive(view: &View) -> Result<()> {
    if view.is_deleted() {
        return Err(Fault::refused(format!("{} is being deleted", view.title())));
    }
    Ok(())
}

/// Runs `suspend`.
pub async fn suspend(args: &SuspendArgs) -> Result<End> {
    set_suspend(&args.change, true).await
}

/// Runs `resume`.
pub async fn resume(args: &ResumeArgs) -> Result<End> {
    set_suspend(&args.change, false).await
}

async fn set_suspend(args: &ChangeArgs, suspend: bool) -> Result<End> {
    let (session, view) = args.object.find().await?;
    let (title, deed) = (view.title(), if suspend { "suspended" } else { "resumed" });
    if view.resource.is(&managed_job::KIND) {
        return Err(Fault::refused(format!(
            "a ManagedJob cannot be {deed}: `{} cancel {title} --delete` stops it for good",
            super::program()
        )));
    }
    check_alive(&view)?;
    if view.phase().is_end() {
        return Err(Fault::refused(format!(
            "{title} has ended ({}): there is nothing to be {deed}",
            view.word()
        )));
    }
    if view.is_suspended() == suspend {
        let state = if suspend {
            "is suspended already"
        } else {
            "is not suspended"
        };
        show(&format!("{title} {state}\n"))?;
        return Ok(End::Done);
    }
    args.send(&session, &view, &json!({"spec": {"suspend": suspend}}), deed)
        .await?;
    Ok(End::Done)
}

/// Runs `cancel`.
pub async fn cancel(args: &CancelArgs) -> Result<End> {
    let (session, view) = args.change.object.find().await?;
    let (title, kind) = (view.title(), view.resource.kind.kind);
    check_alive(&view)?;
    if args.delete {
        return delete(&args.change, &session, &view).await;
    }
    if view.phase().is_end() {
        show(&format!("{title} has ended already ({})\n", view.word()))?;
        return Ok(End::Done);
    }
    let keeps = view.resource.is(&job_flow::KIND) || view.resource.is(&sequential_job::KIND);
    if !keeps {
        return Err(Fault::refused(format!(
            "a {kind} cannot be stopped and kept: add --delete to delete {title} with its Jobs and pods"
        )));
    }
    let deadline = view
        .object
        .pointer("/spec/activeDeadlineSeconds")
        .and_then(Value::as_i64);
    let before = deadline.map_or_else(|| NO_DEADLINE.to_owned(), |seconds| seconds.to_string());
    let mut change = json!({"spec": {"activeDeadlineSeconds": 0, "suspend": false}});
    if view.annotation(DEADLINE_BEFORE_CANCEL).is_none() {
        change["metadata"] = json!({"annotations": {DEADLINE_BEFORE_CANCEL: before}});
    }
    args.change.send(&session, &view, &change, "cancelled").await?;
    Ok(End::Done)
}

async fn delete(args: &ChangeArgs, session: &Session, view: &View) -> Result<End> {
    if args.dry_run != DryRun::Client {
        session.delete(view, args.dry_run == DryRun::Server).await?;
    }
    args.told(view, "deleted with its Jobs and pods")?;
    Ok(End::Done)
}

impl ChangeArgs {
    async fn send(&self, session: &Session, view: &View, change: &Value, deed: &str) -> Result<()> {
        if self.dry_run != DryRun::Client {
            session.patch(view, change, self.dry_run == DryRun::Server).await?;
        }
        self.told(view, deed)
    }

    fn told(&self, view: &View, deed: &str) -> Result<()> {
        show(&format!("{} {deed}{}\n", view.title(), self.dry_run.note()))
    }
}

impl DryRun {
    /// What is told behind a deed that was not done.
    pub fn note(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::check_retry;

    fn refusal(kind: &str, status: &Value, metadata: &Value) -> String {
        let mut object = json!({"metadata": {"name": "n"}, "spec": {"flows": [{"name": "a"}]}, "status": status});
        for (key, value) in metadata.as_object().unwrap() {
            object["metadata"][key] = value.clone();
        }
        let view = View::of(Resource::named(kind).unwrap(), object);
        check_retry(&view)
            .err()
            .map_or_else(String::new, |fault| fault.to_string())
    }

    #[test]
    fn a_retry_needs_something_that_failed() {
        let failed = json!({"state": "Failed", "flows": [{"name": "a", "state": "Failed"}]});
        assert_eq!(refusal("jf", &failed, &json!({})), "");
        assert_eq!(
            refusal("jf", &json!({"state": "Succeed"}), &json!({})),
            "jobflow/n is Succeed: nothing of it failed, so there is nothing to try again"
        );
        assert_eq!(
            refusal("jf", &failed, &json!({"deletionTimestamp": "2026-01-01T00:00:00Z"})),
            "jobflow/n is being deleted"
        );
        assert_eq!(
            refusal("jf", &failed, &json!({"annotations": {"api.practice.com/retry": "2"}})),
            "jobflow/n is asked already to try again, and will"
        );
        assert_eq!(
            refusal("sj", &failed, &json!({})),
            "a SequentialJob cannot be tried again: create it again under another name, or after deleting sequentialjob/n"
        );
    }
}
