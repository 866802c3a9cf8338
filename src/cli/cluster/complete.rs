//! Completion of names from the cluster, for shells and for kubectl.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use clap::{Args, CommandFactory as _, FromArgMatches as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::connection::ConnectionArgs;
use super::kinds::{self, RUNNABLE, Resource};
use super::session::Session;
use super::show;
use super::view::View;
use crate::cli::Cli;

/// A shell does not wait longer for the cluster.
const LIMIT: Duration = Duration::from_secs(3);

/// The name of the hidden subcommand that kubectl's script calls.
pub const COMMAND: &str = "__complete";

/// The directive behind candidates, in cobra's numbering, that keeps the shell from offering files.
const NO_FILES: &str = ":4";

/// Completes words for kubectl, which calls kubectl_complete-jobflow
#[derive(Args, Debug)]
pub struct CompleteArgs {
    /// The words behind `kubectl jobflow`, the last one unfinished
    #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
    words: Vec<OsString>,
}

/// Runs the subcommand that the script `kubectl_complete-jobflow` calls: candidates, one a line, and a directive.
pub fn run(args: &CompleteArgs) -> super::fault::Result<super::fault::End> {
    let mut words = vec![OsString::from(super::PROGRAM)];
    words.extend(args.words.iter().cloned());
    if args.words.is_empty() {
        words.push(OsString::new());
    }
    let last = words.len() - 1;
    let found = clap_complete::engine::complete(&mut Cli::command(), words, last, None).unwrap_or_default();
    let mut text = String::new();
    for candidate in found.iter().filter(|candidate| !candidate.is_hide_set()) {
        text.push_str(&candidate.get_value().to_string_lossy());
        if let Some(help) = candidate
            .get_help()
            .map(ToString::to_string)
            .filter(|help| !help.is_empty())
        {
            text.push('\t');
            text.push_str(help.lines().next().unwrap_or_default());
        }
        text.push('\n');
    }
    show(&format!("{text}{NO_FILES}\n"))?;
    Ok(super::fault::End::Done)
}

/// Completes `NAME` and `KIND/NAME`.
pub fn names() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| candidates(current, false))
}

/// Completes kinds too.
pub fn kinds_and_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| candidates(current, true))
}

/// What could be meant; nothing where the cluster cannot be asked. A completion never complains.
fn candidates(current: &OsStr, with_kinds: bool) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let views = views().unwrap_or_default();
    let kinds = if with_kinds {
        kinds::all().map(|resource| resource.singular).collect()
    } else {
        Vec::new()
    };
    matching(&current, &kinds, &views)
}

/// Plain names where no slash is typed yet, each with what it is.
fn matching(current: &str, kinds: &[&str], views: &[View]) -> Vec<CompletionCandidate> {
    let mut found: Vec<CompletionCandidate> = kinds
        .iter()
        .filter(|kind| kind.starts_with(current))
        .map(CompletionCandidate::new)
        .collect();
    let typed_kind = current.split_once('/').map(|(kind, _)| (kind, Resource::named(kind)));
    for view in views {
        let word = match typed_kind {
            None => view.name().to_owned(),
            Some((kind, Some(resource))) if resource.is(view.resource.kind) => format!("{kind}/{}", view.name()),
            Some(_) => continue,
        };
        if word.starts_with(current) {
            let help = format!("{} {} {}", view.resource.singular, view.word(), view.progress());
            found.push(CompletionCandidate::new(word).help(Some(help.into())));
        }
    }
    found
}

fn views() -> Option<Vec<View>> {
    let connection = connection(&std::env::args_os().collect::<Vec<_>>())?;
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let asked = timeout(LIMIT, async {
            let session = Session::open(&connection).await.ok()?;
            let lists = RUNNABLE.iter().map(|resource| session.list(resource, false, None));
            let lists = futures::future::join_all(lists).await;
            Some(lists.into_iter().flatten().flatten().collect())
        });
        asked.await.ok().flatten()
    })
}

/// The connection flags of the line that is being completed. It stands behind `--`; a shell's begins with the program.
fn connection(words: &[OsString]) -> Option<ConnectionArgs> {
    let at = words.iter().position(|word| word == "--")?;
    let is_of_kubectl = words.get(1).is_some_and(|word| word == COMMAND);
    let line = words.get(at + 1..)?.to_vec();
    let program = is_of_kubectl.then(|| OsString::from(super::PROGRAM));
    let line = program.into_iter().chain(line);
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(line).ok()?;
    ConnectionArgs::from_arg_matches(matches.subcommand()?.1).ok()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use serde_json::json;

    use super::super::kinds::Resource;
    use super::super::view::View;
    use super::{connection, matching};

    fn found(current: &str, kinds: &[&str]) -> Vec<String> {
        let view = |kind, name| View::of(Resource::named(kind).unwrap(), json!({"metadata": {"name": name}}));
        let views = [view("jf", "nightly"), view("sj", "night"), view("jf", "x")];
        let candidates = matching(current, kinds, &views);
        candidates
            .iter()
            .map(|candidate| candidate.get_value().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn names_are_completed_in_the_form_that_was_begun() {
        assert_eq!(found("ni", &[]), ["nightly", "night"]);
        assert_eq!(found("jf/", &[]), ["jf/nightly", "jf/x"]);
        assert_eq!(found("sequentialjob/n", &[]), ["sequentialjob/night"]);
        assert_eq!(found("", &["jobflow"]), ["jobflow", "nightly", "night", "x"]);
        assert_eq!(found("pod/", &[]), Vec::<String>::new());
    }

    #[test]
    fn the_flags_of_an_unfinished_line_say_which_cluster_to_ask() {
        let namespace = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
            connection(&words)?.namespace
        };
        let team = Some("team".to_owned());
        assert_eq!(namespace("jobflow __complete -- get -o wide -n team ni"), team);
        assert_eq!(namespace("jobflow -- jobflow logs --namespace=team --step a ni"), team);
        assert_eq!(namespace("jobflow -- jobflow wait ni"), None);
    }
}
