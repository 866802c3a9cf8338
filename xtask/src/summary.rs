//! What a test run did, stage by stage, and its totals.

use std::fmt;
use std::time::Duration;

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub ignored: usize,
}

impl Counts {
    /// Adds what a line of cargo's output reports; lines that report nothing add nothing.
    ///
    /// A report looks so: `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
    pub fn add_line(&mut self, line: &str) {
        let Some(report) = line.trim_start().strip_prefix("test result: ") else {
            return;
        };
        self.passed += number_before(report, " passed");
        self.failed += number_before(report, " failed");
        self.ignored += number_before(report, " ignored");
    }

    /// Adds what others have counted.
    pub fn add(&mut self, others: Self) {
        self.passed += others.passed;
        self.failed += others.failed;
        self.ignored += others.ignored;
    }
}

fn number_before(text: &str, word: &str) -> usize {
    let before = text.split_once(word).map_or("", |(before, _)| before);
    let number = before.rsplit(' ').next().unwrap_or_default();
    number.parse().unwrap_or(0)
}

/// One step of a test run.
#[derive(Clone, Debug)]
pub struct Stage {
    pub name: &'static str,
    pub outcome: Outcome,
    pub time: Duration,
    pub counts: Counts,
}

/// How a stage ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// With the reason, unless cargo has already said it.
    Failed(String),
    /// With the reason.
    LeftOut(String),
}

/// All stages of a run; prints itself for people.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub stages: Vec<Stage>,
}

impl Summary {
    /// Whether anything failed.
    pub fn has_failed(&self) -> bool {
        let failed = |stage: &Stage| stage.counts.failed > 0 || matches!(stage.outcome, Outcome::Failed(_));
        self.stages.iter().any(failed)
    }

    /// Totals over all stages. A test that one stage ignores is skipped only if no other stage has run it: the tests
    /// that need a cluster are the ignored ones of all others, and only they run in the stage that has a cluster.
    fn totals(&self, cluster_stages: [&str; 2]) -> Counts {
        let mut totals = Counts::default();
        for stage in &self.stages {
            totals.passed += stage.counts.passed;
            totals.failed += stage.counts.failed;
            totals.ignored += stage.counts.ignored;
        }
        let caught_up = self.stages.iter().filter(|stage| cluster_stages.contains(&stage.name));
        let caught_up: usize = caught_up.map(|stage| stage.counts.passed + stage.counts.failed).sum();
        totals.ignored = totals.ignored.saturating_sub(caught_up);
        totals
    }
}

/// The names of the stages whose tests the others ignore.
pub const CLUSTER_STAGE: &str = "cluster tests";
pub const NODE_STAGE: &str = "node tests";

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "summary")?;
        for stage in &self.stages {
            let seconds = stage.time.as_secs_f64();
            let (word, reason) = match &stage.outcome {
                Outcome::Passed => (format!("passed    {seconds:>6.1} s"), ""),
                Outcome::Failed(reason) => (format!("FAILED    {seconds:>6.1} s"), reason.as_str()),
                Outcome::LeftOut(reason) => ("LEFT OUT".to_owned(), reason.as_str()),
            };
            let line = format!("  {:<18} {word}  {reason}", stage.name);
            writeln!(f, "{}", line.trim_end())?;
        }
        let totals = self.totals([CLUSTER_STAGE, NODE_STAGE]);
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            totals.passed, totals.failed, totals.ignored
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &'static str, outcome: Outcome, passed: usize, failed: usize, ignored: usize) -> Stage {
        Stage {
            name,
            outcome,
            time: Duration::from_millis(1500),
            counts: Counts {
                passed,
                failed,
                ignored,
            },
        }
    }

    #[test]
    fn reports_of_several_binaries_add_up() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.10s",
            "test says_test_result ... ok",
        ] {
            counts.add_line(line);
        }
        assert_eq!(
            counts,
            Counts {
                passed: 15,
                failed: 2,
                ignored: 1
            }
        );
    }

    #[test]
    fn a_test_that_the_cluster_stage_ran_is_not_skipped() {
        let stages = vec![
            stage("tests", Outcome::Passed, 10, 0, 3),
            stage(CLUSTER_STAGE, Outcome::Passed, 2, 0, 0),
        ];
        let shown = Summary { stages }.to_string();
        assert_eq!(shown.lines().last(), Some("12 passed, 0 failed, 1 skipped"));
    }

    #[test]
    fn what_was_left_out_is_said_and_is_no_failure() {
        let stages = vec![
            stage("tests", Outcome::Passed, 10, 0, 3),
            stage(CLUSTER_STAGE, Outcome::LeftOut("--fast".to_owned()), 0, 0, 0),
        ];
        let summary = Summary { stages };
        assert!(!summary.has_failed());
        let shown = summary.to_string();
        assert!(shown.contains("cluster tests      LEFT OUT  --fast"), "{shown}");
        assert!(shown.ends_with("\n10 passed, 0 failed, 3 skipped"), "{shown}");
    }

    #[test]
    fn a_stage_that_fails_without_failed_tests_fails_the_run() {
        let stages = vec![stage("clippy", Outcome::Failed(String::new()), 0, 0, 0)];
        assert!(Summary { stages }.has_failed());
    }
}
