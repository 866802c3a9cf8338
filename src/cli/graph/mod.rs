//! `jobflow graph`: what waits for what, as text or as a picture.
//!
//! ```text
//! object ── core: diagram ──> nodes, edges, states ── ascii | mermaid | dot | svg | json ──> text
//! ```

mod ascii;
mod dot;
mod json;
mod layout;
mod list;
mod look;
mod mermaid;
mod svg;
mod svg_route;

#[cfg(test)]
mod tests;

pub(crate) use look::mark;

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use jobflow_core::diagram::{self, Diagram};
use serde_json::Value;

use super::cluster::ConnectionArgs;
use super::exit::Exit;
use super::output;
use super::world::World;

/// How wide a text is where no terminal says it.
const WIDTH: usize = 100;

/// Draw what waits for what, in any kind with steps
///
/// Draws files, which are YAML or JSON as kubectl reads them, or an object of the cluster: what is no file, and does not end
/// as one. Where an object has a status, as it has in a cluster, each step shows its state: ○ waiting, ● active, ✔ succeeded, ✖ failed, ⊘ skipped. Steps that wait for something else than success are marked
/// 'on failure' or 'always'. A DaemonJob is one step, for only a cluster knows its nodes.
///
/// Exit status: 0 when everything has been drawn, 1 when admission would deny something, 2 when something could not be
/// read, cannot be drawn so, or the usage is wrong, 3 for an internal error, 4 when the cluster cannot be asked or has no such
/// object.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  jobflow graph examples/jobflow/five-jobs.yaml
  jobflow graph examples/managedjob/sample.yaml -o svg > sample.svg
  jobflow graph jobflow/nightly -o mermaid")]
pub struct GraphArgs {
    /// Files, directories, or - for standard input (the default when it is a pipe); or an object of the cluster: NAME,
    /// KIND/NAME or KIND NAME
    #[arg(value_name = "FILE|DIR|-|NAME", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    /// What to draw it as
    #[arg(short, long, value_enum, default_value_t = Format::Ascii)]
    output: Format,

    /// Only the object of this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// How many columns a text may have [default: those of the terminal, else 100]
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,

    #[command(flatten)]
    connection: ConnectionArgs,
}

impl GraphArgs {
    /// The words for an object and its cluster, where one is named.
    pub fn in_cluster(&self) -> Option<(Vec<String>, &ConnectionArgs)> {
        let is_path = |path: &PathBuf| {
            let endings = ["yaml", "yml", "json"];
            path.exists()
                || path.as_os_str() == "-"
                || endings
                    .iter()
                    .any(|ending| path.extension().is_some_and(|it| it == *ending))
        };
        if self.paths.is_empty() || self.paths.iter().any(is_path) {
            return None;
        }
        let words = self.paths.iter().map(|path| path.display().to_string());
        Some((words.collect(), &self.connection))
    }
}

/// The forms of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A drawing where it fits the terminal, else a list in layers
    Ascii,
    /// A flowchart for Markdown, as GitHub and GitLab show it
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
    /// Nodes, edges, levels and the critical path, for programs
    Json,
}

/// Runs the subcommand.
pub fn run(args: &GraphArgs) -> Exit {
    let Some(mut world) = World::read(&args.paths) else {
        output::complain("error: nothing to draw: name files or directories, or pipe manifests into standard input");
        return Exit::Unreadable;
    };
    if let Err(exit) = world.check() {
        return exit;
    }
    let found = world
        .objects
        .iter()
        .filter_map(|object| diagram::diagram(&object.value).ok().flatten());
    let is_wanted = |diagram: &Diagram| args.name.as_ref().is_none_or(|name| *name == diagram.name);
    let diagrams: Vec<Diagram> = found.filter(is_wanted).collect();
    if diagrams.is_empty() && world.exit() != Exit::Clean {
        return world.exit();
    }
    match pictures(&diagrams, args.output, args.width.unwrap_or_else(terminal_width)) {
        Ok(text) => output::finish(&text, world.exit()),
        Err(complaint) => {
            output::complain(&format!("error: {complaint}"));
            Exit::Unreadable
        }
    }
}

/// An object of the cluster, drawn.
///
/// # Errors
/// A sentence where it cannot be drawn.
pub(crate) fn drawn(object: &Value, args: &GraphArgs) -> Result<String, String> {
    let found = diagram::diagram(object).map_err(|report| {
        let findings: Vec<String> = report.denials().map(|finding| format!("\n* {finding}")).collect();
        format!("it is denied, and so cannot be drawn:{}", findings.concat())
    })?;
    let diagrams: Vec<Diagram> = found.into_iter().collect();
    pictures(&diagrams, args.output, args.width.unwrap_or_else(terminal_width))
}

/// How many columns the terminal has.
pub(crate) fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// Objects drawn, with the states that their diagrams have ([`Diagram::with_states`] gives them others). `width` is that of
/// the terminal; text is coloured for [`output::finish`], which takes colours out where nobody sees them.
///
/// # Errors
/// A sentence where they cannot be drawn so.
pub(crate) fn pictures(diagrams: &[Diagram], format: Format, width: usize) -> Result<String, String> {
    let all = |draw: &dyn Fn(&Diagram) -> String| diagrams.iter().map(draw).collect::<Vec<_>>().join("\n");
    match (format, diagrams) {
        (_, []) => Err("there is nothing in what was read that has steps to draw".to_owned()),
        (Format::Ascii, _) => Ok(all(&|diagram| ascii::text(diagram, width))),
        (Format::Dot, _) => Ok(all(&dot::text)),
        (Format::Mermaid, [diagram]) => Ok(mermaid::text(diagram)),
        (Format::Json, [diagram]) => Ok(json::text(diagram)),
        (Format::Svg, [diagram]) => svg::text(diagram),
        (_, several) => Err(format!(
            "there are {} objects to draw, and this form holds one: choose with --name, such as --name {}",
            several.len(),
            several.first().map_or("", |diagram| &diagram.name),
        )),
    }
}
