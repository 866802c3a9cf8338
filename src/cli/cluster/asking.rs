//! Asking: what the API server would say to Jobs, as dry runs with the rights of the user.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::pin;

use futures::{StreamExt as _, stream};
use k8s_openapi::api::batch::v1::Job;
use kube::Resource as _;
use kube::api::PostParams;
use kube::client::Body;
use kube::core::Status;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::connection::ConnectionArgs;
use super::fault::{self, Fault, Result};
use super::session::{FIELD_MANAGER, Session};
use super::view::text;
use super::warnings::warnings;

/// How many Jobs are shown at the same time: few of the some hundred requests that an API server works on for all users,
/// and enough that 1,000 Jobs take 3 s (8 at once, about 20 ms each, measured on two busy cores).
const SHOWN_AT_ONCE: usize = 8;

/// What a right to create Jobs that is missing is told with.
const MAY_NOT: &str = "jobs.batch is forbidden: User ";

/// What the API server says to a Job.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Whether it takes it.
    pub verdict: Verdict,
    /// What it says beside that.
    pub warnings: Vec<String>,
}

/// Whether the API server takes a Job.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It does; also where there is a Job of this name already: all checks come before the names are compared.
    Accepted,
    /// It does not, and this is why.
    Refused(Box<Status>),
    /// There is no such namespace.
    NoNamespace,
    /// The user may not create Jobs in the namespace, in the words of the API server.
    MayNot(String),
    /// It gave no verdict, for a reason that has nothing to do with the Job.
    Unanswered(String),
}

/// Whoever asks the API server.
pub struct Asker {
    runtime: Runtime,
    session: Session,
}

/// How the asking ended.
pub struct Asking {
    /// How many Jobs were shown to the API server.
    pub shown: usize,
    /// Why not all could be, in one sentence.
    pub trouble: Option<String>,
}

impl Asker {
    /// Gets ready to ask; nothing is sent yet.
    ///
    /// # Errors
    /// In one sentence, why the settings are of no use.
    pub fn new(connection: &ConnectionArgs) -> std::result::Result<Self, String> {
        let runtime = Runtime::new().map_err(|error| format!("cannot start the async runtime: {error}"))?;
        let session = runtime.block_on(Session::open(connection));
        let session = session.map_err(|fault| fault.to_string())?;
        Ok(Self { runtime, session })
    }

    /// The namespace of whatever names none.
    pub fn namespace(&self) -> &str {
        &self.session.namespace
    }

    /// The address of the API server.
    pub fn server(&self) -> &str {
        &self.session.server
    }

    /// Shows the Jobs of `questions` to the API server, and lets `take` have the answers in the same order. It ends at the
    /// first one that cannot be asked at all.
    pub fn ask<Q>(
        self,
        questions: impl Iterator<Item = Q>,
        job: impl Fn(&Q) -> &Value,
        mut take: impl FnMut(Q, Answer),
    ) -> Asking {
        let Self { runtime, session } = self;
        let desk = Desk {
            session,
            closed: RefCell::default(),
            shown: Cell::default(),
        };
        let (desk, job) = (&desk, &job);
        let answers = stream::iter(questions).map(|question| async move {
            let answer = desk.answer(job(&question)).await?;
            Ok::<_, Fault>((question, answer))
        });
        let ended: Result<()> = runtime.block_on(async {
            let mut answers = pin!(answers.buffered(SHOWN_AT_ONCE));
            while let Some(answer) = answers.next().await {
                let (question, answer) = answer?;
                take(question, answer);
            }
            Ok(())
        });
        // A request that hangs must not keep the program.
        runtime.shutdown_background();
        Asking {
            shown: desk.shown.get(),
            trouble: ended.err().map(|fault| fault.to_string()),
        }
    }
}

/// Where questions are asked.
struct Desk {
    session: Session,
    /// The namespaces in which every Job has the same answer.
    closed: RefCell<HashMap<String, Answer>>,
    shown: Cell<usize>,
}

impl Desk {
    async fn answer(&self, job: &Value) -> Result<Answer> {
        let namespace = text(job, "/metadata/namespace");
        if let Some(answer) = self.closed.borrow().get(namespace) {
            return Ok(answer.clone());
        }
        let answer = self.show(job, namespace).await?;
        if matches!(answer.verdict, Verdict::NoNamespace | Verdict::MayNot(_)) {
            self.closed.borrow_mut().insert(namespace.to_owned(), answer.clone());
        }
        Ok(answer)
    }

    async fn show(&self, job: &Value, namespace: &str) -> Result<Answer> {
        let deed = format!("show Jobs to the API server in the namespace '{namespace}'");
        let params = PostParams {
            dry_run: true,
            field_manager: Some(FIELD_MANAGER.to_owned()),
        };
        let bytes = serde_json::to_vec(job).unwrap_or_default();
        let request = kube::core::Request::new(Job::url_path(&(), Some(namespace))).create(&params, bytes);
        let request = request.map_err(|error| Fault::usage(format!("cannot {deed}: {error}")))?;
        self.shown.set(self.shown.get() + 1);
        let (client, server) = (&self.session.client, &self.session.server);
        let sent = async {
            let (head, body) = client.send(request.map(Body::from)).await?.into_parts();
            Ok((head, body.collect_bytes().await?))
        };
        let (head, body) = self.session.call(&deed, sent).await?;
        let code = head.status.as_u16();
        let verdict = if head.status.is_success() {
            Verdict::Accepted
        } else {
            let status = serde_json::from_slice(&body).unwrap_or_else(|_| {
                let said = String::from_utf8_lossy(&body);
                Status::failure(said.trim(), "")
            });
            verdict(status.with_code(code), &deed, server)?
        };
        Ok(Answer {
            verdict,
            warnings: warnings(&head.headers),
        })
    }
}

/// What a status that is no success means.
fn verdict(status: Status, deed: &str, server: &str) -> Result<Verdict> {
    let is_of_namespace = |status: &Status| status.details.as_ref().is_some_and(|it| it.kind == "namespaces");
    let is_impersonation = |status: &Status| status.message.contains(" cannot impersonate ");
    Ok(match status.code {
        401 => return Err(fault::of_status(&status, deed, server)),
        403 if is_impersonation(&status) => return Err(fault::of_status(&status, deed, server)),
        403 if status.message.starts_with(MAY_NOT) => Verdict::MayNot(status.message),
        404 if is_of_namespace(&status) => Verdict::NoNamespace,
        404 => {
            return Err(Fault::unknown(format!(
                "the server at '{server}' does not serve Jobs: check that --context or KUBECONFIG names a cluster"
            )));
        }
        409 if status.is_already_exists() => Verdict::Accepted,
        // In its own words: admission webhook "x" does not support dry run.
        400 if status.message.contains("does not support dry run") => Verdict::Unanswered(status.message),
        408 | 409 | 429 => Verdict::Unanswered(status.message),
        400..=499 => Verdict::Refused(Box::new(status)),
        _ => Verdict::Unanswered(status.message),
    })
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use serde_json::json;

    use super::{Verdict, verdict};

    fn of(code: u16, reason: &str, message: &str) -> Result<Verdict, String> {
        let status = Status::failure(message, reason).with_code(code);
        verdict(status, "ask", "https://here").map_err(|fault| fault.to_string())
    }

    fn is_refused(code: u16, reason: &str, message: &str) -> bool {
        matches!(of(code, reason, message), Ok(Verdict::Refused(_)))
    }

    #[test]
    fn rights_policies_and_webhooks_are_told_apart() {
        let rights = "jobs.batch is forbidden: User \"eve\" cannot create resource \"jobs\" in API group \"batch\"";
        assert_eq!(of(403, "Forbidden", rights), Ok(Verdict::MayNot(rights.to_owned())));
        let webhook = "admission webhook \"x\" denied the request: a Job cannot create resource \"y\"";
        assert!(is_refused(403, "Forbidden", webhook));
        assert!(is_refused(422, "Invalid", "no"));
        assert!(is_refused(400, "BadRequest", "cannot be handled as a Job"));
        let dry = "admission webhook \"x\" does not support dry run";
        assert_eq!(of(400, "BadRequest", dry), Ok(Verdict::Unanswered(dry.to_owned())));
        let down = "failed calling webhook \"x\"";
        assert_eq!(of(500, "InternalError", down), Ok(Verdict::Unanswered(down.to_owned())));
    }

    #[test]
    fn a_job_that_is_there_already_has_passed_all_checks() {
        assert_eq!(of(409, "AlreadyExists", "there is one"), Ok(Verdict::Accepted));
        assert_eq!(
            of(409, "Conflict", "again"),
            Ok(Verdict::Unanswered("again".to_owned()))
        );
    }

    #[test]
    fn who_is_not_known_or_asks_no_cluster_cannot_ask() {
        let unknown = of(401, "Unauthorized", "Unauthorized").unwrap_err();
        assert!(
            unknown.contains("does not know the user (Unauthorized): log in again"),
            "{unknown}"
        );
        let mask = "users \"eve\" is forbidden: User \"bob\" cannot impersonate resource \"users\"";
        assert!(of(403, "Forbidden", mask).unwrap_err().starts_with("you may not ask ("));
        let other = of(404, "", "404 page not found").unwrap_err();
        assert!(
            other.starts_with("the server at 'https://here' does not serve Jobs"),
            "{other}"
        );
        let missing: Status = serde_json::from_value(json!({
            "code": 404, "reason": "NotFound", "message": "namespaces \"x\" not found", "details": {"name": "x", "kind": "namespaces"},
        }))
        .unwrap();
        assert_eq!(verdict(missing, "ask", ""), Ok(Verdict::NoNamespace));
    }
}
