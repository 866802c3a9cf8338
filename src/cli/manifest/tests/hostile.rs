//! Files that are made to hurt, and files that are made by chance.

use jobflow_core::field::Segment;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{objects, read};
use crate::cli::manifest::{Aim, Locator, Manifest, Position};

/// Nine levels of ten aliases each: a billion values in less than a kilobyte.
fn billion_laughs(line: impl Fn(&str) -> String) -> String {
    let mut text = "a0: &a0 {x: laugh}\n".to_owned();
    for level in 1..10 {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} {}\n", line(&uses)));
    }
    text
}

#[test]
fn a_billion_laughs_are_refused() {
    for text in [
        billion_laughs(|uses| format!("[{uses}]")),
        billion_laughs(|uses| format!("{{<<: [{uses}]}}")),
    ] {
        let manifest = read(&text);
        assert_eq!(manifest.documents.len(), 0);
        let message = &manifest.unreadable[0].message;
        assert!(message.starts_with("aliases may not stand for so much"), "{message}");
    }
}

#[test]
fn much_text_behind_few_aliases_is_refused() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a,".repeat(90));
    let message = read(&text).unreadable[0].message.clone();
    assert_eq!(message, "aliases may not stand for more than 33554432 bytes of text");
}

#[test]
fn deep_nesting_is_refused_whatever_makes_it() {
    let mut steps = "a0: &a0 [1]\n".to_owned();
    for level in 1..200 {
        steps.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let block: String = (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    for text in [
        "[".repeat(100_000),
        format!("{}1{}", "{a: ".repeat(200), "}".repeat(200)),
        format!("a: {}1{}", "[".repeat(200), "]".repeat(200)),
        block,
        steps,
    ] {
        let message = &read(&text).unreadable[0].message;
        assert_eq!(message, "may not be nested deeper than 128 levels");
    }
}

#[test]
fn a_value_that_contains_itself_is_refused() {
    for text in [
        "a: &a {b: *a}",
        "a: &a [*a]",
        "a: &a {<<: *a}",
        "a: &a {b: {<<: *a}}",
        "&r {a: *r}",
    ] {
        let message = &read(text).unreadable[0].message;
        assert!(message.contains("contains itself"), "{text}: {message}");
    }
}

/// Bytes that YAML gives a meaning to, so that random ones reach further than the first error.
const PARTS: [&str; 43] = [
    "a",
    "b: ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&x ",
    "*x",
    "<<: ",
    "\"",
    "'",
    "|",
    ">-",
    "#",
    "---\n",
    "...",
    "? ",
    ": ",
    "!!int ",
    "! ",
    "%YAML 1.1",
    "\t",
    "\r\n",
    "\r",
    "~",
    "1_0",
    "0x1F",
    ".inf",
    "yes",
    "ä",
    "\u{2028}",
    "\u{feff}",
    "kind: List",
    "items:",
    "\\",
    "\u{0}",
    "{\"a\":",
    "}",
];

fn meaningful() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..60).prop_map(|parts| parts.concat())
}

/// Reads, and looks at all that a check could look at.
fn explore(bytes: Vec<u8>) {
    let manifest = Manifest::read(bytes);
    for fault in &manifest.unreadable {
        let Position { line, column } = manifest.source.position(fault.span.start);
        assert!(line >= 1 && column >= 1);
        assert!(
            manifest.source.text().get(fault.span.clone()).is_some(),
            "{fault:?} is on no character boundary"
        );
    }
    for document in &manifest.documents {
        let mut locator = Locator::new(&document.tree);
        for object in &document.objects {
            for path in paths(&object.value) {
                let place = locator.find(object.prefix.iter().chain(&path), Aim::Value);
                let text = manifest.source.text();
                assert!(
                    text.get(place.span.clone()).is_some(),
                    "{path:?} is at {place:?} of {text:?}"
                );
            }
        }
    }
}

/// The paths of all values inside `value`, and of one that is not there.
fn paths(value: &Value) -> Vec<Vec<Segment>> {
    let mut found = vec![vec![Segment::Key("absent".to_owned())]];
    let mut todo = vec![(Vec::new(), value)];
    while let Some((path, value)) = todo.pop() {
        let child = |segment| [path.as_slice(), &[segment]].concat();
        match value {
            Value::Object(map) => todo.extend(map.iter().map(|(key, value)| (child(Segment::Key(key.clone())), value))),
            Value::Array(list) => {
                todo.extend(
                    list.iter()
                        .enumerate()
                        .map(|(index, value)| (child(Segment::Index(index)), value)),
                );
            }
            _ => {}
        }
        found.push(path);
    }
    found
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        explore(bytes);
    }

    #[test]
    fn any_yaml_like_text_is_read_or_refused(text in meaningful()) {
        explore(text.into_bytes());
    }

    #[test]
    fn json_means_the_same_to_the_reader_as_to_a_json_parser(text in "[a-zA-Z0-9 :#&*!|>'%@-]{0,12}", number in any::<i64>()) {
        let value = json!({"text": text, "list": [number, null, true, {"deep": [text]}], text: {}});
        for written in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            let manifest = read(&written);
            prop_assert_eq!(objects(&manifest), Ok(vec![&value]));
        }
    }
}
