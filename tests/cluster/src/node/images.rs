//! The images that every node has. There is no registry: both are made of Debian's static busybox.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use super::output_of;
use crate::oci::{Entry, Image};

/// The image that the examples use, by its whole name.
const BUSYBOX: &str = "docker.io/library/busybox:1.28";

/// What holds the namespaces of a pod.
pub(super) const PAUSE_NAME: &str = "jobflow.test/pause:1";

/// Who runs in a pod as `nobody` needs a name for it.
const USERS: &[u8] = b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";

impl Image {
    /// A shell with all that busybox has.
    pub(crate) fn busybox(program: &Path) -> Result<Self> {
        let mut entries = with_program(program)?;
        for name in output_of(Command::new(program).arg("--list"))?
            .lines()
            .filter(|name| *name != "busybox")
        {
            entries.insert(format!("bin/{name}"), Entry::Link("busybox".to_owned()));
        }
        entries.insert("etc".to_owned(), Entry::Folder(0o755));
        entries.insert("etc/passwd".to_owned(), Entry::File(0o644, USERS.to_vec()));
        entries.insert("tmp".to_owned(), Entry::Folder(0o1777));
        Ok(Self {
            name: BUSYBOX.to_owned(),
            architecture: architecture(),
            entries,
            config: json!({"Env": ["PATH=/bin"], "Cmd": ["sh"]}),
        })
    }

    /// A program that does nothing for as long as a pod lives.
    pub(crate) fn pause(program: &Path) -> Result<Self> {
        Ok(Self {
            name: PAUSE_NAME.to_owned(),
            architecture: architecture(),
            entries: with_program(program)?,
            config: json!({"Entrypoint": ["/bin/busybox", "sleep", "2147483647"]}),
        })
    }
}

fn with_program(program: &Path) -> Result<BTreeMap<String, Entry>> {
    let content = fs::read(program).with_context(|| format!("{} cannot be read", program.display()))?;
    Ok(BTreeMap::from([
        ("bin".to_owned(), Entry::Folder(0o755)),
        ("bin/busybox".to_owned(), Entry::File(0o755, content)),
    ]))
}

/// This machine's processor, as Go calls it.
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
