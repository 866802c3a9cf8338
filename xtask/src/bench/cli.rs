//! `cargo xtask bench cli`: what a pipeline waits for, measured on the program itself, started anew for every figure.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use test_cluster::OPERATOR_PROGRAM;

use crate::cargo;

/// As many as a large repository has.
const FILES: usize = 1_000;

/// As many as the example has.
const FLOWS: usize = 5;

/// As many as a JobFlow may have without a word from us.
const FLOWS_OF_LARGE: usize = 256;

/// How often each is measured: so that the fastest tells what the program takes, and the slowest what the machine does.
const RUNS: usize = 20;

/// The aims: for [`FILES`] on two processors, and for a start.
const AIM_FILES: Duration = Duration::from_secs(1);
const AIM_START: Duration = Duration::from_millis(10);

/// Measures the program that `JOBFLOW_BIN` names, or builds one in release.
pub fn run() -> Result<()> {
    let program = match env::var_os(OPERATOR_PROGRAM) {
        Some(program) => PathBuf::from(program),
        None => cargo::build(&["--release", "--workspace", "--bin", "jobflow"], &[], "jobflow")?,
    };
    let folder = tempfile::tempdir().context("cannot make a folder for the files to check")?;
    let (many, large) = (folder.path().join("many"), folder.path().join("large.yaml"));
    write_files(&many, &large)?;

    let size = fs::metadata(&program).context("cannot measure the program")?.len();
    println!("{}: {:.1} MiB", program.display(), size as f64 / f64::from(1 << 20));
    println!("{RUNS} runs each, in ms:{:>31}{:>10}{:>10}", "min", "median", "max");
    row("jobflow --version", &program, &["--version".as_ref()], Some(AIM_START))?;
    let validate = Path::new("validate");
    let name = format!("{FILES} files of {FLOWS} flows");
    row(&name, &program, &[validate, &many], Some(AIM_FILES))?;
    let one_job = [validate, &many, "--jobs".as_ref(), "1".as_ref()];
    row(&format!("{name}, --jobs 1"), &program, &one_job, None)?;
    let sarif = [validate, &many, "--output".as_ref(), "sarif".as_ref()];
    row(&format!("{name}, sarif"), &program, &sarif, None)?;
    row(
        &format!("a file of {FLOWS_OF_LARGE} flows"),
        &program,
        &[validate, &large],
        None,
    )
}

fn write_files(many: &Path, large: &Path) -> Result<()> {
    fs::create_dir(many).context("cannot make the folder of files")?;
    for number in 0..FILES {
        let file = many.join(format!("flow-{number}.yaml"));
        fs::write(&file, manifest(&format!("flow-{number}"), FLOWS)).context("cannot write a file to check")?;
    }
    fs::write(large, manifest("large", FLOWS_OF_LARGE)).context("cannot write the large file")
}

/// A flow of which each depends on the two before it.
fn manifest(name: &str, flows: usize) -> String {
    let mut text =
        format!("apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata:\n  name: {name}\nspec:\n  flows:\n");
    for flow in 0..flows {
        let dependencies: Vec<String> = (flow.saturating_sub(2)..flow)
            .map(|other| format!("step-{other}"))
            .collect();
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "    - name: step-{flow}\n      dependencies: [{}]\n      jobTemplate:\n        backoffLimit: 2\n        \
             template:\n          spec:\n            restartPolicy: Never\n            containers:\n              - name: \
             main\n                image: registry.example/step:1.4.2\n                command: [run, --step, \"{flow}\"]\n                \
             env:\n                  - name: STEP\n                    value: \"{flow}\"\n                resources:\n                  \
             requests: {{cpu: 100m, memory: 128Mi}}\n                  limits: {{memory: 256Mi}}\n",
            dependencies.join(", ")
        );
    }
    text
}

/// Prints the fastest, the median and the slowest run, and whether the median is within the aim.
fn row(name: &str, program: &Path, args: &[&Path], aim: Option<Duration>) -> Result<()> {
    let mut taken = (0..RUNS)
        .map(|_| timed(program, args))
        .collect::<Result<Vec<Duration>>>()?;
    taken.sort();
    let at = |index: usize| taken.get(index).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    let median = at(RUNS / 2);
    let verdict = aim.map(|aim| aim.as_secs_f64() * 1_000.0).map_or(String::new(), |aim| {
        let verdict = if median <= aim { "met" } else { "missed" };
        format!("   aim {aim:.0}: {verdict}")
    });
    println!("{name:<44}{:>10.1}{median:>10.1}{:>10.1}{verdict}", at(0), at(RUNS - 1));
    Ok(())
}

fn timed(program: &Path, args: &[&Path]) -> Result<Duration> {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().context("the program cannot be run")?;
    let taken = started.elapsed();
    ensure!(
        status.success(),
        "`{command:?}` failed: what was measured is not what was meant"
    );
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::manifest;

    #[test]
    fn what_is_measured_has_as_many_flows_as_it_says() {
        let manifest = manifest("x", 3);
        assert_eq!(manifest.matches("- name: step-").count(), 3);
        assert!(manifest.contains("dependencies: [step-0, step-1]"), "{manifest}");
    }
}
