//! Readiness: whether a step may start, from the rows of the steps that it depends on.

use super::{Row, State, Step};

/// Whether a step may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// All its dependencies succeeded.
    Ready,
    /// A dependency has not ended.
    Waiting,
    /// The dependency at this position failed or was skipped.
    Never(usize),
}

/// Judges a step by its dependencies. One that cannot succeed decides at once, whatever the others do.
pub fn readiness(dependencies: &[usize], rows: &[Row]) -> Readiness {
    let mut verdict = Readiness::Ready;
    for &dependency in dependencies {
        match rows.get(dependency).map_or(State::Waiting, |row| row.state) {
            State::Succeeded => {}
            State::Waiting | State::Active => verdict = Readiness::Waiting,
            State::Failed | State::Skipped => return Readiness::Never(dependency),
        }
    }
    verdict
}

/// The positions of all steps, each after those that it depends on (Kahn's algorithm: linear, no recursion).
/// Steps on a cycle, which no valid model has, are left out.
pub fn order(steps: &[Step<'_>]) -> Vec<usize> {
    let mut dependants = vec![Vec::new(); steps.len()];
    let mut open: Vec<usize> = steps.iter().map(|step| step.dependencies.len()).collect();
    for (index, step) in steps.iter().enumerate() {
        for &dependency in step.dependencies {
            if let Some(list) = dependants.get_mut(dependency) {
                list.push(index);
            }
        }
    }
    let mut order: Vec<usize> = (0..steps.len()).filter(|&index| open.get(index) == Some(&0)).collect();
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
    use super::{Readiness, order, readiness};
    use crate::engine::{Row, State, Step};

    fn judged(states: &[State]) -> Readiness {
        let rows: Vec<Row> = states.iter().map(|&state| Row::new(state, None)).collect();
        readiness(&(0..states.len()).collect::<Vec<_>>(), &rows)
    }

    #[test]
    fn a_step_starts_when_all_its_dependencies_succeeded() {
        use State::{Active, Failed, Skipped, Succeeded, Waiting};
        assert_eq!(judged(&[]), Readiness::Ready);
        assert_eq!(judged(&[Succeeded, Succeeded]), Readiness::Ready);
        assert_eq!(judged(&[Succeeded, Active]), Readiness::Waiting);
        assert_eq!(judged(&[Waiting, Succeeded]), Readiness::Waiting);
        assert_eq!(judged(&[Active, Failed]), Readiness::Never(1));
        assert_eq!(judged(&[Skipped, Failed]), Readiness::Never(0));
    }

    fn ordered(dependencies: &[&[usize]]) -> Vec<usize> {
        let step = |dependencies| Step {
            name: "",
            job: String::new(),
            dependencies,
        };
        order(&dependencies.iter().map(|&list| step(list)).collect::<Vec<_>>())
    }

    #[test]
    fn every_step_comes_after_its_dependencies() {
        assert_eq!(ordered(&[&[2, 3], &[0], &[3], &[]]), [3, 2, 0, 1]);
    }

    #[test]
    fn a_cycle_and_an_unknown_dependency_end_the_walk_and_not_the_program() {
        assert_eq!(ordered(&[&[], &[2], &[1], &[9]]), [0]);
    }
}
