//! `cargo xtask krew`: the Krew manifest of a release, from the one in the repository and the archives.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tar::Archive;

use crate::archive::LICENSE;
use crate::cargo;
use crate::print;

/// Where the manifest is, without what only a release knows.
const MANIFEST: &str = "plugins/krew/jobflow.yaml";

/// Prints the manifest of a release whose archives lie in `archives` and will be found below `url`.
pub fn run(url: &str, archives: &Path) -> Result<()> {
    let path = cargo::checkout().join(MANIFEST);
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let manifest = released(serde_saphyr::from_str(&text)?, url, archives)?;
    print::text(format_args!("{}", serde_saphyr::to_string(&manifest)?))
}

/// The manifest with addresses and sums.
fn released(mut manifest: Value, url: &str, archives: &Path) -> Result<Value> {
    ensure!(
        url.starts_with("https://"),
        "Krew fetches by https only, and '{url}' is something else"
    );
    let platforms = manifest.pointer_mut("/spec/platforms").and_then(Value::as_array_mut);
    for platform in platforms.context("the manifest has no platforms")? {
        let text = |key| platform.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, program) = (text("uri"), text("bin"));
        let archive = archives.join(&name);
        check_content(&archive, &program)?;
        let fields = platform.as_object_mut().context("a platform is no object")?;
        fields.insert("uri".to_owned(), format!("{}/{name}", url.trim_end_matches('/')).into());
        fields.insert("sha256".to_owned(), sha256(&archive)?.into());
    }
    Ok(manifest)
}

/// A manifest that names what is not there fails for every user.
fn check_content(archive: &Path, program: &str) -> Result<()> {
    let cannot = || format!("{} cannot be read", archive.display());
    let mut content = Archive::new(GzDecoder::new(File::open(archive).with_context(cannot)?));
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in content.entries().with_context(cannot)? {
        names.push(entry.with_context(cannot)?.path()?.into_owned());
    }
    for wanted in [program, LICENSE] {
        if !names.iter().any(|name| name == Path::new(wanted)) {
            bail!("{} has no file '{wanted}'", archive.display());
        }
    }
    Ok(())
}

fn sha256(path: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hash.update(buffer.get(..count).unwrap_or_default()),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::json;

    use super::*;

    fn manifest() -> Value {
        let text = fs::read_to_string(cargo::checkout().join(MANIFEST)).unwrap();
        serde_saphyr::from_str(&text).unwrap()
    }

    fn platforms(manifest: &Value) -> &Vec<Value> {
        manifest["spec"]["platforms"].as_array().unwrap()
    }

    fn archive(folder: &Path, name: &str, files: &[&str]) {
        let mut builder = tar::Builder::new(GzEncoder::new(
            File::create(folder.join(name)).unwrap(),
            Compression::fast(),
        ));
        for file in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(2);
            header.set_cksum();
            builder.append_data(&mut header, file, &b"x\n"[..]).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap();
    }

    #[test]
    fn version_selectors_and_archives_agree() {
        let manifest = manifest();
        assert_eq!(manifest["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2");
        assert_eq!(manifest["kind"], "Plugin");
        // Krew asks that the file is named as the plugin.
        assert_eq!(
            manifest["metadata"]["name"],
            Path::new(MANIFEST).file_stem().unwrap().to_str().unwrap()
        );
        let version = concat!("v", env!("CARGO_PKG_VERSION"));
        assert_eq!(manifest["spec"]["version"], version);
        // Krew's own limit, for the list that `kubectl krew search` prints.
        let short = manifest["spec"]["shortDescription"].as_str().unwrap();
        assert!(short.len() <= 50 && !short.ends_with('.'), "{short}");
        assert!(!platforms(&manifest).is_empty());
        for platform in platforms(&manifest) {
            let labels = &platform["selector"]["matchLabels"];
            let (os, arch) = (labels["os"].as_str().unwrap(), labels["arch"].as_str().unwrap());
            assert_eq!(platform["uri"], format!("jobflow-{version}-{os}-{arch}.tar.gz"));
            assert_eq!(platform["bin"], "jobflow");
        }
    }

    #[test]
    fn a_release_has_addresses_and_sums_of_archives_that_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = manifest();
        for platform in platforms(&manifest) {
            archive(folder.path(), platform["uri"].as_str().unwrap(), &["jobflow", LICENSE]);
        }
        let made = released(manifest.clone(), "https://host/v0.1.0/", folder.path()).unwrap();
        for (before, after) in platforms(&manifest).iter().zip(platforms(&made)) {
            let name = before["uri"].as_str().unwrap();
            assert_eq!(after["uri"], format!("https://host/v0.1.0/{name}"));
            let sum = std::process::Command::new("sha256sum")
                .arg(folder.path().join(name))
                .output()
                .unwrap();
            let sum = String::from_utf8(sum.stdout).unwrap();
            assert_eq!(after["sha256"], json!(sum.split(' ').next().unwrap()));
        }
        let first = platforms(&manifest)[0]["uri"].as_str().unwrap();
        archive(folder.path(), first, &["jobflow"]);
        let fault = released(manifest, "https://host", folder.path())
            .unwrap_err()
            .to_string();
        assert!(fault.ends_with("has no file 'LICENSE'"), "{fault}");
    }
}
