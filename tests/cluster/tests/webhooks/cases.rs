//! The golden cases of the rules (`tests/golden/`), as an API server is asked about them.

use std::path::{Path, PathBuf};

use jobflow_core::admission::{Recognized, recognize};
use jobflow_core::kinds::Kind;
use jobflow_core::rules::{ALL, Rule};
use serde_json::Value;

use crate::api::{Api, Refusal};

/// One case that an API server can be asked about.
pub struct Case {
    pub rule: &'static Rule,
    /// Its file, for messages.
    pub file: PathBuf,
    /// The first word of the file's name: `accepted`, `warned` or `denied`.
    pub verdict: String,
    kind: &'static Kind,
    /// None for what no YAML or JSON reader of ours takes.
    object: Option<Value>,
    /// What the object replaces.
    old: Option<Value>,
    text: String,
}

impl Case {
    /// Every case but those of other operations, and those in which the mutating webhook is left out.
    pub fn all() -> Vec<Self> {
        let cases = ALL
            .iter()
            .flat_map(|rule| files(rule).into_iter().filter_map(move |file| Self::read(rule, file)));
        cases.collect()
    }

    fn read(rule: &'static Rule, file: PathBuf) -> Option<Self> {
        let words: Vec<String> = file
            .file_stem()?
            .to_string_lossy()
            .split('.')
            .map(str::to_owned)
            .collect();
        let is_other = |word: &String| ["old", "delete", "unmutated"].contains(&word.as_str());
        if words.iter().any(is_other) {
            return None;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let object = parsed(&file, &text);
        let kind = match object.as_ref().map(recognize) {
            Some(Recognized::Ours(kind)) => kind,
            // An object of a kind that does not exist cannot be sent anywhere.
            Some(_) => return None,
            None => &jobflow_core::job_flow::KIND,
        };
        let old_file = file.with_extension("old.yaml");
        let old = std::fs::read_to_string(&old_file)
            .ok()
            .and_then(|text| parsed(&old_file, &text));
        let verdict = words.into_iter().next()?;
        Some(Self {
            rule,
            file,
            verdict,
            kind,
            object,
            old,
            text,
        })
    }

    /// What the findings of the rule are, a line each.
    pub fn report(&self) -> Vec<String> {
        let report = std::fs::read_to_string(self.file.with_extension("report")).unwrap_or_default();
        report.lines().map(str::to_owned).collect()
    }

    pub fn is_of(&self, kind: &Kind) -> bool {
        std::ptr::eq(self.kind, kind)
    }

    /// Whether the object replaces another.
    pub fn is_update(&self) -> bool {
        self.old.is_some()
    }

    /// Asks about the object, in this namespace, without storing it.
    pub fn try_in(&self, api: &Api, namespace: &str) -> Result<Value, Refusal> {
        let collection = self.collection(namespace);
        let Some(old) = &self.old else {
            return api.create(&collection, self.body(), true);
        };
        // Each replaces an object of its own, also when a slow answer makes the client ask twice.
        let mut old = old.clone();
        old["metadata"]["name"] = Value::Null;
        old["metadata"]["generateName"] = "old-".into();
        let stored = api.create(&collection, old.to_string(), false).unwrap();
        let path = format!("{collection}/{}", stored["metadata"]["name"].as_str().unwrap());
        let mut new = self.object.clone().unwrap();
        loop {
            let current = api.read(&path).unwrap();
            for member in ["name", "resourceVersion"] {
                new["metadata"][member] = current["metadata"][member].clone();
            }
            match api.replace(&path, new.to_string()) {
                // The controller works on what is stored.
                Err(refusal) if refusal.message.contains("the object has been modified") => {}
                answer => return answer,
            }
        }
    }

    /// Stores the object under a name of its own, unless its name is part of the fault. Returns the name; none if
    /// it is refused.
    pub fn store_in(&self, api: &Api, namespace: &str, number: usize) -> Option<String> {
        let mut object = self.object.clone()?;
        if object["metadata"]["name"] == "demo" {
            object["metadata"]["name"] = format!("case-{number}").into();
        }
        let stored = api
            .create(&self.collection(namespace), object.to_string(), false)
            .ok()?;
        Some(stored["metadata"]["name"].as_str()?.to_owned())
    }

    fn collection(&self, namespace: &str) -> String {
        let Kind {
            group, version, plural, ..
        } = self.kind;
        format!("/apis/{group}/{version}/namespaces/{namespace}/{plural}")
    }

    fn body(&self) -> String {
        self.object.as_ref().map_or_else(|| self.text.clone(), Value::to_string)
    }
}

fn parsed(file: &Path, text: &str) -> Option<Value> {
    let mut object: Value = if file.extension()? == "json" {
        serde_json::from_str(text).ok()?
    } else {
        serde_saphyr::from_str(text).unwrap()
    };
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("namespace");
    }
    Some(object)
}

fn files(rule: &Rule) -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden");
    let folder = golden.join(format!("{}-{}", rule.id, rule.name));
    // A rule about text that is gone once it is JSON has no folder.
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "yaml" || extension == "json")
    });
    files.sort();
    files
}
