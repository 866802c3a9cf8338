//! What the tests share: a namespace, files, the program, and policies that hold for the namespace.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use test_cluster::{Cluster, Deadline, Kubectl, Namespace, OPERATOR_PROGRAM, until};

/// A namespace, and a folder with manifests.
pub struct Arena {
    pub namespace: Namespace,
    pub folder: TempDir,
}

/// What the program left behind: the findings, everything else that it said, and the exit status.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

impl Arena {
    pub fn new(label: &str, files: &[(&str, &str)]) -> Self {
        let arena = Self {
            namespace: Cluster::shared().unwrap().namespace(label).unwrap(),
            folder: tempfile::tempdir().unwrap(),
        };
        for (name, text) in files {
            std::fs::write(arena.folder.path().join(name), text).unwrap();
        }
        arena
    }

    /// Runs `jobflow validate --server` in the folder, for the namespace.
    pub fn validate(&self, args: &[&str]) -> Told {
        let kubeconfig = Cluster::shared().unwrap().kubeconfig();
        self.validate_with(&kubeconfig, &[&["-n", self.namespace.name()], args].concat())
    }

    /// The same with another KUBECONFIG and no namespace, and nothing else of the environment.
    pub fn validate_with(&self, kubeconfig: &Path, args: &[&str]) -> Told {
        let asks = !args.iter().any(|arg| arg.starts_with("--server="));
        let output = Command::new(std::env::var_os(OPERATOR_PROGRAM).expect("`cargo xtask test` sets it"))
            .env_clear()
            .env("KUBECONFIG", kubeconfig)
            .args(["validate", "--no-config"])
            .args(asks.then_some("--server"))
            .args(args)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| {
            String::from_utf8(bytes)
                .unwrap()
                .replace(self.namespace.name(), "NAMESPACE")
        };
        Told {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            status: output.status.code().unwrap_or(-1),
        }
    }

    /// Nothing that was shown is there.
    pub fn assert_nothing_was_created(&self) {
        let jobs = self.namespace.kubectl().json(&["get", "jobs"]).unwrap();
        assert_eq!(jobs["items"].as_array().map(Vec::len), Some(0), "{jobs}");
    }
}

/// A policy for the Jobs of one namespace. It is deleted when the value is dropped.
pub struct Policy {
    kubectl: Kubectl,
    objects: [String; 2],
}

impl Policy {
    /// Makes a policy of `kind` with this spec, and waits until the API server refuses a Job of `busybox:latest`.
    pub fn new(arena: &Arena, kind: &str, spec: &str, binding: &str) -> Self {
        let (name, kubectl) = (arena.namespace.name(), Cluster::shared().unwrap().kubectl().clone());
        let version = "apiVersion: admissionregistration.k8s.io/v1";
        let jobs =
            "{resourceRules: [{apiGroups: [batch], apiVersions: [v1], operations: [CREATE], resources: [jobs]}]}";
        let selector = format!("{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}");
        let manifest = format!(
            "{version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  matchConstraints: {jobs}\n{spec}\n---\n{version}\n\
             kind: {kind}Binding\nmetadata: {{name: {name}}}\nspec: {{policyName: {name}, matchResources: {selector}{binding}}}\n"
        );
        let policy = Self {
            kubectl,
            objects: [format!("{kind}/{name}"), format!("{kind}Binding/{name}")],
        };
        policy.kubectl.apply(&manifest).unwrap().success().unwrap();
        let probe = ["create", "job", "probe", "--image=busybox:latest", "--dry-run=server"];
        until("the policy holds", Deadline::after(Duration::from_secs(60)), || {
            let output = arena.namespace.kubectl().run(&probe)?;
            anyhow::ensure!(output.status != 0, "the Job is taken");
            Ok(())
        })
        .unwrap();
        policy
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        let [policy, binding] = self.objects.each_ref().map(String::as_str);
        let _ = self.kubectl.run(&["delete", policy, binding]);
    }
}

/// A JobFlow of these flows, in lines of four spaces.
pub fn job_flow(flows: &str) -> String {
    format!(
        "apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata:\n  name: nightly\nspec:\n  flows:\n{flows}"
    )
}

/// A flow with this image: its name is in its first line, the image in its seventh.
pub fn flow(name: &str, image: &str) -> String {
    format!(
        "    - name: {name}
      jobTemplate:
        template:
          spec:
            containers:
              - name: main
                image: {image}
"
    )
}

/// A JobTemplate whose image is in line 12.
pub fn template(name: &str, image: &str) -> String {
    format!(
        "apiVersion: api.practice.com/v1alpha1
kind: JobTemplate
metadata:
  name: {name}
spec:
  jobTemplate:
    template:
      spec:
        nodeSelector: {{}}
        containers:
          - name: main
            image: {image}
"
    )
}
