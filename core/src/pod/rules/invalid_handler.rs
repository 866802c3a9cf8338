//! XX450 `invalid-handler`: a probe or a lifecycle hook does nothing, several things, or one that cannot be done.
//!
//! # Why it is an error
//! The API server refuses the Job (`validateHandler`): exactly one of `exec`, `httpGet`, `tcpSocket`, `grpc` (probes) and
//! `sleep` (hooks), with a command, a port from 1 to 65535 or the name of one, a known scheme, header names that can be,
//! and a sleep within `terminationGracePeriodSeconds`.
//!
//! # Example
//! `readinessProbe: {periodSeconds: 5}` is denied at the probe: it has no handler.
//!
//! # Fix
//! Give one handler, and correct its port or command.

use k8s_openapi::api::core::v1::{ExecAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, TCPSocketAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::diagnostic::Report;
use crate::field::At;
use crate::pod::fault::{forbidden, invalid, required, unless_one_of, unless_within};
use crate::pod::forms::{header_name_fault, port_name_fault};
use crate::pod::subject::{PodSubject, PushIf, Role, each};
use crate::rules::{Rule, rule};

/// See the header of this file.
pub static RULE: Rule = rule!("XX450", "invalid-handler", Deny, "invalid_handler.rs");

/// What the API server sets where it is not given.
const GRACE_PERIOD_SECONDS: i64 = 30;

pub(in crate::pod) fn check(subject: &PodSubject<'_>, found: &mut Report) {
    let grace = subject
        .pod
        .termination_grace_period_seconds
        .unwrap_or(GRACE_PERIOD_SECONDS);
    subject.each_container(|container, role, here| {
        if role == Role::Init {
            return;
        }
        let probes = [
            ("livenessProbe", &container.liveness_probe),
            ("readinessProbe", &container.readiness_probe),
            ("startupProbe", &container.startup_probe),
        ];
        for (name, probe) in probes {
            if let Some(probe) = probe {
                check_handler(&Handler::of_probe(probe), &here.key(name), found);
            }
        }
        if let Some(lifecycle) = &container.lifecycle {
            check_lifecycle(lifecycle, grace, &here.key("lifecycle"), found);
        }
    });
}

fn check_lifecycle(lifecycle: &Lifecycle, grace_seconds: i64, at: &At<'_>, found: &mut Report) {
    for (name, hook) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)] {
        let Some(hook) = hook else { continue };
        let here = at.key(name);
        check_handler(&Handler::of_hook(hook), &here, found);
        let is_other = hook.exec.is_some() || hook.http_get.is_some() || hook.tcp_socket.is_some();
        let seconds = hook.sleep.as_ref().map(|sleep| sleep.seconds).filter(|_| !is_other);
        if let Some(seconds) = seconds.filter(|seconds| !(0..=grace_seconds).contains(seconds)) {
            let message = format!("must be between 0 and `terminationGracePeriodSeconds`, which is {grace_seconds}");
            found.push(invalid(&RULE, &here.key("sleep").key("seconds"), message).literal(seconds));
        }
    }
}

/// What a probe and a hook have in common.
struct Handler<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_socket: Option<&'a TCPSocketAction>,
    grpc_port: Option<i32>,
    sleeps: bool,
}

impl<'a> Handler<'a> {
    fn of_probe(probe: &'a Probe) -> Self {
        Self {
            exec: probe.exec.as_ref(),
            http_get: probe.http_get.as_ref(),
            tcp_socket: probe.tcp_socket.as_ref(),
            grpc_port: probe.grpc.as_ref().map(|grpc| grpc.port),
            sleeps: false,
        }
    }

    fn of_hook(hook: &'a LifecycleHandler) -> Self {
        Self {
            exec: hook.exec.as_ref(),
            http_get: hook.http_get.as_ref(),
            tcp_socket: hook.tcp_socket.as_ref(),
            grpc_port: None,
            sleeps: hook.sleep.is_some(),
        }
    }
}

/// The first action is checked, each other one is too many.
fn check_handler(handler: &Handler<'_>, at: &At<'_>, found: &mut Report) {
    let actions = [
        ("exec", handler.exec.is_some()),
        ("httpGet", handler.http_get.is_some()),
        ("tcpSocket", handler.tcp_socket.is_some()),
        ("grpc", handler.grpc_port.is_some()),
        ("sleep", handler.sleeps),
    ];
    let mut given = actions.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name);
    let Some(first) = given.next() else {
        found.push(required(&RULE, at, "must have a handler, such as `exec` or `httpGet`"));
        return;
    };
    for name in given {
        found.push(forbidden(
            &RULE,
            &at.key(name),
            "may not be given beside another handler",
        ));
    }
    let here = at.key(first);
    match (first, handler.exec, handler.http_get, handler.tcp_socket) {
        ("exec", Some(exec), _, _) if exec.command.as_ref().is_none_or(Vec::is_empty) => {
            found.push(required(&RULE, &here.key("command"), "must be given"));
        }
        ("httpGet", _, Some(http), _) => check_http(http, &here, found),
        ("tcpSocket", _, _, Some(tcp)) => check_port(&tcp.port, &here.key("port"), found),
        ("grpc", ..) => found.push_if(unless_within(&RULE, &here.key("port"), handler.grpc_port, 1..=65535)),
        _ => {}
    }
}

fn check_http(http: &HTTPGetAction, at: &At<'_>, found: &mut Report) {
    check_port(&http.port, &at.key("port"), found);
    let scheme = http.scheme.as_deref().filter(|scheme| !scheme.is_empty());
    found.push_if(unless_one_of(&RULE, &at.key("scheme"), scheme, &["HTTP", "HTTPS"]));
    each(http.http_headers.as_deref(), &at.key("httpHeaders"), |header, here| {
        if let Some(fault) = header_name_fault(&header.name) {
            found.push(invalid(&RULE, &here.key("name"), fault).value(&header.name));
        }
    });
}

/// `ValidatePortNumOrName`.
fn check_port(port: &IntOrString, at: &At<'_>, found: &mut Report) {
    match port {
        IntOrString::Int(number) => found.push_if(unless_within(&RULE, at, Some(*number), 1..=65535)),
        IntOrString::String(name) => {
            if let Some(fault) = port_name_fault(name) {
                found.push(invalid(&RULE, at, fault).value(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::{Value, json};

    use crate::pod::testing::container_faults;

    fn probe(probe: &Value) -> String {
        container_faults(&json!({"readinessProbe": probe}))
    }

    #[test]
    fn a_probe_does_one_thing() {
        assert_eq!(probe(&json!({"httpGet": {"port": "http", "scheme": "HTTPS"}})), "");
        expect![[r#"
            readinessProbe: Required value: must have a handler, such as `exec` or `httpGet` [XX450]
        "#]]
        .assert_eq(&probe(&json!({"periodSeconds": 5})));
        expect![[r#"
            readinessProbe.grpc: Forbidden: may not be given beside another handler [XX450]
        "#]]
        .assert_eq(&probe(&json!({"exec": {"command": ["a"]}, "grpc": {"port": 1}})));
        expect![[r#"
            readinessProbe.exec.command: Required value: must be given [XX450]
        "#]]
        .assert_eq(&probe(&json!({"exec": {"command": []}})));
    }

    #[test]
    fn ports_schemes_and_headers_are_checked() {
        let http = json!({"port": 0, "scheme": "http", "httpHeaders": [{"name": "X_A", "value": "s3cret"}]});
        expect![[r#"
            readinessProbe.httpGet.httpHeaders[0].name: Invalid value: "X_A": must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name') [XX450]
            readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive [XX450]
            readinessProbe.httpGet.scheme: Unsupported value: "http": supported values: "HTTP", "HTTPS" (did you mean 'HTTP'?) [XX450]
        "#]].assert_eq(&probe(&json!({"httpGet": http})));
        expect![[r#"
            readinessProbe.tcpSocket.port: Invalid value: "Not_A_Port": must contain only lower case letters, digits and '-' [XX450]
        "#]].assert_eq(&probe(&json!({"tcpSocket": {"port": "Not_A_Port"}})));
        expect![[r#"
            readinessProbe.grpc.port: Invalid value: 70000: must be between 1 and 65535, inclusive [XX450]
        "#]]
        .assert_eq(&probe(&json!({"grpc": {"port": 70_000}})));
    }

    #[test]
    fn hooks_sleep_no_longer_than_they_may() {
        let hook = |seconds| json!({"lifecycle": {"preStop": {"sleep": {"seconds": seconds}}}});
        assert_eq!(container_faults(&hook(30)), "");
        expect![[r#"
            lifecycle.preStop.sleep.seconds: Invalid value: 31: must be between 0 and `terminationGracePeriodSeconds`, which is 30 [XX450]
        "#]].assert_eq(&container_faults(&hook(31)));
        expect![[r#"
            lifecycle.postStart: Required value: must have a handler, such as `exec` or `httpGet` [XX450]
        "#]]
        .assert_eq(&container_faults(&json!({"lifecycle": {"postStart": {}}})));
    }
}
