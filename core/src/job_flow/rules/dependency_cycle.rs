//! JF203 `dependency-cycle`: flows depend on each other in a circle.
//!
//! # Why it is an error
//! None of the flows of the circle could ever start.
//!
//! # Example
//! `a` depends on `b`, `b` on `c` and `c` on `a`: denied at the dependency of `a`, with the whole circle `a -> b ->
//! c -> a`. Of flows that are tangled in several circles the shortest is shown; separate circles are shown each.
//!
//! # Fix
//! Remove one of the dependencies that the message lists.

use crate::diagnostic::{Diagnostic, Reason, Report};
use crate::graph::shown_cycle;
use crate::job_flow::rules::{Subject, flows};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("JF203", "dependency-cycle", Deny, "dependency_cycle.rs");

pub(super) fn check(subject: &Subject<'_>, found: &mut Report) {
    let at = flows();
    for cycle in subject.graph.cycles() {
        let names: Vec<&str> = cycle.iter().map(|&node| subject.flow_name(node)).collect();
        let (Some(&first), Some(&from)) = (names.first(), cycle.first()) else {
            continue;
        };
        let next = names.get(1).copied().unwrap_or(first);
        let here = at.index(from);
        let here = here.key("dependencies");
        let here = here.index(subject.place_of_dependency(from, next));
        let message = format!("dependency cycle: {}", shown_cycle(&names));
        let help = format!("{first} -> {next} means that {first} depends on {next}; remove one of these dependencies");
        found.push(
            Diagnostic::new(&RULE, &here, Reason::Invalid, message)
                .value(next)
                .help(help),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{findings, flows_with};

    #[test]
    fn a_cycle_is_shown_whole_from_its_first_flow_and_once() {
        let flows = flows_with(&[
            ("x", &["c"]),
            ("b", &["c"]),
            ("c", &["x", "a"]),
            ("a", &["b", "b2"]),
            ("b2", &[]),
        ]);
        assert_eq!(
            findings(&flows),
            "\
spec.flows[0].dependencies[0]: Invalid value: \"c\": dependency cycle: x -> c -> x (x -> c means that x depends on c; \
remove one of these dependencies) [JF203]
"
        );
    }

    #[test]
    fn separate_cycles_are_each_shown() {
        let flows = flows_with(&[
            ("a", &["b"]),
            ("b", &["a"]),
            ("c", &["e"]),
            ("d", &["c"]),
            ("e", &["d"]),
        ]);
        let findings = findings(&flows);
        assert!(
            findings.contains("spec.flows[0].dependencies[0]: Invalid value: \"b\": dependency cycle: a -> b -> a (")
        );
        assert!(findings.contains("dependency cycle: c -> e -> d -> c ("));
        assert_eq!(findings.lines().count(), 2);
    }

    #[test]
    fn a_very_long_cycle_shows_its_ends_and_how_many_are_between() {
        let names: Vec<String> = (0..100).map(|n| format!("f{n}")).collect();
        let next: Vec<[&str; 1]> = (0..100).map(|n| [names[(n + 1) % 100].as_str()]).collect();
        let flows: Vec<(&str, &[&str])> = names
            .iter()
            .zip(&next)
            .map(|(name, next)| (name.as_str(), &next[..]))
            .collect();
        assert!(findings(&flows_with(&flows)).contains("-> f11 -> … (76 more) … -> f88 ->"));
    }
}
