//! As a plugin of the real kubectl.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use documented::Completer;
use test_cluster::{Cluster, reader};

use crate::arena::{apply, arena, good, program, wait_for_state};

/// kubectl with the plugin on its PATH, whose folder goes with the value.
struct Plugin {
    folder: tempfile::TempDir,
}

impl Plugin {
    fn install() -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(program(), folder.path().join("kubectl-jobflow")).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/kubectl_complete-jobflow");
        let completion = folder.path().join("kubectl_complete-jobflow");
        std::fs::copy(script, &completion).unwrap();
        std::fs::set_permissions(&completion, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn kubectl(&self, args: &[&str]) -> (i32, String) {
        let mut command: Command = Cluster::shared().unwrap().kubectl().command(args);
        let path = format!("{}:/usr/bin:/bin", self.folder.path().display());
        let output = command.env("PATH", path).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), text)
    }
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn kubectl_runs_it_and_completes_names_from_the_cluster() {
    let namespace = arena("plugin");
    apply(&namespace, "nightly", &[good("a", &[])]);
    wait_for_state(&namespace, "nightly", "Succeed");
    let plugin = Plugin::install();
    let name = namespace.name();
    let (status, text) = plugin.kubectl(&["jobflow", "wait", "nightly", "-n", name]);
    assert_eq!(status, 0, "{text}");
    assert!(text.starts_with("jobflow/nightly Succeed 1/1 after "), "{text}");
    let (status, help) = plugin.kubectl(&["jobflow", "get", "--help"]);
    assert_eq!(status, 0);
    assert!(
        help.contains("Usage: kubectl jobflow get [OPTIONS] [KIND|NAME]..."),
        "{help}"
    );
    assert!(help.contains("\n  kubectl jobflow get jf -A --sort-by=age\n"), "{help}");
    let (status, missing) = plugin.kubectl(&["jobflow", "get", "x", "-n", name]);
    assert_eq!(status, 4, "the exit status of the plugin is that of kubectl");
    assert!(
        missing.ends_with("`kubectl jobflow get -A` lists what there is\n"),
        "{missing}"
    );
    let (_, completed) = plugin.kubectl(&["__complete", "jobflow", "get", "-n", name, "ni"]);
    assert!(
        completed.starts_with("nightly\tjobflow Succeed 1/1\n:4\n"),
        "{completed}"
    );
    let (_, completed) = plugin.kubectl(&["__complete", "jobflow", "logs", "-n", name, "jf/"]);
    assert!(
        completed.starts_with("jf/nightly\tjobflow Succeed 1/1\n:4\n"),
        "{completed}"
    );
    let (_, completed) = plugin.kubectl(&["__complete", "jobflow", "can"]);
    assert!(completed.starts_with("cancel\tStop an object for good"), "{completed}");
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn shells_complete_names_from_the_cluster() {
    let namespace = arena("shells");
    apply(&namespace, "nightly", &[good("a", &[])]);
    wait_for_state(&namespace, "nightly", "Succeed");
    let shell = reader(&Cluster::shared().unwrap(), "default").unwrap();
    let save = "mkdir -p ~/.zfunc ~/.config/fish/completions
                jobflow completions zsh > ~/.zfunc/_jobflow
                jobflow completions fish > ~/.config/fish/completions/jobflow.fish";
    assert_eq!(shell.run(save, 0), (0, String::new()));
    for completer in [Completer::Bash, Completer::Zsh, Completer::Fish] {
        if completer.is_here() {
            let line = format!("jobflow get -n {} ni", namespace.name());
            assert_eq!(completer.candidates(&shell, &line), ["nightly"], "{completer:?}");
        }
    }
}
