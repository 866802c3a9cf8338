//! What a file is called from the root of the repository: the services that show findings know no other names.

use std::env;
use std::path::{Component, Path, PathBuf};

/// The variables in which GitHub and GitLab say where the checkout is.
const CHECKOUTS: [&str; 2] = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"];

/// Characters of a path that stand for themselves in a URI (RFC 3986: unreserved, and the separator).
const PLAIN: &[u8] = b"-._~/";

/// From names of files to paths.
#[derive(Debug)]
pub struct Paths {
    /// The working directory.
    here: PathBuf,
    /// The root of the repository.
    root: PathBuf,
}

impl Paths {
    /// The root is the checkout of the pipeline, where the working directory is inside one, else the working directory.
    pub fn from_environment() -> Self {
        let here = env::current_dir().unwrap_or_default();
        let checkouts = CHECKOUTS.iter().filter_map(env::var_os).map(PathBuf::from);
        let root = checkouts
            // The working directory is known without symbolic links.
            .filter_map(|root| root.canonicalize().ok())
            .find(|root| here.starts_with(root))
            .unwrap_or_else(|| here.clone());
        Self { here, root }
    }

    /// The path of `file` from the root; of a file outside of it, the absolute path.
    pub fn in_repository(&self, file: &str) -> String {
        let absolute = normalized(&self.here.join(file));
        let path = absolute.strip_prefix(&self.root).unwrap_or(&absolute);
        path.to_string_lossy().replace('\\', "/")
    }

    /// The same as a reference for SARIF: relative to the root, or an address of the file.
    pub fn uri(&self, file: &str) -> String {
        let path = encoded(&self.in_repository(file));
        if path.starts_with('/') {
            format!("file://{path}")
        } else {
            path
        }
    }
}

/// Without `.` and `..`, by the words of the path alone: a file that is named may be gone by now.
fn normalized(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::Paths;

    fn paths() -> Paths {
        Paths {
            here: "/repo/deploy".into(),
            root: "/repo".into(),
        }
    }

    #[test]
    fn a_path_begins_at_the_root_of_the_repository() {
        for (file, expected) in [
            ("a.yaml", "deploy/a.yaml"),
            ("./x/../a.yaml", "deploy/a.yaml"),
            ("../b.yaml", "b.yaml"),
            ("/repo/c.yaml", "c.yaml"),
            ("/tmp/d.yaml", "/tmp/d.yaml"),
            ("../../e.yaml", "/e.yaml"),
        ] {
            assert_eq!(paths().in_repository(file), expected);
        }
    }

    #[test]
    fn a_uri_has_only_the_characters_that_it_may_have() {
        assert_eq!(paths().uri("ä b:#?%.yaml"), "deploy/%C3%A4%20b%3A%23%3F%25.yaml");
        assert_eq!(paths().uri("/tmp/<x>.yaml"), "file:///tmp/%3Cx%3E.yaml");
    }
}
