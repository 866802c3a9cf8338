//! A user's terminal: commands and what they print, in the order in which it is seen.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;
use test_cluster::{Cluster, Helm, Namespace, Operator, OperatorOptions};

/// The operator of this test binary. Statics are not dropped: the next binary replaces it, or the cluster's end stops it.
static OPERATOR: OnceLock<Operator> = OnceLock::new();

/// The shared cluster, with an operator that its webhook configurations point to.
pub fn cluster() -> Cluster {
    let cluster = Cluster::shared().unwrap();
    OPERATOR.get_or_init(|| {
        let options = OperatorOptions::from_environment().unwrap();
        cluster.start_operator(&options).unwrap()
    });
    cluster
}

/// A namespace, a working folder, and the transcript of what was done in it.
pub struct Terminal {
    pub namespace: Namespace,
    helm: Option<Helm>,
    folder: TempDir,
    transcript: String,
}

impl Terminal {
    /// A terminal on the shared cluster with its operator.
    pub fn open(label: &str) -> Self {
        Self {
            namespace: cluster().namespace(label).unwrap(),
            helm: None,
            folder: tempfile::tempdir().unwrap(),
            transcript: String::new(),
        }
    }

    /// The same with helm.
    pub fn open_with_helm(label: &str) -> Self {
        let helm = Helm::of(&Cluster::shared().unwrap()).unwrap();
        Self {
            helm: Some(helm),
            ..Self::open(label)
        }
    }

    /// Writes a file into the working folder, or a folder below it.
    pub fn write(&self, path: &str, content: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs a command line that begins with `kubectl` or `helm`.
    pub fn run(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let program = words.next().unwrap();
        let args: Vec<&str> = words.collect();
        let command = match (program, &self.helm) {
            ("kubectl", _) => self.namespace.kubectl().command(&args),
            ("helm", Some(helm)) => helm.command(self.namespace.name(), &args),
            _ => unreachable!("no program {program}"),
        };
        let (status, text) = self.watch(command);
        writeln!(self.transcript, "$ {line}").unwrap();
        self.transcript.push_str(&text);
        if status != 0 {
            writeln!(self.transcript, "(exit status {status})").unwrap();
        }
        self.transcript.push('\n');
    }

    /// Runs a command with both output streams in one file, as they mix on a screen.
    fn watch(&self, mut command: Command) -> (i32, String) {
        let mut screen: File = tempfile::tempfile().unwrap();
        let status = command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(screen.try_clone().unwrap())
            .stderr(screen.try_clone().unwrap())
            .status()
            .unwrap();
        let mut text = String::new();
        screen.rewind().unwrap();
        screen.read_to_string(&mut text).unwrap();
        (status.code().unwrap_or(-1), text)
    }

    /// What was seen, with the namespace's name, which is another each time, replaced.
    pub fn transcript(self) -> String {
        let shown = self.transcript.replace(self.namespace.name(), "<namespace>");
        // Newer versions of kubectl say this, older ones do not.
        let shown = shown.replace(" deleted from <namespace> namespace", " deleted");
        shown.trim_end().to_owned() + "\n"
    }
}
