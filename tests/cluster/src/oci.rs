//! Container images as OCI archives, written without a container engine.
//!
//! An archive is a tar file with the layer (itself a tar file), the configuration, a manifest that names both by their
//! hashes, and an index that names the manifest. The same input gives the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// An image of one layer.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its whole name with the tag, as runtimes know it.
    pub name: String,
    /// The processor that its programs are for, as Go calls it.
    pub architecture: &'static str,
    /// What is in it, by path without a leading slash. Folders are listed too, before what is in them.
    pub entries: BTreeMap<String, Entry>,
    /// The `config` of the image's configuration: entrypoint, user, labels.
    pub config: Value,
}

/// One path in an image.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A folder with these permissions.
    Folder(u32),
    /// A file with these permissions and this content.
    File(u32, Vec<u8>),
    /// A symbolic link.
    Link(String),
}

/// Bytes that are named by their hash.
struct Blob {
    digest: String,
    bytes: Vec<u8>,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        let digest = digest(&bytes);
        Self { digest, bytes }
    }

    fn described_as(&self, media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": self.digest, "size": self.bytes.len()})
    }
}

impl Image {
    /// Writes the archive.
    pub fn write(&self, path: &Path) -> Result<()> {
        let layer = self.layer()?;
        let content_digest = digest(&layer);
        let layer = Blob::new(compressed(&layer)?);
        let config = Blob::new(serde_json::to_vec(&json!({
            "architecture": self.architecture,
            "os": "linux",
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": [content_digest]},
        }))?);
        let manifest = Blob::new(serde_json::to_vec(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": config.described_as(CONFIG_TYPE),
            "layers": [layer.described_as(LAYER_TYPE)],
        }))?);
        let index = serde_json::to_vec(&self.index(&manifest))?;
        let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        let mut archive = Builder::new(file);
        append(&mut archive, "oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        append(&mut archive, "index.json", 0o644, &index)?;
        for blob in [&manifest, &config, &layer] {
            let name = blob.digest.replace(':', "/");
            append(&mut archive, &format!("blobs/{name}"), 0o644, &blob.bytes)?;
        }
        archive.into_inner()?.flush()?;
        Ok(())
    }

    fn index(&self, manifest: &Blob) -> Value {
        let mut described = manifest.described_as(MANIFEST_TYPE);
        if let Value::Object(described) = &mut described {
            let platform = json!({"architecture": self.architecture, "os": "linux"});
            described.insert("platform".to_owned(), platform);
            // containerd and podman read the image's name from the one, others from the other.
            let names = json!({"io.containerd.image.name": self.name, "org.opencontainers.image.ref.name": self.name});
            described.insert("annotations".to_owned(), names);
        }
        json!({"schemaVersion": 2, "manifests": [described]})
    }

    fn layer(&self) -> Result<Vec<u8>> {
        let mut layer = Builder::new(Vec::new());
        for (path, entry) in &self.entries {
            match entry {
                Entry::Folder(mode) => {
                    layer.append_data(&mut header(EntryType::Directory, *mode, 0), format!("{path}/"), &[][..])?;
                }
                Entry::File(mode, content) => append(&mut layer, path, *mode, content)?,
                Entry::Link(target) => {
                    layer.append_link(&mut header(EntryType::Symlink, 0o777, 0), path, target)?;
                }
            }
        }
        Ok(layer.into_inner()?)
    }
}

fn append<W: Write>(archive: &mut Builder<W>, path: &str, mode: u32, content: &[u8]) -> Result<()> {
    let mut header = header(EntryType::Regular, mode, content.len());
    archive.append_data(&mut header, path, content)?;
    Ok(())
}

/// Owned by root and without a time: an image depends on nothing but its content.
fn header(kind: EntryType, mode: u32, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size as u64);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use tar::Archive;

    use super::*;

    fn image() -> Image {
        let entries = [
            ("bin".to_owned(), Entry::Folder(0o755)),
            ("bin/true".to_owned(), Entry::File(0o755, b"program".to_vec())),
            ("bin/yes".to_owned(), Entry::Link("true".to_owned())),
        ];
        Image {
            name: "jobflow.test/example:1".to_owned(),
            architecture: "amd64",
            entries: BTreeMap::from(entries),
            config: json!({"Entrypoint": ["/bin/true"]}),
        }
    }

    fn members(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut archive = Archive::new(archive);
        let read = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (path, content)
        });
        read.collect()
    }

    #[test]
    fn every_part_is_found_under_the_hash_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.tar");
        image().write(&path).unwrap();
        let members = members(&std::fs::read(&path).unwrap());
        let blob = |described: &Value| {
            let name = described["digest"].as_str().unwrap();
            let bytes = &members[&format!("blobs/{}", name.replace(':', "/"))];
            assert_eq!(
                (digest(bytes).as_str(), bytes.len() as u64),
                (name, described["size"].as_u64().unwrap())
            );
            bytes.clone()
        };
        let index: Value = serde_json::from_slice(&members["index.json"]).unwrap();
        let manifest: Value = serde_json::from_slice(&blob(&index["manifests"][0])).unwrap();
        let config: Value = serde_json::from_slice(&blob(&manifest["config"])).unwrap();
        let mut layer = Vec::new();
        GzDecoder::new(blob(&manifest["layers"][0]).as_slice())
            .read_to_end(&mut layer)
            .unwrap();
        assert_eq!(config["rootfs"]["diff_ids"][0], digest(&layer));
        let files: Vec<String> = self::members(&layer).into_keys().collect();
        assert_eq!(files, ["bin/", "bin/true", "bin/yes"]);
    }

    #[test]
    fn the_same_image_is_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a"), folder.path().join("b")];
        for path in &paths {
            image().write(path).unwrap();
        }
        assert_eq!(std::fs::read(&paths[0]).unwrap(), std::fs::read(&paths[1]).unwrap());
    }
}
