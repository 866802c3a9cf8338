//! One review from request to response: a list of verbs.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::body::{self, ReviewBody};
use crate::deadline::Deadline;
use crate::denial;
use crate::envelope::{self, Malformed, Submission};
use crate::judge::{Endpoint, Judgement, Outcome, Question, judge};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::webhook::Webhook;
use crate::workers::Unfinished;

/// Answers one request to `endpoint`.
pub(crate) async fn review(webhook: Arc<Webhook>, endpoint: Endpoint, request: Request) -> Response {
    let _in_flight = webhook.metrics.review_started();
    let started = Instant::now();
    match reviewed(&webhook, endpoint, request, started).await {
        Ok(response) => response,
        Err(problem) => {
            webhook.metrics.problem(problem.status);
            problem.into_response()
        }
    }
}

async fn reviewed(
    webhook: &Arc<Webhook>,
    endpoint: Endpoint,
    request: Request,
    started: Instant,
) -> Result<Response, Problem> {
    let deadline = Deadline::from_query(request.uri().query(), started);
    let body = body::read(request, &webhook.budget, deadline).await?;
    webhook.metrics.body_read(body.bytes.len());
    let submission = match envelope::read(&body.bytes) {
        Ok(submission) => submission,
        Err(malformed) => return refused(webhook, endpoint, malformed),
    };
    let judgement = match Question::of(endpoint, &submission) {
        Some(question) => judged(webhook, question, &submission, body, deadline).await?,
        None => passed_over(webhook, &submission),
    };
    record(webhook, endpoint, &submission, &judgement, started);
    Ok((&judgement.reply).into_response())
}

/// The judgement of the core, or our apology for having none.
async fn judged(
    webhook: &Arc<Webhook>,
    question: Question,
    submission: &Submission,
    body: ReviewBody,
    deadline: Deadline,
) -> Result<Judgement, Problem> {
    let size_bytes = body.bytes.len();
    let (work, templates) = (submission.clone(), Arc::clone(&webhook.templates));
    let job = move || {
        // Memory stays counted as long as it is used, also when nobody waits for the result any more.
        let _share = body.share;
        judge(question, &work, templates.as_ref())
    };
    match webhook.workers.run(size_bytes, deadline, job).await {
        Ok(judgement) => Ok(judgement),
        Err(Unfinished::Shed) => Err(Problem::overloaded(deadline.has_time_to_retry())),
        Err(Unfinished::Overdue) => {
            let problem = format!("validation took longer than {:?}", deadline.budget());
            Ok(internal(webhook, &submission.uid, &problem, Outcome::Overdue))
        }
        Err(Unfinished::Panicked) => {
            let problem = "this object could not be checked because of an internal error";
            Ok(internal(webhook, &submission.uid, problem, Outcome::Panicked))
        }
    }
}

/// A denial for a fault of ours, told in the log too.
fn internal(webhook: &Webhook, uid: &str, problem: &str, outcome: Outcome) -> Judgement {
    let incident = webhook.incidents.next();
    error!(
        incident,
        uid,
        outcome = outcome.as_str(),
        problem,
        "a review ended without a verdict"
    );
    let reply = Reply {
        uid: uid.to_owned(),
        status: Some(denial::internal(problem, &incident)),
        ..Reply::default()
    };
    Judgement::without_rules(reply, outcome)
}

/// Where the uid is known the answer is a review, which shows its text to the user; a bare 400 would not.
fn refused(webhook: &Webhook, endpoint: Endpoint, malformed: Malformed) -> Result<Response, Problem> {
    let Some(uid) = malformed.uid else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, malformed.problem));
    };
    let problem = format!("the admission request could not be read: {}", malformed.problem);
    let judgement = internal(webhook, &uid, &problem, Outcome::Malformed);
    webhook.metrics.review_unread(endpoint, judgement.outcome);
    Ok((&judgement.reply).into_response())
}

fn passed_over(webhook: &Webhook, submission: &Submission) -> Judgement {
    if webhook.is_first_stranger() {
        let (kind, sub_resource) = (&submission.kind, &submission.sub_resource);
        warn!(
            group = kind.group,
            version = kind.version,
            kind = kind.kind,
            sub_resource,
            "allowed a review that is not for this webhook: narrow the rules of its configuration (told once)"
        );
    }
    Judgement::passed_over(&submission.uid)
}

/// One line a review: no body, no value, no annotation; what users chose only as fields, which the formatter escapes.
fn record(webhook: &Webhook, endpoint: Endpoint, submission: &Submission, judgement: &Judgement, started: Instant) {
    let duration = started.elapsed();
    webhook.metrics.review_ended(endpoint, submission, judgement, duration);
    let rules: Vec<&str> = judgement.rules.iter().copied().collect();
    info!(
        uid = submission.uid,
        kind = submission.kind.kind,
        namespace = submission.namespace,
        name = submission.name,
        operation = submission.operation.map(tracing::field::debug),
        endpoint = endpoint.as_str(),
        verdict = judgement.outcome.as_str(),
        rules = rules.join(","),
        duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
        "review"
    );
}
