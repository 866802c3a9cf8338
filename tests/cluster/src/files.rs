//! Where this crate keeps its files, and writing them whole or not at all.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Digits of a folder name that is made from a hash: 64 bits, which do not collide by chance.
const HASH_DIGITS: usize = 16;

/// `${XDG_CACHE_HOME:-~/.cache}/jobflow`, where built programs and the state of running clusters lie.
pub(crate) fn cache_folder() -> Result<PathBuf> {
    let from_variable = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty());
    if let Some(folder) = from_variable {
        return Ok(PathBuf::from(folder).join("jobflow"));
    }
    let home = std::env::var_os("HOME").filter(|value| !value.is_empty());
    let home =
        home.context("neither `XDG_CACHE_HOME` nor `HOME` is set: set one of them, clusters keep their files there")?;
    Ok(PathBuf::from(home).join(".cache").join("jobflow"))
}

/// The checkout that this crate was built from.
pub(crate) fn checkout_folder() -> PathBuf {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate.ancestors().nth(2).unwrap_or(this_crate).to_owned()
}

/// A short folder name for the given contents.
pub(crate) fn hash_name<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let mut name = String::new();
    for byte in hash.finalize().iter().take(HASH_DIGITS / 2) {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// Writes a file so that a reader, and a run after a kill, sees either all of it or none.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.tmp", std::process::id()));
    let draft = PathBuf::from(draft);
    fs::write(&draft, content).with_context(|| format!("{} cannot be written", draft.display()))?;
    fs::rename(&draft, path).with_context(|| format!("{} cannot be written", path.display()))
}

/// Makes a folder with its parents.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("folder {} cannot be made", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_names_depend_on_where_parts_end() {
        let one = hash_name([b"ab".as_slice(), b"c"]);
        let other = hash_name([b"a".as_slice(), b"bc"]);
        assert_ne!(one, other);
        assert_eq!(one.len(), HASH_DIGITS);
    }

    #[test]
    fn the_checkout_is_the_folder_of_the_workspace() {
        assert!(checkout_folder().join("rust-toolchain.toml").is_file());
    }
}
