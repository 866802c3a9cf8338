//! `jobflow retry`: tries again what failed.

use std::time::Duration;

use clap::Args;
use jobflow_core::engine::RETRY;
use k8s_openapi::jiff::Timestamp;
use serde_json::json;

use super::change::{ChangeArgs, DEADLINE_BEFORE_CANCEL, DryRun, check_alive};
use super::fault::{End, Fault, Result};
use super::retries::{can_retry, failed_steps};
use super::span::parse_span;
use super::view::View;
use super::wait::{self, Goal};

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
    /// Wait until it has ended
    #[arg(long)]
    wait: bool,
    /// How long to wait, such as 30s or 1h30m; for ever, when not given
    #[arg(long, value_name = "TIME", value_parser = parse_span, requires = "wait")]
    timeout: Option<Duration>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Runs the subcommand.
pub async fn run(args: &RetryArgs) -> Result<End> {
    let (session, view) = args.change.object.find().await?;
    check_retry(&view)?;
    let failed = failed_steps(&view);
    let deed = match failed.as_slice() {
        [one] => format!("is to try {} '{one}' again", view.resource.noun()),
        many => format!("is to try {} {}s again", many.len(), view.resource.noun()),
    };
    let value = Timestamp::now().to_string();
    let change = match view.annotation(DEADLINE_BEFORE_CANCEL) {
        None => json!({"metadata": {"annotations": {RETRY: value}}}),
        Some(deadline) => json!({
            "metadata": {"annotations": {RETRY: value, DEADLINE_BEFORE_CANCEL: null}},
            "spec": {"activeDeadlineSeconds": deadline.parse::<i64>().ok()},
        }),
    };
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
