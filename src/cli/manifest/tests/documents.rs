//! Documents, lists and what is said of those that cannot be read.

use serde_json::json;

use super::{objects, read};
use crate::cli::manifest::{Aim, Locator, Position, Span};

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let manifest = read("a: 1\n---\nb: [1, 2\n---\n# nothing\n---\nc: \"x\n---\nd: 4\n");
    let numbers: Vec<usize> = manifest.documents.iter().map(|document| document.number).collect();
    assert_eq!(numbers, [1, 5]);
    let faults: Vec<_> = manifest
        .unreadable
        .iter()
        .map(|fault| (manifest.source.position(fault.span.start).line, fault.message.as_str()))
        .collect();
    assert_eq!(
        faults,
        [
            (3, "expected ']' before the end of the document"),
            (8, "expected the closing quote of this text, or more indentation"),
        ]
    );
}

#[test]
fn duplicate_keys_are_found_with_both_places_and_their_path() {
    let text = "\
kind: List
items:
  - metadata: {labels: {a: 1, b: 2, a: 3}}
  - spec:
      flows:
        - name: x
          name: y
          name: z
";
    let manifest = read(text);
    let found: Vec<_> = manifest.documents[0]
        .objects
        .iter()
        .flat_map(|object| &object.duplicates)
        .map(|duplicate| {
            let line = |span: &Span| manifest.source.position(span.start).line;
            (
                duplicate.path.to_string(),
                line(&duplicate.first),
                line(&duplicate.second),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("metadata.labels[a]".to_owned(), 3, 3),
            ("spec.flows[0].name".to_owned(), 6, 7),
            ("spec.flows[0].name".to_owned(), 6, 8),
        ]
    );
}

#[test]
fn items_of_lists_become_objects_and_take_their_type_from_a_typed_list() {
    let text = "\
apiVersion: api.practice.com/v1alpha1
kind: JobFlowList
items:
  - metadata: {name: a}
  - apiVersion: v1
    kind: List
    items: [{kind: B}]
";
    let manifest = read(text);
    assert_eq!(
        objects(&manifest).unwrap(),
        [
            &json!({"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "a"}}),
            &json!({"kind": "B"}),
        ]
    );
    let prefix = &manifest.documents[0].objects[1].prefix;
    let place = Locator::new(&manifest.documents[0].tree).find(prefix.iter(), Aim::Value);
    assert_eq!(&manifest.source.text()[place.span], "{kind: B}");
}

#[test]
fn an_item_that_is_no_object_is_refused_at_its_place() {
    let manifest = read("kind: List\nitems:\n- kind: A\n- 5\n");
    let positions: Vec<_> = manifest
        .unreadable
        .iter()
        .map(|fault| manifest.source.position(fault.span.start))
        .collect();
    assert_eq!(positions, [Position { line: 4, column: 3 }]);
}

#[test]
fn what_is_no_manifest_says_what_was_expected() {
    let fault = |text: &str| {
        let manifest = read(text);
        let fault = manifest.unreadable.first().unwrap_or_else(|| panic!("{text} was read"));
        let Position { line, column } = manifest.source.position(fault.span.start);
        format!("{line}:{column} {}", fault.message)
    };
    assert_eq!(
        fault("just text\n"),
        "1:1 expected an object with `apiVersion` and `kind`"
    );
    assert_eq!(fault("a:\n\tb: 1\n"), "2:1 expected spaces, found a tab");
    assert_eq!(
        fault("%YAML 1.2\n---\na: 1\n"),
        "1:1 expected no directive: kubectl reads none, remove this line"
    );
    assert_eq!(
        fault("a: 1\nb: *c\n"),
        "2:4 expected an alias of an anchor that stands before it in this document"
    );
    assert_eq!(fault("a: {~: 1}"), "1:5 expected a key that is text");
    assert_eq!(fault("{[a]: 1}"), "1:2 expected a key that is text");
    assert_eq!(fault("[a]: 1"), "1:1 expected a key that is text");
    assert_eq!(fault("b: 1\n---\n? {a: 1}\n: 1"), "3:3 expected a key that is text");
    let template = "expected YAML, found '{{' of a template: render the template first, or put this in quotes";
    assert_eq!(fault("a: {{ .Values.image }}"), format!("1:5 {template}"));
    assert_eq!(
        fault("{{- if .Values.a }}\na: 1\n{{- end }}\n"),
        format!("1:3 {template}")
    );
    assert_eq!(
        fault("a: .nan"),
        "1:4 expected a finite number: JSON has no other, quote it"
    );
    assert_eq!(
        fault("a: b: c"),
        "1:5 expected no ':' here: quote a text that contains one"
    );
    assert_eq!(
        fault("a: x\u{1}y"),
        "1:5 expected no control character and no special line break, found \\u{1}"
    );
}
