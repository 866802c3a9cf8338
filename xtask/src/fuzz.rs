//! `cargo xtask fuzz`: coverage-guided fuzzing of everything that reads what strangers write.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use test_cluster::{ProcessRecord, interrupt, stop_all};

use crate::cargo;

/// How often an interrupt is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// One input that takes longer hangs. The slowest seed takes 50 ms with all counters and checks.
const INPUT_SECONDS_MAX: u32 = 10;
/// One input that takes more memory is a fault too.
const MEMORY_MIB_MAX: u32 = 1_024;
/// Longer inputs are no more than repetitions of short ones, which `webhook/tests/hostile.rs` has.
const INPUT_BYTES_MAX: u32 = 16 * 1_024;

/// One thing that is fuzzed: a program in `fuzz/targets`, and where it begins.
struct Target {
    name: &'static str,
    /// Folders of the checkout with inputs; new ones are kept under `target/fuzz`.
    seeds: &'static [&'static str],
}

const TARGETS: [Target; 2] = [
    Target {
        name: "webhook",
        seeds: &["target/fuzz/seeds", "fuzz/regressions/webhook"],
    },
    Target {
        name: "manifest",
        seeds: &[
            "tests/golden",
            "tests/cli/cases",
            "examples",
            "fuzz/regressions/manifest",
        ],
    },
];

/// Builds all targets and runs them one after the other for `seconds` together.
pub fn run(seconds: u64) -> Result<()> {
    let share = (seconds / TARGETS.len() as u64).max(1);
    write_seeds()?;
    let mut failed = Vec::new();
    for target in &TARGETS {
        // With counters that the compiler adds, and so with nothing that is shared with other builds.
        let workspace = ["--config", "fuzz/coverage.toml", "--manifest-path", "fuzz/Cargo.toml"];
        let choice = [&workspace[..], &["--release", "--bin", target.name]].concat();
        let program = cargo::build(&choice, &[], target.name)?;
        failed.extend(fuzzed(target, &program, share)?);
    }
    if failed.is_empty() {
        println!("\nno fault was found");
        return Ok(());
    }
    let files: Vec<String> = failed.iter().map(|file| format!("  {}", file.display())).collect();
    bail!(
        "inputs that fail:\n{}\nRun one again by the program of its target in target/fuzz with the file as its argument; once it is \
         mended, put the file into fuzz/regressions",
        files.join("\n")
    )
}

fn write_seeds() -> Result<()> {
    let choice = ["--package", "webhook", "--example", "fuzz_seeds"];
    let program = cargo::build(&choice, &[], "fuzz_seeds")?;
    let status = Command::new(program)
        .args(["tests/golden", "target/fuzz/seeds"])
        .current_dir(cargo::checkout())
        .status()
        .context("the program that writes the seeds cannot be run")?;
    ensure!(status.success(), "the seeds could not be written");
    Ok(())
}

/// Runs one target for `seconds`; returns the inputs that it failed on.
fn fuzzed(target: &Target, program: &Path, seconds: u64) -> Result<Vec<PathBuf>> {
    let folder = cargo::checkout().join("target/fuzz");
    let (corpus, failures) = (
        folder.join("corpus").join(target.name),
        folder.join("failures").join(target.name),
    );
    for folder in [&corpus, &failures] {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let before = files(&failures)?;
    println!("\n== {} for {seconds} s", target.name);
    let mut command = Command::new(program);
    command
        // The first folder also takes the inputs that reach something new.
        .arg(&corpus)
        .args(target.seeds)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-artifact_prefix={}/", failures.display()))
        .args(["-dict=fuzz/dictionary.txt", "-print_final_stats=1", "-reload=0"])
        .current_dir(cargo::checkout())
        .stdin(Stdio::null())
        .process_group(0);
    let succeeded = waited_for(command.spawn().context("the fuzzer cannot be run")?)?;
    let found: Vec<PathBuf> = files(&failures)?.difference(&before).cloned().collect();
    ensure!(
        succeeded || !found.is_empty(),
        "the target `{}` failed without an input; see above",
        target.name
    );
    Ok(found)
}

/// Whether `child` succeeded; an interrupt ends it.
fn waited_for(mut child: Child) -> Result<bool> {
    loop {
        if let Some(status) = child.try_wait().context("the fuzzer cannot be waited for")? {
            return Ok(status.success());
        }
        if let Err(interrupted) = interrupt::check() {
            let record = ProcessRecord::of("fuzzer", child.id(), Path::new(""), 5);
            stop_all(&record.into_iter().collect::<Vec<_>>())?;
            child.wait().context("the fuzzer cannot be waited for")?;
            return Err(interrupted);
        }
        thread::sleep(POLL_INTERVAL);
    }
}

fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_program_and_its_seeds_are_in_the_checkout() {
        for target in &TARGETS {
            let source = format!("fuzz/targets/{}.rs", target.name);
            let made_anew = |path: &&str| path.starts_with("target/");
            for path in target
                .seeds
                .iter()
                .copied()
                .filter(|path| !made_anew(path))
                .chain([source.as_str()])
            {
                assert!(cargo::checkout().join(path).exists(), "{path}");
            }
        }
    }

    #[test]
    fn a_program_that_fails_is_told_from_one_that_does_not() {
        for (command, succeeds) in [("true", true), ("false", false)] {
            assert_eq!(waited_for(Command::new(command).spawn().unwrap()).unwrap(), succeeds);
        }
    }
}
