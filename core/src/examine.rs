//! examine: what the rules of admission say of an object that is stored.

use serde_json::Value;

use crate::admission::{Candidate, NoTemplates, TemplateIndex, namespace_of};
use crate::change::Change;
use crate::diagnostic::Report;
use crate::rules::not_normalized;

/// The verdict on a stored object, and the model of it.
#[derive(Debug)]
pub struct Examined<M> {
    /// Every finding, sorted.
    pub report: Report,
    /// What can be run; there exactly when nothing is denied.
    pub model: Option<M>,
}

impl<M> Examined<M> {
    /// The model.
    ///
    /// # Errors
    /// The report, where there is none.
    pub fn proven(self) -> Result<M, Report> {
        self.model.ok_or(self.report)
    }
}

/// Examines an object as it is stored, with the rules of admission: the controller runs nothing that admission would
/// refuse, and nothing that is not normalized, however it came to be stored (ARCHITECTURE.md, invariant 3).
pub(crate) fn examine<M>(
    object: &Value,
    templates: &dyn TemplateIndex,
    normalize: fn(&Value) -> Vec<Change>,
    validate: fn(&Candidate<'_>, &mut Report) -> Option<M>,
) -> Examined<M> {
    let mut report = Report::default();
    for change in normalize(object) {
        report.push(not_normalized::fault(&change));
    }
    let model = validate(&Candidate::new(object, namespace_of(object), templates), &mut report);
    Examined {
        report: report.settled(),
        model,
    }
}

/// Like [`examine`], for a kind of which no rule asks about JobTemplates.
pub(crate) fn examine_alone<M>(
    object: &Value,
    normalize: fn(&Value) -> Vec<Change>,
    validate: fn(&Candidate<'_>, &mut Report) -> Option<M>,
) -> Examined<M> {
    examine(object, &NoTemplates, normalize, validate)
}
