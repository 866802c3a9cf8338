//! Order: which of the things that two lists share have changed places.

/// For a list of different numbers: which of them must move so that the others rise. As few as possible are told to.
pub(super) fn moved(places: &[usize]) -> Vec<bool> {
    // The longest rising subsequence by patience sorting: `ends[l]` is where the best one of length `l + 1` ends.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let length = ends.partition_point(|&end| places.get(end).is_some_and(|other| other < place));
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut moved = vec![true; places.len()];
    let mut here = ends.last().copied();
    while let Some(index) = here {
        if let Some(mark) = moved.get_mut(index) {
            *mark = false;
        }
        here = before.get(index).copied().flatten();
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn as_few_as_possible_have_moved() {
        assert_eq!(moved(&[0, 1, 2]), [false, false, false]);
        assert_eq!(moved(&[3, 0, 1, 2]), [true, false, false, false]);
        assert_eq!(moved(&[1, 2, 3, 0]), [false, false, false, true]);
        assert_eq!(moved(&[]), [false; 0]);
    }
}
