//! The order in which steps are shown: each after those that it waits for, otherwise as in the manifest.

use jobflow_core::graph::Graph;

use super::steps::Step;

/// Puts the steps of a graph in order (of those that could come next the first in the manifest), and moves the positions in
/// [`Step::after`] with them. Steps on a cycle, which no admitted object has, come last.
pub fn ordered(steps: Vec<Step>) -> Vec<Step> {
    let graph = Graph::new(steps.iter().map(|step| step.after.clone()).collect());
    let mut place = vec![None; steps.len()];
    let mut next = 0;
    for at in graph.in_order().into_iter().chain(0..steps.len()) {
        if let Some(place @ None) = place.get_mut(at) {
            *place = Some(next);
            next += 1;
        }
    }
    moved(steps, &place)
}

fn moved(steps: Vec<Step>, place: &[Option<usize>]) -> Vec<Step> {
    let place_of = |at: usize| place.get(at).copied().flatten().unwrap_or(at);
    let mut placed: Vec<(usize, Step)> = steps
        .into_iter()
        .enumerate()
        .map(|(at, step)| (place_of(at), step))
        .collect();
    for (_, step) in &mut placed {
        step.after = step.after.iter().map(|&before| place_of(before)).collect();
        step.after.sort_unstable();
        step.after.dedup();
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, step)| step).collect()
}

#[cfg(test)]
mod tests {
    use super::super::steps::Step;
    use super::ordered;

    fn shown(graph: &[(&str, &[usize])]) -> Vec<(String, Vec<usize>)> {
        let step = |(name, after): &(&str, &[usize])| Step {
            name: (*name).to_owned(),
            after: after.to_vec(),
            ..Step::default()
        };
        let steps = ordered(graph.iter().map(step).collect());
        steps.into_iter().map(|step| (step.name, step.after)).collect()
    }

    fn row(name: &str, after: &[usize]) -> (String, Vec<usize>) {
        (name.to_owned(), after.to_vec())
    }

    #[test]
    fn what_is_waited_for_comes_first_and_the_manifest_decides_the_rest() {
        let graph: [(&str, &[usize]); 4] = [("report", &[1, 3]), ("train", &[3]), ("other", &[]), ("fetch", &[])];
        assert_eq!(
            shown(&graph),
            [
                row("other", &[]),
                row("fetch", &[]),
                row("train", &[1]),
                row("report", &[1, 2])
            ]
        );
    }

    #[test]
    fn a_cycle_is_shown_and_not_lost() {
        let graph: [(&str, &[usize]); 3] = [("a", &[1]), ("b", &[0]), ("c", &[])];
        assert_eq!(shown(&graph), [row("c", &[]), row("a", &[2]), row("b", &[1])]);
    }
}
