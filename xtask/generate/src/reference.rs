//! The reference of every field of our kinds, from the schemas of their CRDs.

use std::path::PathBuf;

use anyhow::{Context, Result};
use crds::generate::{GeneratedFile, is_embedded};
use jobflow_core::daemon_job::rules::changed_daemon_job;
use jobflow_core::job_flow::rules::changed_spec;
use jobflow_core::kinds::ALL;
use jobflow_core::sequential_job::rules::changed_sequential_job;
use serde_json::Value;

mod words;

/// What of a spec may change after creation.
enum Mutable {
    All,
    Only(&'static [&'static str]),
}

/// A kind, the page that explains it, and what of its spec may change.
struct Subject {
    kind: &'static str,
    page: &'static str,
    mutable: Mutable,
}

const SUBJECTS: [Subject; 5] = [
    Subject {
        kind: "JobFlow",
        page: "job-flow.md",
        mutable: Mutable::Only(&changed_spec::MUTABLE),
    },
    Subject {
        kind: "JobTemplate",
        page: "job-template.md",
        mutable: Mutable::All,
    },
    Subject {
        kind: "DaemonJob",
        page: "daemon-job.md",
        mutable: Mutable::Only(&changed_daemon_job::MUTABLE),
    },
    Subject {
        kind: "ManagedJob",
        page: "managed-job.md",
        mutable: Mutable::Only(&[]),
    },
    Subject {
        kind: "SequentialJob",
        page: "sequential-job.md",
        mutable: Mutable::Only(&changed_sequential_job::MUTABLE),
    },
];

/// One page a kind; `crds` are the generated files of the CRDs.
pub fn files(crds: &[GeneratedFile]) -> Result<Vec<(PathBuf, String)>> {
    SUBJECTS.iter().map(|subject| page(subject, crds)).collect()
}

fn page(subject: &Subject, crds: &[GeneratedFile]) -> Result<(PathBuf, String)> {
    let name = subject.kind;
    let kind = ALL.iter().find(|kind| kind.kind == name);
    let kind = kind.with_context(|| format!("there is no kind '{name}'"))?;
    let path = format!("schema/{}.json", kind.plural);
    let file = crds.iter().find(|file| file.path == path);
    let file = file.with_context(|| format!("there is no {path}"))?;
    let schema: Value = serde_json::from_str(&file.content).with_context(|| format!("{path} is no JSON"))?;
    let mut rows = Rows::default();
    for part in ["spec", "status"] {
        rows.add(
            part,
            schema.pointer(&format!("/properties/{part}")).unwrap_or(&Value::Null),
        );
    }
    let page = subject.page;
    let text = format!(
        "# {name}: every field\n\n\
         Generated from the types by `cargo xtask gen`; [{page}](../{page}) explains the kind.\n\
         `apiVersion: {}`, `kind: {name}`.\n\n\
         What Kubernetes defines is linked and not repeated.\n\
         {}\n\
         A dash means that the field may be left out; `null` counts as left out.\n\n\
         | field | type | required | bounds | meaning |\n|---|---|---|---|---|\n{}{}",
        kind.api_version(),
        changes(&subject.mutable),
        rows.fields,
        validations(&rows.validations),
    );
    Ok((
        PathBuf::from(format!("docs/reference/{}.md", name.to_lowercase())),
        text,
    ))
}

fn changes(mutable: &Mutable) -> String {
    match mutable {
        Mutable::All => "Every field of the spec may change at any time.".to_owned(),
        Mutable::Only([]) => "No field of the spec may change after creation.".to_owned(),
        Mutable::Only(fields) => {
            let fields: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
            format!("Of the spec only {} may change after creation.", fields.join(", "))
        }
    }
}

fn validations(rows: &str) -> String {
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "\n## Rules in the schema\n\n\
         What the API server checks by itself (`x-kubernetes-validations`), also while the webhooks are away.\n\n\
         | at | must hold | else it says |\n|---|---|---|\n{rows}"
    )
}

/// The rows of both tables.
#[derive(Default)]
struct Rows {
    fields: String,
    validations: String,
}

impl Rows {
    /// Adds the members of the object at `path`. The recursion follows our schema, whose depth is fixed.
    fn add(&mut self, path: &str, node: &Value) {
        for rule in node
            .get("x-kubernetes-validations")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.validations += &words::validation(path, rule);
        }
        let required: Vec<&str> = node
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = node.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let here = format!("{path}.{name}");
            let is_embedded = is_embedded(name);
            self.fields += &words::field(&here, name, property, required.contains(&name.as_str()), is_embedded);
            if !is_embedded {
                self.add(&here, property);
                if let Some(items) = property.get("items") {
                    self.add(&format!("{here}[]"), items);
                }
            }
        }
    }
}
