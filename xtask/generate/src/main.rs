//! `cargo xtask gen`: writes every generated file; a test compares them.

mod chart;
mod reference;
mod schemas;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jobflow_core::rules::{ALL, Rule};

/// Writes the CRDs, their schemas, the reference of their fields, the chart's copies and table of values, the schemas of the command line's output, and the pages of the rules. Pages of rules that are gone are removed.
///
/// A program of its own, so that `cargo xtask cluster down` works while the core does not compile.
fn main() -> Result<()> {
    let root = checkout();
    let files = files(&root)?;
    for (path, content) in &files {
        let path = root.join(path);
        if fs::read_to_string(&path).is_ok_and(|held| held == *content) {
            continue;
        }
        let folder = path.parent().context("a generated file stands in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder '{}'", folder.display()))?;
        fs::write(&path, content).with_context(|| format!("cannot write '{}'", path.display()))?;
        println!("wrote {}", relative(&root, &path));
    }
    for path in stale_pages(&root, &files)? {
        fs::remove_file(&path).with_context(|| format!("cannot remove '{}'", path.display()))?;
        println!("removed {}", relative(&root, &path));
    }
    Ok(())
}

/// The checkout that this program was built from.
fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Every generated file: its path from the root of the repository, and its content.
fn files(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let crds = crds::generate::files();
    let mut files = reference::files(&crds)?;
    files.extend(
        crds.into_iter()
            .map(|file| (Path::new("crds").join(file.path), file.content)),
    );
    files.extend(ALL.iter().map(|rule| (page_path(rule), rule.page())));
    files.push((PathBuf::from("docs/rules/README.md"), index()));
    files.extend(schemas::files()?);
    files.extend(chart::files(root)?);
    Ok(files)
}

fn page_path(rule: &Rule) -> PathBuf {
    PathBuf::from(format!("docs/rules/{}.md", rule.id))
}

fn index() -> String {
    let mut text = "# Rules\n\nEvery fault that jobflow finds, by id. `jobflow explain <id>` prints a page without this folder.\n\n\
                    | id | name | verdict | fault |\n|---|---|---|---|\n"
        .to_owned();
    for rule in ALL {
        let (verdict, fault) = (rule.severity.as_str(), rule.summary());
        text += &format!(
            "| [{id}]({id}.md) | `{}` | {verdict} | {fault} |\n",
            rule.name,
            id = rule.id
        );
    }
    text
}

fn stale_pages(root: &Path, files: &[(PathBuf, String)]) -> Result<Vec<PathBuf>> {
    let folder = root.join("docs/rules");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list '{}'", folder.display()))?;
    let mut stale = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if files.iter().all(|(known, _)| root.join(known) != path) {
            stale.push(path);
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::{files, stale_pages};

    #[test]
    fn generated_files_are_current() {
        let root = super::checkout();
        let files = files(&root).unwrap();
        for (path, content) in &files {
            let held = std::fs::read_to_string(root.join(path)).unwrap_or_default();
            assert!(
                held == *content,
                "{} is out of date: run `cargo xtask gen`",
                path.display()
            );
        }
        assert!(
            stale_pages(&root, &files).unwrap().is_empty(),
            "a page of no rule is there: run `cargo xtask gen`"
        );
    }
}
