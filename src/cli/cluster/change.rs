//! `jobflow suspend`, `resume` and `cancel`, and what all commands that change an object have in common.

use clap::{Args, ValueEnum};
use jobflow_core::{job_flow, managed_job, sequential_job};
use serde_json::{Value, json};

use super::fault::{End, Fault, Result};
use super::get::ObjectArgs;
use super::session::Session;
use super::show;
use super::view::View;

/// Annotation: what `activeDeadlineSeconds` was before `cancel` set it to 0, for `retry` to set it back.
pub const DEADLINE_BEFORE_CANCEL: &str = "api.practice.com/deadline-before-cancel";

/// What stands there when there was no deadline; anything but a number would do.
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
    /// Say what would happen: `server` asks admission too, `client` sends nothing
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_value = "none", default_missing_value = "server")]
    pub dry_run: DryRun,
    #[command(flatten)]
    pub object: ObjectArgs,
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
/// reason `DeadlineExceeded`; `retry` undoes that for a JobFlow. A DaemonJob or ManagedJob cannot be stopped and kept: with
/// --delete it is deleted, its Jobs and pods first.
///
/// Exit status: 0 when it is cancelled or had ended before, 1 when its kind needs --delete or the cluster refused, 2 for
/// wrong usage, 4 when the cluster cannot be asked or has no such object.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jobflow cancel nightly\n  jobflow cancel mj/import --delete")]
pub struct CancelArgs {
    /// Delete the object, with its Jobs and pods
    #[arg(long)]
    delete: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Whether something can still be asked of it.
pub fn check_alive(view: &View) -> Result<()> {
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
    let before = view.annotation(DEADLINE_BEFORE_CANCEL).map_or(before, str::to_owned);
    let change = json!({
        "metadata": {"annotations": {DEADLINE_BEFORE_CANCEL: before}},
        "spec": {"activeDeadlineSeconds": 0, "suspend": false},
    });
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
    /// Makes the change, as far as it is to be made, and tells of it.
    pub async fn send(&self, session: &Session, view: &View, change: &Value, deed: &str) -> Result<()> {
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
