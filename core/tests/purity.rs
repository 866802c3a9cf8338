//! Invariant 1: `core` depends only on what cannot do IO, and no stage imports what stands to its right.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What `core` may depend on, and why each is harmless. A name is added here only with a reason.
const ALLOWED: [(&str, &str); 7] = [
    ("crds", "wire types"),
    ("json-patch", "the wire form of changes"),
    ("k8s-openapi", "Kubernetes' own types"),
    ("petgraph", "graph algorithms"),
    ("serde", "decoding"),
    ("serde_json", "JSON values"),
    ("strsim", "nearest names"),
];

/// What only IO needs: no file of `core` may name it outside its tests.
const BANNED: [&str; 10] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "println!",
];

#[test]
fn core_depends_only_on_the_allow_list() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest
        .split("[dependencies]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    let names = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    let found: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    let allowed: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, allowed);
}

#[test]
fn core_names_no_clock_file_network_or_environment() {
    for (path, code) in sources() {
        for banned in BANNED {
            assert!(!code.contains(banned), "{} names {banned}", path.display());
        }
    }
}

#[test]
fn admission_does_not_import_what_stands_to_its_right() {
    let left = [
        "shape",
        "parse",
        "change",
        "normalize",
        "validate",
        "rules",
        "graph",
        "names",
        "admission",
        "pod",
    ];
    let right = [
        "crate::engine",
        "super::plan",
        "super::render",
        "super::status",
        "job_flow::plan",
        "job_flow::render",
    ];
    let mut seen = 0;
    for (path, code) in sources() {
        let parts: BTreeSet<_> = path
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        if left.iter().any(|name| parts.contains(*name)) {
            seen += 1;
            for name in right {
                assert!(!code.contains(name), "{} imports {name}", path.display());
            }
        }
    }
    assert!(
        seen > 30,
        "the layout has changed: only {seen} files of admission were found"
    );
}

/// Every file of `core/src`, without its tests and comments.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.push((
                    path.strip_prefix(root()).unwrap().to_owned(),
                    lines.collect::<Vec<_>>().join("\n"),
                ));
            }
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
