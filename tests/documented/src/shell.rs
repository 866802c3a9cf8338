//! Where a reader of a document types: a shell with programs, variables and a working folder.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::markdown::root;

/// No documented command takes longer, `helm install --wait` included.
const LIMIT_SECONDS: &str = "300";

/// bash with a home, a working folder and a folder of programs of its own, which go with the value.
#[derive(Debug)]
pub struct Shell {
    folder: TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Shell {
    /// In a folder that looks like the checkout as far as documents name what is in it.
    ///
    /// # Panics
    /// When the folder cannot be made, as all of this panics where files cannot be written.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home/.local/bin", "work"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let mut shell = Self {
            folder,
            variables: Vec::new(),
        };
        for name in ["examples", "charts"] {
            shell.link(name, &root().join(name));
        }
        let path = format!("{}:{}", shell.programs().display(), std::env::var("PATH").unwrap());
        shell.set("PATH", path);
        shell.set("HOME", shell.home());
        shell
    }

    /// Its home folder.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where its programs are: a folder of the home that is often on the path.
    fn programs(&self) -> PathBuf {
        self.home().join(".local/bin")
    }

    /// Its working folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Makes a program known by this name.
    pub fn program(&self, name: &str, path: &Path) {
        symlink(path, self.programs().join(name)).unwrap();
    }

    /// Makes a file or folder known by this name in the working folder, in the place of what had the name.
    pub fn link(&self, name: &str, target: &Path) {
        let path = self.folder().join(name);
        if path.is_symlink() {
            fs::remove_file(&path).unwrap();
        }
        symlink(target, path).unwrap();
    }

    /// Writes a file into the working folder, or a folder below it.
    pub fn write(&self, path: &str, content: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.variables.push((name.into(), value.as_ref().to_owned()));
    }

    /// Runs a line, and returns its exit status with both streams as they mix on a screen. `status` is what the line finds
    /// as that of the line before it.
    ///
    /// # Panics
    /// When there is no bash, or what is printed is not UTF-8.
    pub fn run(&self, line: &str, status: i32) -> (i32, String) {
        let script = format!("exec 2>&1\n(exit {status})\n{line}\n");
        let mut command = Command::new("timeout");
        command
            .args([LIMIT_SECONDS, "bash", "-o", "pipefail", "-c", &script])
            .envs(self.variables.iter().cloned())
            // As on a person's machine, where the service of a pipeline does not choose the format.
            .env_remove("GITHUB_ACTIONS")
            .current_dir(self.folder())
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let status = output.status.code().unwrap_or(-1);
        (status, String::from_utf8(output.stdout).unwrap())
    }
}

impl Default for Shell {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_run_where_the_examples_are_and_finds_the_status_of_the_one_before() {
        let shell = Shell::new();
        shell.write("a/b.txt", "held\n");
        assert_eq!(shell.run("echo $?; cat a/b.txt", 124), (0, "124\nheld\n".to_owned()));
        assert_eq!(shell.run("ls examples/broken charts && exit 3", 0).0, 3);
        let (status, told) = shell.run("cd ~ && pwd; no-such-program | cat", 0);
        assert!(told.starts_with(shell.home().to_str().unwrap()), "{told}");
        assert_ne!(status, 0, "a program that fails before a pipe is a failure");
    }
}
