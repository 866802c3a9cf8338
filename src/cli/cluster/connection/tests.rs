//! What the flags make of a kubeconfig.

use std::path::PathBuf;

use kube::config::Kubeconfig;

use super::ConnectionArgs;

const FILE: &str = "
apiVersion: v1
kind: Config
current-context: a
contexts: [{name: a, context: {cluster: c, user: u, namespace: team}}]
clusters: [{name: c, cluster: {server: 'https://old', certificate-authority-data: QQ==}}]
users: [{name: u, user: {exec: {command: login}}}]
";

fn changed(args: &ConnectionArgs, file: &str) -> String {
    let kubeconfig = Kubeconfig::from_yaml(file).unwrap();
    let changed = args.changed(kubeconfig).unwrap();
    let (cluster, user) = (&changed.clusters[0].cluster, &changed.auth_infos[0].auth_info);
    format!(
        "{} {}",
        serde_json::to_string(cluster).unwrap(),
        serde_json::to_string(user).unwrap()
    )
}

#[test]
fn flags_win_over_the_file() {
    let args = ConnectionArgs {
        server: Some("https://new".to_owned()),
        insecure_skip_tls_verify: true,
        token: Some("t".to_owned()),
        as_user: Some("eve".to_owned()),
        as_groups: vec!["dev".to_owned()],
        ..ConnectionArgs::default()
    };
    let expected = "{\"server\":\"https://new\",\"insecure-skip-tls-verify\":true} \
                    {\"token\":\"t\",\"as\":\"eve\",\"as-groups\":[\"dev\"]}";
    assert_eq!(changed(&args, FILE), expected);
}

#[test]
fn a_context_without_a_user_gets_the_one_of_the_flags() {
    let args = ConnectionArgs {
        token: Some("t".to_owned()),
        ..ConnectionArgs::default()
    };
    let file = FILE
        .replace(", user: u", "")
        .replace("users: [{name: u, user: {exec: {command: login}}}]", "");
    assert!(changed(&args, &file).ends_with(" {\"token\":\"t\"}"));
}

#[test]
fn without_a_file_the_flags_are_enough() {
    let args = ConnectionArgs {
        server: Some("https://new".to_owned()),
        certificate_authority: Some(PathBuf::from("/ca.pem")),
        ..ConnectionArgs::default()
    };
    let expected = "{\"server\":\"https://new\",\"certificate-authority\":\"/ca.pem\"} {}";
    assert_eq!(changed(&args, "{}"), expected);
}
