//! Readiness: whether a step may start, from what became of the steps and gates that it depends on.

use super::{State, Workflow};
use crate::when::When;

/// What a step or gate means for what depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// Where it stands.
    pub state: State,
    /// Whether it failed, or was skipped because of a failure.
    pub failed: bool,
    /// The step that this comes of: itself, or for a gate the one that it was skipped for.
    pub step: usize,
}

/// Whether a step may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// Nothing of what it depends on stands in its way.
    Ready,
    /// A dependency has not ended.
    Waiting,
    /// The dependency at this position failed or was skipped.
    Never(usize),
    /// It is there for failures, and there is none.
    NothingFailed,
}

/// Judges a step by its dependencies.
pub(super) fn readiness(when: When, dependencies: &[usize], nodes: &[Node]) -> Readiness {
    let node = |dependency: usize| nodes.get(dependency).copied().unwrap_or_default();
    if when == When::OnSuccess {
        return on_success(dependencies, node);
    }
    let mut failed = false;
    for &dependency in dependencies {
        let node = node(dependency);
        if !node.state.is_final() {
            return Readiness::Waiting;
        }
        failed |= node.failed;
    }
    if failed || when == When::Always {
        Readiness::Ready
    } else {
        Readiness::NothingFailed
    }
}

/// One that cannot succeed decides at once, whatever the others do.
fn on_success(dependencies: &[usize], node: impl Fn(usize) -> Node) -> Readiness {
    let mut verdict = Readiness::Ready;
    for &dependency in dependencies {
        match node(dependency).state {
            State::Succeeded => {}
            State::Waiting | State::Active => verdict = Readiness::Waiting,
            State::Failed | State::Skipped => return Readiness::Never(dependency),
        }
    }
    verdict
}

/// The positions of all steps and gates, each after those that it depends on (Kahn's algorithm: linear, no recursion).
/// Those on a cycle, which no valid model has, are left out.
pub(super) fn order(workflow: &Workflow<'_>) -> Vec<usize> {
    let count = workflow.len();
    let mut dependants = vec![Vec::new(); count];
    let mut open = Vec::with_capacity(count);
    for index in 0..count {
        let dependencies = workflow.dependencies(index);
        open.push(dependencies.len());
        for &dependency in dependencies {
            if let Some(list) = dependants.get_mut(dependency) {
                list.push(index);
            }
        }
    }
    let mut order: Vec<usize> = (0..count).filter(|&index| open.get(index) == Some(&0)).collect();
    let mut done = 0;
    while let Some(&index) = order.get(done) {
        done += 1;
        for &dependant in dependants.get(index).into_iter().flatten() {
            if let Some(count) = open.get_mut(dependant) {
                *count -= 1;
                if *count == 0 {
                    order.push(dependant);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{Node, Readiness, order, readiness};
    use crate::engine::{Gate, Rendered, State, Step, Workflow};
    use crate::when::When;

    use State::{Active, Failed, Skipped, Succeeded, Waiting};

    /// Judges by dependencies in these states; of the skipped ones only the first is skipped because of a failure.
    fn judged(when: When, states: &[State]) -> Readiness {
        let node = |(step, &state): (usize, &State)| Node {
            state,
            failed: state == Failed || (state == Skipped && step == 0),
            step,
        };
        let nodes: Vec<Node> = states.iter().enumerate().map(node).collect();
        readiness(when, &(0..states.len()).collect::<Vec<_>>(), &nodes)
    }

    #[test]
    fn a_step_starts_when_all_its_dependencies_succeeded() {
        let judged = |states: &[State]| judged(When::OnSuccess, states);
        assert_eq!(judged(&[]), Readiness::Ready);
        assert_eq!(judged(&[Succeeded, Succeeded]), Readiness::Ready);
        assert_eq!(judged(&[Succeeded, Active]), Readiness::Waiting);
        assert_eq!(judged(&[Waiting, Succeeded]), Readiness::Waiting);
        assert_eq!(judged(&[Active, Failed]), Readiness::Never(1));
        assert_eq!(judged(&[Skipped, Failed]), Readiness::Never(0));
    }

    #[test]
    fn a_handler_starts_when_all_have_ended_and_one_failed_or_never_came_to_run() {
        let judged = |states: &[State]| judged(When::OnFailure, states);
        assert_eq!(judged(&[Failed, Active]), Readiness::Waiting);
        assert_eq!(judged(&[Succeeded, Failed]), Readiness::Ready);
        assert_eq!(judged(&[Skipped, Succeeded]), Readiness::Ready);
        assert_eq!(judged(&[Succeeded, Skipped]), Readiness::NothingFailed);
        assert_eq!(judged(&[Succeeded, Succeeded]), Readiness::NothingFailed);
    }

    #[test]
    fn a_finally_step_starts_when_all_have_ended() {
        let judged = |states: &[State]| judged(When::Always, states);
        assert_eq!(judged(&[]), Readiness::Ready);
        assert_eq!(judged(&[Failed, Waiting]), Readiness::Waiting);
        for state in [Succeeded, Failed, Skipped] {
            assert_eq!(judged(&[Succeeded, state]), Readiness::Ready);
        }
    }

    fn ordered(steps: &[&[usize]], gates: &[&[usize]]) -> Vec<usize> {
        let step = |&dependencies: &&'static [usize]| Step {
            dependencies,
            ..Step::default()
        };
        let fixed: Vec<&'static [usize]> = steps.iter().map(|list| &*list.to_vec().leak()).collect();
        let gates: Vec<Gate<'_>> = gates.iter().map(|&dependencies| Gate { dependencies }).collect();
        let workflow = Workflow {
            gates,
            ..Workflow::new("", fixed.iter().map(step).collect(), &|_| Rendered::Job(Box::default()))
        };
        order(&workflow)
    }

    #[test]
    fn every_step_comes_after_its_dependencies() {
        assert_eq!(ordered(&[&[2, 3], &[0], &[3], &[]], &[]), [3, 2, 0, 1]);
    }

    #[test]
    fn a_gate_stands_between_steps() {
        assert_eq!(ordered(&[&[3], &[], &[]], &[&[1, 2]]), [1, 2, 3, 0]);
    }

    #[test]
    fn a_cycle_and_an_unknown_dependency_end_the_walk_and_not_the_program() {
        assert_eq!(ordered(&[&[], &[2], &[1], &[9]], &[]), [0]);
    }
}
