//! What is mended and what is left alone; what is mended validates.

use super::{Mended, mend};
use crate::cli::validate::parallel::Workers;
use crate::cli::validate::settings::Settings;

fn mended(text: &str) -> Mended {
    let input = Ok(("f.yaml".to_owned(), text.as_bytes().to_vec()));
    mend(&[input], &[], &Settings::default(), &Workers::default())
}

/// The text after mending, and the rules that still speak.
fn fixed(text: &str) -> (String, Vec<&'static str>) {
    let mended = mended(text);
    let after = mended
        .files
        .first()
        .map_or(text.as_bytes(), |file| &file.after)
        .to_vec();
    let left = mended.left();
    let left = left.files[0].findings.iter().map(|finding| finding.diagnostic.rule.id);
    (String::from_utf8(after).unwrap(), left.collect())
}

const FAULTY: &str = "\u{feff}\
# A comment   that stays.\r
apiVersion: api.practice.com/v1alpha1\r
kind: \"Jobflow\"   # misspelt\r
metadata: {name: demo}\r
spec:\r
  falurePolicy: failfast\r
  flows:\r
    - name: extract\r
      jobTemplate: {template: {spec: {restartPolicy: 'OnFailure', containers: [\r
        {name: main, image: busybox:1.28, args: [8080, yes, 1.10, 'ok'], env: [{name: A, value: 0x10}]}]}}}\r
    - name: load\r
      dependancies:\r
        - extrct  # first\r
        - extract # again\r
      jobTemplateRef: t\r
";

#[test]
fn safe_faults_are_mended_and_everything_else_stays() {
    let expected = FAULTY
        .replace("\"Jobflow\"", "\"JobFlow\"")
        .replace("falurePolicy: failfast", "failurePolicy: FailFast")
        .replace("'OnFailure'", "'Never'")
        .replace("[8080, yes, 1.10, 'ok']", "[\"8080\", \"yes\", \"1.10\", 'ok']")
        .replace("0x10", "\"0x10\"")
        .replace("dependancies", "dependencies")
        .replace("- extrct", "- extract")
        .replace("        - extract # again\r\n", "");
    let (text, left) = fixed(FAULTY);
    assert_eq!(text, expected);
    assert!(left.is_empty(), "{left:?}");
    assert!(mended(&text).files.is_empty(), "what is mended needs no fix");
}

#[test]
fn a_diff_shows_the_change_and_nothing_else() {
    let text = "apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata: {name: demo}\nspec:\n  flows:\n\
                    - name: a\n      jobTemplateReff: t # a comment\n";
    let text = text.replace("    - name", "  - name").replace("- name", "    - name");
    let mended = mended(&text);
    assert_eq!(mended.files[0].edits, 1);
    assert_eq!(
        mended.files[0].diff(),
        "\
--- a/f.yaml
+++ b/f.yaml
@@ -4,4 +4,4 @@
 spec:
   flows:
     - name: a
-      jobTemplateReff: t # a comment
+      jobTemplateRef: t # a comment
"
    );
}

/// A flow with these lines of one more flow.
fn flows(lines: &str) -> String {
    format!(
        "apiVersion: api.practice.com/v1alpha1\nkind: JobFlow\nmetadata: {{name: demo}}\nspec:\n  flows:\n    \
         - {{name: step-a, jobTemplateRef: t}}\n    - {{name: step-b, jobTemplateRef: t}}\n    - {lines}\n"
    )
}

#[test]
fn what_has_more_than_one_answer_or_none_is_left_alone() {
    for (lines, rule) in [
        // Two flows are equally near.
        ("{name: c, jobTemplateRef: t, dependencies: [step-x]}", "JF201"),
        // The field is there already.
        ("{name: c, jobTemplateRef: t, jobTemplateReff: t}", "XX001"),
        // Far from every name.
        ("{name: c, jobTemplateRef: t, colour: t}", "XX001"),
        // No text is meant.
        ("{name: c, jobTemplateRef: t, dependencies: step-a}", "XX002"),
    ] {
        let text = flows(lines);
        assert_eq!(fixed(&text), (text.clone(), vec![rule]), "{lines}");
    }
}

#[test]
fn what_an_alias_brings_is_left_alone() {
    let text = flows("&c {name: &n step-z9, jobTemplateRef: t, dependencies: [*n]}");
    let (after, left) = fixed(&text);
    assert_eq!((after, left), (text, vec!["JF202"]));
}

#[test]
fn repeated_items_go_with_their_comma() {
    let (after, left) = fixed(&flows(
        "{name: c, jobTemplateRef: t, dependencies: [step-a,  step-b, step-a , \"step-b\"]}",
    ));
    assert!(after.contains("dependencies: [step-a,  step-b ]}"), "{after}");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_edit_that_does_not_mend_is_taken_back() {
    let text = flows(
        "{name: c, jobTemplate: {template: {spec: {restartPolicy: Never, containers: [\
                      {name: main, image: busybox, args: [!!int 5]}]}}}}",
    );
    assert_eq!(fixed(&text), (text.clone(), vec!["XX002"]));
}

#[test]
fn json_is_mended_too() {
    let text = r#"{"apiVersion": "api.practice.com/v1alpha1", "kind": "JobFlow", "metadata": {"name": "demo"},
        "spec": {"flows": [{"name": "a", "jobTemplateReff": "t"}]}}"#;
    let (after, left) = fixed(text);
    assert_eq!(after, text.replace("Reff", "Ref"));
    assert!(left.is_empty(), "{left:?}");
}
