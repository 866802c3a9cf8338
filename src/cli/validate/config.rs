//! The configuration file: found, read, and refused where it has an entry that there is none of.

use std::path::{Path, PathBuf};
use std::{env, fs};

use jobflow_core::names::Nearest;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::settings::{self, CheckArgs, Settings};
use crate::cli::input::{Failure, reason};
use crate::cli::manifest::{Aim, Locator, Manifest};

/// The name of the file.
pub const NAME: &str = ".jobflow.yaml";

/// What `--help` says of it.
pub const HELP: &str = "\
Configuration file:
  The nearest .jobflow.yaml, from the current directory upwards, sets what no flag sets; a flag wins, and
  --exclude and --templates add to its lists. Its entries have the names of the flags:

    exclude: ['charts/**']          # patterns of files and directories
    kinds: [JobFlow, JobTemplate]   # check only these
    fail-on-unknown-kind: false
    require-match: false
    templates: [shared/templates]   # from the directory of the file
    ignore-missing-refs: false
    lenient: false
    fail-on: error                  # error, warning or never
    max-findings: 100

Suppressions:
  A warning that is meant is suppressed by a comment at the end of its line or right above it,
  `# jobflow:ignore[JF204] reason`, or for a whole object by the annotation
  `api.practice.com/ignore.JF204: reason`. What is denied cannot be suppressed.";

/// The entries that there are.
const ENTRIES: [&str; 9] = [
    "exclude",
    "require-match",
    "kinds",
    "fail-on-unknown-kind",
    "templates",
    "ignore-missing-refs",
    "lenient",
    "fail-on",
    "max-findings",
];

/// The configuration that these flags ask for.
///
/// # Errors
/// When it cannot be read, or has an entry that there is none of, or that has the wrong type.
pub fn load(args: &CheckArgs) -> Result<Settings, Failure> {
    if args.no_config {
        return Ok(Settings::default());
    }
    let found = args.config.clone().or_else(nearest);
    found.map_or_else(|| Ok(Settings::default()), |path| read(&path))
}

/// The file in the current directory, or in the nearest one around it. A path that is short where it can be.
fn nearest() -> Option<PathBuf> {
    if Path::new(NAME).is_file() {
        return Some(PathBuf::from(NAME));
    }
    let current = env::current_dir().ok()?;
    current
        .ancestors()
        .skip(1)
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file())
}

fn read(path: &Path) -> Result<Settings, Failure> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| Failure {
        name: name.clone(),
        message: reason(&error),
    })?;
    let mut config = parsed(bytes).map_err(|fault| Failure {
        name: fault.place.map_or(name.clone(), |place| format!("{name}:{place}")),
        message: fault.message,
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    config.templates = config.templates.iter().map(|entry| folder.join(entry)).collect();
    Ok(config)
}

/// What is wrong with a configuration, and its place as `line:column`.
#[derive(Debug)]
struct Fault {
    place: Option<String>,
    message: String,
}

fn parsed(bytes: Vec<u8>) -> Result<Settings, Fault> {
    let manifest = Manifest::read(bytes);
    let place = |at: usize| {
        let position = manifest.source.position(at);
        Some(format!("{}:{}", position.line, position.column))
    };
    if let Some(fault) = manifest.unreadable.first() {
        return Err(Fault {
            place: place(fault.span.start),
            message: fault.message.clone(),
        });
    }
    let [document] = manifest.documents.as_slice() else {
        return match manifest.documents.len() {
            0 => Ok(Settings::default()),
            _ => Err(Fault {
                place: None,
                message: "must be one document".to_owned(),
            }),
        };
    };
    let mut locator = Locator::new(&document.tree);
    let mut fault_at = |name: &str, aim, message| Fault {
        place: place(locator.find([segment(name)].iter(), aim).span.start),
        message,
    };
    if let Some(key) = document.tree.duplicates.first() {
        return Err(Fault {
            place: place(key.second.start),
            message: "the entry may be given only once".to_owned(),
        });
    }
    let entries = document.objects.first().and_then(|object| object.value.as_object());
    let entries = entries.cloned().unwrap_or_default();
    for (name, value) in &entries {
        if !ENTRIES.contains(&name.as_str()) {
            let advice = Nearest::default().advice(name, ENTRIES.into_iter());
            let advice = advice.unwrap_or_else(|| format!("there are {}", ENTRIES.join(", ")));
            return Err(fault_at(
                name,
                Aim::Key,
                format!("'{name}' is no entry of {NAME}: {advice}"),
            ));
        }
        // Entry by entry, so that a fault has its place.
        let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        Settings::deserialize(&alone).map_err(|error| fault_at(name, Aim::Value, error.to_string()))?;
    }
    let mut config = Settings::deserialize(&Value::Object(entries)).map_err(|error| Fault {
        place: None,
        message: error.to_string(),
    })?;
    let kinds: Result<Vec<String>, String> = config.kinds.iter().map(|name| settings::kind(name)).collect();
    config.kinds = kinds.map_err(|message| fault_at("kinds", Aim::Value, message))?;
    Ok(config)
}

fn segment(name: &str) -> jobflow_core::field::Segment {
    jobflow_core::field::Segment::Key(name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ENTRIES, HELP, Settings, parsed};
    use crate::cli::validate::settings::{CheckArgs, FailOn};

    fn read(text: &str) -> Result<Settings, String> {
        parsed(text.as_bytes().to_vec())
            .map_err(|fault| format!("{} {}", fault.place.unwrap_or_default(), fault.message))
    }

    #[test]
    fn every_entry_can_be_set() {
        let config = read(
            "exclude: [a]\nrequire-match: true\nkinds: [jobflow]\nfail-on-unknown-kind: true\ntemplates: [t]\n\
             ignore-missing-refs: true\nlenient: true\nfail-on: warning\nmax-findings: 3\n",
        )
        .unwrap();
        assert_eq!(config.kinds, ["JobFlow"]);
        assert_eq!((config.fail_on, config.max_findings), (FailOn::Warning, Some(3)));
        assert_eq!(config.templates, [Path::new("t")]);
        assert!(config.require_match && config.fail_on_unknown_kind && config.ignore_missing_refs && config.lenient);
        assert_eq!(read("# nothing\n"), Ok(Settings::default()));
    }

    #[test]
    fn what_is_no_entry_is_refused_with_its_place_and_the_nearest_name() {
        assert_eq!(
            read("lenient: true\nexlude: [a]\n").unwrap_err(),
            "2:1 'exlude' is no entry of .jobflow.yaml: did you mean 'exclude'?"
        );
        assert!(
            read("colour: red\n")
                .unwrap_err()
                .contains("there are exclude, require-match")
        );
        assert_eq!(
            read("lenient: true\nlenient: false\n").unwrap_err(),
            "2:1 the entry may be given only once"
        );
        assert!(
            read("lenient: 3\n").unwrap_err().starts_with("1:10 "),
            "{:?}",
            read("lenient: 3\n")
        );
        assert_eq!(
            read("kinds: [Job]\n").unwrap_err(),
            "1:8 expected one of JobFlow, JobTemplate, DaemonJob, ManagedJob, SequentialJob"
        );
    }

    #[test]
    fn flags_win_and_lists_are_joined() {
        let file = read("lenient: true\nexclude: [a]\nkinds: [JobFlow]\nfail-on: never\nmax-findings: 3\n").unwrap();
        let silent = Settings::new(&CheckArgs::default(), file.clone());
        assert!(silent.lenient);
        assert_eq!((silent.fail_on, silent.max_findings), (FailOn::Never, Some(3)));
        let args = CheckArgs {
            lenient: Some(false),
            exclude: vec!["b".to_owned()],
            kinds: vec!["DaemonJob".to_owned()],
            fail_on: Some(FailOn::Error),
            max_findings: Some(5),
            ..CheckArgs::default()
        };
        let settings = Settings::new(&args, file);
        assert!(!settings.lenient);
        assert_eq!(settings.exclude, ["a", "b"]);
        assert_eq!(settings.kinds, ["DaemonJob"]);
        assert_eq!((settings.fail_on, settings.max_findings), (FailOn::Error, Some(5)));
    }

    #[test]
    fn the_help_names_every_entry() {
        for entry in ENTRIES {
            assert!(HELP.contains(&format!("    {entry}: ")), "{entry}");
        }
    }
}
