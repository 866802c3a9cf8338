//! Input: from the arguments to the files that they stand for, and to their bytes.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::cli::manifest::limits::FILE_BYTES_MAX;

/// What files in a directory must end with to be read; the same as for kubectl. A file that is named is always read.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// Something that could not be opened or read.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub name: String,
    /// Why.
    pub message: String,
}

/// What the arguments stand for: in their order, the files of a directory by name.
///
/// `None` when there are none and nothing is piped in.
pub fn collect(paths: &[PathBuf]) -> Option<Vec<Result<Input, Failure>>> {
    if paths.is_empty() {
        return (!io::stdin().is_terminal()).then(|| vec![Ok(Input::Stdin)]);
    }
    Some(paths.iter().flat_map(|path| expand(path)).collect())
}

fn expand(path: &Path) -> Vec<Result<Input, Failure>> {
    if path == Path::new("-") {
        return vec![Ok(Input::Stdin)];
    }
    if !path.is_dir() {
        return vec![Ok(Input::File(path.to_owned()))];
    }
    let entries = WalkDir::new(path).sort_by_file_name().into_iter();
    let found: Vec<_> = entries.filter_map(|entry| manifest_in(path, entry)).collect();
    if found.is_empty() {
        let message = "has no file that ends with .yaml, .yml or .json";
        return vec![Err(Failure {
            name: path.display().to_string(),
            message: message.to_owned(),
        })];
    }
    found
}

fn manifest_in(directory: &Path, entry: walkdir::Result<DirEntry>) -> Option<Result<Input, Failure>> {
    match entry {
        Ok(entry) => {
            let extension = entry.path().extension().and_then(OsStr::to_str);
            let is_manifest = extension.is_some_and(|extension| EXTENSIONS.contains(&extension));
            // Through a link: a mounted ConfigMap has nothing else.
            (is_manifest && entry.path().is_file()).then(|| Ok(Input::File(entry.into_path())))
        }
        Err(error) => {
            let name = error.path().unwrap_or(directory).display().to_string();
            let message = error.io_error().map_or_else(|| error.to_string(), reason);
            Some(Err(Failure { name, message }))
        }
    }
}

impl Input {
    /// The name under which findings are reported.
    pub fn name(&self) -> String {
        match self {
            Input::File(path) => path.display().to_string(),
            Input::Stdin => "<stdin>".to_owned(),
        }
    }

    /// All its bytes.
    ///
    /// # Errors
    /// When it cannot be read, or has more bytes than [`FILE_BYTES_MAX`].
    pub fn read(&self) -> Result<Vec<u8>, Failure> {
        let bytes = match self {
            Input::File(path) => File::open(path).and_then(bytes_of),
            Input::Stdin => bytes_of(io::stdin().lock()),
        };
        bytes.map_err(|error| Failure {
            name: self.name(),
            message: reason(&error),
        })
    }
}

fn bytes_of(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= FILE_BYTES_MAX) {
        return Ok(bytes);
    }
    let message = format!("may not be larger than {} MiB", FILE_BYTES_MAX >> 20);
    Err(io::Error::new(io::ErrorKind::FileTooLarge, message))
}

/// Why, without the number of the system's error.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read by this user".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Input, collect, expand};

    #[test]
    fn a_directory_stands_for_all_manifests_below_it_in_order() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".hidden/deep")).unwrap();
        for name in ["b.yaml", "a.yml", ".hidden/deep/c.json", "notes.txt", ".gitignore"] {
            fs::write(folder.path().join(name), "*").unwrap();
        }
        let found: Vec<String> = expand(folder.path())
            .into_iter()
            .map(|input| input.unwrap().name().replace(folder.path().to_str().unwrap(), ""))
            .collect();
        assert_eq!(found, ["/.hidden/deep/c.json", "/a.yml", "/b.yaml"]);
    }

    #[test]
    fn an_empty_directory_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        assert!(expand(folder.path())[0].is_err());
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!(collect(&["-".into()]), Some(vec![Ok(Input::Stdin)]));
    }

    #[test]
    fn a_missing_file_says_so() {
        let missing = Input::File("no/such/file.yaml".into());
        assert_eq!(missing.read().unwrap_err().message, "is not there");
    }
}
