//! Workflow: what every kind compiles its valid model to.

use k8s_openapi::api::batch::v1::Job;

use crate::failure_policy::FailurePolicy;
use crate::when::When;

/// Steps, their edges, how to make the Job of a step, and what bounds the whole.
///
/// Most kinds need a few of the fields: `Workflow { policy, ..Workflow::new(uid, steps, &render) }`.
pub struct Workflow<'a> {
    /// The uid of the object: only Jobs that it controls count.
    pub owner_uid: &'a str,
    /// The steps, in the order of the manifest.
    pub steps: Vec<Step<'a>>,
    /// Where edges meet. The gate at position `g` is named by `steps.len() + g` in dependencies.
    pub gates: Vec<Gate<'a>>,
    /// How many Jobs run at once; `None` for any number. Places are given in the order of the manifest.
    pub parallelism: Option<usize>,
    /// What holds for the whole.
    pub policy: Policy,
    /// The value of the annotation that asks to try again what failed. A value acts once.
    pub retry: Option<&'a str>,
    /// Makes the Job of the step at a position. It is called only for steps that are about to start, for a
    /// workflow may have 5,000 of them and be planned after every change of any.
    pub render: &'a dyn Fn(usize) -> Rendered,
}

impl<'a> Workflow<'a> {
    /// A workflow without gates and bounds.
    pub fn new(owner_uid: &'a str, steps: Vec<Step<'a>>, render: &'a dyn Fn(usize) -> Rendered) -> Self {
        Self {
            owner_uid,
            steps,
            gates: Vec::new(),
            parallelism: None,
            policy: Policy::default(),
            retry: None,
            render,
        }
    }

    /// What the step or gate at a position waits for.
    pub(super) fn dependencies(&self, node: usize) -> &'a [usize] {
        match self.steps.get(node) {
            Some(step) => step.dependencies,
            None => self
                .gates
                .get(node - self.steps.len())
                .map_or(&[], |gate| gate.dependencies),
        }
    }

    /// How many steps and gates there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len() + self.gates.len()
    }
}

/// What holds for the whole, as on a Job. All of it may change while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Nothing starts, and running Jobs are suspended.
    pub suspend: bool,
    /// How long the whole may be active, from [`super::Course::start`] on.
    pub active_deadline_seconds: Option<u64>,
    /// How long after its end the object stays; `None` for ever.
    pub ttl_seconds_after_finished: Option<u32>,
    /// What a failed step means for the others.
    pub failure_policy: FailurePolicy,
}

/// One step.
#[derive(Clone, Debug, Default)]
pub struct Step<'a> {
    /// Its name in the manifest.
    pub name: &'a str,
    /// The name of its Job: a function of the owner's and the step's name, so that a Job is never made twice.
    pub job: String,
    /// Positions of the steps and gates that must end first.
    pub dependencies: &'a [usize],
    /// What must have become of them.
    pub when: When,
    /// A reason why it must not run any more, whatever else holds: it is skipped, and a Job of it that runs is deleted.
    pub withdrawn: Option<&'static str>,
}

/// A node without a Job, so that edges stay linear where many wait for many. It is passed when all that it depends on
/// succeeded, and skipped when something of it did not. No row, count or change tells of it.
#[derive(Clone, Debug, Default)]
pub struct Gate<'a> {
    /// Positions of steps and gates.
    pub dependencies: &'a [usize],
}

/// What became of the wish for a Job.
#[derive(Clone, Debug)]
pub enum Rendered {
    /// The Job to create.
    Job(Box<Job>),
    /// The template of this name does not exist.
    TemplateNotFound(String),
    /// The template cannot be used.
    TemplateInvalid {
        /// Its name.
        template: String,
        /// What is wrong with it.
        message: String,
    },
}
