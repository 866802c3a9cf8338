//! `cargo xtask test`: everything that must hold before a change is merged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use test_cluster::{
    CertManager, Cluster, Helm, NODE_CLUSTER, OPERATOR_IMAGE, OPERATOR_PROGRAM, SHARED_CLUSTER, interrupt,
    node_obstacle,
};

use crate::cargo;
use crate::cluster;
use crate::image;
use crate::summary::{CLUSTER_STAGE, Counts, NODE_STAGE, Outcome, Stage, Summary};

const CLUSTER_NAME: &str = "test";

/// The test programs that wait most, and take about as long as all others together. They have a cluster of their own.
const PATIENT: [&str; 3] = ["daemon_job_runs", "leadership", "webhooks"];
const PATIENT_CLUSTER_NAME: &str = "test-patient";

/// The cluster with a real node, and the beginning of the names of the tests that need it.
const NODE_CLUSTER_NAME: &str = "test-node";
const NODE_TESTS: &str = "node_";

/// Those of them that start clusters of their own.
const OWN_CLUSTERS: [&str; 2] = ["node_leaves_nothing", "node_several"];
const CLUSTER_NODES: usize = 5;

/// Programs of which each has tests that leave themselves out without it, and the package that has it.
const OPTIONAL: [(&str, &str, &str); 3] = [
    ("zsh", "completion in zsh", "zsh"),
    ("fish", "completion in fish", "fish"),
    ("man", "the manual pages by `man`", "man-db"),
];

pub fn run(fast: bool) -> Result<()> {
    let mut summary = Summary::default();
    run_stage(&mut summary, "formatting", || run_cargo(&["fmt", "--all", "--check"]))?;
    run_stage(&mut summary, "clippy", || {
        run_cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
    })?;
    run_stage(&mut summary, "tests", || {
        run_cargo(&["test", "--workspace", "--no-fail-fast"])
    })?;
    summary.stages.extend(OPTIONAL.iter().filter_map(without));
    if fast {
        let reason = "--fast: nothing ran against a real API server";
        summary.stages.push(left_out(CLUSTER_STAGE, reason));
        summary.stages.push(left_out(NODE_STAGE, reason));
    } else {
        run_stage(&mut summary, CLUSTER_STAGE, run_cluster_tests)?;
        match node_obstacle().or_else(image::obstacle) {
            Some(obstacle) => summary.stages.push(left_out(
                NODE_STAGE,
                &format!("NOT TESTED: the chart, the image and real containers: {obstacle}"),
            )),
            None => run_stage(&mut summary, NODE_STAGE, run_node_tests)?,
        }
    }
    println!("\n{summary}");
    ensure!(!summary.has_failed(), "not everything passed");
    Ok(())
}

/// Runs one stage. Its failure is noted and the next one runs all the same: one run shows all that is wrong.
fn run_stage(summary: &mut Summary, name: &'static str, stage: impl FnOnce() -> Result<(bool, Counts)>) -> Result<()> {
    println!("\n== {name}");
    let start = Instant::now();
    let ended = stage();
    interrupt::check()?;
    let (outcome, counts) = match ended {
        Ok((true, counts)) => (Outcome::Passed, counts),
        Ok((false, counts)) => (Outcome::Failed(String::new()), counts),
        Err(error) => (Outcome::Failed(format!("{error:#}")), Counts::default()),
    };
    summary.stages.push(Stage {
        name,
        outcome,
        time: start.elapsed(),
        counts,
    });
    Ok(())
}

/// What is not tested for want of a program.
fn without(&(program, what, package): &(&'static str, &str, &str)) -> Option<Stage> {
    let is_here = Command::new(program).arg("--version").output().is_ok();
    (!is_here).then(|| {
        left_out(
            program,
            &format!("NOT TESTED: {what}: on Debian, `apt-get install {package}`"),
        )
    })
}

fn left_out(name: &'static str, reason: &str) -> Stage {
    Stage {
        name,
        outcome: Outcome::LeftOut(reason.to_owned()),
        time: Duration::ZERO,
        counts: Counts::default(),
    }
}

fn run_cargo(args: &[&str]) -> Result<(bool, Counts)> {
    run_cargo_with(args, &[])
}

fn run_cargo_with(args: &[&str], variables: &[(&str, &Path)]) -> Result<(bool, Counts)> {
    let mut counts = Counts::default();
    let success = cargo::run(args, variables, |line| {
        println!("{line}");
        counts.add_line(line);
    })?;
    Ok((success, counts))
}

/// Two clusters, each for a half of them, which runs beside the other; they are stopped when the values are dropped, also
/// after a failure.
fn run_cluster_tests() -> Result<(bool, Counts)> {
    let program = cargo::build_jobflow()?;
    let (_, programs) = split_by_cluster(cluster_test_programs()?);
    let (patient, others) = split_by_name(programs, &PATIENT)?;
    println!("starting two clusters with {CLUSTER_NODES} nodes each");
    let first = Cluster::start(&cluster::options(CLUSTER_NAME, CLUSTER_NODES))?;
    let second = Cluster::start(&cluster::options(PATIENT_CLUSTER_NAME, CLUSTER_NODES))?;
    // Built here, where its progress is seen, and not inside the test that needs it.
    Helm::of(&first)?;
    let run = |cluster: &Cluster, programs: &[String]| {
        let variables = [
            (SHARED_CLUSTER, cluster.state().path()),
            (OPERATOR_PROGRAM, program.as_path()),
        ];
        run_ignored_tests(programs, &variables, &[])
    };
    let (on_first, on_second) = side_by_side(|| run(&first, &others), || run(&second, &patient))?;
    Ok(sum(end(first, on_first)?, end(second, on_second)?))
}

/// The same for the tests that need real containers. They wait more than they work, so those that start clusters of their
/// own run beside those that share one.
fn run_node_tests() -> Result<(bool, Counts)> {
    let (on_a_node, _) = split_by_cluster(cluster_test_programs()?);
    let (apart, sharing) = split_by_name(on_a_node, &OWN_CLUSTERS)?;
    let (cluster, image) = start_node()?;
    let program = cargo::build_jobflow()?;
    let variables = [
        (NODE_CLUSTER, cluster.state().path()),
        (OPERATOR_PROGRAM, program.as_path()),
    ];
    let (apart, sharing) = side_by_side(
        || run_ignored_tests(&apart, &[(OPERATOR_IMAGE, image.as_path())], &[]),
        || run_ignored_tests(&sharing, &variables, &[]),
    )?;
    end(cluster, sum(apart, sharing))
}

/// Runs both at once, and both to their end.
fn side_by_side<T: Send>(one: impl FnOnce() -> Result<T> + Send, other: impl FnOnce() -> Result<T>) -> Result<(T, T)> {
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join(), other)
    });
    Ok((one.map_err(|_| anyhow!("a thread of the tests panicked"))??, other?))
}

fn sum((success, mut counts): (bool, Counts), (others_succeed, others): (bool, Counts)) -> (bool, Counts) {
    counts.add(others);
    (success && others_succeed, counts)
}

/// Runs some of the tests that need real containers, with settings of their own, and shows the figures that they print.
pub fn run_on_a_node(programs: &[&str], settings: &[(&str, &Path)]) -> Result<()> {
    if let Some(obstacle) = node_obstacle().or_else(image::obstacle) {
        bail!("{obstacle}");
    }
    let programs: Vec<String> = programs.iter().map(|&name| name.to_owned()).collect();
    let (cluster, _) = start_node()?;
    let variables = [(NODE_CLUSTER, cluster.state().path())];
    let ended = run_ignored_tests(&programs, &[&variables, settings].concat(), &["--nocapture"])?;
    let (success, _) = end(cluster, ended)?;
    ensure!(success, "not everything passed");
    Ok(())
}

/// A cluster with a real node that has the image, which is built too. What tests need is built here, where its progress is seen.
fn start_node() -> Result<(Cluster, PathBuf)> {
    let image = image::for_tests()?;
    println!("starting a cluster with a real node");
    let cluster = Cluster::start(&cluster::node_options(NODE_CLUSTER_NAME, 1))?;
    Helm::of(&cluster)?;
    CertManager::build(&cluster)?;
    cluster.load_image(&image)?;
    Ok((cluster, image))
}

fn run_ignored_tests(programs: &[String], variables: &[(&str, &Path)], flags: &[&str]) -> Result<(bool, Counts)> {
    // By name and not by package: another choice of packages means other features, and a second build of everything.
    let mut args = vec!["test", "--workspace", "--no-fail-fast"];
    args.extend(programs.iter().flat_map(|name| ["--test", name.as_str()]));
    args.extend(["--", "--ignored"]);
    args.extend(flags);
    run_cargo_with(&args, variables)
}

/// Stops the cluster. After a failure the logs stay for whoever looks for the reason.
fn end(cluster: Cluster, (success, counts): (bool, Counts)) -> Result<(bool, Counts)> {
    if success {
        cluster.stop()?;
    } else {
        println!(
            "the logs of the cluster are in {}",
            cluster.state().join("logs").display()
        );
    }
    Ok((success, counts))
}

/// The tests that need a real node, and those that do not.
fn split_by_cluster(programs: Vec<String>) -> (Vec<String>, Vec<String>) {
    programs.into_iter().partition(|name| name.starts_with(NODE_TESTS))
}

/// Those of these names, all of which there must be, and the others.
fn split_by_name(programs: Vec<String>, names: &[&str]) -> Result<(Vec<String>, Vec<String>)> {
    let (chosen, others): (Vec<_>, Vec<_>) = programs
        .into_iter()
        .partition(|program| names.contains(&program.as_str()));
    ensure!(chosen.len() == names.len(), "of {names:?} there are only {chosen:?}");
    Ok((chosen, others))
}

/// Names of the test programs in `tests/cluster/tests`, in order: files, and folders with a `main.rs`.
fn cluster_test_programs() -> Result<Vec<String>> {
    let folder = cargo::checkout().join("tests/cluster/tests");
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let is_program =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs") || path.join("main.rs").is_file();
    let programs = paths.filter(is_program);
    let mut names: Vec<String> = programs
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    ensure!(!names.is_empty(), "there are no tests in {}", folder.display());
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_is_said_with_its_package() {
        assert!(without(&("sh", "x", "y")).is_none());
        let stage = without(&("no-such-program", "completion in it", "its-package")).unwrap();
        let told = "NOT TESTED: completion in it: on Debian, `apt-get install its-package`";
        assert_eq!(stage.outcome, Outcome::LeftOut(told.to_owned()));
    }

    #[test]
    fn the_tests_of_the_cluster_itself_are_among_those_that_run() {
        let names = cluster_test_programs().unwrap();
        assert!(names.contains(&"cluster_works".to_owned()), "{names:?}");
    }
}
