//! The words of machine-readable reasons and of condition types: a contract with users' scripts and alerts.

/// Condition: all steps succeeded, as on a Job.
pub const COMPLETE: &str = "Complete";
/// Condition: nothing runs or can run any more, and a step failed, as on a Job.
pub const FAILED: &str = "Failed";
/// Condition of kstatus: the object is on its way. Present only while true.
pub const RECONCILING: &str = "Reconciling";
/// Condition of kstatus: somebody must do something. Present only while true.
pub const STALLED: &str = "Stalled";
/// Condition of a SequentialJob: all containers completed.
pub const AVAILABLE: &str = "Available";

/// Steps run or will run; also the condition of a SequentialJob that says so.
pub const PROGRESSING: &str = "Progressing";
/// All steps succeeded.
pub const COMPLETED: &str = "Completed";
/// The stored object breaks a rule; nothing runs.
pub const INVALID: &str = "Invalid";

/// A Job was made.
pub const JOB_CREATED: &str = "JobCreated";
/// A Job of a SequentialJob was made: the word of the operator that its manifests come from.
pub const JOB_STARTED: &str = "JobStarted";
/// A Job that somebody deleted before it ended was made again.
pub const JOB_RECREATED: &str = "JobRecreated";
/// A Job is Complete.
pub const JOB_COMPLETED: &str = "JobCompleted";
/// A Job is Failed.
pub const JOB_FAILED: &str = "JobFailed";
/// The API server would not create a Job: it is invalid, a quota is used up, or another webhook says no.
pub const JOB_REFUSED: &str = "JobRefused";
/// A step waits until a Job that is being deleted is gone.
pub const JOB_TERMINATING: &str = "JobTerminating";
/// Steps will never run.
pub const SKIPPED: &str = "Skipped";
/// A step is skipped since a step that it depends on failed.
pub const DEPENDENCY_FAILED: &str = "DependencyFailed";
/// A step is skipped since a step that it depends on was skipped.
pub const DEPENDENCY_SKIPPED: &str = "DependencySkipped";
/// The name of a Job is taken by a Job that is not ours.
pub const NAME_CONFLICT: &str = "NameConflict";
/// A JobTemplate that a step refers to does not exist.
pub const TEMPLATE_NOT_FOUND: &str = "TemplateNotFound";
/// A JobTemplate that a step refers to cannot be used for it.
pub const TEMPLATE_INVALID: &str = "TemplateInvalid";
