//! `jobflow normalize`: what the mutating webhook would have stored.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jobflow_core::admission::{self, NoTemplates, ObjectName, Recognized};
use jobflow_core::change::{applied, to_patch};
use jobflow_core::diagnostic::Diagnostic;
use jobflow_core::kinds::Kind;
use jobflow_core::text::sanitized;
use serde_json::{Value, json};

use super::exit::Exit;
use super::manifest::Manifest;
use super::validate::fix::unified;
use super::{input, output};

/// Show objects as the mutating webhook would have them stored, without a cluster
///
/// Reads YAML and JSON as kubectl does. Objects of other kinds come out as they are. What admission denies is not stored: it
/// is named on standard error and left out; `jobflow validate` tells why.
///
/// Exit status: 0 when nothing is denied, 1 when something is, 2 when something could not be read or the usage is wrong, 3 for
/// an internal error.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jobflow normalize flow.yaml\n  jobflow normalize flow.yaml -o diff")]
pub struct NormalizeArgs {
    /// Files, directories, patterns, or - for standard input (the default when it is a pipe)
    #[arg(value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,

    /// How to print the objects
    #[arg(short, long, value_enum, default_value_t = Format::Yaml)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One YAML document an object
    Yaml,
    /// The object; a List, where there are several
    Json,
    /// The JSON Patch of each object of jobflow's, one a line
    Patch,
    /// What changes, as a unified diff of the YAML documents
    Diff,
}

/// Runs the subcommand.
pub fn run(args: &NormalizeArgs) -> Exit {
    let Some(inputs) = input::collect(&args.paths) else {
        output::complain("error: nothing to show: name files or directories, or pipe manifests into standard input");
        return Exit::Unreadable;
    };
    let mut seen = Seen::default();
    for input in inputs {
        match input.and_then(|input| Ok((input.name(), input.read()?))) {
            Ok((name, bytes)) => seen.file(&name, bytes),
            Err(failure) => seen.fail(Exit::Unreadable, &format!("error: {failure}")),
        }
    }
    output::finish(&printed(&seen.objects, args.output), seen.exit)
}

/// An object before and after.
#[derive(Debug)]
struct Normalized {
    file: String,
    before: Value,
    after: Value,
    /// The patch; `None` for an object of another kind.
    patch: Option<Value>,
}

/// All that was read so far, and how it ends.
struct Seen {
    objects: Vec<Normalized>,
    exit: Exit,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            objects: Vec::new(),
            exit: Exit::Clean,
        }
    }
}

impl Seen {
    fn file(&mut self, name: &str, bytes: Vec<u8>) {
        let manifest = Manifest::read(bytes);
        for fault in &manifest.unreadable {
            let place = manifest.source.position(fault.span.start);
            let message = format!("error: {name}:{}:{}: {}", place.line, place.column, fault.message);
            self.fail(Exit::Unreadable, &message);
        }
        for object in manifest.documents.into_iter().flat_map(|document| document.objects) {
            let is_repeated = !object.duplicates.is_empty();
            self.object(name, object.value, is_repeated);
        }
    }

    fn object(&mut self, file: &str, object: Value, has_repeated_keys: bool) {
        let kind = match admission::recognize(&object) {
            Recognized::Ours(kind) => kind,
            Recognized::Foreign => return self.keep(file, object),
            Recognized::UnknownKind(finding) => return self.deny(file, &object, &[&*finding]),
        };
        let report = admission::check(kind, &object, &NoTemplates);
        if report.denies() || has_repeated_keys {
            let denials: Vec<&Diagnostic> = report.denials().collect();
            return self.deny(file, &object, &denials);
        }
        for warning in report.warnings() {
            output::complain(&format!("warning: {file}: {}", sanitized(&warning.warning_text())));
        }
        self.objects.push(Normalized::of(file, kind, object));
    }

    fn keep(&mut self, file: &str, object: Value) {
        self.objects.push(Normalized {
            file: file.to_owned(),
            after: object.clone(),
            before: object,
            patch: None,
        });
    }

    fn deny(&mut self, file: &str, object: &Value, denials: &[&Diagnostic]) {
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let name = match ObjectName::of(object) {
            ObjectName::Given(name) | ObjectName::Generated(name) => name,
            ObjectName::Missing => "",
        };
        let first = denials
            .first()
            .map_or_else(|| "a key is given twice".to_owned(), ToString::to_string);
        let more = match denials.len() {
            0 | 1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        let message = format!("denied: {file}: {kind} {name}: {first}{more}; `jobflow validate` tells all");
        self.fail(Exit::Denied, &sanitized(&message));
    }

    fn fail(&mut self, exit: Exit, message: &str) {
        output::complain(message);
        self.exit = self.exit.max(exit);
    }
}

impl Normalized {
    fn of(file: &str, kind: &'static Kind, before: Value) -> Self {
        let changes = admission::normalize(kind, &before);
        Self {
            file: file.to_owned(),
            after: applied(&before, &changes),
            patch: Some(json!(to_patch(changes))),
            before,
        }
    }
}

fn printed(objects: &[Normalized], format: Format) -> String {
    match format {
        Format::Yaml => {
            let documents: Vec<String> = objects.iter().map(|object| yaml(&object.after)).collect();
            documents.join("---\n")
        }
        Format::Json => match objects {
            [one] => format!("{:#}\n", one.after),
            _ => {
                let items: Vec<&Value> = objects.iter().map(|object| &object.after).collect();
                format!("{:#}\n", json!({"apiVersion": "v1", "kind": "List", "items": items}))
            }
        },
        Format::Patch => {
            let patches = objects.iter().filter_map(|object| object.patch.as_ref());
            patches.map(|patch| format!("{patch}\n")).collect()
        }
        Format::Diff => objects.iter().map(diff).collect(),
    }
}

fn diff(object: &Normalized) -> String {
    let (before, after) = (yaml(&object.before), yaml(&object.after));
    let file = &object.file;
    unified(&before, &after, &format!("a/{file}"), &format!("b/{file}"))
}

/// The YAML of an object, such that kubectl reads the same object from it.
fn yaml(object: &Value) -> String {
    let text = serde_saphyr::to_string(object).expect("JSON is YAML");
    let read = Manifest::read(text.clone().into_bytes());
    let is_same = match read.documents.as_slice() {
        [document] => matches!(document.objects.as_slice(), [read] if read.value == *object),
        _ => false,
    };
    // A writer of YAML 1.2 does not know all that YAML 1.1 takes for something else; JSON is YAML without doubt.
    if is_same { text } else { format!("{object:#}\n") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Format, Normalized, Seen, printed, yaml};
    use crate::cli::exit::Exit;
    use crate::cli::manifest::Manifest;

    fn seen(text: &str) -> Seen {
        let mut seen = Seen::default();
        seen.file("f.yaml", text.as_bytes().to_vec());
        seen
    }

    const FLOW: &str = "\
apiVersion: api.practice.com/v1alpha1
kind: JobFlow
metadata: {name: demo}
spec:
  flows:
    - name: a
      jobTemplate: {template: {spec: {restartPolicy: OnFailure, containers: [{name: main, image: busybox}]}}}
";

    #[test]
    fn the_object_is_shown_as_the_webhook_would_store_it() {
        let seen = seen(FLOW);
        assert_eq!(seen.exit, Exit::Clean);
        let patch = printed(&seen.objects, Format::Patch);
        assert_eq!(
            patch,
            "[{\"op\":\"replace\",\"path\":\"/spec/flows/0/jobTemplate/template/spec/restartPolicy\",\"value\":\"Never\"}]\n"
        );
        let stored: serde_json::Value = serde_json::from_str(&printed(&seen.objects, Format::Json)).unwrap();
        assert_eq!(
            stored.pointer("/spec/flows/0/jobTemplate/template/spec/restartPolicy"),
            Some(&json!("Never"))
        );
        let again = Manifest::read(printed(&seen.objects, Format::Yaml).into_bytes());
        assert_eq!(again.documents[0].objects[0].value, stored);
        let diff = printed(&seen.objects, Format::Diff);
        let changed: Vec<&str> = diff
            .lines()
            .filter(|line| line.starts_with(['+', '-']))
            .map(|line| line.trim_end())
            .collect();
        assert_eq!(changed.len(), 4, "{diff}");
        assert_eq!((changed[0], changed[1]), ("--- a/f.yaml", "+++ b/f.yaml"));
        assert!(
            changed[2].ends_with("restartPolicy: OnFailure") && changed[3].ends_with("restartPolicy: Never"),
            "{diff}"
        );
    }

    #[test]
    fn what_is_denied_is_left_out_and_other_kinds_come_out_as_they_are() {
        let other = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
        let seen = seen(&format!("{}{other}", FLOW.replace("name: a\n", "name: A\n")));
        assert_eq!(seen.exit, Exit::Denied);
        let shown = printed(&seen.objects, Format::Yaml);
        assert_eq!(
            Manifest::read(shown.into_bytes()).documents[0].objects[0].value["kind"],
            "ConfigMap"
        );
        assert_eq!(printed(&seen.objects, Format::Patch), "");
        assert_eq!(printed(&seen.objects, Format::Diff), "");
    }

    #[test]
    fn texts_that_look_like_something_else_stay_texts() {
        let texts = vec![
            "yes",
            "on",
            "n",
            "010",
            "0x1f",
            "1_000",
            "1e3",
            "~",
            "null",
            "",
            " a ",
            "a: b",
            "# x",
            "12:30",
            "<<",
            "=",
            "a\nb\n",
            "\u{7f}",
            "- a",
            "*a",
            "&a",
            "!x",
            "%a",
            "@a",
            "`a",
            "{",
            "[",
            "'",
            "\"",
            "\\",
            "\t",
            "😀",
            "2001-01-01",
            ".5",
            "+1",
            "0b1",
            "0o7",
        ];
        let object = json!({"apiVersion": "v1", "kind": "X", "data": texts, "yes": {"010": "on"}});
        let read = Manifest::read(yaml(&object).into_bytes());
        assert!(read.unreadable.is_empty(), "{:?}", read.unreadable);
        assert_eq!(read.documents[0].objects[0].value, object);
    }

    #[test]
    fn several_objects_are_a_list() {
        let seen = seen(&format!("{FLOW}---\n{FLOW}"));
        let list: serde_json::Value = serde_json::from_str(&printed(&seen.objects, Format::Json)).unwrap();
        assert_eq!(
            (&list["kind"], list["items"].as_array().map(Vec::len)),
            (&json!("List"), Some(2))
        );
        let patches: Vec<&Normalized> = seen.objects.iter().collect();
        assert_eq!(patches.len(), printed(&seen.objects, Format::Patch).lines().count());
    }
}
