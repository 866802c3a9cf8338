//! What the API server and its users may rely on: the rows P1 to P18 of ADMISSION.md 3.1.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use common::{
    Lab, UID, assert_allowed_untouched, causes, create, decoded_patch, example, flow, job_flow, text, update,
};
use serde_json::{Value, json};

const RESTART_POLICY: &str = "/jobTemplate/template/spec/restartPolicy";

fn with_policy(name: &str, policy: Option<&str>) -> Value {
    let mut flow = flow(name, &[]);
    let spec = flow.pointer_mut("/jobTemplate/template/spec").unwrap();
    match policy {
        Some(policy) => spec["restartPolicy"] = json!(policy),
        None => drop(spec.as_object_mut().unwrap().remove("restartPolicy")),
    }
    flow
}

fn with_unknown_dependency() -> Value {
    job_flow(vec![flow("a", &["zz"])])
}

#[tokio::test]
async fn p1_a_normalized_object_is_allowed_without_a_patch() {
    let lab = Lab::new();
    assert_allowed_untouched(&lab.mutate(&example()).await);
    assert_allowed_untouched(&lab.validate(&example()).await);
}

#[tokio::test]
async fn p2_a_patch_touches_exactly_the_paths_that_change_and_says_what_it_overrides() {
    let flows = vec![
        with_policy("a", None),
        with_policy("b", Some("OnFailure")),
        with_policy("c", Some("Never")),
        with_policy("d", Some("Always")),
    ];
    let object = job_flow(flows);
    let response = Lab::new().mutate(&object).await;
    assert_eq!(response["allowed"], true, "{response}");
    let patch = decoded_patch(&response);
    let paths: Vec<String> = patch.0.iter().map(|operation| operation.path().to_string()).collect();
    assert_eq!(
        paths,
        [0, 1, 3].map(|index| format!("/spec/flows/{index}{RESTART_POLICY}"))
    );
    let warnings: Vec<&str> = response["warnings"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(warnings.len(), 2, "one for each override: {warnings:?}");
    assert!(
        warnings[0].starts_with("spec.flows[1].jobTemplate.template.spec.restartPolicy: \"OnFailure\" replaced by")
    );
    let mut patched = object;
    json_patch::patch(&mut patched, &patch).unwrap();
    let expected = ["a", "b", "c", "d"].map(|name| with_policy(name, Some("Never")));
    assert_eq!(patched, job_flow(expected.to_vec()));
}

#[tokio::test]
async fn p3_a_patched_object_gets_no_second_patch_and_no_warning() {
    let lab = Lab::new();
    let mut object = job_flow(vec![with_policy("a", Some("OnFailure")), with_policy("b", None)]);
    let patch = decoded_patch(&lab.mutate(&object).await);
    json_patch::patch(&mut object, &patch).unwrap();
    assert_allowed_untouched(&lab.mutate(&object).await);
    assert_allowed_untouched(&lab.validate(&object).await);
}

#[tokio::test]
async fn p4_fields_may_be_null_and_a_dry_run_gets_the_same_verdict() {
    let lab = Lab::new();
    let mut deletion = create(&json!({"kind": "JobTemplate"}));
    deletion["request"]["operation"] = json!("DELETE");
    deletion["request"]["object"] = Value::Null;
    deletion["request"]["oldObject"] = Value::Null;
    deletion["request"]["options"] = Value::Null;
    for path in ["/mutate", "/validate"] {
        assert_allowed_untouched(&lab.review(path, &deletion).await);
        for object in [example(), with_unknown_dependency()] {
            let mut review = create(&object);
            let real = lab.review(path, &review).await;
            review["request"]["dryRun"] = json!(true);
            review["request"]["options"] = json!({"dryRun": ["All"]});
            assert_eq!(lab.review(path, &review).await, real);
        }
    }
}

#[tokio::test]
async fn p5_an_object_with_only_generate_name_is_mutated_and_named_with_a_question_mark() {
    let lab = Lab::new();
    let mut object = job_flow(vec![with_policy("a", None)]);
    object["metadata"] = json!({"generateName": "run-"});
    assert_eq!(lab.mutate(&object).await["allowed"], true);
    let mut broken = with_unknown_dependency();
    broken["metadata"] = json!({"generateName": "run-"});
    assert_eq!(lab.mutate(&broken).await["status"]["details"]["name"], "run-?");
}

#[tokio::test]
async fn p6_the_verdict_is_about_kind_and_not_request_kind() {
    let lab = Lab::new();
    let mut review = create(&with_unknown_dependency());
    review["request"]["requestKind"]["version"] = json!("v9");
    assert_eq!(causes(&lab.review("/validate", &review).await).len(), 1);
    review = create(&with_unknown_dependency());
    review["request"]["kind"]["version"] = json!("v9");
    assert_allowed_untouched(&lab.review("/validate", &review).await);
}

#[tokio::test]
async fn p7_an_update_that_leaves_an_invalid_spec_alone_is_allowed() {
    let lab = Lab::new();
    let old = with_unknown_dependency();
    let mut new = old.clone();
    new["metadata"]["labels"] = json!({"team": "data"});
    for path in ["/mutate", "/validate"] {
        assert_allowed_untouched(&lab.review(path, &update(&old, &new)).await);
    }
}

#[tokio::test]
async fn p8_an_update_of_an_object_that_is_being_deleted_is_allowed() {
    let lab = Lab::new();
    let old = with_unknown_dependency();
    let mut new = job_flow(vec![flow("a", &["yy"])]);
    new["metadata"]["deletionTimestamp"] = json!("2026-11-21T05:47:00Z");
    for path in ["/mutate", "/validate"] {
        assert_allowed_untouched(&lab.review(path, &update(&old, &new)).await);
    }
}

#[tokio::test]
async fn p9_a_v1beta1_review_is_never_answered_by_a_v1_reply() {
    let mut review = create(&example());
    review["apiVersion"] = json!("admission.k8s.io/v1beta1");
    let answer = Lab::new().post("/validate", review.to_string()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        "this webhook answers AdmissionReview of admission.k8s.io/v1 only\n"
    );
}

#[tokio::test]
async fn p10_what_is_not_ours_is_allowed_and_counted() {
    let lab = Lab::new();
    let mut pod = create(&with_unknown_dependency());
    pod["request"]["kind"] = json!({"group": "", "version": "v1", "kind": "Pod"});
    let mut status = create(&with_unknown_dependency());
    status["request"]["subResource"] = json!("status");
    let mut connect = create(&with_unknown_dependency());
    connect["request"]["operation"] = json!("CONNECT");
    for review in [pod, status, connect] {
        for path in ["/mutate", "/validate"] {
            assert_allowed_untouched(&lab.review(path, &review).await);
        }
    }
    let counted = |kind, operation| {
        let labels = format!("endpoint=\"mutate\",kind=\"{kind}\",operation=\"{operation}\",verdict=\"passed_over\"");
        lab.metric(&format!("jobflow_admission_requests_total{{{labels}}}"))
    };
    assert_eq!(counted("other", "create"), 1.0);
    assert_eq!(counted("JobFlow", "create"), 1.0);
    assert_eq!(counted("JobFlow", "other"), 1.0);
}

#[tokio::test]
async fn p11_the_validator_refuses_what_the_mutator_would_change() {
    let object = job_flow(vec![with_policy("a", Some("Always"))]);
    let causes = causes(&Lab::new().validate(&object).await);
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert!(
        causes[0].starts_with("spec.flows[0].jobTemplate.template.spec.restartPolicy: "),
        "{causes:?}"
    );
    assert!(causes[0].contains("was the mutating webhook skipped?"), "{causes:?}");
}

#[tokio::test]
async fn p12_the_bytes_of_a_reply_are_as_the_api_server_wants_them() {
    let lab = Lab::new();
    let answer = lab.post("/validate", create(&example()).to_string()).await;
    assert_eq!(
        answer.text(),
        format!(
            r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{{"uid":"{UID}","allowed":true}}}}"#
        )
    );
    let answer = lab
        .post("/mutate", create(&job_flow(vec![with_policy("a", None)])).to_string())
        .await;
    let patch = "W3sib3AiOiJhZGQiLCJwYXRoIjoiL3NwZWMvZmxvd3MvMC9qb2JUZW1wbGF0ZS90ZW1wbGF0ZS9zcGVjL3Jlc3RhcnRQb2xpY3kiLCJ2YWx1ZSI6Ik5ldmVyIn1d";
    let expected = format!(r#""uid":"{UID}","allowed":true,"patchType":"JSONPatch","patch":"{patch}"}}}}"#);
    assert!(answer.text().ends_with(&expected), "{}", answer.text());
    let answer = lab
        .post("/validate", create(&with_unknown_dependency()).to_string())
        .await;
    let cause = causes(&answer.response()).remove(0).replace('"', "\\\"");
    let (field, message) = cause.split_once(": ").unwrap();
    let expected = [
        r#""allowed":false,"status":{"status":"Failure","code":422,"reason":"Invalid","message":""#,
        &cause,
        r#"","details":{"group":"api.practice.com","kind":"JobFlow","name":"demo","causes":[{"reason":"FieldValueInvalid","message":""#,
        message,
        r#"","field":""#,
        field,
        r#""}]}}}}"#,
    ];
    assert!(answer.text().ends_with(&expected.concat()), "{}", answer.text());
}

#[tokio::test]
async fn two_problems_are_counted_and_each_has_its_line() {
    let object = job_flow(vec![flow("a", &["zz"]), flow("b", &["yy"])]);
    let response = Lab::new().validate(&object).await;
    let causes = causes(&response);
    assert_eq!(causes.len(), 2);
    let expected = format!("JobFlow \"demo\" has 2 problems:\n* {}\n* {}", causes[0], causes[1]);
    assert_eq!(response["status"]["message"], expected);
}

#[tokio::test]
async fn p13_an_answer_about_256_faults_is_bounded_and_says_how_many_are_left_out() {
    let names: Vec<String> = (0..256).map(|index| format!("step-{index:03}")).collect();
    let flows: Vec<Value> = names.iter().map(|name| flow(name, &["nowhere-near"])).collect();
    let response = Lab::new().validate(&job_flow(flows)).await;
    let causes = causes(&response);
    assert_eq!(causes.len(), 33);
    assert_eq!(causes[32], "spec.flows: … and 224 more problems");
    let message = text(&response["status"]["message"]);
    assert!(
        message.starts_with("JobFlow \"demo\" has 256 problems:\n* spec.flows[0]."),
        "{message}"
    );
    assert!(message.ends_with("more problems"), "{message}");
    assert!(message.len() <= 8 * 1024);
}

#[tokio::test]
async fn p13_long_causes_are_cut_and_keep_their_rule_id() {
    let long = "x".repeat(20_000);
    let flows: Vec<Value> = (0..40).map(|index| flow(&format!("{index}-{long}"), &[])).collect();
    let response = Lab::new().validate(&job_flow(flows)).await;
    for cause in response["status"]["details"]["causes"]
        .as_array()
        .unwrap()
        .iter()
        .take(32)
    {
        assert!(text(&cause["message"]).len() <= 512);
        assert!(text(&cause["message"]).ends_with(']'), "{cause}");
    }
    assert!(text(&response["status"]["message"]).len() <= 8 * 1024);
}

#[tokio::test]
async fn p15_strange_names_are_shown_harmlessly_and_do_not_break_a_patch() {
    let lab = Lab::new();
    let strange = [
        "a/b",
        "a~b",
        "a\"b",
        "ünï",
        "\u{202e}rtl",
        "🦀",
        "\u{1b}[31m",
        "nul\0",
        "tab\t",
    ];
    let mut object = job_flow(strange.map(|name| with_policy(name, None)).to_vec());
    object["spec"]["globalParams"] = json!({"labels": {"\u{1b}]0;title\u{7}": "x", "a/b/c~d": "\n"}});
    for response in [lab.mutate(&object).await, lab.validate(&object).await] {
        let status = &response["status"];
        let harmful = |c: char| (c.is_control() && c != '\n') || ('\u{200b}'..='\u{202e}').contains(&c);
        assert!(!text(&status["message"]).contains(harmful), "{status}");
        for cause in causes(&response) {
            assert!(!cause.contains(|c| harmful(c) || c == '\n'), "{cause:?}");
        }
    }
    let mut good = job_flow(vec![with_policy("a", None)]);
    good["metadata"]["annotations"] = json!({"a/b~c": "\"\u{1b}"});
    let response = lab.mutate(&good).await;
    json_patch::patch(&mut good, &decoded_patch(&response)).unwrap();
}

#[tokio::test]
async fn p16_what_the_mutator_cannot_understand_is_left_to_the_schema() {
    let lab = Lab::new();
    let mut mistyped_template = flow("a", &[]);
    mistyped_template["jobTemplate"] = json!([]);
    for flows in [
        json!("oops"),
        json!(5),
        json!([1, 2]),
        json!([mistyped_template]),
        json!([{}, {"name": 5}]),
    ] {
        assert_allowed_untouched(&lab.mutate(&job_flow(flows)).await);
    }
    for object in [json!(5), json!([]), json!("x")] {
        assert_eq!(lab.mutate(&object).await["uid"], UID);
    }
}

#[tokio::test]
async fn p17_many_overrides_are_one_warning_and_all_stay_within_the_bounds() {
    let flows: Vec<Value> = (0..100)
        .map(|index| with_policy(&format!("step-{index}"), Some("OnFailure")))
        .collect();
    let warnings = Lab::new().mutate(&job_flow(flows)).await["warnings"].clone();
    let warnings: Vec<&str> = warnings.as_array().unwrap().iter().map(text).collect();
    assert_eq!(
        warnings,
        [
            "spec.flows[0].jobTemplate.template.spec.restartPolicy: \"OnFailure\" replaced by \"Never\" (and 99 more like this) [XX401]"
        ]
    );
    let five: Vec<Value> = (0..5)
        .map(|index| with_policy(&format!("step-{index}"), Some("Always")))
        .collect();
    let warnings = Lab::new().mutate(&job_flow(five)).await["warnings"].clone();
    assert_eq!(warnings.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn p18_the_order_of_keys_and_the_form_of_numbers_do_not_matter() {
    let lab = Lab::new();
    let one = create(&with_unknown_dependency()).to_string();
    let reordered = one.replace(r#""apiVersion":"api.practice.com/v1alpha1","#, "");
    let reordered = reordered.replace(r#""kind":"JobFlow","metadata""#, r#""metadata""#);
    let reordered = reordered.replace(
        r#""spec":{"flows""#,
        r#""kind":"JobFlow","apiVersion":"api.practice.com/v1alpha1","spec":{"flows""#,
    );
    assert_ne!(one, reordered);
    let answers = (
        lab.post("/validate", one.clone()).await,
        lab.post("/validate", reordered).await,
    );
    assert_eq!(answers.0.response(), answers.1.response());
    for number in ["1", "1.0"] {
        let text = one.replace(
            r#""jobTemplate":{"#,
            &format!(r#""jobTemplate":{{"backoffLimit":{number},"#),
        );
        assert_eq!(
            causes(&lab.post("/validate", text).await.response()).len(),
            1,
            "{number}"
        );
    }
}
