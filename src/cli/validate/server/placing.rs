//! Placing: what is said of Jobs becomes findings about what their authors wrote, each once.

use std::collections::HashMap;

use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::field::FieldPath;
use jobflow_core::rendering::Written;
use jobflow_core::text::named;

use super::jobs::Shown;
use super::sayings::Saying;
use super::scene::{Scene, Spot};
use crate::cli::validate::outcome::Related;

/// How many other steps are named for which the same is said.
const STEPS_NAMED_MAX: usize = 5;

/// The findings so far.
#[derive(Default)]
pub struct Findings {
    list: Vec<Placed>,
    /// Where in the list each is, by all that makes it the same to its reader.
    known: HashMap<(Spot, FieldPath, &'static str, String), usize>,
    /// The same for what names no field: it stands at the first step of the object for which it is said.
    of_steps: HashMap<(Spot, &'static str, String), usize>,
}

/// A finding about an object.
pub struct Placed {
    /// The object.
    pub spot: Spot,
    /// The finding, at the author's path.
    pub diagnostic: Diagnostic,
    /// Another place that matters.
    pub related: Option<Related>,
    /// The other steps of the object for which the same is said.
    others: Vec<String>,
}

impl Findings {
    /// Adds what is said of the Job of a step.
    pub fn add(&mut self, saying: &Saying, shown: &Shown, scene: &Scene<'_>) {
        let written = saying.at.as_ref().map(|at| shown.origin.of(at));
        let Some(Written { template, path }) = written else {
            return self.add_to_step(saying, shown);
        };
        let template = template.and_then(|name| scene.template(shown, name));
        let spot = template.unwrap_or(shown.spot);
        let related = template.and_then(|(file, _)| scene.user(shown, file));
        let diagnostic = saying.diagnostic(path);
        let key = (
            spot,
            diagnostic.path.clone(),
            diagnostic.rule.id,
            diagnostic.message.clone(),
        );
        if let Some(known) = self.known.get(&key).and_then(|at| self.list.get_mut(*at)) {
            known.related = known.related.take().or(related);
            return;
        }
        self.known.insert(key, self.list.len());
        self.push(spot, diagnostic, related);
    }

    fn add_to_step(&mut self, saying: &Saying, shown: &Shown) {
        let diagnostic = saying.diagnostic(shown.origin.step());
        let key = (shown.spot, diagnostic.rule.id, diagnostic.message.clone());
        if let Some(known) = self.of_steps.get(&key).and_then(|at| self.list.get_mut(*at)) {
            // One and the same step may hear the same words twice.
            let is_other = known.diagnostic.path != diagnostic.path && known.others.last() != Some(&shown.step);
            if is_other {
                known.others.push(shown.step.clone());
            }
            return;
        }
        self.of_steps.insert(key, self.list.len());
        self.push(shown.spot, diagnostic, None);
    }

    /// Adds a finding as it is.
    pub fn push(&mut self, spot: Spot, diagnostic: Diagnostic, related: Option<Related>) {
        self.list.push(Placed {
            spot,
            diagnostic,
            related,
            others: Vec::new(),
        });
    }

    /// All of them.
    pub fn into_list(self) -> Vec<Placed> {
        let with_others = self.list.into_iter().map(|mut placed| {
            if !placed.others.is_empty() {
                let others = format!("the same is said of {}", listed(&placed.others));
                let help = placed.diagnostic.help.take();
                placed.diagnostic.help = Some(help.map_or(others.clone(), |help| format!("{help}; {others}")));
            }
            placed
        });
        with_others.collect()
    }
}

/// Such as `'b', 'c' and 3 more`.
fn listed(steps: &[String]) -> String {
    let first = steps.iter().take(STEPS_NAMED_MAX).map(|step| named(step));
    let first = first.collect::<Vec<_>>().join(", ");
    match steps.len().saturating_sub(STEPS_NAMED_MAX) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
