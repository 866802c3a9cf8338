//! The first page, up to the installation.

use documented::Page;
use serde_json::{Value, json};

use crate::{desk, first_manifest, template};

const TEST: &str = "tests/cluster/tests/pages/readme.rs::the_readme_prints_what_it_shows";

/// Three steps of which the second fails.
fn failing() -> Value {
    let flow = |name: &str, dependencies: &[&str], exit_code: &str| {
        let annotations = json!({"jobflow.test/exit-code": exit_code});
        let pod = json!({"containers": [{"name": "main", "image": "busybox:1.28"}]});
        let template = json!({"template": {"metadata": {"annotations": annotations}, "spec": pod}});
        json!({"name": name, "dependencies": dependencies, "jobTemplate": template})
    };
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "nightly"},
        "spec": {"flows": [flow("fetch", &[], "0"), flow("train", &["fetch"], "3"), flow("report", &["train"], "0")]},
    })
}

pub fn the_readme_prints_what_it_shows() {
    let (namespace, shell) = desk("readme");
    let mut page = Page::open("README.md", TEST, &shell);
    page.play("kubectl apply");
    namespace.apply(&first_manifest("README.md")).unwrap();
    page.see("kubectl get jobflows -o wide");
    namespace.apply(&template()).unwrap();
    page.see("kubectl get jobflows");
    page.play("kubectl annotate");
    let delete = ["delete", "jobflow", "nightly"];
    namespace.kubectl().run(&delete).unwrap().success().unwrap();
    namespace.apply(&failing().to_string()).unwrap();
    page.see("kubectl jobflow get nightly");
}
