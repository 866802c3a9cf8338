//! The order in which steps are shown: each after those that it waits for, otherwise as in the manifest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::steps::Step;

/// Puts the steps of a graph in order (Kahn's algorithm, of those that could come next the first in the manifest), and
/// moves the positions in [`Step::after`] with them. Steps on a cycle, which no admitted object has, come last.
pub fn ordered(steps: Vec<Step>) -> Vec<Step> {
    let count = steps.len();
    let mut dependants = vec![Vec::new(); count];
    let mut open = vec![0_usize; count];
    for (at, step) in steps.iter().enumerate() {
        for &before in &step.after {
            if let (Some(list), Some(open)) = (dependants.get_mut(before), open.get_mut(at)) {
                list.push(at);
                *open += 1;
            }
        }
    }
    let ready = open.iter().enumerate().filter(|(_, open)| **open == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = ready.map(|(at, _)| Reverse(at)).collect();
    let mut place = vec![None; count];
    let mut next = 0;
    while let Some(Reverse(at)) = ready.pop() {
        put(&mut place, at, &mut next);
        for &dependant in dependants.get(at).into_iter().flatten() {
            if let Some(open) = open.get_mut(dependant) {
                *open -= 1;
                if *open == 0 {
                    ready.push(Reverse(dependant));
                }
            }
        }
    }
    for at in 0..count {
        if place.get(at) == Some(&None) {
            put(&mut place, at, &mut next);
        }
    }
    moved(steps, &place)
}

fn put(place: &mut [Option<usize>], at: usize, next: &mut usize) {
    if let Some(place) = place.get_mut(at) {
        *place = Some(*next);
        *next += 1;
    }
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
