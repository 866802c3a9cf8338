//! The words of machine-readable reasons and of condition types: a contract with users' scripts and alerts.

/// Condition: all steps succeeded, as on a Job.
pub const COMPLETE: &str = "Complete";
/// Condition: nothing runs or can run any more, and a step failed, as on a Job.
pub const FAILED: &str = "Failed";
/// Condition of kstatus: the object is on its way. Present only while true.
pub const RECONCILING: &str = "Reconciling";
/// Condition of kstatus: somebody must do something. Present only while true.
pub const STALLED: &str = "Stalled";
/// Condition: nothing may run until somebody resumes it, as on a Job; also the reason beside it. Present only while true.
pub const SUSPENDED: &str = "Suspended";
/// Condition of a SequentialJob: all containers completed.
pub const AVAILABLE: &str = "Available";

/// Steps run or will run; also the condition of a SequentialJob that says so.
pub const PROGRESSING: &str = "Progressing";
/// All steps succeeded.
pub const COMPLETED: &str = "Completed";
/// The whole goes on after a suspension.
pub const RESUMED: &str = "Resumed";
/// What failed is tried again, since somebody asked for it.
pub const RETRIED: &str = "Retried";
/// The whole was active for too long, as on a Job.
pub const DEADLINE_EXCEEDED: &str = "DeadlineExceeded";
/// A step is ended since another one failed and the failure policy says so.
pub const FAILURE_POLICY: &str = "FailurePolicy";
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
/// A running Job is stopped.
pub const JOB_STOPPED: &str = "JobStopped";
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
/// Jobs of a ManagedJob will never run: the word of the operator that its manifests come from.
pub const ABORTED: &str = "Aborted";
/// A job of a ManagedJob is aborted since one that it depends on was.
pub const DEPENDENCY_ABORTED: &str = "DependencyAborted";
/// A step that handles failures is skipped since there is none.
pub const NOTHING_FAILED: &str = "NothingFailed";
/// A node left before its Job ended.
pub const NODE_GONE: &str = "NodeGone";
/// No pod starts on a node: its kubelet is not ready.
pub const NODE_NOT_READY: &str = "NodeNotReady";
/// The scheduler finds no node for a pod.
pub const UNSCHEDULABLE: &str = "Unschedulable";
/// No pod starts on a node: it is cordoned.
pub const NODE_CORDONED: &str = "NodeCordoned";
/// No pod starts on a node: it no longer fits the template.
pub const NODE_UNFIT: &str = "NodeUnfit";
/// A DaemonJob has no node to run on.
pub const NO_ELIGIBLE_NODE: &str = "NoEligibleNode";
/// More nodes are eligible than one DaemonJob serves.
pub const TOO_MANY_NODES: &str = "TooManyNodes";
/// Condition: a DaemonJob's `excludeNodeList` names what is no node. Present only while true.
pub const EXCLUDED_NODES_NOT_FOUND: &str = "ExcludedNodesNotFound";
/// A node that is named does not exist.
pub const NODE_NOT_FOUND: &str = "NodeNotFound";
/// The name of a Job is taken by a Job that is not ours.
pub const NAME_CONFLICT: &str = "NameConflict";
/// A JobTemplate that a step refers to does not exist.
pub const TEMPLATE_NOT_FOUND: &str = "TemplateNotFound";
/// A JobTemplate that a step refers to cannot be used for it.
pub const TEMPLATE_INVALID: &str = "TemplateInvalid";
