//! Where values are: places are those that an editor shows.

use jobflow_core::field::Segment;

use super::read;
use crate::cli::manifest::locate::Place;
use crate::cli::manifest::{Aim, Locator, Position, Span};

/// The place of `path` (`a.b[0]` as `a/b/0`) in the first document, as `line:column text`, and that of the alias that leads there.
fn place(text: &str, path: &str, aim: Aim) -> (String, Option<String>) {
    let manifest = read(text);
    let document = manifest
        .documents
        .first()
        .unwrap_or_else(|| panic!("{:?}", manifest.unreadable));
    let segments: Vec<Segment> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse()
                .map_or_else(|_| Segment::Key(part.to_owned()), Segment::Index)
        })
        .collect();
    let Place { span, alias } = Locator::new(&document.tree).find(segments.iter(), aim);
    let shown = |span: Span| {
        let Position { line, column } = manifest.source.position(span.start);
        format!("{line}:{column} {}", manifest.source.text()[span].trim_end())
    };
    (shown(span), alias.map(shown))
}

fn value_place(text: &str, path: &str) -> String {
    place(text, path, Aim::Value).0
}

const FLOW: &str = "\
kind: JobFlow
spec:
  flows:
    - name: fetch   # first
      dependencies: [ä, \"b c\"]
    - name:
      jobTemplateRef: \"\"
";

#[test]
fn a_path_leads_to_the_value() {
    assert_eq!(value_place(FLOW, "kind"), "1:7 JobFlow");
    assert_eq!(value_place(FLOW, "spec/flows/0/name"), "4:13 fetch");
    assert_eq!(value_place(FLOW, "spec/flows/0/dependencies"), "5:21 [ä, \"b c\"]");
    assert_eq!(value_place(FLOW, "spec/flows/0/dependencies/1"), "5:25 \"b c\"");
    assert_eq!(value_place(FLOW, "spec/flows/1/jobTemplateRef"), "7:23 \"\"");
    assert_eq!(
        value_place(FLOW, "spec/flows/1"),
        "6:7 name:\n      jobTemplateRef: \"\""
    );
}

#[test]
fn an_empty_value_is_shown_by_its_key() {
    assert_eq!(value_place(FLOW, "spec/flows/1/name"), "6:7 name");
}

#[test]
fn a_key_can_be_meant() {
    assert_eq!(place(FLOW, "spec/flows/0/name", Aim::Key).0, "4:7 name");
    assert!(place(FLOW, "spec/flows/0", Aim::Key).0.starts_with("4:7 name: fetch"));
}

#[test]
fn what_is_missing_is_shown_by_what_is_around_it() {
    assert!(value_place(FLOW, "spec/flows/0/jobTemplate/template").starts_with("4:7 name: fetch"));
    assert_eq!(value_place(FLOW, "spec/suspend"), "2:1 spec");
    assert_eq!(value_place(FLOW, "spec/flows/7/name"), "3:3 flows");
    assert!(value_place(FLOW, "metadata/name").starts_with("1:1 kind"));
}

const SHARED: &str = "\
common: &job
  template: {spec: 1}
env: &env {a: &a 1, b: 2}
flows:
  - job: *job
  - job:
      <<: *env
      b: 3
  - *env
  - inline: {<<: {c: 4}, d: *a}
";

#[test]
fn through_an_alias_the_value_is_shown_where_it_is_written_and_then_the_alias() {
    let used = |path| place(SHARED, path, Aim::Value);
    assert_eq!(
        used("flows/0/job/template/spec"),
        ("2:20 1".to_owned(), Some("5:10 *job".to_owned()))
    );
    assert_eq!(
        used("flows/0/job"),
        ("2:3 template: {spec: 1}".to_owned(), Some("5:10 *job".to_owned()))
    );
    assert_eq!(used("flows/2/a"), ("3:18 1".to_owned(), Some("9:5 *env".to_owned())));
    assert_eq!(
        used("flows/3/inline/d"),
        ("3:18 1".to_owned(), Some("10:29 *a".to_owned()))
    );
    assert_eq!(place(SHARED, "flows/0/job", Aim::Key), ("5:5 job".to_owned(), None));
    assert_eq!(
        place(SHARED, "flows/0/job/template", Aim::Key),
        ("2:3 template".to_owned(), Some("5:10 *job".to_owned()))
    );
}

#[test]
fn what_is_missing_behind_an_alias_is_shown_by_what_is_around_it_there() {
    let used = |path| place(SHARED, path, Aim::Value);
    assert_eq!(
        used("flows/0/job/template/name"),
        ("2:3 template".to_owned(), Some("5:10 *job".to_owned()))
    );
}

#[test]
fn through_a_merge_key_the_value_is_shown_where_it_is_written_and_then_the_alias() {
    let used = |path| place(SHARED, path, Aim::Value);
    assert_eq!(
        used("flows/1/job/a"),
        ("3:18 1".to_owned(), Some("7:11 *env".to_owned()))
    );
    assert_eq!(used("flows/1/job/b"), ("8:10 3".to_owned(), None));
    assert_eq!(used("flows/3/inline/c"), ("10:22 4".to_owned(), None));
}

#[test]
fn of_nested_aliases_the_outermost_is_named() {
    let text = "\
a: &a {x: 1}
b: &b {<<: *a}
c: {<<: *b}
d: &d {e: {<<: *a}}
f: *d
";
    let used = |path| place(text, path, Aim::Value);
    let written = "1:11 1".to_owned();
    assert_eq!(used("c/x"), (written.clone(), Some("3:9 *b".to_owned())));
    assert_eq!(used("f/e/x"), (written, Some("5:4 *d".to_owned())));
}

#[test]
fn places_in_json_and_behind_carriage_returns_are_counted_alike() {
    assert_eq!(value_place("{\n\t\"a\": {\"b\": [1,\r\n 2]}}", "a/b/1"), "3:2 2");
    assert_eq!(value_place("\u{feff}a: 1\r\nb: 2\r\n", "b"), "2:4 2");
    let second = read("{\"a\": 1}\n{\"b\": 2}");
    let place = Locator::new(&second.documents[1].tree).find([Segment::Key("b".to_owned())].iter(), Aim::Value);
    assert_eq!(
        second.source.position(place.span.start),
        Position { line: 2, column: 7 }
    );
}
