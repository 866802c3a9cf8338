//! What is said when the cluster cannot be asked.

use std::process::{Command, Stdio};

use crate::arena::{apply, arena, good, jobflow, program, wait_for_state};
use test_cluster::Cluster;

/// Runs the program with this environment and nothing else.
fn bare(variables: &[(&str, &str)], args: &[&str]) -> (i32, String) {
    let output = Command::new(program())
        .env_clear()
        .envs(variables.iter().copied())
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn each_obstacle_has_one_sentence_with_what_to_do() {
    let namespace = arena("faults");
    let config = Cluster::shared().unwrap().kubeconfig();
    let config = ("KUBECONFIG", config.to_str().unwrap());
    let (status, told) = bare(&[("HOME", "/nonexistent")], &["get"]);
    assert_eq!(
        (status, told.as_str()),
        (
            4,
            "error: there is no kubeconfig, so it is not known which cluster to ask: set KUBECONFIG, use --kubeconfig or \
             --server, or run inside a cluster\n"
        )
    );
    let (status, told) = bare(&[], &["get", "--kubeconfig", "/nonexistent/config"]);
    assert_eq!(
        (status, told.as_str()),
        (
            4,
            "error: cannot read the kubeconfig '/nonexistent/config' (No such file or directory (os error 2)): check \
             --kubeconfig or KUBECONFIG\n"
        )
    );
    let (status, told) = bare(&[config], &["get", "--context", "elsewhere"]);
    assert_eq!(status, 4);
    assert!(
        told.starts_with("error: cannot use the kubeconfig (") && told.contains("elsewhere"),
        "{told}"
    );
    let (status, told) = bare(&[config], &["get", "--server", "https://127.0.0.1:1"]);
    assert_eq!(
        (status, told.as_str()),
        (
            4,
            "error: cannot reach the API server at 'https://127.0.0.1:1' (Connection refused (os error 111)): check that the \
             cluster runs and that --context or KUBECONFIG names the right one\n"
        )
    );
    let (status, told) = bare(&[config], &["get", "jf", "--as", "eve", "-n", namespace.name()]);
    assert_eq!(status, 4);
    let expected = format!(
        "error: you may not list the jobflows in the namespace '{0}' (jobflows.api.practice.com is forbidden: User \"eve\" \
         cannot list resource \"jobflows\" in API group \"api.practice.com\" in the namespace \"{0}\"): ask who runs the \
         cluster for this right, or use -n, --as or --context\n",
        namespace.name()
    );
    assert_eq!(told, expected);
    let (status, told) = bare(&[config], &["get", "--token", "wrong"]);
    assert_eq!(status, 4);
    assert!(
        told.contains("does not know the user (Unauthorized): log in again"),
        "{told}"
    );
    let (status, told) = bare(&[config], &["wait", "n", "--timeout", "soon"]);
    assert_eq!(status, 2);
    assert!(told.contains("must be a time such as 30s, 5m or 1h30m"), "{told}");
}

/// Who may see a flow but not its pods, as by a role of a careful administrator.
#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn what_a_user_may_not_see_is_told_and_the_rest_is_shown() {
    let namespace = arena("rights");
    apply(&namespace, "n", &[good("a", &[])]);
    wait_for_state(&namespace, "n", "Succeed");
    let kubectl = |args: &[&str]| namespace.kubectl().run(args).unwrap().success().unwrap();
    kubectl(&[
        "create",
        "role",
        "flows",
        "--verb=get,list,watch",
        "--resource=jobflows.api.practice.com",
    ]);
    kubectl(&["create", "rolebinding", "flows", "--role=flows", "--user=eve"]);
    let shown = jobflow(&namespace, &["get", "jf/n", "--as", "eve"]);
    assert_eq!(shown.status, 0, "{shown:?}");
    assert!(shown.stdout.contains("└── ✔ a   Succeeded"), "{shown:?}");
    let warning = "warning: you may not list the pods of jobflow/n (pods is forbidden: User \"eve\" cannot list resource \"pods\"";
    assert!(shown.stderr.starts_with(warning), "{shown:?}");
    let refused = jobflow(&namespace, &["cancel", "jf/n", "--delete", "--as", "eve"]);
    assert_eq!(refused.status, 4);
    assert!(
        refused.stderr.starts_with("error: you may not delete jobflow/n ("),
        "{refused:?}"
    );
    let described = jobflow(&namespace, &["describe", "jf/n", "--as", "eve"]);
    assert_eq!(
        (described.status, described.stderr.lines().count()),
        (0, 3),
        "{described:?}"
    );
}

#[test]
#[ignore = "needs cluster (cargo xtask test)"]
fn an_api_server_that_does_not_answer_is_not_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("https://{}", listener.local_addr().unwrap());
    let (status, told) = bare(&[], &["get", "--server", &server, "--request-timeout", "1s"]);
    assert_eq!(status, 4);
    assert_eq!(
        told,
        format!(
            "error: cannot reach the API server at '{server}' (no answer within 1 s, see --request-timeout): check that the \
             cluster runs and that --context or KUBECONFIG names the right one\n"
        )
    );
}
