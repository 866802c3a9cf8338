//! What is sent: reviews of valid flows in three sizes, and bodies made to cost much.

use hyper::body::Bytes;
use serde_json::{Value, json};

pub const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// The largest body that the webhook reads is 7 MiB; these stay just below.
const HOSTILE_BYTES: usize = 7 * 1_024 * 1_024 - 16 * 1_024;

pub struct Subject {
    pub name: &'static str,
    pub body: Bytes,
}

pub fn subjects() -> [Subject; 3] {
    let subject = |name, flows, width, padding| {
        let body = review(&job_flow(flows, width, padding)).to_string().into();
        Subject { name, body }
    };
    [
        subject("5 flows", 5, 2, 300),
        subject("50 flows", 50, 3, 200),
        subject("256 flows, 1 MB", 256, 20, 3_000),
    ]
}

/// Flows that depend on the `width` flows before them, each with `padding` bytes of script.
fn job_flow(count: usize, width: usize, padding: usize) -> Value {
    let script = "echo working; ".repeat(padding / 14);
    let flows = (0..count).map(|index| {
        let dependencies: Vec<String> = (index.saturating_sub(width)..index).map(|it| format!("step-{it:04}")).collect();
        let container = json!({
            "name": "main", "image": "busybox:1.28", "command": ["sh", "-c", script], "imagePullPolicy": "IfNotPresent",
            "env": [{"name": "INDEX", "value": index.to_string()}], "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
        });
        json!({"name": format!("step-{index:04}"), "dependencies": dependencies,
            "jobTemplate": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}})
    });
    object(&flows.collect())
}

fn object(flows: &Value) -> Value {
    json!({
        "apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow",
        "metadata": {"name": "demo", "namespace": "default", "uid": UID, "creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1},
        "spec": {"flows": flows},
    })
}

fn review(object: &Value) -> Value {
    let kind = json!({"group": "api.practice.com", "version": "v1alpha1", "kind": "JobFlow"});
    let resource = json!({"group": "api.practice.com", "version": "v1alpha1", "resource": "jobflows"});
    json!({
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": UID, "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
            "name": "demo", "namespace": "default", "operation": "CREATE",
            "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
            "object": object, "oldObject": null, "dryRun": false,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldValidation": "Strict"},
        },
    })
}

pub fn hostile() -> Vec<Subject> {
    let with_flows = |name, flows: String| {
        let body = review(&object(&json!("FLOWS")))
            .to_string()
            .replacen("\"FLOWS\"", &flows, 1);
        Subject {
            name,
            body: body.into(),
        }
    };
    let filled = |part: &dyn Fn(usize) -> String| {
        let mut text = String::with_capacity(HOSTILE_BYTES);
        for index in 0.. {
            let next = part(index);
            if text.len() + next.len() > HOSTILE_BYTES - 2_048 {
                break;
            }
            if index > 0 {
                text.push(',');
            }
            text.push_str(&next);
        }
        text
    };
    let clique = |count: usize| {
        let names: Vec<String> = (0..count).map(|it| format!("\"f{it}\"")).collect();
        let all = names.join(",");
        let flow = |name: &String| format!("{{\"name\":{name},\"dependencies\":[{all}]}}");
        names.iter().map(flow).collect::<Vec<_>>().join(",")
    };
    let half = HOSTILE_BYTES / 2 - 2_048;
    vec![
        with_flows("lists in lists", format!("{}{}", "[".repeat(half), "]".repeat(half))),
        with_flows(
            "very many small keys",
            format!("[{{{}}}]", filled(&|index| format!("\"k{index}\":0"))),
        ),
        with_flows("very many empty flows", format!("[{}]", filled(&|_| "{}".to_owned()))),
        with_flows(
            "flows with a wrong name and template",
            format!(
                "[{}]",
                filled(&|index| format!("{{\"name\":\"A{index}\",\"jobTemplate\":[]}}"))
            ),
        ),
        with_flows("every flow depends on every other", format!("[{}]", clique(1_000))),
        with_flows(
            "20,000 dependencies on unknown names",
            format!("[{}]", unknown_names(1_000, 20)),
        ),
        with_flows("one text", format!("\"{}\"", "x".repeat(HOSTILE_BYTES - 2_048))),
        with_flows(
            "one text of escapes",
            format!("\"{}\"", "\\u001b".repeat((HOSTILE_BYTES - 2_048) / 6)),
        ),
        with_flows(
            "one flow with very many containers",
            format!(
                "[{{\"name\":\"a\",\"jobTemplate\":{{\"template\":{{\"spec\":{{\"containers\":[{}]}}}}}}}}]",
                filled(&|_| "{\"name\":\"A\"}".to_owned())
            ),
        ),
    ]
}

fn unknown_names(flows: usize, width: usize) -> String {
    let flow = |index: usize| {
        let names = (0..width).map(|it| format!("\"unknown-{index}-{it}-with-a-rather-long-name-to-compare\""));
        format!(
            "{{\"name\":\"flow-{index}-with-a-rather-long-name-to-compare-it-with\",\"dependencies\":[{}]}}",
            names.collect::<Vec<_>>().join(",")
        )
    };
    (0..flows).map(flow).collect::<Vec<_>>().join(",")
}
