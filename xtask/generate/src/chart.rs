//! The generated files of the chart: its copies of the CRDs and of the license, and the table of its values.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The chart's folder, from the root of the repository.
const CHART: &str = "charts/jobflow-operator";

/// A chart is handed on without the rest of the repository.
const LICENSE: &str = "LICENSE";

/// What begins the comment of a value that the table shows.
const MARK: &str = "# -- ";

/// Every generated file of the chart: its path from the root of the repository, and its content.
pub fn files(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let chart = Path::new(CHART);
    let mut files = crd_templates(chart);
    let values = root.join(chart).join("values.yaml");
    let values = fs::read_to_string(&values).with_context(|| format!("cannot read '{}'", values.display()))?;
    files.push((chart.join("README.md"), readme(&values)));
    let license = fs::read_to_string(root.join(LICENSE)).context("cannot read the license")?;
    files.push((chart.join(LICENSE), license));
    Ok(files)
}

/// Templates and not the folder `crds/` of a chart: what is there helm neither upgrades nor lets a value leave out.
fn crd_templates(chart: &Path) -> Vec<(PathBuf, String)> {
    let crds = crds::generate::files().into_iter();
    let yaml = crds.filter_map(|file| Some((file.path.strip_prefix("yaml/")?.to_owned(), file.content)));
    yaml.map(|(name, content)| (chart.join("templates/crds").join(name), crd_template(&content)))
        .collect()
}

fn crd_template(crd: &str) -> String {
    // What looks like a template to helm in a description must stay text.
    let text = crd.replace("{{", "{{ \"{{\" }}");
    let annotated = text.replacen(
        "\nmetadata:\n",
        "\nmetadata:\n  labels: {{- include \"jobflow.labels\" . | nindent 4 }}\n  {{- if .Values.crds.keep }}\n  annotations:\n    \
         helm.sh/resource-policy: keep\n  {{- end }}\n",
        1,
    );
    format!("{{{{- if .Values.crds.install }}}}\n{annotated}{{{{- end }}}}\n")
}

/// One row of the table.
struct Row {
    path: String,
    default: String,
    text: String,
}

fn readme(values: &str) -> String {
    let mut text = "# jobflow-operator\n\n\
        Graphs of Jobs on Kubernetes, with admission that tells everything that is wrong at once.\n\n\
        Installation, certificates, upgrades and monitoring are described in [docs/operators](../../docs/operators/README.md).\n\n\
        ## Values\n\n| value | default | meaning |\n|---|---|---|\n"
        .to_owned();
    for row in rows(values) {
        text += &format!("| `{}` | `{}` | {} |\n", row.path, row.default, row.text);
    }
    text
}

/// Reads the values line by line: a parser would lose the comments. Every documented key stands on a line of its own.
fn rows(values: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut parents: Vec<(usize, &str)> = Vec::new();
    let mut comment: Option<String> = None;
    let mut lines = values.lines().peekable();
    while let Some(line) = lines.next() {
        let (indent, content) = (line.len() - line.trim_start().len(), line.trim());
        if let Some(first) = content.strip_prefix(MARK) {
            comment = Some(first.to_owned());
        } else if let (Some(more), Some(text)) = (content.strip_prefix("# "), comment.as_mut()) {
            *text += " ";
            *text += more;
        } else if let Some((key, value)) = content.split_once(':').filter(|_| !content.starts_with('-')) {
            parents.retain(|(depth, _)| *depth < indent);
            parents.push((indent, key));
            if let Some(text) = comment.take() {
                let below = |next: &&str| next.len() - next.trim_start().len() > indent;
                let block: Vec<&str> = std::iter::from_fn(|| lines.next_if(|next| below(next))).collect();
                let default = if block.is_empty() {
                    value.trim().to_owned()
                } else {
                    flow_style(&block)
                };
                let path: Vec<&str> = parents.iter().map(|(_, key)| *key).collect();
                rows.push(Row {
                    path: path.join("."),
                    default,
                    text,
                });
            }
        }
    }
    rows
}

/// A block of list items or of keys on one line, as YAML in flow style.
fn flow_style(block: &[&str]) -> String {
    let items: Vec<&str> = block.iter().map(|line| line.trim()).collect();
    let is_list = items.iter().all(|item| item.starts_with("- "));
    let parts: Vec<&str> = items
        .iter()
        .map(|item| item.strip_prefix("- ").unwrap_or(item))
        .collect();
    let joined = parts.join(", ");
    if is_list {
        format!("[{joined}]")
    } else {
        format!("{{{joined}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::{crd_template, rows};

    #[test]
    fn a_value_is_shown_by_path_default_and_comment() {
        let values = "# A file.\na:\n  # -- First,\n  # and more.\n  b: 1\n  # not shown\n  c: 2\n# -- A list.\nd:\n  - {x: 1}\n  - {y: 2}\n";
        let shown: Vec<String> = rows(values)
            .iter()
            .map(|row| format!("{} = {}: {}", row.path, row.default, row.text))
            .collect();
        assert_eq!(shown, ["a.b = 1: First, and more.", "d = [{x: 1}, {y: 2}]: A list."]);
    }

    #[test]
    fn a_description_is_never_read_as_a_template() {
        let template = crd_template("kind: X\nmetadata:\n  name: x\nspec: {{ .Values }}\n");
        assert!(template.contains("spec: {{ \"{{\" }} .Values }}"), "{template}");
        assert_eq!(template.matches("helm.sh/resource-policy: keep").count(), 1);
    }
}
