//! `cargo xtask image`: the image of the Dockerfile as an OCI archive, without a container engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use test_cluster::{Entry, Image, OPERATOR_IMAGE, architecture};

use crate::archive::{self, LICENSE};
use crate::cargo;

/// What the archive is named by, and so what a node that has loaded it knows it by.
const NAME: &str = "docker.io/library/jobflow";

/// What a node may have to pull: who makes it larger finds out here.
const LARGEST: u64 = 15_000_000;

const VERSION: &str = env!("CARGO_PKG_VERSION");

const DESCRIPTION: &str =
    "Kubernetes operator for graphs of Jobs, with admission that tells everything that is wrong at once";

/// How the program in the image is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// As it is shipped.
    Release,
    /// Quickly, for tests.
    Dev,
}

/// Writes the archive, prints where it is and how large, and returns the path.
pub fn run(profile: Profile, output: Option<&Path>) -> Result<PathBuf> {
    let program = build(profile)?;
    let content = fs::read(&program).with_context(|| format!("{} cannot be read", program.display()))?;
    let path = match output {
        Some(path) => path.to_owned(),
        None => program.with_file_name("jobflow-image.tar"),
    };
    let program_size = content.len();
    image(content, archive::license()?, &revision()).write(&path)?;
    let size = fs::metadata(&path)?.len();
    println!(
        "{}: {NAME}:{VERSION}, {:.1} MiB (the program in it: {:.1} MiB)",
        path.display(),
        size as f64 / 1_048_576.0,
        program_size as f64 / 1_048_576.0
    );
    ensure!(
        profile == Profile::Dev || size <= LARGEST,
        "the image has {size} bytes, and may have {LARGEST}"
    );
    Ok(path)
}

/// The image for tests: built, unless `JOBFLOW_IMAGE` names one.
pub fn for_tests() -> Result<PathBuf> {
    match std::env::var_os(OPERATOR_IMAGE) {
        Some(path) => Ok(PathBuf::from(path)),
        None => run(Profile::Dev, None),
    }
}

/// Why no image can be built here; none if one can. Both parts are looked at, so that one message tells all.
pub fn obstacle() -> Option<String> {
    let installed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    let has_target = installed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(target().as_str()));
    let has_compiler = Command::new("musl-gcc").arg("--version").output().is_ok();
    let mut missing = Vec::new();
    if !has_target {
        missing.push(format!("`rustup target add {}`", target()));
    }
    if !has_compiler {
        missing.push("a C compiler for musl (on Debian, `apt-get install musl-tools`)".to_owned());
    }
    let missing = missing.join(" and ");
    (!missing.is_empty()).then(|| format!("a static program needs {missing}"))
}

/// Builds the static program of this machine's platform, and returns where it is.
pub fn build(profile: Profile) -> Result<PathBuf> {
    if let Some(obstacle) = obstacle() {
        bail!("{obstacle}");
    }
    let target = target();
    let mut choice = vec!["--bin", "jobflow", "--target", &target];
    if profile == Profile::Release {
        choice.push("--release");
    }
    let compiler = format!("CC_{}", target.replace('-', "_"));
    cargo::build(&choice, &[(&compiler, Path::new("musl-gcc"))], "jobflow")
}

/// This machine's, linked statically.
fn target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

fn image(program: Vec<u8>, license: Vec<u8>, revision: &str) -> Image {
    Image {
        name: format!("{NAME}:{VERSION}"),
        architecture: architecture(),
        entries: BTreeMap::from([
            ("jobflow".to_owned(), Entry::File(0o755, program)),
            (LICENSE.to_owned(), Entry::File(0o644, license)),
        ]),
        config: config(revision),
    }
}

/// What the Dockerfile says of the image.
fn config(revision: &str) -> Value {
    json!({
        "User": "65532:65532",
        "Entrypoint": ["/jobflow"],
        "ExposedPorts": {"8443/tcp": {}, "8081/tcp": {}, "8080/tcp": {}},
        "Labels": {
            "org.opencontainers.image.title": "jobflow",
            "org.opencontainers.image.description": DESCRIPTION,
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.version": VERSION,
            "org.opencontainers.image.revision": revision,
        },
    })
}

/// The commit that is built; `unknown` without git.
fn revision() -> String {
    let commit = Command::new("git")
        .args(["rev-parse", "HEAD"])
        .current_dir(cargo::checkout())
        .output();
    let commit = commit.ok().filter(|output| output.status.success());
    commit.map_or_else(
        || "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Instructions of the last stage, each on one line.
    fn last_stage() -> Vec<String> {
        let text = fs::read_to_string(cargo::checkout().join("Dockerfile")).unwrap();
        let text = text.replace("\\\n", " ");
        let (_, stage) = text.rsplit_once("\nFROM ").unwrap();
        stage.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_dockerfile_says_the_same_of_the_image() {
        let stage = last_stage();
        let value = |instruction: &str| {
            let line = stage.iter().find_map(|line| line.strip_prefix(instruction));
            line.unwrap().trim().to_owned()
        };
        let config = config("${REVISION}");
        assert_eq!(stage[0], "scratch");
        assert_eq!(value("USER"), config["User"].as_str().unwrap());
        assert_eq!(
            serde_json::from_str::<Value>(&value("ENTRYPOINT")).unwrap(),
            config["Entrypoint"]
        );
        assert_eq!(value("ARG VERSION="), VERSION);
        let copied = stage
            .iter()
            .filter_map(|line| line.strip_prefix("COPY ")?.rsplit(" /").next());
        let image = image(Vec::new(), Vec::new(), "");
        assert_eq!(
            copied.collect::<BTreeSet<_>>(),
            image.entries.keys().map(String::as_str).collect()
        );
        let labels = value("LABEL").replace("${VERSION}", VERSION);
        for (name, text) in config["Labels"].as_object().unwrap() {
            let pair = format!("{name}={text}");
            assert!(labels.contains(&pair), "{pair} is not in {labels}");
        }
        let ports: Vec<String> = value("EXPOSE").split(' ').map(|port| format!("{port}/tcp")).collect();
        assert!(
            ports.iter().all(|port| config["ExposedPorts"].get(port).is_some()),
            "{ports:?}"
        );
    }

    #[test]
    fn the_chart_runs_this_version() {
        let chart = fs::read_to_string(cargo::checkout().join("charts/jobflow-operator/Chart.yaml")).unwrap();
        assert!(chart.contains(&format!("\nappVersion: {VERSION}\n")), "{chart}");
    }
}
