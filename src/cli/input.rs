//! Input: from the arguments to the files that they stand for, and to their bytes.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use crate::cli::manifest::limits::FILE_BYTES_MAX;

/// What files in a directory must end with to be read; the same as for kubectl. A file that is named is always read.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// How standard input is called where nobody names it.
const STDIN: &str = "<stdin>";

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input, under this name.
    Stdin(String),
}

/// Something that could not be opened or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub name: String,
    /// Why.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

/// How files are chosen, beside the arguments.
#[derive(Debug, Default)]
pub struct Choice {
    /// What is left out.
    exclude: Exclude,
    /// The name of standard input.
    stdin_name: Option<String>,
}

impl Choice {
    /// With these patterns left out, and this name of standard input.
    ///
    /// # Errors
    /// When a pattern cannot be read.
    pub fn new(exclude: &[String], stdin_name: Option<String>) -> Result<Self, Failure> {
        Ok(Self {
            exclude: Exclude::new(exclude)?,
            stdin_name,
        })
    }

    fn stdin(&self) -> Input {
        Input::Stdin(self.stdin_name.clone().unwrap_or_else(|| STDIN.to_owned()))
    }
}

/// What the arguments stand for: in their order, the files of a directory by name.
///
/// `None` when there are none and nothing is piped in.
pub fn collect(paths: &[PathBuf]) -> Option<Vec<Result<Input, Failure>>> {
    choose(paths, &Choice::default())
}

/// Like [`collect`], without what is left out, and each file once.
pub fn choose(paths: &[PathBuf], choice: &Choice) -> Option<Vec<Result<Input, Failure>>> {
    if paths.is_empty() {
        return (!io::stdin().is_terminal()).then(|| vec![Ok(choice.stdin())]);
    }
    let mut seen = HashSet::new();
    let mut found: Vec<_> = paths.iter().flat_map(|path| expand(path, choice)).collect();
    found.retain(|input| input.as_ref().map_or(true, |input| seen.insert(input.name())));
    Some(found)
}

fn expand(path: &Path, choice: &Choice) -> Vec<Result<Input, Failure>> {
    if path == Path::new("-") {
        return vec![Ok(choice.stdin())];
    }
    if path.is_dir() {
        let found = walk(path, choice, &|path| {
            let extension = path.extension().and_then(OsStr::to_str);
            extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
        });
        let message = "has no file that ends with .yaml, .yml or .json";
        // Where something is left out, the author knows why nothing is left.
        let is_filtered = !choice.exclude.names.is_empty() || !choice.exclude.paths.is_empty();
        return if is_filtered {
            found
        } else {
            some_or(found, path, message)
        };
    }
    if !path.exists()
        && let Some((folder, pattern)) = pattern(path)
    {
        let found = match matcher(&pattern) {
            Ok(_) if !folder.is_dir() => Vec::new(),
            Ok(matcher) => named_plainly(walk(&folder, choice, &|path| matcher.is_match(plain(path)))),
            Err(failure) => vec![Err(failure)],
        };
        return some_or(found, path, "matches no file");
    }
    if choice.exclude.matches(path, path) {
        return Vec::new();
    }
    vec![Ok(Input::File(path.to_owned()))]
}

/// The files below `folder` that are wanted. Links to directories are not followed.
fn walk(folder: &Path, choice: &Choice, is_wanted: &dyn Fn(&Path) -> bool) -> Vec<Result<Input, Failure>> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    let is_kept = |entry: &DirEntry| {
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        entry.depth() == 0 || !choice.exclude.matches(entry.path(), below)
    };
    let found = entries.filter_entry(is_kept).filter_map(|entry| match entry {
        // Through a link: a mounted ConfigMap has nothing else.
        Ok(entry) => (is_wanted(entry.path()) && entry.path().is_file()).then(|| Ok(Input::File(entry.into_path()))),
        Err(error) => {
            let name = error.path().unwrap_or(folder).display().to_string();
            let message = error.io_error().map_or_else(|| error.to_string(), reason);
            Some(Err(Failure { name, message }))
        }
    });
    found.collect()
}

fn some_or(found: Vec<Result<Input, Failure>>, path: &Path, message: &str) -> Vec<Result<Input, Failure>> {
    if !found.is_empty() {
        return found;
    }
    vec![Err(Failure {
        name: path.display().to_string(),
        message: message.to_owned(),
    })]
}

/// A path that is a pattern: the directory that all its matches are below, and the pattern.
fn pattern(path: &Path) -> Option<(PathBuf, String)> {
    let is_special = |part: &OsStr| part.to_string_lossy().contains(['*', '?', '[', '{']);
    let folder: PathBuf = path.iter().take_while(|part| !is_special(part)).collect();
    if folder == path {
        return None;
    }
    let folder = if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    };
    Some((folder, plain(path).to_string_lossy().into_owned()))
}

/// The files, named as the pattern names them.
fn named_plainly(found: Vec<Result<Input, Failure>>) -> Vec<Result<Input, Failure>> {
    let plainly = |input| match input {
        Input::File(path) => Input::File(plain(&path).to_owned()),
        other => other,
    };
    found.into_iter().map(|input| input.map(plainly)).collect()
}

/// The path without a `./` before it.
fn plain(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

fn matcher(pattern: &str) -> Result<GlobMatcher, Failure> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| Failure {
        name: pattern.to_owned(),
        message: error.kind().to_string(),
    })
}

/// What is left out.
#[derive(Debug, Default)]
struct Exclude {
    /// Held against the last name of a path.
    names: Vec<GlobMatcher>,
    /// Held against whole paths.
    paths: Vec<GlobMatcher>,
}

impl Exclude {
    fn new(patterns: &[String]) -> Result<Self, Failure> {
        let mut exclude = Self::default();
        for pattern in patterns {
            let whole = pattern.trim_start_matches("./").trim_end_matches('/');
            let matcher = matcher(whole)?;
            match whole.contains('/') {
                true => exclude.paths.push(matcher),
                false => exclude.names.push(matcher),
            }
        }
        Ok(exclude)
    }

    /// Whether what stands at `path`, which is `below` from the directory that was named, is left out.
    fn matches(&self, path: &Path, below: &Path) -> bool {
        let name = path.file_name().map(Path::new).unwrap_or(path);
        self.names.iter().any(|it| it.is_match(name))
            || self
                .paths
                .iter()
                .any(|it| it.is_match(plain(path)) || it.is_match(below))
    }
}

impl Input {
    /// The name under which findings are reported.
    pub fn name(&self) -> String {
        match self {
            Input::File(path) => path.display().to_string(),
            Input::Stdin(name) => name.clone(),
        }
    }

    /// All its bytes.
    ///
    /// # Errors
    /// When it cannot be read, or has more bytes than [`FILE_BYTES_MAX`].
    pub fn read(&self) -> Result<Vec<u8>, Failure> {
        let bytes = match self {
            Input::File(path) => File::open(path).and_then(bytes_of),
            Input::Stdin(_) => bytes_of(io::stdin().lock()),
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
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read by this user".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use tempfile::TempDir;

    use super::{Choice, Input, choose, collect};

    /// A folder with these files.
    fn folder(files: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "*").unwrap();
        }
        folder
    }

    /// The files that `arguments` below `folder` stand for, without what `exclude` leaves out.
    fn chosen(folder: &Path, arguments: &[&str], exclude: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = arguments.iter().map(|argument| folder.join(argument)).collect();
        let exclude: Vec<String> = exclude.iter().map(|&pattern| pattern.to_owned()).collect();
        let found = choose(&paths, &Choice::new(&exclude, None).unwrap()).unwrap();
        let prefix = format!("{}/", folder.display());
        found
            .into_iter()
            .map(|input| match input {
                Ok(input) => input.name().replace(&prefix, ""),
                Err(failure) => format!("{}: {}", failure.name.replace(&prefix, ""), failure.message),
            })
            .collect()
    }

    #[test]
    fn a_directory_stands_for_all_manifests_below_it_in_order() {
        let folder = folder(&["b.yaml", "a.yml", ".hidden/deep/c.json", "notes.txt", ".gitignore"]);
        assert_eq!(
            chosen(folder.path(), &[""], &[]),
            [".hidden/deep/c.json", "a.yml", "b.yaml"]
        );
    }

    #[test]
    fn patterns_stand_for_the_files_that_match() {
        let folder = folder(&["a.yaml", "deploy/b.yaml", "deploy/deep/c.yaml", "deploy/d.txt"]);
        let of = |pattern| chosen(folder.path(), &[pattern], &[]);
        assert_eq!(of("*.yaml"), ["a.yaml"]);
        assert_eq!(of("deploy/*"), ["deploy/b.yaml", "deploy/d.txt"]);
        assert_eq!(of("deploy/**/*.yaml"), ["deploy/b.yaml", "deploy/deep/c.yaml"]);
        assert_eq!(of("{a,b}.yaml"), ["a.yaml"]);
        assert_eq!(of("*.json"), ["*.json: matches no file"]);
        assert_eq!(
            chosen(folder.path(), &["a.yaml", "*.yaml", ""], &[])[0..2],
            ["a.yaml", "deploy/b.yaml"]
        );
    }

    #[test]
    fn what_is_left_out_is_found_by_name_or_by_path() {
        let folder = folder(&["a.yaml", "charts/x/b.yaml", "deploy/a.yaml", "deploy/charts/c.yaml"]);
        let without = |exclude: &[&str]| chosen(folder.path(), &[""], exclude);
        assert_eq!(without(&["charts"]), ["a.yaml", "deploy/a.yaml"]);
        assert_eq!(
            without(&["charts/**"]),
            ["a.yaml", "deploy/a.yaml", "deploy/charts/c.yaml"]
        );
        assert_eq!(without(&["./deploy/", "a.*"]), ["charts/x/b.yaml"]);
        assert_eq!(without(&["deploy/*.yaml", "x"]), ["a.yaml", "deploy/charts/c.yaml"]);
        assert!(chosen(folder.path(), &["a.yaml"], &["a.yaml"]).is_empty());
        let broken = Choice::new(&["[".to_owned()], None).unwrap_err();
        assert_eq!(broken.name, "[");
    }

    #[test]
    fn an_empty_directory_is_a_failure() {
        let folder = folder(&[]);
        let found = chosen(folder.path(), &[""], &[]);
        assert!(
            found[0].ends_with("has no file that ends with .yaml, .yml or .json"),
            "{found:?}"
        );
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!(
            collect(&["-".into(), "-".into()]),
            Some(vec![Ok(Input::Stdin("<stdin>".to_owned()))])
        );
        let named = Choice::new(&[], Some("deploy/f.yaml".to_owned())).unwrap();
        assert_eq!(
            choose(&["-".into()], &named),
            Some(vec![Ok(Input::Stdin("deploy/f.yaml".to_owned()))])
        );
    }

    #[test]
    fn a_missing_file_says_so() {
        let missing = Input::File("no/such/file.yaml".into());
        assert_eq!(missing.read().unwrap_err().message, "is not there");
    }
}
