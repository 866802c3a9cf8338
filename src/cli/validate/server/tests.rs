//! Where what an API server says is told, how often, and how it ends; with answers that are made up.

use jobflow_core::text::named;
use serde_json::{Value, json};

use super::added;
use crate::cli::cluster::{Answer, Asking, Verdict};
use crate::cli::exit::Exit;
use crate::cli::validate::check::{Loaded, check_asking};
use crate::cli::validate::outcome::Outcome;
use crate::cli::validate::output::{Links, Progress};
use crate::cli::validate::parallel::Workers;
use crate::cli::validate::settings::Settings;
use crate::cli::validate::text;

fn files(files: &[(&str, &str)]) -> Vec<Loaded> {
    let file = |&(name, text): &(&str, &str)| Ok((name.to_owned(), text.as_bytes().to_vec()));
    files.iter().map(file).collect()
}

/// The outcome where `answer` is what the API server says to a Job.
fn outcome(inputs: &[(&str, &str)], templates: &[(&str, &str)], answer: impl Fn(&Value) -> Answer) -> Outcome {
    outcome_with(&Settings::default(), inputs, templates, answer)
}

fn outcome_with(
    settings: &Settings,
    inputs: &[(&str, &str)],
    templates: &[(&str, &str)],
    answer: impl Fn(&Value) -> Answer,
) -> Outcome {
    check_asking(
        files(inputs),
        files(templates),
        settings,
        &Workers::default(),
        |files, templates| {
            added(
                files,
                templates,
                "team",
                settings,
                &Progress::new(0, false),
                |questions, take| {
                    let mut shown = 0;
                    for question in questions {
                        let answer = answer(&question.1);
                        take(question, answer);
                        shown += 1;
                    }
                    Asking { shown, trouble: None }
                },
            )
        },
    )
}

/// Each finding as `file:line:column rule path: message (help)`.
fn lines(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.files.iter().flat_map(|file| {
        file.findings.iter().map(|finding| {
            let (place, diagnostic) = (finding.position, &finding.diagnostic);
            let help = diagnostic
                .help
                .as_ref()
                .map_or(String::new(), |help| format!(" ({help})"));
            let (id, path, message) = (diagnostic.rule.id, &diagnostic.path, finding.message());
            format!(
                "{}:{}:{} {id} {path}: {message}{help}",
                file.name, place.line, place.column
            )
        })
    });
    lines.collect()
}

fn refused(field: &str, message: &str) -> Answer {
    let cause = json!({"field": field, "message": message, "reason": "FieldValueInvalid"});
    let status = json!({"message": "no", "reason": "Invalid", "details": {"causes": [cause]}});
    Answer {
        verdict: Verdict::Refused(serde_json::from_value(status).unwrap()),
        warnings: Vec::new(),
    }
}

fn warned(warning: &str) -> Answer {
    Answer {
        verdict: Verdict::Accepted,
        warnings: vec![warning.to_owned()],
    }
}

/// A flow with three steps that use one template.
const FLOW: &str = "\
apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: nightly}
spec:
  flows:
    - name: a
      jobTemplateRef: t
    - name: b
      jobTemplateRef: t
    - name: c
      jobTemplateRef: t
";

const TEMPLATE: &str = "\
apiVersion: api.practice.com/v1alpha1
kind: JobTemplate
metadata: {name: t}
spec:
  jobTemplate:
    template:
      spec:
        containers:
          - {name: main, image: busybox}
";

const IMAGE: &str = "spec.template.spec.containers[0].image";

#[test]
fn what_many_steps_have_from_one_template_is_told_once_in_its_file() {
    let expected =
        "t.yaml:9:33 XX801 spec.jobTemplate.template.spec.containers[0].image: the API server refuses the Job: no";
    let inputs = [("f.yaml", FLOW), ("t.yaml", TEMPLATE)];
    let both = outcome(&inputs, &[], |_| refused(IMAGE, "no"));
    assert_eq!(lines(&both), [expected]);
    // The template is not shown once more by itself.
    assert_eq!(both.asked.as_ref().map(|asked| asked.jobs), Some(3));
    assert_eq!((both.exit(), both.checked()), (Exit::Denied, 2));
    let shown = text::findings(&both, 100, &Links::new(None));
    let shown = anstream::adapter::strip_str(&shown).to_string();
    assert!(
        shown.contains("::: f.yaml:7:23\n") && shown.contains("- used by this step\n"),
        "{shown}"
    );
    // A file that is only named by --templates is told of when there is something to tell.
    let aside = outcome(&inputs[..1], &inputs[1..], |_| refused(IMAGE, "no"));
    assert_eq!(lines(&aside), [expected]);
    assert_eq!(aside.files.len(), 2);
    let silent = outcome(&inputs[..1], &inputs[1..], |_| warned("note"));
    assert_eq!(silent.files.len(), 1);
}

#[test]
fn a_template_alone_is_shown_under_a_name_that_stands_in() {
    let alone = outcome(&[("t.yaml", TEMPLATE)], &[], |job| {
        assert_eq!(job["metadata"]["namespace"], "team");
        warned(&format!("is {}", named(job["metadata"]["name"].as_str().unwrap())))
    });
    assert_eq!(
        lines(&alone),
        ["t.yaml:6:5 XX802 spec.jobTemplate: the API server warns of the Job: is 'stand-in'"]
    );
}

#[test]
fn what_names_no_field_is_told_at_the_first_step_which_names_the_others() {
    let told = outcome(&[("f.yaml", FLOW), ("t.yaml", TEMPLATE)], &[], |_| {
        refused("", "exceeded quota")
    });
    assert_eq!(
        lines(&told),
        [
            "f.yaml:6:7 XX801 spec.flows[0]: the API server refuses the Job: exceeded quota (the same is said of 'b', 'c')"
        ]
    );
    let flows: String = (0..500)
        .map(|n| format!("    - name: s{n}\n      jobTemplateRef: t\n"))
        .collect();
    let head = FLOW.split_once("    - name").unwrap().0;
    let large = format!("{head}{flows}");
    let told = lines(&outcome(&[("f.yaml", &large), ("t.yaml", TEMPLATE)], &[], |_| {
        refused("", "no")
    }));
    assert_eq!(told.len(), 1);
    assert!(
        told[0].ends_with("(the same is said of 's1', 's2', 's3', 's4', 's5' and 494 more)"),
        "{told:?}"
    );
}

#[test]
fn a_namespace_is_spoken_of_once_and_no_verdict_is_no_success() {
    let no_right = |_: &Value| Answer {
        verdict: Verdict::MayNot("you may not".to_owned()),
        warnings: Vec::new(),
    };
    let told = outcome(&[("f.yaml", FLOW), ("t.yaml", TEMPLATE)], &[], no_right);
    assert_eq!(lines(&told).len(), 1);
    assert!(
        lines(&told)[0].starts_with("f.yaml:3:1 XX803 metadata.namespace: "),
        "{told:?}"
    );
    assert_eq!(told.exit(), Exit::Unreadable);
}

#[test]
fn what_has_no_job_is_told_where_it_refers_to_the_template_unless_a_rule_has() {
    let alone = outcome(&[("f.yaml", FLOW)], &[], |_| refused("", "never asked"));
    assert_eq!(lines(&alone).len(), 3);
    assert_eq!(
        lines(&alone)[0],
        "f.yaml:7:23 XX803 spec.flows[0].jobTemplateRef: the API server could not be asked about the Job: the JobTemplate 't' \
         is not in what was read (name its file or directory with --templates)"
    );
    assert_eq!(alone.exit(), Exit::Clean);
    let other = TEMPLATE.replace("name: t}", "name: other}");
    let beside = outcome(&[("f.yaml", FLOW)], &[("t.yaml", &other)], |_| warned("x"));
    assert!(lines(&beside).iter().all(|line| line.contains(" JF303 ")), "{beside:?}");
    let broken = TEMPLATE.replace("image: busybox", "image: ''");
    let broken = outcome(&[("f.yaml", FLOW), ("t.yaml", &broken)], &[], |_| warned("x"));
    assert!(
        lines(&broken)[0].contains(" XX803 spec.flows[0].jobTemplateRef: ")
            && lines(&broken)[0].contains("cannot be used"),
        "{broken:?}"
    );
}

#[test]
fn what_is_denied_offline_is_not_asked_about() {
    let denied = FLOW.replace("name: b", "name: a");
    let told = outcome(&[("f.yaml", &denied), ("t.yaml", TEMPLATE)], &[], |job| {
        assert_eq!(job["metadata"]["name"], "stand-in");
        warned("x")
    });
    assert_eq!(
        told.asked.as_ref().map(|asked| asked.jobs),
        Some(1),
        "only the template"
    );
}

#[test]
fn what_leniency_lets_pass_is_shown_without_the_fields_that_the_api_server_drops() {
    let lenient = Settings {
        lenient: true,
        ..Settings::default()
    };
    let template = TEMPLATE.replace("image: busybox", "image: busybox, imgae: x");
    let told = outcome_with(&lenient, &[("f.yaml", FLOW), ("t.yaml", &template)], &[], |job| {
        assert!(!job.to_string().contains("imgae"), "{job}");
        warned("x")
    });
    assert_eq!(told.asked.as_ref().map(|asked| asked.jobs), Some(3));
    assert_eq!((told.denied_and_warned(), told.exit()), ((0, 2), Exit::Clean));
}

#[test]
fn a_warning_of_a_cluster_is_suppressed_like_any_other_and_only_asking_tells_what_is_unused() {
    let about = |comment: &str| FLOW.replace("    - name: a", &format!("    - name: a {comment}"));
    let suppressed = about("# jobflow:ignore[XX802] we know");
    let inputs = [("f.yaml", suppressed.as_str()), ("t.yaml", TEMPLATE)];
    let told = outcome(&inputs, &[], |_| warned("x"));
    assert_eq!((lines(&told), told.files[0].suppressed), (Vec::new(), 1));
    let silent = |_: &Value| Answer {
        verdict: Verdict::Accepted,
        warnings: Vec::new(),
    };
    let unused = lines(&outcome(&inputs, &[], silent));
    assert!(unused.len() == 1 && unused[0].contains(" XX701 "), "{unused:?}");
    let settings = Settings::default();
    let offline = crate::cli::validate::check::check(files(&inputs), Vec::new(), &settings, &Workers::default());
    assert_eq!(lines(&offline), Vec::<String>::new());
}

#[test]
fn without_a_verdict_on_all_jobs_it_ends_as_what_cannot_be_read() {
    let settings = Settings::default();
    let inputs = [("f.yaml", FLOW), ("t.yaml", TEMPLATE)];
    let outcome = check_asking(
        files(&inputs),
        Vec::new(),
        &settings,
        &Workers::default(),
        |files, templates| {
            added(files, templates, "team", &settings, &Progress::new(0, false), |_, _| {
                Asking {
                    shown: 0,
                    trouble: Some("gone".to_owned()),
                }
            })
        },
    );
    assert_eq!((lines(&outcome), outcome.exit()), (Vec::new(), Exit::Unreadable));
}
