//! YAML as kubectl reads it, which is YAML 1.1: texts that it would take for something else are quoted.

use serde_json::Value;

/// One document of `value`, its members in the order of their names.
///
/// # Errors
/// A sentence where the writer cannot express it.
pub fn document(value: &Value) -> Result<String, String> {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: true, folded_wrap_chars: usize::MAX };
    serde_saphyr::to_string_with_options(value, options).map_err(|error| format!("cannot be written as YAML: {error}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::document;
    use crate::cli::manifest::Manifest;

    /// What kubectl makes of it, by our reader, which a table of its answers holds to it.
    fn read_back(text: &str) -> Value {
        let manifest = Manifest::read(text.as_bytes().to_vec());
        assert!(manifest.unreadable.is_empty(), "{:?}\n{text}", manifest.unreadable);
        manifest.documents[0].objects[0].value.clone()
    }

    #[test]
    fn words_that_mean_something_to_kubectl_are_quoted() {
        for word in [
            "yes",
            "No",
            "on",
            "OFF",
            "y",
            "~",
            "null",
            "",
            "010",
            "08",
            "0o10",
            "1_000",
            "0x1f",
            "1e3",
            ".5",
            "+1",
            "-1",
            ".inf",
            "2020-01-01",
            "12:30:45",
            "<<",
            "=",
            "- a",
            "a: b",
            "a #b",
            "#a",
            "&a",
            "*a",
            "!a",
            "%a",
            "@a",
            "`a",
            "a\nb\n",
            "\n",
            " a",
            "a ",
            "a\tb",
            "\ta",
            "---",
            "...",
            "? a",
            "{a",
            "[a",
            "'",
            "\"",
            "\\",
            "0b1",
            "1.",
            "1e",
            "ä",
            "☃",
            "\u{7f}",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "a\r\nb",
            "a\n\n",
            "  a\nb",
            "x\n  y\n",
        ] {
            let object = json!({"kind": "X", "a": word, "b": [word], "c": {"d": word}, word: 1});
            assert_eq!(
                read_back(&document(&object).unwrap()),
                object,
                "{word:?}\n{}",
                document(&object).unwrap()
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_kubectl_reads(texts in proptest::collection::vec("[ -~\\n\\tä☃]{0,40}", 1..4), number in any::<i64>()) {
            let object = json!({"kind": "X", "texts": texts, "n": number, "f": 0.5, "empty": {"a": [], "b": {}, "c": null}});
            prop_assert_eq!(read_back(&document(&object).unwrap()), object);
        }
    }
}
