//! Commands for a cluster: one file a command. They see an object of any kind as a [`view::View`].
//!
//! ```text
//! words ── target ──> kind and name ── session ──> JSON ── view ──> steps and phase ──> table, tree, lines
//! flags ── connection ──> client ──────^             follow ──^ (again with every change)
//! ```

mod asking;
mod change;
mod complete;
mod connection;
mod create;
mod describe;
mod detail;
mod fault;
mod follow;
mod get;
mod kinds;
mod listing;
mod log_lines;
mod log_readers;
mod logs;
mod managed_steps;
mod order;
mod pods;
mod posts;
mod printed;
mod retries;
mod retry;
mod session;
mod span;
mod steps;
mod table;
mod target;
mod transitions;
mod tree_text;
mod view;
mod wait;
mod warnings;
mod watch;

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Command, CommandFactory, Subcommand};
use clap_complete::CompleteEnv;
use tokio::runtime::Runtime;

use super::exit::on_panic;
use super::graph::{self, GraphArgs};
use super::output;
pub use asking::{Answer, Asker, Asking, Verdict};
pub use connection::ConnectionArgs;
use fault::{End, Fault, Result};

/// The name of the program.
const PROGRAM: &str = "jobflow";

/// The variable by which the script of a shell asks for completions. Not clap's own name, which others may use too.
pub const COMPLETE_VARIABLE: &str = "JOBFLOW_COMPLETE";

/// What the name of a plugin of kubectl begins with.
const PLUGIN_PREFIX: &str = "kubectl-";

/// The commands that ask a cluster.
#[derive(Debug, Subcommand)]
pub enum ClusterCommand {
    Get(Box<get::GetArgs>),
    #[command(visible_alias = "describe")]
    Status(Box<describe::DescribeArgs>),
    Watch(Box<watch::WatchArgs>),
    Wait(Box<wait::WaitArgs>),
    Logs(Box<logs::LogsArgs>),
    Create(Box<create::CreateArgs>),
    Retry(Box<retry::RetryArgs>),
    Suspend(Box<change::SuspendArgs>),
    Resume(Box<change::ResumeArgs>),
    Cancel(Box<change::CancelArgs>),
    #[command(name = complete::COMMAND, hide = true)]
    Complete(complete::CompleteArgs),
}

/// Runs a command for a cluster.
pub fn run(command: &ClusterCommand) -> ExitCode {
    on_panic();
    if let ClusterCommand::Complete(args) = command {
        return ended(complete::run(args));
    }
    in_runtime(async {
        match command {
            ClusterCommand::Get(args) => get::run(args).await,
            ClusterCommand::Status(args) => describe::run(args).await,
            ClusterCommand::Watch(args) => watch::run(args).await,
            ClusterCommand::Wait(args) => wait::run(args).await,
            ClusterCommand::Logs(args) => logs::run(args).await,
            ClusterCommand::Create(args) => create::run(args).await,
            ClusterCommand::Retry(args) => retry::run(args).await,
            ClusterCommand::Suspend(args) => change::suspend(args).await,
            ClusterCommand::Resume(args) => change::resume(args).await,
            ClusterCommand::Cancel(args) => change::cancel(args).await,
            ClusterCommand::Complete(_) => Ok(End::Done),
        }
    })
}

/// Runs `tree` for an object in a cluster.
pub fn tree(words: &[String], connection: &ConnectionArgs) -> ExitCode {
    on_panic();
    in_runtime(tree_text::run(words, connection))
}

/// Runs `graph` for an object in a cluster.
pub fn graph(words: &[String], connection: &ConnectionArgs, args: &GraphArgs) -> ExitCode {
    on_panic();
    in_runtime(async {
        let view = tree_text::object(words, connection).await?;
        show(&graph::drawn(&view.object, args).map_err(Fault::refused)?)?;
        Ok(End::Done)
    })
}

/// Completes for names of objects in the cluster.
pub use complete::names as completed_names;

fn in_runtime(work: impl Future<Output = Result<End>>) -> ExitCode {
    match Runtime::new() {
        Ok(runtime) => {
            let end = ended(runtime.block_on(work));
            // A request that hangs must not keep the program.
            runtime.shutdown_background();
            end
        }
        Err(error) => ended(Err(Fault::unknown(format!("cannot start the async runtime: {error}")))),
    }
}

fn ended(result: Result<End>) -> ExitCode {
    let end = result.unwrap_or_else(|fault| {
        output::complain(&format!("error: {fault}"));
        fault.end
    });
    ExitCode::from(end as u8)
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no failure.
fn show<T: Display + ?Sized>(text: &T) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fault::unknown(format!("cannot write to standard output: {error}"))),
    }
}

/// How the user called the program: `jobflow`, or `kubectl jobflow` as a plugin.
pub fn program() -> String {
    let called = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&called)
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name_of(name).to_owned()
}

fn name_of(file: &str) -> &'static str {
    if file.starts_with(PLUGIN_PREFIX) {
        "kubectl jobflow"
    } else {
        PROGRAM
    }
}

/// The definition of the command line with the name that it was called by, in usage and examples.
pub fn named<C: CommandFactory>() -> Command {
    let program = program();
    let command = C::command().bin_name(&program);
    if program == PROGRAM {
        return command;
    }
    command.mut_subcommands(
        |subcommand| match subcommand.get_after_help().map(ToString::to_string) {
            Some(help) => subcommand.after_help(help.replace("\n  jobflow ", &format!("\n  {program} "))),
            None => subcommand,
        },
    )
}

/// Answers a shell that asks for completions, which ends the program; otherwise nothing.
pub fn answer_shell<C: CommandFactory>() {
    CompleteEnv::with_factory(C::command).var(COMPLETE_VARIABLE).complete();
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_plugin_is_called_by_way_of_kubectl() {
        assert_eq!(name_of("kubectl-jobflow"), "kubectl jobflow");
        assert_eq!((name_of("jobflow"), name_of("")), ("jobflow", "jobflow"));
    }
}
