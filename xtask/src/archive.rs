//! `cargo xtask archive`: the archive of a release for this machine's platform, as Krew wants it: the program and the license.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};
use test_cluster::architecture;

use crate::cargo;
use crate::image::{self, Profile};

/// What both an archive and the image carry beside the program.
pub const LICENSE: &str = "LICENSE";

/// Writes the archive into `folder`, and prints where it is and how large.
pub fn run(folder: &Path) -> Result<()> {
    let program = image::build(Profile::Release)?;
    let program = fs::read(&program).with_context(|| format!("{} cannot be read", program.display()))?;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let path = folder.join(name());
    write(&path, &program)?;
    let size = fs::metadata(&path)?.len();
    println!("{}: {:.1} MiB", path.display(), size as f64 / 1_048_576.0);
    Ok(())
}

/// As the Krew manifest names it.
fn name() -> PathBuf {
    let version = env!("CARGO_PKG_VERSION");
    PathBuf::from(format!("jobflow-v{version}-linux-{}.tar.gz", architecture()))
}

/// The same bytes for the same program, whoever writes them and when.
fn write(path: &Path, program: &[u8]) -> Result<()> {
    let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    let mut archive = Builder::new(GzEncoder::new(file, Compression::best()));
    for (name, mode, content) in [("jobflow", 0o755, program), (LICENSE, 0o644, license()?.as_slice())] {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        archive.append_data(&mut header, name, content)?;
    }
    archive.into_inner()?.finish()?.flush()?;
    Ok(())
}

/// The text of the license.
pub fn license() -> Result<Vec<u8>> {
    let path = cargo::checkout().join(LICENSE);
    fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn an_archive_has_a_program_that_runs_and_the_license() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name());
        write(&path, b"#!/bin/sh\necho runs\n").unwrap();
        let unpack = Command::new("tar")
            .arg("-xzf")
            .arg(&path)
            .current_dir(folder.path())
            .status();
        assert!(unpack.unwrap().success());
        let output = Command::new(folder.path().join("jobflow")).output().unwrap();
        assert_eq!(output.stdout, b"runs\n");
        let license = folder.path().join(LICENSE);
        assert_eq!(
            fs::read(&license).unwrap(),
            fs::read(cargo::checkout().join(LICENSE)).unwrap()
        );
        assert_eq!(fs::metadata(&license).unwrap().permissions().mode() & 0o777, 0o644);
        let before = fs::read(&path).unwrap();
        write(&path, b"#!/bin/sh\necho runs\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn the_krew_manifest_names_it() {
        let manifest = fs::read_to_string(cargo::checkout().join("plugins/krew/jobflow.yaml")).unwrap();
        assert!(manifest.contains(&format!("uri: {}\n", name().display())), "{manifest}");
    }
}
