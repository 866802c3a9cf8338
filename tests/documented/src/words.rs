//! Output without what differs from run to run.

/// The letters of the ends that Kubernetes gives to generated names.
const GENERATED: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Lines with one mark for each span of time, point of time and generated end of a name, and without the widths of columns.
/// Events of one second are shown in any order.
pub fn normal(command: &str, text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.trim_end().lines().map(line).collect();
    if command.starts_with("kubectl events") {
        lines.sort();
    }
    lines
}

fn line(line: &str) -> String {
    let indent: String = line.chars().take_while(|letter| " │├└─".contains(*letter)).collect();
    let words: Vec<String> = line[indent.len()..].split_whitespace().map(word).collect();
    let line = format!("{indent}{}", words.join(" "));
    // Newer versions of kubectl say where they have deleted something.
    match line.split_once(" deleted from ") {
        Some((name, _)) => format!("{name} deleted"),
        None => line.trim_end().to_owned(),
    }
}

fn word(word: &str) -> String {
    let bare = word.trim_end_matches([':', ';', ',']);
    let tail = &word[bare.len()..];
    let is_time = bare.len() == 20 && bare.ends_with('Z') && bare.contains('T');
    match bare {
        _ if is_span(bare) => format!("#s{tail}"),
        _ if is_time => format!("#time{tail}"),
        _ => word.split('-').map(part).collect::<Vec<_>>().join("-"),
    }
}

fn is_span(word: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || "smh".contains(letter);
    let begins = word.starts_with(|first: char| first.is_ascii_digit());
    word.len() > 1 && begins && word.ends_with(['s', 'm', 'h']) && word.chars().all(is_part)
}

fn part(part: &str) -> String {
    let bare = part.trim_end_matches([':', ';', ',']);
    let is_generated = bare.len() == 5 && bare.chars().all(|letter| GENERATED.contains(letter));
    if is_generated {
        format!("#####{}", &part[bare.len()..])
    } else {
        part.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_gone_and_nothing_else() {
        let same = |a: &str, b: &str| assert_eq!(normal("", a), normal("", b));
        same("job   Failed   16s   3", "job Failed 2m5s  3");
        same(
            "├── ✖ train   nightly-bw4xg-train-qkm4n   3",
            "├── ✖ train   nightly-zzzzz-train-22222   3",
        );
        same("Started:  2026-11-21T17:28:05Z", "Started: 2025-01-01T00:00:00Z");
        same("jobflow \"x\" deleted from docs namespace", "jobflow \"x\" deleted");
        assert_ne!(normal("", "x 3"), normal("", "x 4"));
        assert_ne!(normal("", "│   └── a"), normal("", "└── a"));
        assert_eq!(normal("", "nightly-fetch wait 5s\n"), ["nightly-fetch wait #s"]);
    }

    #[test]
    fn events_may_change_places() {
        assert_eq!(
            normal("kubectl events --for x", "b\na"),
            normal("kubectl events", "a\nb")
        );
        assert_ne!(normal("kubectl get x", "b\na"), normal("kubectl get x", "a\nb"));
    }
}
