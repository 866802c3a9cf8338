//! Workflow: what every kind compiles its valid model to.

use k8s_openapi::api::batch::v1::Job;

/// Steps, their edges, and how to make the Job of a step.
pub struct Workflow<'a> {
    /// The uid of the object: only Jobs that it controls count.
    pub owner_uid: &'a str,
    /// The steps, in the order of the manifest.
    pub steps: Vec<Step<'a>>,
    /// Makes the Job of the step at a position. It is called only for steps that are about to start, for a
    /// workflow may have 5,000 of them and be planned after every change of any.
    pub render: &'a dyn Fn(usize) -> Rendered,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// Its name in the manifest.
    pub name: &'a str,
    /// The name of its Job: a function of the owner's and the step's name, so that a Job is never made twice.
    pub job: String,
    /// Positions of the steps that must succeed first.
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
