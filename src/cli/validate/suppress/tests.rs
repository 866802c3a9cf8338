//! Which findings a suppression takes away, and what is said of those that take none.

use crate::cli::validate::check::check;
use crate::cli::validate::outcome::Outcome;
use crate::cli::validate::parallel::Workers;
use crate::cli::validate::settings::Settings;

fn checked(text: &str) -> Outcome {
    let input = Ok(("f.yaml".to_owned(), text.as_bytes().to_vec()));
    check(vec![input], Vec::new(), &Settings::default(), &Workers::default())
}

/// The findings as `line rule`, and how many were suppressed.
fn found(text: &str) -> (Vec<String>, usize) {
    let outcome = checked(text);
    let file = &outcome.files[0];
    assert!(file.unreadable.is_empty(), "{:?}", file.unreadable);
    let line = |finding: &super::Finding| format!("{} {}", finding.position.line, finding.diagnostic.rule.id);
    (file.findings.iter().map(line).collect(), file.suppressed)
}

/// A flow whose dependency is repeated in line 8, with `above` in line 7 and `behind` at the end of line 8.
fn flow(above: &str, behind: &str, annotation: &str) -> String {
    format!(
        "apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {{name: demo, annotations: {{{annotation}}}}}
spec:
  flows:
    - {{name: a, jobTemplateRef: t}}
    {above}
    - {{name: b, jobTemplateRef: t, dependencies: [a, a]}}{behind}
"
    )
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_comment_on_the_line_or_above_it_takes_a_warning_away() {
    assert_eq!(found(&flow("", "", "")), (vec!["8 JF204".to_owned()], 0));
    assert_eq!(
        found(&flow("", " # jobflow:ignore[JF204] both are meant", "")),
        (none(), 1)
    );
    assert_eq!(
        found(&flow("# jobflow:ignore[JF204] both are meant", "", "")),
        (none(), 1)
    );
    let stacked = "# jobflow:ignore[jf204] both are meant\n\n    # more to say";
    assert_eq!(found(&flow(stacked, "", "")), (none(), 1));
}

#[test]
fn an_annotation_takes_it_away_from_the_whole_object() {
    let annotation = "api.practice.com/ignore.JF204: both are meant";
    assert_eq!(found(&flow("", "", annotation)), (none(), 1));
    let two = format!("{}---\n{}", flow("", "", annotation), flow("", "", ""));
    assert_eq!(found(&two), (vec!["17 JF204".to_owned()], 1));
}

#[test]
fn an_unused_one_is_reported_where_it_stands() {
    let elsewhere = found(&flow("", "", "").replace("kind: JobFlow", "kind: JobFlow # jobflow:ignore[JF204] why not"));
    assert_eq!(elsewhere, (vec!["2 XX701".to_owned(), "8 JF204".to_owned()], 0));
    let other = found(&flow("", " # jobflow:ignore[JF204, XX401] why not", ""));
    assert_eq!(other, (vec!["8 XX701".to_owned()], 1));
    let annotation = found(&flow("", "", "api.practice.com/ignore.XX401: why not"));
    assert_eq!(annotation, (vec!["3 XX701".to_owned(), "8 JF204".to_owned()], 0));
}

#[test]
fn one_without_a_reason_is_reported_and_takes_nothing_away() {
    let comment = found(&flow("", " # jobflow:ignore[JF204]  ", ""));
    assert_eq!(comment, (vec!["8 JF204".to_owned(), "8 XX702".to_owned()], 0));
    let annotation = found(&flow("", "", "api.practice.com/ignore.JF204: ''"));
    assert_eq!(annotation, (vec!["3 XX702".to_owned(), "8 JF204".to_owned()], 0));
}

#[test]
fn what_is_denied_cannot_be_suppressed() {
    let text = flow("", " # jobflow:ignore[JF201] later", "").replace("[a, a]", "[c]");
    assert_eq!(found(&text), (vec!["8 JF201".to_owned(), "8 XX703".to_owned()], 0));
    for wrong in ["[JF999] why", "[] why", " JF204 why", "[XX701] why"] {
        let (ids, suppressed) = found(&flow("", &format!(" # jobflow:ignore{wrong}"), ""));
        assert_eq!(
            (ids, suppressed),
            (vec!["8 JF204".to_owned(), "8 XX703".to_owned()], 0),
            "{wrong}"
        );
    }
}

#[test]
fn messages_tell_what_to_do() {
    let text = |wrong: &str| -> Vec<String> {
        let outcome = checked(&flow("", &format!(" # jobflow:{wrong}"), ""));
        let about = outcome.files[0]
            .findings
            .iter()
            .filter(|finding| finding.diagnostic.rule.id != "JF204");
        about.map(|finding| finding.diagnostic.to_string()).collect()
    };
    assert_eq!(
        text("ignore[JF20] why"),
        [": Unsupported value: no rule has the id 'JF20' (did you mean 'JF201' or 'JF202'?) [XX703]"]
    );
    assert_eq!(
        text("ignore[JF203] why"),
        [": Unsupported value: JF203 dependency-cycle denies the object, and only warnings can be suppressed [XX703]"]
    );
    assert_eq!(
        text("ingore[JF204] why"),
        [": Invalid value: expected `jobflow:ignore[ID] reason` [XX703]"]
    );
}

#[test]
fn a_suppression_in_a_text_or_in_json_is_none() {
    let in_text = flow("", "", "note: 'see # jobflow:ignore[JF204] x'");
    assert_eq!(found(&in_text), (vec!["8 JF204".to_owned()], 0));
    let many: String = (0..5_000).map(|n| format!("# {n}\n")).collect();
    let text = flow(&many, " # jobflow:ignore[JF204] both are meant", "");
    assert_eq!(found(&text), (none(), 1));
}
